"""Settings that must precede the import of TensorFlow, and shared fixtures."""

import os
import pathlib
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import hypothesis
import pytest

# Deterministic, and without minutes of shrinking: failing cases are small.
hypothesis.settings.register_profile(
    "tests",
    deadline=None,
    derandomize=True,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("tests")

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


def run_program(module, *flags, stdin=b"", cwd=ROOT):
    """Runs a program of this repository as a user does: in a process."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, flags)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        timeout=300,
    )


def train(folder, preset):
    """Trains a preset in a new workdir, really, and returns the workdir."""
    workdir = folder / "workdir"
    done = run_program(
        "pipelines.train", f"--preset={preset}", f"--workdir={workdir}"
    )
    assert done.returncode == 0, done.stderr.decode()
    return workdir


def export(workdir, output, *flags):
    """Exports a workdir, really, and returns the folder of its versions."""
    done = run_program(
        "tools.export_saved_model",
        f"--workdir={workdir}",
        f"--output_dir={output}",
        *flags,
    )
    assert done.returncode == 0, done.stderr.decode()
    return output


@pytest.fixture(scope="session")
def program():
    """Runs a program; see `run_program`."""
    return run_program


@pytest.fixture(scope="session")
def trained_workdir(tmp_path_factory):
    """A workdir that a real training run of translation/tiny made."""
    return train(tmp_path_factory.mktemp("trained"), "translation/tiny")


@pytest.fixture(scope="session")
def trained_parser(tmp_path_factory):
    """A workdir that a real training run of parsing/tiny made."""
    return train(tmp_path_factory.mktemp("parser"), "parsing/tiny")


@pytest.fixture(scope="session")
def trained_chart_parser(tmp_path_factory):
    """A workdir that a real training run of parsing/tiny_chart made."""
    return train(tmp_path_factory.mktemp("chart"), "parsing/tiny_chart")


@pytest.fixture
def text_dir(tmp_path):
    """A folder of parallel text: train of 400 pairs, dev and test of 20."""
    from tfformer.data.pocket import triples

    folder = tmp_path / "text"
    folder.mkdir()
    for split, size in (("train", 400), ("dev", 20), ("test", 20)):
        pairs = list(triples(split, size))
        (folder / f"{split}.en").write_text(
            "".join(f"{t.english}\n" for t in pairs), encoding="utf-8"
        )
        (folder / f"{split}.de").write_text(
            "".join(f"{t.german}\n" for t in pairs), encoding="utf-8"
        )
    return folder


@pytest.fixture
def multi30k():
    """The real Multi30k corpus, where it is at hand."""
    folder = SHARED_DATA / "multi30k"
    if not folder.is_dir():
        pytest.skip(f"real data not at hand: {folder} is absent")
    return folder
