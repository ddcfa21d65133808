"""A request that cannot be answered, and how it is told."""

from collections.abc import Mapping


class RestError(Exception):
    """Becomes `{"error": message}` with a status.

    Args:
        status: of HTTP.
        message: for whoever sent the request.
        headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.headers = dict(headers or {})


def late(seconds: float) -> RestError:
    """What a missed deadline of so many seconds is told by."""
    return RestError(
        504,
        f"Deadline exceeded: no answer within {seconds:g} s. Try fewer or "
        "shorter sentences, or later.",
    )


def invalid(message: str) -> RestError:
    """What TensorFlow Serving calls INVALID_ARGUMENT: status 400."""
    return RestError(400, message)
