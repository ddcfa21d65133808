"""R-Drop: two passes with dropout must agree (Liang et al., 2021)."""

import tensorflow as tf

from tfformer.losses import label_smoothed_cross_entropy


def twice(batch):
    """Puts a batch below itself, for two passes in one.

    Args:
        batch: int32 tensors `[rows, length]`.

    Returns:
        The same, `[2 * rows, length]`.
    """
    return [tf.concat([ids, ids], 0) for ids in batch]


def r_drop_loss(states, table, targets, label_smoothing, alpha):
    """Cross-entropy of two passes, and what divides them.

    `(CE(p) + CE(q)) / 2 + alpha / 4 * (KL(p || q) + KL(q || p))`, summed over
    tokens: half of what the paper of R-Drop writes, with its alpha, so that
    the loss of two equal passes is the plain one.

    Args:
        states: float `[2 * tokens, model_dim]`: those of one pass, then those
            of the other.
        table: `[vocabulary, model_dim]`, the output projection.
        targets: int32 `[2 * tokens]`, the same twice.
        label_smoothing: e, in [0, 1).
        alpha: weight of the divergence.

    Returns:
        float32 scalar, in nats.
    """
    logits = tf.cast(tf.matmul(states, table, transpose_b=True), tf.float32)
    entropy, _ = label_smoothed_cross_entropy(
        logits, targets, tf.ones_like(targets, tf.float32), label_smoothing
    )
    log_p, log_q = tf.split(tf.nn.log_softmax(logits), 2)
    # KL(p || q) + KL(q || p).
    divergence = tf.reduce_sum(
        (tf.exp(log_p) - tf.exp(log_q)) * (log_p - log_q)
    )
    return entropy / 2.0 + alpha / 4.0 * divergence
