"""Shuffling without a shuffled list: permutations that are computed.

A Feistel network permutes [0, a * b) whatever its round function is, where its
halves are a number below a and one below b; walking along its cycle until the
value is below `size` makes it a permutation of [0, size) (Black and Rogaway,
2002, whose generalized Feistel network this is). So the place of the i-th
example of an epoch is known without replaying or storing the i - 1 before it,
which is what lets training resume anywhere at once with memory that does not
grow. a and b are near the square root of size, so that hardly any value needs
a second walk; halves of whole bits leave up to three in four outside.
"""

import functools
import math

import numpy as np

_ROUNDS = 4
_WORD = (1 << 64) - 1


def permute(indices: np.ndarray, size: int, key: int) -> np.ndarray:
    """Maps indices through one permutation of [0, size).

    Args:
        indices: int array, each in [0, size).
        size: length of what is permuted, at least 1.
        key: which permutation; see `make_key`.

    Returns:
        int64 array of the same shape, each in [0, size).
    """
    values = _feistel(indices.astype(np.uint64), size, key)
    outside = values >= size
    while outside.any():
        values[outside] = _feistel(values[outside], size, key)
        outside = values >= size
    return values.astype(np.int64)


def permute_one(index: int, size: int, key: int) -> int:
    """`permute` of one index, without the cost of arrays of one element."""
    moduli = _moduli(size)
    low = moduli[0]
    value = int(index)
    while True:
        right, left = divmod(value, low)
        for number, round_key in enumerate(_round_keys(key)):
            mixed = left + (_mix_one(right ^ round_key) >> 1)
            left, right = right, mixed % moduli[number % 2]
        value = left + low * right
        if value < size:
            return value


def make_key(*parts: int) -> int:
    """Mixes numbers, such as (seed, epoch, bucket), into one key."""
    # Python's integers: an array of one number takes ten times as long.
    key = 0
    for part in parts:
        key = _mix_one((key + part + 0x9E3779B97F4A7C15) & _WORD)
    return key


def _moduli(size: int) -> tuple[int, int]:
    """What the two halves stay below: their product is hardly over `size`."""
    low = math.isqrt(max(size - 1, 0)) + 1
    return low, -(-size // low)


@functools.lru_cache(maxsize=4096)
def _round_keys(key: int) -> tuple[int, ...]:
    return tuple(make_key(key, number) for number in range(_ROUNDS))


def _feistel(values: np.ndarray, size: int, key: int) -> np.ndarray:
    moduli = [np.uint64(modulus) for modulus in _moduli(size)]
    right, left = np.divmod(values, moduli[0])
    for number, round_key in enumerate(_round_keys(key)):
        # Half of the mixed number, so that the sum has no carry to lose.
        mixed = left + (mix(right ^ np.uint64(round_key)) >> np.uint64(1))
        left, right = right, mixed % moduli[number % 2]
    return left + moduli[0] * right


def mix(values: np.ndarray) -> np.ndarray:
    """Scatters the bits of uint64 (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(
        0xBF58476D1CE4E5B9
    )
    values = (values ^ (values >> np.uint64(27))) * np.uint64(
        0x94D049BB133111EB
    )
    return values ^ (values >> np.uint64(31))


def _mix_one(value: int) -> int:
    """`mix` of one Python integer."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _WORD
    return value ^ (value >> 31)
