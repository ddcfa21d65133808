"""How every program starts and how it fails.

Nothing here imports TensorFlow: `--help` and mistyped flags answer at once.
"""

import contextlib
import errno
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence

from absl import app, flags, logging

from tfformer.data.atomic import unwritable_parent
from tfformer.errors import NO_ROOM, ConfigError, UserError
from tfformer.progress import own_label

# What a path of a flag ends in that is of the wrong kind.
_WRONG_PATHS = (
    errno.EEXIST,
    errno.EISDIR,
    errno.ENOTDIR,
    # Made meanwhile, as by a second export into the same folder.
    errno.ENOTEMPTY,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENAMETOOLONG,
    errno.ELOOP,
)
# Flags that are paths, wherever they are defined.
_PATHS = (
    "agree_workdir",
    "backward_workdir",
    "data_dir",
    "gold",
    "hypotheses",
    "init_from",
    "model_dir",
    "output",
    "output_dir",
    "reference_output",
    "references",
    "results",
    "source",
    "target",
    "vocabulary_dir",
    "workdir",
)


def run(
    main: Callable[[], None],
    needs_tensorflow: bool = True,
    list_devices: bool = True,
    check: Callable[[], object] | None = None,
) -> None:
    """Parses the flags, runs `main` and reports a user's mistake in one line.

    Args:
        main: the program; it reads its flags from `flags.FLAGS`.
        needs_tensorflow: whether it uses TensorFlow, which is then imported
            before it runs.
        list_devices: whether TensorFlow may choose its devices at once; a
            program that distributes its work chooses them itself.
        check: raises for what is wrong in flags and files and shows without
            TensorFlow, whose import takes seconds.
    """
    _open_stderr()
    _prepare_environment()

    def parsed(argv: Sequence[str]) -> None:
        if len(argv) > 1:
            raise app.UsageError(
                f"Unexpected argument {argv[1]!r}. Values belong to a flag: "
                "--flag=value."
            )
        _check_values()
        if check:
            check()
        if needs_tensorflow:
            _import_tensorflow(list_devices)
        main()

    # Around all, as --help is printed before there are flags to check.
    with errors_reported():
        try:
            app.run(parsed)
        finally:
            if sys.stdout:
                # A disk that is full shows here, not at the very end.
                sys.stdout.flush()


def _check_values() -> None:
    """Raises for values that no program means.

    An empty path, from an unset variable of the shell, would be the folder
    where the program was started; and what is no number is within all bounds.
    """
    for name in flags.FLAGS:
        flag = flags.FLAGS[name]
        if name in _PATHS and flag.value == "":
            raise UserError(
                f"`--{name}` must not be empty. Received: ''. Name a path; is "
                "a variable of the shell unset?"
            )
        if isinstance(flag.value, float) and not math.isfinite(flag.value):
            raise UserError(
                f"`--{name}` must be a finite number. Received: {flag.value}. "
                "Try --help."
            )


@contextlib.contextmanager
def errors_reported(
    leave: Callable[[int], None] = sys.exit,
) -> Iterator[None]:
    """Ends the program with one line where a user can mend what went wrong.

    Args:
        leave: ends the process with an exit code; where it does not,
            `sys.exit` does.
    """
    try:
        yield
        return
    except UserError as error:
        told, code = str(error), error.exit_code
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Who read the output has left, as `head` does.
        _give_up_output()
        told, code = "", 141
    except OSError as error:
        told, code = _told_of(error), UserError.exit_code
        if not told:
            raise
        if error.filename is None:
            _give_up_output()
    if told:
        print(f"{own_label()}error: {told}", file=sys.stderr)
    leave(code)
    sys.exit(code)


def _told_of(error: OSError) -> str:
    """Says what a user can mend; nothing where that is not clear."""
    if error.errno in NO_ROOM:
        place = error.filename or "standard output, or a file"
        cure = "Free space on the disk and run the same command again."
    elif error.errno in _WRONG_PATHS and error.filename is not None:
        place, cure = error.filename, "Give another path."
    else:
        return ""
    return f"{place}: {error.strerror}. {cure}"


