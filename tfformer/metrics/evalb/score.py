"""Scores one sentence as EVALB does."""

import dataclasses
import enum
import re

from tfformer.metrics.evalb.brackets import Bracket, Tree, read_tree
from tfformer.metrics.evalb.limits import beyond_evalb
from tfformer.metrics.evalb.parameters import Parameters
from tfformer.metrics.evalb.quotes import fix_quotes

_FUNCTION = re.compile("[-=]")
Span = tuple[int, int]


class Status(enum.IntEnum):
    """What became of a sentence; only valid ones count in a score."""

    VALID = 0
    ERROR = 1
    SKIP = 2


@dataclasses.dataclass(frozen=True, slots=True)
class SentenceScore:
    """A row of EVALB.

    Attributes:
        length: EVALB's length of the gold sentence.
        status: whether it counts.
        matched: brackets found in both trees.
        gold: brackets of the gold tree.
        test: brackets of the test tree.
        crossing: brackets of the test tree that cross one of the gold tree.
        words: words compared.
        correct_tags: words with the gold tag.
        errors: EVALB's error messages.
        warnings: what of the sentence the C program could not hold.
        endless: whether the C program never gets past one of the lines.
    """

    length: int
    status: Status
    matched: int = 0
    gold: int = 0
    test: int = 0
    crossing: int = 0
    words: int = 0
    correct_tags: int = 0
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    endless: bool = False

    @property
    def complete(self) -> bool:
        """Whether the trees have the same brackets."""
        return self.matched == self.gold == self.test


def evaluate_sentence(
    gold: str, test: str, parameters: Parameters
) -> SentenceScore:
    """Scores a test tree against a gold tree.

    Args:
        gold: a line of the gold file.
        test: the line of the test file with the same number.
        parameters: what to delete and what to equate.

    Returns:
        The row. One that is not valid has its reasons in `errors`; an
        unbalanced one has counts all the same, which nobody adds.
    """
    gold_tree = read_tree(gold, parameters)
    test_tree = read_tree(test, parameters)
    errors = gold_tree.errors + test_tree.errors
    status, mismatch = _comparable(gold_tree, test_tree, parameters)
    score = SentenceScore(
        gold_tree.length,
        Status.ERROR if status == Status.VALID and errors else status,
        errors=tuple(errors + mismatch),
        warnings=(
            *(f"gold: {what}" for what in beyond_evalb(gold, gold_tree)),
            *(f"test: {what}" for what in beyond_evalb(test, test_tree)),
        ),
        endless=gold_tree.malformed or test_tree.malformed,
    )
    if status != Status.VALID:
        return score
    return _counted(score, gold_tree, test_tree, parameters)


def _comparable(
    gold: Tree, test: Tree, parameters: Parameters
) -> tuple[Status, list[str]]:
    """Whether the trees are over the same words, and why not."""
    if gold.malformed or test.malformed:
        return Status.ERROR, []
    if not test.words:
        return Status.SKIP, []
    if len(gold.words) != len(test.words):
        fix_quotes(gold, test, parameters)
    if len(gold.words) != len(test.words):
        lengths = f"{len(gold.words)}|{len(test.words)}"
        return Status.ERROR, [f"Length unmatch ({lengths})"]
    for one, other in zip(gold.words, test.words, strict=True):
        if not parameters.same_word(one, other):
            return Status.ERROR, [f"Words unmatch ({one}|{other})"]
    return Status.VALID, []


def _counted(
    score: SentenceScore, gold: Tree, test: Tree, parameters: Parameters
) -> SentenceScore:
    """The row with its counts."""
    golds = _scored(gold.brackets, parameters)
    tests = _scored(test.brackets, parameters)
    return dataclasses.replace(
        score,
        matched=_matches(golds, tests, parameters),
        gold=len(golds),
        test=len(tests),
        crossing=_crossings(golds, tests),
        words=len(gold.words),
        correct_tags=sum(map(parameters.same_label, gold.tags, test.tags)),
    )


def _scored(
    brackets: list[Bracket], parameters: Parameters
) -> list[tuple[Span, str]]:
    """The brackets that count, without function tags and indices."""
    found = []
    for bracket in brackets:
        # A bracket over traces or deleted words only is over nothing.
        if bracket.start != bracket.end:
            label = _FUNCTION.split(bracket.label, maxsplit=1)[0]
            if label not in parameters.deleted_brackets:
                found.append(((bracket.start, bracket.end), label))
    return found


def _matches(
    golds: list[tuple[Span, str]],
    tests: list[tuple[Span, str]],
    parameters: Parameters,
) -> int:
    """Pairs each gold bracket with the first test bracket left for it.

    The order matters only where equal labels are not transitive.
    """
    left: dict[Span, list[str]] = {}
    for span, label in tests:
        left.setdefault(span, []).append(label)
    matched = 0
    for span, label in golds:
        candidates = left.get(span, [])
        for position, other in enumerate(candidates):
            if not parameters.labeled or parameters.same_label(label, other):
                del candidates[position]
                matched += 1
                break
    return matched


def _crossings(
    golds: list[tuple[Span, str]], tests: list[tuple[Span, str]]
) -> int:
    """Counts the test brackets that cross a gold bracket."""
    spans = {span for span, _ in golds}
    return sum(any(_cross(other, span) for other in spans) for span, _ in tests)


def _cross(one: Span, other: Span) -> bool:
    """Whether two spans overlap and neither holds the other."""
    return (
        one[0] < other[0] < one[1] < other[1]
        or other[0] < one[0] < other[1] < one[1]
    )
