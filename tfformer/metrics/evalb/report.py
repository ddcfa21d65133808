"""EVALB's output, to the letter."""

from tfformer.metrics.evalb.score import SentenceScore
from tfformer.metrics.evalb.stats import EvalbStats, Totals, percent

_RULE = "=" * 76
HEADER = f"""\
  Sent.                        Matched  Bracket   Cross        Correct Tag
 ID  Len.  Stat. Recal  Prec.  Bracket gold test Bracket Words  Tags Accracy
{_RULE}
"""


def render_row(number: int, score: SentenceScore) -> str:
    """Renders a sentence.

    Args:
        number: of its line, from 1.
        score: what it scored.
    """
    recall = percent(score.matched, score.gold)
    precision = percent(score.matched, score.test)
    tagging = percent(score.correct_tags, score.words)
    return (
        f"{number:4d}  {score.length:3d}    {score.status:d}  "
        f"{recall:6.2f} {precision:6.2f}   {score.matched:3d}    "
        f"{score.gold:3d}  {score.test:3d}    {score.crossing:3d}   "
        f"{score.words:4d}  {score.correct_tags:4d}   {tagging:6.2f}\n"
    )


def render_summary(stats: EvalbStats) -> str:
    """Renders what follows the rows: the sums and both blocks."""
    return (
        f"{_RULE}\n{_sums(stats.all)}=== Summary ===\n"
        f"\n-- All --\n{_block(stats.all)}"
        f"\n-- len<={stats.cutoff} --\n{_block(stats.short)}"
    )


def _sums(totals: Totals) -> str:
    """The line below the rows; without brackets EVALB leaves them out."""
    scores = totals.compute()
    brackets = ""
    if totals.gold and totals.test:
        brackets = (
            f"{'':16}{scores['recall']:6.2f} {scores['precision']:6.2f} "
            f"{totals.matched:6d} {totals.gold:5d} {totals.test:5d}  "
            f"{totals.crossing:5d}"
        )
    return (
        f"{brackets}  {totals.words:5d} {totals.correct_tags:5d}   "
        f"{scores['tagging']:6.2f}\n"
    )


def _block(totals: Totals) -> str:
    scores = totals.compute()
    # C divides 0 by 0, and that not-a-number has a sign.
    f1 = f"{scores['f1']:6.2f}" if totals.matched else f"{'-nan':>6}"
    return "".join(
        f"{name:25} = {value}\n"
        for name, value in (
            ("Number of sentence", f"{totals.sentences:6d}"),
            ("Number of Error sentence", f"{totals.errors:6d}"),
            ("Number of Skip  sentence", f"{totals.skips:6d}"),
            ("Number of Valid sentence", f"{totals.valid:6d}"),
            ("Bracketing Recall", f"{scores['recall']:6.2f}"),
            ("Bracketing Precision", f"{scores['precision']:6.2f}"),
            ("Bracketing FMeasure", f1),
            ("Complete match", f"{scores['complete']:6.2f}"),
            ("Average crossing", f"{scores['crossing']:6.2f}"),
            ("No crossing", f"{scores['no_crossing']:6.2f}"),
            ("2 or less crossing", f"{scores['two_or_less_crossing']:6.2f}"),
            ("Tagging accuracy", f"{scores['tagging']:6.2f}"),
        )
    )
