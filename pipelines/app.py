"""How every program starts and how it fails.

Nothing here imports TensorFlow: `--help` and mistyped flags answer at once.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Sequence

from absl import app, flags, logging

from tfformer.errors import UserError

# What a user's mistake ends a program with; 1 is left to bugs.
EXIT_USER_ERROR = 2


def run(main: Callable[[], None], needs_tensorflow: bool = True) -> None:
    """Parses the flags, runs `main` and reports a user's mistake in one line.

    Args:
        main: the program; it reads its flags from `flags.FLAGS`.
        needs_tensorflow: whether it uses TensorFlow, which is then imported
            before it runs.
    """
    _prepare_environment()

    def parsed(argv: Sequence[str]) -> None:
        if len(argv) > 1:
            raise app.UsageError(
                f"Unexpected argument {argv[1]!r}. Values belong to a flag: "
                "--flag=value."
            )
        if needs_tensorflow:
            _import_tensorflow()
        try:
            main()
        except UserError as error:
            print(f"error: {error}", file=sys.stderr)
            sys.exit(EXIT_USER_ERROR)
        except KeyboardInterrupt:
            sys.exit(130)

    app.run(parsed)


def _prepare_environment() -> None:
    """Settings that TensorFlow reads when it is imported.

    Each is a default: what the user's environment says is kept.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    # TensorFlow's greetings; errors still come.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Off by default on some CPUs, where it is worth 3 to 17 % of a step.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def _import_tensorflow() -> None:
    """Imports TensorFlow without its greetings.

    They are written before any log level is read, so standard error is put
    aside meanwhile; it is shown if the import fails.
    """
    with tempfile.TemporaryFile() as aside:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_logical_devices()
            # What it tells of its own accord, such as the names of the files
            # that a save writes; warnings still come.
            logging.set_verbosity(logging.WARNING)
        except BaseException:
            aside.seek(0)
            os.write(stderr, aside.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def define_workdir(required: bool = True) -> None:
    """Defines --workdir."""
    flags.DEFINE_string(
        "workdir",
        None,
        "Folder of the model: config.json, vocabulary, checkpoints, "
        "TensorBoard events and metrics.jsonl.",
        required=required,
    )


def define_data_dir() -> None:
    """Defines --data_dir."""
    flags.DEFINE_string(
        "data_dir",
        None,
        "Folder with <split>.<language> text files, one sentence a line, or "
        "of a treebank. Not needed where data.source is pocket, the embedded "
        "synthetic corpus, or nltk_treebank where NLTK finds it.",
    )


def define_preset() -> None:
    """Defines --preset."""
    flags.DEFINE_string(
        "preset",
        None,
        "Configuration to start from, such as translation/base, "
        "translation/multi30k, parsing/wsj or parsing/wsj_sample; an unknown "
        "one lists them all. Not needed for a workdir that has one.",
    )


def define_set() -> None:
    """Defines --set."""
    flags.DEFINE_multi_string(
        "set",
        [],
        "Replaces a field of the configuration: section.field=value, such as "
        "train.steps=2000. May be repeated. An unknown field lists the known "
        "ones.",
    )


def define_checkpoint() -> None:
    """Defines --checkpoint."""
    flags.DEFINE_string(
        "checkpoint",
        "best",
        "Which checkpoint of the workdir: best (by the dev score), last, or a "
        "step.",
    )


def assignments() -> tuple[str, ...]:
    """Returns what --set got."""
    return tuple(flags.FLAGS["set"].value or ())


def report_mended(inference) -> None:
    """Tells on standard error what was not simply decoded.

    Args:
        inference: what has decoded.
    """
    if inference.repaired:
        print(
            f"{inference.repaired} outputs were malformed and repaired",
            file=sys.stderr,
        )
    if inference.fallbacks:
        print(
            f"{inference.fallbacks} inputs got the task's fallback: longer "
            f"than decode.max_input_length={inference.config.max_input_length}"
            " tokens, or without a hypothesis",
            file=sys.stderr,
        )


def refuse_existing(name: str, path: str | None) -> None:
    """Raises if an output would overwrite something.

    Args:
        name: of the flag.
        path: its value.

    Raises:
        UserError: if there is a file or folder at `path`.
    """
    if path is not None and os.path.exists(path):
        raise UserError(
            f"`--{name}` must not exist yet. Received: {path}. Remove it or "
            "choose another path."
        )
