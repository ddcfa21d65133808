"""What TensorFlow reads when it is imported, for measurements."""

import os

_VARIABLES = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "1",
}
_POOLS = ("TF_NUM_INTRAOP", "TF_NUM_INTEROP", "OMP_NUM")


def prepare(threads: int | None = None) -> None:
    """Sets the environment; to be called before TensorFlow is imported.

    What the user set already stays, but for the number of threads.

    Args:
        threads: how many TensorFlow may use; None leaves that to it.
    """
    for name, value in _VARIABLES.items():
        os.environ.setdefault(name, value)
    if threads is not None:
        for pool in _POOLS:
            os.environ[f"{pool}_THREADS"] = str(threads)
