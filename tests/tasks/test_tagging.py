"""The worked example of a third task is whole."""

import json
import pathlib

import hypothesis
import pytest
from hypothesis import strategies as st

from tfformer.config import DataConfig
from tfformer.data.pocket.corpus import triples
from tfformer.errors import ConfigError
from tfformer.tasks import tagging
from tfformer.tasks.tagging import AccuracyStats, TaggingTask

TAGS = st.lists(st.sampled_from(["NN", "DT", "VBZ"]), min_size=1, max_size=6)


def test_a_third_task_is_one_file_of_under_120_lines():
    lines = pathlib.Path(tagging.__file__).read_text().splitlines()
    assert len(lines) < 120


def test_every_word_has_a_tag():
    examples = list(
        TaggingTask(DataConfig(source="pocket"), None).examples("dev")
    )
    assert len(examples) == 500
    for example in examples:
        assert len(example.inputs.split()) == len(example.targets.split())


@hypothesis.given(TAGS, TAGS)
def test_accuracy_counts_every_word_of_the_reference(tags, gold):
    task = TaggingTask(DataConfig(source="pocket"), None)
    stats = task.score([" ".join(tags)], [" ".join(gold)])
    assert stats.words == len(gold)
    assert stats.right <= min(len(tags), len(gold))
    assert (stats.right == len(gold)) == (tags[: len(gold)] == gold)


def test_counts_add_up():
    both = AccuracyStats(1, 2).merge(AccuracyStats(2, 2))
    assert both.compute() == {"accuracy": 75.0, "words": 4}
    assert AccuracyStats().compute()["accuracy"] == 0.0


def test_it_trains_and_is_scored_like_the_others(tmp_path, program):
    settings = (
        "data.source=text",
        "model.num_layers=1",
        "model.model_dim=16",
        "model.ffn_dim=32",
        "model.num_heads=2",
        "data.vocab_size=400",
        "train.steps=4",
        "train.batch_tokens=256",
        "train.eval_sentences=4",
        "train.eval_steps=4",
        "decode.extra_length=5",
    )
    flags = [f"--set={setting}" for setting in settings]
    for split, size in (("train", 300), ("dev", 10)):
        trees = [f"{triple.tree}\n" for triple in triples(split, size)]
        (tmp_path / f"{split}.mrg").write_text("".join(trees))
    done = program(
        "pipelines.train",
        "--preset=tagging/demo",
        f"--data_dir={tmp_path}",
        f"--workdir={tmp_path / 'w'}",
        *flags,
    )
    assert done.returncode == 0, done.stderr.decode()
    lines = (tmp_path / "w" / "metrics.jsonl").read_text().splitlines()
    scores = [json.loads(line) for line in lines if "accuracy" in line]
    assert scores and 0 <= scores[-1]["dev_accuracy"] <= 100


def test_a_file_of_gold_trees_is_for_parsing():
    task = TaggingTask(DataConfig(source="pocket"), None)
    with pytest.raises(ConfigError, match=r"Try --split, .* split of the data"):
        task.file_examples("gold.mrg")


def test_malformed_trees_are_left_out_where_that_is_asked(tmp_path):
    (tmp_path / "train.mrg").write_text("(S (NN a))\n(S (NN b c))\n")
    config = DataConfig(skip_malformed=True)
    examples = list(TaggingTask(config, str(tmp_path)).examples("train"))
    assert [example.inputs for example in examples] == ["a"]
