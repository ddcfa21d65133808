"""Answers a question from the margins of the paper, with numbers.

python -m bench.margins                lists the questions
python -m bench.margins sqrt_dk [--output=FOLDER]

Prints a table; --output also writes FOLDER/NAME.png, where a figure says more
and matplotlib is installed. Each takes less than five minutes on one core of a
processor. --steps shortens the training of those that train.
"""

import argparse
import importlib
import inspect
import pathlib
import sys

from bench import environment
from bench.margins import QUESTIONS
from bench.margins.table import table


def parser() -> argparse.ArgumentParser:
    """What the command line may say."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.margins",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("question", nargs="?", choices=QUESTIONS)
    parser.add_argument("--output", type=pathlib.Path, help="folder of figures")
    parser.add_argument("--steps", type=int, help="of each training")
    return parser


def main() -> None:
    """Measures, prints and draws."""
    options = parser().parse_args()
    if options.question is None:
        for name, words in QUESTIONS.items():
            print(f"{name:16} {words}")
        return
    # Faster for models this small, and sums in one order.
    environment.prepare(threads=1)
    question = importlib.import_module(f"bench.margins.{options.question}")
    trains = "steps" in inspect.signature(question.measure).parameters
    if options.steps is not None and not trains:
        print(f"--steps: {options.question} trains nothing", file=sys.stderr)
    if trains and options.steps is not None:
        rows = question.measure(steps=options.steps)
    else:
        rows = question.measure()
    print(table(rows))
    if options.output is not None and hasattr(question, "draw"):
        options.output.mkdir(parents=True, exist_ok=True)
        question.draw(rows, options.output / f"{options.question}.png")


if __name__ == "__main__":
    main()
