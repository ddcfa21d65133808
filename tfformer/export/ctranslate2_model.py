"""A translation model in the format of CTranslate2, for its speed on CPUs.

CTranslate2 (https://github.com/OpenNMT/CTranslate2) computes the same
Transformer; what differs is the search, see docs/serving.md. Its text comes in
pieces, so SentencePiece runs outside, with the vocabulary that is written
beside the model.
"""

import json
import os
import pathlib

import ctranslate2
import numpy as np
from ctranslate2.converters import Converter
from ctranslate2.converters.utils import fuse_linear
from ctranslate2.specs import TransformerSpec, common_spec
from keras import ops

from tfformer.config import ModelConfig
from tfformer.data.atomic import written_aside
from tfformer.data.vocabulary import Vocabularies, Vocabulary
from tfformer.errors import ConfigError, DataError
from tfformer.export.limits import check_ctranslate2
from tfformer.layers.position import sinusoids
from tfformer.models.transformer import Transformer
from tfformer.tasks.task import BLANK
from tfformer.tasks.text_task import one_line

# What the translator must know of the model, beside CTranslate2's files.
_LIMITS = "tfformer.json"


def save_ctranslate2(
    model: Transformer,
    config: ModelConfig,
    vocabularies: Vocabularies,
    output_dir: str | os.PathLike,
    quantization: str = "float32",
    positions: int = 2048,
) -> None:
    """Writes a model, aside first and then renamed.

    Args:
        model: the trained model.
        config: what it was built from.
        vocabularies: of source and target.
        output_dir: a folder that does not exist yet. It gets CTranslate2's
            files and `source.model` and `target.model`, which SentencePiece
            reads.
        quantization: of the weights, one of
            `tfformer.export.limits.QUANTIZATIONS`.
        positions: longest sequence, in tokens; learned positions end with
            their table, and later ones repeat its last row as ours do.

    Raises:
        ConfigError: if CTranslate2 has no such model.
        DataError: if `output_dir` exists.
    """
    output = pathlib.Path(output_dir)
    if output.exists():
        raise DataError(
            f"`--output_dir` must not exist yet. Received: {output}. Remove "
            "it or choose another path."
        )
    if not all(isinstance(v, Vocabulary) for v in vocabularies):
        raise ConfigError(
            "`vocabularies` must be those of a translation model: CTranslate2 "
            "knows no constraint that makes every output a tree. Received: "
            "others. Try python -m tools.export_saved_model."
        )
    check_ctranslate2(config, quantization)
    with written_aside(output) as aside:
        _ModelConverter(model, config, vocabularies, positions).convert(
            str(aside),
            quantization=None if quantization == "float32" else quantization,
        )
        for side, vocabulary in zip(
            ("source", "target"), vocabularies, strict=True
        ):
            (aside / f"{side}.model").write_bytes(vocabulary.model)
        (aside / _LIMITS).write_text(json.dumps({"positions": positions}))


class _ModelConverter(Converter):
    """Copies weights into CTranslate2's description of a Transformer."""

    def __init__(self, model, config, vocabularies, positions):
        self._model, self._config = model, config
        self._vocabularies, self._positions = vocabularies, positions

    def _load(self):
        model, config = self._model, self._config
        spec = TransformerSpec.from_config(
            config.num_layers,
            config.num_heads,
            pre_norm=config.normalization == "pre",
            activation=common_spec.Activation.RELU,
        )
        # What our layers add to the variance; the default is another.
        spec.config.layer_norm_epsilon = 1e-6
        spec.config.add_source_eos = True
        source, target = map(_pieces, self._vocabularies)
        spec.register_source_vocabulary(source)
        spec.register_target_vocabulary(target)
        _set_embeddings(spec.encoder.embeddings[0], model.source_embedding)
        _set_embeddings(spec.decoder.embeddings, model.target_embedding)
        spec.decoder.projection.weight = _numpy(model.output_embedding.table)
        for side, into in (("source", spec.encoder), ("target", spec.decoder)):
            into.position_encodings.encodings = self._encodings(side)
        for into, layer in zip(
            spec.encoder.layer, model.encoder_layers, strict=True
        ):
            _set_self_attention(into.self_attention, layer)
            _set_feed_forward(into.ffn, layer)
        for into, layer in zip(
            spec.decoder.layer, model.decoder_layers, strict=True
        ):
            _set_self_attention(into.self_attention, layer)
            _set_cross_attention(into.attention, layer)
            _set_feed_forward(into.ffn, layer)
        if config.normalization == "pre":
            _set_norm(spec.encoder.layer_norm, model.encoder_norm)
            _set_norm(spec.decoder.layer_norm, model.decoder_norm)
        return spec

    def _encodings(self, side):
        """Positions as a table: CTranslate2's own sinusoids differ."""
        places = ops.arange(self._positions, dtype="int32")
        if self._config.positions == "learned":
            return _numpy(getattr(self._model, f"{side}_position")(places))
        return _numpy(
            sinusoids(ops.cast(places, "float32"), self._config.model_dim)
        )


