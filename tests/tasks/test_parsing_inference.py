"""Any weights parse any sentence, through real vocabularies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfformer.config import DataConfig, DecodeConfig
from tfformer.data.trees import parse_trees
from tfformer.models.transformer import Transformer
from tfformer.tasks.parsing import ParsingTask
from tfformer.training.inference import make_inference

WORDS = ["the", "dog", "sleeps", ",", "\u00e9\u00df", "xyzzy", "-LRB-", "."]


@pytest.fixture(scope="module")
def parser(tmp_path_factory):
    """A parser without any training, and its weights to be changed."""
    folder = tmp_path_factory.mktemp("parser")
    (folder / "train.mrg").write_text(
        "(TOP (S (NP (DT the) (NN dog)) (VP (VBZ sleeps)) (. .)))\n" * 12
        + "(TOP (NP (NP (DT the) (NN dog)) (, ,) (SBAR (S (VP (VBZ is))))))\n"
    )
    config = DataConfig(vocab_size=275, terminals="tags")
    task = ParsingTask(config, folder)
    task.build_vocabularies(folder)
    vocabularies = task.vocabularies(folder)
    model = Transformer(
        vocabularies[0].size,
        vocabularies[1].size,
        num_layers=1,
        model_dim=16,
        ffn_dim=16,
        num_heads=2,
        share_embeddings="none",
    )
    model.build()
    decode = DecodeConfig(beam_size=2, extra_length=20, tokenized=True)
    return model, make_inference(model, vocabularies, task, decode)


@settings(max_examples=12)
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
    random = np.random.default_rng(seed)
    for weight in model.weights:
        weight.assign(random.normal(size=weight.shape) * scale)
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
    for weight in model.weights:
        weight.assign(np.full(weight.shape, np.nan))
    before = inference.fallbacks
    ((best,),) = inference.decode(["the dog ."])
    assert best.text == "(TOP (S (XX the) (XX dog) (. .)))"
    assert inference.fallbacks == before + 1
