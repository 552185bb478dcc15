"""Callbacks: which ones a fit has, of what kind, and whether the text shows all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import libcst as cst

from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import (
    Attribute,
    Branches,
    Call,
    Choice,
    Class,
    Constant,
    Function,
    Item,
    Items,
    Unknown,
    Value,
    constant,
    flag,
)

KERAS_CALLBACKS = "keras.callbacks."

CUSTOM_KINDS = {
    "EarlyStopping": ("stop_training",),
    "ModelCheckpoint": (".save(", "save_weights", "save_model", "set_weights", "get_weights"),
    "ReduceLROnPlateau": ("learning_rate", ".lr"),
}
"""What the body of a custom callback says when it does the work of a callback of Keras."""

ADDS_LOG_KEY = r"logs\s*\[[^\]]+\]\s*=(?!=)|logs\.(?:update|setdefault)\b"
"""How a custom callback adds a key to the logs."""

ADDED_LOG_KEY = r"logs\s*\[\s*(?:'([^'\\]+)'|\"([^\"\\]+)\")\s*\]\s*=(?!=)"
"""The same, with the key in plain sight."""


def kind_of(value: Value) -> str | None:
    """The Keras callback that a value is, or inherits from: ``"EarlyStopping"``; else None."""
    if not isinstance(value, Call):
        return None
    paths: list[str | None] = [value.function, *(value.cls.ancestors() if value.cls else ())]
    for path in paths:
        if path and path.startswith(KERAS_CALLBACKS):
            return path.removeprefix(KERAS_CALLBACKS)
    return None


def is_custom(value: Value) -> bool:
    """Whether a value is an instance of a callback class of the script itself."""
    return isinstance(value, Call) and value.cls is not None and kind_of(value) is not None


def is_called_back(call: Call, calls: Iterable[Call]) -> bool:
    """Whether a call stands in what a callback does before the fit is over.

    In a method of a callback class, or in a function that one of the `calls` gives to a callback.
    """
    root, function = call.context.root, call.context.function
    if isinstance(root, Class):
        over = function is not None and function.name == "on_train_end"
        return not over and any(each.startswith(KERAS_CALLBACKS) for each in root.ancestors())
    return isinstance(root, Function) and any(
        given.value is root
        for each in calls
        if each.function == f"{KERAS_CALLBACKS}LambdaCallback"
        for name, given in each.keywords.items()
        if name != "on_train_end"
    )


MONITORING = ("EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau")
"""Kinds of callbacks that have a ``monitor``."""


def watches_validation(callback: Call) -> bool:
    """Whether a callback decides by a metric of the validation data."""
    if kind_of(callback) not in MONITORING:
        return False
    if kind_of(callback) == "ModelCheckpoint" and flag(callback["save_best_only"]) is not True:
        return False
    return str(constant(callback["monitor"], "")).startswith("val_")


@dataclass(frozen=True, eq=False, repr=False)
class Callbacks:
    """The callbacks of a fit.

    `members` are all that it may have. `complete` is False where there may be further ones; a
    value whose kind is not known counts as further callbacks. `value` is what was passed, None
    where nothing was; `branches` are those that the fit stands on.
    """

    members: tuple[Call, ...]
    complete: bool
    value: Value | None = None
    branches: Branches = ()

    def __iter__(self) -> Iterator[Call]:
        return iter(self.members)

    def of(self, kind: str) -> list[Call]:
        """The callbacks of a kind, ``"EarlyStopping"``, subclasses included."""
        return [member for member in self.members if kind_of(member) == kind]

    def has(self, kind: str) -> bool | None:
        """Whether something does the work of `kind`; None where the text cannot tell.

        A custom callback does that work where its class says so, an unseen one may.
        """
        words = CUSTOM_KINDS.get(kind, ())
        if self.of(kind):
            return True
        for member in self.members:
            text = member.cls.text if member.cls is not None else ""
            if any(word in text for word in words):
                return True
        return False if self.complete else None

    @cached_property
    def ways(self) -> list[Callbacks]:
        """What it may have at once: one way a choice, and with or without what is on a branch."""
        found = _ways(self.value, frozenset(self.branches))
        if len(found) > MOST_WAYS:
            found = [frozenset(), frozenset(self.members)]
        return [
            replace(self, members=tuple(each for each in self.members if each in way))
            for way in found
        ]

    @cached_property
    def added_log_keys(self) -> frozenset[str] | None:
        """The keys that custom callbacks add to the logs; None where there may be any others."""
        if not self.complete:
            return None
        texts = [each.cls.text for each in self.members if each.cls is not None and is_custom(each)]
        named = [key for text in texts for key in re.findall(ADDED_LOG_KEY, text)]
        if len(named) < sum(len(re.findall(ADDS_LOG_KEY, text)) for text in texts):
            return None
        return frozenset(single or double for single, double in named)

    def may_add(self, key: str) -> bool:
        """Whether a callback may add a key to the logs (unseen ones may add any)."""
        return self.added_log_keys is None or key in self.added_log_keys


def callbacks_in(value: Value | None, branches: Branches = ()) -> Callbacks:
    """The callbacks in the value of a ``callbacks`` argument (None: nothing was passed).

    `branches` are those that the fit stands on.
    """
    members: list[Call] = []
    complete = _collect(value, members, 0)
    return Callbacks(tuple(dict.fromkeys(members)), complete, value, branches)


def _collect(value: Value | None, members: list[Call], depth: int) -> bool:
    """Add the callbacks in `value` to `members`; False where there may be more."""
    if value is None or constant(value, ...) is None:
        return True
    if depth > 4 or isinstance(value, (Unknown, Attribute, Item, Constant)):
        return False
    if isinstance(value, Items):
        parts = [_collect(item, members, depth + 1) for item in value.items]
        return all(parts) and value.closed
    if isinstance(value, Choice):
        every = [_collect(option, members, depth + 1) for option in value.options]
        return all(every)
    if isinstance(value, Call) and kind_of(value) is not None:
        if kind_of(value) == "CallbackList":
            return _collect(value["callbacks"], members, depth + 1)
        members.append(value)
        return True
    return False


MOST_WAYS = 32
"""With more ways all callbacks may be there and all may be missing."""


def _ways(
    value: Value | None, branches: frozenset[object], depth: int = 0
) -> list[frozenset[Call]]:
    """The callbacks in `value`, once for each way in which they may come together."""
    found: list[frozenset[Call]] = [frozenset()]
    if depth > 4 or value is None:
        return found
    if isinstance(value, Choice):
        every = (_ways(option, branches, depth + 1) for option in value.options)
        return list(dict.fromkeys(way for ways in every for way in ways))
    if isinstance(value, Items):
        for item in value.items:
            ways = _ways(item, branches, depth + 1)
            if not branches.issuperset(value.perhaps.get(item, ())):
                ways = [frozenset(), *ways]
            found = list(dict.fromkeys(one | other for one in found for other in ways))
            if len(found) > MOST_WAYS:
                break
        return found
    if isinstance(value, Call) and kind_of(value) is not None:
        if kind_of(value) == "CallbackList":
            return _ways(value["callbacks"], branches, depth + 1)
        return [frozenset({value})]
    return found


JUDGING = frozenset(
    "eval evaluate evaluation evaluator val valid validate validation validator test metrics "
    "score scores scorer roc auc f1 accuracy acc iou miou dice map kappa".split()
)
"""Words of callbacks that score the model on data of their own."""


def has_unseen_judge(callbacks: Callbacks, text: Callable[[cst.CSTNode], str]) -> bool:
    """Whether a callback that is not shown is named, or given, what a model is judged by."""
    unseen = _unseen_in(callbacks.value)
    texts = (text(each.node) for each in unseen if isinstance(each, Call))
    names = (each.name or "" for each in unseen if isinstance(each, Unknown))
    return bool(JUDGING & words_in(*(each.replace("/", " ") for each in (*texts, *names))))


def _unseen_in(value: Value | None) -> list[Value]:
    """The callbacks in the value of a ``callbacks`` argument whose kind the text does not show."""
    if isinstance(value, (Items, Choice)):
        parts = value.items if isinstance(value, Items) else value.options
        return [each for part in parts for each in _unseen_in(part)]
    known = value is None or constant(value, ...) is None or kind_of(value) is not None
    return [] if value is None or known else [value]
