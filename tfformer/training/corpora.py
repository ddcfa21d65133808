"""What training reads: vocabularies and encoded splits, made if need be."""

import hashlib
import json

from tfformer.config import ExperimentConfig
from tfformer.data.encoded import EncodedCorpus, encode_corpus
from tfformer.data.vocabulary import Vocabularies, ids_per_token
from tfformer.errors import WorkdirError
from tfformer.progress import announce
from tfformer.tasks.task import Task
from tfformer.training.workdir import Workdir

# Of the encoded files; a folder of another format is made anew.
_FORMAT = 2


def prepare_vocabularies(task: Task, workdir: Workdir) -> Vocabularies:
    """Returns the workdir's vocabularies, made now if there are none."""
    if not task.has_vocabularies(workdir.path):
        if workdir.checkpoints.is_dir():
            raise WorkdirError(
                f"{workdir.path}: has checkpoints, which depend on a "
                "vocabulary that is gone. Restore it from a copy, or use "
                "another --workdir."
            )
        announce("building the vocabulary")
        task.build_vocabularies(workdir.path)
    return task.vocabularies(workdir.path)


def prepare_corpus(
    task: Task,
    config: ExperimentConfig,
    workdir: Workdir,
    vocabularies: Vocabularies,
    split: str,
) -> EncodedCorpus:
    """Returns a split as ids on disk, encoded now unless that was done.

    Only the training split is filtered by length: a dev score that leaves out
    sentences is no score of dev.
    """
    training = split == config.data.train_split
    max_length = None
    if training:
        max_length = config.data.max_length * ids_per_token(vocabularies)
    stamp = {
        "format": _FORMAT,
        "fingerprint": task.fingerprint(split),
        "vocabularies": [short_hash(v.model) for v in vocabularies],
        "max_length": max_length,
    }
    directory = (
        workdir.data / f"{split}-{short_hash(json.dumps(stamp).encode())}"
    )
    if directory.is_dir():
        corpus = EncodedCorpus(directory)
    else:
        corpus = encode_corpus(
            task.examples(split),
            (vocabularies[0].encode, vocabularies[1].encode),
            directory,
            max_length,
            label=split,
        )
    _report(corpus, split, config.data.max_length if training else None)
    return corpus


def _report(corpus: EncodedCorpus, split: str, max_length: int | None) -> None:
    counts = corpus.counts
    line = (
        f"{split}: {counts['kept']} of {counts['pairs']} pairs; left out "
        f"{counts['empty']} with an empty side"
    )
    if max_length is not None:
        line += f" and {counts['too_long']} longer than {max_length} tokens"
    announce(line)


def short_hash(content: bytes) -> str:
    """Returns a name for a content, the same on every machine."""
    return hashlib.sha256(content).hexdigest()[:16]
