"""Trees only: the constraint that makes a linearised parse well formed.

The target language has opening and closing brackets with labels and terminal
symbols, one for each word of the sentence (Vinyals et al., 2015). A search
under this constraint returns trees over exactly the sentence's words,
whatever the weights of the model are.

Why every state has a way on: a word that is left may always be taken; a
bracket with something in it may always be closed; a bracket opens only where
a word is left to put into it, where the bounds allow it and where all that
must still come fits into the maximum length. So no state is a dead end, and
the end id comes at the latest where the length runs out.
"""

import typing

import numpy as np
from keras import ops

from tfformer.config import EOS_ID, PAD_ID


class TreeState(typing.NamedTuple):
    """How far each hypothesis is; all tensors `[batch, beam]` but the stack.

    Attributes:
        words_left: int32, words without a terminal yet.
        tokens_left: int32, tokens that fit, end id counted.
        depth: int32, brackets that are open.
        run: int32, brackets opened since the last word or closing.
        stack: int32 `[batch, beam, max_depth]`, the closing ids of the open
            brackets, outermost first.
    """

    words_left: typing.Any
    tokens_left: typing.Any
    depth: typing.Any
    run: typing.Any
    stack: typing.Any


class Words(typing.NamedTuple):
    """The words of the sources, which no step changes.

    Attributes:
        rows: int32 `[batch * (source_length + 1)]`, for each word its row of
            the lexicon, and after a sentence's last word that of nothing.
        end: int32 `[batch, 1]`, where in `rows` a sentence's last word has
            been passed.
        count: int32 `[batch, 1]`, words of each sentence.
    """

    rows: typing.Any
    end: typing.Any
    count: typing.Any


