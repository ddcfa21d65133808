import sys

import keras
import pytest
import tensorflow as tf

from tests.training.test_samples import values_of
from tfformer.data.sources import Example
from tfformer.data.vocabulary import Vocabulary
from tfformer.models.transformer import Transformer
from tfformer.training import attention_pictures
from tfformer.training.attention_pictures import COUNT, write_attention
from tfformer.visual import figure

LONG = Example("a " * 16, "b")
SHORT = Example("The dog sleeps.", "Der Hund schläft.")


@pytest.fixture(scope="module")
def translator(trained_workdir):
    vocabulary = Vocabulary(trained_workdir / "vocabulary.model")
    keras.utils.set_random_seed(0)
    model = Transformer(
        vocabulary.size, vocabulary.size, 1, 16, 32, num_heads=2
    )
    model.build()
    return model, (vocabulary, vocabulary)


def test_short_sentences_are_drawn(translator, tmp_path):
    pytest.importorskip("matplotlib", reason="needs the extra [bench]")
    writer = tf.summary.create_file_writer(str(tmp_path))
    write_attention(writer, 7, *translator, [LONG, *[SHORT] * 9])
    writer.close()
    values = values_of(tmp_path)
    assert [value.tag for _, value in values] == [
        f"attention_{i}" for i in range(COUNT)
    ]
    for step, value in values:
        assert step == 7
        width, height, png = value.tensor.string_val
        picture = tf.io.decode_png(png).numpy()
        assert picture.shape[:2] == (int(height), int(width))
        # Not blank.
        assert len(set(picture[..., 0].ravel())) > 10


def test_without_matplotlib_it_says_so(translator, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(attention_pictures, "announce", told.append)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    writer = tf.summary.create_file_writer(str(tmp_path))
    write_attention(writer, 7, *translator, [SHORT])
    writer.close()
    assert values_of(tmp_path) == []
    assert "needs matplotlib" in told[0]
    with pytest.raises(figure.UserError):
        figure.new_figure(1.0, 1.0)
