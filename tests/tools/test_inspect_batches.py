import shutil

from tests.conftest import run_program
from tfformer.data.pocket import SIZES, triples


def test_a_step_of_a_run_is_printed(trained_workdir):
    flags = (f"--workdir={trained_workdir}", "--step=3")
    done = run_program("tools.inspect_batches", *flags)
    assert (done.returncode, done.stderr) == (0, b"")
    head, *pairs = done.stdout.decode().split("\n\n")
    assert head == f"step 3: {len(pairs)} pairs of train"
    number, _, rest = pairs[0].partition(": ")
    tokens, inputs, pieces, targets, _ = rest.rstrip().split("\n")
    size = SIZES["pocket_small"]["train"]
    triple = list(triples("train", size))[int(number)]
    assert inputs == f"  inputs   {triple.english}"
    assert targets == f"  targets  {triple.german}"
    assert pieces.endswith(" </s>")
    length = len(pieces.split()) - 1
    assert tokens.startswith(f"{length} + ")
    again = run_program(
        "tools.inspect_batches", *flags, "--set=data.bpe_dropout=0.1"
    )
    assert again.stdout == done.stdout
    assert b"pieces are as stored" in again.stderr


def test_without_ids_it_is_one_line(trained_workdir, tmp_path):
    ignore = shutil.ignore_patterns("data", "checkpoints", "events")
    folder = shutil.copytree(trained_workdir, tmp_path / "w", ignore=ignore)
    done = run_program(
        "tools.inspect_batches", f"--workdir={folder}", "--step=1"
    )
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: ") and "beside none. Give" in line
