import re

import numpy as np
import pytest

from tfformer.config import DecodeConfig
from tfformer.errors import ConfigError, UserError
from tfformer.export.explain import (
    explain,
    explaining,
    load_explain,
    other_search,
)
from tfformer.training.inference import TrainedModel
from tfformer.visual.page import render


@pytest.fixture(scope="module")
def explained(trained_workdir):
    trained = TrainedModel(trained_workdir)
    function = explaining(
        trained.model,
        trained.vocabularies,
        trained.task,
        trained.config.decode,
    )
    return function, explain(function, "The cat sleeps.", 3)


def test_weights_fit_the_tokens_and_sum_to_one(explained):
    explanation = explained[1]
    for kind, weights in explanation.attention.items():
        queries, keys = explanation.tokens(kind)
        assert weights.shape[2:] == (len(queries), len(keys))
        np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-5)
    decoder = explanation.attention["decoder"]
    assert not np.triu(decoder, 1).any()


def test_log_probabilities_make_up_the_score(explained):
    for hypothesis in explained[1].hypotheses:
        assert hypothesis.pieces[-1] == "</s>"
        penalty = ((5 + len(hypothesis.pieces)) / 6) ** 0.6
        assert hypothesis.score == pytest.approx(
            sum(hypothesis.log_probs) / penalty, abs=1e-4
        )


def test_it_becomes_a_page(explained):
    assert "The cat sleeps." in render(explained[1])


def test_an_export_explains_as_its_workdir(explained, exported_translator):
    got = explain(load_explain(exported_translator), "The cat sleeps.", 3)
    assert got.hypotheses == explained[1].hypotheses
    for kind, weights in explained[1].attention.items():
        np.testing.assert_allclose(got.attention[kind], weights, atol=1e-5)


def test_the_beam_is_the_configurations_by_default(
    trained_workdir, exported_translator
):
    settings = ("decode.beam_size=3",)
    trained = TrainedModel(trained_workdir, assignments=settings)
    config = trained.config.decode
    function = explaining(
        trained.model, trained.vocabularies, trained.task, config
    )
    text = "The cat sleeps."
    shown = explain(function, text)
    assert len(shown.hypotheses) == 3
    (found,) = trained.inference().decode([text])
    assert shown.best.text == found[0].text
    assert other_search(config, None) == ""
    exported = explain(load_explain(exported_translator), text)
    assert len(exported.hypotheses) == 2


@pytest.mark.parametrize(
    ("settings", "beam_size", "told"),
    [
        ({}, 4, ""),
        ({}, 2, "a beam of 2; .* by decode.beam_size=4, "),
        ({"rerank": "mbr"}, None, "a beam of 4; .* by decode.rerank=mbr, "),
        ({"method": "greedy"}, 4, "by decode.method=greedy, "),
    ],
)
def test_a_search_that_is_not_shown_is_said(settings, beam_size, told):
    said = other_search(DecodeConfig(**settings), beam_size)
    assert re.search(told, said) and bool(told) == bool(said)


def test_a_parsers_export_explains(exported_parser):
    got = explain(load_explain(exported_parser), "The cat sleeps .", 2)
    assert got.task == "parsing"
    assert got.best.text.startswith("(TOP ")


def test_a_blank_text_is_refused(explained):
    with pytest.raises(UserError, match="`--text` must not be blank"):
        explain(explained[0], " ", 2)
    with pytest.raises(UserError, match="`--text` must be UTF-8"):
        explain(explained[0], "caf\udce9", 2)


def test_a_folder_without_versions_is_refused(tmp_path):
    with pytest.raises(UserError, match="`--model_dir` must hold exported"):
        load_explain(tmp_path)


def test_a_version_in_place_of_its_folder_is_refused(exported_translator):
    cure = f"Try --model_dir={exported_translator}.$"
    with pytest.raises(UserError, match=f"folder of the versions.*{cure}"):
        load_explain(exported_translator / "1")


def test_an_export_that_is_damaged_is_refused(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"half")
    with pytest.raises(UserError, match="1: cannot be loaded"):
        load_explain(tmp_path)


def test_a_chart_parser_has_no_beam_to_explain(trained_workdir):
    from tfformer.tasks.task import get_preset

    config = get_preset("parsing/wsj_sample_chart").decode
    with pytest.raises(ConfigError, match="chart parser"):
        explaining(None, None, None, config)
