"""Small tasks whose right answers are known, learnt by the package's model.

Sources are random symbols. "copy" gives them back, "reverse" from the last to
the first, "sort" by their numbers; in "sort" no symbol comes twice. So in
"reverse" the place of the next symbol is known and the symbol is not, and in
"sort" the other way round. In "copy", half of the symbols are no more than
noise to whoever guesses: nothing can be told without the source.
"""

import numpy as np

FIRST = 4
SYMBOLS = 40
VOCAB = FIRST + SYMBOLS
END = 2
TASKS = {
    "copy": lambda symbols: symbols,
    "reverse": lambda symbols: symbols[:, ::-1],
    "sort": lambda symbols: np.sort(symbols, axis=1),
}
# One layer where a question is about one layer's attention.
SIZE = {
    "num_layers": 1,
    "model_dim": 64,
    "ffn_dim": 128,
    "num_heads": 4,
    "dropout_rate": 0.0,
    "label_smoothing": 0.0,
}


def batch(task, random, rows: int, length: int):
    """Draws sources and targets.

    Args:
        task: "copy", "reverse" or "sort".
        random: NumPy's generator.
        rows: number of sequences.
        length: symbols of each.

    Returns:
        Two arrays of int32 `[rows, length + 1]`, each row ended by the end id.
    """
    order = random.random((rows, SYMBOLS)).argsort(axis=1)
    symbols = order[:, :length] + FIRST
    if task != "sort":
        symbols = random.integers(FIRST, VOCAB, (rows, length))
    return _ended(symbols), _ended(TASKS[task](symbols))


def _ended(symbols):
    return np.pad(symbols, ((0, 0), (0, 1)), constant_values=END).astype(
        "int32"
    )


def trained(task, steps, lengths=(4, 12), label="", seed=0, **settings):
    """Trains a model on a task.

    Args:
        task: as of `batch`.
        steps: updates, on 64 sequences each.
        lengths: fewest and most symbols of a sequence.
        label: what the progress line says.
        seed: of weights and sequences.
        **settings: of `Transformer`, in place of those of `SIZE`.

    Returns:
        A `LearningTransformer`.
    """
    import keras
    import tensorflow as tf

    from bench.margins.steps import StepProgress
    from tfformer.schedules import LinearDecay, NoamSchedule
    from tfformer.training.adam import FusedAdam
    from tfformer.training.build import compile_for_fit
    from tfformer.training.learner import LearningTransformer

    keras.utils.set_random_seed(seed)
    size = {**SIZE, **settings}
    model = LearningTransformer(VOCAB, VOCAB, **size)
    model.build()
    warmup = max(steps // 4, 1)
    # The peak is 0.003 whatever the number of steps.
    schedule = NoamSchedule(
        size["model_dim"],
        warmup,
        0.003 * (size["model_dim"] * warmup) ** 0.5,
    )
    optimizer = FusedAdam(
        LinearDecay(schedule, steps // 2, steps), beta_2=0.98, epsilon=1e-9
    )
    compile_for_fit(model, optimizer)
    random = np.random.default_rng(seed)

    def batches():
        for _ in range(steps):
            length = int(random.integers(lengths[0], lengths[1] + 1))
            yield (batch(task, random, 64, length),)

    ids = tf.TensorSpec([None, None], tf.int32)
    model.fit(
        tf.data.Dataset.from_generator(batches, output_signature=((ids, ids),)),
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
        callbacks=[StepProgress(label or task, steps)],
    )
    return model


def loss_and_accuracy(model, task, length, rows=500, seed=1):
    """Scores a model on new sequences, given the right prefixes.

    Returns:
        Nats per token, and the share of tokens that are the likeliest.
    """
    from tfformer.losses import label_smoothed_cross_entropy

    inputs, targets = batch(task, np.random.default_rng(seed), rows, length)
    logits = model((inputs, targets))
    loss, weight = label_smoothed_cross_entropy(
        logits, targets, np.ones(targets.shape), 0.0
    )
    right = np.array(logits).argmax(-1) == targets
    return float(loss / weight), right.mean()


def decoder(model):
    """Makes a greedy search, traced once for every shape.

    Args:
        model: a `Transformer`.

    Returns:
        A function of int32 `[rows, length]` to the same; a hypothesis ends at
        the latest where its source does, and is filled up with zeros.
    """
    import tensorflow as tf

    from tfformer.decoding.sampling import greedy_search

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)])
    def search(ids):
        rows, length = tf.unstack(tf.shape(ids))
        most = tf.fill([rows], length)
        return greedy_search(model.decode_step, model.init_cache(ids), most)[0]

    def decode(inputs):
        tokens = search(inputs).numpy()[:, 0]
        missing = inputs.shape[1] - tokens.shape[1]
        return np.pad(tokens, ((0, 0), (0, missing)))

    return decode