class TreeConstraint:
    """Allows what leads to a tree over the words of the source.

    Args:
        closings: int `[target_vocab_size]`; for the id of an opening bracket
            the id of its closing bracket, else 0.
        terminals: bool `[target_vocab_size]`, whether an id stands for a word.
        word_starts: bool `[source_vocab_size]`, whether an id begins a word,
            so that the words of a source can be counted.
        max_depth: most brackets open at once.
        max_run: most brackets opened without a word or a closing in between.
            No chain of unary brackets is longer.
        lexicon: bool `[source_vocab_size, target_vocab_size]`: the terminals
            that a word may have which is this one piece; each row has one at
            least. None allows all. It keeps a parse in step with the words: a
            model that has skipped one would go on with its neighbour's tags.
        row_width: ids of the source that stand for one token together, of
            which the first is looked at.
    """

    def __init__(
        self,
        closings: np.ndarray,
        terminals: np.ndarray,
        word_starts: np.ndarray,
        max_depth: int,
        max_run: int,
        lexicon: np.ndarray | None = None,
        row_width: int = 1,
    ) -> None:
        self._row_width = row_width
        self._closings = np.asarray(closings, np.int32)
        self._opens = self._closings > 0
        self._terminals = np.asarray(terminals, bool)
        ids = np.arange(len(self._closings))
        closes = np.isin(ids, self._closings[self._opens])
        # Its closing id, by how much it changes the depth, words it uses.
        self._known = np.stack(
            [
                self._closings,
                self._opens.astype("int32") - closes,
                self._terminals,
            ],
            axis=1,
        ).astype("int32")
        self._word_starts = np.asarray(word_starts, np.int32)
        self._max_depth, self._max_run = max_depth, max_run
        # Row 0, of padding, is that of words with several pieces.
        self._lexicon = np.tile(self._terminals, (len(word_starts), 1))
        if lexicon is not None:
            self._lexicon = self._lexicon & lexicon
        self._lexicon[0] = self._terminals
        # One row more, of nothing, where no word is left: a look-up costs
        # less than a comparison with everything.
        nothing = np.zeros_like(self._terminals)
        self._lexicon = np.vstack([self._lexicon, nothing])
        is_end = ids == EOS_ID
        self._opening_or_end = np.stack(
            [nothing, self._opens, is_end, self._opens | is_end]
        )

    def read(self, inputs):
        """Returns the `Words` of the sources; see `Constraint`."""
        inputs = inputs[:, :: self._row_width]
        starts = ops.take(ops.convert_to_tensor(self._word_starts), inputs)
        count = ops.sum(starts, axis=1)[:, None]
        rows = self._lexicon_rows(inputs, starts)
        rows = ops.concatenate([rows, ops.zeros_like(rows[:, :1])], axis=1)
        batch, width = ops.shape(rows)
        place = ops.arange(width, dtype="int32")
        rows = ops.where(place < count, rows, len(self._lexicon) - 1)
        first = ops.arange(batch, dtype="int32")[:, None] * width
        return Words(ops.reshape(rows, (-1,)), first + count, count)

    def first_state(self, source, max_lengths, beam_size):
        """Returns the state of empty hypotheses; see `Constraint`."""
        none = ops.zeros((ops.shape(source.count)[0], beam_size), "int32")
        return TreeState(
            words_left=none + source.count,
            tokens_left=none + ops.cast(max_lengths, "int32")[:, None],
            depth=none,
            run=none,
            stack=none[:, :, None] + ops.zeros((self._max_depth,), "int32"),
        )

    def _lexicon_rows(self, inputs, starts):
        """int32 `[batch, source_length]`, the row of each word, in order."""
        begins = starts > 0
        no_word = ops.zeros_like(starts[:, :1])
        # The end id, or padding, follows the last word.
        goes_on = ops.concatenate([1 - starts[:, 1:], no_word], axis=1)
        following = ops.concatenate([inputs[:, 1:], no_word], axis=1)
        goes_on = _all(goes_on > 0, following != EOS_ID, following != PAD_ID)
        rows = ops.where(_all(begins, ops.logical_not(goes_on)), inputs, 0)
        place = ops.arange(ops.shape(inputs)[1], dtype="int32")
        last = ops.shape(inputs)[1]
        order = ops.argsort(ops.where(begins, place, place + last), axis=1)
        return ops.take_along_axis(rows, order, axis=1)

    def allowed(self, source, state):
        """Returns bool `[batch, beam, vocabulary]`; see `Constraint`."""
        # What must still come: the words, the closings and the end id. An
        # opening adds itself and its closing.
        needed = state.words_left + state.depth + 1
        words_remain = state.words_left > 0
        may_open = _all(
            words_remain,
            state.depth < self._max_depth,
            state.run < self._max_run,
            needed + 2 <= state.tokens_left,
        )
        may_close = _all(state.depth > 0, state.run == 0)
        may_end = _all(state.depth == 0, ops.logical_not(words_remain))
        case = ops.cast(may_open, "int32") + 2 * ops.cast(may_end, "int32")
        # An impossible hypothesis may have taken more than there were.
        left = ops.maximum(state.words_left, 0)
        row = ops.take(source.rows, source.end - left)
        # No id is below 0.
        closing = ops.where(may_close, self._top(state), -1)
        ids = np.arange(len(self._closings), dtype="int32")
        return _any(
            ops.take(ops.convert_to_tensor(self._opening_or_end), case, axis=0),
            ops.take(ops.convert_to_tensor(self._lexicon), row, axis=0),
            ids == closing[..., None],
        )

    def advance(self, state, tokens):
        """Returns the state after one more token; see `Constraint`."""
        # One look-up for all that is known of a token.
        known = ops.take(ops.convert_to_tensor(self._known), tokens, axis=0)
        closing, deeper, used = ops.unstack(known, 3, axis=-1)
        opens = closing > 0
        place = np.arange(self._max_depth, dtype="int32")
        pushed = _all(opens[..., None], place == state.depth[..., None])
        return TreeState(
            words_left=state.words_left - used,
            tokens_left=state.tokens_left - 1,
            depth=state.depth + deeper,
            run=ops.where(opens, state.run + 1, 0),
            stack=ops.where(pushed, closing[..., None], state.stack),
        )

    def _top(self, state):
        """The closing id of the innermost open bracket, 0 if there is none."""
        place = np.arange(self._max_depth, dtype="int32")
        innermost = place == (state.depth - 1)[..., None]
        return ops.sum(ops.where(innermost, state.stack, 0), axis=-1)


def _all(*conditions):
    result = conditions[0]
    for condition in conditions[1:]:
        result = ops.logical_and(result, condition)
    return result


def _any(*conditions):
    result = conditions[0]
    for condition in conditions[1:]:
        result = ops.logical_or(result, condition)
    return result
