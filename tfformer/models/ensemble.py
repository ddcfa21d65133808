"""Several trained models that decode as one.

Models of other seeds make other mistakes, and their mean makes fewer: it is
what systems that compete submit, at the cost of as many models.
"""

import keras
from keras import ops

from tfformer.models.chart_parser import Reading


class Ensemble(keras.Model):
    """Transformers whose next token has the mean of their probabilities.

    It decodes and does no more: each member is trained by itself.

    Args:
        members: `Transformer`s of one vocabulary, two or more. Their sizes
            may differ.
    """

    def __init__(self, members):
        super().__init__(name="ensemble")
        self.members = list(members)
        self.row_width = self.members[0].row_width
        self.built = True

    def init_cache(self, inputs, beam_size=1, max_length=None):
        """Makes the cache that `decode_step` needs.

        Args:
            inputs: as of `Transformer.init_cache`.
            beam_size: as of `Transformer.init_cache`.
            max_length: as of `Transformer.init_cache`.

        Returns:
            A dictionary of the same three keys, with a list at each: what
            each member has there.
        """
        caches = [
            member.init_cache(inputs, beam_size, max_length)
            for member in self.members
        ]
        return _by_key(caches)

    def decode_step(self, tokens, step, cache):
        """Scores the next token of every beam.

        Args:
            tokens: as of `Transformer.decode_step`.
            step: as of `Transformer.decode_step`.
            cache: from `init_cache` or the step before.

        Returns:
            float32 log-probabilities `[batch, beam, target_vocab_size]`, which
            are logits too, and the cache with this step in it.
        """
        scored = [
            member.decode_step(
                tokens, step, {key: parts[i] for key, parts in cache.items()}
            )
            for i, member in enumerate(self.members)
        ]
        logits, caches = zip(*scored, strict=True)
        told = [ops.log_softmax(of_member) for of_member in logits]
        return _log_of_mean(told), _by_key(caches)

    def log_probabilities(self, inputs, targets):
        """Scores given targets; see `Transformer.log_probabilities`."""
        return _log_of_mean(
            [
                member.log_probabilities(inputs, targets)
                for member in self.members
            ]
        )


class ChartEnsemble(keras.Model):
    """Chart parsers whose scores of tags, spans and labels are averaged.

    Args:
        members: `ChartParser`s of one vocabulary, two or more.
    """

    def __init__(self, members):
        super().__init__(name="ensemble")
        self.members = list(members)
        self.built = True

    def read(self, inputs):
        """Reads sentences.

        Args:
            inputs: as of `ChartParser`.

        Returns:
            A `Reading`, whose `gaps` are a list, those of each member.
        """
        readings = [member.read(inputs) for member in self.members]
        return Reading(
            lengths=readings[0].lengths,
            tags=_mean(reading.tags for reading in readings),
            gaps=[reading.gaps for reading in readings],
            spans=_mean(reading.spans for reading in readings),
        )

    def label(self, gaps, begins, ends):
        """Scores the labels of spans; see `ChartParser.label`."""
        return _mean(
            member.label(own, begins, ends)
            for member, own in zip(self.members, gaps, strict=True)
        )


def _by_key(caches):
    """Dictionaries of the same keys to one, of lists."""
    return {key: [cache[key] for cache in caches] for key in caches[0]}


def _mean(values):
    values = list(values)
    return sum(values) / len(values)


def _log_of_mean(log_probabilities):
    """Log-probabilities of each member to the logarithm of their mean."""
    total = log_probabilities[0]
    for more in log_probabilities[1:]:
        total = ops.logaddexp(total, more)
    return total - ops.log(float(len(log_probabilities)))
