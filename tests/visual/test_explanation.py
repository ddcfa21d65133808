import json

import hypothesis
from hypothesis import strategies as st

from tests.visual.sample import sample
from tfformer.visual.explanation import merged

SEQUENCES = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=5),
    min_size=1,
    max_size=5,
)


def leaves(nodes, before=()):
    """(tokens from the root, hypotheses) of each node without children."""
    for node in nodes:
        path = (*before, *node["pieces"])
        assert node["pieces"] and node["start"] == len(before)
        if node["children"]:
            yield from leaves(node["children"], path)
        else:
            yield path, node["hypotheses"]


@hypothesis.given(SEQUENCES)
def test_every_hypothesis_can_be_read_off_the_tree(sequences):
    # As in a search, each is ended.
    ended = [[*tokens, "</s>"] for tokens in sequences]
    found = {}
    for path, numbers in leaves(merged(ended)):
        for number in numbers:
            assert number not in found
            found[number] = list(path)
    assert found == dict(enumerate(ended))


def test_queries_and_keys_are_as_many_as_the_weights():
    explanation = sample()
    for kind, weights in explanation.attention.items():
        queries, keys = explanation.tokens(kind)
        assert weights.shape[2:] == (len(queries), len(keys))


def test_it_is_json():
    values = json.loads(json.dumps(sample().to_dict()))
    assert [a["kind"] for a in values["attention"]] == [
        "encoder",
        "decoder",
        "cross",
    ]
