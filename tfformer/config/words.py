"""The section `words`: an encoder of words, in parsing."""

import dataclasses

from tfformer.config.rules import Rules

_RULES = Rules("words")


@dataclasses.dataclass(frozen=True)
class WordsConfig:
    """What the model `WordEncoder` is built from besides `ModelConfig`.

    Of `ModelConfig` it reads the fields of the encoder: num_layers to
    ffn_dropout_rate, normalization, attention_window, initializer_gain and
    dtype.

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
        _RULES.choice(self, "recurrence", ("bilstm", "none"))
        _RULES.at_least(
            self,
            1,
            "recurrent_layers",
            "word_dim",
            "character_dim",
            "character_filters",
            "tag_dim",
        )
        _RULES.at_least(self, 0, "tag_weight")
        _RULES.rate(self, "embedding_dropout_rate", "dropout_rate")
