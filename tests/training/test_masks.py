"""Each replica drops units of its own, the same ones in every run."""

import json
import subprocess
import sys

import pytest

from tests.training.runs import ROOT

# Devices must be chosen before TensorFlow starts: a process of its own.
SCRIPT = """
import json, os
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras, numpy as np, tensorflow as tf
from tfformer.config import TrainConfig
from tfformer.layers.dropout import Dropout, dropout_key
from tfformer.training.distribution import make_distribution
from tfformer.training.learner import LearningTransformer

distribution = make_distribution(TrainConfig(cpu_devices=2))
strategy = distribution.strategy
with strategy.scope():
    keras.utils.set_random_seed(0)
    model = LearningTransformer(
        source_vocab_size=9, target_vocab_size=9, num_layers=1, model_dim=4,
        ffn_dim=4, num_heads=1, dropout_seed=7,
    )
    model.build()
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    layer = Dropout(0.5)

@tf.function
def masks(part):
    def draw():
        with dropout_key(model._key(part)):
            return layer(tf.ones([1, 64]), training=True)
    return strategy.experimental_local_results(strategy.run(draw))

found = [[m.numpy().tolist() for m in masks(part)] for part in (0, 1, 0)]
model.optimizer.iterations.assign(1)
found.append([m.numpy().tolist() for m in masks(0)])
print(json.dumps(found))
"""


def draw():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        cwd=ROOT,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout.splitlines()[-1])


def test_masks_are_a_function_of_seed_replica_step_and_part():
    first, other_part, again, next_step = draw()
    assert first == again
    masks = [json.dumps(m) for m in (*first, *other_part, *next_step)]
    assert len(set(masks)) == len(masks) == 6


@pytest.mark.slow
def test_every_process_draws_the_same():
    assert draw() == draw()
