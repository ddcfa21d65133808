"""What is to be prepared, written down before it is made.

A run that finds the plan of an earlier one goes on with it, or is refused if it
was to make something else.
"""

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tfformer.config import ExperimentConfig
from tfformer.data.atomic import written_aside
from tfformer.data.checksums import checksums
from tfformer.data.prepared import (
    FORMAT,
    PLAN_FILE,
    VERSION,
    settings,
    split_folder,
)
from tfformer.errors import DataError
from tfformer.progress import announce
from tfformer.tasks.task import Task

# Records of a shard, unless that makes too many shards.
_SHARD_SIZE = 100_000
_MOST_SHARDS = 32


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


def splits_of(request: Request) -> dict[str, bool]:
    """Returns the splits to make, and of each whether its text is kept."""
    splits = {request.config.data.train_split: False}
    return splits | dict.fromkeys(request.eval_splits, True)


def texts_of(plan: dict[str, Any]) -> dict[str, bool]:
    """Returns of each split whether its text is kept."""
    return {name: entry["text"] for name, entry in plan["splits"].items()}


def origin_of(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what of a plan, or a manifest, decides what is made."""
    names = ("source", "settings", "fingerprints", "vocabularies")
    return {name: plan.get(name) for name in names}


def make_plan(request: Request, task: Task) -> dict[str, Any]:
    """Returns what is to be made, which an earlier run may have written.

    Raises:
        DataError: if that run was to make something else.
    """
    config, output = request.config, request.output_dir
    splits = splits_of(request)
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
        if _is_begun(output, plan, task):
            _check_plan(output, plan, base)
            if texts_of(plan) == splits:
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
        texts_of(plan)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path}: not a plan of prepared data ({error!r}). Remove it, "
            "and what of the shards is of this request will be kept; or use "
            "another --output_dir."
        ) from error
    return plan


def _is_begun(output: pathlib.Path, plan: dict[str, Any], task: Task) -> bool:
    """Tells whether anything was made that binds those who go on."""
    folders = [output / split_folder(split) for split in plan["splits"]]
    return task.has_vocabularies(output) or any(
        map(pathlib.Path.exists, folders)
    )


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


def settle_vocabularies(
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
