"""Attention masks: boolean, True = attend, always passed by hand.

Keras's implicit `_keras_mask` is never used: a mask that travels unseen is a
mask that is lost unseen.
"""

from keras import ops

from tfformer.config import PAD_ID


def padding_mask(ids):
    """Marks real tokens.

    Args:
        ids: int `[batch, length]`, padded with `PAD_ID`.

    Returns:
        bool `[batch, 1, 1, length]`, to be broadcast over heads and queries.
    """
    return ops.not_equal(ids, PAD_ID)[:, None, None, :]


def causal_mask(length):
    """Lets position i attend to positions 0..i (paper, section 3.2.3).

    Args:
        length: int or scalar tensor, length of the target.

    Returns:
        bool `[1, 1, length, length]`.
    """
    positions = ops.arange(length, dtype="int32")
    return (positions[None, :] <= positions[:, None])[None, None, :, :]
