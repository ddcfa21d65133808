import json

import pytest

from tests.conftest import run_program


def test_the_big_model_is_counted_and_estimates_are_named():
    done = run_program(
        "tools.cost",
        "--preset=translation/wmt14_ende_big",
        "--vocab_size=37000",
        "--devices=8xP100",
    )
    assert done.returncode == 0, done.stderr.decode()
    *told, last = done.stdout.decode().splitlines()
    values = json.loads(last)
    assert values["parameters"] == 214_171_648
    assert values["paper_flops_estimated"] == pytest.approx(2.3e19, rel=0.01)
    assert values["devices"] == "8xP100"
    text = "\n".join(told)
    assert "214,171,648 (exact" in text
    assert "302,400 s x 8 GPUs x 9.5e12/s = 2.3e+19" in text
    for line in told:
        if line.startswith(("time", "memory", "the paper")):
            assert "ESTIMATE" in line


def test_json_is_the_only_line_and_settings_count():
    flags = ("--preset=parsing/wsj", "--json", "--target_vocab_size=100")
    one, two = (
        run_program("tools.cost", *flags, f"--tflops={rate}", *more)
        for rate, more in ((1, ()), (2, ("--set=model.num_layers=5",)))
    )
    (before,) = one.stdout.splitlines()
    (after,) = two.stdout.splitlines()
    before, after = json.loads(before), json.loads(after)
    assert before["source_vocab_size"] == 16384
    assert before["target_vocab_size"] == 100
    assert before["parameters"] < after["parameters"]
    assert before["seconds_estimated"] > after["seconds_estimated"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ((), b"`--preset` must be given"),
        (("--preset=translation/bse",), b"Did you mean translation/base?"),
        (("--preset=translation/base", "--devices=8xX"), b"--tflops"),
        (("--preset=translation/base", "--tflops=nan"), b"finite number"),
        (("--preset=parsing/wsj_sample_chart",), b"encoder reads words"),
        (
            ("--preset=translation/base", "--target_vocab_size=7"),
            b"`--target_vocab_size` must be --vocab_size",
        ),
    ],
)
def test_mistakes_are_one_line(flags, message):
    done = run_program("tools.cost", *flags)
    assert done.returncode == 2
    assert message in done.stderr and b"Traceback" not in done.stderr
