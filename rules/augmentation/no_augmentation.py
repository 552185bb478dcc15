"""OVF401: images that are the same in every epoch."""

from collections.abc import Iterator

from overfitcheck.finding import Level, RunSays
from overfitcheck.observed import ObservedFit, Outcome
from overfitcheck.rule import Draft, rule
from overfitcheck.script.checklist import augments
from overfitcheck.script.data import maker_of
from overfitcheck.script.fit import Fit
from overfitcheck.script.unsupervised import words_in

CONVOLUTIONS = ("Conv2D", "Convolution2D", "SeparableConv2D", "DepthwiseConv2D")

NOT_PHOTOS = frozenset(
    "spectrogram spectrograms mel audio speech sound mnist digits digit ocr letters captcha text "
    "mri ct xray lidar".split()
)
"""Words in names of images that flips and turns make wrong."""


@rule(
    "OVF401",
    "no-augmentation",
    Level.INFO,
    opt_in=True,
    bad=(
        """
from tensorflow.keras import layers, models
model = models.Sequential([
    layers.Conv2D(32, 3, activation="relu"), layers.Flatten(), layers.Dense(5, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(photos, kinds, epochs=30, validation_split=0.2)  # <- OVF401
""",
        """
import keras
(x, y), (x_test, y_test) = keras.datasets.cifar10.load_data()
inputs = keras.Input((32, 32, 3))
features = keras.layers.Flatten()(keras.layers.Conv2D(32, 3)(inputs))
net = keras.Model(inputs, keras.layers.Dense(10)(features))
net.compile("adam", "mse")
net.fit(x, y, epochs=30, validation_split=0.2)  # <- OVF401
""",
    ),
    good=(
        """
from tensorflow.keras import layers, models
model = models.Sequential([
    layers.RandomFlip("horizontal"), layers.Conv2D(32, 3), layers.Flatten(), layers.Dense(5)])
model.compile("adam", "categorical_crossentropy")
model.fit(photos, kinds, epochs=30, validation_split=0.2)
""",
        """
import keras
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
net = keras.Sequential([keras.layers.Conv2D(32, 3), keras.layers.Flatten(), keras.layers.Dense(10)])
net.compile("adam", "mse")
net.fit(x, y, epochs=30, validation_split=0.2)
""",
        """
import keras
net = keras.Sequential([keras.layers.Conv1D(32, 3), keras.layers.Flatten(), keras.layers.Dense(10)])
net.compile("adam", "mse")
net.fit(signals, y, epochs=30, validation_split=0.2)
""",
        """
from tensorflow.keras import layers, models
model = models.Sequential([layers.Conv2D(32, 3), layers.Flatten(), layers.Dense(5)])
model.compile("adam", "categorical_crossentropy")
model.fit(spectrograms, words, epochs=30, validation_split=0.2)
""",
        """
import keras
from keras.preprocessing.image import ImageDataGenerator
(x, y), (x_test, y_test) = keras.datasets.cifar10.load_data()
plain = keras.Sequential([keras.layers.Conv2D(9, 3), keras.layers.Flatten(), keras.layers.Dense(10)])
plain.compile("adam", "mse")
plain.fit(x, y, epochs=30, validation_split=0.2)
other = keras.Sequential([keras.layers.Conv2D(9, 3), keras.layers.Flatten(), keras.layers.Dense(10)])
other.compile("adam", "mse")
other.fit(ImageDataGenerator(horizontal_flip=True).flow(x, y), epochs=30)
""",
    ),
)
def no_augmentation(fit: Fit) -> Iterator[Draft]:
    """An image model is trained without random changes of its images.

    ## Why is this bad?
    It matters where there are few images for the size of the network, which the text does not
    show. So the technique checklist under each fit says it, and the rule has to be asked for
    (`--select OVF401`).

    ## Exceptions
    Digits, letters, spectrograms and scans, which flips and turns make wrong; short, unsupervised
    and tuned training; models of which the text does not show all layers; fits that are compared
    with one that does.

    ## References
    https://keras.io/api/layers/preprocessing_layers/image_augmentation/
    """
    if fit.is_exempt or augments(fit) is not False or not fit.model.layers.of(*CONVOLUTIONS):
        return
    if _may_not_be_turned(fit) or any(map(augments, fit.script.fits)):
        return
    yield Draft(
        fit.node,
        f"{fit.model.name} sees {fit.text_of('x')} unchanged in every epoch: nothing flips, turns or "
        "zooms its images",
        "put layers such as keras.layers.RandomFlip and RandomRotation first in the model",
    )


def _may_not_be_turned(fit: Fit) -> bool:
    """Whether names say that its images are digits, spectrograms or the like."""
    names = fit.words | words_in(fit.text_of("x"), maker_of(fit.x).replace(".", " "))
    return bool(names & NOT_PHOTOS)


@no_augmentation.observed
def overfitted_on_the_same_images(seen: ObservedFit) -> Outcome | None:
    """Whether an image model overfitted on arrays that nothing changes."""
    observation, onset, fit = seen.observation, seen.diagnosis.onset, seen.fit
    if observation is None or observation.training is None or fit is None or onset is None:
        return None
    convolutions = observation.layers_of(*CONVOLUTIONS)
    if seen.diagnosis.verdict.value != "overfitting" or not convolutions:
        return None
    unchanged = observation.training.kind == "arrays" and not any(
        layer.kind.startswith("Random") for layer in observation.layers
    )
    frozen = not all(layer.trainable for layer in convolutions)
    if not unchanged or frozen or augments(fit) or fit.is_unsupervised or _may_not_be_turned(fit):
        return None
    samples = observation.training.samples
    return Outcome(
        RunSays.CONFIRMED,
        f"it overfits from epoch {onset.epoch}, and each epoch has shown it the same "
        f"{f'{samples:,} ' if samples else ''}images unchanged",
        cost=seen.waste,
        advice="put layers such as keras.layers.RandomFlip and RandomRotation first in the model",
    )
