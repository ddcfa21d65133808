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
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tfformer.config import DataConfig, ExperimentConfig
from tfformer.data.atomic import remove_remains, written_aside
from tfformer.data.checksums import checksums
from tfformer.data.encoded import require_pairs
from tfformer.data.lock import sole_writer
from tfformer.data.prepared import (
    FORMAT,
    MANIFEST_FILE,
    TEXT_FILE,
    VERSION,
    PreparedData,
    copy_files,
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
from tfformer.training.preparation_plan import (
    Request,
    make_plan,
    origin_of,
    settle_vocabularies,
    splits_of,
    texts_of,
)

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
        origin: what decides the content of the split's shards.
    """

    config: ExperimentConfig
    data_dir: str | None
    output_dir: str
    split: str
    number: int
    of: int
    count: int
    origin: Mapping[str, Any]

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
            len(records),
            self.origin,
            on_block,
        )


# Runs jobs, in any order.
Runner = Callable[[Sequence[ShardJob]], None]


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
    for split in splits_of(request):
        # What is missing is said before minutes are spent on the rest.
        next(iter(task.examples(split)), None)
    with sole_writer(output):
        return _prepare(request, task, run)


def _prepare(request: Request, task: Task, run: Runner) -> PreparedData:
    """Plans, and makes what is not there."""
    config, output = request.config, request.output_dir
    remove_remains(output)
    plan = make_plan(request, task)
    _prepare_vocabularies(request, task)
    plan = settle_vocabularies(output, plan, task)
    jobs = [
        job for split in plan["splits"] for job in _jobs(request, plan, split)
    ]
    for split in plan["splits"]:
        remove_remains(output / split_folder(split))
    missing = _missing(jobs)
    if not missing and _is_done(output, plan):
        announce(f"{output}: prepared already")
        return PreparedData(output)
    (output / MANIFEST_FILE).unlink(missing_ok=True)
    if len(missing) < len(jobs):
        announce(f"kept {len(jobs) - len(missing)} of {len(jobs)} shards")
    for job in missing:
        _remove_unusable(job.directory)
    if missing:
        run(missing)
    for split, entry in plan["splits"].items():
        if entry["text"]:
            _write_text(task, split, output)
        _join(config.data, output, split, entry)
    _require_unchanged(output, plan, task)
    _write_manifest(output, plan, config.data, task.vocabulary_files)
    return PreparedData(output)


def _missing(jobs: Sequence[ShardJob]) -> list[ShardJob]:
    """Returns the jobs whose shards are not there, or not whole."""
    found = []
    with Progress("checking shards", len(jobs), unit="shards") as progress:
        for job in jobs:
            if not is_whole(job.directory, job.origin):
                found.append(job)
            progress.update(1)
    return found


def _is_done(output: pathlib.Path, plan: dict[str, Any]) -> bool:
    """Tells whether all splits of a plan are joined and unaltered."""
    if not (output / MANIFEST_FILE).is_file():
        return False
    try:
        prepared = PreparedData(output)
        made = prepared.manifest
        if texts_of(made) != texts_of(plan):
            return False
        if origin_of(made) != origin_of(plan):
            return False
        for split in prepared.splits:
            prepared.check(split)
    except DataError as error:
        announce(str(error))
        return False
    return True


def _jobs(
    request: Request, plan: dict[str, Any], split: str
) -> Iterable[ShardJob]:
    entry = plan["splits"][split]
    origin = origin_of(plan)
    origin["fingerprints"] = plan["fingerprints"][split]
    for number in range(entry["shards"]):
        yield ShardJob(
            config=request.config,
            data_dir=_absolute(request.data_dir),
            output_dir=os.path.abspath(request.output_dir),
            split=split,
            number=number,
            of=entry["shards"],
            count=entry["records"],
            origin=origin,
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


def _remove_unusable(directory: pathlib.Path) -> None:
    """Takes a shard out of the way."""
    if directory.exists():
        announce(
            f"{directory}: a shard that is damaged or of other data, made anew"
        )
        shutil.rmtree(directory)


def _require_unchanged(
    output: pathlib.Path, plan: dict[str, Any], task: Task
) -> None:
    """Refuses shards that may be partly of one text and partly of another.

    Raises:
        DataError: if the source has changed since the plan was made.
    """
    changed = [
        split
        for split, value in plan["fingerprints"].items()
        if task.fingerprint(split) != value
    ]
    if changed:
        raise DataError(
            f"{output}: its text must not change while it is "
            f"prepared. Received: another {', '.join(changed)} than at the "
            "beginning. Remove the folder, or use another --output_dir, and "
            "run the same command again."
        )


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
        "fingerprints": plan["fingerprints"],
        "vocabularies": plan["vocabularies"],
        "splits": splits,
        "files": checksums(output, names),
    }
    with written_aside(output / MANIFEST_FILE) as aside:
        aside.write_text(json.dumps(manifest, indent=2) + "\n")
