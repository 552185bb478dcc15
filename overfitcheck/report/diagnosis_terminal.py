"""Diagnoses in a terminal: the verdict first, then the numbers it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from overfitcheck.analysis.diagnosis import Diagnosis, Drop, EffectVerdict, Verdict
from overfitcheck.finding import RunSays
from overfitcheck.report import wording
from overfitcheck.report.content import Report, worst_first
from overfitcheck.report.facts import kept_text, read_text, recommendation_text, schedule_text
from overfitcheck.report.groups import groups_of, shown_in_full
from overfitcheck.report.plain_text import printable
from overfitcheck.report.terminal_chart import draw_loss, legend_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

STYLES = {
    Verdict.OVERFITTING: "bold red",
    Verdict.DIVERGED: "bold red",
    Verdict.NOT_OVERFITTING: "bold green",
    Verdict.IMPROVING: "bold cyan",
    Verdict.UNKNOWN: "bold yellow",
}

EFFECT_STYLES = {EffectVerdict.HELPED: "green", EffectVerdict.HURT: "red"}


SAYS_STYLES = {RunSays.CONFIRMED: "red", RunSays.REFUTED: "green"}


def print_report(report: Report, console: Console) -> None:
    """Print what is said of each fit, and what the run says of each finding of the script."""
    from rich.text import Text

    if len(report.diagnoses) > 1:
        console.print(_all_fits(report))
        for group in groups_of(report):
            if group.title:
                console.print(Text(f"{printable(group.title)}: {printable(group.summary)}"))
        console.print()
    for number, at in enumerate(shown_in_full(report.diagnoses)):
        if number:
            console.print()
        diagnosis = report.diagnoses[at]
        _print(diagnosis, console, report.caveats_of(diagnosis))
    told = [each for each in worst_first(report.findings) if each.says is not RunSays.NOT_OBSERVED]
    if told:
        console.print()
        console.print(Text("what the run says of the script", style="bold"))
    for met in told:
        head = Text(f"{met.finding.code} {wording.SAYS[met.says]}", style=SAYS_STYLES[met.says])
        where = f" ({wording.line_text(met.finding.location)})"
        console.print(head.append(f"{where}: {printable(met.message)}", style="default"))
        if met.cost:
            console.print(Text(f"  cost: {printable(met.cost)}"))


def _all_fits(report: Report) -> Table:
    from rich.markup import escape

    table = _table("fit", "part", "verdict", "best", "after the best epoch")
    for group in groups_of(report):
        for member in group.members:
            diagnosis = report.diagnoses[member.position]
            verdict = wording.VERDICTS[diagnosis.verdict]
            table.add_row(
                str(member.position + 1),
                member.role or wording.MISSING,
                f"[{STYLES[diagnosis.verdict]}]{verdict}[/]",
                escape(printable(wording.best_text(diagnosis))),
                wording.waste_text(diagnosis),
            )
    return table


def print_diagnoses(diagnoses: Sequence[Diagnosis], console: Console) -> None:
    """Print what is said of each fit."""
    for number, diagnosis in enumerate(diagnoses):
        if number:
            console.print()
        _print(diagnosis, console)


def _print(diagnosis: Diagnosis, console: Console, caveats: Sequence[str] = ()) -> None:
    from rich.text import Text

    source = printable(diagnosis.history.source)
    console.print(Text(f"{source}, {wording.trained(diagnosis)}", style="bold"), soft_wrap=True)
    head = Text(wording.VERDICTS[diagnosis.verdict], style=STYLES[diagnosis.verdict])
    console.print(
        head.append(f": {printable(wording.reason_text(diagnosis))}", style="not bold default")
    )
    for caveat in caveats:
        console.print(
            Text("but ", style="bold red").append(printable(caveat), style="not bold default")
        )
    console.print()
    _chart(diagnosis, console)
    console.print(_facts(diagnosis, caveats))
    if diagnosis.replays:
        console.print()
        console.print(Text("what stopping would have kept", style="bold"))
        console.print(_replays(diagnosis))
    for drop in diagnosis.drops:
        console.print()
        console.print(Text(wording.drop_title(drop), style="bold"))
        console.print(_effects(drop))
    if diagnosis.remarks:
        console.print()
    for remark in diagnosis.remarks:
        console.print(Text("• ").append(printable(remark)))


def _chart(diagnosis: Diagnosis, console: Console) -> None:
    """The loss over the epochs, where somebody looks at a terminal that can show it."""
    from rich.text import Text

    if not console.is_terminal or not console.encoding.startswith("utf"):
        return
    chart = draw_loss(diagnosis, console.width, colour=console.color_system is not None)
    if chart:
        console.print(Text.from_ansi(chart), no_wrap=True, crop=True)
        console.print(Text(legend_of(diagnosis), style="dim"))
        console.print()


def _table(*headings: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD if headings else None, pad_edge=False, show_header=bool(headings))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _facts(diagnosis: Diagnosis, caveats: Sequence[str]) -> Table:
    from rich.markup import escape

    table = _table()
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    if read := read_text(diagnosis):
        table.add_row("read", escape(printable(read)))
    for name, best in diagnosis.best.items():
        shown = f"{best.value:.5g} at epoch {best.epoch}"
        table.add_row(escape(f"best {printable(name)}"), shown)
    table.add_row("onset", wording.onset_text(diagnosis))
    table.add_row("after the best epoch", wording.waste_text(diagnosis))
    if diagnosis.kept is not None:
        table.add_row("kept weights", kept_text(diagnosis.kept, diagnosis.monitor or "loss"))
    if diagnosis.schedule is not None:
        table.add_row("learning rate", schedule_text(diagnosis.schedule))
    advice = recommendation_text(diagnosis, caveats)
    if advice:
        table.add_row("recommendation", escape(advice))
    return table


def _replays(diagnosis: Diagnosis) -> Table:
    from rich.markup import escape

    table = _table("way to stop", "trained to", "kept", "saved", "regret")
    for replay in diagnosis.replays:
        table.add_row(
            escape(replay.name),
            f"epoch {replay.trained}",
            f"epoch {replay.kept}",
            wording.replay_saved(replay),
            wording.replay_regret(replay),
        )
    return table


def _effects(drop: Drop) -> Table:
    from rich.markup import escape

    table = _table("metric", "change vs trend (90 %)", "before/after", "verdict")
    for name, effect in drop.effects.items():
        bare = wording.MISSING if effect.before_after is None else f"{effect.before_after:+.3g}"
        style = EFFECT_STYLES.get(effect.verdict, "")
        verdict = wording.EFFECTS[effect.verdict]
        table.add_row(
            escape(printable(name)),
            wording.change(effect),
            bare,
            f"[{style}]{verdict}[/]" if style else verdict,
        )
    return table
