"""Print the signatures of the installed Keras as JSON.

This file runs inside the interpreter whose Keras is described (2.x or 3.x): it imports the
standard library and that Keras, and nothing of overfitcheck.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import math
import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Parameter = list[Any]
Entry = dict[str, Any]

METHODS_OF = {
    "keras.Model",
    "keras.Sequential",
    "keras.preprocessing.image.ImageDataGenerator",
    "keras.preprocessing.text.Tokenizer",
}
"""Classes whose methods are described too."""

CHECKED = {
    # Keras 2: engine/base_layer.py, Layer.__init__ ends in validate_kwargs(kwargs, allowed_kwargs).
    # That of Keras 3, in layers/layer.py, shows what it takes.
    "base_layer.Layer": [
        "input_dim",
        "input_shape",
        "batch_input_shape",
        "batch_size",
        "weights",
        "activity_regularizer",
        "autocast",
        "implementation",
    ],
    # Keras 2: optimizers/optimizer.py, _process_kwargs; `lr` is taken with a log line and then
    # ignored, `decay` and any other name raise.
    "optimizer._BaseOptimizer": ["lr", "is_legacy_optimizer"],
    # Keras 2: optimizers/legacy/optimizer_v2.py, allowed_kwargs.
    "optimizer_v2.OptimizerV2": ["clipnorm", "clipvalue", "lr", "decay", "global_clipnorm"],
    # Keras 2: callbacks.py, TensorBoard._validate_kwargs, supported_kwargs.
    "callbacks.TensorBoard": [
        "batch_size",
        "embeddings_data",
        "embeddings_layer_names",
        "feed_dict",
        "write_grads",
    ],
    # Keras 2: engine/training.py, Model._validate_compile allows only these beside what
    # Model.compile itself takes out of its keywords.
    "training.Model.compile": [
        "sample_weight_mode",
        "from_serialized",
        "experimental_steps_per_execution",
        "experimental_run_tf_function",
        "cloning",
    ],
}
"""Keywords that a callable hands to a check against a known list, by its module and name."""

WITH_A_LAYOUT = (
    "alpha beta bias depthwise embeddings gamma kernel moving_mean moving_variance pointwise "
    "recurrent".split()
)
"""Keras 2: dtensor/utils.py, KERAS_VARIABLE_NAMES; what has an initializer may have a layout."""

LEFT_OUT = ("keras.ops.", "keras.protobuf.", "keras.backend.", "keras.distribution.")
"""Namespaces of which no training script's regularization speaks."""

GONE = "LegacyOptimizerWarning"
"""Keras 3 keeps classes of this name where `keras.optimizers.legacy` was; making one raises."""

BY_HAND: dict[str, list[Any]] = {
    # Both: Model.__new__ passes to Functional what has inputs and outputs, otherwise to the
    # constructor of a subclass; validate_kwargs in Keras 2 engine/training.py.
    "Model": [
        ["inputs", None],
        ["outputs", None],
        ["name", None],
        ["trainable", True],
        "*",
        ["dtype", None],
        ["dynamic", False],
        ["autocast", True],
    ],
}
"""Parameters of classes whose constructor takes anything and sorts it later."""


class Keywords(NamedTuple):
    """What a function does with its ``**kwargs``."""

    names: list[str]
    forwarded: list[ast.Call]
    checked: bool
    escapes: bool


def default_of(parameter: inspect.Parameter) -> Parameter:
    """``[name]``, ``[name, default]``, or ``[name, {}]`` where the default is no JSON literal."""
    if parameter.default is inspect.Parameter.empty:
        return [parameter.name]
    value = plain(parameter.default)
    return [parameter.name, value]


def plain(value: Any) -> Any:
    """`value` where JSON has it (tuples become lists), else ``{}``."""
    if isinstance(value, float) and not math.isfinite(value):
        return {}
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (list, tuple):
        items = [plain(item) for item in value]
        return {} if any(item == {} for item in items) else items
    return {}


