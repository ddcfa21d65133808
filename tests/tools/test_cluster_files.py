"""The example files for clusters are what their systems take."""

import subprocess

import pytest

from tests.conftest import ROOT

FOLDER = ROOT / "tools" / "cluster"


def check(value, kind, path, models):
    """Compares a value with a type of Kubernetes' API, field by field."""
    plain = {"str": str, "int": int, "bool": bool, "object": object}
    if kind.startswith("list["):
        for item in value:
            check(item, kind[5:-1], f"{path}[]", models)
    elif kind.startswith("dict("):
        for key, item in value.items():
            check(item, kind[5:-1].split(", ")[1], f"{path}.{key}", models)
    elif kind in plain:
        assert isinstance(value, plain[kind]), path
    else:
        cls = next(getattr(m, kind) for m in models if hasattr(m, kind))
        fields = {name: attr for attr, name in cls.attribute_map.items()}
        for name, item in value.items():
            assert name in fields, f"{path} has no {name}"
            check(
                item, cls.openapi_types[fields[name]], f"{path}.{name}", models
            )
        # Raises if a field that is required is missing.
        cls(**{fields[name]: item for name, item in value.items()})


def test_the_manifest_is_a_tfjob():
    """Needs `make test-manifest`, which installs the operator's SDK."""
    yaml = pytest.importorskip("yaml", reason="run make test-manifest")
    job = pytest.importorskip("kubeflow.training.models")
    kubernetes = pytest.importorskip("kubernetes.client")
    manifest = yaml.safe_load((FOLDER / "tfjob.yaml").read_text())
    check(manifest, "KubeflowOrgV1TFJob", "", (job, kubernetes))
    worker = manifest["spec"]["tfReplicaSpecs"]["Worker"]
    (container,) = worker["template"]["spec"]["containers"]
    assert container["name"] == "tensorflow"
    assert worker["restartPolicy"] == "ExitCode"


def test_the_slurm_script_is_bash():
    subprocess.run(["bash", "-n", FOLDER / "train.slurm"], check=True)
