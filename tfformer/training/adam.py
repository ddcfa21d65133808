"""Adam as one kernel per variable."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("tfformer")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam; the same update in one pass over each variable.

    Keras writes the update as some ten ops, each a pass over the weights and
    both moments. TensorFlow has one kernel for all of it, with the same
    formula, epsilon's place included (Kingma and Ba, 2015, the note at the
    end of section 2).
    """

    def update_step(self, gradient, variable, learning_rate):
        """Updates one variable and its moments.

        Args:
            gradient: dense, the shape of `variable`.
            variable: `tf.Variable`.
            learning_rate: scalar.
        """
        index = self._get_variable_index(variable)
        dtype = variable.dtype
        step = tf.cast(self.iterations + 1, dtype)
        beta_1, beta_2 = (
            tf.constant(beta, dtype) for beta in (self.beta_1, self.beta_2)
        )
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(beta_1, step),
            beta2_power=tf.pow(beta_2, step),
            lr=tf.cast(learning_rate, dtype),
            beta1=beta_1,
            beta2=beta_2,
            epsilon=tf.constant(self.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
        )
