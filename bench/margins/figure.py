"""Small figures, where matplotlib is installed."""

import contextlib
import sys


@contextlib.contextmanager
def figure(path, columns: int, title: str):
    """Draws on axes side by side, and writes the file at the end.

    Args:
        path: of the PNG.
        columns: number of axes.
        title: over all of them.

    Yields:
        The axes in a list, or None where matplotlib is missing, which is said
        on standard error.
    """
    try:
        import matplotlib
    except ImportError:
        print(f"no {path}: matplotlib is not installed", file=sys.stderr)
        yield None
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn, axes = pyplot.subplots(
        1, columns, figsize=(3.6 * columns, 3.2), squeeze=False
    )
    yield list(axes[0])
    drawn.suptitle(title, fontsize=11)
    drawn.tight_layout()
    drawn.savefig(path, dpi=90)
    pyplot.close(drawn)
    print(f"wrote {path}", file=sys.stderr)
