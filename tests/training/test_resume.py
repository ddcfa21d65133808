"""A run that was killed and resumed equals one that was not, bit for bit."""

import numpy as np
import pytest

from tests.training import runs

EVERY = 5
FLAGS = runs.settings(
    model__dropout_rate=0.3,
    train__log_every=1,
    train__checkpoint_steps=EVERY,
    train__eval_sentences=4,
    train__batch_tokens=128,
    decode__method="greedy",
    # All that has a state or a chance of its own.
    train__ema_decay=0.9,
    train__r_drop=1.0,
    data__bpe_dropout=0.1,
)
# The last falls inside the run, on no checkpoint.
TASKS = {
    "parsing/tiny": [],
    "parsing/tiny_chart": runs.settings(
        decode__method="mbr",
        # An encoder of words has neither.
        train__r_drop=0.0,
        data__bpe_dropout=0.0,
    ),
    "translation/tiny": runs.settings(train__bidirectional_steps=EVERY + 2),
}


def check(tmp_path, preset, kills, workers=1):
    # Room for every kill, and for steps after the last.
    steps = EVERY * (kills + 2)
    length = runs.settings(train__steps=steps, train__eval_steps=steps)
    flags = [f"--preset={preset}", *FLAGS, *length, *TASKS[preset]]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    runs.run(whole, flags, workers)
    runs.with_data_of(whole, killed)
    hits = runs.kill_again_and_again(killed, flags, kills, EVERY, 0, workers)
    np.testing.assert_array_equal(runs.losses(killed), runs.losses(whole))
    want, got = runs.state(whole), runs.state(killed)
    assert len(got) == len(want) > 20
    for name, value in want.items():
        np.testing.assert_array_equal(got[name], value, err_msg=name)
    # Nothing that a kill left half written is still there.
    assert not runs.is_saving(killed)
    return hits


@pytest.mark.parametrize("preset", TASKS)
def test_the_settings_go_with_the_preset(preset):
    runs.overridden(preset, FLAGS + TASKS[preset])


def test_a_killed_run_equals_a_whole_one(tmp_path):
    check(tmp_path, "translation/tiny", 1)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("preset", TASKS)
def test_ten_kills_change_no_bit(tmp_path, preset, workers):
    assert check(tmp_path, preset, 10, workers) >= 1
