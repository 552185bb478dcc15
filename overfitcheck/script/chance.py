"""Changes of images by chance, as generators of a script make them."""

from __future__ import annotations

import re

import libcst as cst

from overfitcheck.script.flow import ingredients
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.values import Call, Value

CHANGES = frozenset(
    "cv2.flip cv2.warpAffine cv2.warpPerspective cv2.rotate numpy.fliplr numpy.flipud numpy.flip "
    "numpy.rot90 numpy.roll scipy.ndimage.rotate scipy.ndimage.shift scipy.ndimage.zoom "
    "scipy.ndimage.interpolation.rotate scipy.ndimage.interpolation.shift "
    "skimage.transform.rotate skimage.transform.warp keras.preprocessing.image.random_rotation "
    "keras.preprocessing.image.random_shift keras.preprocessing.image.random_zoom "
    "keras.preprocessing.image.random_shear keras.preprocessing.image.random_brightness "
    "keras.preprocessing.image.random_channel_shift".split()
)
"""Functions that turn, flip or move the image that is their first argument."""

BY_ITSELF = "keras.preprocessing.image.random_"

CHANCE = ("numpy.random.", "random.")

OF_CHANCE = re.compile(r"(?:np|numpy)\.random\.\w+|random\.\w+")


def changed_by_chance(value: Value) -> str:
    """How a call changes an image by chance; "" where it does not, or something else decides."""
    if not isinstance(value, Call) or value.function not in CHANGES or not value.positional:
        return ""
    arms = [node for node, _ in value.context.branches]
    if not all(isinstance(node, (cst.If, cst.IfExp)) and _is_chance(node.test) for node in arms):
        return ""
    told = (*value.positional[1:], *value.keywords.values())
    numbers = (each for one in told for each in ingredients(one.value, most=60))
    drawn = any(isinstance(each, Call) and _draws(each) for each in numbers)
    by_itself = value.function.startswith(BY_ITSELF)
    return value.short_name if arms or drawn or by_itself else ""


def _draws(call: Call) -> bool:
    return (call.function or "").startswith(CHANCE)


def _is_chance(test: cst.BaseExpression) -> bool:
    """Whether a test asks for nothing but a random number."""
    names = list(_dotted(test))
    return bool(names) and all(OF_CHANCE.fullmatch(name) for name in names)


def _dotted(node: cst.CSTNode) -> list[str]:
    if isinstance(node, cst.Name):
        return [str(node.value)]
    if isinstance(node, cst.Attribute):
        inner = _dotted(node.value)
        return [f"{inner[0]}.{node.attr.value}"] if len(inner) == 1 else inner
    return [name for each in inner_nodes(node) for name in _dotted(each)]
