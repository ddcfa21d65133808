"""Which examples make up the batch of a step: a function of (seed, step).

Examples are sorted by length once. Neighbours in that order form buckets, each
a whole number of batches; every epoch permutes the examples inside each bucket
and the order of all batches. Nothing else is state: no iterator need be saved.
"""

import dataclasses

import numpy as np

from tfformer.data.permutation import make_key, permute, permute_one

# Longest over shortest example of a bucket, where it has more than one batch.
_SPREAD = 1.1

_BATCH_ORDER = 0
_EXAMPLE_ORDER = 1


@dataclasses.dataclass(frozen=True)
class Bucket:
    """Examples of like length that share batches.

    Attributes:
        start: place of its first example in the order of lengths.
        size: examples in it.
        batch_size: examples of each of its batches; the last batch of the
            shortest bucket may have fewer.
    """

    start: int
    size: int
    batch_size: int

    @property
    def num_batches(self) -> int:
        """Batches in an epoch."""
        return -(-self.size // self.batch_size)


def make_buckets(length_counts: np.ndarray, batch_tokens: int) -> list[Bucket]:
    """Cuts examples, sorted by length, into buckets.

    Args:
        length_counts: int `[longest + 1]`, examples of each length; the
            length of a pair is that of its longer side.
        batch_tokens: padded tokens of a batch, of each side, at most; an
            example longer than that is a batch of its own.

    Returns:
        The buckets, longest first. All batches are full, but for the last
        batch of the shortest bucket.
    """
    up_to = np.concatenate([[0], np.cumsum(length_counts)])
    buckets = []
    end = int(up_to[-1])
    while end:
        longest = int(np.searchsorted(up_to, end)) - 1
        batch_size = max(1, batch_tokens // max(longest, 1))
        # up_to[n] examples are shorter than n tokens.
        start = int(up_to[int(longest / _SPREAD) + 1])
        batches = max(1, -(-(end - start) // batch_size))
        size = min(end, batches * batch_size)
        buckets.append(Bucket(end - size, size, batch_size))
        end -= size
    return buckets


class BatchSchedule:
    """The order of a training run.

    Args:
        buckets: from `make_buckets`.
        seed: of the permutations.
    """

    def __init__(self, buckets: list[Bucket], seed: int) -> None:
        self.buckets = buckets
        self.seed = seed
        self._ends = np.cumsum([bucket.num_batches for bucket in buckets])
        self.batches_per_epoch = int(self._ends[-1])

    def places(self, step: int) -> np.ndarray:
        """Returns the examples of a step.

        Args:
            step: counted from 0 over all epochs.

        Returns:
            int64 places in the order of lengths; in an epoch, each place
            comes exactly once.
        """
        epoch, turn = divmod(int(step), self.batches_per_epoch)
        key = make_key(self.seed, epoch, _BATCH_ORDER)
        chosen = permute_one(turn, self.batches_per_epoch, key)
        number = int(np.searchsorted(self._ends, chosen, side="right"))
        bucket = self.buckets[number]
        batch = chosen - int(self._ends[number] - bucket.num_batches)
        first = batch * bucket.batch_size
        last = min(first + bucket.batch_size, bucket.size)
        key = make_key(self.seed, epoch, _EXAMPLE_ORDER, number)
        inside = permute(np.arange(first, last), bucket.size, key)
        return bucket.start + inside
