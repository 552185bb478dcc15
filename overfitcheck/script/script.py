"""The model of a training script: its fits, and everything a rule may ask about them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.config import THRESHOLDS
from overfitcheck.finding import Answer, RestsOn
from overfitcheck.script.bindings import Bindings, bindings_in
from overfitcheck.script.callbacks import kind_of
from overfitcheck.script.checklist import checklist_of
from overfitcheck.script.custom_checklist import checklist_of_loop
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.fit import Fit, is_fit
from overfitcheck.script.fit_loops import training_loops
from overfitcheck.script.local_modules import LocalModule, LocalModules
from overfitcheck.script.models import Model, is_model
from overfitcheck.script.options import DEFAULTS, ScriptOptions
from overfitcheck.script.parsing import parse
from overfitcheck.script.pins import NOTHING, pins_around, pins_of_commands
from overfitcheck.script.syntax import LINE_END, syntax_error
from overfitcheck.script.tapes import TrainedCall, trained_calls, under_tapes
from overfitcheck.script.tree import Place, Tree
from overfitcheck.script.unsupervised import words_in
from overfitcheck.script.values import Call, Value, options
from overfitcheck.script.versions import (
    PLAIDML,
    KerasVersions,
    asks_for_legacy,
    betrayed,
    chooses_plaidml,
    configured,
)
from overfitcheck.script.walk import Assignment, Walk

if TYPE_CHECKING:
    from overfitcheck.script.notebook import Notebook

MOVED_HOMES = {
    "layers.experimental": "keras.layers.experimental",
    "optimizers.experimental": "keras.optimizers.experimental",
    "optimizers.legacy": "keras.optimizers.legacy",
    "np_utils": "keras.utils.np_utils",
    "nb_epoch": "nb_epoch",
}
"""Texts that tell of Keras 2, or of Keras 1, and that canonical names leave out."""


class ScriptSyntaxError(Exception):
    """The text is not Python; `line` and `column` count from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.message = message


TESTING = re.compile(
    r"^\s*(?:def test|class \w*Test|assert\b|(?:import|from) (?:unittest|pytest)\b)|\bself\.assert",
    re.MULTILINE,
)
"""What modules of tests have, beside the name."""


