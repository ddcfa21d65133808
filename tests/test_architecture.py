"""The house stands: imports point down, functions stay short."""

import ast
import pathlib
import statistics
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Lower number = lower floor. A room imports from lower floors and itself.
FLOORS = {
    "errors": 0,
    "config": 1,
    "kernels": 1,
    "leaving": 1,
    "model_dir": 1,
    "progress": 1,
    "cost": 2,
    "layers": 2,
    "losses": 2,
    "schedules": 2,
    "metrics": 2,
    "data": 3,
    "models": 3,
    "decoding": 3,
    "tasks": 4,
    "training": 5,
    "export": 5,
    "visual": 4,
    "sweeps": 6,
    "serving": 5,
}
# Rooms on one floor that may not see each other are told apart here.
APART = {
    ("data", "models"),
    ("data", "decoding"),
    ("data", "metrics"),
    ("data", "layers"),
    ("models", "data"),
    ("models", "decoding"),
    ("models", "metrics"),
    ("decoding", "data"),
    ("decoding", "models"),
    ("decoding", "layers"),
    ("decoding", "metrics"),
    ("tasks", "models"),
    ("training", "export"),
    ("export", "training"),
    # A server knows a model by its SavedModel alone.
    *(
        ("serving", room)
        for room in (
            "data",
            "decoding",
            "export",
            "layers",
            "metrics",
            "models",
            "tasks",
            "training",
        )
    ),
    ("export", "serving"),
    ("training", "serving"),
}
NO_TENSORFLOW = ("layers", "models", "decoding", "losses", "schedules")
SOURCES = sorted((ROOT / "tfformer").rglob("*.py"))
ALL_SOURCES = SOURCES + [
    path
    for folder in ("pipelines", "tools")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def imported_modules(path):
    """Every module that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{a.name}" for a in node.names)


def room(module):
    """ "tfformer.data.sources" is in the room "data"."""
    parts = module.split(".")
    return parts[1] if parts[0] == "tfformer" and len(parts) > 1 else None


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_down(path):
    own = path.relative_to(ROOT / "tfformer").parts[0].removesuffix(".py")
    if own == "__init__":
        return
    for module in imported_modules(path):
        assert module.split(".")[0] not in ("pipelines", "tools", "absl"), (
            f"{path} imports {module}"
        )
        other = room(module)
        if other is None or other == own or other not in FLOORS:
            continue
        assert FLOORS[other] <= FLOORS[own], f"{path} imports {module}"
        assert (own, other) not in APART, f"{path} imports {module}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_room_is_on_a_floor(path):
    own = path.relative_to(ROOT / "tfformer").parts[0].removesuffix(".py")
    assert own in FLOORS or own == "__init__"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_the_model_does_not_import_tensorflow(path):
    own = path.relative_to(ROOT / "tfformer").parts[0].removesuffix(".py")
    if own in NO_TENSORFLOW or own == "metrics":
        roots = {module.split(".")[0] for module in imported_modules(path)}
        assert not roots & {"tensorflow", "tensorflow_text"}


def test_functions_are_short():
    lengths = []
    for path in ALL_SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                # The docstring is not counted: it is there to be long.
                body = node.body
                if ast.get_docstring(node) is not None:
                    body = body[1:]
                length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                assert length <= 80, f"{path}: {node.name} has {length} lines"
                lengths.append(length)
    assert statistics.median(lengths) <= 12


def test_no_room_is_called_utils():
    banned = {"utils", "util", "misc", "helpers", "common"}
    assert not banned & {path.stem for path in ALL_SOURCES}


@pytest.mark.parametrize(
    "module",
    [
        "tfformer",
        "tfformer.config",
        "tfformer.metrics.translation",
        "pipelines.build_vocabulary",
        "pipelines.prepare_data",
        "pipelines.train",
        "tfformer.training.shard_runners",
        "tfformer.tasks.parsing",
        "tfformer.training.corpora",
        "tools.run_local_cluster",
        "tools.bleu",
        "tools.evalb",
        "pipelines.score",
        "pipelines.sweep",
        "tfformer.sweeps.sweep",
        "tools.cost",
        "tfformer.training.step_pairs",
        "tools.average_checkpoints",
        "tools.inspect_batches",
        "tools.make_extra_pairs",
        "tools.make_extra_trees",
        "tools.export_saved_model",
        "tools.serve",
    ],
)
def test_import_is_light(module):
    code = (
        f"import sys, {module}; "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def flags_of(path):
    """What a file defines: its own flags, and those of pipelines.app."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr.startswith("DEFINE_"):
                yield node.args[0].value
            elif node.func.attr.startswith("define_"):
                yield node.func.attr


def test_programs_that_tests_import_share_no_flag():
    """One process imports them all, and absl has one set of flags there."""
    modules = {
        module.replace(".", "/") + ".py"
        for path in (ROOT / "tests").rglob("*.py")
        for module in imported_modules(path)
        if module.split(".")[0] in ("pipelines", "tools", "bench")
    }
    paths = [ROOT / module for module in sorted(modules)]
    found = [f for p in paths if p.is_file() for f in flags_of(p)]
    assert found
    assert sorted(found) == sorted(set(found))
