"""What several of these programs ask of their flags."""

import argparse


def positive(text: str) -> int:
    """Reads a count, of which there must be one at least.

    Raises:
        argparse.ArgumentTypeError: if it is none.
    """
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(
            f"must be a whole number of 1 or more. Received: {text!r}"
        )
    return value


def positives(text: str) -> list[int]:
    """Reads counts with commas between them.

    Raises:
        argparse.ArgumentTypeError: if one is none.
    """
    return [positive(part) for part in text.split(",")]
