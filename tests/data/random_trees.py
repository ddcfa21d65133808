"""Trees for property tests."""

import hypothesis.strategies as st
from nltk.tree import Tree

LABELS = st.sampled_from(["S", "NP", "VP", "PRT|ADVP", "X", ""])
TAGS = st.sampled_from(["NN", "DT", ",", ".", "``", "-LRB-", "XX", "PRP$"])
WORDS = st.sampled_from(
    ["dog", ",", ".", "'", "`", "...", "-LRB-", "[", "a\xa0b", "\u00e4", "*"]
)
PRETERMINALS = st.builds(lambda tag, word: Tree(tag, [word]), TAGS, WORDS)


def constituents(labels=LABELS, preterminals=PRETERMINALS):
    """Trees below the root."""
    return st.recursive(
        preterminals,
        lambda below: st.builds(
            Tree, labels, st.lists(below, min_size=1, max_size=4)
        ),
        max_leaves=12,
    )


def trees():
    """Trees as `clean` gives them."""
    return st.builds(
        lambda children: Tree("TOP", children),
        st.lists(constituents(), min_size=1, max_size=3),
    )


def raw_trees():
    """Trees with traces, function tags and any root."""
    labels = st.sampled_from(
        ["", "TOP", "S1", "NP-SBJ", "NP=2", "NP-1", "NP", "-X-", "S-TPC-1=2"]
    )
    traces = st.just(Tree("-NONE-", ["*T*-1"]))
    return constituents(labels, PRETERMINALS | traces)
