"""The served model: strings in, strings out, in one graph."""

import functools
import typing

import keras
import tensorflow as tf

from tfformer.config import CHART_METHODS, PAD_ID, DecodeConfig
from tfformer.data.vocabulary import Vocabularies
from tfformer.decoding.constraint import IMPOSSIBLE
from tfformer.decoding.search import maximum_lengths, search, search_beam
from tfformer.errors import ConfigError
from tfformer.export.compiled_search import CompiledSearch
from tfformer.export.limits import check_search
from tfformer.models.chart_parser import ChartParser
from tfformer.models.ensemble import ChartEnsemble, Ensemble
from tfformer.models.transformer import Transformer
from tfformer.tasks.task import Task

_TEXT = tf.TensorSpec([None], tf.string, name="text")
# Loops and choices are ops already: AutoGraph would find nothing to translate.
_graph = functools.partial(tf.function, autograph=False)


class ServingModule(tf.Module):
    """Tokenizer, search and detokenizer around a model.

    Args:
        model: a trained `Transformer` or `ChartParser`, or an ensemble.
        vocabularies: of source and target.
        task: prepares and postprocesses strings.
        config: how `serving_default` searches, and the defaults of the beam
            size and alpha of the other signatures.
        jit_max_hypotheses: up to so many, all sentences together, XLA compiles
            the search of `serving_default` and `attention`; see
            `CompiledSearch`. 0: never. The other signatures take the beam's
            size as an input, which XLA must know beforehand, and stay plain.

    Raises:
        ConfigError: if `config` does without the task's constraint, or samples
            while XLA is wanted: it may draw other numbers; or if not even one
            sentence's beam is small enough for it.
    """

    def __init__(
        self,
        model: Transformer | ChartParser | Ensemble | ChartEnsemble,
        vocabularies: Vocabularies,
        task: Task,
        config: DecodeConfig,
        jit_max_hypotheses: int = 0,
    ) -> None:
        super().__init__()
        self.model = model
        self.source_vocabulary, self.target_vocabulary = (
            task.graph_vocabularies(vocabularies)
        )
        self._task, self._config = task, config
        self._constraint = task.constraint(vocabularies)
        if self._constraint is not None and not config.constrained:
            raise ConfigError(
                "`decode.constrained` must be true in an export: what is no "
                "tree is mended by Python only. Received: false. Try --set "
                "decode.constrained=true."
            )
        check_search(config, jit_max_hypotheses)
        self._utility = (
            task.utility(vocabularies) if config.rerank == "mbr" else None
        )
        self._seed = keras.random.SeedGenerator(config.seed)
        # Of the two, TensorFlow saves this one.
        self._seed_state = self._seed.state
        self._compiled = None
        if jit_max_hypotheses:
            most = jit_max_hypotheses // config.hypotheses
            self._compiled = CompiledSearch(
                self._search_ids, most, model.row_width
            )

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

        `explain`: as `n_best`, for one text or several, with what there is to
        look at: `source_pieces`, `hypothesis_pieces` string and
        `hypothesis_log_probs` float32 `[batch, beam_size, target_length]`, and
        of the best hypothesis `encoder`, `decoder` and `cross`, float32
        `[batch, num_layers, num_heads, queries, keys]`.

        A chart parser has `serving_default` only, and an ensemble none of
        `attention` and `explain`: its members attend each for itself.
        """
        text = _TEXT
        best = {"serving_default": _graph(self._best, input_signature=[text])}
        if self._config.method in CHART_METHODS:
            return best
        beam = (
            text,
            tf.TensorSpec([], tf.int32, name="beam_size"),
            tf.TensorSpec([], tf.float32, name="alpha"),
        )
        found = {
            **best,
            "beam_search": _graph(
                self._with_defaults(self._beam_search), input_signature=beam
            ),
            "n_best": _graph(
                self._with_defaults(self._n_best), input_signature=beam
            ),
        }
        if isinstance(self.model, Ensemble):
            return found
        return {
            **found,
            "attention": _graph(self._attention, input_signature=[text]),
            "explain": _graph(
                self._with_defaults(self._explain), input_signature=beam
            ),
        }

    def compiled_batches(self, longest: int) -> list[list[str]]:
        """Makes texts for which all is compiled that XLA ever compiles.

        Args:
            longest: tokens of the longest text that is thought of, its end
                counted; `decode.max_input_length` allows no more either.

        Returns:
            A batch of texts for every shape; none where XLA is not wanted.
        """
        if self._compiled is None:
            return []
        texts: dict[int, str] = {}
        # Every word is a token or more.
        for count in range(1, longest):
            text = " ".join(["a"] * count)
            source = self._read(tf.constant([text]))
            shape = tf.shape(source.inputs)
            if shape[1] > longest * self.model.row_width or source.too_long[0]:
                break
            texts.setdefault(int(self._compiled.padded_shape(shape)[1]), text)
        return [
            [text] * size
            for size in self._compiled.sizes()
            for text in texts.values()
        ]

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
        return _first(self._answer(*self._search(text)))

    def _beam_search(self, text, beam_size, alpha):
        return _first(self._search_beam(text, beam_size, alpha, 1))

    def _n_best(self, text, beam_size, alpha):
        return self._search_beam(text, beam_size, alpha, beam_size)

    def _search_beam(self, text, beam_size, alpha, n_best):
        """Text to outputs and scores `[batch, n_best]`."""
        source = self._read(text)
        return self._answer(
            source, *self._find(source, beam_size, alpha, n_best)
        )

    def _find(self, source, beam_size, alpha, n_best):
        """A `_Source` to ids `[batch, n_best, length]` and scores."""
        return search_beam(
            self.model,
            source.inputs,
            self._maximum_lengths(source),
            beam_size,
            alpha,
            n_best,
            self._constraint,
        )

    def _explain(self, text, beam_size, alpha):
        source = self._read(text)
        tokens, scores = self._find(source, beam_size, alpha, beam_size)
        count, length = tf.shape(tokens)[1], tf.shape(tokens)[2]
        flat = tf.reshape(tokens, [-1, length])
        logits = self.model((tf.repeat(source.inputs, count, axis=0), flat))
        log_probs = tf.gather(
            tf.nn.log_softmax(logits), flat, batch_dims=2, axis=2
        )
        shape = tf.shape(tokens)
        return {
            **self._answer(source, tokens, scores),
            "source_pieces": self.source_vocabulary.pieces(source.inputs),
            "hypothesis_pieces": tf.reshape(
                self.target_vocabulary.pieces(flat), shape
            ),
            "hypothesis_log_probs": tf.reshape(log_probs, shape),
            **self.model.attention_maps(source.inputs, tokens[:, 0]),
        }

    def _attention(self, text):
        source, tokens, scores = self._search(text)
        chosen = tokens[:, 0]
        return {
            **_first(self._answer(source, tokens, scores)),
            "source_pieces": self.source_vocabulary.pieces(source.inputs),
            "target_pieces": self.target_vocabulary.pieces(chosen),
            "attention": self.model.attention_weights(source.inputs, chosen),
        }

    def _search(self, text):
        """Text to its `_Source`, ids and scores, as configured."""
        source = self._read(text)
        if self._compiled is None:
            return source, *self._search_ids(source.inputs)
        longest = tf.reduce_max(self._maximum_lengths(source))
        return source, *self._compiled(source.inputs, tf.maximum(longest, 1))

    def _maximum_lengths(self, source):
        return maximum_lengths(
            source.inputs, self._config.extra_length, self.model.row_width
        )

    def _search_ids(self, inputs, static=False):
        """Ids to ids and scores, as configured; see `search`."""
        return search(
            self.model,
            inputs,
            self._config,
            seed=self._seed,
            constraint=self._constraint,
            static=static,
            utility=self._utility,
        )

    def _read(self, text):
        """Text to its `_Source`."""
        words = self._task.graph_prepare(text, self._config.tokenized)
        inputs = self.source_vocabulary.encode(words)
        most = self._config.max_input_length
        if not most:
            return _Source(words, tf.zeros_like(words, tf.bool), inputs)
        width = self.source_vocabulary.ids_per_token
        first = inputs[:, ::width]
        lengths = tf.reduce_sum(tf.cast(first != PAD_ID, tf.int32), axis=1)
        too_long = lengths > most
        # What is too long is read as if it were blank, so that the others are
        # not padded to its length.
        inputs = self.source_vocabulary.encode(tf.where(too_long, "", words))
        return _Source(words, too_long, inputs)

    def _answer(self, source, tokens, scores):
        """Ids `[batch, n, length]` to outputs and scores `[batch, n]`.

        A blank text has blank outputs of score 0, as in `Inference`.
        """
        shape = tf.shape(scores)
        flat = tf.reshape(tokens, [shape[0] * shape[1], tf.shape(tokens)[2]])
        outputs = self._task.graph_postprocess(
            self.target_vocabulary.decode(flat),
            tf.repeat(source.words, shape[1]),
        )
        outputs = tf.reshape(outputs, shape)
        scores = tf.where(scores <= IMPOSSIBLE / 2, -float("inf"), scores)
        blank = tf.equal(tf.strings.strip(source.words), "")[:, None]
        scores = tf.where(source.too_long[:, None], -float("inf"), scores)
        # Without any hypothesis; the further rows of an n-best list may lack
        # theirs, and are empty.
        none = tf.math.is_inf(scores)
        first = tf.range(shape[1]) == 0
        failed = none[:, 0]
        fallback = self._task.graph_fallback(
            tf.where(failed, source.words, "")
        )[:, None]
        whole = source.too_long[:, None] | first
        outputs = tf.where(none, tf.where(whole, fallback, ""), outputs)
        return {
            "outputs": tf.where(blank, "", outputs),
            "scores": tf.where(blank, 0.0, scores),
        }


class _Source(typing.NamedTuple):
    """A batch of texts as the model reads them.

    Attributes:
        words: string `[batch]`, after the task's `graph_prepare`.
        too_long: bool `[batch]`, whether a text is not decoded.
        inputs: int32 `[batch, length]`, padded with 0.
    """

    words: tf.Tensor
    too_long: tf.Tensor
    inputs: tf.Tensor


def _first(answer):
    """Keeps the best hypothesis of each text."""
    return {name: values[:, 0] for name, values in answer.items()}
