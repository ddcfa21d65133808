import dataclasses
import itertools

import numpy as np
import pytest

from tfformer.config import DataConfig, override
from tfformer.data.sources import Example
from tfformer.data.tree_vocabulary import TreeVocabulary, build_tree_vocabulary
from tfformer.data.trees import parse_trees
from tfformer.data.vocabulary_file import SPECIAL
from tfformer.data.word_vocabulary import WordVocabulary
from tfformer.errors import ConfigError, DataError
from tfformer.tasks.parsing import ParsingTask
from tfformer.tasks.task import get_preset, get_task
from tfformer.tasks.word_parsing import WORD_VOCABULARY_FILE, WordParsingTask
from tfformer.training.corpora import check_sources

TREES = "(TOP (S (NP (NN a)) (VP (VB b))))\n(TOP (S (NN c)))\n"
POCKET = DataConfig(source="pocket")


def folder(path, trees=TREES, split="train"):
    path.mkdir(exist_ok=True)
    (path / f"{split}.mrg").write_text(trees)
    return path


def test_the_task_is_found_by_name():
    assert get_task("parsing") is ParsingTask


def test_the_papers_settings():
    """Section 6.3: layers, width, vocabularies, beam, alpha, lengths."""
    wsj, semi = get_preset("parsing/wsj"), get_preset("parsing/wsj_semi")
    assert (wsj.model.num_layers, wsj.model.model_dim) == (4, 1024)
    assert (wsj.data.vocab_size, semi.data.vocab_size) == (2**14, 2**15)
    for config in (wsj, semi):
        decode = config.decode
        assert (decode.beam_size, decode.length_penalty_alpha) == (21, 0.3)
        assert decode.extra_length == 300
        assert config.model.share_embeddings == "none"


def test_examples_are_words_and_trees(tmp_path):
    task = ParsingTask(DataConfig(), folder(tmp_path))
    assert list(task.examples("train")) == [
        Example("a b", "(TOP (S (NP (NN a)) (VP (VB b))))"),
        Example("c", "(TOP (S (NN c)))"),
    ]


@pytest.mark.parametrize(
    ("weight", "want"), [(1.0, "abx"), (2.0, "abxx"), (0.5, "ababx")]
)
def test_extra_trees_come_by_weight(tmp_path, weight, want):
    own = folder(tmp_path / "own", "(TOP (S (NN a)))\n(TOP (S (NN b)))\n")
    extra = folder(tmp_path / "extra", "(TOP (S (NN x)))\n")
    config = DataConfig(extra_data_dir=str(extra), extra_weight=weight)
    task = ParsingTask(config, own)
    words = "".join(example.inputs for example in task.examples("train"))
    assert words == want
    plain = ParsingTask(DataConfig(), own)
    assert plain.fingerprint("train") != task.fingerprint("train")


@pytest.mark.parametrize("weight", [0.5, 1.0, 2.0])
def test_a_weight_makes_no_rare_word_frequent(tmp_path, weight):
    """A word that came once is unknown, so that unknown ones are learned."""
    own = folder(tmp_path / "own", "(TOP (S (NN once) (NN twice)))\n")
    extra = folder(tmp_path / "extra", "(TOP (S (NN twice) (NN too)))\n")
    config = DataConfig(extra_data_dir=str(extra), extra_weight=weight)
    WordParsingTask(config, own).build_vocabularies(tmp_path)
    words = WordVocabulary(tmp_path / WORD_VOCABULARY_FILE).words
    assert words[len(SPECIAL) :] == ["twice"]


def test_extra_trees_are_read_as_a_stream(tmp_path):
    """Seventeen million fit no memory: what comes later is not read yet."""
    own = folder(tmp_path / "own", "(TOP (S (NN a)))\n")
    later = "(TOP (S (NN x)))\n" * 3 + "(TOP (S (NN y z)))\n"
    extra = folder(tmp_path / "extra", later)
    config = DataConfig(extra_data_dir=str(extra), extra_weight=1.0)
    examples = ParsingTask(config, own).examples("train")
    words = [example.inputs for example in itertools.islice(examples, 4)]
    assert words == ["a", "x", "x", "x"]
    with pytest.raises(DataError, match=r"train\.mrg:4"):
        next(examples)


