import pytest

from tfformer import progress
from tfformer.progress import Progress, clock


def test_plain_lines_where_there_is_no_terminal(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with Progress("training", total=100, unit="steps") as bar:
        for _ in range(5):
            now[0] += 6.0
            bar.update(10, {"loss": "1.5"})
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == (
        "training: 20/100 steps, 1.7 steps/s, loss 1.5, 0:12 elapsed, 0:48 left"
    )
    assert lines[-1].startswith("training: 50/100 steps")
    assert "\r" not in "".join(lines)


def test_lines_of_several_processes_say_whose_they_are(capsys, monkeypatch):
    """And on a terminal they are lines too: bars would cover each other."""
    monkeypatch.setenv(progress.LABEL_VARIABLE, "row 2 of 4")
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "_LINE_EVERY", 0.0)
    with Progress("training", total=2, unit="steps") as bar:
        bar.update(1)
        bar.message("saved")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("row 2 of 4: training: 1/2 steps")
    assert lines[1] == "row 2 of 4: saved"


def test_short_work_is_silent(capsys):
    with Progress("quick", total=3) as bar:
        bar.update(3)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (61, "1:01"), (3661, "1:01:01")]
)
def test_clock(seconds, text):
    assert clock(seconds) == text
