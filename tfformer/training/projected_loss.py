"""Output projection and cross-entropy in one, for the training step."""

import tensorflow as tf

from tfformer.decoding.normaliser import log_normaliser


def projected_cross_entropy(states, table, targets, label_smoothing=0.1):
    """Sums `label_smoothed_cross_entropy` of the logits `states table^T`.

    The logits are the largest array of a training step, and what a pass over
    them costs is memory traffic. Here is one pass besides the three products:
    the softmax. Its difference to the target distribution is never formed,
    for the target's part of a product is a few rows; the mean of the logits
    is one product with the mean row; and what comes from above multiplies the
    small results.

    Args:
        states: float `[tokens, model_dim]`, real positions only.
        table: `[vocabulary, model_dim]`, in the same dtype.
        targets: int32 `[tokens]`.
        label_smoothing: e, in [0, 1).

    Returns:
        float32 scalar, the sum of the losses in nats.
    """

    @tf.custom_gradient
    def summed(states, table):
        logits = tf.cast(tf.matmul(states, table, transpose_b=True), tf.float32)
        softmax = tf.nn.softmax(logits)
        at_target = tf.gather(logits, targets, batch_dims=1)
        mean_row = tf.reduce_mean(tf.cast(table, tf.float32), 0)
        # The mean logit of each row under its target distribution.
        expected = (1.0 - label_smoothing) * at_target
        if label_smoothing:
            mean = tf.linalg.matvec(tf.cast(states, tf.float32), mean_row)
            expected += label_smoothing * mean
        share = tf.gather(softmax, targets, batch_dims=1)
        loss = tf.reduce_sum(_normalisers(logits, at_target, share) - expected)

        def gradient(upstream):
            return [
                tf.cast(upstream, g.dtype) * g
                for g in _gradients(
                    tf.cast(softmax, states.dtype),
                    states,
                    table,
                    mean_row,
                    targets,
                    label_smoothing,
                )
            ]

        return loss, gradient

    return summed(states, table)


def _normalisers(logits, at_target, share):
    """Log of the sum of the exponentials of each row.

    Any element of a row tells it, as in `log_normaliser`. The target's logit
    and share are at hand, unless a share is too small for float32.
    """
    return tf.cond(
        tf.reduce_all(share > 1e-30),
        lambda: at_target - tf.math.log(share),
        lambda: log_normaliser(logits)[:, 0],
    )


def _gradients(softmax, states, table, mean_row, targets, smoothing):
    """Of the states and the table, for an upstream of one."""
    dtype = states.dtype
    at_target = tf.cast(1.0 - smoothing, dtype)
    size = tf.cast(tf.shape(table)[0], tf.float32)
    # Summed in float32, of which bfloat16 has too few bits.
    all_states = tf.reduce_sum(tf.cast(states, tf.float32), 0)
    of_states = (
        tf.matmul(softmax, table)
        - at_target * tf.gather(table, targets)
        - tf.cast(smoothing * mean_row, dtype)
    )
    of_table = tf.tensor_scatter_nd_sub(
        tf.matmul(softmax, states, transpose_a=True)
        - tf.cast(smoothing / size * all_states, dtype),
        targets[:, None],
        at_target * states,
    )
    return of_states, of_table
