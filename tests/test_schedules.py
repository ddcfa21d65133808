import keras
import numpy as np
import pytest

from tfformer.schedules import LinearDecay, NoamSchedule


@pytest.mark.parametrize("warmup", [1, 10, 4000])
@pytest.mark.parametrize("step", [1, 9, 10, 11, 4000, 100_000])
def test_noam_equals_its_formula(step, warmup):
    want = 512**-0.5 * min(step**-0.5, step * warmup**-1.5)
    got = float(NoamSchedule(512, warmup)(step - 1))
    assert got == pytest.approx(want, rel=1e-5)


def test_noam_peaks_at_the_end_of_the_warmup():
    schedule = NoamSchedule(512, 100, scale=2.0)
    rates = [float(schedule(step)) for step in range(300)]
    assert int(np.argmax(rates)) == 99
    assert max(rates) == pytest.approx(2.0 * 512**-0.5 * 100**-0.5)


def test_linear_decay_follows_then_falls_to_zero():
    noam = NoamSchedule(64, 10)
    schedule = LinearDecay(noam, decay_start=50, last_step=100)
    assert float(schedule(40)) == pytest.approx(float(noam(40)))
    assert float(schedule(75)) == pytest.approx(float(noam(75)) / 2)
    assert float(schedule(100)) == 0.0


@pytest.mark.parametrize(
    "schedule",
    [NoamSchedule(64, 10, 0.5), LinearDecay(NoamSchedule(64, 10), 50, 100)],
)
def test_config_round_trip(schedule):
    again = type(schedule).from_config(schedule.get_config())
    assert float(again(60)) == float(schedule(60))


def test_an_optimizer_takes_it():
    optimizer = keras.optimizers.Adam(NoamSchedule(64, 10))
    assert float(optimizer.learning_rate) == pytest.approx(
        64**-0.5 * 10**-1.5, rel=1e-5
    )
