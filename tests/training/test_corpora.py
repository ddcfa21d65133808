"""What training reads."""

import types

import numpy as np
import pytest

from tfformer.config import override
from tfformer.tasks.task import get_preset
from tfformer.training.corpora import training_buckets


@pytest.mark.parametrize("ids", [1, 9])
def test_a_batch_is_of_tokens_however_many_ids_they_are(ids):
    config = override(get_preset("translation/tiny"), ["train.batch_tokens=60"])
    # Forty examples of five tokens.
    counts = np.bincount([5 * ids] * 40)
    corpus = types.SimpleNamespace(length_counts=counts)
    vocabularies = [types.SimpleNamespace(ids_per_token=n) for n in (ids, 1)]
    (bucket,) = training_buckets(config, corpus, vocabularies)
    assert bucket.batch_size == 12
