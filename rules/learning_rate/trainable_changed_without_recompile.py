"""OVF707: layers that are frozen or unfrozen without effect."""

from collections.abc import Iterator

from overfitcheck.finding import Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.built import attributes_set, holds
from overfitcheck.script.fit import Fit
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import Call, constant, options
from overfitcheck.script.walk import Assignment


@rule(
    "OVF707",
    "trainable-changed-without-recompile",
    Level.ERROR,
    bad=(
        """
import keras
base = keras.applications.MobileNetV2(include_top=False, pooling="avg")
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=5, validation_data=validation)
base.trainable = True  # <- OVF707
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import tensorflow as tf
base = tf.keras.applications.VGG16(include_top=False, pooling="avg")
model = tf.keras.Model(base.input, tf.keras.layers.Dense(5, activation="softmax")(base.output))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=5, validation_data=validation)
for layer in model.layers[:15]:
    layer.trainable = False  # <- OVF707
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import keras
base = keras.applications.VGG16(include_top=False, pooling="avg")
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
base.trainable = False  # <- OVF707
model.fit(train, epochs=5, validation_data=validation)
""",
    ),
    good=(
        """
import keras
base = keras.applications.MobileNetV2(include_top=False, pooling="avg")
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=5, validation_data=validation)
base.trainable = True
model.compile(keras.optimizers.Adam(1e-5), "sparse_categorical_crossentropy")
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import keras
def joined(generator, discriminator):
    both = keras.Sequential([generator, discriminator])
    discriminator.trainable = False
    both.compile("adam", "binary_crossentropy")
    return both
discriminator = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
discriminator.compile("adam", "binary_crossentropy")
both = joined(keras.Sequential([keras.layers.Dense(9)]), discriminator)
for turn in range(90):
    discriminator.trainable = True
    discriminator.fit(images, labels, epochs=1)
    both.fit(noise, real_labels, epochs=1)
""",
        """
import keras
from keras import ops
images = ops.cast(images, "float32")
base = keras.applications.VGG16(include_top=False, pooling="avg")
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
base.trainable = False
model.fit(train, epochs=5, validation_data=validation)
""",
        """
import keras
discriminator = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
discriminator.compile("adam", "binary_crossentropy")
discriminator.trainable = False
gan = keras.Sequential([generator, discriminator])
gan.compile("adam", "binary_crossentropy")
discriminator.trainable = True
discriminator.fit(images, real, epochs=1)
""",
        """
import keras
head = keras.layers.Dense(5, activation="softmax")
large = keras.Sequential([keras.applications.VGG19(include_top=False, pooling="avg"), head])
large.compile("adam", "sparse_categorical_crossentropy")
head.trainable = False
small = keras.Sequential([keras.applications.VGG16(include_top=False, pooling="avg"), head])
small.compile("adam", "sparse_categorical_crossentropy")
large.fit(train, epochs=5, validation_data=validation)
small.fit(train, epochs=5, validation_data=validation)
""",
        """
import keras
base = keras.applications.VGG16(include_top=False, pooling="avg")
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=5, validation_data=validation)
other = keras.applications.VGG19(include_top=False)
other.trainable = True
model.fit(train, epochs=20, validation_data=validation)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(64), keras.layers.Dense(5)])
model.compile("adam", "mse")
model.fit(x, y, epochs=5)
model.trainable = False
features = model.predict(x_test)
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(64), keras.layers.Dense(5)])
model.compile("adam", "mse")
model.fit(x, y, epochs=5)
model.trainable = True
model.fit(x, y, epochs=5)
""",
    ),
)
def trainable_changed_without_recompile(fit: Fit) -> Iterator[Draft]:
    """`trainable` is changed after `compile`, and the model is fitted without another `compile`.

    ## Why is this bad?
    Which weights are trained is settled when the model is compiled, and built into its training
    function by the first fit. Unfreezing without `compile` changes nothing: the fit goes on
    with the frozen layers. Freezing after a first fit has no effect either; after `compile`
    alone it has an effect in Keras 3 and none in Keras 2.

    ## Exceptions
    A `compile` between the change and the fit, a value that `trainable` has already, GANs,
    whose combined model is compiled with a frozen discriminator, layers that are frozen for
    another model, and layers that the text does not connect with the model. Freezing before the
    first fit is a warning where the version is unknown, and right in Keras 3.

    ## References
    https://github.com/keras-team/keras/issues/6405
    https://github.com/keras-team/keras/pull/22413
    """
    compiled = fit.compiled
    if compiled is None or fit.is_unsupervised or fit.words & {"adversarial", "real", "fake"}:
        return
    changes = [each for each in attributes_set(fit.script) if each.name == "trainable"]
    later = [each for each in changes if each.order > compiled.order and _concerns(fit, each)]
    earlier = changes if later else ()
    before = [each for each in earlier if each.order < compiled.order and _concerns(fit, each)]
    for change in later:
        wanted = constant(change.value)
        earlier_fit = _fitted_between(fit, compiled, change)
        if not isinstance(wanted, bool) or not _is_change(before, change, wanted):
            continue
        if words_in(fit.script.text(change.node)) & {"discriminator", "critic"}:
            continue
        if not wanted and _is_for_another(fit, change):
            continue
        level = _level(fit, frozen=not wanted, fitted=earlier_fit)
        if level is not None:
            verb = "unfrozen" if wanted else "frozen"
            yield Draft(
                change.node,
                f"{fit.script.text(change.node)} comes after the compile in "
                f"{fit.script.place(compiled.node)}, and {fit.name} in "
                f"{fit.script.place(fit.node)} follows without another: nothing is {verb}"
                f"{_where(fit, level)}",
                f"call {fit.model.name}.compile(…) again before the fit",
                level,
            )


def _concerns(fit: Fit, change: Assignment) -> bool:
    """Whether a change of ``trainable`` comes before a fit, and is of its model or a part of it."""
    if change.order > fit.call.order or change.context.excludes(fit.call.context):
        return False
    models = options(fit.model.value)
    return all(holds(model, change.of) for model in models)


def _is_change(before: list[Assignment], change: Assignment, wanted: bool) -> bool:
    """Whether it changes anything: layers are trainable until they are frozen."""
    known = [constant(each.value, ...) for each in before]
    return False in known if wanted else known[-1:] != [False]


def _fitted_between(fit: Fit, compiled: Call, change: Assignment) -> bool:
    """Whether the model was fitted after its ``compile`` and before the change."""
    return any(
        compiled.order < other.call.order < change.order
        and fit.script.same(other.call.receiver, fit)
        for other in fit.script.fits
    )


def _is_for_another(fit: Fit, change: Assignment) -> bool:
    """Whether another model that holds what is frozen is compiled before the fit."""
    return any(
        call.method == "compile"
        and change.order < call.order < fit.call.order
        and call.receiver is not None
        and not fit.script.same(call.receiver, fit)
        and all(holds(model, change.of) for model in options(call.receiver))
        for call in fit.script.calls
    )


def _level(fit: Fit, *, frozen: bool, fitted: bool) -> Level | None:
    if not frozen or fitted or fit.script.versions.surely_before(3):
        return Level.ERROR
    return None if fit.script.versions.surely_from(3) else Level.WARNING


def _where(fit: Fit, level: Level) -> str:
    return " before Keras 3" if level is Level.WARNING else ""
