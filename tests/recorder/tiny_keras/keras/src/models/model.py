"""A model that "trains": its losses are a function of the epoch, its batches are drawn."""

import time
import types

import keras.src.backend  # noqa: F401


class Model:
    name = "tiny"
    optimizer = None
    stop_training = False

    def fit(
        self,
        x=None,
        y=None,
        epochs=1,
        callbacks=None,
        validation_data=None,
        initial_epoch=0,
        steps_per_epoch=1,
        seconds=0.0,
    ):
        callbacks = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
        callbacks = [callback for callback in callbacks if callback is not None]
        for callback in callbacks:
            callback.set_model(self)
            callback.set_params({"epochs": epochs, "steps": steps_per_epoch})
        self.stop_training = False
        losses = []
        for callback in callbacks:
            callback.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
            if isinstance(x, types.GeneratorType):
                for _ in range(steps_per_epoch):
                    next(x)
            time.sleep(seconds)
            losses.append(1.0 / (epoch + 1))
            logs = {"loss": losses[-1], "val_loss": 0.5 + abs(epoch - 9) / 20}
            for callback in callbacks:
                callback.on_epoch_end(epoch, dict(logs))
            if self.stop_training:
                break
        for callback in callbacks:
            callback.on_train_end()
        return losses
