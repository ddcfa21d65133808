"""EVALB, the scorer of constituency parsers, as its C program counts.

One idea a file: `parameters` reads .prm files, `brackets` one tree line,
`score` scores one sentence, `quotes` aligns what a misread quote shifted,
`limits` tells what the C program cannot hold, `stats` adds sentences up, with
what `remarks` keeps of the messages, and `report` prints them as EVALB does.
`python -m tools.evalb` is the program.
"""

from tfformer.metrics.evalb.parameters import Parameters, read_parameters
from tfformer.metrics.evalb.score import (
    SentenceScore,
    Status,
    evaluate_sentence,
)
from tfformer.metrics.evalb.stats import EvalbStats, Totals, corpus_stats

__all__ = [
    "EvalbStats",
    "Parameters",
    "SentenceScore",
    "Status",
    "Totals",
    "corpus_stats",
    "evaluate_sentence",
    "read_parameters",
]
