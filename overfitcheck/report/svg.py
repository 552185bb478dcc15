"""A figure as inline SVG: text stays text, colours follow the page, nothing points elsewhere."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PROLOGUE = re.compile(r"\A.*?(?=<svg)", re.DOTALL)
STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
SIZE = re.compile(r'<svg ([^>]*?)width="[^"]*" height="[^"]*"')
IDENTIFIER = re.compile(r' id="([^"]*)"')
REFERENCE = re.compile(r'(?:url\(|href=")#([^)"]+)')
TAG = re.compile(r"<[^>]*>")
FRACTION = re.compile(r"(\d+\.\d{2})\d+")
SPACE = re.compile(r">\s+<")


@dataclass(frozen=True)
class Span:
    """Where the epochs lie in a figure, from `first` to `last` at the edges of its charts.

    `left` and `right` are shares of the figure's width (0 to 1).
    """

    left: float
    right: float
    first: float
    last: float


def inline_svg(figure: Figure, salt: str) -> str:
    """The figure as SVG to stand in a page, as wide as its place there.

    `salt` keeps the names inside apart from those of other figures of the page.
    """
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = PROLOGUE.sub("", buffer.getvalue(), count=1)
    text = COMMENT.sub("", STYLE.sub("", METADATA.sub("", text)))
    text = SIZE.sub(r"<svg \1", text, count=1)
    referred = set(REFERENCE.findall(text))
    text = IDENTIFIER.sub(lambda found: found[0] if found[1] in referred else "", text)
    text = TAG.sub(lambda found: FRACTION.sub(r"\1", found[0]), text)
    return SPACE.sub("><", text).strip()


def span_of(figure: Figure) -> Span:
    """Where the epochs lie, once the figure has been drawn (its charts share one axis)."""
    axes = figure.axes[-1]
    box = axes.get_position()
    first, last = axes.get_xlim()
    return Span(float(box.x0), float(box.x1), float(first), float(last))
