"""From logits to log-probabilities, with little traffic."""

from keras import ops


def log_normaliser(logits, largest=None):
    """Log of the sum of the exponentials, which logits lack to be normal.

    Any element of a row tells it: its logit less the log of its share. The
    largest element's share is at least 1 / vocabulary, so its log is exact.
    Softmax is one kernel where `logsumexp` is four passes.

    Args:
        logits: float32 `[..., vocabulary]`.
        largest: int32 `[..., 1]`, the index of each row's largest logit, where
            it is known.

    Returns:
        float32 `[..., 1]`.
    """
    shares = ops.softmax(logits, axis=-1)
    if largest is None:
        # No index is needed: the largest logit has the largest share.
        share = ops.max(shares, axis=-1, keepdims=True)
        return ops.max(logits, axis=-1, keepdims=True) - ops.log(share)
    share = ops.take_along_axis(shares, largest, axis=-1)
    return ops.take_along_axis(logits, largest, axis=-1) - ops.log(share)
