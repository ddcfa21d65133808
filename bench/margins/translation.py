"""Translation of the synthetic corpus by small models, for their scores.

What trains is what `pipelines.train` runs, on the preset translation/demo with
fewer steps, in a workdir that is gone afterwards.
"""

import contextlib
import pathlib
import tempfile

import numpy as np

STEPS = 500


@contextlib.contextmanager
def trained(*assignments: str, steps: int = STEPS):
    """Trains translation/demo.

    Args:
        *assignments: `--set` fields.
        steps: updates.

    Yields:
        A `TrainedModel`.
    """
    from tfformer.config import override
    from tfformer.tasks.task import get_preset
    from tfformer.training.distribution import make_distribution
    from tfformer.training.inference import TrainedModel
    from tfformer.training.trainer import train
    from tfformer.training.workdir import Workdir

    config = override(
        get_preset("translation/demo"),
        [
            f"train.steps={steps}",
            f"train.eval_steps={steps}",
            f"train.checkpoint_steps={steps}",
            "train.eval_sentences=1",
            "train.strategy=one_device",
            "optimizer.warmup_steps=200",
            *assignments,
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "workdir"
        train(config, Workdir(path), None, make_distribution(config.train))
        yield TrainedModel(path, "last")


def token_scores(trained, examples, prefixes=None):
    """Scores target tokens, each given those before it.

    Args:
        trained: a `TrainedModel`.
        examples: pairs of sentences.
        prefixes: ids to give in place of the targets, a list for each example;
            the targets themselves where None.

    Returns:
        Three arrays `[tokens]`: nats, whether the token is the likeliest, and
        its place in the sentence.
    """
    from keras import ops

    source, target = trained.vocabularies
    inputs = source.encode([example.inputs for example in examples])
    targets = target.encode([example.targets for example in examples])
    nats, right, places = [], [], []
    for first in range(0, len(examples), 50):
        part = slice(first, first + 50)
        wanted = _padded(targets[part])
        given = wanted
        if prefixes is not None:
            given = _padded(prefixes[part], wanted.shape[1])
        logits = trained.model((_padded(inputs[part]), given))
        scores = np.array(ops.log_softmax(logits))
        real = wanted != 0
        own = np.take_along_axis(scores, wanted[..., None], axis=-1)[..., 0]
        nats.append(-own[real])
        right.append((scores.argmax(-1) == wanted)[real])
        places.append(np.nonzero(real)[1])
    return tuple(map(np.concatenate, (nats, right, places)))


def _padded(sequences, length=None):
    """Ids as one array, cut or filled to a length."""
    length = length or max(map(len, sequences))
    rows = [ids[:length] + [0] * (length - len(ids)) for ids in sequences]
    return np.array(rows, "int32")


def bleu(trained, examples, label="decoding dev"):
    """Decodes with the preset's beam.

    Returns:
        sacreBLEU, and the outputs.
    """
    from tfformer.training.evaluation import evaluate

    hypotheses, stats = evaluate(
        trained.inference(), trained.task, examples, label
    )
    return stats.compute()["bleu"], [best.text for best in hypotheses]
