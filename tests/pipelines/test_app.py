import errno
import subprocess
import sys
import types

import pytest

from pipelines.app import errors_reported, report_mended
from tests.conftest import ROOT, run_program
from tfformer.config import from_json, to_json
from tfformer.data.atomic import written_aside
from tfformer.tasks.task import get_preset

TALK = (
    "from pipelines.app import errors_reported\n"
    "with errors_reported():\n"
    "    for number in range(10**6): print(number)"
)


def test_a_reader_that_leaves_is_no_error_to_tell_of():
    process = subprocess.Popen(
        [sys.executable, "-c", TALK],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"0\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    # What a shell calls SIGPIPE.
    assert process.wait() == 141
    process.stderr.close()


@pytest.mark.parametrize("limit", [0, 512])
def test_a_limit_that_there_is_not_is_no_reason(limit, capsys):
    config = types.SimpleNamespace(max_input_length=limit)
    report_mended(types.SimpleNamespace(config=config, repaired=0, fallbacks=2))
    told = capsys.readouterr().err
    assert told.startswith("2 inputs got the task's fallback: ")
    assert ("decode.max_input_length=512 tokens, or without" in told) == (
        limit == 512
    )
    assert "max_input_length=0" not in told


def test_so_it_is_while_the_help_is_printed():
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.decode", "--help"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141
    process.stderr.close()


def test_a_program_runs_with_standard_error_closed():
    program = "from pipelines import app; app.run(lambda: print('done'))"
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert (done.returncode, done.stdout) == (0, b"done\n")


def made_twice(path):
    """Makes a folder of which another process makes one meanwhile."""
    with written_aside(path) as aside:
        aside.mkdir()
        path.mkdir()
        (path / "file").touch()


def test_a_path_of_the_wrong_kind_is_one_line(tmp_path, capsys):
    for use in (
        lambda: open(tmp_path),
        lambda: tmp_path.mkdir(),
        lambda: (tmp_path / "file").touch() or open(tmp_path / "file" / "x"),
        lambda: made_twice(tmp_path / "1"),
    ):
        with pytest.raises(SystemExit) as caught, errors_reported():
            use()
        assert caught.value.code == 2
        told = capsys.readouterr().err
        assert told.startswith(f"error: {tmp_path}")
        assert told.count("\n") == 1


def test_an_error_without_a_path_is_not_the_users():
    with pytest.raises(PermissionError), errors_reported():
        raise PermissionError(1, "not permitted")


@pytest.mark.parametrize(
    ("number", "name", "told"),
    [
        (errno.ENOSPC, None, "standard output, or a file: "),
        (errno.ENOSPC, "W/file", "W/file: "),
        (errno.EROFS, "W/file", "W/file: "),
    ],
)
def test_a_full_or_read_only_disk_is_one_line(number, name, told, capfd):
    # In a process of its own: its output is given up.
    script = (
        "from pipelines.app import errors_reported\n"
        "with errors_reported():\n"
        f"    raise OSError({number}, 'no', {name!r})"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT)
    assert done.returncode == 2
    error = capfd.readouterr().err
    assert error.startswith(f"error: {told}no. ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("--workdir=", "`--workdir` must not be empty"),
        ("--confidence=nan", "`--confidence` must be a finite number"),
    ],
)
def test_values_that_no_program_means_are_refused(flag, told):
    flags = ["--workdir=W", "--input=I", "--output_dir=O", flag]
    done = run_program("tools.make_extra_trees", *flags)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1].startswith(f"error: {told}")


@pytest.mark.parametrize(
    ("program", "flags", "told"),
    [
        (
            "tools.visualize",
            ("--model_dir=E", "--text=a", "--output=p.png", "--noema"),
            "`--ema` says nothing with --model_dir",
        ),
        (
            "tools.visualize",
            ("--model_dir=E", "--text=a", "--output=p.html", "--layer=2"),
            "`--layer` says nothing with an .html",
        ),
        (
            "tools.visualize",
            ("--model_dir=E", "--text=a", "--output=p.png", "--draw=tree")
            + ("--attention=cross",),
            "`--attention` says nothing with --draw=tree",
        ),
        (
            "pipelines.evaluate",
            ("--baseline=right_branching", "--checkpoint=last"),
            "`--checkpoint` says nothing with --baseline",
        ),
        (
            "pipelines.evaluate",
            ("--gold=g.mrg", "--split=dev"),
            "`--split` says nothing with --gold",
        ),
        (
            "pipelines.evaluate",
            ("--output=a", "--reference_output=./a"),
            "`--output` and `--reference_output` must be two files",
        ),
        (
            "pipelines.evaluate",
            ("--output=/dev/null/scores/a",),
            "`--output` must lie in a folder that can be written to",
        ),
        (
            "pipelines.evaluate",
            ("--split=dev,test", "--output=/tmp/none/a.txt"),
            "`--output` must have {split} in it where --split has several. "
            "Received: /tmp/none/a.txt for dev,test. Try "
            "--output=/tmp/none/a.{split}.txt.",
        ),
        (
            "pipelines.evaluate",
            ("--split=dev,test", "--output={split}", "--reference_output=r"),
            "`--reference_output` must have {split} in it",
        ),
        (
            "pipelines.evaluate",
            ("--split=dev", "--output=/dev/null/{split}"),
            "`--output` must lie in a folder that can be written to. Received: "
            "/dev/null/dev",
        ),
        (
            "pipelines.evaluate",
            ("--split=dev,test,dev",),
            "`--split` must be a name, or several with commas between, each "
            "once. Received: 'dev,test,dev'.",
        ),
        (
            "pipelines.evaluate",
            ("--split=dev,",),
            "`--split` must be a name, or several with commas between",
        ),
    ],
)
def test_flags_that_do_not_go_together_are_refused(
    program, flags, told, tmp_path
):
    (tmp_path / "config.json").write_text(to_json(get_preset("parsing/tiny")))
    if program == "pipelines.evaluate":
        flags = (f"--workdir={tmp_path}", *flags)
    done = run_program(program, *flags)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1].startswith(f"error: {told}")


def test_a_preset_may_be_a_file_that_set_changes(tmp_path):
    file, workdir = tmp_path / "own.json", tmp_path / "w"
    file.write_text(
        '{"preset": "translation/tiny",'
        ' "data": {"vocab_size": 380}, "train": {"steps": 4, "seed": 6}}'
    )
    flags = tmp_path / "flags.txt"
    flags.write_text(f"--preset={file}\n--set=train.steps=8\n")
    done = run_program(
        "pipelines.build_vocabulary",
        f"--flagfile={flags}",
        f"--workdir={workdir}",
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"380 source" in done.stdout
    config = from_json((workdir / "config.json").read_bytes())
    assert (config.train.steps, config.train.seed) == (8, 6)
    assert config.preset == "translation/tiny"


def test_a_preset_file_that_is_wrong_is_one_line(tmp_path):
    for program in ("build_vocabulary", "train"):
        done = run_program(
            f"pipelines.{program}",
            f"--preset={tmp_path}/none.json",
            f"--workdir={tmp_path}/w",
        )
        assert done.returncode == 2
        (line,) = done.stderr.decode().splitlines()
        assert line.startswith("error: `--preset` must be a preset's name or")
    assert not (tmp_path / "w").exists()
