import contextlib
import dataclasses
import filecmp
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc

import pytest

from tests.conftest import ROOT
from tests.training import runs
from tfformer.config import override
from tfformer.data.prepared import PreparedData
from tfformer.errors import ConfigError, DataError, WorkdirError
from tfformer.tasks.task import get_preset, get_task, make_task
from tfformer.training import preparation, preparation_plan, trainer
from tfformer.training.corpora import (
    check_sources,
    prepare_corpus,
    prepare_vocabularies,
)
from tfformer.training.distribution import make_distribution
from tfformer.training.preparation import prepare
from tfformer.training.preparation_plan import Request
from tfformer.training.shard_runners import run_beam, run_local
from tfformer.training.workdir import Workdir


def alone(jobs):
    run_local(jobs, 1)


def configure(*assignments, preset="translation/tiny"):
    return override(get_preset(preset), assignments)


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def text(text_dir):
    """Text with a pair that is empty and one that is too long."""
    for language, last in (("en", "\nlong " + "1" * 150), ("de", "a\nlang")):
        with open(text_dir / f"train.{language}", "a") as file:
            file.write(f"{last}\n")
    return text_dir


@pytest.fixture
def request_of(text, tmp_path):
    """Makes a request to prepare that text."""

    def make(name="prepared", **more):
        return Request(
            configure("data.source=text"),
            str(text),
            tmp_path / name,
            **{"num_shards": 5, "eval_splits": ["dev"], **more},
        )

    return make


def read_by_training(config, data_dir, folder):
    """What training makes of its data."""
    task = get_task(config.task)(config.data, data_dir)
    check_sources(task, config)
    workdir = Workdir(folder)
    vocabularies = prepare_vocabularies(task, workdir)
    corpora = [
        prepare_corpus(task, config, workdir, vocabularies, split)
        for split in ("train", "dev")
    ]
    return task, vocabularies, corpora


@pytest.mark.parametrize(
    "preset", ["translation/tiny", "parsing/tiny", "tagging/demo"]
)
def test_training_reads_what_it_would_have_encoded(
    preset, tmp_path, monkeypatch
):
    from tfformer.data import pocket

    few = {"train": 300, "dev": 20}
    monkeypatch.setitem(pocket.SIZES, "pocket_small", few)
    small = ("data.source=pocket_small", "data.vocab_size=400")
    config = configure(*small, preset=preset)
    output = tmp_path / "prepared"
    prepare(Request(config, None, output, None, 4, ["dev"]), alone)
    plain = read_by_training(config, None, tmp_path / "plain")
    prepared = read_by_training(
        override(config, ["data.source=prepared"]), output, tmp_path / "other"
    )
    assert [v.model for v in prepared[1]] == [v.model for v in plain[1]]
    for got, want in zip(prepared[2], plain[2], strict=True):
        assert got.checksums == want.checksums
        assert {**want.counts, "absent": 0} == got.counts
        assert (got.order == want.order).all()
    assert list(prepared[0].examples("dev")) == list(plain[0].examples("dev"))


def test_a_damaged_corpus_of_a_workdir_is_made_anew(text, tmp_path, capfd):
    config = configure("data.source=text")
    _, _, (before, _) = read_by_training(config, str(text), tmp_path / "w")
    ids = next((tmp_path / "w" / "data").glob("train-*")) / "inputs.i32"
    whole = ids.read_bytes()
    ids.write_bytes(bytes(len(whole)))
    capfd.readouterr()
    _, _, (after, _) = read_by_training(config, str(text), tmp_path / "w")
    assert "inputs.i32 has another CRC-32: it is made" in capfd.readouterr().err
    assert ids.read_bytes() == whole
    assert after.checksums == before.checksums


def test_a_run_that_goes_on_with_other_data_is_told_of(text, tmp_path, capfd):
    config = configure("data.source=text")
    read_by_training(config, str(text), tmp_path / "w")
    (tmp_path / "w" / "checkpoints" / "step-00000001").mkdir(parents=True)
    os.utime(text / "train.en", (1, 1))
    capfd.readouterr()
    read_by_training(config, str(text), tmp_path / "w")
    assert "holds other sentences" not in capfd.readouterr().err
    lines = (text / "train.en").read_text().splitlines()
    (text / "train.en").write_text("\n".join(["another", *lines[1:], ""]))
    read_by_training(config, str(text), tmp_path / "w")
    told = capfd.readouterr().err
    assert "train: holds other sentences than when the checkpoints" in told
    assert "dev: holds" not in told
    # Told of once, and whatever state the earlier ones are in.
    read_by_training(config, str(text), tmp_path / "w")
    assert "holds other sentences" not in capfd.readouterr().err
    for manifest in (tmp_path / "w" / "data").glob("dev-*/manifest.json"):
        manifest.write_text("{")
    os.utime(text / "dev.en", (1, 1))
    read_by_training(config, str(text), tmp_path / "w")


