import pytest

from tests.training import runs
from tfformer.training.patience import Patience

FLAGS = [
    "--preset=translation/tiny",
    *runs.settings(
        # Too low for any score to change.
        optimizer__learning_rate=1e-30,
        train__eval_steps=2,
        train__eval_sentences=2,
        train__checkpoint_steps=3,
        decode__method="greedy",
    ),
]


@pytest.mark.parametrize(
    ("most", "betters", "want"),
    [
        (2, [1, 0, 1, 0, 0], [0, 0, 0, 0, 1]),
        (1, [1, 0], [0, 1]),
        (0, [0, 0, 0], [0, 0, 0]),
    ],
)
def test_only_evaluations_in_a_row_count(most, betters, want):
    patience = Patience(most, 0, bool)
    found = []
    for better in betters:
        patience.heed(bool(better))
        found.append(patience.over)
    assert found == list(map(bool, want))


def test_the_chief_alone_knows_the_best():
    patience = Patience(1, 0, lambda better: True)
    patience.heed(False)
    assert not patience.over


def test_a_run_ends_where_one_that_was_never_cut_short_does(
    trained_workdir, tmp_path
):
    workdir = runs.with_data_of(trained_workdir, tmp_path / "workdir")

    def run(steps, patience):
        return runs.run(
            workdir,
            FLAGS + runs.settings(train__steps=steps, train__patience=patience),
        )

    # Cut short where one evaluation had been waited for: it is remembered.
    run(steps=4, patience=2)
    told = run(steps=100, patience=2)
    assert "step 6: 2 evaluations in a row were no better" in told
    saved = sorted(path.name for path in workdir.glob("checkpoints/step-*"))
    assert saved[-1] == "step-00000006"
    again = run(steps=100, patience=2)
    assert "train.patience=2; raise it" in again and "steps 6 to" not in again
