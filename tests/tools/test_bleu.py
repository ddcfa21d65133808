"""The program that scores files, run as a user runs it."""

import json

import pytest
import sacrebleu

from tests.conftest import run_program
from tfformer.metrics.translation import translation_stats

HYPOTHESES = [
    "Ein Mann im rot-weißen Hemd schläft heute auf dem Sofa.",
    "",
    "Eine Frau\u2028liest\x0bein Buch, und zwei Hunde spielen.",
]
REFERENCES = [
    "Ein Mann im rot-weißen Hemd sitzt heute auf dem Sofa.",
    "Ein Kind lacht.",
    "Eine Frau liest ein Buch, und zwei Hunde schlafen.",
]


@pytest.fixture
def scored(tmp_path):
    """Runs the program on two files of these bytes."""

    def run(hypotheses, references, *flags):
        (tmp_path / "h.txt").write_bytes(hypotheses)
        (tmp_path / "r.txt").write_bytes(references)
        return run_program(
            "tools.bleu",
            f"--hypotheses={tmp_path / 'h.txt'}",
            f"--references={tmp_path / 'r.txt'}",
            *flags,
        )

    return run


def lines(texts, end="\n"):
    return "".join(f"{text}{end}" for text in texts).encode()


def test_files_are_scored_as_outputs_in_memory(scored):
    done = scored(lines(HYPOTHESES), lines(REFERENCES))
    assert done.returncode == 0, done.stderr.decode()
    stats = translation_stats(HYPOTHESES, REFERENCES, "de")
    want = f"{stats.render()}{json.dumps(stats.compute())}\n"
    assert done.stdout.decode() == want
    # Only "\n" ends a line.
    assert stats.compute()["sentences"] == 3
    bleu = sacrebleu.corpus_bleu(HYPOTHESES, [REFERENCES]).score
    assert stats.compute()["bleu"] == pytest.approx(bleu)


def test_line_ends_of_windows_are_taken_off(scored):
    done = scored(lines(HYPOTHESES, "\r\n"), lines(REFERENCES, "\r\n"))
    assert done.stdout == scored(lines(HYPOTHESES), lines(REFERENCES)).stdout


def test_language_and_tokenizer_are_those_of_the_flags(scored):
    flags = "--target_language=fr", "--tokenize=none"
    done = scored(lines(["l' eau ."] * 2), lines(["l' eau ."] * 2), *flags)
    scores = json.loads(done.stdout.splitlines()[-1])
    assert "|tok:none|" in scores["signature"]
    assert "|tok:moses-fr|" in scores["paper_signature"]


@pytest.mark.parametrize(
    ("hypotheses", "references", "told"),
    [
        (
            b"a\nb\n",
            b"a\n",
            "`--hypotheses` and `--references` must have as many lines. "
            "Received: 2 in {}/h.txt and 1 in {}/r.txt. Write",
        ),
        (b"", b"", "`--hypotheses` and `--references` must hold a sentence"),
        (b"a\n", b"\xff\n", "{}/r.txt:1: not UTF-8 (byte 1 of the line is"),
        (b"a\nb\xe9\n", b"a\nb\n", "{}/h.txt:2: not UTF-8 (byte 2 of the"),
    ],
)
def test_mistakes_in_the_files_are_one_line(
    scored, tmp_path, hypotheses, references, told
):
    done = scored(hypotheses, references)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: " + told.replace("{}", str(tmp_path)))


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("none.txt", "`--references` must be a file that can be read"),
        (".", "`--references` must be a file that can be read"),
        ("", "`--references` must not be empty"),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path, path, told):
    (tmp_path / "h.txt").write_text("a\n")
    references = path and tmp_path / path
    done = run_program(
        "tools.bleu",
        f"--hypotheses={tmp_path / 'h.txt'}",
        f"--references={references}",
    )
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"error: {told}")
