"""The one walk over the syntax tree: statements, scopes, branches and loops.

It follows the script as Python would, without executing anything: names get values, functions
of the script are entered where they are called, both arms of an undecided branch are followed
and merged, and each call of something that the script does not define is kept, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from overfitcheck.script.branches import merged
from overfitcheck.script.expressions import attribute, evaluate
from overfitcheck.script.external import is_harmless
from overfitcheck.script.frames import Context, Frame
from overfitcheck.script.histories import whose_history
from overfitcheck.script.invocation import enter, instantiate
from overfitcheck.script.local_modules import LocalModules
from overfitcheck.script.methods import called_names, names_of_models, setters_of, takes_instance
from overfitcheck.script.nodes import COMPOUND
from overfitcheck.script.statements import STATEMENTS
from overfitcheck.script.targets import assign
from overfitcheck.script.toggles import declared_global
from overfitcheck.script.tree import Tree
from overfitcheck.script.values import (
    Attribute,
    Call,
    Class,
    Constant,
    Function,
    Local,
    Symbol,
    Table,
    Unknown,
    Value,
    choice,
)

MOST_STEPS = 400_000
"""Expressions and statements looked at before everything further is unknown."""

TRAINING = ("fit", "train_on_batch", "GradientTape", "apply_gradients", "minimize", ".train(")
"""What some of stands in the text of whatever trains; the rest are libraries of models."""

FEW_STEPS = 300
CHARACTERS_A_STEP = 16
"""So many expressions and statements of a text that trains nothing are looked at, and one more for
so many characters, before its loops and functions are no longer followed over and over.

