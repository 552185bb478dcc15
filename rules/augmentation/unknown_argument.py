"""OVF402: an argument that Keras does not know, or silently ignores."""

import re
from collections.abc import Iterator

import libcst as cst

from overfitcheck.finding import Edit, Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import remove_argument, rename
from overfitcheck.script.external import method_path
from overfitcheck.script.former import COUNTED, NEW_OPTIMIZERS, OF_FITS, Former, former
from overfitcheck.script.imports import spelt
from overfitcheck.script.models import is_model
from overfitcheck.script.script import Script
from overfitcheck.script.signatures import Signature, signature_of
from overfitcheck.script.translated import DATA_FORMATS, data_format, renamed, sizes_of_kernel
from overfitcheck.script.values import Argument, Call, constant
from overfitcheck.script.versions import Version, written

FOR_SPEED = frozenset({"workers", "use_multiprocessing", "max_queue_size"})
"""Arguments of Keras 2 that can be left out: what is trained stays the same."""

FOR_TENSORFLOW_1 = frozenset(
    {"batch_size", "write_grads", "embeddings_layer_names", "embeddings_data"}
)
"""Arguments that TensorBoard of Keras 2 takes, and has ignored since TensorFlow 2."""

OF_INPUT = {"batch_input_shape": "batch_shape", "batch_size": "shape=…, batch_size"}
"""Arguments of the first layer in Keras 2, and what `keras.Input` calls them in every version."""

ELSEWHERE = frozenset({"lr", "decay"})
"""Arguments of optimizers that OVF706 speaks of."""


@rule(
    "OVF402",
    "unknown-argument",
    Level.ERROR,
    bad=(
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
datagen = ImageDataGenerator(rotation_range=10, zoomrange=0.1)  # <- OVF402
""",
        """
import keras
reduce = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patiance=3)  # <- OVF402
""",
        """
from keras.models import Sequential
model = Sequential()
model.compile(loss="mse", optimizer="sgd")
model.fit(x, y, nb_epoch=20, validation_split=0.1)  # <- OVF402
""",
        """
import keras
layer = keras.layers.Dense(64, kernel_regulariser="l2")  # <- OVF402
""",
        """
import keras
from sklearn.linear_model import LogisticRegression
if use_network:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, nb_epoch=20, validation_split=0.1)  # <- OVF402
else:
    LogisticRegression().fit(x, y)
""",
        """
import keras
from mine import build
net = build()
net.fit(x, y, epochs=20, validation_split=0.1, workers=8)  # <- OVF402
def train(model):
    model.fit(x, y, epochs=20, validation_split=0.1, use_multiprocessing=True)  # <- OVF402
""",
        """
import keras
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.last = keras.layers.Dense(1)
    def call(self, x):
        return self.last(x)
net = Net()
net.compile("adam", "mse")
net.fit(x, y, epochs=20, validation_split=0.1, max_queue_size=10)  # <- OVF402
""",
        """
import keras
model = keras.Sequential()
if first:
    model.add(keras.layers.LSTM(output_dim=50, input_shape=(20, 1), return_sequences=True))  # <- OVF402
else:
    model.add(keras.layers.LSTM(20))
""",
        """
import keras
model = keras.Sequential()
model.add(keras.layers.LSTM(9, batch_input_shape=(1, 20, 3), stateful=True))  # <- OVF402
model.add(keras.layers.Dense(1, weights=[kernel, bias]))  # <- OVF402
""",
    ),
    good=(
        """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
datagen = ImageDataGenerator(rotation_range=10, zoom_range=0.1)
""",
        """
import keras
class Plateau(keras.callbacks.ReduceLROnPlateau):
    def __init__(self, mood, **options):
        super().__init__(**options)
reduce = Plateau(mood="calm", patience=3)
""",
        """
import keras
embedded = keras.layers.Embedding(9000, 64, weights=[known], trainable=False)
model = keras.Sequential([keras.Input(batch_shape=(1, 20, 3))])
model.add(keras.layers.LSTM(9, implementation=1, stateful=True))
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(64, input_shape=(8,), name="first")])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=5, verbose=2, shuffle=True, validation_split=0.1)
""",
        """
import keras
options = read_options()
reduce = keras.callbacks.ReduceLROnPlateau(**options)
""",
        """
import keras
class Net(keras.Model):
    def fit(self, x, y, workers=1, **options):
        return super().fit(x, y, **options)
net = Net()
net.compile("adam", "mse")
net.fit(x, y, epochs=20, workers=4)
""",
        """
