"""The runs of Table 2 as presets: WMT 2014 English to German and to French.

Sections 5 and 6.1 of the paper: 37,000 shared pieces for German and 32,000
for French, 25,000 + 25,000 tokens a batch, 4,000 steps of warm-up, a
checkpoint every ten minutes, of which the last 5 (base) or 20 (big) are
averaged afterwards, beam 4, alpha 0.6 and outputs of at most input + 50.
"""

import dataclasses

from tfformer.config import DataConfig, ExperimentConfig

# The target language, the source in TensorFlow Datasets, the vocabulary and
# the big model's dropout, which the paper chose for each pair.
_PAIRS = (
    ("de", "tfds:wmt14_translate/de-en", 37_000, 0.3),
    ("fr", "tfds:wmt14_translate/fr-en", 32_000, 0.1),
)


def wmt14_presets(
    base: ExperimentConfig, big: ExperimentConfig
) -> list[ExperimentConfig]:
    """Returns the base and the big model of both language pairs.

    Args:
        base: the paper's base model and its training.
        big: the paper's big model and its training.
    """
    return [
        _preset(f"translation/wmt14_en{target}_{size}", config, data, dropout)
        for target, source, pieces, of_big in _PAIRS
        for data in (
            DataConfig(
                source=source,
                source_language="en",
                target_language=target,
                train_split="train",
                dev_split="validation",
                vocab_size=pieces,
            ),
        )
        for size, config, dropout in (
            ("base", base, base.model.dropout_rate),
            ("big", big, of_big),
        )
    ]


def _preset(
    name: str, config: ExperimentConfig, data: DataConfig, dropout: float
) -> ExperimentConfig:
    return dataclasses.replace(
        config,
        preset=name,
        model=dataclasses.replace(config.model, dropout_rate=dropout),
        data=data,
        # By the clock alone, as in the paper: no count of steps comes first.
        train=dataclasses.replace(
            config.train,
            checkpoint_minutes=10.0,
            checkpoint_steps=config.train.steps,
        ),
    )