def use_of_keywords(function: Callable[..., Any], name: str) -> Keywords | None:
    """Read in the source what becomes of the ``**name`` of `function`; None without source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError):
        return None
    names: list[str] = []
    forwarded: list[ast.Call] = []
    accounted: set[int] = set()
    checked = False
    for node in ast.walk(tree):
        key = _key_used(node, name)
        if key is not None:
            names.append(key[0])
            accounted.add(id(key[1]))
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg is None and _is(keyword.value, name):
                    forwarded.append(node)
                    accounted.add(id(keyword.value))
        elif isinstance(node, ast.If) and _is(node.test, name) and _raises(node):
            checked = True
            accounted.update(id(inner) for inner in ast.walk(node) if _is(inner, name))
    escapes = any(_is(node, name) and id(node) not in accounted for node in ast.walk(tree))
    return Keywords(list(dict.fromkeys(names)), forwarded, checked, escapes)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _raises(node: ast.If) -> bool:
    return any(isinstance(inner, ast.Raise) for inner in ast.walk(node))


def _key_used(node: ast.AST, name: str) -> tuple[str, ast.AST] | None:
    """The literal key that `node` looks up in ``name``, and the mention of ``name`` in it."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="pop" | "get" | "setdefault", value=mention), args=[key, *_]
        ):
            pass
        case ast.Subscript(value=mention, slice=key):
            pass
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[mention]):
            pass
        case _:
            return None
    if _is(mention, name) and isinstance(key, ast.Constant) and isinstance(key.value, str):
        return key.value, mention
    return None


def describe_class(cls: type) -> Entry | None:
    """The entry of a class: the signature of its constructor, followed through its bases."""
    if cls.__name__ in BY_HAND and cls.__qualname__ == cls.__name__:
        return {"parameters": BY_HAND[cls.__name__]}
    return _describe_constructor(cls.__mro__)


def _describe_constructor(mro: tuple[type, ...]) -> Entry | None:
    for place, cls in enumerate(mro):
        if "__init__" in vars(cls):
            if cls is object:
                return {"parameters": []}
            return describe(vars(cls)["__init__"], mro[place + 1 :], method=True)
    return None


def describe(
    function: Callable[..., Any], bases: tuple[type, ...] = (), *, method: bool = False
) -> Entry | None:
    """The entry of a function; `bases` are the classes that ``super()`` means in it."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[1 if method else 0 :]
    except (ValueError, TypeError):
        return None
    listed, further = _listed(parameters)
    add_keywords(listed, _taken_before(function, listed))
    if further is None:
        return {"parameters": listed}
    use = _keywords(function, further)
    if use is None or _only_raises(function):
        return {"parameters": listed, "open": True}
    add_keywords(listed, [[name, {}] for name in use.names])
    targets = [(call, _target(call, function, bases)) for call in use.forwarded]
    for call, target in targets:
        if target is not None:
            add_keywords(listed, _not_given(target, call))
    return {"parameters": listed, **_nature(use, [target for _, target in targets])}


def _only_raises(function: Callable[..., Any]) -> bool:
    """Whether all that a function does is raise, as what Keras 3 keeps by name alone."""
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body
    steps = [each for each in getattr(defined, "body", []) if not isinstance(each, ast.Expr)]
    return len(steps) == 1 and isinstance(steps[0], ast.Raise)


def _keywords(function: Callable[..., Any], name: str) -> Keywords | None:
    use = use_of_keywords(function, name)
    owner = function.__qualname__.rpartition(".__init__")[0] or function.__qualname__
    owner = f"{function.__module__.rpartition('.')[2]}.{owner}"
    if owner in CHECKED:
        return Keywords(CHECKED[owner] + (use.names if use else []), [], True, False)
    return use


def _nature(use: Keywords, targets: list[Entry | None]) -> dict[str, bool]:
    """Whether further keywords may be taken (``open``) or are surely ignored (``swallows``)."""
    if use.escapes or any(target is None or target.get("open") for target in targets):
        return {"open": True}
    if any(target and target.get("swallows") for target in targets):
        return {"swallows": True}
    return {} if targets or use.checked else {"swallows": True}


def _listed(parameters: list[inspect.Parameter]) -> tuple[list[Any], str | None]:
    """The named parameters with their star, and the name of ``**kwargs`` where there is one."""
    listed: list[Any] = []
    further = None
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            further = parameter.name
        elif parameter.kind is parameter.VAR_POSITIONAL:
            listed.append("*")
        else:
            if parameter.kind is parameter.KEYWORD_ONLY and "*" not in listed:
                listed.append("*")
            listed.append(default_of(parameter))
    return listed, further


def _taken_before(function: Callable[..., Any], listed: list[Any]) -> list[Parameter]:
    """The keywords that a decorator of Keras 2 keeps from `function`, whose parameters are listed.

    Both are in dtensor/utils.py; the signature of what they decorate does not show them.
    """
    decorator = getattr(getattr(function, "_tf_decorator", None), "decorator_name", None)
    if decorator == "inject_mesh":
        return [["mesh", None]]
    if decorator != "allow_initializer_layout":
        return []
    names = {item[0] for item in listed}
    return [[f"{each}_layout", None] for each in WITH_A_LAYOUT if f"{each}_initializer" in names]


def _target(call: ast.Call, function: Callable[..., Any], bases: tuple[type, ...]) -> Entry | None:
    """The entry of what a call inside `function` calls, where that can be told."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
        return _describe_constructor(bases)
    if isinstance(call.func, ast.Name):
        called = getattr(inspect.unwrap(function), "__globals__", {}).get(call.func.id)
        if inspect.isfunction(called):
            return describe(called)
        if inspect.isclass(called):
            return describe_class(called)
    return None