def test_two_that_write_to_one_folder_are_refused(
    request_of, tmp_path, monkeypatch
):
    @contextlib.contextmanager
    def taken(directory, patience=0):
        raise WorkdirError(f"{directory}: another run writes there")
        yield

    monkeypatch.setattr(preparation, "sole_writer", taken)
    request = request_of()
    with pytest.raises(WorkdirError, match="prepared: another run"):
        prepare(request, alone)
    # Not even planned.
    assert not request.output_dir.exists()
    monkeypatch.setattr(trainer, "sole_writer", taken)
    config = configure()
    workdir = Workdir(tmp_path / "w")
    with pytest.raises(WorkdirError, match="w: another run"):
        trainer.train(config, workdir, None, make_distribution(config.train))
    assert not workdir.path.exists()


def test_the_number_of_workers_does_not_matter(request_of, capfd):
    prepare(request_of("one"), alone)
    request = request_of("two")
    prepare(request, lambda jobs: run_local(jobs[::-1], 2))
    assert files_of(request.output_dir) == files_of(
        request_of("one").output_dir
    )
    told = capfd.readouterr().err
    assert (
        "train: 400 of 402 pairs; left out 1 with an empty side and 1 longer "
        "than 100 tokens"
    ) in told
    manifest = json.loads((request.output_dir / "manifest.json").read_text())
    assert manifest["splits"]["train"]["counts"] == {
        "pairs": 402,
        "kept": 400,
        "empty": 1,
        "too_long": 1,
        "absent": 0,
    }


def test_shards_that_are_whole_are_kept(request_of, tmp_path, capfd):
    request = request_of()
    prepare(request, alone)
    before = files_of(request.output_dir)

    def fail(jobs):
        raise AssertionError("nothing was to be made")

    prepare(request, fail)
    assert "prepared already" in capfd.readouterr().err
    shard = request.output_dir / "train" / "00002-of-00005"
    (shard / "inputs.i32").write_bytes(b"short")
    with pytest.raises(DataError, match="00002-of-00005/inputs.i32 has 5 byt"):
        PreparedData(request.output_dir).copy_corpus("train", tmp_path / "c")
    made = []

    def record(jobs):
        made.extend(job.number for job in jobs)
        alone(jobs)

    prepare(request, record)
    assert made == [2]
    assert files_of(request.output_dir) == before
    (request.output_dir / "train" / "order.i64").write_bytes(b"x")
    prepare(request, fail)
    assert files_of(request.output_dir) == before


def test_a_killed_run_goes_on_where_it_was(tmp_path):
    folder = tmp_path / "text"
    folder.mkdir()
    for language in ("en", "de"):
        for split, count in (("train", 20_000), ("dev", 20)):
            (folder / f"{split}.{language}").write_text(
                "".join(f"line {n} of {language}\n" for n in range(count))
            )

    def command(name):
        return [
            *(sys.executable, "-m", "pipelines.prepare_data"),
            *("--preset=translation/tiny", "--set=data.source=text"),
            *(f"--data_dir={folder}", f"--output_dir={tmp_path / name}"),
            # So many that the kill comes before the last.
            *("--num_shards=200", "--num_workers=2"),
            "--set=data.vocab_size=290",
        ]

    subprocess.run(command("whole"), cwd=ROOT, check=True)
    train = tmp_path / "killed" / "train"
    process = subprocess.Popen(command("killed"), cwd=ROOT)
    while process.poll() is None and not list(train.glob("0*")):
        time.sleep(0.005)
    children = _children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for child in children:
        _wait_for_end(child)
    assert 0 < len(list(train.glob("0*"))) < 200
    assert not (tmp_path / "killed" / "manifest.json").exists()
    with pytest.raises(DataError, match="whose preparation has not ended"):
        PreparedData(tmp_path / "killed")
    done = subprocess.run(
        command("killed"), cwd=ROOT, check=True, capture_output=True
    )
    assert b"of 201 shards" in done.stderr
    assert files_of(tmp_path / "killed") == files_of(tmp_path / "whole")


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def _wait_for_end(pid):
    end = time.monotonic() + 60
    while runs.is_alive(pid):
        assert time.monotonic() < end, "a worker outlived its parent"
        time.sleep(0.01)


