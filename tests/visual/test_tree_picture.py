import dataclasses

import nltk
import pytest
from hypothesis import given, settings

from tests.data.random_trees import trees
from tests.visual.sample import sample
from tfformer.errors import UserError
from tfformer.visual.figure import pixels
from tfformer.visual.tree_picture import draw_tree, save_tree

pytest.importorskip("matplotlib")


@settings(max_examples=20)
@given(trees())
def test_words_stand_in_their_order_and_nothing_overlaps(tree):
    figure = draw_tree(tree)
    texts = figure.axes[0].texts
    labels = [text.get_text() for text in texts]
    assert sorted(labels) == sorted(
        [node.label() for node in tree.subtrees()] + tree.leaves()
    )
    words = sorted(
        (text.get_position()[0], text.get_text())
        for text in texts
        if text.get_color() != "black"
    )
    assert [word for _, word in words] == tree.leaves()
    pixels(figure)  # Lays it out.
    boxes = [text.get_window_extent() for text in texts]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])


def test_a_parse_becomes_a_picture(tmp_path):
    save_tree(sample(), tmp_path / "t.png")
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")


def test_a_translation_has_no_tree(tmp_path):
    translation = dataclasses.replace(sample(), task="translation")
    with pytest.raises(UserError, match="`--draw=tree` is for parsers"):
        save_tree(translation, tmp_path / "t.png")


def test_words_are_no_formulas():
    tree = nltk.Tree.fromstring("(TOP (S (NN $$) (NN $_$) (NN US$5-$6)))")
    figure = draw_tree(tree)
    assert not any(text.get_parse_math() for text in figure.axes[0].texts)
    pixels(figure)
