"""tfformer as one of the peers of the speed harness: one process, driven by it.

Started by the harness, whose folder must be on PYTHONPATH:

    bench.py train small --add 'tfformer=PYTHON bench/peer.py {task} {config}'
    bench.py dec_beam4 base_dec --add 'tfformer=PYTHON bench/peer.py {task} ...'

`train` makes updates with the function that `fit` calls. `dec_greedy` and
`dec_beam4` run the search that exports and `pipelines.decode` run, from ids to
ids, on weights that reach the length that the peers are told to reach. `pipe`
makes batches, of text or, with a third argument "encoded", of ids on disk. A
third argument "paper" leaves dropout where the paper has it; "bfloat16" has
products in bfloat16 (`model.dtype=mixed_bfloat16`); "jit" has XLA compile the
update or the search, which an export with `--jit_compile` does for few
sentences only.
"""

import itertools
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
# As the programs have them; both must precede the import of TensorFlow.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import common  # the harness's  # noqa: E402
import tensorflow as tf  # noqa: E402

from tfformer.config import EOS_ID, DecodeConfig  # noqa: E402
from tfformer.data.encoded import encode_corpus  # noqa: E402
from tfformer.data.pipeline import batches  # noqa: E402
from tfformer.data.schedule import BatchSchedule, make_buckets  # noqa: E402
from tfformer.decoding.search import search  # noqa: E402
from tfformer.models.transformer import Transformer  # noqa: E402
from tfformer.tasks.task import get_preset, make_task  # noqa: E402
from tfformer.training.adam import FusedAdam  # noqa: E402
from tfformer.training.learner import LearningTransformer  # noqa: E402


def make_model(kind, **more):
    """Builds the harness's model of our layers."""
    model = kind(
        source_vocab_size=SETTINGS["vocab"],
        target_vocab_size=SETTINGS["vocab"],
        num_layers=SETTINGS["layers"],
        model_dim=SETTINGS["d"],
        ffn_dim=SETTINGS["ff"],
        num_heads=SETTINGS["heads"],
        label_smoothing=common.SMOOTH,
        dropout_rate=common.DROP,
        dtype="mixed_bfloat16" if "bfloat16" in FLAGS else "float32",
        **more,
    )
    model.build()
    return model


def train():
    """Serves updates."""
    inner = 0.0 if "paper" in FLAGS else common.DROP
    model = make_model(
        LearningTransformer,
        attention_dropout_rate=inner,
        ffn_dropout_rate=inner,
    )
    optimizer = FusedAdam(1e-4, beta_1=0.9, beta_2=0.98, epsilon=1e-9)
    optimizer.build(model.trainable_weights)
    model.compile(optimizer=optimizer, jit_compile="jit" in FLAGS)
    source, _, targets = common.batch(SETTINGS)
    batches = tf.data.Dataset.from_tensors(((source, targets),)).repeat()
    iterator = iter(batches)
    step = model.make_train_function() or model.train_function

    def run(count):
        for _ in range(count):
            logs = step(iterator)
        run.loss = float(logs["loss"])

    common.serve(run)


def pipe():
    """Serves passes over 29,000 pairs, from lines of text or ids on disk."""
    config = get_preset("translation/multi30k")
    folder = pathlib.Path(tempfile.mkdtemp())
    task = make_task(config, f"{common.HOME}/data")
    task.build_vocabularies(folder)
    source, target = task.vocabularies(folder)
    number = itertools.count()

    def encode():
        return encode_corpus(
            task.examples("train"),
            (source.encode, target.encode),
            folder / str(next(number)),
            config.data.max_length,
            label="train",
        )

    encoded = encode()

    def read(corpus, epochs):
        buckets = make_buckets(corpus.length_counts, 4096)
        schedule = BatchSchedule(buckets, seed=0)
        steps = epochs * schedule.batches_per_epoch
        dataset = batches(corpus, schedule, 0, steps)
        pairs = sum(len(inputs) for ((inputs, _),) in dataset)
        assert pairs == epochs * len(corpus)

    def run(count):
        if "encoded" in FLAGS:
            # One pipeline for all epochs, as `fit` has it.
            read(encoded, count)
            return
        for _ in range(count):
            read(encode(), 1)

    common.serve(run, warmup=1, work=len(encoded), unit="pair")


def forbid_the_end(model):
    """Makes the end id too unlikely to come before the maximum length."""
    norm = model.decoder_layers[-1].feed_forward_residual.norm
    first = tf.one_hot(0, SETTINGS["d"])
    norm.beta.assign(10 * first)
    table = model.output_embedding.table
    table.assign(
        tf.tensor_scatter_nd_update(table.value, [[EOS_ID]], [-100 * first])
    )


def decode(beam_size):
    """Serves searches."""
    model = make_model(Transformer)
    forbid_the_end(model)
    source = common.batch(SETTINGS)[0]
    config = DecodeConfig(
        method="greedy" if beam_size == 1 else "beam",
        beam_size=beam_size,
        extra_length=SETTINGS["T"] - SETTINGS["S"],
    )

    compiled = "jit" in FLAGS

    @tf.function(
        input_signature=[tf.TensorSpec([None, None], tf.int32)],
        jit_compile=compiled or None,
    )
    def decoded(ids):
        return search(model, ids, config, static=compiled)

    def run(count):
        for _ in range(count):
            tokens, _ = decoded(source)
            assert tokens.shape[2] == SETTINGS["T"]
        assert (tokens.numpy()[:, 0, :-1] > EOS_ID).any()

    common.serve(run, warmup=1, work=SETTINGS["batch"], unit="sent")


TASK, CONFIG, *FLAGS = sys.argv[1:]
SETTINGS = common.CONFIGS.get(CONFIG, {})
if TASK == "train":
    train()
elif TASK == "pipe":
    pipe()
else:
    decode({"dec_greedy": 1, "dec_beam4": 4}[TASK])
