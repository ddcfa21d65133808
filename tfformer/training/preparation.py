"""Tokenising a corpus once, in shards that any process can make.

What is to be made is planned first and written down; then each shard is a job
by itself; then the shards are joined. So a run that was killed goes on where it
was, and what comes out depends neither on that nor on who made which shard.
"""

import dataclasses
import json
import os
import pathlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tfformer.config import DataConfig, ExperimentConfig
from tfformer.data.atomic import remove_remains, written_aside
from tfformer.data.checksums import checksums
from tfformer.data.encoded import require_pairs
from tfformer.data.lock import sole_writer
from tfformer.data.prepared import (
    FORMAT,
    MANIFEST_FILE,
    PLAN_FILE,
    TEXT_FILE,
    VERSION,
    PreparedData,
    copy_files,
    settings,
    split_folder,
)
from tfformer.data.shards import (
    is_whole,
    join_shards,
    shard_name,
    write_shard,
)
from tfformer.data.vocabulary import ids_per_token
from tfformer.errors import ConfigError, DataError, WorkdirError
from tfformer.progress import Progress, announce
from tfformer.tasks.task import Task, make_task
from tfformer.training.corpora import longest_of, report

# Records of a shard, unless that makes too many shards.
_SHARD_SIZE = 100_000
_MOST_SHARDS = 32

OnBlock = Callable[[int], None]


@dataclasses.dataclass(frozen=True)
class ShardJob:
    """One shard to make; it can be sent to another process or machine.

    Attributes:
        config: the experiment: where the data is, and for which task.
        data_dir: its folder.
        output_dir: of the prepared data; the vocabularies are there already.
        split: whose shard it is.
        number: which of its shards, counted from 0.
        of: how many shards there are.
        count: how many records the split has.
    """

    config: ExperimentConfig
    data_dir: str | None
    output_dir: str
    split: str
    number: int
    of: int
    count: int

    @property
    def directory(self) -> pathlib.Path:
        """The shard's folder."""
        return (
            pathlib.Path(self.output_dir)
            / split_folder(self.split)
            / shard_name(self.number, self.of)
        )

    @property
    def records(self) -> range:
        """The records of the split that it holds."""
        return range(
            self.number * self.count // self.of,
            (self.number + 1) * self.count // self.of,
        )

    def run(self, on_block: OnBlock = lambda count: None) -> None:
        """Makes the shard, the same wherever it is made.

        Args:
            on_block: called with how many pairs were done since the last
                call.
        """
        task = make_task(self.config, self.data_dir)
        source, target = task.vocabularies(pathlib.Path(self.output_dir))
        longest = longest_of(self.config.data, self.split)
        records = self.records
        write_shard(
            task.examples(self.split, records.start, records.stop),
            (source.encode, target.encode),
            self.directory,
            longest and longest * ids_per_token((source, target)),
            records,
            on_block,
        )


# Runs jobs, in any order.
Runner = Callable[[Sequence[ShardJob]], None]


@dataclasses.dataclass(frozen=True)
class Request:
    """What to prepare.

    Attributes:
        config: the experiment that will be trained.
        data_dir: folder of the data, where its source needs one.
        output_dir: where prepared data goes.
        vocabulary_dir: folder to take the vocabularies from, such as a
            workdir or other prepared data; None makes them.
        num_shards: of the training split; None chooses.
        eval_splits: splits that are there to be scored; their text is kept.
    """

    config: ExperimentConfig
    data_dir: str | None
    output_dir: pathlib.Path
    vocabulary_dir: str | None = None
    num_shards: int | None = None
    eval_splits: Sequence[str] = ()


def prepare(request: Request, run: Runner) -> PreparedData:
    """Makes prepared data, or what is missing of it.

    Args:
        request: what to prepare.
        run: makes the shards.

    Returns:
        The whole folder, opened.

    Raises:
        ConfigError: if the request breaks a rule.
        DataError: if the source is missing or malformed, or the folder holds
            something else.
        WorkdirError: if another run writes there.
    """
    config, output = request.config, request.output_dir
    if config.data.source == "prepared":
        raise ConfigError(
            "`data.source` must be what the text is read from. Received: "
            "'prepared'. Try data.source=text, or tfds:wmt14_translate/de-en."
        )
    if output.exists() and not output.is_dir():
        raise ConfigError(
            f"`--output_dir` must be a folder. Received: {output}, a file."
        )
    task = make_task(config, request.data_dir)
    for split in _splits(request):
        # What is missing is said before minutes are spent on the rest.
        next(iter(task.examples(split)), None)
    with sole_writer(output):
        return _prepare(request, task, run)


def _splits(request: Request) -> dict[str, bool]:
    """Returns the splits to make, and of each whether its text is kept."""
    splits = {request.config.data.train_split: False}
    return splits | dict.fromkeys(request.eval_splits, True)


