"""The main job in one command, on the embedded SYNTHETIC corpus `pocket`.

python -m tools.demo --output_dir=demo

Trains the preset translation/demo, scores it on held-out sentences, exports
it, and translates with the export in a fresh process that has tensorflow and
tensorflow_text only. Each step is the command that a user would type. The
folder is made anew each time. The last line of standard output is one JSON
object with "bleu" and "seconds".
"""

import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

from absl import flags

from pipelines import app

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output_dir", "demo", "Folder for the workdir and the export."
)

_ROOT = pathlib.Path(__file__).resolve().parent.parent
# Marks a folder as the demo's own, which it may remove.
_MARK = "made_by_make_demo"
_SHOWN = 5


def main() -> None:
    """Runs every step and prints what came of it."""
    began = time.monotonic()
    folder = _fresh_folder(pathlib.Path(FLAGS.output_dir))
    workdir, export = folder / "translation", folder / "export"
    _run("pipelines.train", "--preset=translation/demo", _flag(workdir))
    scores = json.loads(
        _run("pipelines.evaluate", _flag(workdir), "--split=test")
        .strip()
        .splitlines()[-1]
    )
    _run("tools.export_saved_model", _flag(workdir), f"--output_dir={export}")
    _show(export / "1")
    print(
        f"BLEU {scores['bleu']:.1f} on {scores['sentences']} held-out "
        "sentences of the synthetic corpus pocket"
    )
    seconds = round(time.monotonic() - began, 1)
    print(json.dumps({"bleu": round(scores["bleu"], 2), "seconds": seconds}))


def _fresh_folder(folder: pathlib.Path) -> pathlib.Path:
    """Makes the folder anew; refuses one that is not the demo's."""
    from tfformer.errors import UserError

    if folder.exists():
        if not (folder / _MARK).exists():
            raise UserError(
                f"`--output_dir` must be new or from an earlier demo. "
                f"Received: {folder}, which is neither. Choose another."
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    return folder.resolve()


def _flag(workdir: pathlib.Path) -> str:
    return f"--workdir={workdir}"


def _run(module: str, *arguments: str) -> str:
    """Runs a program of this repository; its progress is seen as it comes."""
    command = [sys.executable, "-m", module, *arguments]
    print("$ python " + shlex.join(command[1:]), file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.decode()


def _show(saved_model: pathlib.Path) -> None:
    """Translates with the export alone and prints source and output."""
    from tfformer.data.pocket import triples

    shown = list(triples("test", _SHOWN))
    command = [
        sys.executable,
        str(_ROOT / "tools" / "run_saved_model.py"),
        f"--model_dir={saved_model}",
    ]
    print("$ python " + shlex.join(command[1:]), file=sys.stderr, flush=True)
    done = subprocess.run(
        command,
        # The program imports nothing of this repository.
        cwd=saved_model,
        input="".join(f"{t.english}\n" for t in shown).encode(),
        capture_output=True,
    )
    if done.returncode:
        sys.exit(done.stderr.decode())
    for triple, output in zip(
        shown, done.stdout.decode().splitlines(), strict=True
    ):
        print(
            f"  English    {triple.english}\n  tfformer   {output}\n"
            f"  reference  {triple.german}\n"
        )


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
