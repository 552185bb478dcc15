"""Where the walk stands: names in scope, and the branches and loops around a statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import libcst as cst

from overfitcheck.script.tree import Tree
from overfitcheck.script.values import Branches, Function, Local, Unknown, Value


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of a call.

    `function` is the innermost function of this script that was entered, None at module level.
    `loops` are the loop statements around it, `branches` pairs (statement, arm) of the
    conditionals, both from the outside in and across function calls. `comprehensions` are those
    that make it once an item, as far as the items are not known. `sites` are the calls of functions
    of the script that led here, from the outside in; two places are no less alike for them.
    """

    function: Function | None = None
    loops: tuple[object, ...] = ()
    branches: Branches = ()
    root: object = None
    comprehensions: tuple[object, ...] = ()
    sites: tuple[cst.Call, ...] = field(default=(), compare=False)

    def in_arm(self, node: object, number: int) -> Context:
        """The surroundings in one arm of a conditional."""
        branches = (*self.branches, (node, number))
        return Context(
            self.function, self.loops, branches, self.root, self.comprehensions, self.sites
        )

    def in_loop(self, node: object) -> Context:
        """The surroundings in a loop."""
        loops = (*self.loops, node)
        return Context(
            self.function, loops, self.branches, self.root, self.comprehensions, self.sites
        )

    def in_comprehension(self, node: object) -> Context:
        """The surroundings of what a comprehension makes of each item."""
        inside = (*self.comprehensions, node)
        return Context(self.function, self.loops, self.branches, self.root, inside, self.sites)

    def excludes(self, other: Context) -> bool:
        """Whether the two stand in different arms of one conditional, or never meet."""
        if self.root is not other.root and self.root is not None and other.root is not None:
            return True
        arms = dict(self.branches)
        return any(arms.get(node, arm) != arm for node, arm in other.branches)


@dataclass(slots=True, eq=False, repr=False)
class Frame:
    """Names of one scope of the text whose tree is `tree`.

    `outer` is the scope around it; `shared` names belong further out, and of those `rebound` were
    bound here.

    The scope of a module of the project, other than the script itself, knows its `file`, and
    `later` what it defines further: that is looked at when somebody asks for it.
    """

    tree: Tree
    names: dict[str, Value]
    outer: Frame | None = None
    shared: dict[str, Frame] = field(default_factory=dict)
    rebound: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)
    is_class: bool = False
    fields: list[str] = field(default_factory=list)
    file: str | None = None
    local_stars: list[Local] = field(default_factory=list)
    later: Callable[[str], Value | None] | None = None

    def look_up(self, name: str) -> Value | None:
        """The value bound to `name`, here or further out."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names and (frame is self or not frame.is_class):
                return frame.names[name]
            if frame.later is not None:
                return frame.later(name)
            frame = frame.outer
        return None

    def bind(self, name: str, value: Value) -> None:
        """Bind `name`, in the scope it was declared for."""
        home = self.shared.get(name, self)
        home.names[name] = value
        if home is not self:
            self.rebound.add(name)

    def code(self, node: cst.CSTNode) -> str:
        """What stands for a node in the text."""
        return self.tree.code(node)

    def module(self) -> Frame:
        """The outermost scope."""
        frame = self
        while frame.outer is not None:
            frame = frame.outer
        return frame


def unknown_in(frame: Frame, name: str) -> Unknown:
    """An unknown value for a name that is bound nowhere; the same one at each use."""
    value = Unknown(name)
    frame.module().names[name] = value
    return value
