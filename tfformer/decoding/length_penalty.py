"""The length penalty of GNMT (Wu et al., 2016, equation 14)."""

from keras import ops


def length_penalty(length, alpha):
    """((5 + length) / 6) ** alpha, what a log-probability is divided by.

    Args:
        length: int or tensor, tokens of the hypothesis, end symbol counted.
        alpha: float or scalar tensor; 0 leaves log-probabilities alone.

    Returns:
        float32, in the shape of `length`.
    """
    return ops.power((5.0 + ops.cast(length, "float32")) / 6.0, alpha)
