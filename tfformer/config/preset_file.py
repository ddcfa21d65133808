"""A preset in a file: the name of a built-in one, and fields over it.

The file is JSON, as `config.json` is: a workdir's own, or one that has "preset"
and only the sections and fields that differ.
"""

import json
import os
import typing

from tfformer.config.experiment import (
    SECTIONS,
    ExperimentConfig,
    known_fields,
)
from tfformer.errors import ConfigError, did_you_mean

_NAMES = tuple(typing.get_type_hints(ExperimentConfig))
_EXAMPLE = '{"preset": "translation/base", "train": {"steps": 2000}}'


class PresetFile(typing.NamedTuple):
    """What such a file says.

    Attributes:
        preset: name of the built-in preset.
        task: the task that it names, or None.
        assignments: its fields, as `--set` takes them.
    """

    preset: str
    task: str | None
    assignments: tuple[str, ...]


def is_preset_file(name: str) -> bool:
    """Tells whether a preset's name is the path of a file."""
    return name.endswith(".json")


def read_preset_file(path: str | os.PathLike) -> PresetFile:
    """Reads a preset's file; that its preset is one is not checked.

    Args:
        path: of the file.

    Raises:
        ConfigError: if there is no such file, or it is not JSON, names no
            preset, or has a field that is unknown or of another type.
    """
    values = _object(path)
    _require_known(path, values, _NAMES)
    for name in ("preset", "task"):
        if not isinstance(values.get(name, ""), str):
            raise _wrong(path, name, values[name], "str")
    if "preset" not in values:
        raise ConfigError(
            f"{path}: must name the preset that it begins from. Received: "
            f"{', '.join(values) or 'no fields'}. Try {_EXAMPLE}."
        )
    return PresetFile(
        values["preset"],
        values.get("task"),
        tuple(
            assignment
            for section in SECTIONS
            for assignment in _assignments(path, section, values)
        ),
    )


def _object(path: str | os.PathLike) -> dict[str, typing.Any]:
    try:
        with open(path, "rb") as file:
            values = json.loads(file.read(), object_pairs_hook=_without_twins)
    except FileNotFoundError as error:
        raise ConfigError(
            "`--preset` must be a preset's name or a .json file of settings. "
            f"Received: {path}, and there is no such file. Give its path, or a "
            "name such as translation/base."
        ) from error
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if hasattr(error, "lineno") else ""
        raise ConfigError(
            f"{path}{line}: must be JSON. Received: {error}. Mend it; it is "
            f"as a workdir's config.json is, or short: {_EXAMPLE}."
        ) from error
    if not isinstance(values, dict):
        raise _wrong(path, "settings", values, "object")
    return values


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of two equal names JSON would silently take the second."""
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twin!r} twice in one object")
    return values


def _assignments(
    path: str | os.PathLike, section: str, values: dict[str, typing.Any]
) -> list[str]:
    """Returns a section's fields as `--set` takes them."""
    fields = values.get(section, {})
    if not isinstance(fields, dict):
        raise _wrong(path, section, fields, "object")
    _require_known(
        path, [f"{section}.{name}" for name in fields], known_fields()
    )
    kinds = typing.get_type_hints(SECTIONS[section])
    for name, value in fields.items():
        if not _is_of(value, kinds[name]):
            kind = getattr(kinds[name], "__name__", str(kinds[name]))
            raise _wrong(path, f"{section}.{name}", value, kind)
    return [f"{section}.{name}={value}" for name, value in fields.items()]


def _is_of(value: object, kind: type) -> bool:
    kinds = typing.get_args(kind) or (kind,)
    # JSON has one kind of number, and Python calls a truth one.
    return type(value) in kinds or (type(value) is int and float in kinds)


def _require_known(
    path: str | os.PathLike,
    names: typing.Iterable[str],
    known: typing.Sequence[str],
) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(
            f"{path}: has fields that are none of the configuration's. "
            f"Received: {', '.join(unknown)}. Known: {', '.join(known)}."
            + did_you_mean(unknown[0], known)
        )


def _wrong(
    path: str | os.PathLike, name: str, value: object, kind: str
) -> ConfigError:
    return ConfigError(
        f"{path}: `{name}` must be of type {kind}. Received: "
        f"{json.dumps(value)}. Write it as a workdir's config.json does."
    )
