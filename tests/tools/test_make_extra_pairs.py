import json
import shutil

import pytest

from tests.conftest import run_program
from tfformer.data.pocket import triples


def parallel_text(folder, *splits):
    """Writes text of Pocket: split and number of pairs, again and again."""
    folder.mkdir()
    for split, count in splits:
        pairs = list(triples(split, count))
        for language, lines in (
            ("en", [pair.english for pair in pairs]),
            ("de", [pair.german for pair in pairs]),
        ):
            text = "".join(f"{line}\n" for line in lines)
            (folder / f"{split}.{language}").write_text(text)


def backwards(workdir, folder):
    """Copies a workdir as one of the other direction: it says so, no more."""
    shutil.copytree(workdir, folder)
    config = json.loads((folder / "config.json").read_text())
    config["data"] |= {
        "source": "text",
        "source_language": "de",
        "target_language": "en",
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.slow
def test_its_pairs_are_trained_on(trained_workdir, tmp_path):
    data, extra = tmp_path / "data", tmp_path / "extra"
    parallel_text(data, ("train", 30), ("dev", 10))
    flags = (
        f"--workdir={trained_workdir}",
        "--set=data.source=text",
        f"--data_dir={data}",
        f"--output_dir={extra}",
    )
    back = backwards(trained_workdir, tmp_path / "back")
    done = run_program(
        "tools.make_extra_pairs", *flags, f"--backward_workdir={back}"
    )
    assert done.returncode == 0, done.stderr.decode()
    counts = json.loads(done.stdout.splitlines()[-1])
    assert counts["pairs"] == 60
    sides = [
        (extra / f"train.{language}").read_text().splitlines()
        for language in ("en", "de")
    ]
    assert [len(side) for side in sides] == [counts["kept"]] * 2
    english = (data / "train.en").read_text().splitlines()
    german = (data / "train.de").read_text().splitlines()
    assert all(
        source in english or target in german
        for source, target in zip(*sides, strict=True)
    )
    trained = run_program(
        "pipelines.train",
        "--preset=translation/tiny",
        "--set=data.source=text",
        f"--data_dir={data}",
        f"--workdir={tmp_path / 'w'}",
        f"--set=data.extra_data_dir={extra}",
        "--set=data.extra_weight=1",
        "--set=train.steps=1",
    )
    assert trained.returncode == 0, trained.stderr.decode()
    total = 30 + counts["kept"]
    assert f"train: {total} of {total} pairs" in trained.stderr.decode()
    again = run_program("tools.make_extra_pairs", *flags)
    assert again.returncode == 2
    assert b"`--output_dir` must not exist yet" in again.stderr


def test_models_of_one_direction_are_refused(trained_workdir, tmp_path):
    done = run_program(
        "tools.make_extra_pairs",
        f"--workdir={trained_workdir}",
        f"--backward_workdir={trained_workdir}",
        f"--output_dir={tmp_path / 'extra'}",
    )
    assert done.returncode == 2
    assert b"which is en to de. Received: " in done.stderr


def test_a_parser_is_no_translator(trained_parser, tmp_path):
    done = run_program(
        "tools.make_extra_pairs",
        f"--workdir={trained_parser}",
        f"--output_dir={tmp_path / 'extra'}",
    )
    assert done.returncode == 2
    assert b"must be the workdir of a translation model" in done.stderr
