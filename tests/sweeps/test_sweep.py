"""A sweep, with trainings that are over at once."""

import asyncio
import csv
import json
import shutil
import sys

import numpy as np
import pytest

from tfformer.errors import (
    ConfigError,
    DataError,
    StoppedError,
    UserError,
    WorkdirError,
)
from tfformer.sweeps import chart, children, sweep, table
from tfformer.sweeps.plan import plan
from tfformer.tasks.task import get_task
from tfformer.training.warm_start import WarmStart, recorded, write_record
from tfformer.training.workdir import Workdir

ROWS = ["translation/table3/base", "translation/table3/c_n*"]
SETTINGS = ["data.vocab_size=400"]


class FakeChildren(children.Children):
    """Does what the programs would leave behind, and notes what ran."""

    def __init__(self, log, fails=(), stops=(), killed=(), late=()):
        super().__init__()
        self.log, self.fails, self.stops = log, fails, stops
        self.killed, self.late = list(killed), late

    async def run(self, module, arguments, label="", cpus=frozenset()):
        # Others run meanwhile, as beside a process.
        await asyncio.sleep(0.01)
        given = dict(a.removeprefix("--").split("=", 1) for a in arguments)
        workdir = Workdir(given["workdir"])
        sets = [a[6:] for a in arguments if a.startswith("--set=")]
        config = workdir.configure(given["preset"], sets)
        self.log.append((module.split(".")[1], given["preset"]))
        if "init_from" in given:
            names = {"workdir": "init_from", "checkpoint": "init_checkpoint"}
            taken = {name: given[flag] for name, flag in names.items()}
            write_record(workdir, {**taken, "taken": "what it found"})
        if given["preset"] in self.fails:
            return 3
        if module == "pipelines.build_vocabulary":
            task = get_task("translation")(config.data, given["data_dir"])
            task.build_vocabularies(workdir.path)
            return 0
        (workdir.checkpoints / "step-00000002").mkdir(
            parents=True, exist_ok=True
        )
        if given["preset"] in self.stops:
            self.received, self.stopping = "SIGTERM", True
            return 143
        if given["preset"] in self.killed:
            self.killed.remove(given["preset"])
            return 137
        split = workdir.data / "train-0"
        if not split.exists():
            self.log.append(("encode", given["preset"]))
            split.mkdir(parents=True)
            (split / "ids").write_text("1")
        layers = config.model.num_layers
        scores = {"dev_perplexity": 9.0 - layers, "dev_bleu": 1.0 * layers}
        with open(workdir.metrics, "a") as file:
            line = {"step": config.train.steps, **scores}
            # The last line is half written, as by a process that was killed.
            file.write(json.dumps(line) + '\n{"step": 9\n')
        return 2 if given["preset"] in self.late else 0


@pytest.fixture
def swept(tmp_path, monkeypatch, text_dir):
    """Sweeps, and returns what ran."""

    def run(
        steps=5,
        settings=(),
        picture=False,
        restarts=0,
        jobs=1,
        log=None,
        start=None,
        **how,
    ):
        log = [] if log is None else log
        if not picture:
            monkeypatch.setattr(table, "draw", lambda *_: None)
        monkeypatch.setattr(sweep, "Children", lambda: FakeChildren(log, **how))
        runs = plan(ROWS, [], [*SETTINGS, *settings], steps, 16)
        try:
            sweep.Sweep(runs, tmp_path, text_dir, restarts, jobs, start).run()
        except UserError as error:
            return log, error
        return log, None

    return run


