"""The folder of an exported model's versions, as a user names it."""

import os
import pathlib

from tfformer.errors import DataError


def check_model_dir(model_dir: str | os.PathLike) -> pathlib.Path:
    """Returns the absolute path of the folder that `--model_dir` names.

    Args:
        model_dir: folder of the versions; there may be none in it yet.

    Raises:
        DataError: if there is no such folder, or it is a version itself.
    """
    folder = pathlib.Path(model_dir).absolute()
    if not folder.is_dir():
        raise DataError(
            f"`--model_dir` must be a folder. Received: {model_dir}. Make it "
            "with python -m tools.export_saved_model."
        )
    if (folder / "saved_model.pb").is_file():
        raise DataError(
            "`--model_dir` must be the folder of the versions. Received: "
            f"{model_dir}, one version. Try --model_dir={folder.parent}."
        )
    return folder
