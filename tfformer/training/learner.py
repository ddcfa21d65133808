"""The training step: what `fit` runs on TensorFlow."""

import keras
import tensorflow as tf

from tfformer.losses import label_smoothed_cross_entropy
from tfformer.models.transformer import Transformer, target_weights


@keras.saving.register_keras_serializable("tfformer")
class LearningTransformer(Transformer):
    """A `Transformer` whose `fit` reports and clips gradients.

    The weights are those of `Transformer`, so the checkpoints of one serve the
    other. `fit` gets batches `((inputs, targets),)`.

    Args:
        clip_norm: largest global norm of the gradient; 0 clips nothing.
        **settings: those of `Transformer`.
    """

    def __init__(self, *args, clip_norm=0.0, **settings):
        super().__init__(*args, **settings)
        self.clip_norm = clip_norm
        self._mean_loss = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self._mean_loss]

    def train_step(self, data):
        """Makes one update.

        Returns:
            This batch's "loss" (nats per target token, smoothed), the
            "gradient_norm" before clipping and the number of real "tokens" of
            both sides.
        """
        inputs, targets = data[0]
        with tf.GradientTape() as tape:
            logits = self((inputs, targets), training=True)
            loss_sum, weight_sum = self._loss(logits, targets)
            loss = loss_sum / tf.maximum(weight_sum, 1.0)
        variables = self.trainable_weights
        gradients = [
            # Tied embeddings give sparse slices with repeated rows, whose
            # norm is not the gradient's: sum them first.
            tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(loss, variables)
        ]
        norm = tf.linalg.global_norm(
            [tf.cast(gradient, tf.float32) for gradient in gradients]
        )
        if self.clip_norm:
            gradients, _ = tf.clip_by_global_norm(
                gradients, self.clip_norm, norm
            )
        self.optimizer.apply(gradients, variables)
        tokens = tf.math.count_nonzero(inputs) + tf.math.count_nonzero(targets)
        return {"loss": loss, "gradient_norm": norm, "tokens": tokens}

    def test_step(self, data):
        """Adds one batch to the mean loss over all tokens of a data set."""
        inputs, targets = data[0]
        logits = self((inputs, targets), training=False)
        loss_sum, weight_sum = self._loss(logits, targets)
        self._mean_loss.update_state(
            loss_sum / tf.maximum(weight_sum, 1.0), sample_weight=weight_sum
        )
        return {"loss": self._mean_loss.result()}

    def _loss(self, logits, targets):
        return label_smoothed_cross_entropy(
            logits,
            targets,
            target_weights(targets),
            self.settings["label_smoothing"],
        )

    def get_config(self):
        return {**super().get_config(), "clip_norm": self.clip_norm}
