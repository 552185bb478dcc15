"""OVF405: normalisation by statistics that were never computed."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.randomness import FLOWS, GENERATOR
from overfitcheck.script.script import Script
from overfitcheck.script.values import Argument, Call, constant

FLAGS = ("featurewise_center", "featurewise_std_normalization", "zca_whitening")

BY_HAND = ("mean", "std", "principal_components", "zca_whitening_matrix")
"""Attributes that ``fit`` sets, and that a script may set itself."""


@rule(
    "OVF405",
    "featurewise-without-fit",
    Level.ERROR,
    bad=(
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(featurewise_center=True, rotation_range=20)  # <- OVF405
train = photos.flow_from_directory("photos")
""",
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
train = ImageDataGenerator(
    featurewise_std_normalization=True)
test = ImageDataGenerator(
    featurewise_std_normalization=True)  # <- OVF405
train.fit(x_train)
model.fit(train.flow(x_train, y_train), epochs=20, validation_data=test.flow(x_test, y_test))
""",
    ),
    good=(
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(featurewise_center=True, rotation_range=20)
photos.fit(x_train)
train = photos.flow(x_train, y_train)
""",
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(featurewise_center=False, samplewise_center=True)
train = photos.flow(x_train, y_train)
""",
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
photos = ImageDataGenerator(featurewise_center=True)
photos.mean = [103.9, 116.8, 123.7]
train = photos.flow_from_directory("photos")
""",
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
def make():
    return ImageDataGenerator(zca_whitening=True)
photos = learn(make())
train = photos.flow(x_train, y_train)
""",
    ),
)
def featurewise_without_fit(script: Script) -> Iterator[Draft]:
    """An ImageDataGenerator normalises by statistics of the data, and `fit` never computes them.

    ## Why is this bad?
    `featurewise_center`, `featurewise_std_normalization` and `zca_whitening` need `generator.fit(x)`
    first. Without it they change no image, and say so in a UserWarning among all the others. Where
    one generator was fitted and a second one with the same flag was not (warning), training and
    validation images are on different scales.

    ## Exceptions
    Generators that other code gets, and statistics that are set by hand (`generator.mean = …`).

    ## References
    https://keras.io/api/data_loading/image/
    """
    flagged = [
        (generator, name, argument)
        for generator in script.calls_to(GENERATOR)
        if generator.cls is None
        for name, argument in _flags(generator)
    ]
    fitted = {id(generator) for generator, _, _ in flagged if _is_fitted(script, generator)}
    told: set[int] = set()
    for generator, name, argument in flagged:
        flow = next((each for each in generator.calls if each.method in FLOWS), None)
        if id(generator) in fitted or id(generator) in told or flow is None:
            continue
        told.add(id(generator))
        called = script.name_of(generator) or "the generator"
        yield Draft(
            argument.node or generator.node,
            f"{name}=True does nothing: {called}.fit, which computes what it needs, is never called "
            f"before {flow.method} in {script.place(flow.node)}",
            f"call {called}.fit on the training images first (a sample of them will do)",
            Level.WARNING if fitted else None,
        )


def _flags(generator: Call) -> Iterator[tuple[str, Argument]]:
    for name in FLAGS:
        given = generator.argument(name)
        if given is not None and constant(given.value) is True:
            yield name, given


def _is_fitted(script: Script, generator: Call) -> bool:
    """Whether a generator has, or may have, the statistics that it needs."""
    if any(call.method == "fit" for call in generator.calls):
        return True
    if any(each.of is generator and each.name in BY_HAND for each in script.assignments):
        return True
    return any(value is generator for value in script.walk.handed_out) or any(
        argument.value is generator
        for call in script.calls
        for argument in (*call.positional, *call.keywords.values())
    )
