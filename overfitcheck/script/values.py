"""What an expression of a script stands for, as far as its text tells.

Every value has an identity: two uses of one binding are the same object, so that a rule can ask
whether a fit validates on the very data it trains on. What cannot be known is `Unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import libcst as cst

from overfitcheck.script.signatures import Signature, bind, signature_of

if TYPE_CHECKING:
    from overfitcheck.script.frames import Context, Frame
    from overfitcheck.script.subclassed import Applied

Branches = tuple[tuple[object, int], ...]
"""Conditionals, from the outside in, each with the arm that something stands in."""


@dataclass(eq=False, slots=True, repr=False)
class Value:
    """Base of all values. `attributes` holds what is known of its attributes."""

    attributes: dict[str, Value] = field(default_factory=dict, init=False, repr=False)

    def __repr__(self) -> str:
        shown = {"value", "path", "name", "suffix", "items", "options", "function", "method"}
        parts = [
            f"{each.name}={getattr(self, each.name)!r}"
            for each in fields(self)
            if each.name in shown and not isinstance(getattr(self, each.name), cst.CSTNode)
        ]
        return f"{type(self).__name__}({', '.join(parts)})"


@dataclass(eq=False, slots=True, repr=False)
class Unknown(Value):
    """A value that the text does not tell."""

    name: str = ""


@dataclass(eq=False, slots=True, repr=False)
class Constant(Value):
    """A literal: a number, a string, True, False, None or an ellipsis."""

    value: Any


@dataclass(eq=False, slots=True, repr=False)
class Text(Value):
    """A string of which only the end is known, such as an f-string or a joined path."""

    suffix: str


@dataclass(eq=False, slots=True, repr=False)
class Items(Value):
    """A list, tuple or set. `complete` is False where it may hold further or fewer items.

    `fewer` says that it may only hold fewer: some were put in on a branch or in a loop. Those of a
    branch stand in `perhaps` with the branches on which they were put in.
    """

    kind: str
    items: list[Value]
    complete: bool = True
    branch: tuple[object, ...] = ()
    fewer: bool = False
    perhaps: dict[Value, Branches] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Whether it holds nothing but its `items`, though perhaps not all of them."""
        return self.complete or self.fewer

    def copied(self, kind: str, branch: tuple[object, ...]) -> Items:
        """Another one with the same items, made at the place `branch`."""
        return Items(kind, list(self.items), self.complete, branch, self.fewer, dict(self.perhaps))

    def disturb(self) -> None:
        """From here on it may hold anything."""
        self.complete = self.fewer = False


@dataclass(eq=False, slots=True, repr=False)
class Table(Value):
    """A dict with literal keys. `complete` is False where it may hold further or fewer keys."""

    entries: dict[Any, Value]
    complete: bool = True
    branch: tuple[object, ...] = ()

    def disturb(self) -> None:
        """From here on it may hold anything."""
        self.complete = False


@dataclass(eq=False, slots=True, repr=False)
class Symbol(Value):
    """Something imported, by its canonical dotted name (``keras.callbacks.EarlyStopping``)."""

    path: str


@dataclass(eq=False, slots=True, repr=False)
class Local(Symbol):
    """Something imported from a module of the project: a name in its file, or all of it (None)."""

    file: str
    name: str | None


@dataclass(eq=False, slots=True, repr=False)
class Attribute(Value):
    """An attribute of a value whose content is not known (``generator.classes``)."""

    of: Value
    name: str


@dataclass(eq=False, slots=True, repr=False)
class Item(Value):
    """A part of a value: ``of[index]``, or the index-th name of an unpacking."""

    of: Value
    index: Value


@dataclass(eq=False, slots=True, repr=False)
class Slice(Value):
    """The index ``lower:upper`` (an absent end is None; only without a step)."""

    lower: Value | None
    upper: Value | None


@dataclass(eq=False, slots=True, repr=False)
class Operation(Value):
    """An operator applied to values, such as ``x / 255``."""

    operator: str
    operands: tuple[Value, ...]


@dataclass(eq=False, slots=True, repr=False)
class Choice(Value):
    """One of several values, none of them a choice, depending on a branch that is not decided."""

    options: tuple[Value, ...]


