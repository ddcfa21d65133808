"""Scores constituency trees as EVALB does, with EVALB's arguments and output.

python -m tools.evalb -p COLLINS gold.mrg test.mrg

Standard output gets what the C program prints, standard error its messages.
Sentences on which C crashes or never ends are reported and passed by.
Nothing here imports TensorFlow.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from tfformer.errors import ConfigError, DataError, UserError
from tfformer.metrics.evalb import (
    EvalbStats,
    Parameters,
    SentenceScore,
    evaluate_sentence,
    read_parameters,
)
from tfformer.metrics.evalb.report import HEADER, render_row, render_summary

# What the C program ends with when -e stops it; a user's mistake is 2.
EXIT_TOO_MANY_ERRORS = 1
EXIT_USER_ERROR = 2
# The shell's code for a program whose reader went away: 128 + SIGPIPE.
EXIT_BROKEN_PIPE = 141

_EPILOG = """\
Sentence statuses: 0 valid; 1 error, such as other words than the gold
sentence's; 2 skip, a test line without words. Only valid sentences count in
the scores, so report the numbers of both with them.

Without -e every sentence is scored. EVALB stops at error N + 2 without a
summary, N being MAX_ERROR, and so does -e N, with exit code 1.
"""


class _TooManyErrors(Exception):
    """The errors that -e tolerates are used up."""


class _Parser(argparse.ArgumentParser):
    """Says a mistake in one line, as all programs here do."""

    def error(self, message: str) -> NoReturn:
        print(f"error: {message}. See --help.", file=sys.stderr)
        sys.exit(EXIT_USER_ERROR)


class _Messages:
    """Prints EVALB's messages and counts its errors.

    Attributes:
        max_error: how many errors are tolerated.
        stops: whether one too many ends the program.
        errors: how many there were.
    """

    def __init__(self, max_error: int, stops: bool):
        # EVALB compares before it counts: already its first error may stop it.
        self.max_error = max(max_error, -1)
        self.stops = stops
        self.errors = 0
        self._endless = False

    def error(self, number: int, message: str) -> None:
        """Reports an error of a line.

        Raises:
            _TooManyErrors: if EVALB would stop, and -e was given.
        """
        print(f"{number} : {message}", file=sys.stderr)
        self.errors += 1
        if self.errors != self.max_error + 2:
            return
        if self.stops:
            raise _TooManyErrors(
                f"line {number} has error number {self.errors}, and -e "
                f"{self.max_error} tolerates {self.max_error + 1}. Leave -e "
                "out to score every sentence."
            )
        warn(
            f"the C program stops here, at error number {self.errors} of "
            f"MAX_ERROR {self.max_error}; all sentences are scored all the "
            "same"
        )

    def endless(self, number: int) -> None:
        """Reports a line that the C program never gets to the end of.

        Raises:
            _TooManyErrors: if -e was given: C repeats its error up to there.
        """
        if self.stops:
            raise _TooManyErrors(
                f"line {number} is one that EVALB never gets past: it repeats "
                "its error until -e stops it. Mend the line, or leave -e out "
                "to score every sentence."
            )
        if not self._endless:
            warn(
                f"the C program never gets past line {number}; the sentences "
                "after it are scored all the same"
            )
        self._endless = True


def warn(message: str) -> None:
    """Prints a warning."""
    print(f"warning: {message}", file=sys.stderr)


def parser() -> argparse.ArgumentParser:
    """Returns EVALB's arguments."""
    found = _Parser(
        prog="python -m tools.evalb",
        description="Scores the trees of TEST against those of GOLD, one tree "
        "a line, as EVALB does.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    found.add_argument("gold", metavar="GOLD", help="file of gold trees")
    found.add_argument("test", metavar="TEST", help="file of a parser's trees")
    found.set_defaults(settings=[])

    def setting(flag: str, metavar: str, text: str) -> None:
        # One list for all of them: a later one overrides an earlier one.
        found.add_argument(
            f"-{flag}",
            dest="settings",
            action="append",
            type=lambda value: (flag, value),
            metavar=metavar,
            help=text,
        )

    setting("p", "PRM", "COLLINS, nk or a .prm file; without, no deletions")
    setting("e", "N", "errors to tolerate before stopping")
    setting("c", "N", "longest sentence of the second summary (40)")
    found.add_argument(
        "-d", action="store_true", help="EVALB's debugging; nothing here"
    )
    found.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object with the figures of both summaries",
    )
    return found


def parameters_of(settings: Sequence[tuple[str, str]]) -> Parameters:
    """Applies -p, -e and -c in their order, as EVALB does.

    Args:
        settings: flags without their dash, and their values.

    Raises:
        UserError: if a value is not what its flag takes.
    """
    parameters = Parameters()
    for flag, value in settings:
        if flag == "p":
            parameters = read_parameters(value, parameters)
        elif flag == "e":
            number = _integer(flag, value)
            parameters = dataclasses.replace(parameters, max_error=number)
        else:
            number = _integer(flag, value)
            parameters = dataclasses.replace(parameters, cutoff=number)
    return parameters


