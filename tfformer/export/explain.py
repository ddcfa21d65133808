"""One text, explained by a model at hand or by an export."""

import functools
import os
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tfformer.config import CHART_METHODS, DecodeConfig
from tfformer.data.vocabulary import Vocabularies
from tfformer.errors import ConfigError, UserError
from tfformer.export.serving import ServingModule
from tfformer.export.versions import newest_version
from tfformer.model_dir import check_model_dir
from tfformer.models.chart_parser import ChartParser
from tfformer.models.transformer import Transformer
from tfformer.tasks.task import Task
from tfformer.visual.explanation import ATTENTIONS, Explanation, Hypothesis

# As `ServingModule.signatures` has it: text and beam size to arrays by name.
Explain = Callable[..., Mapping[str, tf.Tensor]]


def explaining(
    model: Transformer | ChartParser,
    vocabularies: Vocabularies,
    task: Task,
    config: DecodeConfig,
) -> Explain:
    """Returns the signature `explain` of a model that is at hand.

    Args:
        model: as of `ServingModule`.
        vocabularies: of source and target.
        task: prepares and postprocesses strings.
        config: the defaults of the search.

    Raises:
        ConfigError: for a chart parser, which has no decoder to look at.
    """
    if config.method in CHART_METHODS:
        raise ConfigError(
            "`--workdir` must hold a model with a decoder. Received: a chart "
            "parser, which has neither a beam nor such attention. Try a "
            "workdir of model.parser=linearized."
        )
    module = ServingModule(model, vocabularies, task, config)
    return module.signatures()["explain"]


def load_explain(model_dir: str | os.PathLike) -> Explain:
    """Loads the signature `explain` of the newest exported version.

    Args:
        model_dir: folder of the versions.

    Raises:
        UserError: if there is no version, or one without that signature, or
            the folder is itself a version.
    """
    # The tokenizer's ops.
    import tensorflow_text  # noqa: F401

    newest = newest_version(check_model_dir(model_dir))
    if newest is None:
        raise UserError(
            f"`--model_dir` must hold exported versions, such as 1/. Received: "
            f"{model_dir}, without any. Try tools.export_saved_model."
        )
    try:
        signatures = tf.saved_model.load(str(newest)).signatures
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise UserError(
            f"{newest}: cannot be loaded ({str(error).splitlines()[0]}). "
            "Export it anew with tools.export_saved_model."
        ) from error
    if not _explains(signatures):
        raise UserError(
            f"{newest}: must have a signature `explain`, as this version of "
            f"tfformer writes it. Received: {', '.join(sorted(signatures))}. "
            "Export anew a model that has a decoder, and is neither a chart "
            "parser nor an ensemble."
        )
    return functools.partial(signatures["explain"], **_defaults(newest))


def _explains(signatures):
    """Whether there is a signature that answers with what is read here."""
    if "explain" not in signatures:
        return False
    return set(signatures["explain"].structured_outputs) >= {
        "outputs",
        "scores",
        "source_pieces",
        "hypothesis_pieces",
        "hypothesis_log_probs",
        *ATTENTIONS,
    }


def _defaults(version):
    """Defaults of the inputs, which a server fills in and `load` does not."""
    proto = saved_model_pb2.SavedModel()
    proto.ParseFromString((version / "saved_model.pb").read_bytes())
    defaults = proto.meta_graphs[0].signature_def["explain"].defaults
    return {
        name: tf.constant(tf.make_ndarray(value))
        for name, value in defaults.items()
    }


def other_search(config: DecodeConfig, beam_size: int | None) -> str:
    """Says how a configuration searches otherwise than `explain` does.

    Args:
        config: of the workdir.
        beam_size: as given to `explain`.

    Returns:
        One line; an empty one where both search alike.
    """
    others = []
    if config.method != "beam":
        others.append(f"decode.method={config.method}")
    elif beam_size not in (None, config.beam_size):
        others.append(f"decode.beam_size={config.beam_size}")
    if config.rerank != "none":
        others.append(f"decode.rerank={config.rerank}")
    if not others:
        return ""
    return (
        f"shown is the best of a beam of {beam_size or config.beam_size}; "
        f"pipelines.decode searches by {' and '.join(others)}, and may give "
        "another"
    )


def explain(
    function: Explain, text: str, beam_size: int | None = None
) -> Explanation:
    """Explains one text.

    Args:
        function: from `explaining` or `load_explain`.
        text: not blank.
        beam_size: hypotheses kept and shown; None for what the configuration
            has.

    Raises:
        UserError: if the text is blank or not UTF-8, or nothing came of it.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserError(
            f"`--text` must be UTF-8. Received: {text!r}. Try a terminal in "
            "UTF-8."
        ) from None
    if not text.strip():
        raise UserError(
            f"`--text` must not be blank. Received: {text!r}. Give a sentence."
        )
    beam = {} if beam_size is None else {"beam_size": tf.constant(beam_size)}
    answer = {
        name: tensor.numpy()[0]
        for name, tensor in function(text=tf.constant([text]), **beam).items()
    }
    hypotheses = tuple(
        _hypothesis(answer, number)
        for number in range(len(answer["scores"]))
        if np.isfinite(answer["scores"][number])
    )
    if not hypotheses:
        raise UserError(
            "`--text` must have a hypothesis. Received: one without, which "
            "is longer than decode.max_input_length allows, or the weights are "
            "no numbers. Try a shorter one, or another --checkpoint."
        )
    length = len(hypotheses[0].pieces)
    return Explanation(
        "parsing" if _is_tree(hypotheses[0].text) else "translation",
        text,
        _strings(answer["source_pieces"]),
        hypotheses,
        {
            kind: answer[kind]
            if kind == "encoder"
            else _of_targets(kind, answer[kind], length)
            for kind in ATTENTIONS
        },
    )


def _of_targets(kind, weights, length):
    """Leaves out what comes after the end of the best hypothesis."""
    return weights[:, :, :length, : length if kind == "decoder" else None]


def _hypothesis(answer, number):
    pieces = _strings(answer["hypothesis_pieces"][number])
    log_probs = answer["hypothesis_log_probs"][number][: len(pieces)]
    return Hypothesis(
        answer["outputs"][number].decode(),
        float(answer["scores"][number]),
        pieces,
        tuple(float(value) for value in log_probs),
    )


def _strings(pieces):
    """Pieces without those of padding, which are empty."""
    return tuple(piece.decode() for piece in pieces if piece)


def _is_tree(text):
    """Whether an output is drawn as a tree: an export does not say its task."""
    return text.startswith("(TOP ") and text.endswith(")")
