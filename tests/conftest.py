"""Settings that must precede the import of TensorFlow, and shared fixtures."""

import fcntl
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import hypothesis
import numpy as np
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

# What would make every training here one of several.
for name in list(os.environ):
    if name.startswith("SLURM_") or name in ("TF_CONFIG", "TFFORMER_LABEL"):
        del os.environ[name]

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Lets no test's draws depend on which tests its process ran before."""
    module = getattr(item, "module", None)
    if hasattr(module, "RANDOM"):
        module.RANDOM = np.random.default_rng(0)
    keras = sys.modules.get("keras")
    if keras:
        keras.utils.set_random_seed(0)


def run_program(module, *flags, stdin=b"", cwd=ROOT, **environment):
    """Runs a program of this repository as a user does: in a process."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, flags)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=300,
    )


def train(folder, preset, *assignments):
    """Trains a preset in a new workdir, really, and returns the workdir."""
    workdir = folder / "workdir"
    done = run_program(
        "pipelines.train",
        f"--preset={preset}",
        f"--workdir={workdir}",
        "--set=train.eval_sentences=50",
        *(f"--set={assignment}" for assignment in assignments),
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
def made_once(tmp_path_factory):
    """Makes a folder once, for all processes of one run of the tests."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def make(name, maker):
        folder = base / "shared" / name
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "made").exists():
                maker(folder)
                (folder / "made").touch()
        return folder

    return make


def _trained(made_once, preset):
    folder = made_once(preset, lambda folder: train(folder, preset))
    return folder / "workdir"


def _exported(made_once, name, workdir):
    folder = made_once(name, lambda folder: export(workdir, folder / "model"))
    return folder / "model"


@pytest.fixture(scope="session")
def trained_workdir(made_once):
    """A workdir that a real training run of translation/tiny made.

    This and the folders below are read by many tests: write into a copy.
    """
    return _trained(made_once, "translation/tiny")


@pytest.fixture(scope="session")
def trained_parser(made_once):
    """A workdir that a real training run of parsing/tiny made."""
    return _trained(made_once, "parsing/tiny")


@pytest.fixture(scope="session")
def trained_chart_parser(made_once):
    """A workdir that a real training run of parsing/tiny_chart made."""
    return _trained(made_once, "parsing/tiny_chart")


@pytest.fixture(scope="session")
def exported_translator(made_once, trained_workdir):
    """The folder of versions of a real export of `trained_workdir`."""
    return _exported(made_once, "translator", trained_workdir)


@pytest.fixture(scope="session")
def exported_parser(made_once, trained_parser):
    """The folder of versions of a real export of `trained_parser`."""
    return _exported(made_once, "parser", trained_parser)


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
