"""The SYNTHETIC pocket corpus: triples, and the splits they belong to.

Every sentence belongs to one split for ever, by a hash of its German side;
and since the German side is a function of the English one, no sentence of
either language can be in two splits, whatever sizes and seeds are asked for.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tfformer.data.pocket.chance import Chance
from tfformer.data.pocket.english import (
    bracket,
    detokenise,
    leaves,
    sentence_tree,
)
from tfformer.data.pocket.sentences import SentenceSampler
from tfformer.data.pocket.transfer import sentence_text
from tfformer.errors import ConfigError

SPLIT_SIZES = {"train": 20000, "dev": 500, "test": 1000}
# The corpora by the name of their source: the small one is for trials.
SIZES = {"pocket": SPLIT_SIZES, "pocket_small": {**SPLIT_SIZES, "train": 2000}}
MIN_WORDS = 3
MAX_WORDS = 26
# The share of all sentences that a split owns, of a hundred.
_SHARES = {"train": range(88), "dev": range(88, 94), "test": range(94, 100)}


@dataclass(frozen=True)
class Triple:
    """One sentence of the SYNTHETIC corpus.

    Args:
        english: the English sentence, as it is written.
        tree: its Penn tree in one line, root TOP.
        german: its German translation, as it is written.
    """

    english: str
    tree: str
    german: str


def _bucket(german: str) -> int:
    return zlib.crc32(german.encode("utf-8")) % 100


def _stream(seed: int, share: range) -> Iterator[Triple]:
    """Every sentence the seed gives that belongs to the share."""
    sampler = SentenceSampler(Chance(seed))
    while True:
        sentence = sampler.sentence()
        german = sentence_text(sentence)
        if _bucket(german) not in share:
            continue
        tree = sentence_tree(sentence)
        english = detokenise(leaves(tree))
        if MIN_WORDS <= english.count(" ") + 1 <= MAX_WORDS:
            yield Triple(english, f"(TOP {bracket(tree)})", german)


def triples(
    split: str, size: int | None = None, seed: int = 0
) -> Iterator[Triple]:
    """Generate a split of the SYNTHETIC pocket corpus.

    Args:
        split: "train", "dev" or "test".
        size: how many triples, or none for the usual size of the split.
        seed: what to generate from; the same for ever for a split and seed.

    Returns:
        An iterator of distinct triples: no English and no German sentence
        comes twice, and none is in two splits.

    Raises:
        ConfigError: a ValueError; the split is unknown, or the size is
            negative.
    """
    if split not in SPLIT_SIZES:
        known = ", ".join(SPLIT_SIZES)
        raise ConfigError(
            f"`split` must be one of {known}. Received: {split!r}. Try train."
        )
    wanted = SPLIT_SIZES[split] if size is None else size
    if wanted < 0:
        raise ConfigError(
            f"`size` must be 0 or more. Received: {wanted}. Leave it out for "
            "the usual size."
        )
    return _distinct(_stream(seed, _SHARES[split]), wanted)


def _distinct(stream: Iterator[Triple], wanted: int) -> Iterator[Triple]:
    english: set[str] = set()
    german: set[str] = set()
    while len(english) < wanted:
        triple = next(stream)
        if triple.english in english or triple.german in german:
            continue
        english.add(triple.english)
        german.add(triple.german)
        yield triple
