"""Compares translations and speed of a workdir and its CTranslate2 export.

python -m tools.export_ctranslate2 --workdir=W --output_dir=E
python -m bench.engines --workdir=W --ctranslate2=E --input=test.en
    [--sentences=200] [--batch_size=32] [--threads=1]

For each way to search: how many outputs are equal, what the others are, and
the seconds of each engine, the first batch left out as warm-up. Several
--ctranslate2 folders, such as one of int8, are measured in turn.
"""

import argparse
import json
import os
import time

from bench import environment
from bench.arguments import positive
from pipelines.app import errors_reported

environment.prepare()

# Name, --set assignments, beam size and alpha.
SEARCHES = [
    ("greedy", ("decode.method=greedy",), 1, 0.0),
    (
        "beam 4, alpha 0",
        ("decode.beam_size=4", "decode.length_penalty_alpha=0"),
        4,
        0.0,
    ),
    (
        "beam 4, alpha 0.6",
        ("decode.beam_size=4", "decode.length_penalty_alpha=0.6"),
        4,
        0.6,
    ),
]


def timed(translate, lines, batch_size):
    """Translates batch by batch; returns outputs and seconds."""
    translate(lines[:batch_size])
    started, outputs = time.monotonic(), []
    for first in range(0, len(lines), batch_size):
        outputs += translate(lines[first : first + batch_size])
    return outputs, time.monotonic() - started


def compare(options):
    """Yields one result for each search and folder."""
    import tensorflow as tf

    from tfformer.export.ctranslate2_model import Translator
    from tfformer.training.inference import TrainedModel

    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    with open(options.input, encoding="utf-8") as file:
        lines = file.read().split("\n")[: options.sentences]
    for name, assignments, beam_size, alpha in SEARCHES:
        inference = TrainedModel(
            options.workdir, assignments=assignments
        ).inference()
        ours, our_seconds = timed(
            lambda batch, inference=inference: [
                hypotheses[0].text for hypotheses in inference.decode(batch)
            ],
            lines,
            options.batch_size,
        )
        for folder in options.ctranslate2:
            translator = Translator(folder, options.threads)
            theirs, seconds = timed(
                lambda batch, translator=translator, b=beam_size, a=alpha: (
                    translator.translate(batch, b, a)
                ),
                lines,
                options.batch_size,
            )
            yield {
                "search": name,
                "folder": os.path.basename(folder),
                "sentences": len(lines),
                "different": [
                    pair
                    for pair in zip(ours, theirs, strict=True)
                    if pair[0] != pair[1]
                ],
                "our_seconds": round(our_seconds, 2),
                "ctranslate2_seconds": round(seconds, 2),
            }


def main() -> None:
    """Reads the command line, compares, prints."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workdir", required=True)
    parser.add_argument("--ctranslate2", required=True, action="append")
    parser.add_argument("--input", required=True, help="a sentence a line")
    parser.add_argument("--sentences", type=positive, default=200)
    parser.add_argument("--batch_size", type=positive, default=32)
    parser.add_argument("--threads", type=int, default=1)
    for found in compare(parser.parse_args()):
        equal = found["sentences"] - len(found["different"])
        print(
            f"{found['search']}, {found['folder']}: {equal} of "
            f"{found['sentences']} equal; {found['our_seconds']} s, "
            f"CTranslate2 {found['ctranslate2_seconds']} s"
        )
        for pair in found["different"][:5]:
            print(json.dumps(pair, ensure_ascii=False))


if __name__ == "__main__":
    with errors_reported():
        main()
