"""LayerNorm (Ba et al., 2016) with a gradient of its own."""

import keras
from keras import ops

# What of Keras's layer cannot be chosen here.
_FIXED = {"axis": -1, "center": True, "scale": True, "rms_scaling": False}


@keras.saving.register_keras_serializable("tfformer")
class LayerNormalization(keras.layers.LayerNormalization):
    """Keras's `LayerNormalization` over the last axis, with fewer passes.

    The gradient that is derived op by op goes over the rows some twenty
    times; written out it takes half of that. Statistics are float32 whatever
    the policy is.

    Args:
        epsilon: added to the variance.
        **kwargs: those of a layer. Keras's others keep their defaults.

    Raises:
        ValueError: if they do not.

    Call arguments:
        inputs: `[..., model_dim]`.

    Returns:
        The same shape.
    """

    def __init__(self, epsilon=1e-3, **kwargs):
        super().__init__(epsilon=epsilon, **kwargs)
        config = self.get_config()
        changed = [
            name
            for name, value in _FIXED.items()
            if config.get(name, value) not in (value, [value])
        ]
        if changed:
            raise ValueError(
                f"`{changed[0]}` must be {_FIXED[changed[0]]}, as in the "
                f"paper. Received: {config[changed[0]]}. Try "
                "keras.layers.LayerNormalization."
            )

    def call(self, inputs):
        outputs = _normalized(
            ops.cast(inputs, "float32"),
            ops.cast(ops.convert_to_tensor(self.gamma), "float32"),
            ops.cast(ops.convert_to_tensor(self.beta), "float32"),
            self.epsilon,
        )
        return ops.cast(outputs, self.compute_dtype)


def _normalized(x, gamma, beta, epsilon):
    @ops.custom_gradient
    def normalize(x, gamma, beta):
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=-1, keepdims=True)
        inverse = ops.rsqrt(variance + epsilon)
        unit = centred * inverse

        def gradient(*args, upstream=None):
            upstream = args[0] if upstream is None else upstream
            others = tuple(range(len(x.shape) - 1))
            to_unit = upstream * gamma
            along = upstream * unit
            mean = ops.mean(to_unit, axis=-1, keepdims=True)
            # mean(to_unit * unit), as a product with gamma.
            slope = ops.matmul(along, gamma[:, None]) / x.shape[-1]
            return (
                inverse * (to_unit - mean - unit * slope),
                ops.sum(along, axis=others),
                ops.sum(upstream, axis=others),
            )

        return unit * gamma + beta, gradient

    return normalize(x, gamma, beta)