def _give_up_output() -> None:
    """What is still buffered must not fail a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_stderr() -> None:
    """Lets a program run that was started with standard error closed.

    What it tells is lost then, rather than to end it; and no file of its own
    is opened in that place, where TensorFlow would write into it.
    """
    if sys.stderr is None:
        null = os.open(os.devnull, os.O_WRONLY)
        if null != 2:
            os.dup2(null, 2)
            os.close(null)
        sys.stderr = open(2, "w", errors="backslashreplace")


def _prepare_environment() -> None:
    """Settings that TensorFlow reads when it is imported.

    Each is a default: what the user's environment says is kept.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    # TensorFlow's greetings; errors still come.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Off by default on some CPUs, where it is worth 3 to 17 % of a step.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


@contextlib.contextmanager
def _greetings_aside() -> Iterator[None]:
    """Keeps what TensorFlow says as it starts off standard error.

    It is written before any log level is read, and without Python, so the
    stream itself is put aside meanwhile; what came is shown if it fails.
    """
    with tempfile.TemporaryFile() as aside:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            aside.seek(0)
            os.write(stderr, aside.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def _import_tensorflow(list_devices: bool) -> None:
    """Imports TensorFlow, quietly."""
    with _greetings_aside():
        import tensorflow as tf

        # Looks for GPUs, which takes words too, but starts none.
        tf.config.list_physical_devices()
        if list_devices:
            tf.config.list_logical_devices()
    # What it tells of its own accord, such as the names of the files that a
    # save writes; warnings still come.
    logging.set_verbosity(logging.WARNING)


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
        "of a treebank, of TensorFlow Datasets (by default its own), or of "
        "what pipelines.prepare_data wrote; see docs/data.md. Not needed "
        "where data.source is pocket, the embedded synthetic corpus, or "
        "nltk_treebank where NLTK finds it.",
    )


def define_preset() -> None:
    """Defines --preset."""
    flags.DEFINE_string(
        "preset",
        None,
        "Configuration to start from, such as translation/base, "
        "translation/multi30k, translation/table3/c_n2 (a row of the paper's "
        "Table 3), translation/wmt14_ende_big, parsing/wsj or "
        "parsing/wsj_sample; an unknown one lists them all. Or a .json file: a "
        'workdir\'s config.json, or one with "preset" and the fields that '
        "differ. Not needed for a workdir that has one.",
    )


def planned() -> tuple[str | None, tuple[str, ...]]:
    """Returns the built-in preset of --preset, and all fields over it.

    Those of a file come first, so that --set wins.

    Raises:
        ConfigError: if --preset is a file that is wrong.
    """
    from tfformer.tasks.task import read_preset

    if flags.FLAGS.preset is None:
        return None, assignments()
    preset, own = read_preset(flags.FLAGS.preset)
    return preset, (*own, *assignments())


def define_set() -> None:
    """Defines --set."""
    flags.DEFINE_multi_string(
        "set",
        [],
        "Replaces a field of the configuration: section.field=value, such as "
        "train.steps=2000. May be repeated. An unknown field lists the known "
        "ones.",
    )


def define_init_from() -> None:
    """Defines --init_from and --init_checkpoint."""
    flags.DEFINE_string(
        "init_from",
        None,
        "Workdir of a trained model, whose vocabulary and weights a new "
        "workdir begins with, and its settings too where there is no preset. "
        "One that has begun goes on, and needs it no more.",
    )
    flags.DEFINE_string(
        "init_checkpoint",
        "best",
        "Which checkpoint of --init_from: best, last, averaged, a step, or the "
        "folder of a checkpoint. Its moving average is taken where it has one.",
    )


def warm_start():
    """Returns the trained model that --init_from names, or None.

    Raises:
        ConfigError: if --init_checkpoint is given alone.
    """
    from tfformer.training import warm_start

    if flags.FLAGS.init_from is None:
        refuse_useless("no --init_from", "init_checkpoint")
        return None
    return warm_start.warm_start(
        flags.FLAGS.init_from, flags.FLAGS.init_checkpoint
    )


