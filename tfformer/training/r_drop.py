"""R-Drop: two passes with dropout must agree (Liang et al., 2021)."""

import tensorflow as tf

from tfformer.training.projected_loss import gradients_of, project


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

    @tf.custom_gradient
    def summed(states, table):
        logits, softmax, log_sums, losses = project(
            states, table, targets, label_smoothing
        )
        (p, q), gap = _halves(softmax), tf.subtract(*_halves(logits))
        # log(p / q) is gap - shift; of each row, KL(p || q) and KL(q || p).
        shift = tf.subtract(*_halves(log_sums))
        of_p, of_q = _dots(p, gap) - shift, shift - _dots(q, gap)

        def gradient(upstream):
            # Of twice the loss and over alpha / 2, the logits' gradient is
            # p * (2 / alpha + 1 + log(p / q) - KL(p || q)) - q and its like,
            # without the target distribution's part.
            more = 2.0 / alpha + 1.0
            halves = [
                p * (gap + (more - shift - of_p)[:, None]) - q,
                q * ((more + shift - of_q)[:, None] - gap) - p,
            ]
            of_states, of_table = zip(
                *(
                    gradients_of(
                        half,
                        rows,
                        table,
                        _halves(targets)[0],
                        label_smoothing,
                        upstream / 2.0,
                        weight=alpha / 2.0,
                    )
                    for half, rows in zip(halves, _halves(states), strict=True)
                ),
                strict=True,
            )
            return tf.concat(of_states, 0), tf.add_n(of_table)

        entropy = tf.reduce_sum(losses)
        divergence = tf.reduce_sum(of_p + of_q)
        return entropy / 2.0 + alpha / 4.0 * divergence, gradient

    return summed(states, table)


def _halves(rows):
    """The rows of one pass and those of the other, without a copy."""
    half = tf.shape(rows)[0] // 2
    return rows[:half], rows[half:]


def _dots(one, other):
    """The inner product of each row with its like, in one pass over both."""
    return tf.matmul(one[:, None], other[:, :, None])[:, 0, 0]
