"""A Transformer whose encoder reads words, for linearised parsing."""

import keras
import numpy as np
from keras import ops

from tfformer.layers.rows import take_rows
from tfformer.models.transformer import Transformer
from tfformer.models.word_encoder import WordEncoder


@keras.saving.register_keras_serializable("tfformer")
class WordTransformer(Transformer):
    """A `WordEncoder` under the Transformer's decoder.

    A linearised tree has one terminal for each word, in order. So at every
    place of the target it is known which word comes next, and the decoder is
    given what the encoder made of that word: a pointer that never has to be
    learnt (Vinyals et al., 2015, let attention find it).

    Args:
        word_encoder: the arguments of `WordEncoder`, as a dictionary; its
            tags are the terminals, in their order.
        terminals: the target ids that stand for a word.
        **settings: the other arguments of `Transformer`.

    Call arguments:
        inputs: a pair, the inputs of `WordEncoder` and the targets of
            `Transformer`.
        training: whether dropout acts.

    Returns:
        float32 logits `[batch, target_length, target_vocab_size]`.
    """

    reads = "words"

    def __init__(self, word_encoder, terminals, **settings):
        super().__init__(**{"encoder": self.reads, **settings})
        self.settings["word_encoder"] = dict(word_encoder)
        self.settings["terminals"] = [int(i) for i in terminals]
        size = self.settings["target_vocab_size"]
        self._is_terminal = np.isin(np.arange(size), terminals).astype("int32")
        self.row_width = word_encoder["row_width"]
        self.word_encoder = WordEncoder(
            **word_encoder, dtype=self.dtype_policy, name="word_encoder"
        )
        self.next_word = keras.layers.Dense(
            self.settings["model_dim"],
            use_bias=False,
            dtype=self.dtype_policy,
            name="next_word",
        )

    def _make_encoder(self):
        """Leaves it to `__init__`, which knows what it is made from."""

    def _build_encoder(self, hidden):
        self.word_encoder.build()
        self.next_word.build(hidden)

    def source_mask(self, inputs):
        return self.word_encoder.mask(inputs)

    def encode(self, inputs, training=False, watch=None):
        return self.read(inputs, training, watch).states

    def read(self, inputs, training=False, watch=None):
        """Reads the source; see `WordEncoder`."""
        return self.word_encoder(
            inputs,
            training=training,
            call_layer=self.call_layer,
            watch=watch,
        )

    def embed_targets(self, tokens, memory):
        x = super().embed_targets(tokens, memory)
        taken = ops.cumsum(self.terminals_of(tokens), axis=1)
        return x + _point(self.next_word(memory), taken)

    def terminals_of(self, tokens):
        """int32, 1 where a target id stands for a word, else 0."""
        is_terminal = ops.convert_to_tensor(self._is_terminal)
        return ops.take(is_terminal, ops.cast(tokens, "int32"))

    def init_cache(self, inputs, beam_size=1, max_length=None):
        cache = super().init_cache(inputs, beam_size, max_length)
        shape = (ops.shape(inputs)[0], beam_size)
        cache["beams"]["taken"] = ops.zeros(shape, "int32")
        return cache

    def _shared_cache(self, inputs, memory):
        shared = super()._shared_cache(inputs, memory)
        return {**shared, "next_words": self.next_word(memory)}

    def embed_step(self, tokens, step, cache):
        x, _ = super().embed_step(tokens, step, cache)
        taken = cache["beams"]["taken"] + self.terminals_of(tokens)
        x = x + _point(cache["shared"]["next_words"], taken)
        return x, {"taken": taken}


def _point(next_words, taken):
    """What the decoder is told of the word after those taken.

    Row 0 is of the sentence's begin, the last one of its end. A hypothesis
    that is impossible may have taken more.
    """
    row = ops.minimum(taken + 1, ops.shape(next_words)[1] - 1)
    return take_rows(next_words, row)