def test_another_preparation_is_refused(request_of, text):
    request = request_of()
    prepare(request, alone)
    other = override(request.config, ["data.max_length=50"])
    with pytest.raises(DataError, match="another value of data.max_length"):
        prepare(dataclasses.replace(request, config=other), alone)
    with pytest.raises(DataError, match="another value of num_shards"):
        prepare(dataclasses.replace(request, num_shards=2), alone)
    os.utime(text / "train.en", (1, 1))
    with pytest.raises(DataError, match="the data of the split train"):
        prepare(request, alone)
    again = override(request.config, ["data.source=prepared"])
    with pytest.raises(ConfigError, match="what the text is read from"):
        prepare(dataclasses.replace(request, config=again), alone)


def test_training_refuses_what_was_prepared_otherwise(request_of, tmp_path):
    output = str(prepare(request_of(), alone).directory)

    def train(*assignments, data_dir=output, workdir="w"):
        config = configure("data.source=prepared", *assignments)
        return read_by_training(config, data_dir, tmp_path / workdir)

    with pytest.raises(DataError, match="max_length is 100 there and 50 here"):
        train("data.max_length=50")
    with pytest.raises(DataError, match="has the splits train, dev.*'test'"):
        train("data.dev_split=test")
    with pytest.raises(ConfigError, match="`--data_dir` is needed"):
        train(data_dir=None)
    with pytest.raises(DataError, match="which has no manifest.json"):
        train(data_dir=str(tmp_path / "absent"))
    train()
    model = tmp_path / "w" / "vocabulary.model"
    model.write_bytes(model.read_bytes()[:-1])
    with pytest.raises(DataError, match="w/vocabulary.model: must be the voc"):
        train()
    task = get_task("translation")(
        configure("data.source=prepared").data, output
    )
    with pytest.raises(DataError, match="holds no text of train, only ids"):
        next(task.examples("train"))


def test_a_vocabulary_can_be_given(request_of, tmp_path):
    first = prepare(request_of(), alone)
    second = prepare(
        request_of("second", vocabulary_dir=str(first.directory)), alone
    )
    assert filecmp.cmp(
        first.directory / "vocabulary.model",
        second.directory / "vocabulary.model",
        shallow=False,
    )
    with pytest.raises(WorkdirError, match="`--vocabulary_dir` must hold voc"):
        prepare(request_of("third", vocabulary_dir=str(tmp_path)), alone)


def test_ids_stay_with_the_vocabulary_that_made_them(request_of, tmp_path):
    request = request_of()
    model = prepare(request, alone).directory / "vocabulary.model"
    whole = model.read_bytes()
    config = override(request.config, ["data.vocab_size=360"])
    other = prepare(
        dataclasses.replace(
            request, config=config, output_dir=tmp_path / "other"
        ),
        alone,
    ).directory
    given = dataclasses.replace(request, vocabulary_dir=str(other))
    # Not ignored, where there is one already.
    with pytest.raises(DataError, match="must be that of --vocabulary_dir"):
        prepare(given, alone)
    for content in (whole[:-1], (other / "vocabulary.model").read_bytes()):
        model.write_bytes(content)
        with pytest.raises(DataError, match="are of another vocabulary"):
            prepare(request, alone)
    model.unlink()
    with pytest.raises(DataError, match="are of another vocabulary"):
        prepare(given, alone)
    model.unlink()
    prepare(request, alone)
    assert model.read_bytes() == whole


def test_text_that_is_wanted_later_is_written(request_of):
    prepare(request_of(), alone)
    wanted = request_of(eval_splits=["dev", "train"])
    examples = list(prepare(wanted, alone).examples("train"))
    assert len(examples) == 402


def test_text_that_was_cut_short_is_not_scored(request_of):
    prepared = prepare(request_of(), alone)
    path = prepared.directory / "dev" / "examples.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"\n") + 1])
    with pytest.raises(DataError, match="examples.jsonl has .* in place of"):
        list(prepared.examples("dev"))


def test_a_split_that_was_left_out_for_a_while_is_of_its_text(request_of, text):
    prepare(request_of(eval_splits=["dev", "test"]), alone)
    prepare(request_of(), alone)
    lines = (text / "test.en").read_text().splitlines()
    (text / "test.en").write_text("\n".join(["another", *lines[1:], ""]))
    prepared = prepare(request_of(eval_splits=["dev", "test"]), alone)
    fresh = prepare(request_of("fresh", eval_splits=["dev", "test"]), alone)
    assert next(prepared.examples("test")).inputs == "another"
    for name in ("inputs", "targets"):
        ids = f"test/00000-of-00001/{name}.i32"
        assert (prepared.directory / ids).read_bytes() == (
            fresh.directory / ids
        ).read_bytes()


