"""`overfitcheck clean`: forget what linted files said."""

from __future__ import annotations

from pathlib import Path

import click

from overfitcheck.cli.completing import PATH
from overfitcheck.errors import UserError
from overfitcheck.project.cache import caches_below, remove_cache


@click.command(short_help="Forget what linted files said.")
@click.argument("path", default=".", metavar="[PATH]", type=PATH)
def command(path: str) -> None:
    """Remove the caches in a folder and in the folders within it (default: the current folder)."""
    folder = Path(path)
    if not folder.is_dir():
        raise UserError(f"{path}: there is no such folder")
    for cache in caches_below(folder):
        remove_cache(cache)
        click.echo(f"removed {cache}", err=True)
