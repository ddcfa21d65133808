"""What too many heads and a small d_k do, at tiny sizes.

A model of one layer, 64 wide, learns to reverse sequences of 4 to 12 of 40
symbols. As in Table 3: rows A keep the number of weights and divide them among
more heads, row B makes d_k alone smaller.
"""

from bench.margins import sequences

HEADS = (1, 4, 16, 64)
KEY_DIMS = (4, 1)


def measure(steps=600, heads=HEADS, key_dims=KEY_DIMS) -> list[dict]:
    """Trains a model for each shape.

    Args:
        steps: of each training.
        heads: numbers of heads over the whole width, rows A.
        key_dims: d_k of four heads, rows B.

    Returns:
        A row for each: its shape, weights, loss and accuracy.
    """
    shapes = [("A", {"num_heads": count}) for count in heads]
    shapes += [("B", {"num_heads": 4, "key_dim": dim}) for dim in key_dims]
    return [_row(kind, shape, steps) for kind, shape in shapes]


def _row(kind, shape, steps) -> dict:
    width = sequences.SIZE["model_dim"]
    key_dim = shape.get("key_dim", width // shape["num_heads"])
    model = sequences.trained(
        "reverse", steps, label=f"h={shape['num_heads']} d_k={key_dim}", **shape
    )
    loss, right = sequences.loss_and_accuracy(model, "reverse", 10)
    return {
        "row": kind,
        "h": shape["num_heads"],
        "d_k": key_dim,
        "weights": model.count_params(),
        "nats a token": loss,
        "tokens right": right,
    }
