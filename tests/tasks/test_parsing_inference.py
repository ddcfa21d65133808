"""Any weights parse any sentence, through real vocabularies."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tasks.any_weights import (
    TREES,
    WORDS,
    assert_flat_without_numbers,
    randomise,
)
from tfformer.config import override
from tfformer.data.trees import parse_trees
from tfformer.tasks.task import get_preset, make_task
from tfformer.training.build import build_model
from tfformer.training.inference import make_inference


@pytest.fixture(scope="module", params=["subwords", "words"])
def parser(request, tmp_path_factory):
    """A parser without any training, and its weights to be changed."""
    folder = tmp_path_factory.mktemp("parser")
    (folder / "train.mrg").write_text(TREES)
    config = override(
        get_preset("parsing/tiny_words"),
        [
            f"model.encoder={request.param}",
            "model.share_embeddings=none",
            "data.source=text",
            "data.vocab_size=275",
            "decode.extra_length=20",
            "decode.tokenized=true",
        ],
    )
    task = make_task(config, folder)
    task.build_vocabularies(folder)
    vocabularies = task.vocabularies(folder)
    model = build_model(config, vocabularies)
    return model, make_inference(model, vocabularies, task, config.decode)


@settings(max_examples=8)
@given(
    st.lists(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=120),
        min_size=1,
        max_size=3,
    ),
    st.integers(0, 2**16),
    st.sampled_from([0.1, 1.0, 10.0]),
)
def test_every_output_is_a_tree_over_the_words(parser, sentences, seed, scale):
    model, inference = parser
    randomise(model, seed, scale)
    lines = [" ".join(words) for words in sentences]
    before = inference.repaired
    for words, best in zip(
        sentences, inference.decode(lines, n_best=2), strict=True
    ):
        for hypothesis in best:
            if hypothesis.score > float("-inf"):
                (tree,) = parse_trees(hypothesis.text, "output")
                assert tree.label() == "TOP"
                assert tree.leaves() == words
        assert best[0].score > float("-inf")
    assert inference.repaired == before


def test_weights_that_are_no_numbers_give_flat_trees(parser):
    model, inference = parser
    assert_flat_without_numbers(model, inference)
