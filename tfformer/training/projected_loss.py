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
        _, softmax, _, losses = project(states, table, targets, label_smoothing)

        def gradient(upstream):
            shares = tf.cast(softmax, states.dtype)
            return less_targets(
                tf.matmul(shares, table),
                tf.matmul(shares, states, transpose_a=True),
                states,
                table,
                targets,
                label_smoothing,
                upstream,
            )

        return tf.reduce_sum(losses), gradient

    return summed(states, table)


def project(states, table, targets, label_smoothing):
    """The output projection and what follows from one pass over it.

    Args:
        states: float `[tokens, model_dim]`.
        table: `[vocabulary, model_dim]`, in the same dtype.
        targets: int32 `[tokens]`.
        label_smoothing: e, in [0, 1).

    Returns:
        float32: the logits and their softmax, `[tokens, vocabulary]`, the log
        of the sum of each row's exponentials, and each row's loss, `[tokens]`.
    """
    logits = tf.cast(tf.matmul(states, table, transpose_b=True), tf.float32)
    softmax = tf.nn.softmax(logits)
    at_target = tf.gather(logits, targets, batch_dims=1)
    share = tf.gather(softmax, targets, batch_dims=1)
    log_sums = _normalisers(logits, at_target, share)
    # The mean logit of each row under its target distribution.
    expected = (1.0 - label_smoothing) * at_target
    if label_smoothing:
        mean = tf.linalg.matvec(tf.cast(states, tf.float32), _mean_row(table))
        expected += label_smoothing * mean
    return logits, softmax, log_sums, log_sums - expected


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


def less_targets(
    of_states, of_table, states, table, targets, smoothing, upstream
):
    """The gradients, given those of what is not the target distribution.

    Args:
        of_states: `[tokens, model_dim]`, as if the target distribution were 0.
        of_table: `[vocabulary, model_dim]`, likewise.
        states: `[tokens, model_dim]`.
        table: `[vocabulary, model_dim]`.
        targets: int32 `[tokens]`.
        smoothing: e, in [0, 1).
        upstream: scalar; what comes from above.

    Returns:
        The gradients of the states and of the table.
    """
    dtype = states.dtype
    at_target = tf.cast(1.0 - smoothing, dtype)
    size = tf.cast(tf.shape(table)[0], tf.float32)
    # Summed in float32, of which bfloat16 has too few bits.
    all_states = tf.reduce_sum(tf.cast(states, tf.float32), 0)
    of_states = (
        of_states
        - at_target * tf.gather(table, targets)
        - tf.cast(smoothing * _mean_row(table), dtype)
    )
    of_table = tf.tensor_scatter_nd_sub(
        of_table - tf.cast(smoothing / size * all_states, dtype),
        targets[:, None],
        at_target * states,
    )
    upstream = tf.cast(upstream, dtype)
    return upstream * of_states, upstream * of_table


def _mean_row(table):
    return tf.reduce_mean(tf.cast(table, tf.float32), 0)
