"""OVF112: two loaders that split one folder in different ways."""

from collections.abc import Iterator, Sequence

from overfitcheck.finding import Edit, Level
from overfitcheck.rule import Draft, rule
from overfitcheck.script.edits import give, remove_argument
from overfitcheck.script.script import Script
from overfitcheck.script.values import Call, Constant, Value, constant

LOADERS = (
    "keras.utils.image_dataset_from_directory",
    "keras.utils.text_dataset_from_directory",
    "keras.utils.audio_dataset_from_directory",
)

DECIDING = ("seed", "validation_split", "shuffle")
"""What has to be the same in both calls for their parts not to meet."""


@rule(
    "OVF112",
    "directory-split-mismatch",
    Level.ERROR,
    bad=(
        """
import tensorflow as tf
train = tf.keras.utils.image_dataset_from_directory(
    "photos", validation_split=0.2, subset="training", seed=1)
validation = tf.keras.utils.image_dataset_from_directory(  # <- OVF112
    "photos", validation_split=0.2, subset="validation", seed=2)
""",
        """
import keras
folder = "reviews"
train = keras.utils.text_dataset_from_directory(folder, validation_split=0.2, subset="training", seed=7)
validation = keras.utils.text_dataset_from_directory(folder, validation_split=0.3, subset="validation", seed=7)  # <- OVF112
""",
        """
import keras
train = keras.utils.image_dataset_from_directory("photos", validation_split=0.2, subset="training")  # <- OVF112
""",
        """
import keras
train = keras.utils.image_dataset_from_directory(
    "photos", validation_split=0.2, subset="training", shuffle=False)
validation = keras.utils.image_dataset_from_directory(  # <- OVF112
    "photos", validation_split=0.2, subset="validation", shuffle=False)
""",
        """
import keras
both = keras.utils.image_dataset_from_directory("photos", subset="training", seed=3)  # <- OVF112
""",
    ),
    good=(
        """
import keras
train = keras.utils.image_dataset_from_directory("photos", validation_split=0.2, subset="training", seed=1)
validation = keras.utils.image_dataset_from_directory("photos", validation_split=0.2, subset="validation", seed=1)
""",
        """
import keras
train, validation = keras.utils.image_dataset_from_directory(
    "photos", validation_split=0.2, subset="both", seed=1)
""",
        """
import keras
train = keras.utils.image_dataset_from_directory("photos/train", seed=1)
validation = keras.utils.image_dataset_from_directory("photos/validation", seed=2, shuffle=False)
""",
        """
import keras
train = keras.utils.image_dataset_from_directory("cats", validation_split=0.2, subset="training", seed=1)
validation = keras.utils.image_dataset_from_directory("dogs", validation_split=0.2, subset="validation", seed=2)
""",
        """
import keras
options = {"validation_split": 0.2, "seed": pick_seed()}
train = keras.utils.image_dataset_from_directory("photos", subset="training", **options)
validation = keras.utils.image_dataset_from_directory("photos", subset="validation", **options)
""",
        """
import keras
def load(subset, seed):
    return keras.utils.image_dataset_from_directory("photos", validation_split=0.2, subset=subset, seed=seed)
""",
    ),
)
def directory_split_mismatch(script: Script) -> Iterator[Draft]:
    """The training and the validation part of one folder are loaded with different settings.

    ## Why is this bad?
    `image_dataset_from_directory` and its kin shuffle the file names by `seed`, then cut. Called
    twice with different seeds or shares, they cut two different orders: files stand in both parts.
    Without a seed they raise a ValueError. With `shuffle=False` in both calls the parts do not
    meet, but files come class by class: the validation part holds the last classes only (warning).

    ## Exceptions
    `subset="both"`, different folders, and settings that the text does not tell.

    ## References
    https://github.com/keras-team/keras/issues/5862
    https://github.com/BatteryDEV/AutoECM/issues/13
    """
    loaders = [each for each in script.calls_to(*LOADERS) if not each.open]
    for number, loader in enumerate(loaders):
        refused = _refused(loader)
        if refused:
            yield Draft(
                loader.node,
                f"{loader.short_name} {refused[0]}",
                refused[1],
                edits=_seeded(script, loader, loaders) if "seed" in refused[1] else (),
                safe=True,
            )
            continue
        first = _other_part(loader, loaders[:number])
        if first is None:
            continue
        for name in DECIDING:
            if _differ(first[name], loader[name]):
                yield Draft(
                    loader.node,
                    f"{name}={_shown(script, loader, name)} here and {_shown(script, first, name)} "
                    f"in {script.place(first.node)}: the two parts of "
                    f"{script.text(loader.node.args[0].value)} are cut out of different orders, and "
                    "files stand in both",
                    f"give both calls the same {name}",
                    edits=_as_in(script, loader, first, name),
                    safe=name == "seed",
                )
                break
        else:
            if constant(loader["shuffle"]) is False and constant(first["shuffle"]) is False:
                yield Draft(
                    loader.node,
                    f"shuffle=False: the {constant(loader['subset'])} part of "
                    f"{script.text(loader.node.args[0].value)} is cut out of files that come class "
                    "by class, so whole classes are missing from it",
                    "delete shuffle=False and give both calls the same seed",
                    Level.WARNING,
                )


