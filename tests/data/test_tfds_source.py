"""Translation sets by name, through the real classes of TFDS."""

import numpy as np
import pytest
import requests
import tensorflow_datasets as tfds

from tests.data.wmt_archives import checksum_line, write_archives
from tfformer.data.sources import Example
from tfformer.data.tfds_source import TfdsSource
from tfformer.data.translate_folder import TranslateFolderSource
from tfformer.errors import ConfigError, DataError

PAIRS = [(f"hello {n}", f"hallo {n}") for n in range(23)]


class SmallTranslate(tfds.core.GeneratorBasedBuilder):
    """A translation set, a talk in many languages, and something else."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(name=name, version="1.0.0")
        for name in ("pairs", "talks", "en-de", "numbers")
    ]

    def _info(self):
        text = tfds.features.Text()
        many = tfds.features.TranslationVariableLanguages(["de", "en", "fr"])
        return tfds.core.DatasetInfo(
            builder=self,
            features={
                "pairs": tfds.features.Translation(["de", "en"]),
                "talks": tfds.features.FeaturesDict(
                    {"texts": many, "of": text}
                ),
                "en-de": tfds.features.FeaturesDict({"src": text, "dst": text}),
                "numbers": tfds.features.FeaturesDict({"en": np.int64}),
            }[self.builder_config.name],
            supervised_keys=("src", "dst")
            if self.builder_config.name == "en-de"
            else None,
        )

    def _split_generators(self, dl_manager):
        return {
            "train": self._generate_examples(),
            "validation": self._generate_examples(7),
        }

    def _generate_examples(self, count=None):
        for number, (en, de) in enumerate(PAIRS[:count]):
            some = {"en": en} if number % 4 else {"en": [en, "other"], "de": de}
            yield (
                number,
                {
                    "pairs": {"en": en, "de": de},
                    "talks": {"texts": {"fr": "oui", **some}, "of": "x"},
                    "en-de": {"src": en, "dst": de},
                    "numbers": {"en": number},
                }[self.builder_config.name],
            )


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(self, url, **more):
        raise requests.ConnectionError(f"no network for {url}")

    monkeypatch.setattr(requests.Session, "get", refuse)
    # Nor what other tests made known.
    from tensorflow_datasets.core.download import checksums

    known = checksums.get_all_url_infos()
    kept = dict(known)
    of_wmt14 = tfds.builder_cls("wmt14_translate").url_infos
    kept_of_wmt14 = dict(of_wmt14)
    yield
    known.clear()
    known.update(kept)
    of_wmt14.clear()
    of_wmt14.update(kept_of_wmt14)


@pytest.fixture(scope="module")
def small_dir(tmp_path_factory):
    """A data_dir where the sets above are prepared in files of 5 or so."""
    folder = tmp_path_factory.mktemp("tfds")
    for config in SmallTranslate.BUILDER_CONFIGS:
        SmallTranslate(
            config=config.name, data_dir=folder
        ).download_and_prepare(
            download_config=tfds.download.DownloadConfig(num_shards=5)
        )
    return folder


def small(small_dir, config, languages=("en", "de")):
    return TfdsSource(f"small_translate/{config}", small_dir, None, *languages)


def sorted_pairs(source, split):
    return sorted((e.inputs, e.targets) for e in source.examples(split))


@pytest.mark.parametrize("foreign", ["de", "fr"])
def test_wmt14_is_read_from_its_original_archives(foreign, tmp_path):
    pairs = write_archives(tmp_path / "archives")
    source = TfdsSource(
        f"wmt14_translate/{foreign}-en",
        tmp_path / "tfds",
        tmp_path / "archives",
        "en",
        foreign,
    )
    for split in ("train", "validation", "test"):
        want = {Example(en, other) for other, en in pairs[split, foreign]}
        read = list(source.examples(split))
        assert len(read) == source.count(split) == len(pairs[split, foreign])
        assert set(read) == want
    # It was prepared once and for all.
    again = TfdsSource(source.name, source.data_dir, None, foreign, "en")
    swapped = [Example(e.targets, e.inputs) for e in source.examples("train")]
    assert list(again.examples("train")) == swapped


def test_another_archive_of_that_name_is_refused(tmp_path):
    folder = tmp_path / "archives"
    write_archives(folder)
    line = checksum_line(
        "http://www.statmt.org/wmt13/training-parallel-europarl-v7.tgz",
        folder / "training-parallel-europarl-v7.tgz",
    )
    (folder / "checksums.tsv").unlink()
    source = TfdsSource(
        "wmt14_translate/de-en", tmp_path / "tfds", folder, "en", "de"
    )
    with pytest.raises(DataError, match="europarl-v7.tgz: not the arch") as got:
        source.count("train")
    assert line.strip().replace("\t", r"\t") in str(got.value)
    (folder / "checksums.tsv").write_text("what is\tthis\n")
    with pytest.raises(DataError, match="checksums.tsv: each line must be"):
        TfdsSource(source.name, tmp_path / "tfds", folder, "en", "de").count(
            "train"
        )


def test_what_cannot_be_had_is_named_with_its_cure(tmp_path):
    def read(name, manual_dir=None, languages=("en", "de")):
        return next(
            TfdsSource(name, tmp_path, manual_dir, *languages).examples("train")
        )

    with pytest.raises(ConfigError, match="tfds:no_such.*wmt14_translate"):
        read("no_such")
    with pytest.raises(ConfigError, match="xx-en not found.*cs-en, de-en"):
        read("wmt14_translate/xx-en")
    with pytest.raises(ConfigError, match="at version 9.9.9, only: 1.0.0"):
        read("wmt14_translate/de-en:9.9.9")
    with pytest.raises(ConfigError, match="en and de, .* image: Image"):
        read("mnist")
    with pytest.raises(ConfigError, match="en and de, .* fr: Text, en: Text"):
        read("wmt14_translate/fr-en")
    with pytest.raises(DataError, match="manual_dir=FOLDER with .*dev.tgz"):
        read("wmt14_translate/de-en")
    with pytest.raises(DataError, match="`data.manual_dir` must be a folder"):
        read("wmt14_translate/de-en", tmp_path / "absent")


def test_a_damaged_archive_is_named(tmp_path):
    folder = tmp_path / "archives"
    write_archives(folder)
    path = folder / "dev.tgz"
    path.write_bytes(path.read_bytes()[:100])
    url = "http://data.statmt.org/wmt19/translation-task/dev.tgz"
    with open(folder / "checksums.tsv", "a") as table:
        table.write(checksum_line(url, path))
    with pytest.raises(DataError, match="archive is damaged.*dev.tgz"):
        TfdsSource(
            "wmt14_translate/de-en", tmp_path / "tfds", folder, "en", "de"
        ).count("train")


@pytest.mark.parametrize("config", ["pairs", "en-de"])
def test_pairs_are_found_by_language(config, small_dir):
    source = small(small_dir, config)
    assert sorted_pairs(source, "train") == sorted(PAIRS)
    turned = small(small_dir, config, ("de", "en"))
    assert next(turned.examples("validation")).targets.startswith("hello")


def test_records_that_lack_a_language_are_counted(small_dir, capfd):
    source = small(small_dir, "talks")
    assert sorted_pairs(source, "train") == sorted(PAIRS[::4])
    assert source.count("train") == 23
    assert (
        "left out 17 of 23 records that lack en or de" in capfd.readouterr().err
    )
    with pytest.raises(ConfigError, match="features are en: "):
        next(small(small_dir, "numbers").examples("train"))


def test_any_part_is_that_part_of_the_whole(small_dir):
    source = small(small_dir, "pairs")
    assert len(source._prepared.info.splits["train"].shard_lengths) == 5
    for split in ("train", "train[20%:]", "train[5:9]+validation+train[:3]"):
        whole = list(source.examples(split))
        assert len(whole) == source.count(split)
        for start in (0, 3, 11, len(whole)):
            for stop in (start + 2, 99):
                part = list(source.examples(split, start, stop))
                assert part == whole[start:stop]


def test_an_unknown_split_lists_the_known_ones(small_dir):
    source = small(small_dir, "pairs")
    for split in ("dev", "train[:x]"):
        with pytest.raises(DataError, match=r"train \(23\), validation \(7\)"):
            source.count(split)
    fingerprints = {source.fingerprint(s) for s in ("train", "train[:9]")}
    assert len(fingerprints) == 2


def test_translate_folder_reads_as_tfds_does(tmp_path):
    for language, number in (("en", 0), ("de", 1)):
        for split, count in (("train", 20), ("test", 4)):
            (tmp_path / f"{language}.{split}.txt").write_text(
                "".join(f"{pair[number]}\n" for pair in PAIRS[:count])
            )
    source = TranslateFolderSource(tmp_path, "en", "de")
    builder = tfds.folder_dataset.TranslateFolder(str(tmp_path))
    for split in ("train", "test"):
        want = [
            Example(example["en"].decode(), example["de"].decode())
            for example in tfds.as_numpy(builder.as_dataset(split=split))
        ]
        assert list(source.examples(split)) == want
    with pytest.raises(DataError, match="en.dev.txt: no such file.*de.test"):
        source.count("dev")
