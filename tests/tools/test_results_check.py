import pytest

from tests.conftest import run_program

SMALL = """\
name,preset,settings,split,metric,seed,score
tiny,parsing/tiny,train.steps=2 train.eval_steps=2,dev,f1,0,{score}
tiny,parsing/tiny,train.steps=2 train.eval_steps=2,dev,f1,1,{score}
"""


def check(folder, score, *flags):
    table = folder / "results.csv"
    table.write_text(SMALL.format(score=score))
    return run_program(
        "tools.results_check", f"--results={table}", "--name=tiny", *flags
    )


def test_a_seed_of_the_table_proves_nothing(tmp_path):
    done = check(tmp_path, 1.0, "--seed=1")
    assert done.returncode == 2
    assert b"must be one that the table lacks. Received: 1" in done.stderr


@pytest.mark.slow
def test_a_score_is_held_to_the_table(tmp_path):
    """Nothing is learnt in two steps, so a score of 99 was never reached."""
    done = check(tmp_path, 99.0)
    assert done.returncode == 2
    assert b"in the table 99.00 with a deviation of 0.00" in done.stderr
    assert b"0.50 is the most" in done.stderr
