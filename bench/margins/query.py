"""What a query vector holds: what is asked for, and only as keys answer it.

Two models of one layer learn the same kind of sequences. To reverse one, the
next place must be found, whatever the symbols; to sort one, the next symbol,
wherever it stands. The queries of the encoder-decoder attention are then told
apart by the symbol read last and by the place that is wanted: the share of
their variance that lies between groups.
"""

from unittest import mock

import numpy as np

from bench.margins import sequences

LENGTH = 10


def measure(steps=600, rows=1000) -> list[dict]:
    """Trains both models and looks at their queries.

    Args:
        steps: of each training.
        rows: sequences that are looked at.

    Returns:
        A row for each task: the accuracy, the shares of the queries' variance,
        and by how much logits change where queries and keys of each head are
        turned by one matrix and its inverse.
    """
    found = []
    for task in ("reverse", "sort"):
        model = sequences.trained(task, steps)
        random = np.random.default_rng(2)
        inputs, targets = sequences.batch(task, random, rows, LENGTH)
        # The first step has read no symbol, the last wants none.
        asked = queries(model, inputs, targets)[:, :, 1:LENGTH]
        newest = targets[:, : LENGTH - 1]
        wanted = places(task, inputs, targets)[:, 1:]
        found.append(
            {
                "task": task,
                "tokens right": sequences.loss_and_accuracy(
                    model, task, LENGTH
                )[1],
                "variance by the symbol read last": share(asked, newest),
                "variance by the place wanted": share(asked, wanted),
                "logits' change when q and k are turned": turned(
                    model, inputs, targets
                ),
            }
        )
    return found


def queries(model, inputs, targets):
    """Queries `[rows, heads, length, d_k]` over the encoder's output."""
    attention = model.decoder_layers[0].cross_attention
    project, kept = attention.project_query, []

    def keep(x):
        kept.append(project(x))
        return kept[-1]

    with mock.patch.object(attention, "project_query", keep):
        model((inputs, targets))
    return np.array(kept[0])


def places(task, inputs, targets):
    """Where in the source each target symbol stands: `[rows, LENGTH]`."""
    if task == "reverse":
        last = LENGTH - 1 - np.arange(LENGTH)
        return np.broadcast_to(last, (len(inputs), LENGTH))
    return inputs[:, :LENGTH].argsort(axis=1)


def share(vectors, groups) -> float:
    """Share of the variance of vectors that lies between groups.

    Args:
        vectors: `[rows, heads, length, dim]`.
        groups: int `[rows, length]`.

    Returns:
        1 where vectors of a group are equal; about (groups - 1) / vectors
        where groups say nothing.
    """
    flat = np.moveaxis(vectors, 1, 2).reshape(groups.size, -1)
    flat = flat - flat.mean(axis=0)
    labels = groups.reshape(-1)
    between = sum(
        np.sum(labels == label)
        * np.sum(flat[labels == label].mean(axis=0) ** 2)
        for label in np.unique(labels)
    )
    return float(between / np.sum(flat**2))


def turned(model, inputs, targets) -> float:
    """Largest change of a logit if q becomes q A and k becomes k A^-T.

    A is drawn for each head; the weights are put back afterwards.
    """
    attention = model.decoder_layers[0].cross_attention
    heads, dim = attention.num_heads, attention.key_dim
    random = np.random.default_rng(3)
    matrices = np.eye(dim) + random.normal(size=(heads, dim, dim)) / dim
    inverses = np.linalg.inv(matrices).swapaxes(1, 2)
    before = np.array(model((inputs, targets)))
    kernels = []
    for projection, turns in (
        (attention.query_projection, matrices),
        (attention.key_projection, inverses),
    ):
        kernel = projection.kernel.numpy()
        kernels.append((projection.kernel, kernel))
        split = kernel.reshape(-1, heads, dim)
        projection.kernel.assign(
            np.einsum("mhd,hde->mhe", split, turns).reshape(kernel.shape)
        )
    after = np.array(model((inputs, targets)))
    for variable, kernel in kernels:
        variable.assign(kernel)
    return float(np.abs(after - before).max())
