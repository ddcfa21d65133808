"""BPE dropout: training sentences segmented anew every time they come.

Provilkov et al. (2020). How a sentence is cut is a function of (seed, epoch,
example, side) and of nothing else, so a run that resumes, or that has another
number of workers, sees the same pieces.
"""

from collections.abc import Sequence

import numpy as np

from tfformer.data.bpe_sampler import BpeSampler
from tfformer.data.encoded import SIDES, EncodedCorpus, Ids, pad_examples
from tfformer.data.permutation import make_key
from tfformer.data.vocabulary import AnyVocabulary, Vocabulary


class BpeDropout:
    """Gathers batches whose sentences are cut at random.

    The text of a sentence is what its stored ids decode to. Which sentences
    share a batch is decided by their stored lengths; those that are read are
    longer, by about a fifth at a rate of 0.1. One that would be longer than
    `max_length` is cut as usual.

    Args:
        vocabularies: of inputs and targets.
        sides: which of "inputs" and "targets" are cut at random; each must
            have a `Vocabulary`.
        rate: share of merges left out, in (0, 1).
        seed: of the cuts.
        max_length: most tokens of a sentence, end id counted.
    """

    def __init__(
        self,
        vocabularies: Sequence[AnyVocabulary],
        sides: Sequence[str],
        rate: float,
        seed: int,
        max_length: int,
    ) -> None:
        self.rate, self.seed, self.max_length = rate, seed, max_length
        self._cutters: dict[str, tuple[Vocabulary, BpeSampler]] = {}
        for side, vocabulary in zip(SIDES, vocabularies, strict=True):
            if side in sides:
                if not isinstance(vocabulary, Vocabulary):
                    raise TypeError(f"{side} are not cut into pieces.")
                self._cutters[side] = vocabulary, BpeSampler(vocabulary)

    def batch(
        self,
        corpus: EncodedCorpus,
        places: np.ndarray,
        multiple_of: int,
        epoch: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Gathers and pads examples.

        Args:
            corpus: where the ids are.
            places: int `[batch]`, places in the order of lengths.
            multiple_of: of the rows; see `EncodedCorpus.batch`.
            epoch: counted from 0.

        Returns:
            As `EncodedCorpus.batch`.
        """
        numbers = corpus.numbers(places)
        inputs, targets = (
            pad_examples(
                self._cut(side, corpus.ids(side, places), numbers, epoch),
                multiple_of,
            )
            for side in SIDES
        )
        return inputs, targets

    def _cut(
        self,
        side: str,
        examples: list[np.ndarray],
        numbers: np.ndarray,
        epoch: int,
    ) -> list[Ids]:
        if side not in self._cutters:
            return list(examples)
        vocabulary, sampler = self._cutters[side]
        texts = vocabulary.decode([ids.tolist() for ids in examples])
        keys = [
            make_key(self.seed, epoch, int(number), SIDES.index(side))
            for number in numbers
        ]
        sampled = sampler.encode(texts, self.rate, keys)
        cut: list[Ids] = [
            new if len(new) <= self.max_length else old
            for new, old in zip(sampled, examples, strict=True)
        ]
        return cut
