import json

import pytest

from bench.growth import exponent
from tests.conftest import run_program


@pytest.mark.parametrize("count", [4, 5])
def test_the_exponent_of_a_power_law(count):
    rows = [{"size": 2**i, "seconds": 3 * 2 ** (1.5 * i)} for i in range(count)]
    assert exponent(rows, "seconds") == pytest.approx(1.5)


def test_a_point_is_measured():
    point = {"tokens": 32, "length": 8, "vocab": 50, "layers": 1, "width": 16}
    done = run_program(
        "bench.growth", "--steps=1", f"--point={json.dumps(point)}"
    )
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["seconds"] > 0 and found["megabytes"] >= 0