Without this bound nothing else is found in 5,200 scripts of 400 repositories.
"""


@dataclass(frozen=True, eq=False, repr=False)
class Assignment:
    """``of.name = value``, which some remedies depend on (``layer.trainable = False``)."""

    of: Value
    name: str
    value: Value
    node: cst.CSTNode
    context: Context
    order: int


class Walk:
    """State of the walk over one script."""

    def __init__(self, tree: Tree, modules: LocalModules, *, in_cells: bool = False) -> None:
        self.tree = tree
        self.modules = modules
        self.in_cells = in_cells
        self.foreign = self.has_forms = False
        self.frame = Frame(tree, {"__name__": Constant("__main__")})
        self.scopes = [self.frame]
        self.context = Context()
        self.calls: list[Call] = []
        self.assignments: list[Assignment] = []
        self.imports: dict[str, bool] = {}
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.returned: list[Value] = []
        self.order = self.evaluation = 0
        self.steps = self.steps_elsewhere = self.left_at = 0
        self.enough = _enough(tree.text)
        self.rounds = 1
        self.handed_out: list[Value] = []
        self.exported: list[Value] = []
        self.bound: list[tuple[str, Value]] = []
        self.tables: list[tuple[cst.Name, Table]] = []
        self.history_reads: list[tuple[Value, object, cst.CSTNode | None, int]] = []
        self.discarded: list[Call] = []
        self.iterables: dict[object, Value] = {}
        self.active: list[Function] = []
        self.yielded: list[Value] = []
        self.home: cst.CSTNode | None = None
        self.symbols: dict[str, Value] = {}
        self.before: list[dict[str, Value]] = []
        self.updating: dict[Function, bool] = {}
        self.changing: dict[Function, frozenset[str]] = {}
        self.rebinding: dict[Function, dict[str, Frame]] = {}
        self.bound_in: dict[object, frozenset[str]] = {}
        self.globals: frozenset[str] = frozenset()
        self.models: frozenset[str] = frozenset()
        self.followed: set[int] = set()
        self.skipped: set[int] = set()
        # What an attribute or item was taken of: the two refer to one another.
        self.taken_of: list[Value] = []

    @property
    def is_long(self) -> bool:
        """Whether so much was followed that repetitions tell nothing more."""
        return self.steps - self.steps_elsewhere > self.enough

    def value(self, node: cst.CSTNode) -> Value:
        """The value of an expression."""
        return evaluate(self, node)

    def scope(self, outer: Frame, *, is_class: bool = False) -> Frame:
        """A new scope in another one."""
        made = Frame(outer.tree, {}, outer, is_class=is_class)
        self.scopes.append(made)
        return made

    def known(self, value: Value) -> Value:
        """The value itself, or what it stands for in another module of the project."""
        if type(value) is Local:
            return self.modules.value(self, value) or self.imported(value, value.name or "")
        return value

    def imported(self, symbol: Symbol, name: str) -> Value:
        """What stands under a name and is not in the text: a symbol, or a model that is used."""
        if self.foreign or name not in self.models or is_harmless(symbol.path):
            return symbol
        return self.symbols.setdefault(symbol.path, Unknown(name))

    def attribute(self, of: Value, name: str) -> Value:
        """The attribute `name` of a value."""
        return attribute(self, of, name)

    def place(self) -> tuple[object, ...]:
        """Where the walk stands: what is made here can surely be changed only here."""
        return (*self.context.loops, None, *self.context.branches)

    def surely(self, place: tuple[object, ...]) -> bool:
        """Whether the walk stands on no branch and in no loop that `place` was not in."""
        return self.place() == place

    def replacing(self, of: Value, known: Value, value: Value) -> Value:
        """The attribute of `of` after an assignment that may stand on a branch."""
        made = of.context.branches if isinstance(of, Call) else ()
        inside = self.context.branches != made
        return choice(known, value) if inside and not isinstance(known, Attribute) else value

    def module(self) -> None:
        """Follow the script, then each function of it that nothing in it has called.

        First those that nothing seems to call at all, in the order of the text; they enter those
        that they call with the arguments that are really given.
        """
        text = self.tree.text
        self.has_forms, self.globals = "@param" in text, declared_global(text)
        self.models = names_of_models(text)
        self.top_level()
        own = [each for each in self.functions if not each.foreign]
        called = called_names(text, {each.name for each in own})
        unused = [each for each in own if each.name not in called]
        for function in (*unused, *reversed(own)):
            if not function.entered:
                self.separately(function)

    def top_level(self) -> None:
        """Follow the statements of the script itself, as far as it leaves them to be followed."""
        outside = self.context
        for statement in self.tree.module.body:
            if not self.statement(statement) or self.exits(statement):
                break
        self.context = outside

    def exits(self, node: cst.CSTNode) -> bool:
        """Whether a statement ends the whole script, which the cells of a notebook outlive."""
        last = node.body[-1] if type(node) is cst.SimpleStatementLine else None
        call = last.value if type(last) is cst.Expr else None
        if type(call) is not cst.Call or not self.calls or self.calls[-1].node is not call:
            return False
        called = self.value(call.func) if isinstance(call.func, cst.Name) else None
        builtin = isinstance(called, Unknown) and called.name in ("exit", "quit")
        if not builtin and self.calls[-1].function not in ("sys.exit", "os._exit"):
            return False
        from overfitcheck.script.exported import OF_CELLS  # Few scripts come this far.

        return not self.in_cells and OF_CELLS.search(self.tree.text) is None

    def separately(self, function: Function) -> None:
        """Enter a function that somebody else may call, with arguments that are unknown."""
        self.context = Context(root=function.owner or function)
        owner = function.owner if takes_instance(function) else None
        receiver = self.instance_of(owner) if owner is not None else None
        if not function.entered:
            enter(self, function, [], {}, True, receiver)
        self.context = Context()

    def instance_of(self, owner: Class) -> Call:
        """The instance on which methods that nothing calls are entered.

        The last one that the script makes, of the class or of one that inherits from it, or one
        with unknown arguments; the methods of a class that nobody instantiates are all entered
        on it, in the order of their definition.
        """
        for call in reversed(self.calls):
            if call.cls is not None and call.cls.descends_from(owner):
                return call
        heirs = [each for each in self.classes if each.descends_from(owner)]
        heir = heirs[-1] if heirs else owner
        self.context = Context(root=owner)
        instance = instantiate(self, heir, [], {}, True, cst.Call(cst.Name(heir.name)))
        for method in self.functions:
            if method.owner is not None and heir.descends_from(method.owner) and not method.entered:
                enter(self, method, [], {}, True, instance)
        return instance

    def made_later(self, instance: Value, name: str) -> None:
        """Enter the method that sets an attribute which is read before any method has set it.

        Methods stand in a class in any order; somebody calls the one that makes the model first.
        """
        owner = instance.cls if isinstance(instance, Call) else None
        outside = self.context
        for method in setters_of(owner, name) if owner is not None else ():
            if not method.entered and method not in self.active and name not in instance.attributes:
                self.context = Context(outside.function, root=outside.root)
                enter(self, method, [], {}, True, instance)
                self.context = outside

    def block(self, body: Sequence[cst.CSTNode]) -> bool:
        """Follow statements; False where the end of the block is never reached."""
        outside = self.context
        try:
            for statement in body:
                if not self.statement(statement):
                    return False
        finally:
            self.context = outside
        return True

    def statement(self, node: cst.CSTNode) -> bool:
        """Follow one statement; False where it leaves the block."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            return True
        if type(node) is cst.SimpleStatementLine:
            self.home = node
            return all(map(self.statement, node.body))
        if type(node) in COMPOUND:
            self.home = node
        handler = STATEMENTS.get(type(node))
        return handler(self, node) is not False if handler else True

    def arms(
        self,
        node: object,
        arms: Iterable[Callable[[], bool]],
    ) -> bool:
        """Follow the arms of an undecided conditional and merge what they bound."""
        outside, frame = self.context, self.frame
        before = dict(frame.names)
        ends: list[tuple[int, dict[str, Value]]] = []
        left = False
        for number, arm in enumerate(arms):
            frame.names = dict(before)
            self.context = outside.in_arm(node, number)
            if arm():
                ends.append((number, frame.names))
            else:
                left = True
        self.context = outside
        frame.names = merged([names for _, names in ends]) if ends else before
        if left and len(ends) == 1:
            self.context = outside.in_arm(node, ends[0][0])
        return bool(ends)

    def is_dead(self, arm: cst.CSTNode) -> bool:
        """Whether an arm of a conditional is never taken: a constant decides against it."""
        return id(arm) in self.skipped and id(arm) not in self.followed

    def bind(self, target: cst.BaseExpression, value: Value) -> None:
        """Assign `value` to a target: a name, an attribute, an item or several of them."""
        assign(self, target, value)

    def put(self, table: Table, key: object, value: Value) -> None:
        """Put a value into a dict; on a branch it stands beside what the dict held before."""
        sure = self.surely(table.branch)
        known = table.entries.get(key)
        table.entries[key] = value if sure or known is None else choice(known, value)
        table.complete = table.complete and (sure or known is not None)

    def note_assignment(self, of: Value, name: str, value: Value, node: cst.CSTNode) -> None:
        """Keep an assignment to an attribute."""
        self.order += 1
        self.assignments.append(Assignment(of, name, value, node, self.context, self.order))

    def note_history(self, of: Value, key: object, node: cst.CSTNode | None) -> None:
        """Keep a key that is read of a ``history``; without a node where it is only asked for.

        What is read inside a ``try`` counts as asked for: the script may expect that it is missing.
        """
        history = whose_history(of, key)
        if history is not None:
            asked = any(isinstance(branch, cst.Try) for branch, _ in self.context.branches)
            self.history_reads.append((history, key, None if asked else node, self.order))


def _enough(text: str) -> int:
    """After how many steps repetitions in a text tell nothing more."""
    if any(each in text for each in TRAINING):
        return MOST_STEPS
    return FEW_STEPS + len(text) // CHARACTERS_A_STEP
