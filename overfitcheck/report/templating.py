"""The templates of reports, and how they are filled in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")


def environment(*, markup: bool) -> Environment:
    """How templates are filled in; what they show is escaped by itself only in `markup`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=markup,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def text_of(name: str) -> str:
    """The text of a file that stands beside the templates."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
