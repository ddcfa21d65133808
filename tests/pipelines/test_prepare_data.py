"""Preparing, then training: programs as a user runs them."""

import json

import numpy as np
import pytest

from tests.data.wmt_archives import write_archives
from tests.training import runs

STEPS = runs.settings(
    train__steps=3,
    train__log_every=1,
    train__eval_steps=3,
    train__eval_sentences=2,
    decode__method="greedy",
)


def prepare(*flags):
    runs.output_of([*_python("pipelines.prepare_data"), *map(str, flags)])


def _python(module):
    return runs.TRAIN[0], "-m", module


def dev_scores(workdir):
    return [line for line in runs.lines(workdir) if "dev_loss" in line]


def test_updates_are_those_of_training_on_the_text(text_dir, tmp_path):
    compare(
        tmp_path,
        "--preset=translation/tiny",
        ["--set=data.source=text", f"--data_dir={text_dir}"],
    )


@pytest.mark.slow
def test_parsers_updates_are_those_of_training_on_the_trees(tmp_path):
    compare(tmp_path, "--preset=parsing/tiny", [])


def compare(folder, preset, source):
    """Trains on a source, and on what is prepared from it."""
    output = folder / "prepared"
    prepare(preset, *source, f"--output_dir={output}", "--num_shards=3")
    read = [f"--data_dir={output}", "--set=data.source=prepared"]
    for name, flags in (("plain", source), ("copied", read)):
        runs.run(folder / name, [preset, *flags, *STEPS])
    np.testing.assert_array_equal(
        runs.losses(folder / "copied"), runs.losses(folder / "plain")
    )
    assert dev_scores(folder / "copied") == dev_scores(folder / "plain")


@pytest.mark.slow
def test_two_workers_train_on_prepared_data_as_one_does(tmp_path):
    output = tmp_path / "prepared"
    prepare("--preset=translation/tiny", f"--output_dir={output}")
    flags = [
        "--preset=translation/tiny",
        "--set=data.source=prepared",
        f"--data_dir={output}",
        # Each replica draws masks of its own.
        "--set=model.dropout_rate=0",
        *STEPS,
    ]
    for workers in (1, 2):
        runs.run(tmp_path / str(workers), flags, workers=workers)
    np.testing.assert_allclose(
        runs.losses(tmp_path / "2"), runs.losses(tmp_path / "1"), rtol=1e-5
    )


@pytest.mark.slow
def test_from_the_archives_of_wmt14_to_a_score(tmp_path):
    write_archives(tmp_path / "archives", size=40)
    source = [
        "--set=data.source=tfds:wmt14_translate/de-en",
        f"--set=data.manual_dir={tmp_path / 'archives'}",
        f"--data_dir={tmp_path / 'tfds'}",
    ]
    common = [
        "--preset=translation/tiny",
        "--set=data.dev_split=validation",
        "--set=data.vocab_size=330",
    ]
    output = tmp_path / "prepared"
    prepare(
        *common,
        *source,
        f"--output_dir={output}",
        "--eval_splits=validation,test",
        "--num_shards=3",
        "--num_workers=2",
    )
    prepared = [f"--data_dir={output}", "--set=data.source=prepared"]
    runs.run(tmp_path / "prepared-w", [*common, *prepared, *STEPS])
    runs.run(tmp_path / "plain", [*common, *source, *STEPS])
    np.testing.assert_array_equal(
        runs.losses(tmp_path / "prepared-w"), runs.losses(tmp_path / "plain")
    )
    scores = []
    for workdir, data in (
        ("prepared-w", prepared[:1]),
        ("prepared-w", source),
        ("plain", source[2:]),
    ):
        told = runs.output_of(
            [
                *_python("pipelines.evaluate"),
                f"--workdir={tmp_path / workdir}",
                "--split=test",
                *data,
            ]
        )
        scores.append(json.loads(told.splitlines()[-1]))
    assert scores[0] == scores[1] == scores[2]
    assert scores[0]["sentences"] == 40
