"""F1 of brackets between the parses of one sentence: parsing's utility."""

from keras import ops

from tfformer.decoding.overlap import overlap


class BracketF1:
    """Scores linearised trees against each other by their labelled spans.

    Args:
        closings: int32 `[vocabulary]`, an opening bracket's closing id, else
            0.
        terminals: bool `[vocabulary]`, whether an id stands for a word.
    """

    def __init__(self, closings, terminals) -> None:
        self._opens = closings > 0
        self._closes = closings < 0
        self._closes[closings[self._opens]] = True
        self._terminals = terminals

    def __call__(self, tokens, reference):
        """Scores parses against one.

        Args:
            tokens: int32 `[n, length]`, well-formed, padded with 0.
            reference: int32 `[length]`.

        Returns:
            float32 `[n]` in [0, 1].
        """
        items, real = self._spans(tokens)
        others, others_real = self._spans(reference[None])
        matches = overlap(items, real, others[0], others_real[0])
        total = _count(real) + _count(others_real)
        # Two without any bracket agree.
        return ops.where(
            total > 0.0, 2.0 * matches / ops.maximum(total, 1.0), 1.0
        )

    def _spans(self, tokens):
        """Returns label, begin and end of what closes, and where that is."""
        words = self._counted(self._terminals, tokens)
        begins = self._begins(tokens, words)
        closes = ops.take(self._closes, tokens, axis=0)
        return ops.stack([tokens, begins, words], axis=-1), closes

    def _counted(self, kind, tokens):
        """Counts how many tokens of a kind there are up to each."""
        found = ops.cast(ops.take(kind, tokens, axis=0), "int32")
        return ops.cumsum(found, axis=1)

    def _begins(self, tokens, words):
        """Returns, where a bracket closes, the words before it opened."""
        opens = ops.take(self._opens, tokens, axis=0)
        depth = self._counted(self._opens, tokens) - self._counted(
            self._closes, tokens
        )
        place = ops.arange(ops.shape(tokens)[1])
        # Its opening is the last before it that led to one level more than
        # there is behind it.
        fits = ops.logical_and(
            opens[:, None], depth[:, None] == depth[:, :, None] + 1
        )
        fits = ops.logical_and(fits, place[None] < place[:, None])
        opening = ops.max(ops.where(fits, place, 0), axis=-1)
        return ops.take_along_axis(words, opening, axis=1)


def _count(real):
    return ops.sum(ops.cast(real, "float32"), axis=1)