def _numpy(tensor):
    return np.asarray(
        ops.convert_to_numpy(ops.cast(tensor, "float32")), np.float32
    )


def _pieces(vocabulary):
    return vocabulary.pieces(range(vocabulary.size))


def _set_embeddings(into, embedding):
    into.weight = _numpy(embedding.table)


def _set_norm(into, norm):
    into.gamma, into.beta = _numpy(norm.gamma), _numpy(norm.beta)


def _linear(dense):
    """A Dense layer as CTranslate2 has it: its kernel turned."""
    linear = common_spec.LinearSpec()
    linear.weight = _numpy(dense.kernel).transpose().copy()
    if dense.use_bias:
        linear.bias = _numpy(dense.bias)
    return linear


def _set_self_attention(into, layer):
    attention = layer.self_attention
    fuse_linear(
        into.linear[0],
        [
            _linear(attention.query_projection),
            _linear(attention.key_projection),
            _linear(attention.value_projection),
        ],
    )
    into.linear[1] = _linear(attention.output_projection)
    _set_norm(into.layer_norm, layer.self_attention_residual.norm)


def _set_cross_attention(into, layer):
    attention = layer.cross_attention
    into.linear[0] = _linear(attention.query_projection)
    fuse_linear(
        into.linear[1],
        [
            _linear(attention.key_projection),
            _linear(attention.value_projection),
        ],
    )
    into.linear[2] = _linear(attention.output_projection)
    _set_norm(into.layer_norm, layer.cross_attention_residual.norm)


def _set_feed_forward(into, layer):
    into.linear_0 = _linear(layer.feed_forward.inner)
    into.linear_1 = _linear(layer.feed_forward.outer)
    _set_norm(into.layer_norm, layer.feed_forward_residual.norm)


class Translator:
    """Text to text with what `save_ctranslate2` wrote.

    Args:
        model_dir: the folder.
        threads: of a batch.
        compute_type: of CTranslate2, such as "int8"; "default" is that of the
            weights.
    """

    def __init__(
        self,
        model_dir: str | os.PathLike,
        threads: int = 0,
        compute_type: str = "default",
    ) -> None:
        folder = pathlib.Path(model_dir)
        self._source = Vocabulary(folder / "source.model")
        self._target = Vocabulary(folder / "target.model")
        limits = folder / _LIMITS
        if not limits.is_file():
            raise DataError(
                f"{limits}: no such file, which tells the longest text. Export "
                "the model anew with tools.export_ctranslate2."
            )
        self._positions = json.loads(limits.read_text())["positions"]
        self._translator = ctranslate2.Translator(
            str(folder), compute_type=compute_type, intra_threads=threads
        )

    def translate(
        self,
        texts: list[str],
        beam_size: int = 4,
        alpha: float = 0.0,
        extra_length: int = 50,
    ) -> list[str]:
        """Translates a batch.

        Args:
            texts: any Unicode text; a blank one stays blank.
            beam_size: 1 is greedy search.
            alpha: of GNMT's length penalty, by which the hypotheses that
                the search has found are ordered; the search itself, unlike
                ours, goes by log-probability.
            extra_length: tokens that an output may have more than its
                input; a longer one is cut, and so is one that goes beyond
                the exported positions.

        Raises:
            DataError: if a text has more pieces than there are positions.
        """
        places = [i for i, text in enumerate(texts) if text.strip(BLANK)]
        # Without the end, which CTranslate2 adds.
        pieces = [
            self._source.pieces(ids[:-1])
            for ids in self._source.encode([texts[i] for i in places])
        ]
        outputs = [""] * len(texts)
        if not places:
            return outputs
        longest = max(map(len, pieces))
        # CTranslate2 ends with an error of its own at the last position.
        if longest >= self._positions:
            raise DataError(
                f"A text must have fewer than {self._positions} pieces, the "
                f"--max_positions of the export. Received: {longest}. Split "
                "it, or export with more."
            )
        found = self._translator.translate_batch(
            pieces,
            beam_size=beam_size,
            num_hypotheses=beam_size if alpha else 1,
            length_penalty=0,
            return_scores=True,
            # As ours, which may end at once; CTranslate2's default is 1.
            min_decoding_length=0,
            max_input_length=0,
            max_decoding_length=min(
                longest + extra_length, self._positions - 1
            ),
        )
        ids = [
            # CTranslate2 has one length for the whole batch.
            self._target.ids(_best(result, alpha)[: len(own) + extra_length])
            for result, own in zip(found, pieces, strict=True)
        ]
        for i, text in zip(places, self._target.decode(ids), strict=True):
            outputs[i] = one_line(text)
        return outputs


def _best(result, alpha):
    """The pieces of the hypothesis with the best score."""
    return max(
        zip(result.scores, result.hypotheses, strict=True),
        # The end is counted; CTranslate2 does not return it.
        key=lambda found: found[0] / ((6 + len(found[1])) / 6) ** alpha,
    )[1]
