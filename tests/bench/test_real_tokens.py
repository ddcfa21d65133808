import numpy as np
import pytest
import tensorflow as tf

from bench.real_tokens import count, without_padding
from tests.conftest import run_program


def test_what_was_padding_counts_and_the_rest_stays():
    inputs = np.array([[5, 2, 0], [5, 7, 2]], np.int32)
    targets = np.array([[9, 2], [2, 0]], np.int32)
    real = tf.data.Dataset.from_tensors(((inputs, targets),))
    full = real.map(without_padding)
    assert count(real) == 5 + 3
    assert count(full) == 6 + 4
    ((filled, _),) = next(iter(full))
    np.testing.assert_array_equal(
        filled.numpy()[inputs != 0], inputs[inputs != 0]
    )
    assert full.element_spec == real.element_spec


@pytest.mark.slow
def test_a_translation_is_measured(trained_workdir):
    flags = (f"--workdir={trained_workdir}", "--steps=1", "--rounds=1")
    done = run_program("bench.real_tokens", *flags)
    assert done.returncode == 0, done.stderr.decode()
    assert b"real tokens a second" in done.stdout


@pytest.mark.slow
def test_words_of_many_ids_are_refused(trained_chart_parser):
    flags = (f"--workdir={trained_chart_parser}", "--steps=1", "--rounds=1")
    done = run_program("bench.real_tokens", *flags)
    assert done.returncode != 0
    assert b"a token must be one id" in done.stderr
