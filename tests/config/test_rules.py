import dataclasses
import re

import pytest

from tfformer.config import ExperimentConfig, ModelConfig, override
from tfformer.errors import ConfigError

BASE = ExperimentConfig(task="translation", preset="translation/base")
PARSING = ExperimentConfig(
    task="parsing",
    preset="parsing/wsj",
    model=ModelConfig(share_embeddings="target"),
)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("train.steps=many", "type int. Received: 'many'"),
        ("train.steps=1.5", "type int. Received: '1.5'"),
        (
            "model.dropout_rate=x",
            "type float. Received: 'x'. Try --set model.dropout_rate=0.1.",
        ),
        ("model.key_dim=x", "type int. Received: 'x'"),
        ("train.steps", "section.field=value. Received: 'train.steps'"),
        ("train.steps=0", "`train.steps` must be 1 or more. Received: 0"),
        ("train.steps=-5", "`train.steps` must be 1 or more. Received: -5"),
        (
            "model.num_heads=7",
            "model_dim=512, num_heads=7. Try model.num_heads=8",
        ),
        ("model.dropout_rate=1.0", r"must be in \[0, 1\)"),
        ("model.attention_window=-1", "must be 0 or more. Received: -1"),
        ("model.initializer_gain=0", "must be above 0 and at most 10"),
        ("model.initializer_gain=nan", "must be above 0 and at most 10"),
        ("model.dtype=float16", "deadlocks"),
        ("model.positions=rotary", "one of sinusoidal, learned"),
        ("decode.top_p=0", r"\(0, 1\]"),
        ("decode.beam_size=0", "`decode.beam_size` must be 1 or more"),
        ("decode.rerank=bleu", "one of none, mbr"),
        ("data.vocab_size=10", "`data.vocab_size` must be 264 or more"),
        ("data.target_language=en", "must differ"),
        ("data.max_words=40", "`data.max_words` must be 0 but in parsing"),
        ("data.collapse_unaries=true", "must be False but in parsing"),
    ],
)
def test_broken_rules_are_named(assignment, message):
    with pytest.raises(ConfigError, match=message):
        override(BASE, [assignment])


def test_what_is_reranked_is_a_beam():
    with pytest.raises(ConfigError, match="must be none unless decode.method"):
        override(BASE, ["decode.rerank=mbr", "decode.method=greedy"])


@pytest.mark.parametrize(
    "assignment",
    [
        "model.num_heads=7",
        "model.dtype=float16",
        "model.dropout_rate=1.0",
        "model.positions=rotary",
        "model.initializer_gain=-1",
        "data.vocab_size=10",
        "data.source=nowhere",
        "data.target_language=en",
        "data.extra_weight=0.3",
        "optimizer.warmup_steps=0",
        "optimizer.learning_rate=nan",
        "optimizer.learning_rate=inf",
        "optimizer.epsilon=-1",
        "optimizer.epsilon=0",
        "train.seed=4294967296",
        "train.batch_tokens=1",
        "words.recurrence=cnn",
        "chart.span_dim=0",
        "decode.temperature=0",
        "decode.temperature=1e-9",
        "decode.length_penalty_alpha=30",
        "decode.method=mbr",
        "decode.rerank=bleu",
        "decode.mbr_sharpness=-1",
    ],
)
def test_the_cure_is_what_set_takes_and_helps(assignment):
    base = PARSING if "extra_weight" in assignment else BASE
    with pytest.raises(ConfigError) as got:
        override(base, [assignment])
    field = assignment.partition("=")[0]
    assert str(got.value).startswith(f"`{field}` ")
    cure = re.search(r"Try ([a-z]+\.[a-z_]+=[^\s,]+)", str(got.value)).group(1)
    override(base, [assignment, cure.rstrip(".")])


@pytest.mark.parametrize("base", [PARSING, BASE])
def test_extra_examples_come_with_a_weight(base):
    """The folder alone would be passed over without a word."""
    folder = ["data.extra_data_dir=F"]
    with pytest.raises(ConfigError, match=r"Try data\.extra_weight=1,"):
        override(base, folder)
    override(base, [*folder, "data.extra_weight=1"])


@pytest.mark.parametrize("field", ["extra_data_dir=F", "extra_weight=1"])
def test_a_task_that_reads_no_extra_examples_refuses_them(field):
    tagging = dataclasses.replace(BASE, task="tagging")
    name, _, _ = field.partition("=")
    with pytest.raises(ConfigError, match=rf"`data\.{name}` must be .* but in"):
        override(tagging, [f"data.{field}"])


def test_a_chart_parser_has_no_learned_positions():
    """Its encoder of words makes none, so they would do nothing."""
    words = [
        "model.encoder=words",
        "model.positions=learned",
        "data.terminals=tags",
    ]
    assert override(PARSING, words).model.positions == "learned"
    chart = [*words, "model.parser=chart", "decode.method=mbr"]
    with pytest.raises(ConfigError, match=r"`model\.positions` must be sinus"):
        override(PARSING, chart)
    override(PARSING, [*chart, "model.positions=sinusoidal"])


def test_one_device_is_not_several():
    flags = ["train.strategy=one_device", "train.cpu_devices=4"]
    with pytest.raises(ConfigError, match="`train.cpu_devices` must be 1 wh"):
        override(BASE, flags)
