"""Output projection and cross-entropy in one, for the training step."""

import tensorflow as tf

from tfformer.decoding.normaliser import log_normaliser


def projected_cross_entropy(states, table, targets, label_smoothing=0.1):
    """Sums `label_smoothed_cross_entropy` of the logits `states table^T`.

    The logits are the largest array of a training step, and what a pass over
    them costs is memory traffic. Here is one pass besides the three products:
    the softmax. In float32 its difference to the target distribution is never
    formed, for the target's part of a product is a few rows; the mean of the
    logits is one product with the mean row; and what comes from above
    multiplies the small results.

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
            return gradients_of(
                softmax, states, table, targets, label_smoothing, upstream
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


def gradients_of(
    of_logits, states, table, targets, smoothing, upstream, weight=1.0
):
    """The gradients of the states and of the table.

    Args:
        of_logits: float32 `[tokens, vocabulary]`, the gradient of the logits
            over `weight`, as if the target distribution were 0.
        states: `[tokens, model_dim]`.
        table: `[vocabulary, model_dim]`.
        targets: int32 `[tokens]`.
        smoothing: e, in [0, 1).
        upstream: scalar; what comes from above.
        weight: a number.

    Returns:
        Of the states and of the table, in their dtype.
    """
    dtype = states.dtype
    upstream = tf.cast(upstream, dtype)
    if dtype.size < tf.float32.size:
        # Of a frequent token, what its targets and its softmax add up to is
        # large and nearly the same: the difference must come first.
        of_logits = weight * of_logits - _distribution(
            targets, tf.shape(table)[0], smoothing
        )
        weight = 1.0
    rows = tf.cast(of_logits, dtype)
    of_states = tf.matmul(rows, table)
    of_table = tf.matmul(rows, states, transpose_a=True)
    if weight != 1.0:
        of_states, of_table = weight * of_states, weight * of_table
    if dtype.size >= tf.float32.size:
        of_states, of_table = _less_targets(
            of_states, of_table, states, table, targets, smoothing
        )
    return upstream * of_states, upstream * of_table


def _distribution(targets, size, smoothing):
    """The target distribution, float32 `[tokens, size]`."""
    rest = smoothing / tf.cast(size, tf.float32)
    return tf.one_hot(targets, size, 1.0 - smoothing + rest, rest)


def _less_targets(of_states, of_table, states, table, targets, smoothing):
    """Subtracts what the target distribution adds, which is a few rows."""
    at_target = tf.cast(1.0 - smoothing, states.dtype)
    size = tf.cast(tf.shape(table)[0], states.dtype)
    of_states = (
        of_states
        - at_target * tf.gather(table, targets)
        - tf.cast(smoothing * _mean_row(table), states.dtype)
    )
    of_table = tf.tensor_scatter_nd_sub(
        of_table - smoothing / size * tf.reduce_sum(states, 0),
        targets[:, None],
        at_target * states,
    )
    return of_states, of_table


def _mean_row(table):
    return tf.reduce_mean(tf.cast(table, tf.float32), 0)
