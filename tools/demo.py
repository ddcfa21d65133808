"""The main job in one command, on the embedded SYNTHETIC corpus `pocket`.

python -m tools.demo --output_dir=demo

Trains the presets translation/demo and parsing/demo, scores each on held-out
sentences, exports it, and translates and parses with the exports in fresh
processes that have tensorflow and tensorflow_text only. Each step is the
command that a user would type. The folder is made anew each time. The last
line of standard output is one JSON object with "bleu", "f1" and "seconds".
"""

import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

from absl import flags

from pipelines import app
from tfformer.errors import UserError
from tools.steps import run_step, tell

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
    from nltk.tree import Tree

    from tfformer.data.pocket import triples

    began = time.monotonic()
    folder = _fresh_folder(pathlib.Path(FLAGS.output_dir))
    shown = list(triples("test", _SHOWN))
    sentences = [triple.english for triple in shown]
    # At the same time: models as small as these leave a core idle.
    with concurrent.futures.ThreadPoolExecutor() as both:
        translator = both.submit(_train, "translation", folder)
        parser = both.submit(_train, "parsing", folder)
    bleu, translate = translator.result()
    f1, parse = parser.result()
    for triple, output in zip(shown, _serve(translate, sentences), strict=True):
        print(f"  English    {triple.english}")
        print(f"  tfformer   {output}")
        print(f"  reference  {triple.german}\n")
    Tree.fromstring(_serve(parse, sentences[:1])[0]).pretty_print()
    print(
        f"BLEU {bleu['bleu']:.1f} and parsing F1 {f1['f1']:.1f} (errors "
        f"{f1['errors']}, skips {f1['skips']}) on {bleu['sentences']} "
        "held-out sentences of the synthetic corpus pocket"
    )
    scores = {"bleu": round(bleu["bleu"], 2), "f1": round(f1["f1"], 2)}
    print(json.dumps({**scores, "seconds": round(time.monotonic() - began, 1)}))


def _train(task: str, folder: pathlib.Path) -> tuple[dict, pathlib.Path]:
    """Trains, scores and exports; returns the scores and the export."""
    workdir, export = folder / task, folder / f"{task}_export"
    _run(task, "pipelines.train", f"--preset={task}/demo", _flag(workdir))
    told = _run(task, "pipelines.evaluate", _flag(workdir), "--split=test")
    _run(
        task,
        "tools.export_saved_model",
        _flag(workdir),
        f"--output_dir={export}",
    )
    return json.loads(told.strip().splitlines()[-1]), export / "1"


def _fresh_folder(folder: pathlib.Path) -> pathlib.Path:
    """Makes the folder anew; refuses one that is not the demo's."""
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


def _run(task: str, module: str, *arguments: str) -> str:
    # Half of the cores for each task: with more threads than cores both lose.
    threads = str(max(1, (os.cpu_count() or 1) // 2))
    return run_step(
        module,
        *arguments,
        say=lambda line: tell(f"[{task}] {line}"),
        environment={"TF_NUM_INTRAOP_THREADS": threads},
    )


def _serve(saved_model: pathlib.Path, sentences: list[str]) -> list[str]:
    """Decodes with the export alone."""
    command = [
        sys.executable,
        str(_ROOT / "tools" / "run_saved_model.py"),
        f"--model_dir={saved_model}",
    ]
    tell("[served] $ python " + shlex.join(command[1:]))
    done = subprocess.run(
        command,
        # The program imports nothing of this repository.
        cwd=saved_model,
        input="".join(f"{sentence}\n" for sentence in sentences).encode(),
        capture_output=True,
    )
    if done.returncode:
        sys.exit(done.stderr.decode())
    return done.stdout.decode().splitlines()


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
