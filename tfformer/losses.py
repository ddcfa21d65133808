"""Cross-entropy with label smoothing (paper, section 5.4)."""

from keras import ops


def label_smoothed_cross_entropy(logits, targets, weights, label_smoothing=0.1):
    """Sums the loss over real tokens.

    The target distribution is `(1 - e) * one_hot + e / vocabulary`, after
    Szegedy et al. (2015), so the loss of a token is
    `(1 - e) * (lse - logit[target]) + e * (lse - mean(logits))`, with `lse`
    the log of the sum of the exponentials of its logits.

    Args:
        logits: float `[batch, length, vocabulary]`.
        targets: int `[batch, length]`.
        weights: float `[batch, length]`; 0 leaves a position out.
        label_smoothing: e, in [0, 1).

    Returns:
        Two float32 scalars, the sum of the weighted losses in nats and the
        sum of the weights. A mean over tokens is their quotient; sums of
        several batches or replicas add up to the exact mean of all of them.
    """
    logits = ops.cast(logits, "float32")
    weights = ops.cast(weights, "float32")
    loss = ops.sparse_categorical_crossentropy(
        targets, logits, from_logits=True
    )
    if label_smoothing:
        # The rest of the definition, e * (logit[target] - mean(logits)): the
        # normaliser has cancelled, so the vocabulary is not exponentiated
        # a second time.
        target = ops.take_along_axis(logits, targets[..., None], axis=-1)
        rest = target[..., 0] - ops.mean(logits, axis=-1)
        loss = loss + label_smoothing * rest
    return ops.sum(loss * weights), ops.sum(weights)