def test_extra_trees_must_have_the_tags_that_are_learned(tmp_path):
    """A parser with data.terminals=xx writes XX for all but punctuation."""
    own = folder(tmp_path / "own")
    extra = folder(tmp_path / "extra", "(TOP (S (XX a) (XX b) (. .)))\n")
    config = DataConfig(extra_data_dir=str(extra), extra_weight=1.0)
    assert len(list(ParsingTask(config, own).examples("train"))) == 3
    task = ParsingTask(dataclasses.replace(config, terminals="tags"), own)
    with pytest.raises(ConfigError, match=r"2 of 3 tags are XX.*terminals=xx"):
        next(task.examples("train"))
    with pytest.raises(ConfigError, match=r"2 of 3 tags are XX"):
        task.build_vocabularies(tmp_path)
    folder(tmp_path / "extra", "(TOP (S (NN a) (XX b) (. .)))\n")
    assert len(list(task.examples("train"))) == 3


def test_the_training_split_is_scored_against_its_own_trees(tmp_path):
    """Not against what a parser made, nor the short sentences alone."""
    trees = "(TOP (S (S (NN a))))\n(TOP (S (NN b) (NN c)))\n"
    own = folder(tmp_path / "own", trees)
    extra = folder(tmp_path / "extra", "(TOP (S (NN x)))\n")
    config = DataConfig(
        max_words=1,
        collapse_unaries=True,
        extra_data_dir=str(extra),
        extra_weight=0.5,
    )
    task = ParsingTask(config, own)
    assert [e.inputs for e in task.examples("train")] == ["a", "a", "x"]
    gold = [example.targets for example in task.gold_examples("train")]
    assert gold == trees.splitlines()


def test_long_training_sentences_are_left_out_and_counted(tmp_path, capfd):
    task = ParsingTask(DataConfig(max_words=1), folder(tmp_path))
    assert [e.inputs for e in task.examples("train")] == ["c"]
    assert (
        "left out 1 of 2 trees with more than 1 words" in capfd.readouterr().err
    )
    folder(tmp_path, split="dev")
    assert len(list(task.examples("dev"))) == 2


def test_mistakes_are_said_before_any_work(tmp_path):
    own = folder(tmp_path)
    with pytest.raises(ConfigError, match=r"`data\.extra_data_dir` must be"):
        next(ParsingTask(DataConfig(extra_weight=1.0), own).examples("train"))
    config = override(get_preset("parsing/tiny"), ["data.evalb=nonsense"])
    task = ParsingTask(config.data, None)
    with pytest.raises(ConfigError, match=r"`data\.evalb`: .* COLLINS, nk"):
        check_sources(task, config)
    # Who only parses needs no such file.
    assert not task.postprocess("(S XX )S", "a").repaired
    for weight in (-1.0, 0.7, 1.5, float("inf"), float("nan")):
        with pytest.raises(ConfigError, match="extra_weight"):
            DataConfig(extra_weight=weight)
    with pytest.raises(DataError, match=r"data\.max_words.*every one of 1 "):
        own = folder(tmp_path, "(TOP (S (NN a) (NN b)))")
        list(ParsingTask(DataConfig(max_words=1), own).examples("train"))
    with pytest.raises(ConfigError, match="share_embeddings"):
        override(get_preset("parsing/tiny"), ["model.share_embeddings=all"])


def test_a_wrong_tag_cannot_hide_a_sentence_from_evalb(tmp_path):
    """Only words that the treebank tags both ways keep their prediction."""
    trees = "(TOP (S (NN a) (: -) (, ,)))\n(TOP (S (NN a) (HYPH -)))\n"
    config = DataConfig(
        terminals="tags", vocab_size=267, gold_punctuation=False
    )
    task = ParsingTask(config, folder(tmp_path, trees))
    task.build_vocabularies(tmp_path)
    task.vocabularies(tmp_path)
    for symbols in ("(S , NN NN )S", "(S '' : , )S"):
        output = task.postprocess(symbols, "a - ,")
        score = task.score([output.text], ["(TOP (S (NN a) (NN -) (, ,)))"])
        assert score.compute()["errors"] == (": " in symbols)
    other = ParsingTask(DataConfig(vocab_size=267), tmp_path)
    with pytest.raises(ConfigError, match=r"data\.terminals"):
        other.vocabularies(tmp_path)