def define_checkpoint() -> None:
    """Defines --checkpoint."""
    flags.DEFINE_string(
        "checkpoint",
        "best",
        "Which checkpoint of the workdir: best (by the dev score), last, "
        "averaged (what tools.average_checkpoints made), a step, or the "
        "folder of a checkpoint.",
    )
    flags.DEFINE_bool(
        "ema",
        True,
        "Take the moving average of the weights where the checkpoint has one "
        "(train.ema_decay); --noema takes the weights themselves.",
    )


def define_ensemble() -> None:
    """Defines --ensemble."""
    flags.DEFINE_multi_string(
        "ensemble",
        [],
        "A further workdir, trained on the same data with the same vocabulary: "
        "its model decodes together with that of --workdir, by the mean of "
        "their probabilities (chart parsers: of their scores). May be "
        "repeated.",
    )


def ensemble() -> tuple[str, ...]:
    """Returns what --ensemble got; not every program has it.

    Raises:
        ConfigError: for several workdirs with commas between.
    """
    if "ensemble" not in flags.FLAGS:
        return ()
    members = tuple(flags.FLAGS["ensemble"].value or ())
    for member in members:
        if "," in member and not os.path.isdir(member):
            each = " ".join(f"--ensemble={path}" for path in member.split(","))
            raise ConfigError(
                "`--ensemble` must be one workdir, and may be repeated. "
                f"Received: {member}. Try {each}."
            )
    return members


def assignments() -> tuple[str, ...]:
    """Returns what --set got; not every program has it."""
    if "set" not in flags.FLAGS:
        return ()
    return tuple(flags.FLAGS["set"].value or ())


def read_config(workdir: str | None = None):
    """Reads the configuration of --workdir, changed by --set.

    Args:
        workdir: another one, in place of --workdir and --ensemble.

    Returns:
        A `tfformer.config.ExperimentConfig`.

    Raises:
        WorkdirError: if --workdir or an --ensemble is none, or does not go
            with the others or with --set.
    """
    from tfformer.training.members import check_members
    from tfformer.training.workdir import Workdir

    if workdir is None and ensemble():
        check_members((flags.FLAGS.workdir, *ensemble()))
    path = workdir or flags.FLAGS.workdir
    return Workdir(path).read_for_use(assignments())


def trained_model(data_dir: str | None = None, workdir: str | None = None):
    """Loads what --workdir, --ensemble, --checkpoint, --ema and --set name.

    Args:
        data_dir: folder of the data, where the program reads any.
        workdir: another workdir than --workdir.

    Returns:
        A `tfformer.training.inference.TrainedModel`.
    """
    from tfformer.training.inference import TrainedModel

    values = flags.FLAGS
    path = workdir or values.workdir
    how = values.checkpoint, assignments(), data_dir, values.ema
    if ensemble():
        from tfformer.training.ensemble import TrainedEnsemble

        return TrainedEnsemble((path, *ensemble()), *how)
    return TrainedModel(path, *how)


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
        limit = inference.config.max_input_length
        longer = f"longer than decode.max_input_length={limit} tokens, or "
        print(
            f"{inference.fallbacks} inputs got the task's fallback: "
            f"{longer if limit else ''}without a hypothesis",
            file=sys.stderr,
        )


def refuse_useless(beside: str, *names: str) -> None:
    """Raises for flags that would say nothing, rather than to drop them.

    Args:
        beside: what they say nothing with.
        *names: of the flags.

    Raises:
        ConfigError: if one of them was given.
    """
    for name in names:
        if flags.FLAGS[name].present:
            raise ConfigError(
                f"`--{name}` says nothing with {beside}. Received: "
                f"{flags.FLAGS[name].value}. Leave it out."
            )


def refuse_existing(name: str, path: str | None) -> None:
    """Raises if an output would overwrite something, or has no place.

    Args:
        name: of the flag.
        path: its value.

    Raises:
        UserError: if there is a file or folder at `path`, or none can be made.
    """
    if path is None:
        return
    if os.path.exists(path):
        raise UserError(
            f"`--{name}` must not exist yet. Received: {path}. Remove it or "
            "choose another path."
        )
    # Said before hours of work, whose result would have no place.
    there = unwritable_parent(path)
    if there is not None:
        raise UserError(
            f"`--{name}` must lie in a folder that can be written to. "
            f"Received: {path}, where {there} cannot. Choose another path."
        )
