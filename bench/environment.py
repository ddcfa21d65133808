"""What TensorFlow reads when it is imported, for measurements."""

import os


def prepare(threads: int | None = None) -> None:
    """Sets the environment; to be called before TensorFlow is imported.

    Args:
        threads: how many TensorFlow may use; None leaves that to it.
    """
    os.environ.update(
        KERAS_BACKEND="tensorflow",
        TF_CPP_MIN_LOG_LEVEL="3",
        TF_ENABLE_ONEDNN_OPTS="1",
    )
    if threads is not None:
        for kind in ("TF_NUM_INTRAOP", "TF_NUM_INTEROP", "OMP_NUM"):
            os.environ[f"{kind}_THREADS"] = str(threads)