def rows_of(path):
    with open(path / "table.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_share_a_vocabulary_and_make_the_papers_table(swept, tmp_path):
    log, error = swept()
    base = ROWS[0]
    assert error is None
    assert log == [
        ("build_vocabulary", base),
        ("train", base),
        ("encode", base),
        *(("train", f"translation/table3/c_n{n}") for n in (2, 4, 8)),
    ]
    rows = rows_of(tmp_path)
    assert [row["row"] for row in rows] == ["base", "c_n2", "c_n4", "c_n8"]
    assert [row["N"] for row in rows] == ["6", "2", "4", "8"]
    assert [row["bleu_dev"] for row in rows] == ["6.0", "2.0", "4.0", "8.0"]
    assert rows[1]["paper_bleu_dev"] == "23.7"
    assert rows[1]["paper_perplexity_dev"] == "6.11"
    assert rows[1]["paper_parameters_millions"] == "36"
    # Exact: 400 pieces, d_model 32, d_ff 128, 8 heads of 4.
    a_pair_of_layers = 3 * 4 * 32 * 32 + 2 * (64 * 128 + 128 + 32) + 5 * 64
    want = 400 * 32 + 2 * a_pair_of_layers
    assert int(rows[1]["parameters"]) == want
    line = (tmp_path / "table.md").read_text().splitlines()[3]
    assert line.startswith(
        "| c_n2 | 2 |  |  |  |  |  |  |  |  |  | 7.00 | 6.11"
    )
    assert "Best dev BLEU: c_n8, 8.00." in (tmp_path / "table.md").read_text()


def test_rows_side_by_side_are_the_same_rows(swept, tmp_path):
    """The vocabulary too is made once, and the table is in the same order."""
    log, error = swept(jobs=3)
    assert error is None
    assert [what for what, _ in log].count("build_vocabulary") == 1
    assert [what for what, _ in log].count("train") == 4
    # Three began before any had encoded what the fourth then shared.
    assert [what for what, _ in log].count("encode") == 3
    rows = rows_of(tmp_path)
    assert [row["row"] for row in rows] == ["base", "c_n2", "c_n4", "c_n8"]
    assert [row["bleu_dev"] for row in rows] == ["6.0", "2.0", "4.0", "8.0"]


def test_a_signal_stops_all_rows(swept):
    stops = [ROWS[0], "translation/table3/c_n2"]
    log, error = swept(jobs=2, stops=stops)
    told = str(error)
    assert isinstance(error, StoppedError)
    assert "in row 1 of 4: translation/table3/base" in told
    assert (
        "c_n8" not in told and ("train", "translation/table3/c_n8") not in log
    )


def test_what_is_finished_is_not_trained_again(swept):
    assert swept()[0] and swept() == ([], None)
    more, error = swept(steps=6)
    assert error is None and [what for what, _ in more] == ["train"] * 4


def test_other_settings_are_refused_before_any_run(swept):
    swept()
    for change in (
        {"settings": ["optimizer.warmup_steps=9"]},
        {"settings": ["model.ffn_dim=8"]},
        {"settings": ["words.word_dim=8"]},
        {"settings": ["chart.span_dim=8"]},
        {"steps": 4},
    ):
        with pytest.raises(WorkdirError, match="base: was trained with other"):
            raise swept(**change)[1]
    assert swept(settings=["train.log_every=9"]) == ([], None)


@pytest.fixture
def trained(tmp_path, text_dir):
    """What looks from outside like a model that rows can begin from."""
    workdir = Workdir(tmp_path / "trained")
    runs = plan(["translation/table3/c_n2"], [], SETTINGS, None, 16)
    config = workdir.configure(runs[0].preset, runs[0].assignments)
    task = get_task("translation")(config.data, text_dir)
    task.build_vocabularies(workdir.path)
    (workdir.checkpoints / "step-00000005").mkdir(parents=True)
    return str(workdir.path)


def sweep_of_one_depth(path, text_dir, start, log):
    runs = plan(
        ["translation/table3/c_n2"],
        ["optimizer.learning_rate=0.1,0.3"],
        SETTINGS,
        5,
        16,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "Children", lambda: FakeChildren(log))
        patch.setattr(table, "draw", lambda *_: None)
        sweep.Sweep(runs, path, text_dir, start=start).run()


def test_rows_begin_from_a_trained_model(tmp_path, text_dir, trained):
    log, start = [], WarmStart(trained, "averaged")
    sweep_of_one_depth(tmp_path / "s", text_dir, start, log)
    # Its vocabulary is taken, and what one row encodes serves the other.
    assert [what for what, _ in log] == ["train", "encode", "train"]
    pieces = Workdir(trained).path / "vocabulary.model"
    for row in (tmp_path / "s" / "translation/table3/c_n2").iterdir():
        own = row / "vocabulary.model"
        assert own.read_bytes() == pieces.read_bytes()
        assert recorded(Workdir(row)) == start
    # Once begun they need it no more.
    shutil.rmtree(trained)
    sweep_of_one_depth(tmp_path / "s", text_dir, start, log)
    assert len(log) == 3


def test_students_have_the_vocabulary_of_their_teachers(
    swept, trained, tmp_path, text_dir
):
    # Of other text than theirs, as where the teachers learned from more.
    for path in text_dir.iterdir():
        path.write_text(path.read_text().upper())
    pieces = (Workdir(trained).path / "vocabulary.model").read_bytes()
    log, error = swept(settings=[f"train.teachers={trained}"])
    assert error is None
    assert "build_vocabulary" not in [what for what, _ in log]
    rows = list(tmp_path.glob("translation/table3/*/vocabulary.model"))
    assert len(rows) == 4
    assert all(row.read_bytes() == pieces for row in rows)


def test_teachers_that_no_row_can_have_are_told_before_any_run(swept):
    log = []
    with pytest.raises(WorkdirError, match="`train.teachers` must name"):
        raise swept(settings=["train.teachers=/nowhere"], log=log)[1]
    assert not log


@pytest.mark.parametrize(
    "other", [None, WarmStart("/elsewhere"), WarmStart("/elsewhere", "last")]
)
def test_another_beginning_is_refused(tmp_path, text_dir, trained, other):
    sweep_of_one_depth(tmp_path / "s", text_dir, WarmStart(trained), [])
    want = "a change of --init_from from .*trained .best.* to "
    with pytest.raises(WorkdirError, match=want):
        sweep_of_one_depth(tmp_path / "s", text_dir, other, [])


def test_a_model_that_no_row_can_begin_from_is_told_before_any_run(
    swept, trained
):
    log, error = [], "model.num_layers is 2 there and 6 here"
    with pytest.raises(WorkdirError, match=error):
        raise swept(log=log, start=WarmStart(trained))[1]
    assert not log


def test_a_row_that_fails_is_told_of_and_tried_again(swept, tmp_path):
    bad = "translation/table3/c_n4"
    log, error = swept(fails=[bad])
    assert "1 of 4 rows failed: translation/table3/c_n4 (training" in str(error)
    assert "exit code 3" in str(error) and error.exit_code == 2
    assert log[-1] == ("train", "translation/table3/c_n8")
    assert [bool(row["failure"]) for row in rows_of(tmp_path)] == [
        False,
        False,
        True,
        False,
    ]
    assert "| failed |" in (tmp_path / "table.md").read_text()
    log, error = swept()
    assert error is None and ("train", bad) in log and len(log) == 1
    assert all(row["bleu_dev"] for row in rows_of(tmp_path))


def test_a_row_that_fails_once_it_is_scored_is_told_of(swept):
    _, error = swept(late=["translation/table3/c_n4"])
    assert "1 of 4 rows failed" in str(error)
    assert "c_n4 (training ended with exit code 2)" in str(error)


def test_a_vocabulary_is_built_by_all_settings(swept, tmp_path):
    swept(settings=["model.num_heads=4"])
    (shared,) = (tmp_path / "shared").iterdir()
    assert Workdir(shared).read_config().model.num_heads == 4


def test_a_row_that_cannot_be_trained_leaves_the_others(swept, monkeypatch):
    """What is found out only when its turn comes is told like any failure."""
    make_task = sweep.make_task

    def refuse(config, data_dir):
        if config.model.num_layers == 2:
            raise DataError("gone")
        return make_task(config, data_dir)

    monkeypatch.setattr(sweep, "make_task", refuse)
    log, error = swept(jobs=2)
    assert "c_n2 (gone)" in str(error) and "1 of 4 rows" in str(error)
    assert log.count(("train", "translation/table3/c_n8")) == 1


def test_when_the_sweep_fails_no_other_row_begins(swept, monkeypatch):
    """Whatever time those take that are still to save."""
    tables = []

    def fail_once(results, path):
        tables.append(results)
        if len(tables) == 2:
            raise OSError("disk full")

    leave = children.Children.__aexit__

    async def leave_slowly(self, *exception):
        await leave(self, *exception)
        await asyncio.sleep(0.2)

    monkeypatch.setattr(sweep, "write_table", fail_once)
    monkeypatch.setattr(children.Children, "__aexit__", leave_slowly)
    log = []
    with pytest.raises(OSError, match="disk full"):
        swept(jobs=2, log=log)
    # A third may begin in the moment of the failure, and is ended at once; the
    # fourth would begin while others save.
    assert [what for what, _ in log].count("train") <= 3


def test_a_mistake_in_a_row_is_told_before_any_run():
    with pytest.raises(ConfigError, match="data.evalb"):
        plan(["parsing/tiny"], ["data.evalb=COLLINS,no.prm"], [], None, 1)


def test_a_row_that_is_killed_goes_on_at_once(swept):
    bad = "translation/table3/c_n4"
    log, error = swept(restarts=2, killed=[bad, bad])
    assert error is None and log.count(("train", bad)) == 3
    log, error = swept(steps=6, restarts=1, killed=[bad, bad])
    assert log.count(("train", bad)) == 2 and "exit code 137" in str(error)


def test_a_vocabulary_that_fails_is_tried_once(swept):
    log, error = swept(fails=[ROWS[0]])
    assert log == [("build_vocabulary", ROWS[0])]
    assert "4 of 4 rows failed" in str(error)


def test_a_signal_ends_the_sweep_and_it_goes_on(swept, tmp_path):
    log, error = swept(stops=["translation/table3/c_n2"])
    assert isinstance(error, StoppedError) and error.exit_code == 143
    assert "stopped by SIGTERM in row 2 of 4" in str(error)
    assert log[-1] == ("train", "translation/table3/c_n2")
    assert [bool(r["bleu_dev"]) for r in rows_of(tmp_path)] == [
        True,
        False,
        False,
        False,
    ]
    log, error = swept()
    assert error is None
    assert [what for what, _ in log] == ["train"] * 3


def test_the_picture_compares_differences_to_base(swept, tmp_path, monkeypatch):
    swept()
    runs = plan(ROWS, [], SETTINGS, 5, 16)
    results = sweep.Sweep(runs, tmp_path, None).results()
    pytest.importorskip("matplotlib")
    chart.draw(results, tmp_path / "table.png")
    assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")
    perplexity, bleu = chart.panels(results)
    ours, papers = (3.0, 7.0, 5.0, 1.0), (4.92, 6.11, 5.19, 4.88)
    assert np.exp(perplexity.ours) == pytest.approx(np.array(ours) / 3)
    assert np.exp(perplexity.papers) == pytest.approx(np.array(papers) / 4.92)
    assert bleu.ours == [0, -4, -2, 2]
    assert bleu.papers == pytest.approx([0, -2.1, -0.5, -0.3])
    # Without the base row nothing can be compared, and nothing is left out.
    assert chart.panels(results[1:])[1].ours == [2, 4, 8]
    assert "base" not in table.markdown(results[1:]).split("\n\n")[0]


def test_without_matplotlib_a_line_says_so(swept, tmp_path, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    swept(picture=True)
    assert "table.png: A picture needs matplotlib" in capfd.readouterr().err
    assert (tmp_path / "table.md").exists()
    assert not (tmp_path / "table.png").exists()
