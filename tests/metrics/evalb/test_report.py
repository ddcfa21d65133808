from tfformer.metrics.evalb import EvalbStats, SentenceScore, Status
from tfformer.metrics.evalb.report import HEADER, render_row, render_summary

START = """\
  Sent.                        Matched  Bracket   Cross        Correct Tag
 ID  Len.  Stat. Recal  Prec.  Bracket gold test Bracket Words  Tags Accracy
============================================================================
"""
SUMMARY = """\
============================================================================
                 60.00  75.00      3     5     4      1      6     5    83.33
=== Summary ===

-- All --
Number of sentence        =      2
Number of Error sentence  =      1
Number of Skip  sentence  =      0
Number of Valid sentence  =      1
Bracketing Recall         =  60.00
Bracketing Precision      =  75.00
Bracketing FMeasure       =  66.67
Complete match            =   0.00
Average crossing          =   1.00
No crossing               =   0.00
2 or less crossing        = 100.00
Tagging accuracy          =  83.33

-- len<=5 --
Number of sentence        =      1
Number of Error sentence  =      1
Number of Skip  sentence  =      0
Number of Valid sentence  =      0
Bracketing Recall         =   0.00
Bracketing Precision      =   0.00
Bracketing FMeasure       =   -nan
Complete match            =   0.00
Average crossing          =   0.00
No crossing               =   0.00
2 or less crossing        =   0.00
Tagging accuracy          =   0.00
"""
VALID = SentenceScore(7, Status.VALID, 3, 5, 4, 1, 6, 5)
ERROR = SentenceScore(4, Status.ERROR)


def test_rows():
    assert HEADER == START
    assert render_row(12, VALID) == (
        "  12    7    0   60.00  75.00     3      5    4      1"
        "      6     5    83.33\n"
    )
    assert render_row(3, ERROR) == (
        "   3    4    1    0.00   0.00     0      0    0      0"
        "      0     0     0.00\n"
    )


def test_the_summary():
    assert render_summary(EvalbStats.of([VALID, ERROR], 5)) == SUMMARY


def test_without_brackets_the_sums_are_of_words_only():
    words = SentenceScore(2, Status.VALID, words=2, correct_tags=1)
    lines = render_summary(EvalbStats.of([words])).splitlines()
    assert lines[1] == "      2     1    50.00"
    assert "Complete match            = 100.00" in lines