def _prepare(request: Request, task: Task, run: Runner) -> PreparedData:
    """Plans, and makes what is not there."""
    config, output = request.config, request.output_dir
    plan = _plan(request, task)
    _prepare_vocabularies(request, task)
    plan = _settle_vocabularies(output, plan, task)
    jobs = [
        job for split in plan["splits"] for job in _jobs(request, plan, split)
    ]
    missing = _missing(jobs)
    if not missing and _is_done(output, plan):
        announce(f"{output}: prepared already")
        return PreparedData(output)
    (output / MANIFEST_FILE).unlink(missing_ok=True)
    if len(missing) < len(jobs):
        announce(f"kept {len(jobs) - len(missing)} of {len(jobs)} shards")
    for job in missing:
        remove_remains(job.directory.parent)
        _remove_damaged(job.directory)
    if missing:
        run(missing)
    for split, entry in plan["splits"].items():
        if entry["text"]:
            _write_text(task, split, output)
        _join(config.data, output, split, entry)
    _write_manifest(output, plan, config.data, task.vocabulary_files)
    return PreparedData(output)


def _missing(jobs: Sequence[ShardJob]) -> list[ShardJob]:
    """Returns the jobs whose shards are not there, or not whole."""
    found = []
    with Progress("checking shards", len(jobs), unit="shards") as progress:
        for job in jobs:
            if not is_whole(job.directory):
                found.append(job)
            progress.update(1)
    return found


def _is_done(output: pathlib.Path, plan: dict[str, Any]) -> bool:
    """Tells whether all splits of a plan are joined and unaltered."""
    if not (output / MANIFEST_FILE).is_file():
        return False
    try:
        prepared = PreparedData(output)
        if _texts(prepared.manifest) != _texts(plan):
            return False
        for split in prepared.splits:
            prepared.check(split)
    except DataError as error:
        announce(str(error))
        return False
    return True


def _texts(plan: dict[str, Any]) -> dict[str, bool]:
    """Returns of each split whether its text is kept."""
    return {name: entry["text"] for name, entry in plan["splits"].items()}


def _plan(request: Request, task: Task) -> dict[str, Any]:
    """Returns what is to be made, which an earlier run may have written.

    Raises:
        DataError: if that run was to make something else.
    """
    config, output = request.config, request.output_dir
    splits = _splits(request)
    base = {
        "format": FORMAT,
        "version": VERSION,
        "source": config.data.source,
        "settings": settings(config.task, config.data),
        "num_shards": request.num_shards,
        "fingerprints": {split: task.fingerprint(split) for split in splits},
    }
    path = output / PLAN_FILE
    if path.is_file():
        plan = _read_plan(path)
        _check_plan(output, plan, base)
        if _texts(plan) == splits:
            return plan
        if "vocabularies" in plan:
            base["vocabularies"] = plan["vocabularies"]
    plan = base | {
        "splits": {
            split: _plan_split(request, task, split, text)
            for split, text in splits.items()
        }
    }
    _write_plan(output, plan)
    return plan


def _read_plan(path: pathlib.Path) -> dict[str, Any]:
    try:
        plan = json.loads(path.read_bytes())
        _texts(plan)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path}: not a plan of prepared data ({error!r}). Remove it to "
            "begin anew, or use another --output_dir."
        ) from error
    return plan


def _write_plan(output: pathlib.Path, plan: dict[str, Any]) -> None:
    with written_aside(output / PLAN_FILE) as aside:
        aside.write_text(json.dumps(plan, indent=2) + "\n")


