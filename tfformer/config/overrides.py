"""One field replaced, as `--set section.field=value` says it."""

import dataclasses
import types
import typing
from collections.abc import Iterable

from tfformer.config.experiment import (
    SECTIONS,
    ExperimentConfig,
    known_fields,
)
from tfformer.errors import ConfigError, did_you_mean


def override(
    config: ExperimentConfig, assignments: Iterable[str]
) -> ExperimentConfig:
    """Returns `config` with fields replaced, as `--set` does.

    Args:
        config: the configuration to start from.
        assignments: strings such as "train.steps=100".

    Raises:
        ConfigError: for an unknown field (the known ones are listed), a value
            of the wrong type, or a value that breaks a field's rule.
    """
    changes: dict[str, dict[str, object]] = {}
    for assignment in assignments:
        name, separator, text = assignment.partition("=")
        if not separator:
            raise ConfigError(
                "`--set` takes section.field=value. "
                f"Received: {assignment!r}. Try --set train.steps=100."
            )
        if name not in known_fields():
            raise ConfigError(
                f"`--set` got an unknown field {name!r}. Known fields: "
                + ", ".join(known_fields())
                + "."
                + did_you_mean(name, known_fields())
            )
        section, field = name.split(".")
        changes.setdefault(section, {})[field] = _parse(section, field, text)
    sections = {
        section: dataclasses.replace(getattr(config, section), **fields)
        for section, fields in changes.items()
    }
    return dataclasses.replace(config, **sections)  # type: ignore[arg-type]


def _parse(section: str, field: str, text: str) -> object:
    """Reads one value of a field's type from a command line."""
    kind: object = typing.get_type_hints(SECTIONS[section])[field]
    kinds = typing.get_args(kind) if isinstance(kind, types.UnionType) else ()
    if type(None) in kinds:
        if text.lower() == "none":
            return None
        kind = next(k for k in kinds if k is not type(None))
    if kind is bool:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
    else:
        try:
            return kind(text)  # type: ignore[operator]
        except ValueError:
            pass
    type_name = getattr(kind, "__name__", str(kind))
    name, default = f"{section}.{field}", getattr(SECTIONS[section], field)
    raise ConfigError(
        f"`--set {name}` takes a value of type {type_name}. "
        f"Received: {text!r}. Try --set {name}={default}."
    )
