"""Which runs a sweep is made of."""

import dataclasses
import itertools
from collections.abc import Iterable, Sequence

from tfformer.config import ExperimentConfig, ModelConfig, override
from tfformer.cost.parameters import head_dims
from tfformer.errors import ConfigError
from tfformer.tasks.task import (
    get_preset,
    make_task,
    match_presets,
    read_preset,
)

WIDTHS = ("model_dim", "ffn_dim", "key_dim", "value_dim")


@dataclasses.dataclass(frozen=True)
class Run:
    """One row of a sweep.

    Attributes:
        preset: name of its built-in preset.
        choice: the values of the grid, such as
            ("model.dropout_rate=0.1",).
        assignments: all that `--set` gets, `choice` included.
        title: what it is called, besides `choice`: the preset, or the path of
            the .json file that it came from.
    """

    preset: str
    choice: tuple[str, ...]
    assignments: tuple[str, ...]
    title: str

    @property
    def name(self) -> str:
        """Its folder below the sweep's workdir."""
        title = self.title
        if title != self.preset:
            title = _in_one_folder(title)
        if not self.choice:
            return title
        return f"{title}/{_in_one_folder(','.join(self.choice))}"

    @property
    def config(self) -> ExperimentConfig:
        """What it is configured as."""
        return override(get_preset(self.preset), self.assignments)


def plan(
    patterns: Sequence[str],
    grids: Sequence[str],
    assignments: Sequence[str],
    steps: int | None,
    scale: int,
) -> list[Run]:
    """Lists the runs, in the order in which their presets are defined.

    Args:
        patterns: of presets; see `match_presets`.
        grids: "section.field=value,value,...": every combination is a run.
        assignments: `--set` fields of every run; they win over the scale.
        steps: updates of each run; None leaves each preset its own.
        scale: what widths are divided by; see `scaled`.

    Raises:
        ConfigError: for a pattern, a field or a value that breaks a rule.
    """
    _check_fields(grids, steps, assignments)
    choices = list(itertools.product(*map(_values, grids)))
    runs = []
    for title in match_presets(patterns):
        preset, own = read_preset(title)
        common = [
            *own,
            *scaled(get_preset(title).model, scale),
            *([] if steps is None else [f"train.steps={steps}"]),
            *assignments,
        ]
        runs += [
            Run(preset, choice, (*common, *choice), title) for choice in choices
        ]
    _require_different(runs, grids)
    _require_whole(runs)
    for run in runs:
        # So that no mistake shows only when hours have passed.
        make_task(run.config, None).score((), ())
    return runs


def scaled(model: ModelConfig, scale: int) -> list[str]:
    """Returns the `--set` fields that make a model narrower.

    d_model, d_ff and, where they are given, d_k and d_v are divided by
    `scale` and rounded down, to 1 at the least; d_model to an even number.
    The number of heads stays, so that d_k and d_v shrink with d_model where
    they follow from it; where d_model / h is then no whole number, d_k and
    d_v are it rounded down, to 1 at the least. Depth, dropout, smoothing,
    vocabulary and everything else stay.

    Args:
        model: the preset's.
        scale: 1 or more.
    """
    if scale == 1:
        return []
    narrow = {
        name: max(1, value // scale)
        for name in WIDTHS
        if (value := getattr(model, name)) is not None
    }
    narrow["model_dim"] = max(2, narrow["model_dim"] // 2 * 2)
    if narrow["model_dim"] % model.num_heads:
        for name, dim in zip(
            ("key_dim", "value_dim"), head_dims(model), strict=True
        ):
            narrow[name] = max(1, dim // scale)
    return [f"model.{name}={value}" for name, value in narrow.items()]


def _in_one_folder(name: str) -> str:
    """A path in a row's name must not make folders."""
    return name.replace("%", "%25").replace("/", "%2F")


def _check_fields(
    grids: Sequence[str], steps: int | None, assignments: Sequence[str]
) -> None:
    """Raises if a field gets its values from two places."""
    fields = list(map(_field, grids))
    if _repeated(fields):
        raise ConfigError(
            "`--grid` takes each field once. Received: "
            f"{', '.join(map(repr, grids))}. Give all of its values to one: "
            "--grid train.seed=0,1,2."
        )
    if steps is not None and "train.steps" in fields:
        raise ConfigError(
            "`--steps` must be left out where --grid gives train.steps. "
            f"Received: {steps} and {grids[fields.index('train.steps')]!r}. "
            "Leave out one of them."
        )
    for assignment in assignments:
        if _field(assignment) in fields:
            grid = grids[fields.index(_field(assignment))]
            raise ConfigError(
                "`--set` must leave out what --grid gives. Received: "
                f"{assignment!r} and {grid!r}. Leave out one of them."
            )


def _field(assignment: str) -> str:
    return assignment.partition("=")[0].strip()


def _require_whole(runs: Sequence[Run]) -> None:
    """Raises if a run may end early: rows are compared after `train.steps`."""
    for run in runs:
        if run.config.train.patience:
            raise ConfigError(
                "`train.patience` must be 0 in a sweep, whose rows are "
                "compared after train.steps. Received: "
                f"{run.config.train.patience} for {run.name}. Leave it out."
            )


def _require_different(runs: Sequence[Run], grids: Sequence[str]) -> None:
    """Raises if two runs train the same, as of the values 0.1 and 0.10."""
    first: dict[ExperimentConfig, Run] = {}
    for run in runs:
        other = first.setdefault(run.config, run)
        if other is not run:
            raise ConfigError(
                "`--grid` takes values that differ. Received: "
                f"{', '.join(map(repr, grids))}, of which {other.name} and "
                f"{run.name} are one training. Leave one of them out."
            )


def _values(grid: str) -> list[str]:
    """Splits "a.b=1,2" into "a.b=1" and "a.b=2"."""
    field, separator, values = grid.partition("=")
    given = [f"{field}={value.strip()}" for value in values.split(",")]
    if not separator or "" in values.split(","):
        raise ConfigError(
            "`--grid` takes section.field=value,value,..., none of them "
            f"empty. Received: {grid!r}. Try "
            "--grid model.dropout_rate=0.1,0.2,0.3."
        )
    return given


def _repeated(values: Iterable[str]) -> bool:
    values = list(values)
    return len(set(values)) < len(values)
