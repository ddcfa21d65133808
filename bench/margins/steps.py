"""Progress of Keras `fit`."""

import keras

from tfformer.progress import Progress


class StepProgress(keras.callbacks.Callback):
    """Counts the steps of one `fit`.

    Args:
        label: what is being trained.
        steps: how many steps there will be.
    """

    def __init__(self, label: str, steps: int) -> None:
        super().__init__()
        self.progress = Progress(label, steps, unit="steps")

    def on_train_batch_end(self, batch, logs=None):
        """Adds one."""
        self.progress.update(1, {"loss": f"{float(logs['loss']):.3f}"})

    def on_train_end(self, logs=None):
        """Closes the bar."""
        self.progress.__exit__()