def _not_given(target: Entry, call: ast.Call) -> list[Parameter]:
    """The parameters of `target` that `call` leaves to its ``**kwargs``."""
    given = {keyword.arg for keyword in call.keywords}
    parameters = [item for item in target["parameters"] if item != "*"]
    return [item for item in parameters[len(call.args) :] if item[0] not in given]


def add_keywords(listed: list[Any], further: list[Parameter]) -> None:
    """Append keyword-only parameters to `listed`, those that are new."""
    known = {item[0] for item in listed if item != "*"}
    for item in further:
        if item[0] in known or item[0].startswith("_"):
            continue
        if "*" not in listed:
            listed.append("*")
        listed.append(item if len(item) == 2 else [item[0], {}])
        known.add(item[0])


def public(module: Any, path: str, seen: set[str]) -> Iterator[tuple[str, Any]]:
    """Every public function and class below a module, with the path it is reached by."""
    seen.add(module.__name__)
    for name, value in sorted(vars(module).items()):
        if name.startswith("_") or name in ("src", "api"):
            continue
        if inspect.ismodule(value):
            if value.__name__.startswith(module.__name__) and value.__name__ not in seen:
                yield from public(value, f"{path}.{name}", seen)
        elif callable(value) and (inspect.isclass(value) or inspect.isroutine(value)):
            yield f"{path}.{name}", value


def callables(keras: Any) -> dict[str, Any]:
    """Every public callable of Keras by canonical path.

    Keras 3 offers some old names, such as ImageDataGenerator, to `tensorflow.keras` only; they
    get the same paths as in Keras 2.
    """
    found = dict(public(keras, "keras", set()))
    if int(keras.__version__.split(".")[0]) >= 3:
        old = importlib.import_module("keras._tf_keras.keras")
        found = {**dict(public(old, "keras", set())), **found}
    for path in METHODS_OF & set(found):
        for name, method in inspect.getmembers(found[path], inspect.isroutine):
            if not name.startswith("_"):
                found[f"{path}.{name}"] = method
    return {
        path: value
        for path, value in found.items()
        if not path.startswith(LEFT_OUT) and getattr(value, "__name__", "") != GONE
    }


def entry_of(path: str, value: Any) -> Entry | None:
    """The entry of one public callable; None for what has no signature to read."""
    if inspect.isclass(value):
        return describe_class(value)
    return describe(value, method=path.rpartition(".")[0] in METHODS_OF)


def describe_installed() -> dict[str, Any]:
    """``{"version": …, "callables": {path: entry}}`` of the Keras of this interpreter."""
    keras = importlib.import_module("keras")
    entries = {path: entry_of(path, value) for path, value in callables(keras).items()}
    return {
        "version": keras.__version__,
        "callables": {path: entry for path, entry in entries.items() if entry is not None},
    }


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    json.dump(describe_installed(), sys.stdout)
