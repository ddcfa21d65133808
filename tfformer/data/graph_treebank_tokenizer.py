"""The treebank tokenizer inside a TensorFlow graph."""

import tensorflow as tf

from tfformer.data.treebank_tokenizer import rules


def to_words(texts: tf.Tensor, tokenized: bool = False) -> tf.Tensor:
    """string `[batch]` to words joined by single spaces, `[batch]`.

    Args:
        texts: any text in UTF-8.
        tokenized: see `tfformer.data.treebank_tokenizer.to_words`.
    """
    texts = tf.strings.join([" ", texts, " "])
    for pattern, replacement in rules(tokenized):
        texts = tf.strings.regex_replace(texts, pattern, replacement)
    # Not `strings.strip`, which takes more than spaces off.
    texts = tf.strings.regex_replace(texts, "^ +", "")
    return tf.strings.regex_replace(texts, " +$", "")
