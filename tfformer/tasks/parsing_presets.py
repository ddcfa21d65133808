"""The presets of parsing.

What a preset reaches is in docs/results.md.
"""

import dataclasses

from tfformer.config import (
    ChartConfig,
    DataConfig,
    DecodeConfig,
    ExperimentConfig,
    ModelConfig,
    OptimizerConfig,
    TrainConfig,
    WordsConfig,
)

# Section 6.3 of the paper, which gives layers, width, vocabulary sizes, beam,
# alpha and the extra length, and leaves all else as in the base model, but for
# dropouts and rate, which it chose on section 22 and does not tell: these are
# from the authors' public code, transformer_parsing_base.
_WSJ = ExperimentConfig(
    task="parsing",
    preset="parsing/wsj",
    model=ModelConfig(
        num_layers=4,
        model_dim=1024,
        ffn_dim=2048,
        num_heads=8,
        dropout_rate=0.2,
        attention_dropout_rate=0.2,
        share_embeddings="none",
    ),
    data=DataConfig(source="ptb", vocab_size=16384, max_length=512),
    optimizer=OptimizerConfig(learning_rate=0.5),
    decode=DecodeConfig(
        beam_size=21,
        length_penalty_alpha=0.3,
        extra_length=300,
        max_input_length=512,
    ),
)
# The same with transformer_parsing_big's dropouts.
_WSJ_SEMI = dataclasses.replace(
    _WSJ,
    preset="parsing/wsj_semi",
    model=dataclasses.replace(
        _WSJ.model, dropout_rate=0.1, attention_dropout_rate=0.0
    ),
    data=dataclasses.replace(_WSJ.data, vocab_size=32768, extra_weight=1.0),
)
# 3,400 trees of NLTK's sample of the WSJ; chosen on its dev split.
_WSJ_SAMPLE = dataclasses.replace(
    _WSJ,
    preset="parsing/wsj_sample",
    model=ModelConfig(
        encoder="words",
        num_layers=2,
        model_dim=320,
        ffn_dim=640,
        num_heads=8,
        dropout_rate=0.3,
        normalization="pre",
        share_embeddings="target",
    ),
    data=DataConfig(
        source="nltk_treebank",
        vocab_size=40000,
        max_length=300,
        terminals="tags",
    ),
    optimizer=OptimizerConfig(
        schedule="noam_linear",
        learning_rate=0.7,
        warmup_steps=400,
        decay_start=0.3,
        clip_norm=5.0,
    ),
    train=TrainConfig(
        steps=6000,
        batch_tokens=700,
        log_every=50,
        eval_steps=1000,
        checkpoint_steps=500,
    ),
    # Of twenty trees the one that all agree with most: docs/results.md.
    decode=DecodeConfig(
        beam_size=20,
        rerank="mbr",
        length_penalty_alpha=0.6,
        extra_length=300,
        max_input_length=512,
    ),
)
# The same trees for the chart parser; see docs/chart_parser.md.
_WSJ_SAMPLE_CHART = ExperimentConfig(
    task="parsing",
    preset="parsing/wsj_sample_chart",
    model=ModelConfig(
        encoder="words",
        parser="chart",
        num_layers=1,
        model_dim=600,
        ffn_dim=1200,
        num_heads=6,
        dropout_rate=0.33,
        attention_dropout_rate=0.2,
        ffn_dropout_rate=0.2,
        normalization="pre",
        share_embeddings="none",
    ),
    data=_WSJ_SAMPLE.data,
    optimizer=dataclasses.replace(
        _WSJ_SAMPLE.optimizer, learning_rate=1.0, beta_2=0.95, epsilon=1e-8
    ),
    train=TrainConfig(
        steps=6000,
        batch_tokens=1000,
        log_every=50,
        eval_steps=500,
        checkpoint_steps=250,
    ),
    decode=DecodeConfig(
        method="mbr", extra_length=0, batch_tokens=2000, max_input_length=400
    ),
)
# 19,000 trees of biomedical articles.
_CRAFT = dataclasses.replace(
    _WSJ_SAMPLE,
    preset="parsing/craft",
    data=DataConfig(
        source="text",
        vocab_size=40000,
        max_length=160,
        max_words=40,
        skip_malformed=True,
        terminals="tags",
    ),
    # Some of the 2,780 dev trees: a beam takes its time over all of them.
    train=dataclasses.replace(
        _WSJ_SAMPLE.train, batch_tokens=1400, eval_sentences=400
    ),
    decode=dataclasses.replace(_WSJ_SAMPLE.decode, beam_size=10, rerank="none"),
)
_CRAFT_CHART = dataclasses.replace(
    _WSJ_SAMPLE_CHART,
    preset="parsing/craft_chart",
    data=dataclasses.replace(_CRAFT.data, max_words=0),
    # As many as fit into 150 minutes of two slow cores: docs/results.md.
    train=dataclasses.replace(
        _WSJ_SAMPLE_CHART.train, steps=5000, batch_tokens=2000, eval_steps=1000
    ),
)
# Pocket, the embedded synthetic corpus, in minutes on two cores.
_DEMO = dataclasses.replace(
    _WSJ,
    preset="parsing/demo",
    model=ModelConfig(
        num_layers=2,
        model_dim=128,
        ffn_dim=512,
        num_heads=4,
        dropout_rate=0.0,
        # Learns in two thirds of the steps here, which the demo needs.
        normalization="pre",
        share_embeddings="target",
    ),
    data=DataConfig(
        source="pocket", vocab_size=1500, max_length=128, terminals="tags"
    ),
    optimizer=OptimizerConfig(
        schedule="noam_linear", warmup_steps=300, decay_start=0.3
    ),
    train=TrainConfig(
        steps=1800,
        batch_tokens=1024,
        log_every=20,
        eval_steps=900,
        eval_sentences=100,
        checkpoint_steps=450,
    ),
    decode=DecodeConfig(
        beam_size=4, length_penalty_alpha=0.3, extra_length=100
    ),
)
# For tests: it runs in seconds and learns little.
_TINY = dataclasses.replace(
    _DEMO,
    preset="parsing/tiny",
    model=ModelConfig(
        num_layers=1,
        model_dim=16,
        ffn_dim=32,
        num_heads=2,
        share_embeddings="target",
    ),
    data=DataConfig(source="pocket_small", vocab_size=400, max_length=128),
    optimizer=OptimizerConfig(warmup_steps=50),
    train=TrainConfig(
        steps=100,
        batch_tokens=256,
        log_every=50,
        eval_steps=100,
        eval_sentences=8,
        checkpoint_steps=100,
    ),
    decode=DecodeConfig(
        beam_size=2,
        length_penalty_alpha=0.3,
        extra_length=40,
        max_input_length=200,
    ),
)
_TINY_WORDS = dataclasses.replace(
    _TINY,
    preset="parsing/tiny_words",
    model=dataclasses.replace(_TINY.model, encoder="words"),
    words=WordsConfig(
        recurrent_layers=1,
        word_dim=8,
        character_dim=8,
        character_filters=4,
        tag_dim=8,
    ),
    data=dataclasses.replace(_TINY.data, terminals="tags"),
)
# For tests: it runs in seconds and learns little.
_TINY_CHART = dataclasses.replace(
    _WSJ_SAMPLE_CHART,
    preset="parsing/tiny_chart",
    model=dataclasses.replace(
        _WSJ_SAMPLE_CHART.model, model_dim=16, ffn_dim=32, num_heads=2
    ),
    words=_TINY_WORDS.words,
    chart=ChartConfig(span_dim=8, label_dim=8),
    data=DataConfig(
        source="pocket_small", vocab_size=400, max_length=128, terminals="tags"
    ),
    optimizer=OptimizerConfig(warmup_steps=50),
    train=_TINY.train,
    decode=dataclasses.replace(_WSJ_SAMPLE_CHART.decode, max_input_length=200),
)
PRESETS = {
    config.preset: config
    for config in (
        _WSJ,
        _WSJ_SEMI,
        _WSJ_SAMPLE,
        _WSJ_SAMPLE_CHART,
        _CRAFT,
        _CRAFT_CHART,
        _DEMO,
        _TINY,
        _TINY_WORDS,
        _TINY_CHART,
    )
}
