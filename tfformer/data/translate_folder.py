"""Parallel text in the layout of TFDS's `TranslateFolder`."""

import pathlib

from tfformer.data.sources import TextSource


class TranslateFolderSource(TextSource):
    """`<language>.<split>.txt` in a folder, line by line.

    Read as `TextSource` reads: in a stream, where TFDS's own class holds every
    split in memory, and with lines that end at "\\n" alone, where it also cuts
    at exotic Unicode line breaks inside a sentence.
    """

    rule = "<language>.<split>.txt"

    def path(self, split: str, language: str) -> pathlib.Path:
        """Returns the file of one language."""
        return self.data_dir / f"{language}.{split}.txt"
