"""What a value of the configuration may be, and the error when it is not."""

import math
import typing

from tfformer.errors import ConfigError

# int32 is the smallest of the types that seeds become.
_SEEDS = 2**31


def require(
    condition: bool, name: str, rule: str, received: object, cure: str
) -> None:
    """Raises the one form of error that a broken rule gets.

    Args:
        condition: whether the rule holds.
        name: the field, "section.field", as `--set` names it.
        rule: what it must be.
        received: what it is.
        cure: a sentence that says what to try.

    Raises:
        ConfigError: if `condition` is false.
    """
    if not condition:
        raise ConfigError(f"`{name}` {rule}. Received: {received}. {cure}")


class Rules:
    """The rules of one section, whose fields they name in full.

    Args:
        section: name of the section, such as "model".
    """

    def __init__(self, section: str) -> None:
        self._section = section

    def require(
        self,
        condition: bool,
        field: str,
        rule: str,
        received: object,
        cure: str,
    ) -> None:
        """`require` for a field of this section."""
        require(condition, f"{self._section}.{field}", rule, received, cure)

    def choice(
        self, config: object, field: str, choices: tuple[str, ...]
    ) -> None:
        """The field is one of `choices`."""
        value = getattr(config, field)
        self.require(
            value in choices,
            field,
            "must be one of " + ", ".join(choices),
            repr(value),
            self._try(config, field),
        )

    def at_least(self, config: object, least: float, *fields: str) -> None:
        """The fields are finite numbers, and not under `least`."""
        for field in fields:
            value = getattr(config, field)
            rule = f"must be {least} or more"
            self.require(
                least <= value < math.inf,
                field,
                rule if value < math.inf else f"{rule}, and finite",
                value,
                self._try(config, field),
            )

    def seed(self, config: typing.Any) -> None:
        """The field `seed` is one that NumPy and TensorFlow both take."""
        self.require(
            0 <= config.seed < _SEEDS,
            "seed",
            f"must be in [0, {_SEEDS})",
            config.seed,
            self._try(config, "seed"),
        )

    def rate(self, config: object, *fields: str) -> None:
        """The fields are shares that are not the whole."""
        for field in fields:
            value = getattr(config, field)
            self.require(
                0.0 <= value < 1.0,
                field,
                "must be in [0, 1)",
                value,
                self._try(config, field),
            )

    def _try(self, config: object, field: str) -> str:
        return f"Try {self._section}.{field}={getattr(type(config), field)}."
