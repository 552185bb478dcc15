"""OVF407: augmentation that no training image goes through."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.fit import Fit
from overfitcheck.script.randomness import (
    GENERATOR,
    changes_of,
    generator_of,
    is_augmenting,
    random_image_step,
    steps_of,
)
from overfitcheck.script.reach import taken
from overfitcheck.script.script import Script


@rule(
    "OVF407",
    "augmentation-unused",
    Level.ERROR,
    bad=(
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
turning = ImageDataGenerator(rotation_range=20, horizontal_flip=True)  # <- OVF407
turning.fit(x_train)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_split=0.2)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
changing = ImageDataGenerator(rescale=1 / 255, zoom_range=0.2)  # <- OVF407
plain = ImageDataGenerator(rescale=1 / 255)
train = plain.flow_from_directory("photos/train")
validation = plain.flow_from_directory("photos/validation")
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
    ),
    good=(
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
turning = ImageDataGenerator(rotation_range=20, horizontal_flip=True)
turning.fit(x_train)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(turning.flow(x_train, y_train), epochs=20, validation_data=(x_val, y_val))
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
plain = ImageDataGenerator(rescale=1 / 255)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x_train, y_train, epochs=20, validation_split=0.2)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from mine import train_with
turning = ImageDataGenerator(rotation_range=20)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
train_with(model, turning)
model.fit(x_train, y_train, epochs=5)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
turning = ImageDataGenerator(rotation_range=20)
x_more = [turning.random_transform(image) for image in x_train]
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x_more, y_train, epochs=5)
""",
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
def make_generator():
    return ImageDataGenerator(rotation_range=20)
""",
        """
from tensorflow.keras import layers, models
from tensorflow.keras.preprocessing.image import ImageDataGenerator
turning = ImageDataGenerator(rotation_range=20)
model = models.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
for images in turning.flow(x_train[:1]):
    show(images)
    break
model.fit(x_train, y_train, epochs=5)
""",
    ),
)
def augmentation_unused(script: Script) -> Iterator[Draft]:
    """A generator that changes images at random is made, and no image ever flows from it.

    ## Why is this bad?
    `generator.fit(x)` only computes statistics; it neither augments nor trains. Unless a fit is
    given `generator.flow(…)`, the model sees the same images in every epoch.

    ## Exceptions
    Generators that only scale, that other code gets, or from which images flow anywhere (to be
    shown, or saved), and scripts without a fit.

    ## References
    https://keras.io/api/data_loading/image/
    """
    if not script.fits:
        return
    used = taken(script, receivers=False)
    told: set[object] = set()
    for generator in script.calls_to(GENERATOR):
        if generator.cls is not None or generator.node in told or id(generator) in used:
            continue
        changes = changes_of(generator)
        name = script.name_of(generator)
        if not changes or name is None or any(call.method != "fit" for call in generator.calls):
            continue
        fits = [fit for fit in script.fits if not fit.call.context.excludes(generator.context)]
        if not fits:
            continue
        fit = next((each for each in fits if not _is_augmented(each)), fits[0])
        as_they_are = "" if _is_augmented(fit) else " unchanged"
        told.add(generator.node)
        only = "is only fitted" if generator.calls else "is made"
        yield Draft(
            generator.node,
            f"{name} ({', '.join(changes[:3])}) {only}, and no image flows from it: "
            f"{fit.name} in {script.place(fit.node)} trains on "
            f"{fit.text_of('x')}{as_they_are}",
            f"train on {name}.flow(…) or {name}.flow_from_directory(…)",
        )


def _is_augmented(fit: Fit) -> bool:
    """Whether a fit trains on images that another generator, or a map, changes."""
    generator = generator_of(fit.x)
    if generator is not None:
        return is_augmenting(generator)
    return any(random_image_step(fit.script, step) for step in steps_of(fit.x))
