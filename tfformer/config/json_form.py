"""`config.json`: the configuration in a workdir."""

import dataclasses
import json
from collections.abc import Iterable, Mapping

from tfformer.config.experiment import SECTIONS, ExperimentConfig
from tfformer.errors import ConfigError


def to_json(config: ExperimentConfig) -> str:
    """Returns the text of `config.json`."""
    return json.dumps(dataclasses.asdict(config), indent=2) + "\n"


def from_json(text: str | bytes, path: str = "config.json") -> ExperimentConfig:
    """Reads what `to_json` wrote.

    Args:
        text: the JSON text; bytes are in UTF-8.
        path: where it came from, for error messages.

    Raises:
        ConfigError: if it is not JSON, or has fields this version lacks.
    """
    try:
        values = json.loads(text)
        # A workdir of before there were charts has no such section.
        values.setdefault("chart", {})
        sections = {
            name: kind(**values.pop(name)) for name, kind in SECTIONS.items()
        }
        return ExperimentConfig(**values, **sections)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path}: not a configuration of this version of tfformer "
            f"({error}). Restore the file, or train into a new workdir."
        ) from error


def differences(
    old: ExperimentConfig, new: ExperimentConfig, sections: Iterable[str]
) -> Mapping[str, tuple[object, object]]:
    """Returns {"section.field": (old, new)} for the fields that differ."""
    found = {}
    for section in sections:
        before = dataclasses.asdict(getattr(old, section))
        after = dataclasses.asdict(getattr(new, section))
        for name, value in before.items():
            if value != after[name]:
                found[f"{section}.{name}"] = (value, after[name])
    return found