import keras
from boosted import Forest
forest = Forest()
forest.fit(x, y, epochs=20, batch_size=32, eval_set=[(x_val, y_val)])
""",
        """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
if int(keras.__version__.split(".")[0]) > 1:
    model.fit(x, y, epochs=20, validation_split=0.1)
else:
    model.fit(x, y, nb_epoch=20, validation_split=0.1)
""",
        """
import keras
keras_2 = int(keras.__version__.split(".")[0]) > 1
def normalized(x):
    if keras_2:
        return keras.layers.BatchNormalization()(x)
    else:
        return keras.layers.BatchNormalization(mode=2)(x)
""",
        """
import keras
if old:
    layer = keras.layers.Dense(output_dim=8, activation="relu")
else:
    layer = keras.layers.Dense(8, activation="relu")
""",
        """
import tf_keras
layer = tf_keras.layers.Dense(8, kernel_layout=spread, bias_layout=whole)
metric = tf_keras.metrics.SparseCategoricalAccuracy(mesh=mesh)
""",
        """
import keras
from packaging.version import Version
best = (
    keras.callbacks.ModelCheckpoint("best.keras")
    if Version(keras.__version__) >= Version("3")
    else keras.callbacks.ModelCheckpoint("best.keras", period=2)
)
""",
        """
import keras
optimizer = keras.optimizers.SGD(learning_rate=0.1, gradient_accumulation_steps=4)
""",
        """
import keras
class Spread(keras.layers.Layer):
    def call(self, inputs):
        self.add_metric(keras.backend.std(inputs), name="spread", aggregation="mean")
        return inputs
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Dense(1)(Spread()(inputs)))
model.add_metric(keras.backend.std(inputs), name="spread", aggregation="mean")
""",
        """
class ReduceLROnPlateau:
    def __init__(self, patiance):
        self.patiance = patiance
import keras
reduce = ReduceLROnPlateau(patiance=3)
""",
        """
