import json

import numpy as np
import pytest

from tests.training.five_trees import TREES
from tfformer.config import override
from tfformer.errors import WorkdirError
from tfformer.tasks.task import get_preset, make_task
from tfformer.training.corpora import (
    prepare_corpus,
    prepare_vocabularies,
    training_buckets,
)
from tfformer.training.step_pairs import read_step
from tfformer.training.workdir import Workdir


def prepared(folder, preset, *assignments, data_dir=None):
    """A workdir with vocabularies and ids, as training begins."""
    config = override(get_preset(preset), assignments)
    task, workdir = make_task(config, data_dir), Workdir(folder / "w")
    workdir.write(config)
    vocabularies = prepare_vocabularies(task, workdir)
    corpus = prepare_corpus(task, config, workdir, vocabularies, "train")
    return task, config, workdir, training_buckets(config, corpus, vocabularies)


@pytest.fixture
def text(text_dir, tmp_path):
    settings = ("data.source=text", "train.batch_tokens=400")
    return prepared(
        tmp_path, "translation/tiny", *settings, data_dir=text_dir
    ), text_dir


def test_the_steps_of_an_epoch_are_the_files_lines(text):
    (*run, buckets), folder = text
    lines = [
        (folder / f"train.{language}").read_text().splitlines()
        for language in ("en", "de")
    ]
    seen = []
    for step in range(1, 1 + sum(b.num_batches for b in buckets)):
        pairs = read_step(*run, step)
        for pair in pairs:
            sides = (pair.inputs, pair.targets)
            assert [s.text for s in sides] == [x[pair.number] for x in lines]
            for side in sides:
                assert side.length == len(side.pieces)
                assert side.pieces[-1] == "</s>"
                plain = "".join(side.pieces[:-1]).replace("\u2581", " ")
                # Rare letters are bytes.
                assert "<0x" in plain or plain == f" {side.text}"
        longest = max(max(p.inputs.length, p.targets.length) for p in pairs)
        assert longest * len(pairs) <= 400
        seen += [pair.number for pair in pairs]
    assert len(seen) == len(set(seen)) > 300


def test_they_are_the_numbers_that_bad_steps_get(text):
    from tfformer.data.schedule import BatchSchedule

    (task, config, workdir, buckets), _ = text
    schedule = BatchSchedule(buckets, config.train.seed)
    vocabularies = prepare_vocabularies(task, workdir)
    corpus = prepare_corpus(task, config, workdir, vocabularies, "train")
    # As the trainer's `BadSteps`, which counts the updates before a step.
    for step in (1, 7):
        want = corpus.numbers(schedule.places(step - 1))
        got = [p.number for p in read_step(task, config, workdir, step)]
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("kind", ["tiny", "tiny_words", "tiny_chart"])
def test_trees_count_from_the_first_that_is_learned_from(tmp_path, kind):
    # The first has no words but traces, and is not learned from.
    empty = "(TOP (S (-NONE- *)))\n"
    (tmp_path / "train.mrg").write_text(empty + TREES * 4)
    *run, _ = prepared(
        tmp_path,
        f"parsing/{kind}",
        "data.source=text",
        "data.vocab_size=300",
        data_dir=tmp_path,
    )
    pairs = [pair for step in range(1, 4) for pair in read_step(*run, step)]
    for pair in pairs:
        if pair.number % 5 == 1:
            assert pair.inputs.text == "dinner"
            assert pair.targets.text.startswith("(FRAG (NP ")
    assert any(pair.number % 5 == 1 for pair in pairs)
    assert all(pair.inputs.pieces for pair in pairs)


def test_ids_of_other_data_are_not_shown(text):
    (*run, _), folder = text
    path = folder / "train.en"
    path.write_text(path.read_text() + "One more.\n")
    with pytest.raises(WorkdirError, match="no such folder beside train-"):
        read_step(*run, 1)


def test_damaged_ids_are_named(text):
    (*run, _), _ = text
    (manifest,) = run[-1].data.glob("train-*/manifest.json")
    values = json.loads(manifest.read_text())
    values["counts"]["kept"] += 1
    manifest.write_text(json.dumps(values))
    with pytest.raises(WorkdirError, match="manifest.json is not of these"):
        read_step(*run, 1)
