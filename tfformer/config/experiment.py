"""All sections together, and the rules between them."""

import dataclasses

from tfformer.config.chart import ChartConfig
from tfformer.config.data import DataConfig
from tfformer.config.decode import CHART_METHODS, DecodeConfig
from tfformer.config.model import ModelConfig
from tfformer.config.optimizer import OptimizerConfig
from tfformer.config.rules import require
from tfformer.config.train import TrainConfig
from tfformer.config.words import WordsConfig

_POSITIONS = ModelConfig.positions
# What some tasks only have.
_OF_PARSERS = (
    "model.encoder",
    "model.parser",
    "data.max_words",
    "data.collapse_unaries",
)
_OF_EXTRA = ("data.extra_data_dir", "data.extra_weight")


@dataclasses.dataclass(frozen=True)
class ExperimentConfig:
    """Everything that a workdir's `config.json` says.

    Attributes:
        task: name of a module of `tfformer.tasks`.
        preset: the preset this began from, "task/name".
        model: see `ModelConfig`.
        words: see `WordsConfig`.
        chart: see `ChartConfig`.
        data: see `DataConfig`.
        optimizer: see `OptimizerConfig`.
        train: see `TrainConfig`.
        decode: see `DecodeConfig`.
    """

    task: str
    preset: str
    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    train: TrainConfig = TrainConfig()
    decode: DecodeConfig = DecodeConfig()
    words: WordsConfig = WordsConfig()
    chart: ChartConfig = ChartConfig()

    def __post_init__(self) -> None:
        self._require_search()
        if self.task != "parsing":
            self._require_plain(_OF_PARSERS, "parsing")
        elif self.model.encoder == "words":
            self._require_words()
        if self.task not in ("parsing", "translation"):
            self._require_plain(_OF_EXTRA, "parsing and translation")
        self._require_extra_weight()
        require(
            self.task != "parsing" or self.model.share_embeddings != "all",
            "model.share_embeddings",
            "must be target or none in parsing, whose source and target have "
            "vocabularies of their own",
            repr(self.model.share_embeddings),
            "Try model.share_embeddings=target.",
        )
        require(
            self.task == "translation" or not self.train.bidirectional_steps,
            "train.bidirectional_steps",
            "must be 0 but in translation",
            f"{self.train.bidirectional_steps} in the task {self.task}",
            "Leave train.bidirectional_steps out.",
        )
        require(
            not (self.data.bpe_dropout and self.train.bidirectional_steps)
            or self.data.bpe_dropout_sides == "both",
            "data.bpe_dropout_sides",
            "must be both where train.bidirectional_steps swaps the sides of "
            "half of the pairs",
            repr(self.data.bpe_dropout_sides),
            "Try data.bpe_dropout_sides=both.",
        )

    def _require_plain(self, names: tuple[str, ...], tasks: str) -> None:
        """Raises if a field has another value than its default."""
        for name in names:
            section, field = name.split(".")
            value = getattr(getattr(self, section), field)
            plain = getattr(SECTIONS[section], field)
            require(
                value == plain,
                name,
                f"must be {plain} but in {tasks}",
                f"{value!r} in the task {self.task}",
                f"Leave {name} out.",
            )

    def _require_extra_weight(self) -> None:
        require(
            self.data.extra_data_dir is None or self.data.extra_weight > 0,
            "data.extra_weight",
            "must be above 0 where data.extra_data_dir is given, or nothing "
            "of it is read",
            f"{self.data.extra_weight:g} with {self.data.extra_data_dir}",
            "Try data.extra_weight=1, or data.extra_data_dir=none.",
        )

    def _require_search(self) -> None:
        chart = self.model.parser == "chart"
        methods = "mbr or cky" if chart else "beam, greedy or sample"
        require(
            chart == (self.decode.method in CHART_METHODS),
            "decode.method",
            f"must be {methods} where model.parser is {self.model.parser}",
            repr(self.decode.method),
            f"Try decode.method={'mbr' if chart else 'beam'}.",
        )
        require(
            not chart or self.model.encoder == "words",
            "model.encoder",
            "must be words where model.parser is chart",
            repr(self.model.encoder),
            "Try model.encoder=words.",
        )

    def _require_words(self) -> None:
        require(
            self.data.terminals == "tags",
            "data.terminals",
            "must be tags where model.encoder is words, which learns them",
            repr(self.data.terminals),
            "Try data.terminals=tags.",
        )
        for name, value, plain in (
            ("train.r_drop", self.train.r_drop, "0"),
            ("data.bpe_dropout", self.data.bpe_dropout, "0"),
            ("train.teachers", self.train.teachers, "none"),
        ):
            require(
                not value,
                name,
                f"must be {plain} where model.encoder is words",
                value,
                f"Leave {name} out.",
            )
        require(
            self.model.parser != "chart" or self.model.positions == _POSITIONS,
            "model.positions",
            f"must be {_POSITIONS} where model.parser is chart, whose encoder "
            "has no others",
            repr(self.model.positions),
            f"Try model.positions={_POSITIONS}.",
        )


SECTIONS: dict[str, type] = {
    "model": ModelConfig,
    "data": DataConfig,
    "optimizer": OptimizerConfig,
    "train": TrainConfig,
    "decode": DecodeConfig,
    "words": WordsConfig,
    "chart": ChartConfig,
}


def known_fields() -> list[str]:
    """Returns every name that `--set` takes, such as "train.steps"."""
    return [
        f"{section}.{field.name}"
        for section, kind in SECTIONS.items()
        for field in dataclasses.fields(kind)
    ]
