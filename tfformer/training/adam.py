"""Adam as one kernel per variable."""

import keras
import tensorflow as tf

from tfformer.errors import ConfigError

# What Keras does in places that this update does not pass.
_NOT_HERE = (
    "amsgrad",
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "loss_scale_factor",
    "gradient_accumulation_steps",
)


@keras.saving.register_keras_serializable("tfformer")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam; the same update in one pass over each variable.

    Keras writes the update as some ten ops, each a pass over the weights and
    both moments. TensorFlow has one kernel for all of it, with the same
    formula, epsilon's place included (Kingma and Ba, 2015, the note at the
    end of section 2).

    Args:
        **kwargs: those of Keras's Adam, but for what `_NOT_HERE` names.

    Raises:
        ConfigError: for one of those; or, once there are weights, if a beta
            is 1 in their dtype, by which nothing would be learned.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in _NOT_HERE:
            if kwargs.get(name):
                raise ConfigError(
                    f"`{name}` is none of FusedAdam's. Received: "
                    f"{kwargs[name]!r}. Try keras.optimizers.Adam; "
                    "pipelines.train has optimizer.clip_norm, train.ema_decay "
                    "and train.accumulate_steps."
                )

    def build(self, variables):
        """Makes the moments of the variables."""
        super().build(variables)
        for name, beta in (("beta_1", self.beta_1), ("beta_2", self.beta_2)):
            for dtype in {variable.dtype for variable in variables}:
                # Of NumPy, for Keras may build inside a graph.
                if float(tf.as_dtype(dtype).as_numpy_dtype(beta)) >= 1.0:
                    raise ConfigError(
                        f"`optimizer.{name}` must be below 1 in the dtype of "
                        f"the weights. Received: {beta}, which {dtype} rounds "
                        "to 1. Try model.dtype=mixed_bfloat16, whose weights "
                        "are float32."
                    )

    def apply_everywhere(self, gradients, variables, keep):
        """Makes one update on the replica that calls it.

        To be called by every replica with the same gradients, already summed
        over all of them: then nothing need be exchanged, and all stay equal.
        The step is counted whether or not it is kept.

        Args:
            gradients: one for each of `variables`.
            variables: Keras variables, those that the optimizer was built on;
                it is built on them if it was on none.
            keep: bool scalar; where it is false, nothing changes.
        """
        if not self.built:
            # Keras's `apply`, which is not called here, would build it.
            with tf.init_scope():
                self.build(variables)
        rate = self._get_current_learning_rate()
        values = [variable.value for variable in variables]

        def update():
            for gradient, value in zip(gradients, values, strict=True):
                self.update_step(gradient, value, rate)
            return tf.constant(True)

        with tf.control_dependencies(
            [tf.cond(keep, update, lambda: tf.constant(False))]
        ):
            self.iterations.assign_add(1)

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
