"""Formats of findings: a module a format, with ``render(outcome)`` that yields lines of text."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

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


def renderer(name: str) -> Callable[[Outcome], Iterable[str]]:
    """The function that puts an outcome into a format."""
    module = importlib.import_module(f"{__name__}.as_{name.replace('-', '_')}")
    render: Callable[[Outcome], Iterable[str]] = module.render
    return render