class Script:
    """What a training script says. Nothing of it is ever executed."""

    def __init__(
        self,
        path: str,
        tree: Tree,
        notebook: Notebook | None = None,
        options: ScriptOptions = DEFAULTS,
        commands: str = "",
    ) -> None:
        self.path = path
        self.options = options
        self.commands = commands
        self.tree = tree
        self.notebook = notebook
        self.code = tree.text
        modules = LocalModules.around(path, options.root)
        self.walk = Walk(tree, modules, in_cells=notebook is not None)
        self.walk.module()

    def take_apart(self) -> None:
        """Let go of everything: it can no longer be asked.

        Values refer to one another in circles, which only the garbage collector frees, and it
        looks at all nodes of the tree to do so. Taken apart, most of them are freed at once.
        """
        for call in self.walk.calls:
            call.calls.clear()
            call.attributes.clear()
            call.receiver = None
        for scope in self.walk.scopes:
            scope.names.clear()
            scope.shared.clear()
            scope.later = None
            del scope.tree
        for value in self.walk.taken_of:
            value.attributes.clear()
        for cls in self.walk.classes:
            cls.setters = None
        vars(self.walk).clear()
        vars(self).clear()

    @property
    def module(self) -> cst.Module:
        """Its text as nodes of libcst, which say nothing of whitespace and comments."""
        return self.tree.module

    @property
    def calls(self) -> list[Call]:
        """Calls of everything that the script does not define itself, in order."""
        return self.walk.calls

    @property
    def assignments(self) -> list[Assignment]:
        """Assignments to attributes, in order (``base.trainable = False``)."""
        return self.walk.assignments

    @cached_property
    def fits(self) -> tuple[Fit, ...]:
        """Its fits, in the order in which they are reached."""
        own = (call for call in self.calls if not call.foreign)
        return tuple(Fit(self, call) for call in own if is_fit(call))

    @cached_property
    def custom_loops(self) -> tuple[CustomLoop, ...]:
        """The training loops that it writes itself, also those around a fit of one epoch."""
        return training_loops(self)

    @cached_property
    def alternative_loops(self) -> tuple[tuple[CustomLoop, ...], ...]:
        """Its training loops, grouped: those of one group are one loop, with several models."""
        groups: dict[object, list[CustomLoop]] = {}
        for loop in self.custom_loops:
            groups.setdefault(loop.loop, []).append(loop)
        return tuple(tuple(group) for group in groups.values())

    @cached_property
    def trained_calls(self) -> tuple[TrainedCall, ...]:
        """The calls of models that it trains with a tape."""
        return tuple(trained_calls(self))

    @cached_property
    def under_tapes(self) -> set[int]:
        """Identities of everything that some gradient of it is taken of."""
        return under_tapes(self)

    @cached_property
    def alternatives(self) -> tuple[tuple[Fit, ...], ...]:
        """Its fits, grouped: those of one group are one fit, whose model may be one of several.

        What is said of a fit has to hold for each of its group.
        """
        groups: dict[int, list[Fit]] = {}
        for fit in self.fits:
            groups.setdefault(fit.call.evaluation, []).append(fit)
        return tuple(tuple(group) for group in groups.values())

    @cached_property
    def callbacks(self) -> tuple[Call, ...]:
        """All callbacks it makes, passed to a fit or not."""
        return tuple(call for call in self.calls if kind_of(call) is not None)

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """All models it makes."""
        return tuple(Model(call, self.text(call.node)) for call in self.calls if is_model(call))

    @cached_property
    def versions(self) -> KerasVersions:
        """The versions of Keras it may run on: configured, else pinned, else betrayed."""
        if self.options.keras_version is not None:
            return configured(self.options.keras_version)
        written = self.walk.imports
        imports = [path for path, sure in written.items() if sure]
        tf_keras = any(path.partition(".")[0] == "tf_keras" for path in imports)
        texts = (self.code, self.commands)
        legacy = tf_keras or any(map(asks_for_legacy, texts))
        used = {call.function or call.method or "" for call in self.calls}
        used.update(path for text, path in MOVED_HOMES.items() if text in self.code)
        used.update(PLAIDML for text in texts if chooses_plaidml(text))
        own = betrayed(imports, used, legacy)
        standalone = any(path == "keras" or path.startswith("keras.") for path in written)
        pins = pins_of_commands(self.commands)
        if pins is NOTHING and self.options.root is not None:
            pins = pins_around(Path(self.path).parent, self.options.root)
        pinned = pins.versions(standalone=standalone, legacy=legacy)
        return pinned.narrowed(own) if pinned.is_known else own

    @cached_property
    def keras(self) -> frozenset[str]:
        """The major versions of Keras it may run on: ``{"2"}``, ``{"3"}`` or both."""
        return self.versions.majors

    @cached_property
    def is_test(self) -> bool:
        """Whether it is a module of tests, which train anything on anything."""
        folder, _, name = self.path.replace("\\", "/").rpartition("/")
        if not name.startswith("test_") and not name.endswith("_test.py"):
            return False
        # Scripts that train are called so as well: ``keras05_train_test.py``.
        in_tests = folder.rpartition("/")[2] in ("test", "tests")
        return in_tests or TESTING.search(self.tree.text) is not None

    def threshold(self, name: str) -> float:
        """A number that a rule compares with: as configured, or its default."""
        return self.options.thresholds.get(name, THRESHOLDS[name])

    def calls_to(self, *paths: str) -> Iterator[Call]:
        """Calls of functions or classes by canonical name; a final dot stands for a prefix."""
        whole = {path for path in paths if not path.endswith(".")}
        prefixes = tuple(path for path in paths if path.endswith("."))
        for call in self.calls:
            if (path := call.function) and (path in whole or path.startswith(prefixes)):
                yield call

    @cached_property
    def _received(self) -> dict[int, list[Call]]:
        received: dict[int, list[Call]] = {}
        for call in self.calls:
            for option in options(call.receiver) if call.receiver is not None else ():
                received.setdefault(id(option), []).append(call)
        return received

    def calls_on(self, value: Value) -> list[Call]:
        """Method calls that an object received, in order."""
        received = (self._received.get(id(each), ()) for each in options(value))
        found = {id(call): call for calls in received for call in calls}
        return sorted(found.values(), key=lambda call: call.order)

    def same(self, value: Value | None, fit: Fit) -> bool:
        """Whether a value may be the model of a fit."""
        if value is None:
            return False
        mine = [(id(option), self._asked_for(option)) for option in options(fit.model.value)]
        return any(
            id(option) == known or (asked is not None and self._asked_for(option) == asked)
            for option in options(value)
            for known, asked in mine
        )

    def _asked_for(self, value: Value) -> tuple[int, str] | None:
        """What a getter without arguments is asked for, as in ``net.get_model().fit(x, y)``."""
        if not isinstance(value, Call) or value.receiver is None or value.method is None:
            return None
        if not value.method.startswith("get_") or value.positional or value.keywords:
            return None
        return None if self.name_of(value) else (id(value.receiver), value.method)

    def names_around(self, call: Call) -> frozenset[str]:
        """Words of the names that a value is bound to, and of the function and class around it."""
        function = call.context.function
        uses = (use for use in self.calls_on(call) if use.method == "__call__")
        made = {id(call), *(id(use) for use in uses)}
        names = [name for name, value in self.walk.bound if id(value) in made]
        if function is not None:
            names += [function.name, function.owner.name if function.owner else ""]
        return words_in(*names)

    def name_of(self, value: Value) -> str | None:
        """The name that a value was bound to first; None where it has none."""
        return next((name for name, bound in self.walk.bound if bound is value), None)

    def bound_values(self) -> Iterator[Value]:
        """Everything that was bound to a name."""
        return (value for _, value in self.walk.bound)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of its text, without what ends them."""
        return LINE_END.split(self.code)

    @cached_property
    def line_ends(self) -> list[str]:
        """What ends the lines of its text; the last one has no end."""
        return LINE_END.findall(self.code)

    def text(self, node: cst.CSTNode) -> str:
        """The text of a node, on one line."""
        return " ".join(self.code_of(node).split())

    def code_of(self, node: cst.CSTNode) -> str:
        """The text of a node as it stands in the script or in a module of the project."""
        tree = self._tree_of(node)
        return tree.code(node) if tree is not None else cst.Module([]).code_for_node(node)

    def position(self, node: cst.CSTNode) -> Place:
        """Line, column, end line and end column of a node, from 1, the end exclusive."""
        return (self._tree_of(node) or self.tree).position(node)

    def line(self, node: cst.CSTNode) -> int:
        """The line of a node, from 1."""
        return (self._tree_of(node) or self.tree).line(node)

    def holds(self, node: cst.CSTNode) -> bool:
        """Whether a node stands in the text of the script, not in a module that it imports."""
        return node in self.tree

    def _tree_of(self, node: cst.CSTNode) -> Tree | None:
        """The tree that a node stands in: that of the script, or of a module of the project."""
        if node in self.tree:
            return self.tree
        module = self._module_of(node)
        return module.tree if module is not None else None

    def _module_of(self, node: cst.CSTNode) -> LocalModule | None:
        """The module of the project that a node stands in."""
        loaded = self.walk.modules.loaded.values()
        return next((each for each in loaded if each is not None and node in each.tree), None)

    @property
    def rests_on(self) -> RestsOn:
        """The files of the project beside its own that what it says depends on."""
        modules = self.walk.modules
        return RestsOn(tuple(sorted(modules.loaded)), tuple(sorted(modules.missed)))

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """The files of the project that it imports and that were read for it."""
        return tuple(file for file, module in self.walk.modules.loaded.items() if module)

    def ends_cell(self, node: cst.CSTNode) -> bool:
        """Whether nothing but comments follows a node in its cell, which then shows its value."""
        if self.notebook is None:
            return False
        end = self.position(node)[2]
        following = next((start for start in self.notebook.starts if start > end), None)
        rest = self.lines[end : following - 1 if following else None]
        return all(not line.strip() or line.lstrip().startswith("#") for line in rest)

    def statement(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The innermost statement that a node stands in; None where it is not in the text."""
        return self.tree.statement(node)

    def expression_bound_to(self, name: str) -> cst.BaseExpression | None:
        """The expression that a name always stands for; None where it may be another."""
        if self.bindings.count(name) != 1:
            return None
        for node in self.tree.nodes():
            if isinstance(node, cst.Assign):
                target = node.targets[0].target
                if len(node.targets) == 1 and isinstance(target, cst.Name) and target.value == name:
                    return node.value
        return None

    def mentions(self, word: str) -> bool:
        """Whether its text, or that of a module of the project that it imports, has a word."""
        loaded = self.walk.modules.loaded.values()
        return word in self.code or any(word in each.tree.text for each in loaded if each)

    def strings(self, text: str) -> list[cst.SimpleString]:
        """All plain strings in the text that hold `text`, in no certain order."""
        return [
            node
            for node in self.tree.nodes()
            if isinstance(node, cst.SimpleString) and node.raw_value == text
        ]

    @cached_property
    def bindings(self) -> Bindings:
        """What binds each name, anywhere in the text."""
        return bindings_in(self.tree.python)

    def place(self, node: cst.CSTNode) -> str:
        """Where a node begins, in words: ``line 52``, or ``cell 7, line 3`` of a notebook."""
        line = self.line(node)
        module = None if self.holds(node) else self._module_of(node)
        if module is not None:
            return f"line {line} of {Path(module.file).name}"
        return self.place_of(line)

    def place_of(self, line: int) -> str:
        """A line of its text in words: ``line 52``, or ``cell 7, line 3`` of a notebook."""
        if self.notebook is None:
            return f"line {line}"
        cell, line = self.notebook.place(line)
        return f"cell {cell}, line {line}"

    def checklist(self, fit: Fit) -> Mapping[str, Answer]:
        """Which of the eight techniques a fit, or a loop of the script's own, uses."""
        return checklist_of_loop(fit) if isinstance(fit, CustomLoop) else checklist_of(fit)


def read_script(
    text: str,
    path: str,
    notebook: Notebook | None = None,
    options: ScriptOptions = DEFAULTS,
    commands: str = "",
) -> Script:
    """Read a training script; `text` is that of `notebook` where it comes from one.

    `options` tell what the configuration says of it: the version of Keras, the folder of the
    project and thresholds. Without them nothing but the text is looked at. `commands` are lines
    of magics and the shell, which stand in the file and not in the text.

    Raises:
        ScriptSyntaxError: the text is not Python.
    """
    try:
        return Script(path, parse(text), notebook, options, commands)
    except cst.ParserSyntaxError as error:
        message = error.message.partition("\n")[0]
        found = syntax_error(text) or (error.raw_line, error.raw_column + 1, message)
        raise ScriptSyntaxError(*found) from None
    except SyntaxError as error:
        found = error.lineno or 1, error.offset or 1, error.msg
        raise ScriptSyntaxError(*(syntax_error(text) or found)) from None
    except (cst.CSTValidationError, cst.CSTLogicError) as error:
        raise ScriptSyntaxError(1, 1, str(error)) from None
    except RecursionError:
        raise ScriptSyntaxError(1, 1, "nested too deeply to be read") from None
