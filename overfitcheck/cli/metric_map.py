"""The option `--metric-map OLD=NEW`: which metric a name in a log is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def metric_map_option(command: Command) -> Command:
    """Add the option to a command, which is given a dictionary `metric_map`."""
    return click.option(
        "--metric-map",
        multiple=True,
        metavar="OLD=NEW",
        callback=_parsed,
        help="Read the metric OLD of the logs as NEW (as val_loss); may be repeated.",
    )(command)


def _parsed(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    changes: dict[str, str] = {}
    for value in values:
        old, sign, new = value.rpartition("=")
        if not (sign and old.strip() and new.strip()):
            raise click.BadParameter(f"{value!r} is not OLD=NEW, as in 'Test error=val_loss'")
        if new.strip() in changes.values():
            raise click.BadParameter(f"{new.strip()} is given twice")
        changes[old.strip()] = new.strip()
    return changes