def test_without_its_plan_nothing_of_another_request_is_kept(request_of, capfd):
    request = request_of()
    output = prepare(request, alone).directory
    (output / "plan.json").unlink()
    config = override(request.config, ["data.max_length=12"])
    again = prepare(dataclasses.replace(request, config=config), alone)
    assert "of other data, made anew" in capfd.readouterr().err
    assert again.manifest["settings"]["data.max_length"] == 12
    assert again.manifest["splits"]["train"]["counts"]["too_long"] > 1


def test_text_that_changes_meanwhile_is_refused(request_of, text):
    def change(jobs):
        alone(jobs)
        os.utime(text / "train.en", (1, 1))

    request = request_of()
    with pytest.raises(DataError, match="must not change while it is prepared"):
        prepare(request, change)
    assert not (request.output_dir / "manifest.json").exists()


def test_a_plan_binds_no_one_before_anything_is_made(request_of):
    request = request_of()
    config = override(request.config, ["data.vocab_size=9000"])
    with pytest.raises(ConfigError, match="must not exceed what the data"):
        prepare(dataclasses.replace(request, config=config), alone)
    prepare(request, alone)


def test_what_killed_runs_left_is_removed(request_of):
    request = request_of()
    folder = prepare(request, alone).directory
    remains = [folder / ".plan.json.tmp-1", folder / "dev" / ".index.tmp-1"]
    remains[0].write_text("{")
    remains[1].mkdir()
    prepare(request, alone)
    assert not any(path.exists() for path in remains)


@pytest.mark.parametrize("plan", ["", "[]", "{}", '{"splits": {"dev": 1}}'])
def test_a_damaged_plan_is_named(request_of, plan):
    request = request_of()
    prepare(request, alone)
    (request.output_dir / "plan.json").write_text(plan)
    with pytest.raises(DataError, match="plan.json: not a plan"):
        prepare(request, alone)


def test_a_damaged_manifest_is_made_anew(request_of):
    request = request_of()
    path = prepare(request, alone).directory / "manifest.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:50])
    prepare(request, alone)
    assert path.read_bytes() == whole


def test_data_of_another_kind_of_parser_is_refused(tmp_path, monkeypatch):
    from tfformer.data import pocket

    few = {"train": 30, "dev": 5}
    monkeypatch.setitem(pocket.SIZES, "pocket_small", few)
    words = configure(preset="parsing/tiny_words")
    output = tmp_path / "prepared"
    prepare(Request(words, None, output, None, 1, ["dev"]), alone)
    chart = configure("data.source=prepared", preset="parsing/tiny_chart")
    task = make_task(chart, output)
    with pytest.raises(DataError, match="no chart_vocabulary.json.*another"):
        prepare_vocabularies(task, Workdir(tmp_path / "w"))


def test_memory_does_not_grow_with_the_corpus(
    request_of, tmp_path, monkeypatch
):
    vocabulary = prepare(request_of(), alone).directory

    def peak(count):
        folder = tmp_path / str(count)
        folder.mkdir()
        for language in ("en", "de"):
            for split in ("train", "dev"):
                (folder / f"{split}.{language}").write_text("word\n" * count)
        request = dataclasses.replace(
            request_of(f"prepared-{count}", num_shards=None),
            data_dir=str(folder),
            vocabulary_dir=str(vocabulary),
        )
        tracemalloc.start()
        prepare(request, alone)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    # One shard's pairs may be in memory.
    monkeypatch.setattr(preparation_plan, "_SHARD_SIZE", 500)
    assert peak(6000) < 1.3 * peak(1500)


def test_beam_makes_the_same_shards(request_of):
    pytest.importorskip("apache_beam")
    prepare(request_of("local"), alone)
    request = request_of("beam")
    prepare(
        request,
        lambda jobs: run_beam(
            jobs,
            [
                "--runner=DirectRunner",
                "--direct_num_workers=2",
                "--direct_running_mode=multi_processing",
            ],
        ),
    )
    assert files_of(request.output_dir) == files_of(
        request_of("local").output_dir
    )


def test_beam_is_asked_for_by_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    with pytest.raises(ConfigError, match=r"pip install 'tfformer\[beam\]'"):
        run_beam([], [])