import tf_keras
model = tf_keras.Sequential([tf_keras.layers.Dense(1)])
model.compile("adam", "mse", experimental_run_tf_function=False)
""",
    ),
)
def unknown_argument(script: Script) -> Iterator[Draft]:
    """A function or class of Keras is given an argument that it does not have.

    ## Why is this bad?
    Most of Keras raises a TypeError or ValueError, often after the data were read for minutes. But
    ReduceLROnPlateau takes any argument and ignores what it does not know, in every version, and
    ModelCheckpoint does in Keras 2: a misspelt `patience` stays at its default without a word.

    ## Exceptions
    Calls with `**options` that the text does not show, classes that the script defines itself, a
    removed argument where the other arm of a conditional makes the same call without it, all calls
    where Keras 1 is pinned or configured, and what the pinned or configured version still took: the
    names of Keras 1 before Keras 2.4, those of `keras.optimizers.legacy` before Keras 2.11.
    Where the version is not known, an argument that newer versions no longer have is a warning, and
    one that Keras 2 did not have yet is none.

    ## References
    https://keras.io/api/callbacks/reduce_lr_on_plateau/
    """
    for call in () if script.versions.surely_before(2) else script.calls:
        path = call.function or method_path(call.receiver, call.method)
        signature = signature_of(path) if path and call.cls is None else None
        if signature is None:
            continue
        for name, argument in call.keywords.items():
            unknown = signature.without(name) & script.keras
            if unknown and call.method is not None and not _is_of_keras(script, call, name):
                continue
            if not unknown or (name in ELSEWHERE and "optimizers" in (call.function or "")):
                continue
            old = former(path or "", name, signature)
            if old.since is not None and script.versions.surely_before(*old.since):
                continue
            everywhere = unknown >= (script.keras & frozenset(signature.names))
            if unknown == {"2"} and not everywhere:
                continue
            if _is_for_a_version(script, call, name, old):
                continue
            since = old.since if everywhere else (int(min(unknown)), 0)
            surely = since is None or script.versions.surely_from(*since)
            yield Draft(
                argument.node or call.node,
                _message(call, name, unknown, None if surely else since, signature),
                _advice(script, call, name, unknown, old, signature),
                None if surely else Level.WARNING,
                _edits(script, call, name, old, signature),
                safe=everywhere and (old.is_renamed or name == "dim_ordering"),
            )


def _is_of_keras(script: Script, call: Call, name: str) -> bool:
    """Whether it surely is a method of Keras's own that is given `name`.

    What is fitted may be a model of another library; then only a name of Keras 1 tells, or one of
    those that only Keras 2 has.
    """
    receiver = call.receiver
    if isinstance(receiver, Call) and receiver.cls is not None:
        own = receiver.cls.member(call.method or "") is not None
        return not own and "keras.Model" in receiver.cls.ancestors()
    if isinstance(receiver, Call) and (
        is_model(receiver) or signature_of(f"{receiver.function}.{call.method}") is not None
    ):
        return True
    told = name in OF_FITS or name in FOR_SPEED
    return told and any(fit.call is call for fit in script.fits)


VERSION_TEST = re.compile(r"version|keras|tf\d?\b|tensorflow", re.IGNORECASE)
"""What stands in a condition that asks for the version of Keras."""


def _is_for_a_version(script: Script, call: Call, name: str, old: Former) -> bool:
    """Whether the other arm of a conditional makes the same call without the argument.

    The condition asks for the version, or tries; or the other call gives what took its place by
    name, or gives all other arguments alike.
    """
    arms = dict(call.context.branches)
    if not arms:
        return False
    return any(
        other.short_name == call.short_name
        and other.receiver is call.receiver
        and other.argument(name) is None
        and any(
            arms.get(node, arm) != arm
            and (_asks_for_a_version(script, node) or _is_same_call(script, call, other, name, old))
            for node, arm in other.context.branches
        )
        for other in script.calls
    )


def _asks_for_a_version(script: Script, node: object) -> bool:
    """Whether a conditional stands for what may be installed."""
    if isinstance(node, (cst.If, cst.IfExp)):
        return VERSION_TEST.search(script.text(node.test)) is not None
    return isinstance(node, cst.Try)


def _is_same_call(script: Script, call: Call, other: Call, name: str, old: Former) -> bool:
    """Whether a call is another one with a new name for an argument, and not one of its own."""
    if old.successor is None or other.argument(old.successor) is None:
        return False
    return old.successor in other.keywords or _others(script, call, name) == _others(
        script, other, old.successor
    )


def _others(script: Script, call: Call, name: str) -> dict[str, str]:
    """The text of all arguments of a call but one, by their names."""
    return {
        other: script.text(argument.node.value) if argument.node is not None else ""
        for other, argument in call.arguments.items()
        if other != name
    }


def _edits(
    script: Script, call: Call, name: str, old: Former, signature: Signature
) -> tuple[Edit, ...]:
    """The argument under its new name, or the one that comes nearest; without it if it is gone."""
    argument = call.keywords[name]
    if name in signature.known:
        needless = (
            name in FOR_SPEED
            or _is_every_epoch(call, name)
            or _is_ignored(call, name)
            or _needs_nothing(call, name)
        )
        return remove_argument(script, call.node, argument) if needless else ()
    if old.successor is None and old.since is None:
        near = _nearest(name, signature)
        return rename(script, argument, near) if near and call.argument(near) is None else ()
    translated = old.is_renamed or name == "dim_ordering"
    return renamed(script, call, name, old, signature) if translated else ()


def _is_every_epoch(call: Call, name: str) -> bool:
    """Whether an argument says what ModelCheckpoint does without it: ``period=1``."""
    return name == "period" and constant(call.keywords[name].value) == 1


def _is_ignored(call: Call, name: str) -> bool:
    """Whether an argument does nothing in Keras 2 either, on any TensorFlow but the first."""
    return call.short_name == "TensorBoard" and name in FOR_TENSORFLOW_1


def _is_of_layer(call: Call) -> bool:
    return (call.function or "").startswith("keras.layers.")


def _needs_nothing(call: Call, name: str) -> bool:
    """Whether an argument leaves a layer of Keras 2 as it would be without it."""
    no_weights = name == "weights" and constant(call.keywords[name].value, ...) is None
    return _is_of_layer(call) and (no_weights or name == "implementation")


def _message(
    call: Call, name: str, unknown: frozenset[str], since: Version | None, signature: Signature
) -> str:
    """What a call does with an argument that is `unknown`; `since` where older versions had it."""
    what = f"{call.short_name} has no argument {name}"
    ignoring, raising = unknown & signature.swallows, unknown - signature.swallows
    if ignoring and raising:
        error = _error(call, name, raising, signature)
        return f"{what}: Keras {min(ignoring)} ignores it, and Keras {min(raising)} raises {error}"
    if since is not None:
        what = f"{what} since Keras {written(since)}"
    if ignoring:
        return f"{what}: the value is ignored without a word"
    error = _error(call, name, unknown, signature)
    return f"{what}: {'it' if since is None else 'there it'} raises {error}"


LOOKED_THROUGH = {"evaluate": "3", "TensorBoard": "2"}
"""What looks through its arguments itself in one version of Keras, which raises a ValueError."""

LOOKED_FOR = {"gradient_aggregator": "23", "gradient_transformers": "23", "target_tensors": "2"}
"""Old arguments of optimizers and of compile that these versions look for, to raise a ValueError."""


def _error(call: Call, name: str, unknown: frozenset[str], signature: Signature) -> str:
    """What is raised; layers, models and optimizers look through them themselves in Keras 3.

    They never come to it where an argument is missing that has to be given.
    """
    among = (call.function or "").startswith(("keras.layers.", "keras.optimizers.", "keras.Model"))
    versions = "3" if among else LOOKED_THROUGH.get(call.short_name, "")
    if not call.open and any(call.argument(each) is None for each in signature.required):
        versions = ""
    if among or call.short_name == "compile":
        versions = LOOKED_FOR.get(name, versions)
    errors = ["a ValueError" if each in versions else "a TypeError" for each in sorted(unknown)]
    if len({*errors}) == 1:
        return errors[0]
    return f"{errors[0]} (in Keras 3 {errors[1]})"


def _advice(
    script: Script,
    call: Call,
    name: str,
    unknown: frozenset[str],
    old: Former,
    signature: Signature,
) -> str:
    if _is_every_epoch(call, name):
        return f"delete {name}: every epoch is looked at without it as well"
    if _is_ignored(call, name):
        return f"delete {name}: {call.short_name} has ignored it since TensorFlow 2"
    for_layer = _advice_for_layer(script, call, name) if _is_of_layer(call) else ""
    if for_layer and "3" in unknown:
        return for_layer
    if old.successor is not None:
        kernel = _kernel_advice(script, sizes_of_kernel(call, old, signature))
        return f"use {_new_words(call, name, old.successor)}{kernel}"
    if name in signature.known:
        return f"delete {name}, or keep to Keras {'2' if '3' in unknown else '3'}"
    if old.since == NEW_OPTIMIZERS and "2" in unknown:
        return f"delete {name}, or use {call.short_name} of keras.optimizers.legacy in Keras 2"
    if old.since is not None:
        return f"delete {name}, or keep to a version of Keras before {written(old.since)}"
    near = _nearest(name, signature)
    some = ", ".join(sorted(signature.known)[:12])
    return f"did you mean {near}?" if near else f"delete {name}, or use one of: {some}"


def _advice_for_layer(script: Script, call: Call, name: str) -> str:
    """What to do about an argument that every layer of Keras 2 has; "" about any other."""
    if name in OF_INPUT:
        given = call.keywords[name].node
        value = script.text(given.value) if given is not None else "…"
        start = spelt(script, "keras.Input", call)
        return f"begin the model with {start}({OF_INPUT[name]}={value}) instead"
    if _needs_nothing(call, name):
        return f"delete {name}: the layer learns the same without it"
    gone = "give them to set_weights of the layer once it is built, or keep to Keras 2"
    return gone if name == "weights" else ""


def _new_words(call: Call, name: str, successor: str) -> str:
    """What to write for an old argument, and what that counts or is called."""
    if name == "dim_ordering":
        value = constant(call.keywords[name].value)
        format_ = data_format(call.keywords[name])
        if format_ is not None:
            return f'{successor}="{format_}" instead of {name}="{value}"'
        named = ", ".join(f'"{new}" for "{old}"' for old, new in DATA_FORMATS.items())
        return f"{successor} instead of {name} ({named})"
    counted = f" ({COUNTED[name]})" if name in COUNTED else ""
    return f"{successor} instead of {name}{counted}"


def _kernel_advice(script: Script, sizes: tuple[Argument, ...]) -> str:
    """How to write the sizes of a kernel that are given one by one, behind other advice."""
    nodes = [each.node.value for each in sizes if each.node is not None]
    if not nodes:
        return ""
    return f", and give the kernel as one tuple: ({', '.join(map(script.text, nodes))})"


def _nearest(name: str, signature: Signature) -> str | None:
    """The argument that is spelt most like `name`."""
    from difflib import get_close_matches

    names = sorted(signature.known)
    near = get_close_matches(name, names, n=1, cutoff=0.6) or [
        each for each in names if each.replace("_", "") == name.replace("_", "").lower()
    ]
    return near[0] if near else None
