"""SentencePiece vocabularies: BPE with byte fallback, in Python.

Nothing is normalised and nothing is unknown: characters that the vocabulary
lacks fall back to their UTF-8 bytes, so any text comes back as it went in.
`graph_vocabulary` is the same vocabulary inside a TensorFlow graph.
"""

import os
import pathlib
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import sentencepiece

from tfformer.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from tfformer.config.data import LEAST_VOCABULARY
from tfformer.data.atomic import written_aside
from tfformer.errors import ConfigError, DataError, UserError, WorkdirError
from tfformer.progress import announce

# SentencePiece writes a space as U+2581, so a real U+2581 would come back as a
# space. It is written as a private-use character and a digit instead, and so
# is that private-use character itself. Undone in reverse order.
ESCAPES = (("\ue000", "\ue0000"), ("\u2581", "\ue0001"))

# For a model that was made elsewhere.
_CURE = (
    "Make one with python -m pipelines.build_vocabulary, or with the flags of "
    "docs/translation.md#vocabularies."
)

# Sentences that a vocabulary is trained on at most, drawn evenly.
TRAINING_SENTENCES = 5_000_000


# What marks the first word like all others. SentencePiece can add it by itself
# (`add_dummy_prefix`), but its versions disagree on how many leading spaces to
# take off again; so it is put and taken here.
PREFIX = " "


def escape(text: str) -> str:
    """Writes what SentencePiece would lose; see `ESCAPES` and `PREFIX`."""
    text = PREFIX + text
    for plain, escaped in ESCAPES:
        text = text.replace(plain, escaped)
    return text


def unescape(text: str) -> str:
    """Undoes `escape`."""
    for plain, escaped in reversed(ESCAPES):
        text = text.replace(escaped, plain)
    return text.removeprefix(PREFIX)


class AnyVocabulary(Protocol):
    """What a vocabulary is to the rest of the house.

    Attributes:
        model: the bytes that define it.
        ids_per_token: ids that stand for one token together.
    """

    model: bytes
    ids_per_token: int

    @property
    def size(self) -> int:
        """Ids, special ones included."""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Encodes texts, each ended by the end id."""

    def decode(self, sequences: Iterable[Sequence[int]]) -> list[str]:
        """Decodes ids; special ids are dropped."""

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Returns what each id stands for."""


# Of source and target.
Vocabularies: TypeAlias = tuple[AnyVocabulary, AnyVocabulary]


def ids_per_token(vocabularies: Vocabularies) -> int:
    """Returns the ids of one token on the side that has more of them."""
    return max(vocabulary.ids_per_token for vocabulary in vocabularies)


class Vocabulary:
    """Text to ids and back.

    Args:
        path: a SentencePiece model, as `train_vocabulary` writes it.

    Raises:
        WorkdirError: if the file is missing or no SentencePiece model.
    """

    ids_per_token = 1

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path)
        if not self.path.is_file():
            raise WorkdirError(
                f"{self.path}: no such vocabulary. Make it with "
                "python -m pipelines.build_vocabulary."
            )
        self.model = self.path.read_bytes()
        try:
            if not self.model:
                # Which SentencePiece takes for "none was given".
                raise RuntimeError("the file is empty")
            self._processor = sentencepiece.SentencePieceProcessor(
                model_proto=self.model
            )
        except RuntimeError as error:
            raise WorkdirError(
                f"{self.path}: not a SentencePiece model ({error}). Make it "
                "anew with python -m pipelines.build_vocabulary."
            ) from error
        self._require_own()

    def _require_own(self) -> None:
        """Refuses a model of other special ids, or without bytes."""
        model = self._processor
        ids = (model.pad_id(), model.bos_id(), model.eos_id(), model.unk_id())
        if ids != (PAD_ID, BOS_ID, EOS_ID, UNK_ID):
            raise WorkdirError(
                f"{self.path}: padding, begin, end and unknown must have the "
                f"ids {PAD_ID}, {BOS_ID}, {EOS_ID} and {UNK_ID}. Received: "
                f"{', '.join(map(str, ids))}, of a model made elsewhere. "
                f"{_CURE}"
            )
        if not model.is_byte(model.piece_to_id("<0x00>")):
            raise WorkdirError(
                f"{self.path}: must spell unknown characters in bytes. "
                f"Received: a model without byte_fallback. {_CURE}"
            )

    @property
    def size(self) -> int:
        """Ids, special ones included."""
        return self._processor.vocab_size()

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Encodes texts, each ended by the end id.

        Args:
            texts: any Unicode text.

        Returns:
            A list of ids for each text.
        """
        escaped = [escape(text) for text in texts]
        # One thread each time: the library's default starts one per core for
        # every call, which costs more than a small batch.
        encoded = self._processor.encode(escaped, num_threads=1)
        return [ids + [EOS_ID] for ids in encoded]

    def piece_scores(self) -> dict[int, tuple[str, float]]:
        """Returns text and score of each piece that BPE merges, by its id."""
        found = {}
        for i in range(self.size):
            if not (
                self._processor.is_control(i)
                or self._processor.is_unknown(i)
                or self._processor.is_byte(i)
                or self._processor.is_unused(i)
            ):
                piece = self._processor.id_to_piece(i)
                found[i] = (piece, self._processor.get_score(i))
        return found

    def byte_ids(self) -> list[int]:
        """Returns the ids of the 256 bytes."""
        return [
            self._processor.piece_to_id(f"<0x{byte:02X}>")
            for byte in range(256)
        ]

    def decode(self, sequences: Iterable[Sequence[int]]) -> list[str]:
        """Decodes ids; special ids are dropped.

        Args:
            sequences: lists of ids, perhaps padded.

        Returns:
            A text for each.
        """
        special = (PAD_ID, BOS_ID, EOS_ID)
        plain = [
            [int(i) for i in ids if int(i) not in special] for ids in sequences
        ]
        return [unescape(text) for text in self._processor.decode(plain)]

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Returns the pieces that ids stand for, "▁" where a word begins."""
        return [self._processor.id_to_piece(int(i)) for i in ids]

    def ids(self, pieces: Sequence[str]) -> list[int]:
        """Returns the ids of pieces, the reverse of `pieces`."""
        return [self._processor.piece_to_id(piece) for piece in pieces]


