"""The served model: strings in, strings out, in one graph."""

import keras
import tensorflow as tf

from tfformer.config import DecodeConfig
from tfformer.data.graph_vocabulary import GraphVocabulary
from tfformer.data.vocabulary import Vocabulary
from tfformer.decoding.beam_search import IMPOSSIBLE
from tfformer.decoding.search import maximum_lengths, search, search_beam
from tfformer.models.transformer import Transformer
from tfformer.tasks.task import Task

_TEXT = tf.TensorSpec([None], tf.string, name="text")


class ServingModule(tf.Module):
    """Tokenizer, search and detokenizer around a model.

    Args:
        model: a trained `Transformer`.
        vocabularies: of source and target.
        task: postprocesses what is decoded.
        config: how `serving_default` searches, and the defaults of the beam
            size and alpha of the other signatures.
    """

    def __init__(
        self,
        model: Transformer,
        vocabularies: tuple[Vocabulary, Vocabulary],
        task: Task,
        config: DecodeConfig,
    ) -> None:
        super().__init__()
        self.model = model
        self.source_vocabulary = GraphVocabulary(vocabularies[0].model)
        self.target_vocabulary = GraphVocabulary(vocabularies[1].model)
        self._task, self._config = task, config
        self._seed = keras.random.SeedGenerator(config.seed)

    def signatures(self) -> dict[str, tf.types.experimental.GenericFunction]:
        """Returns the functions to save, by signature name.

        `serving_default`: `text` string `[batch]` to `outputs` string
        `[batch]` and `scores` float32 `[batch]`.

        `beam_search`: the same, with `beam_size` int32 `[]` and `alpha`
        float32 `[]` as further inputs, which have defaults.

        `n_best`: as `beam_search`, with `outputs` and `scores` `[batch,
        beam_size]`, best first.

        `attention`: `text` to `outputs` and `scores` as by default, with
        `source_pieces` string `[batch, source_length]`, `target_pieces`
        string `[batch, target_length]` and `attention` float32 `[batch,
        num_layers, num_heads, target_length, source_length]`.
        """
        text = _TEXT
        beam = (
            text,
            tf.TensorSpec([], tf.int32, name="beam_size"),
            tf.TensorSpec([], tf.float32, name="alpha"),
        )
        return {
            "serving_default": tf.function(self._best, input_signature=[text]),
            "beam_search": tf.function(
                self._with_defaults(self._beam_search), input_signature=beam
            ),
            "n_best": tf.function(
                self._with_defaults(self._n_best), input_signature=beam
            ),
            "attention": tf.function(self._attention, input_signature=[text]),
        }

    def _with_defaults(self, function):
        """Gives `beam_size` and `alpha` the defaults of the configuration.

        TensorFlow writes defaults that are tensors into the SavedModel.
        """

        def with_defaults(
            text,
            beam_size=tf.constant(self._config.beam_size),  # noqa: B008
            alpha=tf.constant(self._config.length_penalty_alpha),  # noqa: B008
        ):
            return function(text, beam_size, alpha)

        return with_defaults

    def _best(self, text):
        tokens, scores = search(
            self.model,
            self.source_vocabulary.encode(text),
            self._config,
            seed=self._seed,
        )
        return _first(self._answer(text, tokens, scores))

    def _beam_search(self, text, beam_size, alpha):
        tokens, scores = self._search_beam(text, beam_size, alpha, 1)
        return _first(self._answer(text, tokens, scores))

    def _n_best(self, text, beam_size, alpha):
        tokens, scores = self._search_beam(text, beam_size, alpha, beam_size)
        return self._answer(text, tokens, scores)

    def _search_beam(self, text, beam_size, alpha, n_best):
        inputs = self.source_vocabulary.encode(text)
        lengths = maximum_lengths(inputs, self._config.extra_length)
        return search_beam(
            self.model, inputs, lengths, beam_size, alpha, n_best
        )

    def _attention(self, text):
        inputs = self.source_vocabulary.encode(text)
        tokens, scores = search(
            self.model, inputs, self._config, seed=self._seed
        )
        return {
            **_first(self._answer(text, tokens, scores)),
            "source_pieces": self.source_vocabulary.pieces(inputs),
            "target_pieces": self.target_vocabulary.pieces(tokens[:, 0]),
            "attention": self.model.attention_weights(inputs, tokens[:, 0]),
        }

    def _answer(self, text, tokens, scores):
        """Ids `[batch, n, length]` to outputs and scores `[batch, n]`.

        A blank text has blank outputs of score 0, as in `Inference`.
        """
        shape = tf.shape(scores)
        flat = tf.reshape(tokens, [shape[0] * shape[1], tf.shape(tokens)[2]])
        outputs = self._task.graph_postprocess(
            self.target_vocabulary.decode(flat), tf.repeat(text, shape[1])
        )
        outputs = tf.reshape(outputs, shape)
        scores = tf.where(scores <= IMPOSSIBLE / 2, -float("inf"), scores)
        blank = tf.equal(tf.strings.strip(text), "")[:, None]
        return {
            "outputs": tf.where(blank, "", outputs),
            "scores": tf.where(blank, 0.0, scores),
        }


def _first(answer):
    """Keeps the best hypothesis of each text."""
    return {name: values[:, 0] for name, values in answer.items()}
