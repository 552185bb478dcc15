"""Defaults of command-line options (argparse, absl), which are values like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overfitcheck.script.values import Call, Setting, Value, constant

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

FLAG_HOLDERS = ("absl.flags.FLAGS.", "tensorflow.app.flags.FLAGS.", "tensorflow.flags.FLAGS.")


def setting(walk: Walk, of: Call | str, name: str) -> Value | None:
    """The default of the option `name`; None where `of` holds no options or has no default.

    `of` is the result of ``parse_args()``, or the canonical name of an attribute of absl's
    ``FLAGS``.
    """
    if isinstance(of, str):
        if of.startswith(FLAG_HOLDERS):
            return _flag(walk, name)
        return None
    if of.method not in ("parse_args", "parse_known_args") or not isinstance(of.receiver, Call):
        return None
    for call in reversed(of.receiver.calls):
        if call.method == "add_argument" and name in _destinations(call):
            default = call.keywords.get("default")
            if default is not None and type(default.value).__name__ == "Constant":
                return Setting(constant(default.value))
            return default.value if default is not None else None
    return None


def _destinations(call: Call) -> set[str]:
    named = call.keywords.get("dest")
    if named is not None:
        return {str(constant(named.value))}
    flags = [str(constant(argument.value)) for argument in call.positional]
    return {flag.lstrip("-").replace("-", "_") for flag in flags}


def _flag(walk: Walk, name: str) -> Value | None:
    for call in reversed(walk.calls):
        if ".DEFINE_" in (call.function or "") and len(call.positional) > 1:
            if constant(call.positional[0].value) == name:
                default = constant(call.positional[1].value)
                return None if default is None else Setting(default)
    return None
