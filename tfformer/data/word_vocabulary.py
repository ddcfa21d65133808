"""Words and their characters as ids: what an encoder of words reads."""

import collections
import os
import pathlib
from collections.abc import Iterable, Sequence

from tfformer.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from tfformer.data.vocabulary_file import (
    SPECIAL,
    read_vocabulary,
    write_vocabulary,
)

# Characters of a word; of a longer one, its two ends.
WORD_CHARACTERS = 20
# A word, or a character, that came less often is unknown: how else would a
# model learn what to make of one?
_SEEN = 2
_FOLD = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789", "abcdefghijklmnopqrstuvwxyz000000000"
)


def fold(word: str) -> str:
    """Makes alike what differs by ASCII case or digits only.

    The characters keep the difference, so nothing is lost.
    """
    return word.translate(_FOLD)


class WordVocabulary:
    """Sentences to ids: a word's, then those of its characters.

    A sentence is a begin row, a row for each word and an end row. A row is
    `ids_per_token` ids: the folded word's, and `WORD_CHARACTERS` of its
    characters, padded with 0, between a begin and an end id.

    Args:
        path: what `build_word_vocabulary` wrote.

    Attributes:
        words: the word of each id.
        characters: the character of each id.
        model: content of the file.
        ids_per_token: ids of one row.

    Raises:
        WorkdirError: if the file is missing or no such vocabulary.
    """

    ids_per_token = 1 + WORD_CHARACTERS

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path)
        self.model, values = read_vocabulary(
            self.path, "words", ("words", "characters")
        )
        self.words: list[str] = values["words"]
        self.characters: list[str] = values["characters"]
        self._words = _ids(self.words)
        self._characters = _ids(self.characters)

    @property
    def size(self) -> int:
        """Ids of words, special ones included."""
        return len(self.words)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Encodes sentences.

        Args:
            texts: words with single spaces between them.
        """
        padding = [PAD_ID] * WORD_CHARACTERS
        begin, end = [BOS_ID, *padding], [EOS_ID, *padding]
        encoded = []
        for text in texts:
            ids = list(begin)
            for word in filter(None, text.split(" ")):
                ids.append(self._words.get(fold(word), UNK_ID))
                ids.extend(self._spell(word))
            encoded.append(ids + end)
        return encoded

    def _spell(self, word: str) -> list[int]:
        room = WORD_CHARACTERS - 2
        if len(word) > room:
            word = word[: room // 2] + word[-(room - room // 2) :]
        ids = [self._characters.get(character, UNK_ID) for character in word]
        return [BOS_ID, *ids, EOS_ID] + [PAD_ID] * (room - len(ids))

    def decode(self, sequences: Iterable[Sequence[int]]) -> list[str]:
        """Returns folded words, joined by spaces; special ids are dropped."""
        return [
            " ".join(
                self.words[int(i)]
                for i in list(ids)[:: self.ids_per_token]
                if int(i) >= len(SPECIAL)
            )
            for ids in sequences
        ]

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Returns the folded words that ids of words stand for."""
        return [self.words[int(i)] for i in ids]


def build_word_vocabulary(
    sentences: Iterable[str], path: str | os.PathLike, most: int
) -> None:
    """Collects words and characters and writes them.

    Args:
        sentences: words with single spaces between them.
        path: where the vocabulary goes; written aside and renamed.
        most: words kept, the most frequent ones, special ids included.
    """
    words: collections.Counter[str] = collections.Counter()
    characters: collections.Counter[str] = collections.Counter()
    for sentence in sentences:
        for word in sentence.split(" "):
            words[fold(word)] += 1
            characters.update(word)
    values = {
        "words": [*SPECIAL, *_frequent(words)][:most],
        "characters": [*SPECIAL, *_frequent(characters)],
    }
    write_vocabulary(path, values)


def _frequent(counts: collections.Counter[str]) -> list[str]:
    kept = (text for text, count in counts.items() if count >= _SEEN)
    return sorted(kept, key=lambda text: (-counts[text], text))


def _ids(texts: Sequence[str]) -> dict[str, int]:
    """Maps what is no special symbol to its id."""
    first = len(SPECIAL)
    return {text: i for i, text in enumerate(texts[first:], first)}
