"""Cross-entropy with label smoothing (paper, section 5.4)."""

from keras import ops


def label_smoothed_cross_entropy(logits, targets, weights, label_smoothing=0.1):
    """Sums the loss over real tokens.

    The target distribution is `(1 - e) * one_hot + e / vocabulary`, after
    Szegedy et al. (2015), so the loss of a token is
    `lse - (1 - e) * logit[target] - e * mean(logits)`, with `lse` the log of
    the sum of the exponentials of its logits.

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
    loss = token_losses(
        ops.reshape(logits, (-1, logits.shape[-1])),
        ops.reshape(ops.cast(targets, "int32"), (-1,)),
        label_smoothing,
    )
    return ops.sum(loss * ops.reshape(weights, (-1,))), ops.sum(weights)


def token_losses(logits, targets, smoothing):
    """Loss of each token, in nats.

    The logits are the largest array of a training step, and what a pass over
    them costs is memory traffic. Written out, the gradient takes fewer passes
    than one that is derived op by op.

    Args:
        logits: float32 `[tokens, vocabulary]`.
        targets: int32 `[tokens]`.
        smoothing: e, in [0, 1); by 0 a loss is the negative log-probability.

    Returns:
        float32 `[tokens]`.
    """
    share = smoothing / logits.shape[-1]

    @ops.custom_gradient
    def losses(logits):
        normalizer = ops.logsumexp(logits, axis=-1, keepdims=True)
        target = ops.take_along_axis(logits, targets[:, None], axis=-1)
        value = normalizer - (1.0 - smoothing) * target
        if smoothing:
            value = value - smoothing * ops.mean(logits, -1, keepdims=True)

        def gradient(*args, upstream=None):
            """(softmax - (1 - e) * one_hot - share) * upstream."""
            upstream = (args[0] if upstream is None else upstream)[:, None]
            softmax = ops.exp(logits - normalizer)
            at_target = ops.exp(target - normalizer) - (1.0 - smoothing)
            places = ops.stack(
                [ops.arange(ops.shape(targets)[0], dtype="int32"), targets],
                axis=-1,
            )
            return ops.scatter_update(
                (softmax - share) * upstream,
                places,
                ((at_target - share) * upstream)[:, 0],
            )

        return value[:, 0], gradient

    return losses(logits)
