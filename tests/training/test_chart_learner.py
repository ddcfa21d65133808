"""The training step of a chart parser."""

import pytest
import tensorflow as tf

from tests.training.five_trees import SPANS, WIDE, Setting
from tfformer.models.transformer import Transformer
from tfformer.training.adam import FusedAdam


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    return Setting(tmp_path_factory.mktemp("trees"), "parsing/tiny_chart")


@pytest.mark.parametrize(
    "recurrence", ["bilstm", pytest.param("none", marks=pytest.mark.slow)]
)
def test_it_learns_five_trees_by_heart(setting, recurrence):
    model = setting.model(
        [f"words.recurrence={recurrence}", *WIDE, *SPANS],
        FusedAdam(0.005),
        clip_norm=5.0,
    )
    batch = setting.batch()
    data = tf.data.Dataset.from_tensors((batch,)).repeat(150)
    model.fit(data, verbose=0)
    wanted = [example.targets for example in setting.examples]
    for method in ("mbr", "cky"):
        assert setting.parse(model, [f"decode.method={method}"]) == wanted


def test_the_loss_is_a_probability(setting):
    """Minus its logarithm is not below 0, nor is any part of it."""
    model = setting.model()
    loss, weight, tokens = model.part_loss(setting.batch(), training=False)
    assert float(loss) > 0
    words = sum(len(e.inputs.split()) for e in setting.examples)
    assert float(weight) == float(tokens) == words


def test_a_chart_is_refused_elsewhere(setting):
    with pytest.raises(ValueError, match="must be subwords and linearized"):
        Transformer(10, 10, parser="chart")
