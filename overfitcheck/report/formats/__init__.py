"""Formats of findings: a module a format, with ``render(outcome)`` that yields lines of text."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from overfitcheck.errors import UserError

if TYPE_CHECKING:
    from overfitcheck.project.lint import Outcome

FORMATS = (
    "full",
    "concise",
    "json",
    "json-full",
    "jsonlines",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "markdown",
)
"""Names of formats; each is imported only when it is asked for."""

COUNTED = {"full": "statistics", "concise": "statistics", "json": "json_statistics"}
"""The modules that count findings, by the format that they belong to."""


def renderer(
    name: str, statistics: bool = False, quiet: bool = False
) -> Callable[[Outcome], Iterable[str]]:
    """The function that puts an outcome into a format.

    With `statistics` it counts findings; with `quiet` the full format shows nothing else.

    Raises:
        UserError: the format has no statistics.
    """
    module = f"as_{name.replace('-', '_')}"
    if statistics:
        if name not in COUNTED:
            raise UserError(f"--statistics is for the formats {', '.join(COUNTED)}, not {name}")
        module = COUNTED[name]
    elif quiet and name == "full":
        module = "as_full_quiet"
    render: Callable[[Outcome], Iterable[str]]
    render = importlib.import_module(f"{__name__}.{module}").render
    return render
