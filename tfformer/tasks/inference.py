"""Strings to hypotheses, in batches of like length and in order."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator

import keras
import numpy as np

from tfformer.config import CHART_METHODS, DecodeConfig
from tfformer.data.ahead import map_ahead
from tfformer.data.encoded import pad_examples
from tfformer.data.vocabulary import Vocabularies
from tfformer.decoding.constraint import IMPOSSIBLE
from tfformer.decoding.length_penalty import length_penalty
from tfformer.decoding.search import search
from tfformer.tasks.batching import batches, memory_told, windows
from tfformer.tasks.task import BLANK, Task


@dataclasses.dataclass(frozen=True)
class Hypothesis:
    """One output for one input.

    Attributes:
        text: after the task's `postprocess`.
        score: log-probability over length penalty (a plain log-probability
            unless the method is "beam").
        log_probability: of its tokens, without a penalty.
        tokens: how many, end symbol counted; of a chart parser, the words; 0
            for what was not decoded.
        too_long: whether it was not, for `decode.max_input_length`.
    """

    text: str
    score: float
    log_probability: float = float("-inf")
    tokens: int = 0
    too_long: bool = False

    @property
    def confidence(self) -> float:
        """The geometric mean of its tokens' probabilities; 0 for none."""
        if not self.tokens:
            return 0.0
        return math.exp(self.log_probability / self.tokens)


class Inference:
    """Decodes text with a trained model.

    Args:
        model: a `Transformer` or a `ChartParser`, or an ensemble.
        vocabularies: of source and target.
        task: postprocesses what is decoded.
        config: how to search.
        compile_function: makes a graph function of a Python one, such as
            `tf.function`; None runs eagerly.

    Attributes:
        repaired: hypotheses so far that were malformed and had to be mended.
        fallbacks: lines so far that got the task's fallback: too long to
            decode, or without any hypothesis, as by weights that are no
            numbers.
    """

    def __init__(
        self,
        model: keras.Model,
        vocabularies: Vocabularies,
        task: Task,
        config: DecodeConfig,
        compile_function=None,
    ) -> None:
        self.model, self.task, self.config = model, task, config
        self.source_vocabulary, self.target_vocabulary = vocabularies
        self._compile = compile_function or (lambda function: function)
        self.repaired = self.fallbacks = 0
        self._constraint = (
            task.constraint(vocabularies) if config.constrained else None
        )
        self._utility = (
            task.utility(vocabularies) if config.rerank == "mbr" else None
        )
        self._seed = keras.random.SeedGenerator(config.seed)
        self._searches: dict[int, Callable] = {}

    def decode(
        self,
        lines: Iterable[str],
        n_best: int = 1,
        on_batch: Callable[[int], object] = lambda count: None,
        prepared: bool = False,
    ) -> Iterator[list[Hypothesis]]:
        """Decodes lines in windows, length-sorted batches inside them.

        Args:
            lines: any text; an empty line gives empty hypotheses.
            n_best: hypotheses for each line, best first.
            on_batch: called with the number of lines after each batch.
            prepared: whether the lines are as the task's examples have them,
                and not as a user writes.

        Yields:
            `n_best` hypotheses for each line, in the order of the lines.

        Raises:
            ConfigError: if `n_best` exceeds what the method can give.
            DataError: naming the line, if a batch does not fit in memory.
        """
        self.config.check_n_best(n_best)

        def encode(window: list[str]) -> tuple[list[str], list[list[int]]]:
            if not prepared:
                window = [
                    self.task.prepare(line, self.config.tokenized)
                    for line in window
                ]
            return window, self.source_vocabulary.encode(window)

        first = 1
        # Tokenized beside the searches of the window before.
        for window, encoded in map_ahead(encode, windows(lines)):
            yield from self._decode_window(
                window, encoded, first, n_best, on_batch
            )
            first += len(window)

    def _decode_window(
        self,
        window: list[str],
        encoded: list[list[int]],
        first: int,
        n_best: int,
        on_batch: Callable[[int], object],
    ) -> list[list[Hypothesis]]:
        results = [[Hypothesis("", 0.0)] * n_best for _ in window]
        filled = [i for i, line in enumerate(window) if line.strip(BLANK)]
        short = [i for i in filled if not self._is_too_long(encoded[i])]
        for i in set(filled).difference(short):
            results[i] = [self._fallback(window[i], too_long=True)] * n_best
        # By what the caches may grow to.
        positions = {
            i: self._length(encoded[i]) + self._extra_length for i in short
        }
        for batch in batches(positions, self.config.batch_tokens):
            length = self._length(encoded[batch[0]])
            cure = (
                f"Try --set decode.max_input_length={min(length - 1, 1000)}; "
                "what is longer gets the task's fallback."
            )
            with memory_told(
                first + batch[0], length, len(batch), self.config, cure
            ):
                tokens, scores = self._search(
                    pad_examples([encoded[i] for i in batch]), n_best
                )
            flat = tokens.reshape(-1, tokens.shape[-1])
            texts = iter(self.target_vocabulary.decode(flat))
            lengths = self._lengths(tokens)
            totals = scores * self._penalties(lengths)
            for i, *rows in zip(batch, scores, totals, lengths, strict=True):
                results[i] = [
                    self._hypothesis(next(texts), window[i], *numbers)
                    for numbers in zip(*rows, strict=True)
                ]
                row = rows[0]
                if row[0] <= IMPOSSIBLE / 2:
                    results[i][0] = self._fallback(window[i])
            on_batch(len(batch))
        on_batch(len(window) - len(short))
        return results

    def _fallback(self, inputs: str, too_long: bool = False) -> Hypothesis:
        self.fallbacks += 1
        text = self.task.fallback(inputs)
        return Hypothesis(text, float("-inf"), too_long=too_long)

    def _is_too_long(self, ids: list[int]) -> bool:
        return 0 < self.config.max_input_length < self._length(ids)

    @property
    def _extra_length(self) -> int:
        # A chart has no outputs that grow.
        chart = self.config.method in CHART_METHODS
        return 0 if chart else self.config.extra_length

    def _length(self, ids: list[int]) -> int:
        """Tokens of an encoded line."""
        return len(ids) // self.source_vocabulary.ids_per_token

    def _lengths(self, tokens: np.ndarray) -> np.ndarray:
        """Tokens of each hypothesis, of which each may be several ids."""
        width = self.target_vocabulary.ids_per_token
        return -(-np.count_nonzero(tokens, axis=-1) // width)

    def _penalties(self, lengths: np.ndarray) -> np.ndarray:
        """What log-probabilities were divided by, `[batch, n_best]`."""
        if self.config.method != "beam":
            return np.ones(lengths.shape)
        return keras.ops.convert_to_numpy(
            length_penalty(lengths, self.config.length_penalty_alpha)
        )

    def _hypothesis(
        self, text: str, inputs: str, score, log_probability, tokens
    ) -> Hypothesis:
        if score <= IMPOSSIBLE / 2:
            return Hypothesis("", float("-inf"))
        output = self.task.postprocess(text, inputs)
        self.repaired += output.repaired
        return Hypothesis(
            output.text, float(score), float(log_probability), int(tokens)
        )

    def _search(self, inputs: np.ndarray, n_best: int):
        if n_best not in self._searches:
            self._searches[n_best] = self._compile(
                lambda ids: search(
                    self.model,
                    ids,
                    self.config,
                    n_best,
                    self._seed,
                    self._constraint,
                    utility=self._utility,
                )
            )
        tokens, scores = self._searches[n_best](inputs)
        return (
            keras.ops.convert_to_numpy(tokens),
            keras.ops.convert_to_numpy(scores),
        )
