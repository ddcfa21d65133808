"""The section `train`: how long, how often and on what devices."""

import dataclasses

from tfformer.config.rules import Rules

_RULES = Rules("train")


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """How long and how often.

    Attributes:
        steps: updates in all, counted over every run of a workdir.
        batch_tokens: about this many source and this many target tokens a
            batch, padding counted; a batch is what one update is made from,
            whatever the number of devices that share it. With
            model.encoder=words it counts words, and linearised trees have two
            to three symbols a word.
        accumulate_steps: parts in which each device works through its share
            of a batch one after the other, to need less memory; the update
            is the same, but for the dropout masks, which are drawn anew.
        recompute: whether each layer's activations are computed a second time
            for the gradient rather than kept (gradient checkpointing): a
            third more work and less memory; the update is the same.
        strategy: "auto" (several workers where TF_CONFIG or Slurm names them,
            else several GPUs where there are, else one device), "one_device",
            "mirrored" or "multi_worker".
        cpu_devices: logical devices to split the processor into, which then
            stand for as many GPUs; 1 splits nothing.
        seed: of initial weights, dropout and input order.
        log_every: steps between two lines of metrics.jsonl.
        eval_steps: steps between two evaluations on the dev split.
        eval_sentences: first sentences of dev that are decoded for the dev
            score during training; 0 decodes all.
        patience: evaluations in a row without a new best after which training
            ends before its last step; 0 leaves it to `steps`.
        checkpoint_steps: steps between two checkpoints.
        checkpoint_minutes: minutes between two checkpoints, besides; 0 leaves
            the time out.
        keep_checkpoints: newest checkpoints kept, besides the best.
        max_bad_steps: steps in a row whose loss or gradient is no finite
            number, and whose update is skipped, after which training stops.
        ema_decay: decay of an exponential moving average of the weights, such
            as 0.999, which is then what is scored, decoded with and exported;
            0 keeps none.
        r_drop: alpha of R-Drop (Liang et al., 2021), which makes two passes
            with dropout agree; 0 makes one pass.
        teachers: workdirs of trained models, with commas between them, whose
            prediction, the geometric mean of their probabilities, is learned
            besides the targets (word-level knowledge distillation, Kim and
            Rush, 2016).
        teacher_checkpoint: which checkpoint of each teacher is taken: "best",
            "last", "averaged" or a step.
        teacher_weight: of what the teachers predict, in [0, 1); the rest is
            the targets'.
        bidirectional_steps: translation: steps, counted from the first, that
            take half of the pairs in the other direction (Ding et al., 2021).
    """

    steps: int = 100_000
    batch_tokens: int = 25_000
    accumulate_steps: int = 1
    recompute: bool = False
    strategy: str = "auto"
    cpu_devices: int = 1
    seed: int = 0
    log_every: int = 100
    eval_steps: int = 5_000
    eval_sentences: int = 0
    patience: int = 0
    checkpoint_steps: int = 1_000
    checkpoint_minutes: float = 10.0
    keep_checkpoints: int = 5
    max_bad_steps: int = 10
    ema_decay: float = 0.0
    r_drop: float = 0.0
    teachers: str | None = None
    teacher_checkpoint: str = "best"
    teacher_weight: float = 0.5
    bidirectional_steps: int = 0

    def __post_init__(self) -> None:
        _RULES.at_least(
            self,
            1,
            "steps",
            "log_every",
            "eval_steps",
            "checkpoint_steps",
            "keep_checkpoints",
            "max_bad_steps",
            "accumulate_steps",
            "cpu_devices",
        )
        _RULES.at_least(self, 0, "checkpoint_minutes")
        _RULES.choice(
            self,
            "strategy",
            ("auto", "one_device", "mirrored", "multi_worker"),
        )
        _RULES.require(
            self.cpu_devices == 1 or self.strategy != "one_device",
            "cpu_devices",
            "must be 1 where train.strategy is one_device",
            self.cpu_devices,
            "Try train.cpu_devices=1.",
        )
        _RULES.at_least(self, 2, "batch_tokens")
        _RULES.seed(self)
        _RULES.at_least(self, 0, "eval_sentences")
        _RULES.at_least(self, 0, "patience")
        _RULES.rate(self, "ema_decay")
        _RULES.at_least(self, 0, "r_drop")
        _RULES.rate(self, "teacher_weight")
        _RULES.at_least(self, 0, "bidirectional_steps")
        self._require_checkpoint()
        self._require_one_loss()

    @property
    def teacher_paths(self) -> tuple[str, ...]:
        """The workdirs that `teachers` names."""
        return tuple(self.teachers.split(",")) if self.teachers else ()

    def _require_checkpoint(self) -> None:
        name = self.teacher_checkpoint
        _RULES.require(
            name in ("best", "last", "averaged") or name.isdigit(),
            "teacher_checkpoint",
            "must be best, last, averaged or a step",
            repr(name),
            "Try train.teacher_checkpoint=averaged.",
        )

    def _require_one_loss(self) -> None:
        """Refuses teachers beside what changes the loss or the pairs."""
        for field in ("r_drop", "bidirectional_steps"):
            _RULES.require(
                not (self.teachers and getattr(self, field)),
                field,
                "must be 0 where train.teachers are given",
                getattr(self, field),
                f"Try train.{field}=0, or train.teachers=none.",
            )
