"""The contract of a constraint: what a hypothesis may go on with."""

import typing

from tfformer.config import BOS_ID, PAD_ID, UNK_ID

# The score of what must not be chosen. Finite: differences of two stay finite.
IMPOSSIBLE = -1e9


class Constraint(typing.Protocol):
    """Bars tokens, so that every finished hypothesis keeps some rule.

    What it reads from the sources, one for each sentence, stays as it is
    through a search. Its state is a pytree of tensors `[batch, beam, ...]`,
    which a search reorders with the hypotheses that it belongs to. Barred
    tokens get no probability; those left keep the model's own, so that scores
    of different hypotheses compare as without a constraint.

    Every state that a search can reach must allow at least one token, and the
    end id alone, or not at all, where the maximum length is reached.
    """

    def read(self, inputs: typing.Any) -> typing.Any:
        """Returns what every step needs of the sources and none changes.

        Args:
            inputs: int32 `[batch, source_length]`, padded with 0.
        """

    def first_state(
        self, source: typing.Any, max_lengths: typing.Any, beam_size: typing.Any
    ) -> typing.Any:
        """Returns the state of empty hypotheses.

        Args:
            source: from `read`.
            max_lengths: int32 `[batch]`, most tokens, end id counted.
            beam_size: int or scalar tensor.
        """

    def allowed(self, source: typing.Any, state: typing.Any) -> typing.Any:
        """Returns bool `[batch, beam, vocabulary]`; True = may come next.

        None allows everything, and spares a pass over the logits.
        """

    def advance(self, state: typing.Any, tokens: typing.Any) -> typing.Any:
        """Returns the state after one more token, int32 `[batch, beam]`.

        A token that was barred, as of a beam that is impossible anyway, gives
        any state of the same shape.
        """


# The ids that no text has, to which label smoothing gives a share.
NO_TEXT = (PAD_ID, BOS_ID, UNK_ID)


class Unconstrained:
    """Allows everything."""

    def read(self, inputs):
        """Reads nothing."""
        del inputs
        return ()

    def first_state(self, source, max_lengths, beam_size):
        """Returns no state."""
        del source, max_lengths, beam_size
        return ()

    def allowed(self, source, state):
        """Returns None."""
        del source, state

    def advance(self, state, tokens):
        """Returns no state."""
        del tokens
        return state
