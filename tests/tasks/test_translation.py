import pytest

from tfformer.config import DataConfig, ExperimentConfig, override
from tfformer.errors import ConfigError, DataError
from tfformer.metrics.translation import TranslationStats
from tfformer.tasks.task import (
    get_preset,
    get_task,
    make_task,
    preset_names,
    task_names,
)
from tfformer.tasks.translation import TranslationTask


def test_the_task_is_found_by_name():
    assert "translation" in task_names()
    assert get_task("translation") is TranslationTask
    with pytest.raises(ConfigError, match="one of .*translation.*'no'"):
        get_task("no")


@pytest.mark.parametrize("name", preset_names())
def test_presets_are_named_after_their_task(name):
    config = get_preset(name)
    assert isinstance(config, ExperimentConfig)
    assert config.preset == name and name.startswith(f"{config.task}/")


def test_examples_follow_the_languages(text_dir):
    task = TranslationTask(
        DataConfig(source_language="de", target_language="en"), text_dir
    )
    forward = TranslationTask(DataConfig(), text_dir)
    for back, there in zip(
        task.examples("dev"), forward.examples("dev"), strict=True
    ):
        assert (back.inputs, back.targets) == (there.targets, there.inputs)


def test_text_needs_a_folder():
    with pytest.raises(ConfigError, match="`--data_dir` is needed"):
        TranslationTask(DataConfig(), None).examples("dev")


def write_pairs(folder, split, *lines):
    folder.mkdir(exist_ok=True)
    for language in ("en", "de"):
        text = "".join(f"{line} {language}\n" for line in lines)
        (folder / f"{split}.{language}").write_text(text)


def test_extra_pairs_are_trained_on_and_nothing_else(tmp_path):
    own, extra = tmp_path / "own", tmp_path / "extra"
    write_pairs(own, "train", "a")
    write_pairs(own, "dev", "d")
    write_pairs(extra, "train", "x", "y")
    config = DataConfig(extra_data_dir=str(extra), extra_weight=0.5)
    task = TranslationTask(config, own)

    def inputs(examples):
        return [example.inputs for example in examples]

    trained = ["a en", "a en", "x en", "y en"]
    assert inputs(task.examples("train")) == trained
    assert inputs(task.examples("train", 1, 3)) == trained[1:3]
    assert task.count("train") == len(trained)
    assert inputs(task.vocabulary_examples()) == ["a en", "x en", "y en"]
    # A score of the training split is of the data's own references.
    assert inputs(task.gold_examples("train")) == ["a en"]
    plain = TranslationTask(DataConfig(), own)
    assert inputs(plain.vocabulary_examples()) == ["a en"]
    assert task.fingerprint("train") != plain.fingerprint("train")
    assert task.fingerprint("dev") == plain.fingerprint("dev")
    # What is only scored needs no extra pairs.
    (extra / "train.de").unlink()
    task = TranslationTask(config, own)
    assert inputs(task.examples("dev")) == inputs(task.gold_examples("dev"))
    with pytest.raises(DataError, match=r"extra/train\.de: no such file"):
        task.examples("train")


def test_both_faces_of_postprocess_keep_one_line():
    task = TranslationTask(DataConfig(), None)
    texts = ["a\nb", "c\r\nd", "plain ä"]
    plain = [task.postprocess(text, "").text for text in texts]
    graph = task.graph_postprocess(texts, texts).numpy()
    assert plain == [text.decode() for text in graph]
    assert plain[0] == "a b" and "\n" not in "".join(plain)
    # What is too long to decode is copied, to one line too.
    plain = [task.fallback(text) for text in texts]
    graph = task.graph_fallback(texts).numpy()
    assert plain == [text.decode() for text in graph]
    assert plain[0] == "a b" and "\n" not in "".join(plain)


@pytest.mark.parametrize("languages", [("de", "en"), ("en", "fr")])
def test_the_synthetic_corpus_is_of_two_languages(languages):
    config = DataConfig(
        source="pocket",
        source_language=languages[0],
        target_language=languages[1],
    )
    with pytest.raises(ConfigError, match="must be en and de, since"):
        TranslationTask(config, None).examples("dev")


def test_scores_are_bleu():
    stats = TranslationTask(DataConfig(), None).score(["a b c d"], ["a b c d"])
    assert isinstance(stats, TranslationStats)
    assert stats.compute()[TranslationTask.primary_metric] > 99


def test_the_vocabulary_is_joint(text_dir, tmp_path):
    task = TranslationTask(DataConfig(vocab_size=400), text_dir)
    assert not task.has_vocabularies(tmp_path)
    task.build_vocabularies(tmp_path)
    assert task.has_vocabularies(tmp_path)
    source, target = task.vocabularies(tmp_path)
    assert source is target and source.size == 400


def test_a_folder_that_would_not_be_read_is_refused(tmp_path):
    config = get_preset("translation/tiny")
    with pytest.raises(ConfigError, match="Add --set data.source=text"):
        make_task(config, tmp_path)
    make_task(config, None)
    make_task(override(config, ["data.source=text"]), tmp_path)


def test_an_unknown_split_of_pocket_names_the_known_ones():
    task = TranslationTask(DataConfig(source="pocket"), None)
    with pytest.raises(DataError, match="train, dev, test"):
        list(task.examples("test2016"))


@pytest.mark.parametrize("name", ["demo", "tiny"])
def test_a_folder_beside_the_synthetic_corpus_is_refused(name):
    preset = get_preset(f"translation/{name}")
    told = f"source is {preset.data.source},.*Received: /my/data. Add --set"
    with pytest.raises(ConfigError, match=told):
        make_task(preset, "/my/data")
