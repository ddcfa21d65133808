"""Makes pairs to train on from a corpus alone, with models of both directions.

python -m tools.make_extra_pairs --workdir=W --backward_workdir=B \\
    --data_dir=D --output_dir=F

Translates the training split of W's data: its sources by the model of W, its
targets by that of B, which was trained the other way round. F has the new pairs
then, a real side beside a translated one, in <data.train_split>.<language>, and
--set data.extra_data_dir=F --set data.extra_weight=1 mixes them into a training
(Nguyen et al., 2020). Without --backward_workdir only sources are translated,
as in distillation of sequences (Kim and Rush, 2016).

Pairs that are real, or came before, are left out. The last line of standard
output is one JSON object with what became of the pairs.
"""

import json
import pathlib
import sys

from absl import flags

from pipelines import app
from tfformer.errors import ConfigError, DataError

app.define_workdir()
app.define_data_dir()
app.define_checkpoint()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "backward_workdir",
    None,
    "Workdir of a model from the target language to the source language; "
    "--checkpoint, --ema and --set hold for both.",
)
flags.DEFINE_string(
    "output_dir",
    None,
    "Folder for the pairs; it must not exist yet.",
    required=True,
)
flags.adopt_module_key_flags(app)


def check() -> None:
    """Raises for models that do not translate, or not both ways."""
    config = _translator(FLAGS.workdir)
    if FLAGS.backward_workdir is not None:
        back = _translator(FLAGS.backward_workdir)
        told = [" to ".join(_languages(one)) for one in (config, back)]
        if _languages(back)[::-1] != _languages(config):
            raise ConfigError(
                "`--backward_workdir` must hold a model of the direction "
                f"opposite to that of --workdir, which is {told[0]}. "
                f"Received: {FLAGS.backward_workdir}, which is {told[1]}. "
                "Train one with data.source_language and "
                "data.target_language exchanged."
            )
    app.refuse_existing("output_dir", FLAGS.output_dir)


def _translator(workdir):
    config = app.read_config(workdir)
    if config.task != "translation":
        raise ConfigError(
            f"{workdir}: must be the workdir of a translation model. "
            f"Received: one of {config.preset}. Train one with "
            "--preset=translation/multi30k."
        )
    return config


def _languages(config):
    return config.data.source_language, config.data.target_language


def main() -> None:
    """Translates, keeps, writes and counts."""
    from tfformer.data.atomic import written_aside
    from tfformer.training.extra_pairs import PairFilter

    model = app.trained_model(data_dir=FLAGS.data_dir)
    ways = {"targets": model}
    if FLAGS.backward_workdir is not None:
        ways["inputs"] = app.trained_model(workdir=FLAGS.backward_workdir)
    chosen = PairFilter(model.task.gold_examples(model.config.data.train_split))
    with written_aside(FLAGS.output_dir) as aside:
        aside.mkdir()
        _write(_new_pairs(chosen, ways), model.config, aside)
        if not chosen.counts["kept"]:
            raise DataError(
                f"{FLAGS.data_dir}: no pair of {chosen.counts['pairs']} became "
                f"a new one, so nothing is written: {json.dumps(chosen.counts)}"
                ". Give another --checkpoint, or a corpus with text in it."
            )
    print(f"{FLAGS.output_dir}: {chosen.counts['kept']} pairs")
    print(json.dumps(chosen.counts))


def _new_pairs(chosen, ways):
    """Yields what each of the models makes of the corpus."""
    from tfformer.progress import Progress

    task = ways["targets"].task
    for written, translator in ways.items():
        language = translator.config.data.target_language
        print(f"to {language}: {translator.described}", file=sys.stderr)
        with Progress(f"to {language}", chosen.real, unit="pairs") as progress:
            yield from chosen.pairs(
                task.gold_examples(task.config.train_split),
                translator.inference(),
                written,
                progress.update,
            )


def _write(pairs, config, folder: pathlib.Path):
    """Writes both sides, a line each."""
    from tfformer.data.sources import TextSource
    from tfformer.tasks.text_task import one_line

    source, target = (
        folder / TextSource.file_name(config.data.train_split, language)
        for language in _languages(config)
    )
    with (
        open(source, "w", encoding="utf-8", newline="\n") as inputs,
        open(target, "w", encoding="utf-8", newline="\n") as targets,
    ):
        for pair in pairs:
            inputs.write(f"{one_line(pair.inputs)}\n")
            targets.write(f"{one_line(pair.targets)}\n")


if __name__ == "__main__":
    app.run(main, check=check)
