"""Devices, and the rate at which they are assumed to work."""

import re
import typing

from tfformer.errors import ConfigError


class Device(typing.NamedTuple):
    """A kind of GPU.

    Attributes:
        tflops: sustained single-precision rate, in 10^12 operations a second.
        gigabytes: memory, in 10^9 bytes; of several kinds sold, of the usual
            one.
        of_the_paper: whether the rate is the paper's; if not, it is nine
            tenths of the maker's single-precision peak, which is what the
            paper's rates are of the peaks of M40 and P100: an assumption.
    """

    tflops: float
    gigabytes: float
    of_the_paper: bool


# The first four are those of the paper's footnote 5 (section 6.1).
DEVICES: dict[str, Device] = {
    "K80": Device(2.8, 12, True),
    "K40": Device(3.7, 12, True),
    "M40": Device(6.0, 12, True),
    "P100": Device(9.5, 16, True),
    "V100": Device(0.9 * 15.7, 16, False),
    "A100": Device(0.9 * 19.5, 40, False),
    "H100": Device(0.9 * 67, 80, False),
    "H200": Device(0.9 * 67, 141, False),
}


class Devices(typing.NamedTuple):
    """Some devices of one kind.

    Attributes:
        number: how many.
        name: a key of `DEVICES`.
        kind: what that is.
    """

    number: int
    name: str
    kind: Device


def parse_devices(text: str) -> Devices:
    """Reads a value such as "8xP100"; "P100" is one.

    Raises:
        ConfigError: if it is none; the known devices are listed.
    """
    found = re.fullmatch(r"(?:([1-9]\d{0,5})x)?(\w+)", text)
    if found is None or found[2].upper() not in DEVICES:
        raise ConfigError(
            "`--devices` must be a count and one of "
            f"{', '.join(DEVICES)}. Received: {text!r}. Try --devices=8xP100, "
            "with --tflops for the rate of a device that is not listed."
        )
    name = found[2].upper()
    return Devices(int(found[1] or 1), name, DEVICES[name])
