import pytest
import tensorflow as tf

from tfformer.config import override
from tfformer.tasks.task import get_preset
from tfformer.training.memory import memory_short

CONFIG = get_preset("translation/tiny")


def test_what_does_not_fit_names_its_cures():
    with pytest.raises(tf.errors.ResourceExhaustedError) as raised:
        tf.zeros([1 << 46])
    error = memory_short(raised.value, CONFIG)
    assert f"train.batch_tokens={CONFIG.train.batch_tokens} in" in str(error)
    assert "train.accumulate_steps=2 or train.recompute=true" in str(error)
    assert "\n" not in str(error)
    again = override(
        CONFIG, ["train.accumulate_steps=2", "train.recompute=true"]
    )
    told = str(memory_short(raised.value, again))
    assert "Try --set train.accumulate_steps=4: the updates" in told


def test_another_error_is_none():
    with pytest.raises(tf.errors.OpError) as raised:
        tf.reshape(tf.zeros([3]), [2])
    assert memory_short(raised.value, CONFIG) is None
