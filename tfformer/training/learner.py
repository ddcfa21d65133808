"""The training step: what `fit` runs on TensorFlow."""

import keras
import tensorflow as tf

from tfformer.config import PAD_ID
from tfformer.layers.dropout import dropout_key, next_dropout_seed
from tfformer.models.transformer import Transformer
from tfformer.training.adam import FusedAdam
from tfformer.training.byte_dropout import drop_by_bytes
from tfformer.training.distillation import distilled_cross_entropy
from tfformer.training.projected_loss import projected_cross_entropy
from tfformer.training.r_drop import r_drop_loss, twice
from tfformer.training.reduction import sum_over_replicas, summable


class Learner:
    """What makes a model's `fit` exact on any number of devices.

    To be mixed into a `keras.Model` that has `part_loss`. A batch may be
    shared by the replicas of a `tf.distribute` strategy, on one machine or
    several, and by `accumulate_steps` parts on each. Gradients of summed
    losses add up, and are divided by the summed weight of all shares: the
    update is that of the whole batch on one device, however unequal the
    shares.

    The weights are those of the model, so the checkpoints of one serve the
    other. `fit` gets batches `((inputs, targets),)`, int32 `[rows, length]`
    each with rows a multiple of `accumulate_steps`.

    Args:
        clip_norm: largest global norm of the gradient; 0 clips nothing.
        accumulate_steps: parts in which a replica works through its share.
        dropout_seed: dropout masks are a function of this, the step, the
            replica and the part.
        recompute: whether activations inside layers are computed anew for
            the gradient (Chen et al., 2016) rather than kept.
        **settings: those of the model.

    Attributes:
        stop_request: a variable of this worker, made outside of any strategy;
            where one worker's is above 0, all workers' logs of the next step
            say so. None asks nobody.
        moving_average: a `MovingAverage` of the weights that every update
            moves on, or None.
        loss_names: of what `test_losses` sums.
        traces: how often `train_step` was traced into a graph, on all
            replicas of this worker together.
    """

    loss_names: tuple[str, ...] = ("loss",)

    def __init__(
        self,
        *args,
        clip_norm=0.0,
        accumulate_steps=1,
        dropout_seed=0,
        recompute=False,
        **settings,
    ):
        super().__init__(*args, **settings)
        self.clip_norm = clip_norm
        self.accumulate_steps = accumulate_steps
        self.dropout_seed = dropout_seed
        self.recompute = recompute
        self.stop_request = None
        self.moving_average = None
        self.traces = 0
        self._means = [
            keras.metrics.Mean(name=name) for name in self.loss_names
        ]

    def part_loss(self, batch, training):
        """Sums the loss of a batch; to be overridden.

        Args:
            batch: inputs and targets, int32 `[rows, length]` each.
            training: whether dropout acts.

        Returns:
            Three float32 scalars: the summed loss, the weight by which it is
            to be divided, and the real tokens of both sides.
        """
        raise NotImplementedError

    def places(self, batch):
        """Counts where a token could be, padding included: float32 `[]`."""
        return tf.cast(tf.add_n([tf.size(ids) for ids in batch]), tf.float32)

    def test_losses(self, batch):
        """Sums what `evaluate` gives the means of, by `loss_names`.

        Args:
            batch: as of `part_loss`.

        Returns:
            The sums, float32 scalars, and the weight they are divided by.
        """
        loss, weight, _ = self.part_loss(batch, training=False)
        return [loss], weight

    @property
    def metrics(self):
        return self._means

    def train_step(self, data):
        """Makes one update, unless the loss or gradient is not finite.

        Returns:
            This batch's "loss" (nats per target token, smoothed), the
            "gradient_norm" before clipping, the number of real "tokens" of
            both sides and of the "places" that hold them and padding, whether
            the update was "kept", and whether a worker asks to "stop": the
            same on every replica.
        """
        self.traces += 1
        gradients, sums = self._sums(data[0])
        *gradients, sums, places, stop = sum_over_replicas(
            [*gradients, sums, self.places(data[0]), self._stop_sum()]
        )
        weight = tf.maximum(sums[1], 1.0)
        loss = sums[0] / weight
        gradients = [g / tf.cast(weight, g.dtype) for g in gradients]
        norm = tf.linalg.global_norm(
            [tf.cast(gradient, tf.float32) for gradient in gradients]
        )
        if self.clip_norm:
            gradients, _ = tf.clip_by_global_norm(
                gradients, self.clip_norm, norm
            )
        keep = tf.math.is_finite(loss) & tf.math.is_finite(norm)
        self._update(gradients, keep)
        if self.moving_average is not None:
            self.moving_average.update(self.optimizer.iterations, keep)
        return {
            "loss": loss,
            "gradient_norm": norm,
            "tokens": sums[2],
            "places": places,
            "kept": tf.cast(keep, tf.float32),
            "stop": stop,
        }

    def _sums(self, batch):
        """Sums over this replica's share, part by part.

        Returns:
            The gradients of the summed loss, and float32 `[3]`: summed loss,
            target tokens, tokens of both sides.
        """
        parts = self.accumulate_steps
        if parts == 1:
            return self._sums_of_part(batch, 0)
        split = [
            tf.reshape(ids, (parts, -1, tf.shape(ids)[1])) for ids in batch
        ]

        def add(part, gradients, sums):
            more = self._sums_of_part([ids[part] for ids in split], part)
            gradients = [
                a + summable(b) for a, b in zip(gradients, more[0], strict=True)
            ]
            return part + 1, gradients, sums + more[1]

        start = [
            summable(tf.zeros(v.shape, v.dtype)) for v in self.trainable_weights
        ]
        _, gradients, sums = tf.while_loop(
            lambda part, *_: part < parts,
            add,
            (tf.constant(0), start, tf.zeros(3)),
        )
        return gradients, sums

    def _sums_of_part(self, batch, part):
        with tf.GradientTape() as tape:
            with dropout_key(self._key(part), drop_by_bytes):
                loss, weight, tokens = self.part_loss(batch, training=True)
        variables = self.trainable_weights
        gradients = [
            # TensorFlow packs only what has a known shape to send it.
            tf.ensure_shape(_dense(gradient), variable.shape)
            for gradient, variable in zip(
                tape.gradient(loss, variables), variables, strict=True
            )
        ]
        return gradients, tf.stack([loss, weight, tokens])

    def call_layer(self, layer, *args, training):
        """Calls a layer, with `recompute` so that it may be called again."""
        if not (self.recompute and training):
            return super().call_layer(layer, *args, training=training)
        # Both times with the same masks. A key of its own, for the seeds that
        # come out of neighbouring ones overlap.
        key = tf.random.experimental.stateless_fold_in(
            tf.bitcast(next_dropout_seed(), tf.int32), 1
        )
        floating = [a for a in args if a is not None and a.dtype.is_floating]
        masks = args[len(floating) :]

        def call(*tensors):
            with dropout_key(key, drop_by_bytes):
                return layer(*tensors, *masks, training=True)

        return keras.remat(call)(*floating)

    def _key(self, part):
        """Mixes seed, step, replica and part into the key of the masks."""
        replica = tf.distribute.get_replica_context()
        key = tf.constant([self.dropout_seed, 0], tf.int32)
        for number in (
            self.optimizer.iterations,
            replica.replica_id_in_sync_group,
            part,
        ):
            key = tf.random.experimental.stateless_fold_in(
                key, tf.cast(number, tf.int32)
            )
        return key

    def _update(self, gradients, keep):
        if isinstance(self.optimizer, FusedAdam):
            self.optimizer.apply_everywhere(
                gradients, self.trainable_weights, keep
            )
            return
        # Keras sums gradients over the replicas, where these are summed
        # already, and knows no update that is skipped: it sees zeros instead.
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        gradients = [
            tf.where(keep, gradient / replicas, 0.0) for gradient in gradients
        ]
        self.optimizer.apply(gradients, self.trainable_weights)

    def test_step(self, data):
        """Adds one batch to the means over all tokens of a data set.

        Returns:
            The means so far, by `loss_names`, and whether a worker asks to
            "stop".
        """
        losses, weight = self.test_losses(data[0])
        *losses, weight, stop = sum_over_replicas(
            [*losses, weight, self._stop_sum()]
        )
        for mean, total in zip(self._means, losses, strict=True):
            mean.update_state(
                total / tf.maximum(weight, 1.0), sample_weight=weight
            )
        logs = {mean.name: mean.result() for mean in self._means}
        return logs if self.stop_request is None else {**logs, "stop": stop}

    def _stop_sum(self):
        """Returns this replica's share of the request to stop."""
        return (
            tf.constant(0.0)
            if self.stop_request is None
            else tf.identity(self.stop_request)
        )

    def make_train_function(self, force=False):
        """Keras's hook, kept from averaging logs over workers."""
        if not self._has_many_workers():
            return super().make_train_function(force)
        if self.train_function is None or force:
            self.train_function = self._one_step(self.train_step)

    def make_test_function(self, force=False):
        """Keras's hook, kept from averaging logs over workers."""
        if not self._has_many_workers():
            return super().make_test_function(force)
        if self.test_function is None or force:
            self.test_function = self._one_step(self.test_step)

    def _has_many_workers(self):
        return isinstance(
            self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy
        )

    def _one_step(self, step):
        """Runs a step on every replica; their logs are equal already.

        Keras would average scalars along an axis that they lack (its issue
        20601), and exchange each of them to do so.
        """
        strategy = self.distribute_strategy

        @tf.function(reduce_retracing=True, autograph=False)
        def run(iterator):
            # Fetched in here, a batch has the data set's shapes, not its own.
            logs = strategy.run(step, args=(iterator.get_next(),))
            return {
                name: strategy.experimental_local_results(value)[0]
                for name, value in logs.items()
            }

        return run

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Keras's hook; every weight is built by now.

        Keras would average a batch over the replicas to learn its shape,
        which fails for shares of unequal length (its issue 20585).
        """

    def get_config(self):
        return {
            **super().get_config(),
            "clip_norm": self.clip_norm,
            "accumulate_steps": self.accumulate_steps,
            "dropout_seed": self.dropout_seed,
            "recompute": self.recompute,
        }


def _dense(gradient):
    """Sums sparse slices, as tied embeddings have, whose rows repeat.

    Their norm is not the gradient's.
    """
    if isinstance(gradient, tf.IndexedSlices):
        gradient = tf.IndexedSlices(
            summable(gradient.values), gradient.indices, gradient.dense_shape
        )
    return tf.convert_to_tensor(gradient)


@keras.saving.register_keras_serializable("tfformer")
class LearningTransformer(Learner, Transformer):
    """A `Transformer` that learns from pairs; see `Learner`.

    The loss is divided by the number of target tokens.

    Args:
        r_drop: alpha of R-Drop, whose passes are two; 0 makes one pass.
        teachers: `Teachers` to learn from besides the targets, or None. They
            are no part of the model, nor of its configuration.
        teacher_weight: of what they predict, in [0, 1).
        **settings: those of `Learner` and `Transformer`.
    """

    # Smoothed, as trained on, and not smoothed, in nats per target token.
    loss_names = ("loss", "cross_entropy")

    def __init__(
        self, *args, r_drop=0.0, teachers=None, teacher_weight=0.5, **settings
    ):
        super().__init__(*args, **settings)
        self.r_drop = r_drop
        self.teachers = teachers
        self.teacher_weight = teacher_weight

    def part_loss(self, batch, training):
        """Sums the loss over real positions, and counts them."""
        inputs, targets = batch
        tokens = tf.math.count_nonzero(
            inputs, dtype=tf.int32
        ) + tf.math.count_nonzero(targets, dtype=tf.int32)
        passes = 2 if training and self.r_drop else 1
        if passes == 2:
            inputs, targets = twice((inputs, targets))
        real = self._real(inputs, targets, training)
        smoothing = self.settings["label_smoothing"]
        if passes == 2:
            loss = r_drop_loss(*real, smoothing, self.r_drop)
        elif training and self.teachers is not None:
            soft_targets = self.teachers.probabilities(batch)
            loss = distilled_cross_entropy(
                *real, soft_targets, smoothing, self.teacher_weight
            )
        else:
            loss = projected_cross_entropy(*real, smoothing)
        weight = tf.cast(tf.shape(real[0])[0] // passes, tf.float32)
        return loss, weight, tf.cast(tokens, tf.float32)

    def test_losses(self, batch):
        """Sums the smoothed loss and the cross-entropy."""
        real = self._real(*batch, training=False)
        smoothing = self.settings["label_smoothing"]
        loss = cross_entropy = projected_cross_entropy(*real, smoothing)
        if smoothing:
            cross_entropy = projected_cross_entropy(*real, 0.0)
        return [loss, cross_entropy], tf.cast(tf.shape(real[0])[0], tf.float32)

    def _real(self, inputs, targets, training):
        """Decoder states and targets without padding, and the projection.

        Returns:
            The arguments of `projected_cross_entropy`.
        """
        states = self.states((inputs, targets), training=training)
        return self.without_padding(states, targets)

    def without_padding(self, states, targets):
        """Returns the arguments of `projected_cross_entropy`.

        Args:
            states: `[batch, target_length, model_dim]`, of the decoder.
            targets: int32 `[batch, target_length]`.
        """
        places = tf.where(targets != PAD_ID)
        return (
            tf.gather_nd(states, places),
            tf.cast(self.output_embedding.table, states.dtype),
            tf.gather_nd(targets, places),
        )

    def get_config(self):
        return {**super().get_config(), "r_drop": self.r_drop}
