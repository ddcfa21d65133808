"""A SentencePiece vocabulary inside a TensorFlow graph."""

import tensorflow as tf
import tensorflow_text as tf_text

from tfformer.config import BOS_ID, EOS_ID, PAD_ID
from tfformer.data.vocabulary import ESCAPES, PREFIX


class GraphVocabulary(tf.Module):
    """The graph face of `Vocabulary`: string tensors to id tensors and back.

    The SentencePiece model becomes part of the graph, and so of a SavedModel
    that holds this module.

    Args:
        model: bytes of the SentencePiece model.
    """

    ids_per_token = 1

    def __init__(self, model: bytes) -> None:
        super().__init__()
        self._tokenizer = tf_text.SentencepieceTokenizer(
            model=model, out_type=tf.int32
        )

    def encode(self, texts: tf.Tensor) -> tf.Tensor:
        """string `[batch]` to int32 `[batch, length]`, ended and padded."""
        texts = tf.strings.join([PREFIX, texts])
        for plain, escaped in ESCAPES:
            texts = tf.strings.regex_replace(texts, plain, escaped)
        ids = self._tokenizer.tokenize(texts)
        end = tf.fill([tf.size(texts), 1], EOS_ID)
        return tf.concat([ids, end], axis=1).to_tensor(PAD_ID)

    def decode(self, ids: tf.Tensor) -> tf.Tensor:
        """int32 `[batch, length]` to string `[batch]`; drops special ids."""
        texts = self._tokenizer.detokenize(self._without_special(ids))
        for plain, escaped in reversed(ESCAPES):
            texts = tf.strings.regex_replace(texts, escaped, plain)
        return tf.strings.regex_replace(texts, f"^{PREFIX}", "")

    def pieces(self, ids: tf.Tensor) -> tf.Tensor:
        """int32 `[batch, length]` to the piece of each id, "" for padding."""
        pieces = self._tokenizer.id_to_string(ids)
        return tf.where(tf.equal(ids, PAD_ID), "", pieces)

    @staticmethod
    def _without_special(ids: tf.Tensor) -> tf.RaggedTensor:
        real = tf.reduce_all(
            [tf.not_equal(ids, i) for i in (PAD_ID, BOS_ID, EOS_ID)], axis=0
        )
        return tf.ragged.boolean_mask(ids, real)
