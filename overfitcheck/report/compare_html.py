"""A comparison as one self-contained HTML page."""

from __future__ import annotations

from overfitcheck import __version__
from overfitcheck.report import wording
from overfitcheck.report.compare_figure import draw_comparison
from overfitcheck.report.comparison import (
    CHANGES,
    FITS,
    ONE_A_SIDE,
    Comparison,
    change_rows,
    fit_rows,
)
from overfitcheck.report.svg import inline_svg
from overfitcheck.report.templating import environment, text_of


def render_comparison(comparison: Comparison) -> str:
    """The page."""
    names = " and ".join(side.name for side in comparison.sides)
    return (
        environment(markup=True)
        .get_template("compare.html.j2")
        .render(
            title=f"Comparison of {names}",
            alt=f"Curves of {names} over each other",
            svg=inline_svg(draw_comparison(comparison), "comparison"),
            fits=FITS,
            fit_rows=fit_rows(comparison),
            changes=CHANGES,
            pairs=[(pair, change_rows(pair)) for pair in comparison.pairs],
            one_a_side=ONE_A_SIDE,
            confidence=wording.CONFIDENCE_TEXT,
            version=__version__,
            style=text_of("report.css"),
        )
    )
