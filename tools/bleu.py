"""Scores a file of translations without a model, as pipelines.evaluate does.

python -m tools.bleu --hypotheses=F --references=R [--target_language=de] \\
    [--tokenize=13a]

The files hold a sentence a line, in UTF-8, and may come from any program; of
pipelines.evaluate they are --output and --reference_output. Prints sacreBLEU,
the paper's BLEU and chrF, each with its signature. The last line of standard
output is one JSON object with the scores. Nothing here imports TensorFlow.
"""

import json

from absl import flags, logging

from pipelines import app
from tfformer.config import BLEU_TOKENIZERS, DataConfig
from tfformer.errors import DataError

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "hypotheses",
    None,
    "File of the translations, one a line.",
    required=True,
)
flags.DEFINE_string(
    "references",
    None,
    "File of what they are scored against, one a line.",
    required=True,
)
flags.DEFINE_string(
    "target_language",
    DataConfig.target_language,
    "Language of both files, for the paper's BLEU; as data.target_language.",
)
flags.DEFINE_enum(
    "tokenize",
    DataConfig.bleu_tokenize,
    BLEU_TOKENIZERS,
    "sacreBLEU's tokenizer, none for text that is tokenised already; as "
    "data.bleu_tokenize.",
)


def main() -> None:
    """Reads both files and prints the scores."""
    from tfformer.metrics.translation import translation_stats

    # sacreBLEU logs what is told here in better words.
    logging.set_verbosity(logging.WARNING)
    hypotheses, references = _lines("hypotheses"), _lines("references")
    _check_counts(len(hypotheses), len(references))
    stats = translation_stats(
        hypotheses, references, FLAGS.target_language, FLAGS.tokenize
    )
    print(stats.render(), end="")
    print(json.dumps(stats.compute()))


def _lines(name: str) -> list[str]:
    """Returns the lines of the file that a flag names.

    Raises:
        DataError: if it cannot be read, or is not UTF-8 (`path:line:`).
    """
    from tfformer.data.sources import read_lines

    path = str(FLAGS[name].value)
    try:
        return list(read_lines(path))
    except OSError as error:
        raise DataError(
            f"`--{name}` must be a file that can be read, a sentence a line. "
            f"Received: {path} ({error.strerror}). Check the path."
        ) from error


def _check_counts(hypotheses: int, references: int) -> None:
    """Raises unless there are as many hypotheses as references, and some."""
    counts = (
        f"{hypotheses} in {FLAGS.hypotheses} and {references} in "
        f"{FLAGS.references}"
    )
    if hypotheses != references:
        raise DataError(
            "`--hypotheses` and `--references` must have as many lines. "
            f"Received: {counts}. Write a line for every sentence, an empty "
            "one where there is no translation."
        )
    if not hypotheses:
        raise DataError(
            "`--hypotheses` and `--references` must hold a sentence to score. "
            f"Received: {counts}. Check the paths."
        )


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
