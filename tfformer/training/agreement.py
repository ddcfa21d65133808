"""What all workers must have the same of, compared before the first step."""

import dataclasses
import json
from collections.abc import Mapping

import tfformer
from tfformer.config import ExperimentConfig
from tfformer.data.checksums import short_hash
from tfformer.data.encoded import EncodedCorpus
from tfformer.data.vocabulary import Vocabularies
from tfformer.errors import ClusterError
from tfformer.training.checkpoint import Found
from tfformer.training.distribution import Distribution
from tfformer.training.workdir import Workdir


def check_configurations(
    distribution: Distribution, config: ExperimentConfig
) -> None:
    """Refuses workers of different configurations.

    Raises:
        ClusterError: on every worker; names the fields that differ.
    """
    values = {"version of tfformer": tfformer.__version__}
    for name, value in dataclasses.asdict(config).items():
        if isinstance(value, dict):
            values |= {f"{name}.{k}": v for k, v in value.items()}
        else:
            values[name] = value
    _check(distribution, values)


def check_teachers_agree(
    distribution: Distribution, found: Mapping[str, Found]
) -> None:
    """Refuses workers whose copies of a teacher are not the same.

    Args:
        distribution: the workers.
        found: the checkpoint of each teacher, by its workdir.

    Raises:
        ClusterError: on every worker; names what differs.
    """
    values: dict[str, object] = {}
    for path, checkpoint in found.items():
        config = Workdir(path).read_config()
        values[f"model of {path}"] = json.dumps(
            dataclasses.asdict(config.model)
        )
        values[f"steps of {path}"] = list(checkpoint.steps)
        values[f"checkpoint of {path}"] = checkpoint.fingerprint
    _check(distribution, values)


def check_data(
    distribution: Distribution,
    vocabularies: Vocabularies,
    corpora: Mapping[str, EncodedCorpus],
) -> None:
    """Refuses workers of different vocabularies or sentences.

    Raises:
        ClusterError: on every worker; names what differs.
    """
    values = {
        f"{side} vocabulary": short_hash(vocabulary.model)
        for side, vocabulary in zip(
            ("source", "target"), vocabularies, strict=True
        )
    }
    for split, corpus in corpora.items():
        values[f"data of the split {split}"] = json.dumps(
            [corpus.counts, corpus.checksums]
        )
    _check(distribution, values)


def _check(distribution: Distribution, values: Mapping[str, object]) -> None:
    told = distribution.gather(json.dumps(values).encode())
    chief, *others = (json.loads(text) for text in told)
    for worker, other in enumerate(others, 1):
        names = [
            name
            for name in {**chief, **other}
            if chief.get(name) != other.get(name)
        ]
        if names:
            found = "; ".join(
                f"{name}: {chief.get(name)!r} on the chief, "
                f"{other.get(name)!r} on worker {worker}"
                for name in names
            )
            raise ClusterError(
                f"all workers must train the same. Received: {found}. Start "
                "every worker with the same flags, the same --workdir or a "
                "copy of its vocabulary, and the same data."
            )
