"""Calls of functions and classes of the script, which are entered as Python would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script import known
from overfitcheck.script.external import disturb, external
from overfitcheck.script.frames import Context
from overfitcheck.script.learners import TRANSFORMERS
from overfitcheck.script.merging import LAYER_OF, merged
from overfitcheck.script.methods import changed_by
from overfitcheck.script.settings import as_setting, declared
from overfitcheck.script.values import (
    GIVES,
    MADE_BY,
    Argument,
    Attribute,
    Call,
    Choice,
    Class,
    Constant,
    Function,
    Items,
    Method,
    Symbol,
    Table,
    Unknown,
    Value,
    choice,
    constant,
    options,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

DEEPEST = 12
"""Functions entered inside one another; deeper calls are unknown."""

FEW_ENTRIES = 3
"""How often any function is entered, however long it is."""

MOST_ENTRIES = 12
"""How often one function is entered; further calls of it are unknown."""

MOST_LINES = 3_000
"""Lines of one function that are followed in all its entries: a long one is entered less often."""

MOST_STEPS_ELSEWHERE = 3_000
"""Expressions and statements of functions of other modules that are looked at.

Tests of a library call it over and over; a script that trains needs a few hundred. With twice as
many no warning and no error more is found in 5,000 scripts of 400 repositories.
"""


def invoke(
    walk: Walk,
    callee: Value,
    positional: list[Argument],
    keywords: dict[str, Argument],
    hidden: bool,
    node: cst.Call,
) -> Value:
    """The value of calling `callee`; `hidden` where arguments may be missing from the text."""
    kind = type(callee)
    if kind is not Symbol and kind is not Unknown:
        entered = _entered(walk, callee, positional, keywords, hidden, node)
        if entered is not None:
            return entered
    layer = LAYER_OF.get(callee.path) if type(callee) is Symbol else None
    if layer is not None:
        return merged(walk, layer, positional, keywords, hidden, node)
    done = known.call(walk, callee, positional, keywords, hidden)
    if done is not None:
        return done
    return _returned(external(walk, callee, positional, keywords, hidden, node))


def _returned(call: Call) -> Value:
    """What a call returns: a scaler that is fitted returns itself."""
    learner = call.receiver if call.method == "fit" else None
    if isinstance(learner, Call) and (learner.function or "").startswith(TRANSFORMERS):
        return learner
    return call


def _entered(
    walk: Walk,
    callee: Value,
    positional: list[Argument],
    keywords: dict[str, Argument],
    hidden: bool,
    node: cst.Call,
) -> Value | None:
    """The value of calling something that the script itself defines, or wraps."""
    if isinstance(callee, Attribute):
        if callee.name not in REPLICATING or not positional:
            return None
        step = positional[0].value
        if isinstance(step, (Function, Method)):
            return _replicated(walk, step, positional[1:], keywords, node)
        return None
    if isinstance(callee, Choice):
        results = [
            invoke(walk, option, positional, dict(keywords), hidden, node)
            for option in callee.options
        ]
        result = results[0]
        for each in results[1:]:
            result = choice(result, each)
        return result
    if isinstance(callee, Function):
        return enter(walk, callee, positional, keywords, hidden, None, node)
    if isinstance(callee, Method):
        return enter(walk, callee.function, positional, keywords, hidden, callee.receiver, node)
    if isinstance(callee, Class):
        return instantiate(walk, callee, positional, keywords, hidden, node)
    if isinstance(callee, Call) and callee.function == "functools.partial" and callee.positional:
        first, *rest = callee.positional
        merged = {**callee.keywords, **keywords}
        return invoke(walk, first.value, [*rest, *positional], merged, hidden, node)
    if isinstance(callee, Call) and callee.function == "tensorflow.function" and callee.positional:
        return invoke(walk, callee.positional[0].value, positional, keywords, hidden, node)
    own = _called_itself(callee)
    if own is None:
        return None
    return enter(walk, own, positional, keywords, hidden, callee, node)


def _called_itself(callee: Value) -> Function | None:
    """The ``__call__`` of an instance of a class of the script that descends from no other."""
    if not isinstance(callee, Call) or callee.cls is None:
        return None
    if callee.function not in (None, "builtins.object"):
        return None
    member = callee.cls.member("__call__")
    return member if isinstance(member, Function) else None


REPLICATING = ("run", "experimental_run_v2")
"""Methods of a ``tf.distribute.Strategy`` that call the function they are given."""


def _replicated(
    walk: Walk,
    step: Function | Method,
    positional: list[Argument],
    keywords: dict[str, Argument],
    node: cst.Call,
) -> Value:
    """``strategy.run(step, args=(…), kwargs={…})``: what the step returns on one replica."""
    given = [*positional, *(keywords[name] for name in ("args", "kwargs") if name in keywords)]
    shown: list[Argument] = []
    hidden = False
    for argument in given:
        if isinstance(argument.value, Items):
            shown.extend(Argument(each, argument.node) for each in argument.value.items)
            hidden = hidden or not argument.value.complete
        else:
            hidden = True
    return invoke(walk, step, shown, {}, hidden, node)


def instantiate(
    walk: Walk,
    cls: Class,
    positional: Sequence[Argument],
    keywords: dict[str, Argument],
    hidden: bool,
    node: cst.Call,
) -> Call:
    """Make an instance of a class of the script and enter its ``__init__``.

    The call's `function` is the nearest imported class it descends from; where the class has an
    ``__init__`` of its own, nothing is known of the arguments of that ancestor.
    """
    ancestor = next(cls.ancestors(), None)
    constructor = cls.member("__init__")
    walk.order += 1
    own = isinstance(constructor, Function)
    call = Call(
        node,
        ancestor,
        None,
        None,
        tuple(positional),
        {} if own else keywords,
        hidden or own,
        walk.context,
        walk.order,
        walk.evaluation,
        cls,
        walk.foreign,
    )
    if not own:
        call.bind_to(ancestor)
    walk.calls.append(call)
    if isinstance(constructor, Function):
        enter(walk, constructor, positional, keywords, hidden, call, node)
    elif cls.fields:
        _fill_fields(walk, cls, call)
    batch = cls.member("__getitem__") if ancestor in BATCHES else None
    if isinstance(batch, Function):
        call.attributes[GIVES] = enter(walk, batch, [], {}, True, call)
    return call


BATCHES = ("keras.utils.PyDataset", "keras.utils.Sequence")
"""Classes whose heirs give a batch for each index, which a fit asks them for."""


def _fill_fields(walk: Walk, cls: Class, call: Call) -> None:
    """Fields of a dataclass: what its constructor is given, else what the class declares."""
    for name in cls.fields:
        member = cls.member(name)
        default = declared(member) if member is not None else None
        if isinstance(default, Function):
            default = enter(walk, default, [], {}, False, None)
        if default is not None:
            call.attributes[name] = default
    for name, argument in zip(cls.fields, call.positional, strict=False):
        call.attributes[name] = argument.value
    for name, argument in call.keywords.items():
        call.attributes[name] = argument.value


def enter(
    walk: Walk,
    function: Function,
    positional: Sequence[Argument],
    keywords: Mapping[str, Argument],
    hidden: bool,
    receiver: Value | None,
    site: cst.Call | None = None,
) -> Value:
    """Follow the body of a function with these arguments; the value that it returns.

    `site` is the call in the text, where there is one.
    """
    if function in walk.active:
        return Unknown()
    too_deep = len(walk.active) >= DEEPEST
    if too_deep or _is_often_enough(walk, function) or _is_far_enough(walk, function):
        _leave_open(walk, function, receiver)
        disturb(*positional, *keywords.values())
        return Unknown()
    function.entered += 1
    outside = walk.frame, walk.context, walk.returned, walk.yielded, walk.foreign, walk.home
    walk.frame, walk.foreign = walk.scope(function.frame), function.foreign
    here, goes_elsewhere = walk.context, function.foreign and not outside[4]
    if goes_elsewhere:
        walk.left_at = walk.steps
    sites = here.sites if site is None else (*here.sites, site)
    walk.context = Context(
        function, here.loops, here.branches, here.root, here.comprehensions, sites
    )
    walk.returned, walk.yielded = [], []
    walk.active.append(function)
    try:
        _bind_parameters(walk, function, list(positional), dict(keywords), hidden, receiver)
        return _body(walk, function)
    finally:
        _note_rebound(walk)
        walk.active.pop()
        walk.frame, walk.context, walk.returned, walk.yielded, walk.foreign, walk.home = outside
        if goes_elsewhere:
            walk.steps_elsewhere += walk.steps - walk.left_at


def _note_rebound(walk: Walk) -> None:
    """Remember which names further out are bound by those that are being followed."""
    frame = walk.frame
    for name in frame.rebound:
        for function in walk.active:
            walk.rebinding.setdefault(function, {})[name] = frame.shared[name]


def _leave_open(walk: Walk, method: Function, receiver: Value | None) -> None:
    """Let nothing be known of what a function that is not followed may have set."""
    for name, frame in walk.rebinding.get(method, {}).items():
        frame.names[name] = Unknown(name)
    for instance in options(receiver) if receiver is not None else ():
        if isinstance(instance, Call) and instance.cls is not None:
            for name in changed_by(method, walk.changing):
                instance.attributes[name] = Unknown(name)


def _is_often_enough(walk: Walk, function: Function) -> bool:
    """Whether a function was entered as often as tells anything new."""
    if function.entered < FEW_ENTRIES:
        return False
    if function.entered >= MOST_ENTRIES or walk.is_long:
        return True
    lines = function.frame.tree.height(function.node, function.node)
    return function.entered * lines > MOST_LINES


def _is_far_enough(walk: Walk, function: Function) -> bool:
    """Whether enough was followed of other modules of the project."""
    if not function.foreign:
        return False
    here = walk.steps - walk.left_at if walk.foreign else 0
    return walk.steps_elsewhere + here > MOST_STEPS_ELSEWHERE


def _body(walk: Walk, function: Function) -> Value:
    if isinstance(function.node, cst.Lambda):
        return walk.value(function.node.body)
    reached = walk.block(function.node.body.body)
    if walk.yielded:
        made = Items("generator", walk.yielded, False)
        made.attributes[MADE_BY] = function
        return made
    if reached:
        walk.returned.append(Constant(None))
    walk.handed_out.extend(walk.returned)
    if len(walk.active) == 1 and walk.context.root is not None:
        walk.exported.extend(walk.returned)
    if not walk.returned:
        return Unknown()
    result = walk.returned[0]
    for value in walk.returned[1:]:
        result = choice(result, value)
    return result


def _bind_parameters(
    walk: Walk,
    function: Function,
    positional: list[Argument],
    keywords: dict[str, Argument],
    hidden: bool,
    receiver: Value | None,
) -> None:
    parameters = function.node.params
    if receiver is not None and function.kind != "staticmethod":
        positional.insert(0, Argument(receiver, None))
    names = walk.frame.names
    for parameter in (*parameters.posonly_params, *parameters.params):
        name = parameter.name.value
        if positional:
            names[name] = positional.pop(0).value
        else:
            names[name] = _by_keyword(walk, function, parameter, keywords, hidden)
    for parameter in parameters.kwonly_params:
        name = parameter.name.value
        names[name] = _by_keyword(walk, function, parameter, keywords, hidden)
    if isinstance(parameters.star_arg, cst.Param):
        rest = [argument.value for argument in positional]
        names[parameters.star_arg.name.value] = Items("tuple", rest, not hidden, walk.place())
    if parameters.star_kwarg is not None:
        further = {name: argument.value for name, argument in keywords.items()}
        table = Table(dict(further), not hidden, walk.place())
        names[parameters.star_kwarg.name.value] = table


def _by_keyword(
    walk: Walk,
    function: Function,
    parameter: cst.Param,
    keywords: dict[str, Argument],
    hidden: bool,
) -> Value:
    """The value of a parameter that no positional argument fills.

    Where the text does not show the call, a default of None stands for "somebody will tell", and
    whoever calls may well turn a toggle, or choose another name.
    """
    name = parameter.name.value
    if name in keywords:
        return keywords.pop(name).value
    default = function.defaults.get(name)
    if default is None and parameter.default is not None:
        default = walk.value(parameter.default)
    if default is None or (hidden and constant(default, ...) is None):
        return Unknown(name)
    return as_setting(default) if hidden and isinstance(constant(default), (bool, str)) else default


def property_of(walk: Walk, function: Function, receiver: Value) -> Value:
    """The value of a property of an instance."""
    return enter(walk, function, [], {}, False, receiver)
