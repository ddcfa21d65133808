"""The configuration of an experiment: frozen dataclasses, checked when made.

`config.json` in a workdir is the JSON form of `ExperimentConfig`. Defaults are
the paper's base model (Vaswani et al., 2017, arXiv 1706.03762).
"""

import dataclasses
import json
import re
import types
import typing
from collections.abc import Iterable, Mapping

from tfformer.errors import ConfigError, did_you_mean

# Ids that every vocabulary and every model of this package share.
PAD_ID = 0
BOS_ID = 1
EOS_ID = 2
UNK_ID = 3
# Values of `DecodeConfig.method` that find a tree in a chart.
CHART_METHODS = ("mbr", "cky")

# What `data.source` may be, besides the names of TensorFlow Datasets.
SOURCES = ("text", "pocket", "ptb", "nltk_treebank", "prepared")
TFDS = "tfds:"
_TFDS_NAME = re.compile(r"tfds:\w+(/[\w.+-]+)?(:[\w.*]+)?")


def _require(
    condition: bool, name: str, rule: str, received: object, cure: str
) -> None:
    """Raises the one form of error that a broken rule gets."""
    if not condition:
        raise ConfigError(f"`{name}` {rule}. Received: {received}. {cure}")


def _require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    _require(
        value in choices,
        name,
        "must be one of " + ", ".join(choices),
        repr(value),
        f"Try {name}={choices[0]}.",
    )


def _require_at_least(name: str, value: float, least: float) -> None:
    _require(
        value >= least,
        name,
        f"must be {least} or more",
        value,
        f"Try {name}={least}.",
    )


