"""The section `data`: where examples come from and how they become ids."""

import dataclasses
import re

from tfformer.config.rules import Rules

_RULES = Rules("data")
# What `data.source` may be, besides the names of TensorFlow Datasets.
POCKET = ("pocket", "pocket_small")
SOURCES = ("text", *POCKET, "ptb", "nltk_treebank", "prepared")
TFDS = "tfds:"
# sacreBLEU's, by its own names; two need packages of their own, and
# the last four a model that sacreBLEU downloads.
BLEU_TOKENIZERS = (
    "13a",
    "intl",
    "none",
    "zh",
    "char",
    "ja-mecab",
    "ko-mecab",
    "flores101",
    "flores200",
    "spm",
    "spBLEU-1K",
)
# The special ids, all bytes and some text.
LEAST_VOCABULARY = 264
_TFDS_NAME = re.compile(r"tfds:\w+(/[\w.+-]+)?(:[\w.*]+)?")


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Where examples come from and how they become ids.

    Attributes:
        source: "text" reads `<split>.<language>` files from --data_dir, or
            `<split>.mrg` for parsing; "pocket" generates the embedded
            synthetic corpus, "pocket_small" a tenth of its training split;
            "ptb" (a folder of LDC99T42) and "nltk_treebank" (NLTK's sample of
            it) are treebanks for parsing;
            `tfds:NAME[/CONFIG][:VERSION]` is a translation set of TensorFlow
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
            pair; longer pairs are left out and counted. With
            model.encoder=words it counts words and 2, whatever the length of
            the tree.
        max_words: parsing: most words of a training sentence; longer ones are
            left out and counted; 0 means any number.
        terminals: parsing: what stands for a word in a linearised tree, "xx"
            for the same symbol always or "tags" for its part of speech.
        collapse_unaries: parsing: whether X over nothing but X becomes X in
            the training trees.
        skip_malformed: parsing: whether a tree that is malformed within is
            left out and counted rather than an error; brackets that do not
            match always are one, for nobody knows where that tree ends.
        extra_data_dir: folder whose examples are mixed into the training
            split, as often as `extra_weight` says: parsing has trees there,
            `<train_split>.mrg` (semi-supervised training, section 6.3), and
            translation pairs, `<train_split>.<language>`, such as
            back-translations (Sennrich et al., 2016).
        extra_weight: how often an extra example comes for each time that one
            of the data comes: 0 (none is read), a whole number, or 1 over
            one.
        bpe_dropout: share of the merges of SentencePiece's BPE that are left
            out at random each time a training sentence is read (Provilkov et
            al., 2020); 0 segments every sentence one way.
        bpe_dropout_sides: "both" or "source"; parsing has the source only.
        bleu_tokenize: translation: sacreBLEU's tokenizer: "13a", "intl",
            "zh", "char", "ja-mecab", "ko-mecab", "flores101", "flores200",
            "spm", "spBLEU-1K", or "none" for text that is tokenised already.
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
        _RULES.choice(self, "terminals", ("xx", "tags"))
        _RULES.rate(self, "bpe_dropout")
        _RULES.choice(self, "bpe_dropout_sides", ("both", "source"))
        _RULES.choice(self, "bleu_tokenize", BLEU_TOKENIZERS)
        _RULES.at_least(self, 0, "max_words")
        self._require_extra_weight()
        _RULES.at_least(self, LEAST_VOCABULARY, "vocab_size")
        _RULES.at_least(self, 2, "max_length")
        _RULES.require(
            self.source_language != self.target_language,
            "target_language",
            "must differ from data.source_language",
            repr(self.target_language),
            "Try data.target_language=de.",
        )

    def _require_source(self) -> None:
        _RULES.require(
            self.source in SOURCES or bool(_TFDS_NAME.fullmatch(self.source)),
            "source",
            f"must be one of {', '.join(SOURCES)} or "
            "tfds:NAME[/CONFIG][:VERSION]",
            repr(self.source),
            "Try data.source=text, or tfds:wmt14_translate/de-en.",
        )
        _RULES.require(
            self.manual_dir is None or self.source.startswith(TFDS),
            "manual_dir",
            f"is for sources that begin with {TFDS}",
            f"data.source={self.source}, manual_dir={self.manual_dir}",
            "Try data.manual_dir=none.",
        )

    def _require_extra_weight(self) -> None:
        weight = self.extra_weight
        ratio = 1 / weight if 0 < weight < 1 else weight
        _RULES.require(
            0 <= ratio <= 1000 and abs(ratio - round(ratio)) < 1e-6,
            "extra_weight",
            "must be 0, a whole number up to 1000, or 1 over one",
            weight,
            "Try data.extra_weight=0.5.",
        )