def test_postprocess_puts_words_back_and_repairs():
    task = ParsingTask(POCKET, None)
    good = task.postprocess("(S XX XX )S", "a .")
    assert good == ("(TOP (S (XX a) (. .)))", False)
    for symbols in ("", ")S XX", "(S XX", "XX XX XX XX", "(NP (NP"):
        output = task.postprocess(symbols, "a b .")
        assert output.repaired
        words = [w.strip(")") for w in output.text.split() if w[0] != "("]
        assert words == ["a", "b", "."]


def test_scores_are_evalbs(tmp_path):
    task = ParsingTask(POCKET, None)
    gold = "(TOP (S (NP (NN a)) (VP (VB b))))"
    scores = task.score([gold], [gold]).compute()
    assert (scores["f1"], scores["errors"], scores["skips"]) == (100, 0, 0)
    nk = ParsingTask(dataclasses.replace(POCKET, evalb="nk"), None)
    assert nk.score([gold], [gold]).compute()["f1"] == 100


def test_a_score_tells_of_what_evalb_cannot_hold_or_compare(capfd):
    task = ParsingTask(POCKET, None)
    fine, long = "(TOP (S (NN a)))", f"(TOP (S{' (NN a)' * 201}))"
    for _ in range(2):
        task.score([fine, long, "(TOP (S (NN b)))"], [fine, long, fine])
    told = capfd.readouterr().err
    assert "EVALB leaves 1 sentences out, the first: sentence 3: Words " in told
    assert "1 sentences are beyond EVALB's limits, the first: sentence " in told
    assert "2: gold: 201 words, of which EVALB holds 200;" in told
    # Once, however often a training scores its dev.
    assert told.count("tools.evalb tells of each") == 2
    task.score([fine], [fine])
    assert not capfd.readouterr().err


def test_errors_name_the_cure(tmp_path):
    with pytest.raises(ConfigError, match="--data_dir"):
        list(ParsingTask(DataConfig(source="ptb"), None).examples("train"))
    with pytest.raises(DataError, match=r"dev\.mrg: no such file"):
        list(ParsingTask(DataConfig(), folder(tmp_path)).examples("dev"))
    with pytest.raises(ConfigError, match="right_branching"):
        ParsingTask(POCKET, None).baseline("left", "a")


def test_what_is_scored_against_is_not_collapsed(tmp_path):
    tree = "(TOP (S (S (NN a))))"
    own = folder(tmp_path, f"{tree}\n")
    folder(tmp_path, f"{tree}\n", split="dev")
    task = ParsingTask(DataConfig(collapse_unaries=True), own)
    told = [example.targets for example in task.examples("train")]
    assert told == ["(TOP (S (NN a)))"]
    for gold in (
        task.examples("dev"),
        task.file_examples(tmp_path / "dev.mrg"),
    ):
        assert [example.targets for example in gold] == [tree]


def test_gold_files_are_cleaned(tmp_path):
    path = tmp_path / "gold.mrg"
    path.write_text("( (S (NP-SBJ-1 (NN a)) (VP (VB b) (NP (-NONE- *-1)))))")
    examples = list(ParsingTask(POCKET, None).file_examples(path))
    assert examples == [
        Example("a b", "(TOP (S (NP (NN a)) (VP (VB b))))"),
    ]


def test_its_utility_is_f1_over_the_trees_of_its_vocabulary(tmp_path):
    build_tree_vocabulary(
        parse_trees(TREES, "here"), tmp_path / "target.json", tags=True
    )
    vocabulary = TreeVocabulary(tmp_path / "target.json")
    f1 = ParsingTask(POCKET, None).utility((None, vocabulary))
    ids = vocabulary.encode(TREES.splitlines())
    rows = np.zeros((2, max(map(len, ids))), "int32")
    for row, found in zip(rows, ids, strict=True):
        row[: len(found)] = found
    for place, row in enumerate(rows):
        # No span of one tree is in the other.
        np.testing.assert_allclose(f1(rows, row), np.eye(2)[place])


def test_a_split_that_has_nothing_is_told_of_at_once(tmp_path):
    trees = folder(tmp_path)
    folder(tmp_path, "", "dev")
    config = override(
        get_preset("parsing/tiny"), ["data.source=text", "data.dev_split=dev"]
    )
    with pytest.raises(DataError, match="dev"):
        check_sources(ParsingTask(config.data, trees), config)
