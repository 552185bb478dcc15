"""Settings: defaults of command-line options, of fields and of configurations, values like any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from overfitcheck.script.values import (
    Call,
    Constant,
    Item,
    Setting,
    Table,
    Value,
    constant,
)

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

FLAG_HOLDERS = ("absl.flags.FLAGS.", "tensorflow.app.flags.FLAGS.", "tensorflow.flags.FLAGS.")

NAMESPACES = frozenset(
    "types.SimpleNamespace argparse.Namespace easydict.EasyDict addict.Dict munch.Munch "
    "box.Box ml_collections.ConfigDict ml_collections.config_dict.ConfigDict "
    "omegaconf.OmegaConf.create omegaconf.DictConfig tensorflow.contrib.training.HParams".split()
)
"""What holds settings as attributes: those it is given by keyword or in a dict."""

FIELDS = frozenset(
    "dataclasses.field attr.ib attrs.field pydantic.Field typer.Option typer.Argument".split()
)
"""What declares the default of a field or of a parameter."""

PARSED = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args"})

GROUPS = frozenset({"add_argument_group", "add_mutually_exclusive_group"})


def setting(of: Value, name: str) -> Value | None:
    """The setting `name` that an object holds; None where it holds none or has no default.

    Settings stand in the result of ``parse_args()``, in a namespace, or in what ``wandb.init``
    was told.
    """
    if isinstance(of, Item) and isinstance(of.of, Call) and of.of.method in PARSED:
        of = of.of if constant(of.index) == 0 else of
    if not isinstance(of, Call):
        return None
    if of.method in PARSED and isinstance(of.receiver, Call):
        return _option(of.receiver, name)
    if of.function in NAMESPACES:
        return _held(of, name)
    if of.function == "wandb.init" and name == "config":
        given = of.keywords.get("config")
        return given.value if given is not None else None
    return None


def _held(of: Call, name: str) -> Value | None:
    """What a namespace was given under a name."""
    given = of.keywords.get(name)
    if given is not None:
        return given.value
    first = of.positional[0].value if of.positional else None
    return first.entries.get(name) if isinstance(first, Table) else None


def _option(parser: Call, name: str) -> Value | None:
    """The default of a command-line option; None where the command line always tells."""
    default: Value | None = None
    for call in _declarations(parser):
        if call.method == "set_defaults" and name in call.keywords:
            default = call.keywords[name].value
        elif call.method == "add_argument" and name in _destinations(call):
            if _is_required(call):
                return None
            given = call.keywords.get("default")
            default = given.value if given is not None else default or _switch(call)
    return as_setting(default) if default is not None else None


def _declarations(parser: Call) -> Iterator[Call]:
    for call in parser.calls:
        yield call
        if call.method in GROUPS:
            yield from call.calls


def _is_required(call: Call) -> bool:
    """Whether a command line may be refused without the option, so that no default is used."""
    required, number = call.keywords.get("required"), call.keywords.get("nargs")
    if required is not None and constant(required.value, ...) not in (False, None):
        return True
    name = constant(call.positional[0].value) if call.positional else None
    positional = isinstance(name, str) and not name.startswith("-")
    return positional and (number is None or constant(number.value) not in ("?", "*"))


def _switch(call: Call) -> Value | None:
    """What an option is that is only given or not."""
    action = call.keywords.get("action")
    return {"store_true": Constant(False), "store_false": Constant(True)}.get(
        str(constant(action.value)) if action is not None else ""
    )


def is_form_field(walk: Walk) -> bool:
    """Whether Colab shows the statement at hand as a field: ``EPOCHS = 5  #@param {...}``."""
    if not isinstance(walk.home, cst.SimpleStatementLine):
        return False
    return walk.frame.tree.comment_behind(walk.home).lstrip("# ").startswith("@param")


def as_setting(value: Value) -> Value:
    """A constant as one that somebody may replace."""
    return Setting(value.value) if type(value) is Constant else value


def flag(walk: Walk, path: str, name: str) -> Value | None:
    """The default of the attribute `path` of absl's ``FLAGS``, or of ``wandb.config``."""
    if path.startswith(FLAG_HOLDERS):
        return _flag(walk, name)
    if path.startswith("wandb.config."):
        for call in reversed(walk.calls):
            told = setting(call, "config") if call.function == "wandb.init" else None
            if isinstance(told, Table) and name in told.entries:
                return as_setting(told.entries[name])
    return None


def _flag(walk: Walk, name: str) -> Value | None:
    for call in reversed(walk.calls):
        if ".DEFINE_" in (call.function or "") and len(call.positional) > 1:
            if constant(call.positional[0].value) == name:
                default = constant(call.positional[1].value)
                return None if default is None else Setting(default)
    return None


def _destinations(call: Call) -> set[str]:
    named = call.keywords.get("dest")
    if named is not None:
        return {str(constant(named.value))}
    flags = [str(constant(argument.value)) for argument in call.positional]
    return {flag.lstrip("-").replace("-", "_") for flag in flags}


def declared(value: Value) -> Value | None:
    """The default that ``field(default=…)`` declares, or the function that makes it."""
    if not isinstance(value, Call) or value.function not in FIELDS:
        return None
    for name in ("default", "default_factory", "factory"):
        given = value.keywords.get(name)
        if given is not None:
            return given.value
    if value.positional and value.function != "dataclasses.field":
        return as_setting(value.positional[0].value)
    return None


def option_of(decorator: Value) -> dict[str, Value]:
    """The parameter that ``@click.option(…)`` fills, with its default; empty for all else."""
    if not isinstance(decorator, Call) or decorator.short_name not in ("option", "argument"):
        return {}
    given = decorator.keywords.get("default")
    names = [str(constant(argument.value, "")) for argument in decorator.positional]
    own = [name for name in names if name and not name.startswith("-")]
    longest = max((name.lstrip("-") for name in names), key=len, default="")
    name = (own[0] if own else longest).partition("/")[0].replace("-", "_")
    return {name: as_setting(given.value)} if given is not None and name else {}
