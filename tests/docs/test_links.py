"""Documents say only what is there; and the checker sees what is not."""

import pytest

from tests.conftest import ROOT
from tests.docs.links import anchors, problems

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_documents_name_is_there(path):
    text = path.read_text(encoding="utf-8")
    assert problems(text, path) == []


@pytest.mark.parametrize(
    ("sample", "problem"),
    [
        ("[x](nothing.md)", "no such file"),
        ("[x](#nowhere)", "no such heading"),
        ("[x](../README.md#nowhere)", "no such heading"),
        ("[`Nobody`](../tfformer/config/model.py)", "has no Nobody"),
        ("[`Rules.h`](../tfformer/config/rules.py)", "has no Rules.h"),
        ("[`test_no`](../tests/config/test_experiment.py)", "has no test_no"),
        ("`translation/huge`", "no preset"),
        ("`model.num_legs`", "no setting"),
        ("`model.num_legs=2`", "no setting"),
        ("`python -m pipelines.trian`", "no such program"),
        ("`python tools/nothing.py`", "no such program"),
        ("`python -m pipelines.train --presets=x`", "no option --presets"),
        ("```\npython -m bench.margins \\\n  --nothing\n```", "no option"),
        ("`python -m bench.margins why`", "no choice why"),
        ("`python -m bench.choices\nremake`", "no choice remake"),
        ("`python -m pipelines.train --preset=translation/x`", "--preset"),
        ("`python -m pipelines.train --set model.n=2`", "unknown field"),
        ("`python -m pipelines.train --set=train.steps=x`", "type int"),
    ],
)
def test_what_is_not_there_is_told(sample, problem):
    found = problems(sample, ROOT / "docs" / "sample.md")
    assert len(found) == 1 and problem in found[0]


@pytest.mark.parametrize(
    "sample",
    [
        "# Of `q` and k\n[x](#of-q-and-k)",
        "[x](../README.md#two-commands)",
        "[`ModelConfig.num_layers`](../tfformer/config/model.py)",
        "[`PAD_ID`](../tfformer/config/special_ids.py), [all](../tfformer)",
        "`model.num_layers=2` of `translation/tiny` and `Layer.call`",
        "```\npython -m pipelines.train --preset=translation/tiny \\\n"
        "    --set train.steps=2 --workdir=W > log\n```",
        "`python -m tools.run_local_cluster --workers=2 -- python -m "
        "pipelines.train --workdir=W`",
        "`python -m pip install x` and https://example.com/nothing.md",
    ],
)
def test_what_is_there_is_no_problem(sample):
    assert problems(sample, ROOT / "docs" / "sample.md") == []


def test_a_renamed_symbol_breaks_the_map(tmp_path):
    module, text = tmp_path / "layer.py", "[`Layer.call`](layer.py)"
    module.write_text("class Layer:\n    def call(self): ...\n")
    assert problems(text, tmp_path / "map.md") == []
    renamed = tmp_path / "renamed.py"
    renamed.write_text("class Layer:\n    def run(self): ...\n")
    text = text.replace("layer.py", "renamed.py")
    assert problems(text, tmp_path / "map.md") == [
        "renamed.py has no Layer.call"
    ]


def test_anchors_are_githubs():
    heading = "## 3.2 Attention: `softmax`, and 1/sqrt(d_k)?"
    assert anchors(heading) == {"32-attention-softmax-and-1sqrtd_k"}
