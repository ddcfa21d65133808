"""Bodies of requests and answers: TensorFlow Serving's two formats."""

import base64
import json

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from tests.serving.conftest import SIGNATURES, body
from tfformer.serving.limits import Limits
from tfformer.serving.predict import encode_predict, parse_predict
from tfformer.serving.rest_error import RestError

LIMITS = Limits(sentences=8, sentence_characters=50, padded_bytes=200)


def parse(raw):
    return parse_predict(raw, SIGNATURES, LIMITS)


@pytest.mark.parametrize(
    "raw",
    [
        body(instances=[{"text": "a"}, {"text": "é"}]),
        body(instances=["a", "é"]),
        body(inputs=["a", "é"]),
        body(inputs={"text": ["a", "é"]}),
        body(
            signature_name="serving_default",
            instances=["a", {"b64": base64.b64encode("é".encode()).decode()}],
        ),
        body(signature_name="", inputs={"text": ["a", "é"]}),
    ],
)
def test_all_formats_give_the_same_tensor(raw):
    parsed = parse(raw)
    assert parsed.inputs["text"].tolist() == [b"a", "é".encode()]
    assert (parsed.rows, parsed.length, parsed.beams) == (2, 2, 1)
    assert parsed.by_row == (b"instances" in raw)


def test_inputs_with_defaults_may_be_left_out():
    parsed = parse(body(signature_name="beam_search", instances=["a"]))
    assert parsed.inputs["beam_size"] == 4
    parsed = parse(
        body(
            signature_name="beam_search",
            inputs={"text": ["a"], "beam_size": 2, "alpha": 1},
        )
    )
    assert parsed.inputs["beam_size"].dtype == np.int32
    assert parsed.inputs["alpha"] == 1.0


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "JSON Parse error"),
        (b"{", "JSON Parse error"),
        (b"\xff", "not UTF-8"),
        (b"[1]", "Is not object"),
        (b"[" * 100_000, "nested too deep|JSON Parse error"),
        (b'{"instances": [' + b"9" * 5000 + b"]}", "JSON Parse error|Type"),
        (body(), "one of 'inputs' or 'instances'.*neither"),
        (body(inputs=["a"], instances=["a"]), "both"),
        (body(instances={}), "list/array"),
        (body(instances=[]), "No values"),
        (body(instances=[None]), "Type: Null.*string"),
        (body(instances=[3]), "Type: Number.*string"),
        (body(instances=["a", ["b"]]), "Type: Array"),
        (body(instances=[["a"]]), r"shape \[-1\]"),
        (body(instances=[{"text": "a"}, "b", {}]), "process element: 2"),
        (body(instances=[{"word": "a"}]), 'named input: "word".*text'),
        (body(inputs={}), "Missing named input: text"),
        (body(inputs="a"), r"shape \[-1\]. Received: \[\]"),
        (body(signature_name=3, inputs=["a"]), "must be a string"),
        (body(signature_name="x", inputs=["a"]), '"x" not found.*attention'),
        (body(instances=[{"b64": "?"}]), "base64"),
        (body(instances=[{"b64": "/w=="}]), "base64 of UTF-8"),
        (body(instances=[{"b64": 3}]), "Type: Object"),
        (body(instances=["a\0"]), "NUL"),
        (body(instances=[{"b64": "AA=="}]), "NUL"),
        (b'{"instances": ["\\ud800"]}', "surrogate"),
        (body(instances=["a"] * 9), "sentences.*8.*Received: 9"),
        (body(instances=["a" * 51]), "characters.*50.*51"),
        (body(instances=["a"] * 7 + ["a" * 40]), "longest.*200.*320"),
    ],
)
def test_a_wrong_body_is_told_what_is_wrong(raw, said):
    with pytest.raises(RestError, match=said) as caught:
        parse(raw)
    assert caught.value.status == 400
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("beam_size", 0, "1 to 32"),
        ("beam_size", 10**6, "1 to 32"),
        ("beam_size", 10**30, "int32"),
        ("beam_size", 1.5, "int32"),
        ("beam_size", True, "int32"),
        ("alpha", float("nan"), "float"),
        ("alpha", 1e300, "float"),
        pytest.param("alpha", 10**400, "float", id="huge"),
        ("alpha", 99, "0 to 10"),
        ("alpha", -0.5, "0 to 10. Received: -0.5"),
        ("alpha", "1", "float"),
    ],
)
def test_a_search_is_held_to_sense(name, value, said):
    raw = body(signature_name="beam_search", inputs={"text": [], name: value})
    with pytest.raises(RestError, match=said):
        parse(raw)


