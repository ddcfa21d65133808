import pytest

from tests.visual.sample import sample
from tfformer.visual.figure import pixels
from tfformer.visual.heads import draw_heads, save_heads

pytest.importorskip("matplotlib")


@pytest.mark.parametrize(("layer", "told"), [(-1, "2 of 2"), (0, "1 of 2")])
def test_every_head_of_a_layer_is_drawn(layer, told):
    figure = draw_heads(sample(), "cross", layer)
    assert figure.get_suptitle().endswith(f"layer {told}")
    weights = sample().attention["cross"][layer]
    assert len(figure.axes) == len(weights) == 4
    for axes, head in zip(figure.axes, weights, strict=True):
        (image,) = axes.images
        assert (image.get_array() == head).all()
        assert len(axes.get_xticks()) == head.shape[1]
        assert len(axes.get_yticks()) == head.shape[0]
    assert pixels(figure).std() > 0


def test_they_become_a_picture(tmp_path):
    save_heads(sample(), tmp_path / "heads.png", "encoder")
    assert (tmp_path / "heads.png").read_bytes().startswith(b"\x89PNG")


def test_pieces_are_no_formulas():
    figure = draw_heads(sample(), "cross", 0)
    for axes in figure.axes:
        labels = [*axes.get_xticklabels(), *axes.get_yticklabels()]
        assert not any(label.get_parse_math() for label in labels)
