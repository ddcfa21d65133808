"""Pairs of strings to log-probabilities, in batches and in order."""

import math
import typing
from collections.abc import Callable, Iterable, Iterator

import keras

from tfformer.config import EOS_ID, DecodeConfig
from tfformer.data.ahead import map_ahead
from tfformer.data.encoded import pad_examples
from tfformer.data.vocabulary import Vocabularies
from tfformer.tasks.batching import batches, memory_told, windows
from tfformer.tasks.task import BLANK, Task

Pair: typing.TypeAlias = tuple[str, str]


class PairScore(typing.NamedTuple):
    """What a model says of one pair.

    Attributes:
        log_probability: natural logarithm of the whole target's probability,
            its end included, given the source.
        tokens: how many it is summed over, the end symbol counted; 0 for what
            the model was not asked about.
    """

    log_probability: float
    tokens: int


# The search gives a blank line an empty output, and nothing else.
_CERTAIN = PairScore(0.0, 0)
_UNSCORED = PairScore(-math.inf, 0)


class _Encoded(typing.NamedTuple):
    """A pair in ids; `source` is None where it is blank."""

    source: list[int] | None
    target: list[int]
    blank_target: bool


class PairScoring:
    """Scores given targets with a trained model (forced decoding).

    Args:
        model: a `Transformer`, or an ensemble of them.
        vocabularies: of source and target.
        task: prepares sources; its targets are plain text.
        config: `batch_tokens` and `max_input_length` of it.
        compile_function: makes a graph function of a Python one, such as
            `tf.function`; None runs eagerly.

    Attributes:
        unscored: pairs so far that the model was not asked about, or of which
            it said no number; their score is minus infinity.
    """

    def __init__(
        self,
        model: keras.Model,
        vocabularies: Vocabularies,
        task: Task,
        config: DecodeConfig,
        compile_function=None,
    ) -> None:
        self.task, self.config = task, config
        self.source_vocabulary, self.target_vocabulary = vocabularies
        compile_function = compile_function or (lambda function: function)
        self._log_probabilities = compile_function(model.log_probabilities)
        self.unscored = 0

    def score(
        self,
        pairs: Iterable[Pair],
        on_batch: Callable[[int], object] = lambda count: None,
    ) -> Iterator[PairScore]:
        """Scores pairs in windows, length-sorted batches inside them.

        Args:
            pairs: source and target, as a user has them; a blank target is
                the end symbol alone.
            on_batch: called with the number of pairs after each batch.

        Yields:
            A score for each pair, in the order of the pairs. Where the source
            is blank, or longer than `decode.max_input_length`, the model is
            not asked: the score is minus infinity and no tokens, or 0 if the
            target is blank as well as the source.

        Raises:
            DataError: naming the line, if a batch does not fit in memory.
        """
        first = 1
        # Tokenized beside the scoring of the window before.
        for window in map_ahead(self._encode, windows(pairs)):
            yield from self._score_window(window, first, on_batch)
            first += len(window)

    def _encode(self, window: list[Pair]) -> list[_Encoded]:
        sources = [
            self.task.prepare(source, self.config.tokenized)
            for source, _ in window
        ]
        targets = [target for _, target in window]
        rows = zip(
            sources,
            self.source_vocabulary.encode(sources),
            targets,
            self.target_vocabulary.encode(targets),
            strict=True,
        )
        return [
            _Encoded(
                source_ids if source.strip(BLANK) else None,
                # As a search ends at once, which no text would be split into.
                target_ids if target.strip(BLANK) else [EOS_ID],
                not target.strip(BLANK),
            )
            for source, source_ids, target, target_ids in rows
        ]

    def _score_window(
        self,
        window: list[_Encoded],
        first: int,
        on_batch: Callable[[int], object],
    ) -> list[PairScore]:
        results = [_UNSCORED] * len(window)
        lengths = {}
        for i, pair in enumerate(window):
            if pair.source is None:
                results[i] = _CERTAIN if pair.blank_target else _UNSCORED
            elif not self._is_too_long(pair.source):
                lengths[i] = max(len(pair.source), len(pair.target))
        on_batch(len(window) - len(lengths))
        for batch in batches(lengths, self.config.batch_tokens):
            length = lengths[batch[0]]
            cure = "Make that line shorter, in both texts."
            with memory_told(
                first + batch[0], length, len(batch), self.config, cure
            ):
                scores = self._score_batch([window[i] for i in batch])
            for i, score in zip(batch, scores, strict=True):
                results[i] = score
            on_batch(len(batch))
        self.unscored += results.count(_UNSCORED)
        return results

    def _is_too_long(self, source: list[int]) -> bool:
        return 0 < self.config.max_input_length < len(source)

    def _score_batch(self, batch: list[_Encoded]) -> list[PairScore]:
        scores = self._log_probabilities(
            pad_examples([pair.source or [] for pair in batch]),
            pad_examples([pair.target for pair in batch]),
        )
        # Summed where a long sum loses no digit.
        totals = keras.ops.convert_to_numpy(scores).sum(axis=1, dtype="float64")
        return [
            PairScore(float(total), len(pair.target))
            if math.isfinite(total)
            else _UNSCORED
            for total, pair in zip(totals, batch, strict=True)
        ]
