"""The end of a training whose dev scores no longer get better."""

from collections.abc import Callable

from tfformer.progress import announce


class Patience:
    """Counts the evaluations since the best.

    What it knows is in the workdir, so that a run that resumes ends where one
    that was never cut short does.

    Args:
        most: evaluations in a row without a new best after which training
            ends; 0 for no such end.
        waited: evaluations that there were since the best.
        agree: gives every worker the chief's answer, which alone knows the
            best.
    """

    def __init__(
        self, most: int, waited: int, agree: Callable[[bool], bool]
    ) -> None:
        self._most, self._waited, self._agree = most, waited, agree

    @property
    def over(self) -> bool:
        """Whether training is to end."""
        return 0 < self._most <= self._waited

    def heed(self, better: bool) -> None:
        """Counts one more evaluation, on all workers together.

        Args:
            better: whether its score is the best so far; the chief's counts.
        """
        if not self._most:
            return
        self._waited = 0 if self._agree(better) else self._waited + 1

    def tell(self, step: int) -> None:
        """Says why training ends.

        Args:
            step: that it ends at.
        """
        announce(
            f"step {step}: {self._waited} evaluations in a row were no better "
            "than the best, which ends training by "
            f"train.patience={self._most}; raise it, or make it 0, to go on"
        )
