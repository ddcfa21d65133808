"""BPE with merges left out at random, the same in every process.

SentencePiece samples too, but its seed does not reach across processes, so a
resumed run would see other pieces. This is the algorithm of Provilkov et al.
(2020), over all words of a batch at once: of the merges that a word allows,
each is left out of a step with a given probability, and the best of the others
is made; a word that has none in a step is done.
"""

from collections.abc import Sequence

import numpy as np

from tfformer.config import EOS_ID
from tfformer.data.permutation import mix
from tfformer.data.vocabulary import Vocabulary, escape

_SPACE = "\u2581"
# Worse than the rank of any merge.
_NONE = 1 << 31
# What tells apart the draws of one word: odd, without a pattern.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_PLACE = np.uint64(0xC2B2AE3D27D4EB4F)


class BpeSampler:
    """Cuts texts into the pieces of a vocabulary.

    Args:
        vocabulary: of SentencePiece, BPE with byte fallback.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        scores = vocabulary.piece_scores()
        self._ids = {piece: i for i, (piece, _) in scores.items()}
        self._bytes = vocabulary.byte_ids()
        self._size = vocabulary.size
        ranked = sorted(scores, key=lambda i: -scores[i][1])
        rank = {i: place for place, i in enumerate(ranked)}
        merges = sorted(
            (left * self._size + right, rank[i], i)
            for i, (piece, _) in scores.items()
            for left, right in self._halves(piece)
        )
        # A last one that no pair has, so that a search ends inside.
        table = np.array([*merges, (self._size**2, _NONE, 0)], np.int64)
        self._pairs, self._ranks, self._merged = table.T.copy()

    def _halves(self, piece: str):
        """Yields the pairs of pieces that a piece can be merged from."""
        for cut in range(1, len(piece)):
            left = self._ids.get(piece[:cut])
            right = self._ids.get(piece[cut:])
            if left is not None and right is not None:
                yield left, right

    def encode(
        self, texts: Sequence[str], dropout: float, keys: Sequence[int]
    ) -> list[list[int]]:
        """Encodes texts, each ended by the end id.

        Args:
            texts: any Unicode text.
            dropout: share of the merges that a step leaves out, in [0, 1]; at
                0 the ids are those of `Vocabulary.encode`.
            keys: a number in [0, 2 ** 64) for each text; its ids are a
                function of it, the text and `dropout`.
        """
        letters = [escape(text).replace(" ", _SPACE) for text in texts]
        lengths = np.array([len(text) for text in letters], np.int64)
        flat = "".join(letters)
        # A letter that no piece has is a negative number: -1 less its code.
        symbols = np.array(
            [self._ids.get(letter, -1 - ord(letter)) for letter in flat],
            np.int64,
        )
        owners = np.repeat(np.arange(len(texts)), lengths)
        begins = symbols == self._ids.get(_SPACE, -1 - ord(_SPACE))
        begins[np.cumsum(lengths) - lengths] = True
        words = np.cumsum(begins) - 1
        text_keys = np.array(keys, np.uint64)[owners[begins]]
        word_keys = mix(text_keys + _STEP * _numbers(owners[begins]))
        symbols, words = self._merge(symbols, words, word_keys, dropout)
        counts = np.bincount(owners[begins][words], minlength=len(texts))
        ends = np.cumsum(counts)
        return [
            [*self._known(symbols[end - count : end]), EOS_ID]
            for end, count in zip(ends, counts, strict=True)
        ]

    def _merge(
        self,
        symbols: np.ndarray,
        words: np.ndarray,
        keys: np.ndarray,
        dropout: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Merges until no word has a merge left.

        Args:
            symbols: `[letters]`, ids or what is below 0.
            words: `[letters]`, whose each is, ascending from 0.
            keys: uint64 `[words]`.
            dropout: as of `encode`.

        Returns:
            The same two arrays, shorter.
        """
        done, step = [], 0
        while symbols.size:
            begins = np.diff(words, prepend=-1) > 0
            starts = np.flatnonzero(begins)
            ranks, merged = self._candidates(symbols, begins)
            if dropout:
                places = _numbers(np.cumsum(begins))
                draws = mix(
                    # An array, of which NumPy lets a product wrap around.
                    keys[words]
                    + _STEP * np.array([step], np.uint64)
                    + _PLACE * places
                )
                ranks[(draws >> np.uint64(11)) * 2.0**-53 < dropout] = _NONE
            # Of equal merges the first; rank and place in one number.
            size = symbols.size
            best = np.minimum.reduceat(ranks * size + np.arange(size), starts)
            chosen = best < _NONE * size
            place = best[chosen] % size
            symbols[place] = merged[place]
            going = np.repeat(chosen, np.diff(starts, append=size))
            done.append((symbols[~going], words[~going]))
            going[place + 1] = False
            symbols, words, step = symbols[going], words[going], step + 1
        if not done:
            return symbols, words
        symbols, words = (
            np.concatenate(part) for part in zip(*done, strict=True)
        )
        order = np.argsort(words, kind="stable")
        return symbols[order], words[order]

    def _candidates(
        self, symbols: np.ndarray, begins: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rank of the merge of each symbol and the next, and its result."""
        nexts = np.append(symbols[1:], -1)
        possible = (symbols >= 0) & (nexts >= 0) & ~np.append(begins[1:], True)
        pairs = np.where(possible, symbols * self._size + nexts, -1)
        found = np.searchsorted(self._pairs, pairs)
        known = self._pairs[found] == pairs
        return np.where(known, self._ranks[found], _NONE), self._merged[found]

    def _known(self, symbols: np.ndarray):
        """Yields ids; a letter without one becomes its UTF-8 bytes."""
        for symbol in symbols.tolist():
            if symbol >= 0:
                yield symbol
            else:
                for byte in chr(-1 - symbol).encode():
                    yield self._bytes[byte]


def _numbers(groups: np.ndarray) -> np.ndarray:
    """Counts from 0 inside each group of equal neighbours, uint64."""
    indices = np.arange(groups.size)
    firsts = np.flatnonzero(np.diff(groups, prepend=-1))
    lengths = np.diff(firsts, append=groups.size)
    return (indices - np.repeat(firsts, lengths)).astype(np.uint64)
