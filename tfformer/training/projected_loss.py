"""Output projection and cross-entropy in one, for the training step."""

import tensorflow as tf


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
        loss = tf.reduce_sum(
            _normalizers(logits, softmax, targets)
            - _expected_logits(states, table, logits, targets, label_smoothing)
        )

        def gradient(upstream):
            return [
                tf.cast(upstream, g.dtype) * g
                for g in _gradients(
                    tf.cast(softmax, states.dtype),
                    states,
                    table,
                    targets,
                    label_smoothing,
                )
            ]

        return loss, gradient

    return summed(states, table)


def _normalizers(logits, softmax, targets):
    """Log of the sum of the exponentials of each row.

    Any element of a row tells it: its logit less the log of its share. The
    target's is at hand, unless its share is too small for float32.
    """

    def by_largest():
        return tf.reduce_max(logits, -1) - tf.math.log(
            tf.reduce_max(softmax, -1)
        )

    share = tf.gather(softmax, targets, batch_dims=1)
    return tf.cond(
        tf.reduce_all(share > 1e-30),
        lambda: tf.gather(logits, targets, batch_dims=1) - tf.math.log(share),
        by_largest,
    )


def _expected_logits(states, table, logits, targets, smoothing):
    """The mean logit of each row under its target distribution."""
    expected = (1.0 - smoothing) * tf.gather(logits, targets, batch_dims=1)
    if not smoothing:
        return expected
    mean_row = tf.reduce_mean(tf.cast(table, tf.float32), 0)
    mean = tf.linalg.matvec(tf.cast(states, tf.float32), mean_row)
    return expected + smoothing * mean


def _gradients(softmax, states, table, targets, smoothing):
    """Of the states and the table, for an upstream of one."""
    at_target = tf.cast(1.0 - smoothing, states.dtype)
    everywhere = tf.cast(smoothing, states.dtype)
    size = tf.cast(tf.shape(table)[0], states.dtype)
    of_states = (
        tf.matmul(softmax, table)
        - at_target * tf.gather(table, targets)
        - everywhere * tf.reduce_mean(table, 0)
    )
    of_table = tf.tensor_scatter_nd_sub(
        tf.matmul(softmax, states, transpose_a=True)
        - everywhere / size * tf.reduce_sum(states, 0),
        targets[:, None],
        at_target * states,
    )
    return of_states, of_table