def _require_rate(name: str, value: float) -> None:
    _require(
        0.0 <= value < 1.0,
        name,
        "must be in [0, 1)",
        value,
        f"Try {name}=0.1.",
    )


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """What `tfformer.models.Transformer` is built from (paper, Table 3).

    Attributes:
        num_layers: N, layers of the encoder and of the decoder each.
        model_dim: d_model, width of every sub-layer's output.
        ffn_dim: d_ff, inner width of the feed-forward networks.
        num_heads: h, attention heads.
        key_dim: d_k of each head; None means model_dim / num_heads.
        value_dim: d_v of each head; None means model_dim / num_heads.
        dropout_rate: P_drop on each sub-layer's output and on the sums of
            embeddings and positions (paper, section 5.4).
        attention_dropout_rate: dropout on attention weights; the paper has
            none, its public code 0.1.
        ffn_dropout_rate: dropout after the feed-forward network's ReLU; the
            paper has none, its public code 0.1.
        positions: "sinusoidal" (section 3.5) or "learned" (Table 3, row E).
        max_positions: rows of a learned position table.
        normalization: "post" (after the residual sum, as the paper) or "pre".
        share_embeddings: "all" ties source, target and output embeddings
            (section 3.4), "target" ties target and output only, "none" ties
            nothing.
        attention_window: r of restricted self-attention (section 4): in
            encoder and decoder a position attends to itself and to the r // 2
            positions on each side, in the decoder to those before it only;
            0 restricts nothing. Encoder-decoder attention stays whole.
        dtype: "float32", "bfloat16" or "mixed_bfloat16" (Keras policies).
        encoder: "subwords" (the paper's) or, in parsing, "words" (what a word
            and its characters say, and recurrence, under the attention; see
            `WordsConfig`). A decoder over words is told which word is next.
        parser: parsing: "linearized" (the paper's: a tree is a sequence of
            symbols) or "chart" (a tree is found among the scores of spans,
            over an encoder of words; see `ChartConfig`).
    """

    num_layers: int = 6
    model_dim: int = 512
    ffn_dim: int = 2048
    num_heads: int = 8
    key_dim: int | None = None
    value_dim: int | None = None
    dropout_rate: float = 0.1
    attention_dropout_rate: float = 0.0
    ffn_dropout_rate: float = 0.0
    positions: str = "sinusoidal"
    max_positions: int = 1024
    normalization: str = "post"
    share_embeddings: str = "all"
    attention_window: int = 0
    dtype: str = "float32"
    encoder: str = "subwords"
    parser: str = "linearized"

    def __post_init__(self) -> None:
        _require_choice("encoder", self.encoder, ("subwords", "words"))
        _require_choice("parser", self.parser, ("linearized", "chart"))
        for name in ("num_layers", "model_dim", "ffn_dim", "num_heads"):
            _require_at_least(name, getattr(self, name), 1)
        _require_at_least("max_positions", self.max_positions, 1)
        for name in ("key_dim", "value_dim"):
            value = getattr(self, name)
            if value is not None:
                _require_at_least(name, value, 1)
        if self.key_dim is None or self.value_dim is None:
            self._require_heads_divide()
        _require(
            self.model_dim % 2 == 0,
            "model_dim",
            "must be even, since positions pair sines with cosines",
            self.model_dim,
            f"Try model_dim={self.model_dim + 1}.",
        )
        _require_at_least("attention_window", self.attention_window, 0)
        for name in (
            "dropout_rate",
            "attention_dropout_rate",
            "ffn_dropout_rate",
        ):
            _require_rate(name, getattr(self, name))
        _require_choice("positions", self.positions, ("sinusoidal", "learned"))
        _require_choice("normalization", self.normalization, ("post", "pre"))
        _require_choice(
            "share_embeddings", self.share_embeddings, ("all", "target", "none")
        )
        self._require_dtype()

    def _require_heads_divide(self) -> None:
        divisors = [
            heads
            for heads in range(1, self.model_dim + 1)
            if self.model_dim % heads == 0
        ]
        nearest = min(divisors, key=lambda h: abs(h - self.num_heads))
        _require(
            self.model_dim % self.num_heads == 0,
            "num_heads",
            "must divide `model_dim` unless key_dim and value_dim are given",
            f"model_dim={self.model_dim}, num_heads={self.num_heads}",
            f"Try num_heads={nearest}.",
        )

    def _require_dtype(self) -> None:
        _require(
            "float16" not in self.dtype or "bfloat16" in self.dtype,
            "dtype",
            "cannot be float16: its loss scaling acts on each replica's "
            "gradients before they are summed, which deadlocks or applies "
            "an infinity",
            repr(self.dtype),
            "Try dtype=mixed_bfloat16.",
        )
        _require_choice(
            "dtype", self.dtype, ("float32", "bfloat16", "mixed_bfloat16")
        )


@dataclasses.dataclass(frozen=True)
class WordsConfig:
    """What `tfformer.models.WordEncoder` is built from besides `ModelConfig`.

    Of `ModelConfig` it reads the fields of the encoder: num_layers to
    ffn_dropout_rate, normalization, attention_window and dtype.

    Attributes:
        recurrence: what is under the attention, "bilstm" or "none". Without
            recurrence, sinusoidal positions are added.
        recurrent_layers: bidirectional LSTMs, one on the other, of model_dim
            / 2 units each way.
        word_dim: width of a word's embedding.
        character_dim: width of a character's embedding.
        character_filters: filters of each of the three windows over a word's
            characters.
        tag_dim: hidden width of the scores of tags.
        embedding_dropout_rate: of whole words, and of their characters.
        dropout_rate: on the input and the state of each LSTM, and on what tags
            are scored from; one mask for all words of a sentence.
        tag_weight: of the cross-entropy of tags in the loss.
    """

    recurrence: str = "bilstm"
    recurrent_layers: int = 2
    word_dim: int = 100
    character_dim: int = 50
    character_filters: int = 50
    tag_dim: int = 250
    embedding_dropout_rate: float = 0.33
    dropout_rate: float = 0.33
    tag_weight: float = 0.5

    def __post_init__(self) -> None:
        _require_choice("recurrence", self.recurrence, ("bilstm", "none"))
        for name in (
            "recurrent_layers",
            "word_dim",
            "character_dim",
            "character_filters",
            "tag_dim",
        ):
            _require_at_least(name, getattr(self, name), 1)
        _require_at_least("tag_weight", self.tag_weight, 0)
        for name in ("embedding_dropout_rate", "dropout_rate"):
            _require_rate(name, getattr(self, name))