@dataclass(eq=False, slots=True, repr=False)
class Function(Value):
    """A function or lambda of this script."""

    node: cst.FunctionDef | cst.Lambda
    frame: Frame
    defaults: dict[str, Value]
    owner: Class | None = None
    kind: str = "function"
    entered: int = 0
    foreign: bool = False

    @property
    def name(self) -> str:
        return self.node.name.value if isinstance(self.node, cst.FunctionDef) else "<lambda>"


@dataclass(eq=False, slots=True, repr=False)
class Method(Value):
    """A function of this script bound to an instance or class."""

    function: Function
    receiver: Value


@dataclass(eq=False, slots=True, repr=False)
class Class(Value):
    """A class of this script. `bases` are canonical names, also of classes further up.

    `own_fields` are the members that it annotates, in order. What comes behind them is worked out
    when somebody asks for it, once.
    """

    node: cst.ClassDef
    frame: Frame
    bases: tuple[Value, ...]
    members: dict[str, Value]
    own_fields: list[str] = field(default_factory=list)
    setters: dict[str, list[Function]] | None = None
    applied: Applied | None = None
    read: frozenset[str] | None = None
    applied_last: list[str] | None = None

    @property
    def text(self) -> str:
        """Its text."""
        return self.frame.code(self.node)

    @property
    def fields(self) -> list[str]:
        """Its annotated members in order, those it inherits first: the fields of a dataclass."""
        inherited = [name for base in self.bases if isinstance(base, Class) for name in base.fields]
        return list(dict.fromkeys((*inherited, *self.own_fields)))

    @property
    def name(self) -> str:
        return self.node.name.value

    def ancestors(self) -> Iterator[str]:
        """Canonical names of all imported classes it descends from."""
        for base in self.bases:
            if isinstance(base, Symbol):
                yield base.path
            elif isinstance(base, Class):
                yield from base.ancestors()

    def descends_from(self, other: Class) -> bool:
        """Whether it is that class, or inherits from it."""
        return self is other or any(
            base is not self and base.descends_from(other)
            for base in self.bases
            if isinstance(base, Class)
        )

    def member(self, name: str) -> Value | None:
        """The member called `name`, its own or inherited from a class of this script."""
        if name in self.members:
            return self.members[name]
        for base in self.bases:
            found = base.member(name) if isinstance(base, Class) else None
            if found is not None:
                return found
        return None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Argument:
    """An argument as it stands in the text; `node` is None where it came out of a ``**dict``."""

    value: Value
    node: cst.Arg | None


@dataclass(eq=False, slots=True, repr=False)
class Call(Value):
    """A call of something that is not defined in this script, and what it returned.

    Either `function` is the canonical name of what was called, or `method` the name of a method
    of `receiver`. `order` counts the calls of a script. `open` says that there may be arguments
    which the text does not show (``**options``); `foreign` that it stands in another module of
    the project. `calls` are the method calls that the returned
    object received, in order. Calls with the same `evaluation` are alternatives: one place in
    the text, reached once, with a receiver that may be one of several.
    """

    node: cst.Call
    function: str | None
    receiver: Value | None
    method: str | None
    positional: tuple[Argument, ...]
    keywords: dict[str, Argument]
    open: bool
    context: Context
    order: int
    evaluation: int
    cls: Class | None = None
    foreign: bool = False
    calls: list[Call] = field(default_factory=list, repr=False)
    arguments: dict[str, Argument] = field(default_factory=dict, repr=False)
    surplus: tuple[Argument, ...] = ()
    short_name: str = field(init=False)
    """The last part of what was called: ``EarlyStopping``, ``fit``."""

    def __post_init__(self) -> None:
        self.short_name = self.method or (self.function or "").rpartition(".")[2]

    def bind_to(self, path: str | None) -> None:
        """Give the positional arguments the names of the signature of `path`."""
        self.arguments, self.surplus = bind(
            signature_of(path) if path else None, self.positional, self.keywords
        )

    @property
    def signature(self) -> Signature | None:
        """The signature of the called function where Keras has one."""
        return signature_of(self.path) if self.path else None

    @property
    def path(self) -> str | None:
        """Canonical name: the function, or ``keras.Model.fit`` for a method of a model."""
        return self.function

    def argument(self, name: str) -> Argument | None:
        """The argument given for parameter `name`, or None."""
        return self.arguments.get(name)

    def gives(self, name: str) -> bool | None:
        """Whether the call gives an argument for `name`; None where the text cannot tell."""
        if name in self.arguments:
            return True
        return None if self.open or self.surplus else False

    def __getitem__(self, name: str) -> Value:
        """The value of parameter `name`: given, its default, or `Unknown`."""
        given = self.arguments.get(name)
        if given is not None:
            return given.value
        if self.open or self.surplus:
            return Unknown(name)
        signature = self.signature
        known, default = signature.default(name) if signature else (False, None)
        return Constant(default) if known else Unknown(name)


