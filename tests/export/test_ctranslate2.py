"""CTranslate2 computes what our model computes."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.conftest import run_program
from tfformer.config import ModelConfig
from tfformer.data.pocket import triples
from tfformer.data.vocabulary import Vocabulary
from tfformer.errors import ConfigError, DataError
from tfformer.models.transformer import Transformer
from tfformer.training.inference import TrainedModel

ctranslate2 = pytest.importorskip(
    "ctranslate2", reason="needs the extra [ctranslate2]"
)

from tfformer.export.ctranslate2_model import (  # noqa: E402
    Translator,
    save_ctranslate2,
)

PAIRS = list(triples("test", 200))
TINY = ModelConfig(num_layers=2, model_dim=32, ffn_dim=64, num_heads=4)


@pytest.fixture(scope="module")
def vocabulary(trained_workdir):
    return Vocabulary(trained_workdir / "vocabulary.model")


def build(config, vocabulary):
    keras.utils.set_random_seed(1)
    settings = dataclasses.asdict(config)
    dtype = settings.pop("dtype")
    model = Transformer(
        vocabulary.size, vocabulary.size, dtype=dtype, **settings
    )
    model.build()
    # LayerNorm's scale and offset too: as initialised, they do nothing.
    draw = np.random.default_rng(1)
    for weight in model.trainable_weights:
        if weight.ndim == 1:
            weight.assign_add(draw.normal(size=weight.shape, scale=0.3))
    return model


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"normalization": "pre", "share_embeddings": "none"},
        {"positions": "learned", "max_positions": 9},
    ],
)
def test_every_token_has_the_same_probability(changes, vocabulary, tmp_path):
    config = dataclasses.replace(TINY, **changes)
    model = build(config, vocabulary)
    save_ctranslate2(
        model, config, (vocabulary, vocabulary), tmp_path / "e", positions=256
    )
    engine = ctranslate2.Translator(str(tmp_path / "e"))
    for pair in PAIRS[:3]:
        source, target = vocabulary.encode([pair.english, pair.german])
        logits = model((np.array([source]), np.array([target])))
        wanted = keras.ops.log_softmax(logits)[0]
        (found,) = engine.score_batch(
            [vocabulary.pieces(source[:-1])], [vocabulary.pieces(target[:-1])]
        )
        np.testing.assert_allclose(
            found.log_probs,
            np.asarray(wanted)[np.arange(len(target)), target],
            atol=1e-4,
        )


def test_200_translations_are_equal(trained_workdir, tmp_path):
    output = tmp_path / "engine"
    done = run_program(
        "tools.export_ctranslate2",
        f"--workdir={trained_workdir}",
        f"--output_dir={output}",
    )
    assert done.returncode == 0, done.stderr.decode()
    texts = [pair.english for pair in PAIRS[:194]]
    texts += ["", "é \u2581", "x " * 90, "\u3000", "\u00a0", "\u2028"]
    inference = TrainedModel(
        trained_workdir,
        assignments=("decode.method=greedy", "decode.extra_length=50"),
    ).inference()
    ours = [found[0].text for found in inference.decode(texts)]
    assert Translator(output).translate(texts, beam_size=1) == ours


def test_an_output_stays_on_one_line(vocabulary, tmp_path, monkeypatch):
    both = (vocabulary, vocabulary)
    save_ctranslate2(build(TINY, vocabulary), TINY, both, tmp_path / "e")
    monkeypatch.setattr(Vocabulary, "decode", lambda self, ids: ["a\r\nb"])
    assert Translator(tmp_path / "e").translate(["a"]) == ["a  b"]


def test_the_exported_positions_bound_a_text(vocabulary, tmp_path):
    model = build(TINY, vocabulary)
    both = (vocabulary, vocabulary)
    save_ctranslate2(model, TINY, both, tmp_path / "e", positions=12)
    engine = Translator(tmp_path / "e")

    def text(pieces):
        lengths = {
            len(vocabulary.encode([t])[0]) - 1: t
            for t in ("a" + " a" * n for n in range(20))
        }
        return lengths[pieces]

    # Whatever untrained weights give, up to the last position.
    assert len(engine.translate(["a", text(11)])) == 2
    with pytest.raises(DataError, match="fewer than 12 pieces.*Received: 12"):
        engine.translate(["a", text(12)])


def test_int8_is_smaller(vocabulary, tmp_path):
    model = build(TINY, vocabulary)
    sizes = {}
    for name in ("float32", "int8"):
        save_ctranslate2(
            model, TINY, (vocabulary, vocabulary), tmp_path / name, name, 64
        )
        sizes[name] = (tmp_path / name / "model.bin").stat().st_size
    assert sizes["int8"] < 0.6 * sizes["float32"]


def test_what_ctranslate2_lacks_is_refused(vocabulary, tmp_path):
    both = (vocabulary, vocabulary)
    with pytest.raises(ConfigError, match="`model.value_dim`"):
        config = dataclasses.replace(TINY, value_dim=4)
        save_ctranslate2(None, config, both, tmp_path / "e")
    with pytest.raises(ConfigError, match="`model.attention_window` must be"):
        config = dataclasses.replace(TINY, attention_window=2)
        save_ctranslate2(None, config, both, tmp_path / "e")
    with pytest.raises(ConfigError, match="`--quantization`.*int8"):
        save_ctranslate2(None, TINY, both, tmp_path / "e", "int3")
    with pytest.raises(ConfigError, match="translation model"):
        save_ctranslate2(None, TINY, (object(),) * 2, tmp_path / "e")
    assert not (tmp_path / "e").exists()
