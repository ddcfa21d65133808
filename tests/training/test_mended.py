from tfformer.config import DataConfig
from tfformer.tasks.parsing import ParsingTask
from tfformer.tasks.tagging import TaggingTask
from tfformer.training.mended import MendedStats, score_mended

POCKET = DataConfig(source="pocket")
GOLD = "(TOP (S (NN a) (. .)))"
# EVALB would leave it out: its last word is not deleted.
WRONG_TAG = "(TOP (S (NN a) (NN .)))"


def test_the_scores_of_a_parser_tell_what_was_mended():
    task = ParsingTask(POCKET, None)
    golds = [GOLD, GOLD]
    stats = score_mended(task, [WRONG_TAG, GOLD], golds, 3, 4)
    values = stats.compute()
    told = {name: values[name] for name in ("fallbacks", "repaired", "settled")}
    assert told == {"fallbacks": 3, "repaired": 4, "settled": 1}
    plain = task.score([WRONG_TAG, GOLD], golds)
    assert {**values, **plain.compute()} == values
    assert stats.render() == plain.render()
    # A nought is told too: that there was nothing to mend.
    assert score_mended(task, golds, golds).compute()["settled"] == 0


def test_counts_add_up():
    task = ParsingTask(POCKET, None)
    one = MendedStats(task.score([GOLD], [GOLD]), 1, 2, 3)
    both = one.merge(MendedStats(task.score([GOLD], [GOLD]), 10, 20, 30))
    assert (both.fallbacks, both.repaired, both.settled) == (11, 22, 33)
    assert both.compute()["sentences"] == 2


def test_text_is_not_mended():
    values = score_mended(TaggingTask(POCKET, None), ["NN"], ["NN"]).compute()
    assert values == {"accuracy": 100.0, "words": 1}
