"""Why scores are divided by sqrt(d_k): the softmax's gradient, both ways.

Components of queries and keys are drawn from a normal distribution of variance
1, as footnote 4 of the paper assumes. Weights are those of
`scaled_dot_product_attention`, over 32 keys; "without" multiplies the queries
by sqrt(d_k) first, which undoes its division.
"""

import numpy as np

KEYS = 32
QUERIES = 2000


def measure(sizes=(1, 4, 16, 64, 256, 1024), queries=QUERIES) -> list[dict]:
    """Draws queries and keys of each size.

    Args:
        sizes: d_k.
        queries: number of queries, each of which has keys of its own.

    Returns:
        A row for each size: the deviation of q.k, and, with the division and
        without, the mean of the largest weight, and mean and median of the
        gradient's norm.
    """
    random = np.random.default_rng(0)
    rows = []
    for size in sizes:
        query = random.normal(size=(queries, 1, size)).astype("float32")
        key = random.normal(size=(queries, KEYS, size)).astype("float32")
        products = (query * key).sum(axis=-1)
        row = {"d_k": size, "deviation of q.k": products.std()}
        for name, factor in (("with", 1.0), ("without", size**0.5)):
            weights = attention(query * factor, key)
            row[f"largest weight {name}"] = weights.max(axis=-1).mean()
            norms = jacobian_norm(weights)
            row[f"gradient {name}"] = norms.mean()
            row[f"its median {name}"] = np.median(norms)
        rows.append(row)
    return rows


def attention(query, key):
    """Weights `[queries, keys]` of the package's attention."""
    from tfformer.layers.attention import scaled_dot_product_attention

    _, weights = scaled_dot_product_attention(query, key, key)
    return np.array(weights)[:, 0]


def jacobian_norm(weights):
    """Frobenius norm of d softmax / d scores, which is diag(w) - w w^T.

    Args:
        weights: `[..., keys]`, what the softmax gave.

    Returns:
        `[...]`; 0 where one weight is 1 and nothing can be learnt any more.
    """
    weights = np.asarray(weights, "float64")
    square, fourth = (weights**2).sum(-1), (weights**4).sum(-1)
    diagonal = (weights**2 * (1 - weights) ** 2).sum(-1)
    return np.sqrt(diagonal + square**2 - fourth)


def draw(rows, path) -> None:
    """Draws largest weight and gradient against d_k."""
    from bench.margins.figure import figure

    with figure(path, 2, "softmax over 32 keys, q and k of variance 1") as axes:
        if axes is None:
            return
        sizes = [row["d_k"] for row in rows]
        for axis, what in zip(
            axes, ("largest weight", "its median"), strict=True
        ):
            for name in ("with", "without"):
                costs = [row[f"{what} {name}"] for row in rows]
                axis.plot(sizes, costs, "o-", label=f"{name} 1/sqrt(d_k)")
            axis.set_xscale("log", base=2)
            axis.set_xlabel("d_k")
            axis.set_ylim(0)
            axis.set_title(
                what.replace("its median", "gradient's norm, median"),
                fontsize=10,
            )
            axis.grid(True, alpha=0.3)
        axes[1].legend(fontsize=8)
