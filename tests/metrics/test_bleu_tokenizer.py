"""Tokenizers that need more than sacreBLEU, really absent or really there."""

import importlib.util
import json
import os

import pytest
import sentencepiece
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_spm import SPM_MODELS

from tests.conftest import run_program
from tfformer.config import BLEU_TOKENIZERS, DataConfig
from tfformer.errors import ConfigError
from tfformer.metrics.bleu import bleu_stats

SPM = ("flores101", "flores200", "spm", "spBLEU-1K")


def test_names_are_sacrebleus():
    assert set(BLEU_TOKENIZERS) == set(BLEU.TOKENIZERS)
    assert set(SPM) == set(SPM_MODELS)
    assert all(DataConfig(bleu_tokenize=name) for name in BLEU_TOKENIZERS)


def test_a_name_that_sacrebleu_does_not_know_is_told():
    with pytest.raises(ConfigError, match="Received: '14b'. Try one of none, "):
        bleu_stats((), (), "14b")


@pytest.mark.parametrize(
    ("name", "package"), [("ja-mecab", "MeCab"), ("ko-mecab", "mecab_ko")]
)
def test_packages_that_are_not_there_are_told_with_no_text_yet(name, package):
    if importlib.util.find_spec(package):
        pytest.skip(f"{package} is installed")
    with pytest.raises(ConfigError) as raised:
        bleu_stats((), (), name)
    told = str(raised.value)
    assert f"Received: {name}, whose packages are not installed" in told
    assert told.endswith(f"install 'sacrebleu[{name[:2]}]'.")
    assert "\n" not in told


@pytest.fixture
def scored(tmp_path):
    """Runs tools.bleu with sacreBLEU's folder at `tmp_path`, and no network."""
    (tmp_path / "texts").write_text("ababab\n")

    def run(name):
        nowhere = "http://127.0.0.1:9"
        return run_program(
            "tools.bleu",
            f"--hypotheses={tmp_path / 'texts'}",
            f"--references={tmp_path / 'texts'}",
            f"--tokenize={name}",
            SACREBLEU=str(tmp_path),
            https_proxy=nowhere,
            HTTPS_PROXY=nowhere,
            no_proxy="",
            NO_PROXY="",
        )

    return run


@pytest.mark.parametrize("name", ["flores101", "flores200"])
def test_a_model_that_cannot_be_downloaded_is_told(scored, tmp_path, name):
    done = scored(name)
    assert (done.returncode, done.stdout) == (2, b"")
    announced, told = done.stderr.decode().splitlines()
    url = SPM_MODELS[name]["url"]
    path = tmp_path / "models" / os.path.basename(url)
    assert announced == f"sacreBLEU downloads {url} to {path}"
    assert f"Received: {name}, whose model could not be read (" in told
    assert told.endswith(f". Download {url} and save it as {path}.")


def test_a_damaged_model_is_told(scored, tmp_path):
    path = tmp_path / "models" / os.path.basename(SPM_MODELS["spm"]["url"])
    path.parent.mkdir()
    path.write_bytes(b"half")
    done = scored("flores101")
    assert done.returncode == 2
    (told,) = done.stderr.decode().splitlines()
    assert told.startswith("error: `tokenize` (data.bleu_tokenize) must be")
    assert told.endswith(f"save it as {path}.")


def test_a_model_that_is_there_is_used(scored, tmp_path):
    path = tmp_path / "models" / os.path.basename(SPM_MODELS["spm"]["url"])
    path.parent.mkdir()
    with open(path, "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["ab", "ba", "abab"]),
            model_writer=file,
            vocab_size=6,
            model_type="char",
            minloglevel=2,
        )
    done = scored("flores101")
    assert done.returncode == 0, done.stderr.decode()
    scores = json.loads(done.stdout.splitlines()[-1])
    # One word, but several pieces.
    assert scores["bleu"] == pytest.approx(100.0)
    assert "|tok:flores101|" in scores["signature"]
