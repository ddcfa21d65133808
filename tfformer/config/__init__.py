"""The configuration of an experiment: frozen dataclasses, checked when made.

A file for each section, and `experiment` for all of them together. Defaults
are the paper's base model (Vaswani et al., 2017, arXiv 1706.03762).
"""

from tfformer.config.chart import ChartConfig
from tfformer.config.data import (
    BLEU_TOKENIZERS,
    POCKET,
    SOURCES,
    TFDS,
    DataConfig,
)
from tfformer.config.decode import CHART_METHODS, DecodeConfig
from tfformer.config.experiment import (
    SECTIONS,
    ExperimentConfig,
    known_fields,
)
from tfformer.config.json_form import differences, from_json, to_json
from tfformer.config.model import ModelConfig
from tfformer.config.optimizer import OptimizerConfig
from tfformer.config.overrides import override
from tfformer.config.preset_file import is_preset_file, read_preset_file
from tfformer.config.special_ids import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from tfformer.config.train import TrainConfig
from tfformer.config.words import WordsConfig

__all__ = [
    "BLEU_TOKENIZERS",
    "BOS_ID",
    "CHART_METHODS",
    "EOS_ID",
    "PAD_ID",
    "POCKET",
    "SECTIONS",
    "SOURCES",
    "TFDS",
    "UNK_ID",
    "ChartConfig",
    "DataConfig",
    "DecodeConfig",
    "ExperimentConfig",
    "ModelConfig",
    "OptimizerConfig",
    "TrainConfig",
    "WordsConfig",
    "differences",
    "from_json",
    "is_preset_file",
    "known_fields",
    "override",
    "read_preset_file",
    "to_json",
]
