"""The initial weights of attention and feed-forward network."""

import keras


def glorot(gain=1.0):
    """Uniform initial weights after Glorot and Bengio (2010), scaled.

    Glorot's weights let a sub-layer's output be as large as its input. After
    the residual sum and the norm of every layer, half of what came in is then
    gone, and so is most of the gradient. Smaller ones leave more of both at
    the beginning (Nguyen and Salazar, 2019, "Transformers without Tears";
    Zhang et al., 2019, who scale by the depth).

    Args:
        gain: what the weights are multiplied by. tensor2tensor's
            `initializer_gain`, which is 1 for its Transformers, multiplies
            their variance: the square of this.

    Returns:
        A Keras initializer.
    """
    return keras.initializers.VarianceScaling(
        scale=gain**2, mode="fan_avg", distribution="uniform"
    )