def _check_plan(
    output: pathlib.Path, plan: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """Refuses a folder that is of another preparation."""
    found = [
        name
        for name in ("format", "version", "source", "num_shards")
        if plan.get(name) != wanted[name]
    ]
    for name in ("settings", "fingerprints"):
        before = plan.get(name, {})
        found += [
            key if name == "settings" else f"the data of the split {key}"
            for key, value in wanted[name].items()
            if before.get(key, value) != value
        ]
    if found:
        raise DataError(
            f"{output}: holds data that was prepared otherwise. Received: "
            f"another value of {', '.join(found)}. Use another --output_dir, "
            "or remove this one."
        )


def _plan_split(
    request: Request, task: Task, split: str, text: bool
) -> dict[str, Any]:
    announce(f"counting {split}")
    count = task.count(split)
    shards = min(max(1, -(-count // _SHARD_SIZE)), _MOST_SHARDS)
    if split == request.config.data.train_split and request.num_shards:
        shards = request.num_shards
    return {"records": count, "shards": shards, "text": text}


def _jobs(
    request: Request, plan: dict[str, Any], split: str
) -> Iterable[ShardJob]:
    entry = plan["splits"][split]
    for number in range(entry["shards"]):
        yield ShardJob(
            config=request.config,
            data_dir=_absolute(request.data_dir),
            output_dir=os.path.abspath(request.output_dir),
            split=split,
            number=number,
            of=entry["shards"],
            count=entry["records"],
        )


def _absolute(path: str | None) -> str | None:
    if path is None or "://" in path:
        return path
    return os.path.abspath(path)


def _prepare_vocabularies(request: Request, task: Task) -> None:
    """Copies or makes what vocabularies are missing.

    Raises:
        WorkdirError: if there are none to copy.
        DataError: if those that are there are others than those to copy.
    """
    output = request.output_dir
    if task.has_vocabularies(output):
        _check_same(request, task)
        announce(f"kept the vocabulary of {output}")
    elif request.vocabulary_dir is None:
        announce("building the vocabulary")
        task.build_vocabularies(output)
    else:
        given = pathlib.Path(request.vocabulary_dir)
        if not task.has_vocabularies(given):
            raise WorkdirError(
                "`--vocabulary_dir` must hold "
                f"{', '.join(task.vocabulary_files)}. Received: {given}. Make "
                "one with pipelines.build_vocabulary, or leave it out."
            )
        copy_files(given, output, task.vocabulary_files)


def _check_same(request: Request, task: Task) -> None:
    """Refuses --vocabulary_dir where other vocabularies are in use."""
    if request.vocabulary_dir is None:
        return
    given = pathlib.Path(request.vocabulary_dir)
    for name in task.vocabulary_files:
        own = (request.output_dir / name).read_bytes()
        if not (given / name).is_file() or (given / name).read_bytes() != own:
            raise DataError(
                f"{request.output_dir / name}: must be that of "
                f"--vocabulary_dir. Received: {given}, which has another or "
                "none. Leave the flag out to go on with the vocabulary that "
                "is there, or use another --output_dir."
            )


def _settle_vocabularies(
    output: pathlib.Path, plan: dict[str, Any], task: Task
) -> dict[str, Any]:
    """Writes into the plan which vocabularies the ids are of.

    Raises:
        DataError: if an earlier run used others.
    """
    found = checksums(output, task.vocabulary_files)
    wanted = plan.get("vocabularies", found)
    changed = [name for name in found if found[name] != wanted.get(name)]
    if changed:
        raise DataError(
            f"{output}: the shards there are of another vocabulary. Received: "
            f"{', '.join(changed)}, altered since. Restore it from a copy, or "
            "use another --output_dir."
        )
    plan = plan | {"vocabularies": found}
    _write_plan(output, plan)
    return plan


def _remove_damaged(directory: pathlib.Path) -> None:
    """Takes a damaged shard out of the way."""
    if directory.exists():
        announce(f"{directory}: damaged shard, made anew")
        shutil.rmtree(directory)


def _write_text(task: Task, split: str, output: pathlib.Path) -> None:
    path = output / split_folder(split) / TEXT_FILE
    with (
        written_aside(path) as aside,
        open(aside, "w", encoding="utf-8") as file,
    ):
        for example in task.examples(split):
            file.write(json.dumps(dataclasses.asdict(example)) + "\n")


def _join(
    config: DataConfig,
    output: pathlib.Path,
    split: str,
    entry: dict[str, Any],
) -> None:
    """Makes one corpus of a split's shards."""
    names = [shard_name(n, entry["shards"]) for n in range(entry["shards"])]
    directory = output / split_folder(split)
    with Progress(f"joining {split}", unit="shards") as progress:
        counts = join_shards(directory, names)["counts"]
        progress.update(len(names))
    max_length = longest_of(config, split)
    require_pairs(counts, max_length, split)
    report(counts, split, max_length)


def _write_manifest(
    output: pathlib.Path,
    plan: dict[str, Any],
    config: DataConfig,
    vocabulary_files: Sequence[str],
) -> None:
    """Says what there is; its presence says that all is whole."""
    names, splits = list(vocabulary_files), {}
    for split, entry in plan["splits"].items():
        folder = split_folder(split)
        names.append(f"{folder}/{MANIFEST_FILE}")
        if entry["text"]:
            names.append(f"{folder}/{TEXT_FILE}")
        inside = json.loads((output / folder / MANIFEST_FILE).read_text())
        splits[split] = entry | {
            "counts": inside["counts"],
            "max_length": longest_of(config, split),
            "crc32": inside["crc32"],
        }
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "source": plan["source"],
        "settings": plan["settings"],
        "splits": splits,
        "files": checksums(output, names),
    }
    with written_aside(output / MANIFEST_FILE) as aside:
        aside.write_text(json.dumps(manifest, indent=2) + "\n")