def test_a_larger_beam_is_for_less_text():
    def ask(beam_size, count):
        inputs = {"text": ["a" * 50] * count, "beam_size": beam_size}
        return parse(body(signature_name="beam_search", inputs=inputs))

    assert (ask(4, 4).length, ask(4, 4).beams) == (50, 1)
    assert (ask(8, 2).length, ask(8, 2).beams) == (50, 2)
    with pytest.raises(RestError, match=r"beam is larger.*Received: 300"):
        ask(8, 3)


@pytest.mark.parametrize(
    ("texts", "limit"),
    [
        (["a" * 200] * 64, None),
        (["a" * 2000], None),
        (["\u0434" * 2000], None),
        (["a" * 2000] * 32, "16777216 .attention_pairs.*128000000"),
        # Eight thousand tokens by bytes, each of which attends to each.
        (["\U0001f600" * 2000], "attention_pairs.*64000000"),
        (["\U0001f600" * 2000] * 32, "65536 .padded_bytes.*256000"),
    ],
)
def test_memory_is_bounded_by_bytes_and_their_square(texts, limit):
    raw = body(instances=texts)
    if limit is None:
        assert parse_predict(raw, SIGNATURES, Limits()).rows == len(texts)
    else:
        with pytest.raises(RestError, match=limit):
            parse_predict(raw, SIGNATURES, Limits())


def test_answers_for_every_position_are_for_little_text():
    limits = Limits(explained_bytes=9)
    for name, texts, refused in (
        ("attention", ["a" * 9], False),
        ("attention", ["a" * 5, "b"], True),
        ("serving_default", ["a" * 99], False),
    ):
        raw = body(signature_name=name, inputs=texts)
        if refused:
            with pytest.raises(RestError, match="9 .explained_bytes.*10"):
                parse_predict(raw, SIGNATURES, limits)
        else:
            assert parse_predict(raw, SIGNATURES, limits).rows == len(texts)


def test_one_value_for_all_rows_belongs_into_columns():
    raw = body(
        signature_name="beam_search", instances=[{"text": "a", "beam_size": 2}]
    )
    with pytest.raises(RestError, match="column format"):
        parse(raw)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "b64", "beam_size", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@hypothesis.given(
    st.dictionaries(
        st.sampled_from(["instances", "inputs", "signature_name"]),
        values | st.sampled_from(["beam_search", "attention"]),
    )
)
def test_any_json_is_read_or_refused(document):
    try:
        parsed = parse(json.dumps(document).encode())
    except RestError as error:
        assert error.status == 400
    else:
        assert parsed.inputs.keys() == parsed.signature.inputs.keys()


OUTPUTS = {
    "outputs": np.array([b"\xc3\xa9", b'"'], object),
    "scores": np.array([0.1, -np.inf], np.float32),
}


def test_rows_become_predictions_and_columns_outputs():
    infinity = float("-inf")
    assert json.loads(encode_predict(OUTPUTS, by_row=True)) == {
        "predictions": [
            {"outputs": "é", "scores": 0.1},
            {"outputs": '"', "scores": infinity},
        ]
    }
    assert json.loads(encode_predict(OUTPUTS, by_row=False)) == {
        "outputs": {"outputs": ["é", '"'], "scores": [0.1, infinity]}
    }
    only = {"x_bytes": np.array([b"\xff"], object)}
    assert json.loads(encode_predict(only, by_row=True)) == {
        "predictions": [{"b64": "/w=="}]
    }
