"""What docs/translation.md has its reader run outside of this repository."""

import re

import sentencepiece

from tests.conftest import ROOT
from tfformer.data.pocket import triples
from tfformer.data.vocabulary import Vocabulary, train_vocabulary

TEXT = (ROOT / "docs" / "translation.md").read_text(encoding="utf-8")


def test_spm_train_makes_a_vocabulary_as_tfformer_does(tmp_path):
    lines = [
        line
        for triple in triples("train", 200)
        for line in (triple.english, triple.german)
    ]
    # As `sed 's/^/ /'` there.
    text = tmp_path / "text"
    text.write_text("".join(f" {line}\n" for line in lines))
    (command,) = re.findall(r"^spm_train ((?:.*\\\n)*.*)$", TEXT, re.MULTILINE)
    given = command.replace("\\\n", " ").split()
    assert "--vocab_size=16000" in given and "--input=text" in given
    sentencepiece.SentencePieceTrainer.train(
        " ".join(given)
        .replace("=16000", "=360")
        .replace("=text", f"={text}")
        .replace("=vocabulary", f"={tmp_path}/vocabulary")
        + " --minloglevel=2"
    )
    theirs = Vocabulary(tmp_path / "vocabulary.model")
    train_vocabulary(lines, tmp_path / "own.model", 360)
    own = Vocabulary(tmp_path / "own.model")
    assert theirs.piece_scores() == own.piece_scores()
    odd = [" two  spaces ", "Fahrräder \ufb01 \u2581 \U0001f600", *lines]
    assert theirs.encode(odd) == own.encode(odd)
    assert theirs.decode(theirs.encode(odd)) == odd
