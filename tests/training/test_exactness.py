"""Any number of devices, workers and parts makes the same updates."""

import numpy as np
import pytest

from tests.training import runs

FLAGS = [
    "--preset=translation/tiny",
    *runs.settings(
        model__dropout_rate=0,
        optimizer__clip_norm=0.5,
        train__steps=20,
        train__log_every=1,
        train__eval_steps=1000,
        train__eval_sentences=4,
        decode__method="greedy",
        train__ema_decay=0.9,
        data__bpe_dropout=0.1,
        # Steps of one to three sentences: some shares are empty.
        train__batch_tokens=24,
    ),
]
STILL = runs.settings(
    model__attention_dropout_rate=0,
    model__ffn_dropout_rate=0,
    words__embedding_dropout_rate=0,
    words__dropout_rate=0,
    chart__dropout_rate=0,
    decode__method="mbr",
    # An encoder of words has none.
    data__bpe_dropout=0,
    # The gradients of a span's ends nearly cancel, and Adam would divide
    # rounding by rounding; so it steps in proportion to them.
    optimizer__epsilon=0.01,
)
PARSING = ["--preset=parsing/tiny", *FLAGS[1:-1], "--set=train.batch_tokens=96"]
CHART = ["--preset=parsing/tiny_chart", *PARSING[1:], *STILL]


@pytest.mark.parametrize("flags", [FLAGS, PARSING, CHART])
def test_the_settings_go_with_the_preset(flags):
    preset, *rest = flags
    runs.overridden(preset.removeprefix("--preset="), rest)


def check_equal(got, want, floor=0.0):
    """Losses, gradient norms, weights and averages agree to 1e-6.

    A bias that has hardly left 0 may be off by `floor` besides.
    """
    np.testing.assert_allclose(
        runs.losses(got), runs.losses(want), rtol=1e-6, atol=0
    )
    for name, value in runs.state(want).items():
        if name.startswith(("model/", "moving_average/")):
            other = runs.state(got)[name]
            error = np.linalg.norm(other - value)
            assert error <= 1e-6 * np.linalg.norm(value) + floor, name


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A run with one worker on one device."""
    workdir = tmp_path_factory.mktemp("alone") / "workdir"
    runs.run(workdir, FLAGS)
    norms = runs.losses(workdir)[:, 1]
    # Some updates are clipped, some are not.
    assert norms.max() > 0.5
    return workdir


@pytest.fixture
def workdir(alone, tmp_path):
    return runs.with_data_of(alone, tmp_path / "workdir")


@pytest.mark.slow
@pytest.mark.parametrize(("devices", "parts"), [(1, 3), (2, 1), (2, 2), (4, 2)])
def test_replicas_and_parts_equal_one_device(alone, workdir, devices, parts):
    flags = runs.settings(
        train__cpu_devices=devices, train__accumulate_steps=parts
    )
    runs.run(workdir, FLAGS + flags)
    check_equal(workdir, alone)


@pytest.mark.parametrize(
    ("workers", "parts"),
    [
        pytest.param(2, 1, marks=pytest.mark.slow),
        (2, 2),
        pytest.param(3, 2, marks=pytest.mark.slow),
    ],
)
def test_workers_equal_one_worker(alone, workdir, workers, parts):
    flags = runs.settings(train__accumulate_steps=parts)
    told = runs.run(workdir, FLAGS + flags, workers)
    check_equal(workdir, alone)
    # Only the chief talks, and only it writes.
    assert all(line.startswith("[0]") for line in told.splitlines()), told
    assert len(list((workdir / "events").iterdir())) == 1
    # The dev set is scored once, over all workers.
    scores = [
        [line for line in runs.lines(w) if "dev_loss" in line]
        for w in (alone, workdir)
    ]
    assert len(scores[0]) == len(scores[1]) == 1
    assert scores[1][0]["dev_bleu"] == scores[0][0]["dev_bleu"]
    assert scores[1][0]["dev_loss"] == pytest.approx(
        scores[0][0]["dev_loss"], rel=1e-6
    )


@pytest.mark.slow
@pytest.mark.parametrize(("preset", "floor"), [(PARSING, 0.0), (CHART, 1e-8)])
def test_two_workers_of_two_devices_parse_as_one(tmp_path, preset, floor):
    runs.run(tmp_path / "one", preset)
    flags = runs.settings(train__cpu_devices=2)
    runs.run(tmp_path / "four", preset + flags, workers=2)
    check_equal(tmp_path / "four", tmp_path / "one", floor)


@pytest.mark.slow
def test_a_student_of_two_workers_of_two_devices_is_the_same(alone, tmp_path):
    flags = [*FLAGS, *runs.settings(train__teachers=alone, train__seed=1)]
    runs.run(tmp_path / "one", flags)
    devices = runs.settings(train__cpu_devices=2)
    runs.run(tmp_path / "four", flags + devices, workers=2)
    check_equal(tmp_path / "four", tmp_path / "one")


@pytest.mark.slow
def test_the_number_of_workers_may_change(alone, workdir):
    for steps, workers in ((7, 2), (13, 1), (20, 3)):
        flags = runs.settings(train__steps=steps)
        runs.run(workdir, FLAGS + flags, workers)
    check_equal(workdir, alone)


@pytest.mark.slow
def test_bfloat16_trains_with_two_workers(workdir):
    flags = runs.settings(
        model__dtype="mixed_bfloat16", train__batch_tokens=256
    )
    runs.run(workdir, FLAGS + flags, workers=2)
    loss = runs.losses(workdir)[:, 0]
    assert loss[-5:].mean() < loss[:5].mean()