def _as_in(script: Script, loader: Call, first: Call, name: str) -> tuple[Edit, ...]:
    """A setting of the first call in the second one too."""
    if first.argument(name) is None:
        return remove_argument(script, loader.node, loader.argument(name))
    return give(script, loader, name, _shown(script, first, name))


def _seeded(script: Script, loader: Call, loaders: Sequence[Call]) -> tuple[Edit, ...]:
    """The seed of the loader of the other part, or one that both will get."""
    for each in loaders:
        same = each.function == loader.function and _same(each["directory"], loader["directory"])
        if each is not loader and same and isinstance(constant(each["seed"]), int):
            return give(script, loader, "seed", _shown(script, each, "seed"))
    return give(script, loader, "seed", "1")


def _refused(loader: Call) -> tuple[str, str] | None:
    """Why Keras raises a ValueError for a loader, and what to do; None where it does not."""
    split, subset = constant(loader["validation_split"], ...), constant(loader["subset"], ...)
    if subset in ("training", "validation", "both") and split is None:
        return (
            f'has subset="{subset}" and no validation_split: it raises a ValueError',
            "add validation_split=0.2, or delete subset",
        )
    if (
        isinstance(split, float)
        and isinstance(subset, str)
        and constant(loader["seed"], ...) is None
    ):
        if constant(loader["shuffle"], ...) is True:
            return (
                f"splits {split:g} off a shuffled folder and has no seed: it raises a ValueError",
                "give both calls the same seed, such as seed=1",
            )
    return None


def _other_part(loader: Call, earlier: Sequence[Call]) -> Call | None:
    """The nearest earlier loader of the other part of the same folder."""
    parts = {"training": "validation", "validation": "training"}
    other = parts.get(str(constant(loader["subset"])))
    for each in reversed(earlier):
        same = each.function == loader.function and _same(each["directory"], loader["directory"])
        if other and constant(each["subset"]) == other and same:
            return None if each.context.excludes(loader.context) else each
    return None


def _same(first: Value, second: Value) -> bool:
    if first is second:
        return True
    path = constant(first)
    return isinstance(path, str) and path == constant(second)


def _differ(first: Value, second: Value) -> bool:
    """Whether two settings are surely not the same."""
    known = type(first) is Constant and type(second) is Constant
    return known and constant(first) != constant(second)


def _shown(script: Script, loader: Call, name: str) -> str:
    given = loader.argument(name)
    if given is None or given.node is None:
        return repr(constant(loader[name]))
    return script.text(given.node.value)
