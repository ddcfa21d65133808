"""Learning-rate schedules (paper, section 5.3)."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("tfformer")
class NoamSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """d^-0.5 * min(step^-0.5, step * warmup^-1.5) (paper, equation 3).

    Keras counts updates from 0; the paper's first step is 1. So the rate of
    update n is the formula's at `n + 1`.

    Args:
        model_dim: d_model.
        warmup_steps: steps over which the rate rises.
        scale: factor on the whole; 1.0 is the paper's.
    """

    def __init__(self, model_dim, warmup_steps=4000, scale=1.0):
        self.model_dim = model_dim
        self.warmup_steps = warmup_steps
        self.scale = scale

    def __call__(self, step):
        step = ops.cast(step, "float32") + 1.0
        rising = step * self.warmup_steps**-1.5
        falling = ops.rsqrt(step)
        return self.scale * self.model_dim**-0.5 * ops.minimum(rising, falling)

    def get_config(self):
        return {
            "model_dim": self.model_dim,
            "warmup_steps": self.warmup_steps,
            "scale": self.scale,
        }


@keras.saving.register_keras_serializable("tfformer")
class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Another schedule that, from a step on, is led straight down to zero.

    Not in the paper: short runs end better at a rate of zero than at the
    inverse square root's long tail.

    Args:
        schedule: the schedule to follow; multiplied by a factor that is 1 up
            to `decay_start` and falls to 0 at `last_step`.
        decay_start: step from which on the rate is led down.
        last_step: step at which it arrives at zero.
    """

    def __init__(self, schedule, decay_start, last_step):
        self.schedule = schedule
        self.decay_start = decay_start
        self.last_step = last_step

    def __call__(self, step):
        left = self.last_step - ops.cast(step, "float32")
        span = max(self.last_step - self.decay_start, 1)
        return self.schedule(step) * ops.clip(left / span, 0.0, 1.0)

    def get_config(self):
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "decay_start": self.decay_start,
            "last_step": self.last_step,
        }

    @classmethod
    def from_config(cls, config):
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(schedule, config["decay_start"], config["last_step"])
