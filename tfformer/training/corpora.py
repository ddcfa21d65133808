"""What training reads: vocabularies and encoded splits, made if need be."""

import glob
import json
import pathlib
import shutil

from tfformer.config import DataConfig, ExperimentConfig
from tfformer.data.checksums import short_hash
from tfformer.data.encoded import EncodedCorpus, corpus_damage, encode_corpus
from tfformer.data.schedule import Bucket, make_buckets
from tfformer.data.vocabulary import Vocabularies, ids_per_token
from tfformer.errors import DataError, WorkdirError
from tfformer.progress import Progress, announce
from tfformer.tasks.task import Task
from tfformer.training.workdir import Workdir

# Of the encoded files; a folder of another format is made anew.
_FORMAT = 4


def prepare_vocabularies(task: Task, workdir: Workdir) -> Vocabularies:
    """Returns the workdir's vocabularies, made now if there are none.

    Those of prepared data are copied, or compared.

    Args:
        task: builds and reads them.
        workdir: where they are, or go.

    Raises:
        WorkdirError: if they are gone and checkpoints depend on them.
        DataError: if there is no text to build them from, or they are not
            those of the prepared data.
    """
    prepared = task.prepared()
    if not task.has_vocabularies(workdir.path):
        if workdir.has_checkpoints():
            raise WorkdirError(
                f"{workdir.path}: has checkpoints, which depend on a "
                "vocabulary that is gone. Restore it from a copy, or use "
                "another --workdir."
            )
        if prepared is not None:
            prepared.copy_vocabularies(workdir.path, task.vocabulary_files)
        else:
            announce("building the vocabulary")
            task.build_vocabularies(workdir.path)
    if prepared is not None:
        prepared.check_vocabularies(workdir.path, task.vocabulary_files)
    return task.vocabularies(workdir.path)


def prepare_corpus(
    task: Task,
    config: ExperimentConfig,
    workdir: Workdir,
    vocabularies: Vocabularies,
    split: str,
) -> EncodedCorpus:
    """Returns a split as ids on disk, encoded now unless that was done.

    Prepared data is copied, once, and its checksums compared. What was made
    by an earlier run is compared with its checksums too, and made anew where
    a disk or a copy has damaged it.

    Only the training split is filtered by length: a dev score that leaves out
    sentences is no score of dev.

    Args:
        task: gives the examples.
        config: its lengths count.
        workdir: where the ids go.
        vocabularies: encode source and target.
        split: which examples.

    Raises:
        DataError: if the split is missing or malformed, or nothing of it is
            left.
    """
    directory = corpus_directory(task, config, workdir, vocabularies, split)
    prepared = task.prepared()
    _remove_damaged(directory)
    known = directory.is_dir()
    if known:
        corpus = EncodedCorpus(directory)
    elif prepared is not None:
        corpus = prepared.copy_corpus(split, directory)
    else:
        corpus = encode_corpus(
            task.examples(split),
            (vocabularies[0].encode, vocabularies[1].encode),
            directory,
            _longest_in_ids(config, split, vocabularies),
            label=split,
        )
    if not known:
        _tell_of_change(workdir, split, corpus)
    report(corpus.counts, split, longest_of(config.data, split))
    return corpus


def corpus_directory(
    task: Task,
    config: ExperimentConfig,
    workdir: Workdir,
    vocabularies: Vocabularies,
    split: str,
) -> pathlib.Path:
    """Names the folder of a split's ids, which changes whenever they do.

    Args:
        task: gives the examples.
        config: its lengths count.
        workdir: holds the folder.
        vocabularies: encode source and target.
        split: which examples.

    Raises:
        DataError: if the split is missing.
    """
    stamp = {
        "format": _FORMAT,
        "fingerprint": task.fingerprint(split),
        "vocabularies": [short_hash(v.model) for v in vocabularies],
        "max_length": _longest_in_ids(config, split, vocabularies),
    }
    return workdir.data / f"{split}-{short_hash(json.dumps(stamp).encode())}"


def _longest_in_ids(
    config: ExperimentConfig, split: str, vocabularies: Vocabularies
) -> int | None:
    longest = longest_of(config.data, split)
    return longest and longest * ids_per_token(vocabularies)


def training_buckets(
    config: ExperimentConfig, corpus: EncodedCorpus, vocabularies: Vocabularies
) -> list[Bucket]:
    """Cuts a corpus into buckets by its lengths, which are in ids.

    Args:
        config: tells the tokens of a batch.
        corpus: to be cut.
        vocabularies: tell how many ids a token is.
    """
    tokens = config.train.batch_tokens
    return make_buckets(
        corpus.length_counts, tokens * ids_per_token(vocabularies)
    )


def _remove_damaged(directory: pathlib.Path) -> None:
    """Takes out of the way what training would read wrong ids from."""
    if not directory.is_dir():
        return
    size = sum(path.stat().st_size for path in directory.iterdir())
    with Progress("checking encoded data", size, unit="bytes") as progress:
        damaged = corpus_damage(directory, progress.update)
    if damaged:
        announce(f"{directory}: {'; '.join(damaged)}: it is made anew")
        shutil.rmtree(directory)


def _tell_of_change(
    workdir: Workdir, split: str, corpus: EncodedCorpus
) -> None:
    """Tells when a run that goes on does so with other sentences."""
    if not workdir.has_checkpoints():
        return
    hashed = "[0-9a-f]" * 16
    for manifest in workdir.data.glob(
        f"{glob.escape(split)}-{hashed}/manifest.json"
    ):
        if _checksums(manifest) not in (None, corpus.checksums):
            announce(
                f"{split}: holds other sentences than when the checkpoints "
                "were made; training goes on with these"
            )
            return


def _checksums(manifest: pathlib.Path) -> dict[str, int] | None:
    """Returns those of an earlier corpus, if they can be read."""
    try:
        return json.loads(manifest.read_text())["crc32"]
    except (OSError, ValueError, KeyError):
        return None


def check_sources(task: Task, config: ExperimentConfig) -> None:
    """Raises at once if there is nothing to train on or to score.

    Raises:
        UserError: that says what is missing.
    """
    # What scores may read a file too.
    task.score((), ())
    splits = [config.data.train_split, config.data.dev_split]
    prepared = task.prepared()
    if prepared is not None:
        prepared.check_settings(config.task, config.data)
        # Of the other there are ids only.
        splits.pop(0)
    for split in splits:
        if next(iter(task.examples(split)), None) is None:
            raise DataError(
                f"{split}: must hold at least one pair. Received: none. Give "
                "another --set data.train_split or data.dev_split."
            )


def longest_of(config: DataConfig, split: str) -> int | None:
    """Returns most tokens of a side of a split's pairs; None for any."""
    return config.max_length if split == config.train_split else None


def report(counts: dict[str, int], split: str, max_length: int | None) -> None:
    """Tells what became of a split's pairs."""
    line = (
        f"{split}: {counts['kept']} of {counts['pairs']} pairs; left out "
        f"{counts['empty']} with an empty side"
    )
    if max_length is not None:
        line += f" and {counts['too_long']} longer than {max_length} tokens"
    if counts.get("absent"):
        line += f"; {counts['absent']} records were no pair"
    announce(line)