def _integer(flag: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ConfigError(
            f"-{flag} must be an integer. Received: {value!r}. Try -{flag} 40."
        ) from None


def read_lines(name: str, path: str) -> list[str]:
    r"""Reads a file's lines, which end in "\n" and nothing else.

    Bytes that are not UTF-8 stay what they are.

    Args:
        name: of the argument.
        path: its value.

    Raises:
        DataError: if there is no such file.
    """
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise DataError(
            f"{name} must be a file that can be read, a tree a line. "
            f"Received: {path} ({error.strerror}). Check the path."
        ) from error
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def scored(
    golds: Sequence[str],
    tests: Sequence[str],
    parameters: Parameters,
    messages: _Messages,
) -> Iterator[SentenceScore]:
    """Scores line by line and reports what is wrong with each.

    Args:
        golds: lines of the gold file.
        tests: lines of the test file.
        parameters: what to delete and what to equate.
        messages: what reports.
    """
    pairs = zip(golds, tests, strict=False)
    for number, (gold, test) in enumerate(pairs, 1):
        score = evaluate_sentence(gold, test, parameters)
        for warning in score.warnings:
            print(f"{number} : warning: {warning}", file=sys.stderr)
        for error in score.errors:
            messages.error(number, error)
        if score.endless:
            messages.endless(number)
        yield score


def run(arguments: argparse.Namespace) -> None:
    """Scores two files and prints rows and summaries, or JSON.

    Args:
        arguments: what `parser` returned.

    Raises:
        UserError: if a file or a value is unusable.
        _TooManyErrors: if -e stops it.
    """
    parameters = parameters_of(arguments.settings)
    for warning in parameters.warnings:
        warn(warning)
    golds = read_lines("GOLD", arguments.gold)
    tests = read_lines("TEST", arguments.test)
    for path, lines in ((arguments.gold, golds), (arguments.test, tests)):
        _warn_of_mark(path, lines)
        _warn_of_many_lines(path, lines)
    stops = any(flag == "e" for flag, _ in arguments.settings)
    messages = _Messages(parameters.max_error, stops)
    scores = []
    write = (lambda text: None) if arguments.json else sys.stdout.write
    write(HEADER)
    for score in scored(golds, tests, parameters, messages):
        scores.append(score)
        write(render_row(len(scores), score))
    if len(golds) != len(tests):
        _report_counts(arguments, len(golds), len(tests), messages)
    stats = EvalbStats.of(scores, parameters.cutoff)
    write(render_summary(stats))
    if arguments.json:
        print(json.dumps(stats.compute()))


def _warn_of_mark(path: str, lines: Sequence[str]) -> None:
    """Says when a file begins with what other readers take off."""
    if lines and lines[0].startswith("\ufeff"):
        warn(
            f"{path}: begins with a byte order mark, with which EVALB cannot "
            "read the first tree. Save it as UTF-8 without the mark"
        )


def _warn_of_many_lines(path: str, lines: Sequence[str]) -> None:
    """Says when a file seems to have its trees over several lines."""
    first = next((line for line in lines if line.strip()), "")
    if first.count("(") > first.count(")"):
        warn(
            f"{path}: its first tree does not end on its line. EVALB takes one "
            "tree a line, without traces; pipelines.evaluate writes gold trees "
            "so with --reference_output"
        )


def _report_counts(
    arguments: argparse.Namespace, golds: int, tests: int, messages: _Messages
) -> None:
    """Says that one file is longer, in EVALB's words and in ours."""
    longer = "gold" if golds > tests else "test"
    scored_lines = min(golds, tests)
    messages.error(
        scored_lines + 1,
        f"Number of lines unmatch (too many lines in {longer} file)",
    )
    warn(
        "GOLD and TEST must have as many lines. Received: "
        f"{arguments.gold} with {golds} and {arguments.test} with {tests}. "
        f"Only the first {scored_lines} are scored; write a line for every "
        "sentence, a flat tree where there is no parse"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program.

    Args:
        argv: its arguments, those of the command line if not given.

    Returns:
        Its exit code.
    """
    arguments = parser().parse_args(argv)
    try:
        run(arguments)
        sys.stdout.flush()
    except (UserError, _TooManyErrors) as error:
        sys.stdout.flush()
        print(f"error: {error}", file=sys.stderr)
        user = isinstance(error, UserError)
        return EXIT_USER_ERROR if user else EXIT_TOO_MANY_ERRORS
    except BrokenPipeError:
        # As of `| head`; the interpreter would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
