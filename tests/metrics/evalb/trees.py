"""Trees for property tests: several bracketings of the same words."""

from hypothesis import strategies as st

from tfformer.metrics.evalb import read_parameters

COLLINS = read_parameters("COLLINS")
NK = read_parameters("nk")
LABELS = ["S", "NP", "VP", "ADVP", "PRT", "TOP", "NP-SBJ", "X|Y", ""]
TAGS = ["NN", "VB", "IN", ",", ".", "-NONE-", "''", "POS", "ADVP", "PRT"]

leaves = st.lists(
    st.tuples(st.sampled_from(TAGS), st.sampled_from(["a", "b", "'"])),
    min_size=1,
    max_size=8,
)


@st.composite
def bracketing(draw, words, depth=0):
    """A tree over the words, with unary chains and empty brackets."""
    label = draw(st.sampled_from(LABELS))
    if depth == 4 or (len(words) <= 1 and draw(st.booleans())):
        return f"({label} {' '.join(f'({t} {w})' for t, w in words)})"
    cut = draw(st.integers(0, len(words)))
    parts = [part for part in (words[:cut], words[cut:]) if part]
    children = [draw(bracketing(part, depth + 1)) for part in parts]
    return f"({label} {' '.join(children)})"


@st.composite
def pairs(draw, tags_differ=False):
    """A gold and a test tree over the same words."""
    words = draw(leaves)
    others = words
    if tags_differ:
        others = [(draw(st.sampled_from(TAGS)), word) for _, word in words]
    return draw(bracketing(words)), draw(bracketing(others))


corpora = st.lists(pairs(tags_differ=True), max_size=6)
