"""Word-level knowledge distillation: targets and teachers in one loss."""

import tensorflow as tf

from tfformer.training.projected_loss import project


def distilled_cross_entropy(
    states, table, targets, soft_targets, label_smoothing, weight
):
    """Cross-entropy with the targets and with what teachers predict.

    `(1 - weight) * CE(targets, p) + weight * CE(soft targets, p)`, summed over
    tokens (Kim and Rush, 2016, section 3.1). It is the cross-entropy with the
    mean of the two distributions, which is what is formed here, once.

    Args:
        states: float `[tokens, model_dim]`, real positions only.
        table: `[vocabulary, model_dim]`, in the same dtype.
        targets: int32 `[tokens]`.
        soft_targets: float32 `[tokens, vocabulary]`, probabilities.
        label_smoothing: e, in [0, 1), of the targets.
        weight: of the soft targets, in [0, 1).

    Returns:
        float32 scalar, in nats.
    """
    wanted = _mixed(targets, soft_targets, label_smoothing, weight)

    @tf.custom_gradient
    def summed(states, table):
        logits, softmax, log_sums, _ = project(states, table, targets, 0.0)

        def gradient(upstream):
            rows = tf.cast(softmax - wanted, states.dtype)
            upstream = tf.cast(upstream, states.dtype)
            return (
                upstream * tf.matmul(rows, table),
                upstream * tf.matmul(rows, states, transpose_a=True),
            )

        # The inner product of each row with its like, in one pass over both.
        expected = tf.matmul(wanted[:, None], logits[:, :, None])
        return tf.reduce_sum(log_sums) - tf.reduce_sum(expected), gradient

    return summed(states, table)


def _mixed(targets, soft_targets, smoothing, weight):
    """The distribution that is to be learned, float32 `[tokens, size]`."""
    of_targets = 1.0 - weight
    rest = (
        of_targets * smoothing / tf.cast(tf.shape(soft_targets)[1], tf.float32)
    )
    rows = tf.range(tf.shape(targets)[0])
    return tf.tensor_scatter_nd_add(
        weight * soft_targets + rest,
        tf.stack([rows, targets], 1),
        tf.fill(tf.shape(targets), of_targets * (1.0 - smoothing)),
    )
