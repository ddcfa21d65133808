"""What an export gives, held against what its workdir gives."""

import subprocess
import sys

from tests.conftest import ROOT, run_program


def assert_served_as_decoded(exported, workdir, lines, tmp_path, *flags):
    """Holds a fresh process's outputs against those of pipelines.decode.

    Args:
        exported: folder of a version of an export.
        workdir: what it was made from.
        lines: inputs.
        tmp_path: a folder without this repository, to run in.
        flags: more of pipelines.decode's.
    """
    text = "".join(f"{line}\n" for line in lines).encode()
    served = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tools" / "run_saved_model.py"),
            f"--model_dir={exported}",
        ],
        cwd=tmp_path,
        input=text,
        capture_output=True,
        check=True,
    )
    decoded = run_program(
        "pipelines.decode", f"--workdir={workdir}", *flags, stdin=text
    )
    assert decoded.returncode == 0
    assert served.stdout.decode().split("\n") == decoded.stdout.decode().split(
        "\n"
    )