def train_vocabulary(
    lines: Iterable[str], path: str | os.PathLike, vocab_size: int
) -> None:
    """Trains a BPE vocabulary of exactly `vocab_size` and writes it.

    Args:
        lines: the text of every language it serves.
        path: where the SentencePiece model goes; written aside and renamed.
        vocab_size: ids, the 4 special ones and 256 bytes included.

    Raises:
        ConfigError: if the text has too few distinct pieces for that size,
            or more characters than fit.
        DataError: if there is no text.
    """
    sentences = _Sentences(lines)
    with written_aside(path) as aside, open(aside, "wb") as file:
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(sentences),
                model_writer=file,
                **_trainer_options(vocab_size),
            )
        except RuntimeError as error:
            if sentences.error is not None:
                raise sentences.error from None
            if not sentences.count:
                raise DataError(
                    "The training split holds no text: every line is empty. "
                    "Check --data_dir and data.train_split."
                ) from error
            raise _explain(str(error), vocab_size) from error


class _Sentences:
    """Feeds SentencePiece, which would bury an error of the source.

    Args:
        lines: any text; blank lines are passed over.

    Attributes:
        count: sentences given so far.
        error: what the source raised, if anything.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.count = 0
        self.error: Exception | None = None

    def __iter__(self) -> Iterator[str]:
        try:
            yield from sampled(self._escaped(), TRAINING_SENTENCES)
        except Exception as error:
            self.error = error
            raise
        if self.count > TRAINING_SENTENCES:
            announce(
                f"the vocabulary is learned from {TRAINING_SENTENCES:,} of "
                f"{self.count:,} sentences"
            )

    def _escaped(self) -> Iterator[str]:
        for line in self._lines:
            if line.strip():
                self.count += 1
                yield escape(line)


def sampled(lines: Iterable[str], most: int) -> Iterator[str]:
    """Yields a random sample of lines, the same in every process.

    SentencePiece can sample as well, but with a seed that nobody can set. This
    is Vitter's algorithm R (1985), which holds the sample in memory.

    Args:
        lines: any number of them.
        most: lines of the sample; fewer come all, in their order.
    """
    draws = random.Random(0)
    kept: list[str] = []
    for number, line in enumerate(lines):
        if number < most:
            kept.append(line)
        elif (place := draws.randrange(number + 1)) < most:
            kept[place] = line
    yield from kept


def _trainer_options(vocab_size: int) -> dict[str, Any]:
    return {
        "model_type": "bpe",
        "vocab_size": vocab_size,
        "byte_fallback": True,
        "character_coverage": 0.9999,
        "normalization_rule_name": "identity",
        "remove_extra_whitespaces": False,
        "add_dummy_prefix": False,
        "split_digits": True,
        "pad_id": PAD_ID,
        "bos_id": BOS_ID,
        "eos_id": EOS_ID,
        "unk_id": UNK_ID,
        # Bytes of a line; SentencePiece would pass over longer ones.
        "max_sentence_length": 1 << 24,
        # The model holds this number, and is to be the same on every machine.
        "num_threads": 16,
        # Warnings off: errors come as exceptions and are explained below.
        "minloglevel": 2,
    }


def _explain(message: str, vocab_size: int) -> UserError:
    """Turns a SentencePiece error into one that names the cure."""
    too_large = re.search(r"value <= (\d+)", message)
    if too_large and int(too_large.group(1)) < LEAST_VOCABULARY:
        return DataError(
            "The training split must hold more text to learn a vocabulary "
            "from. Received: so little that nothing is left to merge. Check "
            "--data_dir and data.train_split."
        )
    if too_large:
        return ConfigError(
            "`data.vocab_size` must not exceed what the data supports. "
            f"Received: {vocab_size}. "
            f"Try --set data.vocab_size={too_large.group(1)}."
        )
    if "smaller than required_chars" in message:
        # "vs": what was asked for and what is needed, whichever comes first.
        sizes = re.search(r"(\d+) *vs\.? *(\d+)", message)
        cure = "Try a larger --set data.vocab_size."
        if sizes:
            least = max(map(int, sizes.groups()))
            cure = f"Try --set data.vocab_size={least}, or more."
        return ConfigError(
            "`data.vocab_size` must hold 4 special ids, 256 bytes and the "
            f"characters of the data. Received: {vocab_size}. {cure}"
        )
    return DataError(f"SentencePiece could not train a vocabulary: {message}")
