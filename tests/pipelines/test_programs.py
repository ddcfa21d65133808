"""The programs, run as a user runs them: each in a process of its own."""

import functools
import json
import shutil

import pytest

from tfformer.training.workdir import Workdir


def metrics(workdir):
    lines = (workdir / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_run_leaves_a_whole_workdir(trained_workdir):
    names = {path.name for path in trained_workdir.iterdir()}
    assert {
        "config.json",
        "vocabulary.model",
        "checkpoints",
        "events",
        "metrics.jsonl",
    } <= names
    kept = {path.name for path in (trained_workdir / "checkpoints").iterdir()}
    assert {"step-00000100", "step-00000200", "best.json"} == kept
    assert list((trained_workdir / "events").glob("events.out.tfevents*"))


def test_metrics_have_their_fields(trained_workdir):
    lines = metrics(trained_workdir)
    steps = [line for line in lines if "loss" in line]
    evaluations = [line for line in lines if "dev_loss" in line]
    assert [line["step"] for line in steps] == [50, 100, 150, 200]
    assert [line["step"] for line in evaluations] == [100, 200]
    for line in steps:
        assert set(line) == {
            "step",
            "loss",
            "learning_rate",
            "gradient_norm",
            "tokens_per_second",
            "padding",
        }
    for line in evaluations:
        assert set(line) == {
            "step",
            "dev_loss",
            "dev_perplexity",
            "dev_bleu",
            "dev_paper_bleu",
            "dev_chrf",
        }
    # Noam at step 50, where it peaks: 16^-0.5 * 50^-0.5.
    want = 16**-0.5 * 50**-0.5
    assert steps[0]["learning_rate"] == pytest.approx(want, rel=1e-4)
    assert steps[-1]["loss"] < steps[0]["loss"]


def test_training_again_continues(program, trained_workdir, tmp_path):
    workdir = tmp_path / "workdir"
    shutil.copytree(trained_workdir, workdir)
    done = program(
        "pipelines.train",
        f"--workdir={workdir}",
        "--set=train.steps=205",
        "--set=train.eval_sentences=4",
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"steps 200 to 205" in done.stderr
    assert b"building the vocabulary" not in done.stderr
    assert metrics(workdir)[: len(metrics(trained_workdir))] == metrics(
        trained_workdir
    )
    assert metrics(workdir)[-1]["step"] == 205


def test_what_no_weight_depends_on_may_change(
    program, trained_workdir, tmp_path
):
    workdir = tmp_path / "workdir"
    shutil.copytree(trained_workdir, workdir)
    done = program(
        "pipelines.train",
        f"--workdir={workdir}",
        "--set=train.steps=202",
        "--set=train.eval_sentences=4",
        "--set=model.dtype=mixed_bfloat16",
        "--set=data.max_length=12",
        "--set=data.dev_split=test",
    )
    told = done.stderr.decode()
    assert done.returncode == 0, told
    for line in (
        "model.dtype was 'float32' and is 'mixed_bfloat16' from here on\n",
        "data.dev_split was 'dev' and is 'test' from here on\n",
        "data.max_length was 100 and is 12 from here on\n",
        "longer than 12 tokens\n",
        "\ntest: ",
        "steps 200 to 202",
    ):
        assert line in told
    # The longer pairs are in the encoded data of before, and not in this.
    sizes = {
        json.loads(path.read_text())["counts"]["kept"]
        for path in workdir.glob("data/train-*/manifest.json")
    }
    assert len(sizes) == 2
    assert metrics(workdir)[-1]["step"] == 202


@pytest.mark.slow
def test_a_truncated_checkpoint_is_named_and_passed_over(
    program, trained_workdir, tmp_path
):
    workdir = tmp_path / "workdir"
    shutil.copytree(trained_workdir, workdir)
    newest = workdir / "checkpoints" / "step-00000200"
    data = next(newest.glob("checkpoint.data*"))
    data.write_bytes(data.read_bytes()[:100])
    done = program("pipelines.train", f"--workdir={workdir}")
    assert done.returncode == 0, done.stderr.decode()
    assert b"step-00000200: damaged checkpoint" in done.stderr
    assert b"steps 100 to 200" in done.stderr


def test_evaluate_ends_in_json_and_writes_outputs(
    program, trained_workdir, tmp_path
):
    flags = (
        f"--workdir={trained_workdir}",
        "--split=dev",
        f"--output={tmp_path / 'out.txt'}",
    )
    done = program("pipelines.evaluate", *flags)
    assert done.returncode == 0, done.stderr.decode()
    scores = json.loads(done.stdout.splitlines()[-1])
    assert set(scores) == {
        "bleu",
        "signature",
        "paper_bleu",
        "paper_signature",
        "chrf",
        "chrf_signature",
        "sentences",
        "checkpoint",
    }
    best = json.loads((trained_workdir / "checkpoints/best.json").read_text())
    assert scores["checkpoint"] == f"checkpoint of step {best['step']}"
    assert b"sacreBLEU: " in done.stdout and b"paper BLEU (" in done.stdout
    assert scores["sentences"] == 500
    assert scores["signature"].startswith("nrefs:1|case:mixed")
    lines = (tmp_path / "out.txt").read_text().split("\n")
    assert len(lines) == 501


def test_several_splits_are_scored_as_each_alone(
    program, trained_workdir, text_dir, tmp_path
):
    for language in ("en", "de"):
        lines = (text_dir / f"train.{language}").read_text().splitlines()
        (text_dir / f"test.{language}").write_text("\n".join(lines[:7]))

    def evaluate(folder, splits):
        done = program(
            "pipelines.evaluate",
            f"--workdir={trained_workdir}",
            f"--data_dir={text_dir}",
            f"--split={splits}",
            f"--output={tmp_path / folder}/{{split}}.txt",
            f"--reference_output={tmp_path / folder}/{{split}}.references.txt",
            "--set=data.source=text",
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().splitlines()

    *alone, scores = evaluate("alone", "test")
    both = evaluate("both", "dev,test")
    assert both[0] == "split: dev"
    start = both.index("split: test")
    assert both[start + 1 : -1] == alone
    assert json.loads(both[-1]) == {"split": "test", **json.loads(scores)}
    of_dev = json.loads(both[start - 1])
    assert (of_dev["split"], of_dev["sentences"]) == ("dev", 20)
    written = {path.name for path in (tmp_path / "both").iterdir()}
    names = {"dev.txt", "test.txt"}
    assert written == names | {f"{n[:-4]}.references.txt" for n in names}
    for path in (tmp_path / "alone").iterdir():
        assert path.read_bytes() == (tmp_path / "both" / path.name).read_bytes()
    # Its files hold what it scored.
    done = program(
        "tools.bleu",
        f"--hypotheses={tmp_path}/both/test.txt",
        f"--references={tmp_path}/both/test.references.txt",
    )
    want = {k: v for k, v in json.loads(scores).items() if k != "checkpoint"}
    assert json.loads(done.stdout.splitlines()[-1]) == want


def test_all_splits_are_read_before_the_first_is_decoded(
    program, trained_workdir
):
    done = program(
        "pipelines.evaluate", f"--workdir={trained_workdir}", "--split=dev,tset"
    )
    assert done.returncode == 2 and done.stdout == b""
    assert b"decoding dev" not in done.stderr
    assert b"Received: 'tset'" in done.stderr


def test_a_reference_is_one_line(program, trained_workdir, tmp_path):
    for language in ("en", "de"):
        (tmp_path / f"odd.{language}").write_bytes(b"a\rb\nc\n")
    written = tmp_path / "references.txt"
    done = program(
        "pipelines.evaluate",
        f"--workdir={trained_workdir}",
        f"--data_dir={tmp_path}",
        "--split=odd",
        f"--reference_output={written}",
        "--set=data.source=text",
        "--set=decode.method=greedy",
    )
    assert done.returncode == 0, done.stderr.decode()
    assert written.read_bytes() == b"a b\nc\n"


def test_decode_keeps_order_and_line_count(program, trained_workdir):
    lines = ["", "a" * 300, "a " * 1000, "\U0001f600", "x\x00y", "", "Hi."]
    text = "".join(f"{line}\n" for line in lines).encode()
    done = program(
        "pipelines.decode",
        f"--workdir={trained_workdir}",
        "--set=decode.extra_length=0",
        stdin=text,
    )
    assert done.returncode == 0, done.stderr.decode()
    outputs = done.stdout.split(b"\n")
    assert len(outputs) == len(lines) + 1
    assert outputs[0] == outputs[5] == b""


def test_build_vocabulary_first_then_train_on_text(program, text_dir, tmp_path):
    workdir = tmp_path / "workdir"
    flags = (
        "--preset=translation/tiny",
        f"--workdir={workdir}",
        f"--data_dir={text_dir}",
        "--set=data.source=text",
        "--set=data.source_language=de",
        "--set=data.target_language=en",
        "--set=train.steps=2",
        "--set=decode.method=greedy",
    )
    built = program("pipelines.build_vocabulary", *flags)
    assert built.returncode == 0, built.stderr.decode()
    assert b"400 source and 400 target pieces" in built.stdout
    before = (workdir / "vocabulary.model").read_bytes()
    trained = program("pipelines.train", *flags)
    assert trained.returncode == 0, trained.stderr.decode()
    assert b"train: 400 of 400 pairs" in trained.stderr
    assert (workdir / "vocabulary.model").read_bytes() == before
    config = (workdir / "config.json").read_bytes()
    again = program("pipelines.build_vocabulary", *flags, "--set=train.steps=7")
    assert again.returncode == 2
    assert b"has a vocabulary already" in again.stderr
    assert (workdir / "config.json").read_bytes() == config


TEXT = ("--preset=translation/tiny", "--set=data.source=text")


@pytest.mark.parametrize(
    ("module", "flags", "words"),
    [
        (
            "pipelines.train",
            ["--preset=translation/tiny", "--set=train.x=1"],
            "Known fields: model.num_layers",
        ),
        (
            "pipelines.train",
            ["--preset=translation/tiny", "--set=train.steps=0"],
            "must be 1 or more",
        ),
        (
            "pipelines.train",
            ["--preset=translation/tiny", "--set=train.steps=x"],
            "type int",
        ),
        (
            "pipelines.train",
            ["--preset=translation/tiny", "--set=model.num_heads=3"],
            "Try model.num_heads=",
        ),
        ("pipelines.train", ["--preset=nope"], "must be one of"),
        ("pipelines.train", [], "needs a preset"),
        (
            "pipelines.train",
            ["--init_from={tmp}/none"],
            "`--init_from` must be the workdir of a trained model",
        ),
        (
            "pipelines.train",
            ["--preset=translation/tiny", "--init_checkpoint=last"],
            "`--init_checkpoint` says nothing with no --init_from",
        ),
        ("pipelines.evaluate", [], "no config.json"),
        ("pipelines.decode", [], "no config.json"),
        (
            "tools.export_saved_model",
            ["--output_dir={tmp}/e"],
            "no config.json",
        ),
    ],
)
def test_mistakes_are_told_before_tensorflow_is_imported(
    without_tensorflow, tmp_path, module, flags, words
):
    flags = [flag.format(tmp=tmp_path) for flag in flags]
    done = without_tensorflow(module, f"--workdir={tmp_path / 'w'}", *flags)
    assert_one_clear_line(done, words)


@pytest.fixture
def without_tensorflow(program, tmp_path):
    """Runs a program where TensorFlow cannot be imported."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "tensorflow.py").write_text("raise AssertionError")
    return functools.partial(program, PYTHONPATH=str(hidden))


def assert_one_clear_line(done, words):
    told = done.stderr.decode()
    assert done.returncode == 2, told
    assert words in told and told.startswith("error: ")
    assert "Traceback" not in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--data_dir=/no/such"], "does not exist"),
        pytest.param([], "`--data_dir` is needed", marks=pytest.mark.slow),
        pytest.param(
            ["--data_dir={tmp}"], "no such file", marks=pytest.mark.slow
        ),
    ],
)
def test_data_that_are_not_there_get_one_clear_line(
    program, tmp_path, flags, words
):
    flags = [flag.format(tmp=tmp_path) for flag in flags]
    workdir = f"--workdir={tmp_path / 'w'}"
    done = program("pipelines.train", workdir, *TEXT, *flags)
    assert_one_clear_line(done, words)


def test_a_late_mistake_in_the_data_is_named(program, text_dir, tmp_path):
    path = text_dir / "train.de"
    lines = path.read_bytes().split(b"\n")
    lines[350] = b"\xff"
    path.write_bytes(b"\n".join(lines))
    done = program(
        "pipelines.train",
        *TEXT,
        f"--data_dir={text_dir}",
        f"--workdir={tmp_path / 'w'}",
    )
    assert done.returncode == 2
    told = done.stderr.decode().splitlines()[-1]
    assert told.startswith(f"error: {path}:351: not UTF-8")


@pytest.mark.parametrize(
    ("module", "flags", "words"),
    [
        (
            "pipelines.decode",
            ["--set=model.num_heads=4"],
            "Received a change of model.num_heads",
        ),
        ("pipelines.decode", ["--n_best=9"], "`--n_best` must be in [1, 2]"),
        ("pipelines.decode", ["--ensemble={w}"], "must be different"),
        (
            "pipelines.decode",
            ["--ensemble=a,b"],
            "Try --ensemble=a --ensemble=b.",
        ),
        ("pipelines.evaluate", ["--output={w}/config.json"], "`--output` must"),
        (
            "tools.export_saved_model",
            ["--output_dir={w}/config.json"],
            "which is a file",
        ),
        (
            "tools.export_saved_model",
            [
                "--output_dir={w}/none",
                "--jit_compile",
                "--set=decode.method=sample",
            ],
            "`--jit_compile` needs a decode.method",
        ),
        (
            "tools.export_saved_model",
            ["--output_dir={w}/none", "--jit_max_hypotheses=8"],
            "`--jit_max_hypotheses` must come with --jit_compile",
        ),
        (
            "tools.export_saved_model",
            ["--output_dir={w}/none", "--warmup_length=8"],
            "`--warmup_length` must come with --jit_compile",
        ),
        (
            "tools.export_saved_model",
            [
                "--output_dir={w}/none",
                "--jit_compile",
                "--jit_max_hypotheses=8",
                "--set=decode.beam_size=9",
            ],
            "must be at least decode.beam_size",
        ),
        (
            "tools.export_ctranslate2",
            ["--output_dir={w}"],
            "`--output_dir` must not exist yet",
        ),
    ],
)
def test_so_is_what_does_not_go_with_the_workdir(
    without_tensorflow, trained_workdir, module, flags, words
):
    flags = [flag.format(w=trained_workdir) for flag in flags]
    done = without_tensorflow(module, f"--workdir={trained_workdir}", *flags)
    assert_one_clear_line(done, words)


def test_ctranslate2_is_for_translation(without_tensorflow, tmp_path):
    Workdir(tmp_path).configure("tagging/demo", [])
    done = without_tensorflow(
        "tools.export_ctranslate2",
        f"--workdir={tmp_path}",
        f"--output_dir={tmp_path / 'e'}",
    )
    assert_one_clear_line(done, "must hold a translation model")


def test_decode_names_the_checkpoints_there_are(program, trained_workdir):
    done = program(
        "pipelines.decode",
        f"--workdir={trained_workdir}",
        "--checkpoint=7",
        stdin=b"Hi.",
    )
    assert_one_clear_line(done, "best, last, averaged, a step or")


def test_decode_names_a_line_that_is_not_utf8(program, trained_workdir):
    done = program(
        "pipelines.decode",
        f"--workdir={trained_workdir}",
        stdin=b"fine\n\xff\n",
    )
    assert done.returncode == 2
    assert b"error: <stdin>:2: not UTF-8" in done.stderr


@pytest.mark.slow
def test_an_evaluation_that_was_cut_short_is_made_up_for(
    program, trained_workdir, tmp_path
):
    workdir = tmp_path / "workdir"
    shutil.copytree(trained_workdir, workdir)
    kept = [line for line in metrics(workdir) if line["step"] < 200]
    (workdir / "metrics.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in kept)
    )
    done = program("pipelines.train", f"--workdir={workdir}")
    assert done.returncode == 0, done.stderr.decode()
    assert b"already trained" in done.stderr
    assert {"step", "dev_loss", "dev_bleu"} <= metrics(workdir)[-1].keys()


@pytest.mark.parametrize(
    ("module", "flags"),
    [
        ("pipelines.build_vocabulary", "preset data_dir workdir set"),
        (
            "pipelines.train",
            "preset data_dir workdir set init_from init_checkpoint",
        ),
        (
            "pipelines.evaluate",
            "workdir data_dir split output reference_output checkpoint ema set",
        ),
        ("pipelines.decode", "workdir n_best scores checkpoint ema set"),
        ("tools.average_checkpoints", "workdir last"),
        (
            "tools.make_extra_trees",
            "workdir agree_workdir input output_dir confidence checkpoint set",
        ),
        (
            "tools.make_extra_pairs",
            "workdir backward_workdir data_dir output_dir checkpoint set",
        ),
        (
            "tools.export_saved_model",
            "workdir output_dir version warmup_text checkpoint set",
        ),
    ],
)
def test_help_lists_the_programs_flags(program, module, flags):
    done = program(module, "--help")
    told = done.stdout.decode()
    for flag in flags.split():
        assert f"--{flag}:" in told or f"--[no]{flag}:" in told
