"""Parallel text in the layout of TFDS's `TranslateFolder`."""

from tfformer.config import TFDS
from tfformer.data.sources import TextSource

# What `data.source` then is.
TRANSLATE_FOLDER = f"{TFDS}translate_folder"


class TranslateFolderSource(TextSource):
    """`<language>.<split>.txt` in a folder, line by line.

    Read as `TextSource` reads: in a stream, where TFDS's own class holds every
    split in memory, and with lines that end at "\\n" alone, where it also cuts
    at exotic Unicode line breaks inside a sentence.
    """

    @staticmethod
    def file_name(split: str, language: str) -> str:
        """Returns how the file of one language is called."""
        return f"{language}.{split}.txt"
