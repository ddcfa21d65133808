"""What a step of training reads: its pairs, out of the workdir's own ids."""

import typing

import numpy as np

from tfformer.config import ExperimentConfig
from tfformer.data.chart_vocabulary import ChartVocabulary
from tfformer.data.encoded import SIDES, EncodedCorpus, corpus_damage
from tfformer.data.schedule import BatchSchedule
from tfformer.data.vocabulary import AnyVocabulary, Vocabularies
from tfformer.errors import WorkdirError
from tfformer.tasks.task import Task
from tfformer.training.corpora import corpus_directory, training_buckets
from tfformer.training.workdir import Workdir


class Side(typing.NamedTuple):
    """One side of a pair.

    Attributes:
        length: in tokens, begin and end symbols counted.
        text: what its ids decode to; of an encoder of words, what it knows.
        pieces: what its tokens are; none of a chart, which has no symbols.
    """

    length: int
    text: str
    pieces: tuple[str, ...]


class Pair(typing.NamedTuple):
    """One pair of a batch.

    Attributes:
        number: which example of the source it is, counted from 0.
        inputs: as they are stored.
        targets: as they are stored.
    """

    number: int
    inputs: Side
    targets: Side


def read_step(
    task: Task, config: ExperimentConfig, workdir: Workdir, step: int
) -> list[Pair]:
    """Returns the pairs of a step, in the order of its batch.

    Args:
        task: with the data that was trained on.
        config: its batches and its seed count.
        workdir: holds the vocabularies and the ids.
        step: counted from 1, as in `metrics.jsonl` and `bad_steps.jsonl`.

    Raises:
        WorkdirError: if the ids of that data are not there, or damaged.
    """
    vocabularies = task.vocabularies(workdir.path)
    corpus = _corpus(task, config, workdir, vocabularies)
    schedule = BatchSchedule(
        training_buckets(config, corpus, vocabularies), config.train.seed
    )
    places = schedule.places(step - 1)
    inputs, targets = (
        [_side(vocabulary, ids) for ids in corpus.ids(side, places)]
        for side, vocabulary in zip(SIDES, vocabularies, strict=True)
    )
    numbers = corpus.numbers(places).tolist()
    return [Pair(*pair) for pair in zip(numbers, inputs, targets, strict=True)]


def _corpus(
    task: Task,
    config: ExperimentConfig,
    workdir: Workdir,
    vocabularies: Vocabularies,
) -> EncodedCorpus:
    split = config.data.train_split
    directory = corpus_directory(task, config, workdir, vocabularies, split)
    if not directory.is_dir():
        present = sorted(p.name for p in workdir.data.glob("[!.]*"))
        raise WorkdirError(
            f"{directory}: must hold the ids that training made of {split}. "
            f"Received: no such folder beside {', '.join(present) or 'none'}. "
            "Give the --data_dir that was trained on, unchanged, with the "
            "settings of that run."
        )
    damaged = corpus_damage(directory)
    if damaged:
        raise WorkdirError(
            f"{directory}: must be as it was written. Received: "
            f"{'; '.join(damaged)}. Start training again, which makes it anew."
        )
    return EncodedCorpus(directory)


def _side(vocabulary: AnyVocabulary, ids: np.ndarray) -> Side:
    tokens = ids[:: vocabulary.ids_per_token].tolist()
    pieces: list[str] = []
    if not isinstance(vocabulary, ChartVocabulary):
        pieces = vocabulary.pieces(tokens)
    (text,) = vocabulary.decode([ids.tolist()])
    return Side(len(tokens), text, tuple(pieces))