def constant(value: Value, default: Any = None) -> Any:
    """The Python value of a constant; `default` where the value is not known."""
    return value.value if isinstance(value, Constant) else default


def flag(value: Value, default: Any = None) -> Any:
    """Whether a constant counts as true, as ``1`` and ``"True"`` do; `default` for other values."""
    return bool(value.value) if isinstance(value, Constant) else default


def options(value: Value) -> tuple[Value, ...]:
    """All values that `value` may be, as far as the text tells; none of them is a choice."""
    return value.options if isinstance(value, Choice) else (value,)


def choice(first: Value, second: Value) -> Value:
    """The value that is `first` on one branch and `second` on another."""
    if first is second:
        return first
    different: list[Value] = list(options(first))
    for option in options(second):
        for each in different:
            if each is option or _equal(option, each):
                break
        else:
            different.append(option)
    if len(different) > MOST_OPTIONS:
        return Unknown()
    return different[0] if len(different) == 1 else Choice(tuple(different))


def _equal(first: Value, second: Value) -> bool:
    """Whether two values are interchangeable: equal constants or names."""
    if isinstance(first, Constant):
        if not isinstance(second, Constant):
            return False
        return type(first.value) is type(second.value) and bool(first.value == second.value)
    return isinstance(first, Symbol) and isinstance(second, Symbol) and first.path == second.path


FILLED = "[]"
"""The attribute that says that parts of a value were assigned to, such as ``buffer[0] = row``."""

PLACES = "at []"
"""The attribute that says where parts of an array were assigned to, as far as that is computed."""

ANY = "*"
"""Stands for the name of a column that the text does not tell."""

CHOSEN_BY = "[?]"
"""The attribute that holds what a loop goes over that adds one constant or another to a list."""

GIVES = "[index]"
"""The attribute that holds what an object of a class of the script gives for each index."""

MADE_BY = "()"
"""The attribute that holds the function of the script that a generator comes from."""

MOST_OPTIONS = 8
"""A value that may be more things than this is as good as unknown."""


@dataclass(eq=False, slots=True, repr=False)
class Setting(Constant):
    """A constant that the command line may replace, such as the default of an option."""


def is_asked_for(value: Value) -> bool:
    """Whether the command line may give something else than the text does."""
    return any(isinstance(option, Setting) for option in options(value))


def is_given(value: Value) -> bool | None:
    """Whether a value surely is not None; None where the text cannot tell."""
    answers: set[bool | None] = set()
    for option in options(value):
        if isinstance(option, Constant):
            answers.add(option.value is not None)
        else:
            answers.add(None if isinstance(option, (Unknown, Choice)) else True)
    return answers.pop() if len(answers) == 1 else None


def column_names(index: Value) -> tuple[str, ...] | None:
    """The columns of a table that ``[index]`` takes by name; None for any other index."""
    items = index.items if isinstance(index, Items) and index.complete else [index]
    names = tuple(each.value for each in items if isinstance(each, Constant))
    whole = len(names) == len(items) and all(isinstance(name, str) for name in names)
    return names if whole and names else None


def column_key(name: str) -> str:
    """The attribute that says what was assigned to a column of a table."""
    return f"[{name}]"
