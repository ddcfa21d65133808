import json

import pytest

from bench.growth import draw, exponent, point_of
from tests.conftest import run_program


@pytest.mark.parametrize("count", [4, 5])
def test_the_exponent_of_a_power_law(count):
    rows = [{"size": 2**i, "seconds": 3 * 2 ** (1.5 * i)} for i in range(count)]
    assert exponent(rows, "seconds") == pytest.approx(1.5)


@pytest.mark.parametrize(("count", "middle"), [(4, 1), (5, 2), (7, 3)])
def test_the_exponent_is_that_from_the_middle_size_on(count, middle):
    """Fixed costs hold below the middle one, and a power law from it on."""
    rows = [
        {"size": 2**i, "seconds": 2.0 ** (3 * max(i, middle))}
        for i in range(count)
    ]
    assert exponent(rows, "seconds") == pytest.approx(3.0)
    rows[middle]["seconds"] *= 2
    assert exponent(rows, "seconds") < 3.0 - 0.1


def test_a_point_is_measured():
    point = {"tokens": 32, "length": 8, "vocab": 50, "layers": 1, "width": 16}
    done = run_program(
        "bench.growth", "--steps=1", f"--point={json.dumps(point)}"
    )
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["seconds"] > 0 and found["megabytes"] >= 0


def test_restricted_attention_is_measured_at_the_same_lengths():
    full, restricted = point_of("length", 512), point_of("restricted", 512)
    assert restricted == {**full, "window": 64}
    assert point_of("layers", 4)["layers"] == 4


def test_both_curves_of_length_are_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    rows = [
        {"varied": name, "size": size, "seconds": size, "megabytes": size}
        for name in ("length", "restricted")
        for size in (32, 64, 128, 256)
    ]
    draw(rows, str(tmp_path / "growth.png"))
    assert (tmp_path / "growth.png").stat().st_size > 0
