"""Which optional dependencies a command needs, and how to say that they are missing."""

from __future__ import annotations

from importlib.util import find_spec

from overfitcheck.errors import UserError


def require(extra: str, *modules: str) -> None:
    """Make sure that the modules of an optional dependency group can be imported.

    Nothing is imported by this; the installed packages are only looked up.

    Raises:
        UserError: one of `modules` (top-level names) is not installed.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise UserError(
            f"this command needs {' and '.join(missing)}; "
            f"install it with: pip install 'overfitcheck[{extra}]'"
        )