@dataclasses.dataclass(frozen=True)
class ChartConfig:
    """What `tfformer.models.ChartParser` is built from besides its encoder.

    Attributes:
        span_dim: width of what the scores of spans are made from.
        label_dim: hidden width of the scores of labels.
        dropout_rate: on what spans and labels are scored from.
        label_weight: of the cross-entropy of labels in the loss.
    """

    span_dim: int = 400
    label_dim: int = 250
    dropout_rate: float = 0.33
    label_weight: float = 0.5

    def __post_init__(self) -> None:
        for name in ("span_dim", "label_dim"):
            _require_at_least(name, getattr(self, name), 1)
        _require_at_least("label_weight", self.label_weight, 0)
        _require_rate("dropout_rate", self.dropout_rate)


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Where examples come from and how they become ids.

    Attributes:
        source: "text" reads `<split>.<language>` files from --data_dir, or
            `<split>.mrg` for parsing; "pocket" generates the embedded
            synthetic corpus; "ptb" (a folder of LDC99T42) and "nltk_treebank"
            (NLTK's sample of it) are treebanks for parsing;
            "tfds:NAME[/CONFIG][:VERSION]" is a translation set of TensorFlow
            Datasets, prepared in --data_dir, and "tfds:translate_folder"
            the layout of TFDS's `TranslateFolder` there; "prepared" reads
            what `pipelines.prepare_data` wrote to --data_dir.
        manual_dir: "tfds:...": folder of a dataset's original archives, which
            are then read rather than downloaded.
        source_language: suffix of the input files.
        target_language: suffix of the target files.
        train_split: split that is trained on; of TFDS a slice too, such as
            "train[:1%]".
        dev_split: split that is evaluated during training.
        vocab_size: pieces of the SentencePiece vocabulary, special ids
            included; it is that of both sides in translation and of the
            source in parsing.
        max_length: longest side, in tokens with the end symbol, of a training
            pair; longer pairs are left out and counted.
        max_words: parsing: most words of a training sentence; longer ones are
            left out and counted; 0 means any number.
        terminals: parsing: what stands for a word in a linearised tree, "xx"
            for the same symbol always or "tags" for its part of speech.
        collapse_unaries: parsing: whether X over nothing but X becomes X.
        skip_malformed: parsing: whether a malformed tree is left out and
            counted rather than an error.
        extra_data_dir: parsing: folder whose `<train_split>.mrg` is mixed into
            the training trees (semi-supervised training, section 6.3).
        extra_weight: parsing: how often an extra tree comes for each time
            that a treebank's tree comes: 0 (no extra trees), a whole number,
            or 1 over one.
        bpe_dropout: share of the merges of SentencePiece's BPE that are left
            out at random each time a training sentence is read (Provilkov et
            al., 2020); 0 segments every sentence one way.
        bpe_dropout_sides: "both" or "source"; parsing has the source only.
        bleu_tokenize: translation: sacreBLEU's tokenizer: "13a", "intl",
            "zh", "char", or "none" for text that is tokenised already.
        evalb: parsing: EVALB's parameters, "COLLINS", "nk" or a .prm file.
        gold_punctuation: parsing: whether a score takes from the gold tree
            which words are punctuation, and thus left out of it. Otherwise a
            wrong tag there makes EVALB leave the sentence out as an error.
    """

    source: str = "text"
    manual_dir: str | None = None
    source_language: str = "en"
    target_language: str = "de"
    train_split: str = "train"
    dev_split: str = "dev"
    vocab_size: int = 37000
    max_length: int = 256
    max_words: int = 0
    terminals: str = "xx"
    collapse_unaries: bool = False
    skip_malformed: bool = False
    extra_data_dir: str | None = None
    extra_weight: float = 0.0
    bpe_dropout: float = 0.0
    bpe_dropout_sides: str = "both"
    bleu_tokenize: str = "13a"
    evalb: str = "COLLINS"
    gold_punctuation: bool = True

    def __post_init__(self) -> None:
        self._require_source()
        _require_choice("terminals", self.terminals, ("xx", "tags"))
        _require_rate("bpe_dropout", self.bpe_dropout)
        _require_choice(
            "bpe_dropout_sides", self.bpe_dropout_sides, ("both", "source")
        )
        _require_choice(
            "bleu_tokenize",
            self.bleu_tokenize,
            ("13a", "intl", "none", "zh", "char"),
        )
        _require_at_least("max_words", self.max_words, 0)
        self._require_extra_weight()
        _require_at_least("vocab_size", self.vocab_size, 264)
        _require_at_least("max_length", self.max_length, 2)
        _require(
            self.source_language != self.target_language,
            "target_language",
            "must differ from source_language",
            repr(self.target_language),
            "Try --set data.target_language=de.",
        )

    def _require_source(self) -> None:
        _require(
            self.source in SOURCES or bool(_TFDS_NAME.fullmatch(self.source)),
            "source",
            f"must be one of {', '.join(SOURCES)} or "
            "tfds:NAME[/CONFIG][:VERSION]",
            repr(self.source),
            "Try source=text or source=tfds:wmt14_translate/de-en.",
        )
        _require(
            self.manual_dir is None or self.source.startswith(TFDS),
            "manual_dir",
            f"is for sources that begin with {TFDS}",
            f"source={self.source}, manual_dir={self.manual_dir}",
            "Try manual_dir=none.",
        )

    def _require_extra_weight(self) -> None:
        weight = self.extra_weight
        ratio = 1 / weight if 0 < weight < 1 else weight
        _require(
            0 <= ratio <= 1000 and abs(ratio - round(ratio)) < 1e-6,
            "extra_weight",
            "must be 0, a whole number up to 1000, or 1 over one",
            weight,
            "Try extra_weight=0.5.",
        )


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """Adam and its learning rate (paper, sections 5.3 and 5.4).

    Attributes:
        schedule: "noam" (the paper's) or "noam_linear", which from
            `decay_start` on goes straight down to zero at the last step.
        learning_rate: factor before the schedule; 1.0 is the paper's.
        warmup_steps: steps over which the rate rises.
        decay_start: share of train.steps at which "noam_linear" turns.
        beta_1: Adam's decay of the first moment.
        beta_2: Adam's decay of the second moment.
        epsilon: Adam's epsilon.
        clip_norm: largest global norm of the gradient; 0 clips nothing.
        label_smoothing: epsilon_ls.
    """

    schedule: str = "noam"
    learning_rate: float = 1.0
    warmup_steps: int = 4000
    decay_start: float = 0.5
    beta_1: float = 0.9
    beta_2: float = 0.98
    epsilon: float = 1e-9
    clip_norm: float = 0.0
    label_smoothing: float = 0.1

    def __post_init__(self) -> None:
        _require_choice("schedule", self.schedule, ("noam", "noam_linear"))
        _require_at_least("warmup_steps", self.warmup_steps, 1)
        _require_at_least("learning_rate", self.learning_rate, 0.0)
        _require_at_least("clip_norm", self.clip_norm, 0.0)
        for name in ("decay_start", "beta_1", "beta_2", "label_smoothing"):
            _require_rate(name, getattr(self, name))


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """How long and how often.

    Attributes:
        steps: updates in all, counted over every run of a workdir.
        batch_tokens: about this many source and this many target tokens a
            batch, padding counted; a batch is what one update is made from,
            whatever the number of devices that share it.
        accumulate_steps: parts in which each device works through its share
            of a batch one after the other, to need less memory; the update
            is the same.
        recompute: whether each layer's activations are computed a second time
            for the gradient rather than kept (gradient checkpointing): a
            third more work and less memory; the update is the same.
        strategy: "auto" (several workers where TF_CONFIG or Slurm names them,
            else several GPUs where there are, else one device), "one_device",
            "mirrored" or "multi_worker".
        cpu_devices: logical devices to split the processor into, which then
            stand for as many GPUs; 1 splits nothing.
        seed: of initial weights, dropout and input order.
        log_every: steps between two lines of metrics.jsonl.
        eval_steps: steps between two evaluations on the dev split.
        eval_sentences: first sentences of dev that are decoded for the dev
            score during training; 0 decodes all.
        checkpoint_steps: steps between two checkpoints.
        checkpoint_minutes: minutes between two checkpoints, besides; 0 leaves
            the time out.
        keep_checkpoints: newest checkpoints kept, besides the best.
        max_bad_steps: steps in a row whose loss or gradient is no finite
            number, and whose update is skipped, after which training stops.
        ema_decay: decay of an exponential moving average of the weights, such
            as 0.999, which is then what is scored, decoded with and exported;
            0 keeps none.
        r_drop: alpha of R-Drop (Liang et al., 2021), which makes two passes
            with dropout agree; 0 makes one pass.
    """

    steps: int = 100_000
    batch_tokens: int = 25_000
    accumulate_steps: int = 1
    recompute: bool = False
    strategy: str = "auto"
    cpu_devices: int = 1
    seed: int = 0
    log_every: int = 100
    eval_steps: int = 5_000
    eval_sentences: int = 0
    checkpoint_steps: int = 1_000
    checkpoint_minutes: float = 10.0
    keep_checkpoints: int = 5
    max_bad_steps: int = 10
    ema_decay: float = 0.0
    r_drop: float = 0.0

    def __post_init__(self) -> None:
        for name in (
            "steps",
            "log_every",
            "eval_steps",
            "checkpoint_steps",
            "keep_checkpoints",
            "max_bad_steps",
            "accumulate_steps",
            "cpu_devices",
        ):
            _require_at_least(name, getattr(self, name), 1)
        _require_at_least("checkpoint_minutes", self.checkpoint_minutes, 0)
        _require_choice(
            "strategy",
            self.strategy,
            ("auto", "one_device", "mirrored", "multi_worker"),
        )
        _require_at_least("batch_tokens", self.batch_tokens, 2)
        _require_at_least("seed", self.seed, 0)
        _require_at_least("eval_sentences", self.eval_sentences, 0)
        _require_rate("ema_decay", self.ema_decay)
        _require_at_least("r_drop", self.r_drop, 0)


@dataclasses.dataclass(frozen=True)
class DecodeConfig:
    """How outputs are searched for (paper, section 6.1).

    Attributes:
        method: "beam", "greedy" or "sample"; of a chart parser "mbr" (the
            tree with the most expected spans) or "cky" (the likeliest tree).
        beam_size: hypotheses kept per sentence.
        length_penalty_alpha: alpha of ((5 + length) / 6) ** alpha.
        extra_length: an output has at most this many tokens more than its
            input (end symbols counted on both sides).
        batch_tokens: largest number of output positions decoded together:
            sentences times the longest output that they may have.
        max_input_length: longest input, in tokens with the end symbol, that
            is decoded; a longer one gets the task's fallback (the input
            itself in translation, a flat tree in parsing), which is counted
            and printed; 0 means no limit.
        constrained: parsing: whether the search is held to well-formed trees.
            Without, what is no tree is repaired, counted and printed.
        tokenized: parsing: whether input lines are words set apart by spaces,
            rather than raw text.
        temperature: of sampling.
        top_k: sample from the k likeliest tokens; 0 means all.
        top_p: sample from the likeliest tokens that hold this much mass.
        seed: of sampling.
    """

    method: str = "beam"
    beam_size: int = 4
    length_penalty_alpha: float = 0.6
    extra_length: int = 50
    batch_tokens: int = 8192
    max_input_length: int = 0
    constrained: bool = True
    tokenized: bool = False
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        _require_choice(
            "method",
            self.method,
            ("beam", "greedy", "sample", *CHART_METHODS),
        )
        for name in ("beam_size", "batch_tokens"):
            _require_at_least(name, getattr(self, name), 1)
        for name in (
            "length_penalty_alpha",
            "extra_length",
            "max_input_length",
            "top_k",
            "seed",
        ):
            _require_at_least(name, getattr(self, name), 0)
        _require(
            self.temperature > 0,
            "temperature",
            "must be above 0",
            self.temperature,
            "Try temperature=1.0, or method=greedy for the limit at 0.",
        )
        _require(
            0.0 < self.top_p <= 1.0,
            "top_p",
            "must be in (0, 1]",
            self.top_p,
            "Try top_p=0.9.",
        )


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
            self._require_no_parser()
        elif self.model.encoder == "words":
            self._require_words()
        _require(
            self.task != "parsing" or self.model.share_embeddings != "all",
            "share_embeddings",
            "must be target or none in parsing, whose source and target have "
            "vocabularies of their own",
            repr(self.model.share_embeddings),
            "Try share_embeddings=target.",
        )

    def _require_no_parser(self) -> None:
        for name, plain in (("encoder", "subwords"), ("parser", "linearized")):
            value = getattr(self.model, name)
            _require(
                value == plain,
                name,
                f"must be {plain} but in parsing",
                f"{value!r} in the task {self.task}",
                f"Leave model.{name} out.",
            )

    def _require_search(self) -> None:
        chart = self.model.parser == "chart"
        methods = "mbr or cky" if chart else "beam, greedy or sample"
        _require(
            chart == (self.decode.method in CHART_METHODS),
            "method",
            f"must be {methods} where model.parser is {self.model.parser}",
            repr(self.decode.method),
            f"Try decode.method={'mbr' if chart else 'beam'}.",
        )
        _require(
            not chart or self.model.encoder == "words",
            "encoder",
            "must be words where model.parser is chart",
            repr(self.model.encoder),
            "Try model.encoder=words.",
        )

    def _require_words(self) -> None:
        _require(
            self.data.terminals == "tags",
            "terminals",
            "must be tags where model.encoder is words, which learns them",
            repr(self.data.terminals),
            "Try data.terminals=tags.",
        )
        for name, value in (
            ("r_drop", self.train.r_drop),
            ("bpe_dropout", self.data.bpe_dropout),
        ):
            _require(
                not value,
                name,
                "must be 0 where model.encoder is words",
                value,
                f"Leave {name} out.",
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
        kind = typing.get_type_hints(SECTIONS[section])[field]
        changes.setdefault(section, {})[field] = _parse(name, text, kind)
    sections = {
        section: dataclasses.replace(getattr(config, section), **fields)
        for section, fields in changes.items()
    }
    return dataclasses.replace(config, **sections)  # type: ignore[arg-type]


def _parse(name: str, text: str, kind: object) -> object:
    """Reads one value of a field's type from a command line."""
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
    raise ConfigError(
        f"`--set {name}` takes a value of type {type_name}. "
        f"Received: {text!r}. Try a value such as its default."
    )


def to_json(config: ExperimentConfig) -> str:
    """Returns the text of `config.json`."""
    return json.dumps(dataclasses.asdict(config), indent=2) + "\n"


def from_json(text: str, path: str = "config.json") -> ExperimentConfig:
    """Reads what `to_json` wrote.

    Args:
        text: the JSON text.
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
