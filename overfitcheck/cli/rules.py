"""`overfitcheck rules`: the table of all rules."""

from __future__ import annotations

import json

import click

from overfitcheck.report.rule_page import headline
from overfitcheck.rule import load_rules


@click.command(short_help="List all rules.")
@click.option(
    "--output-format", "output_format", type=click.Choice(["full", "json"]), default="full"
)
def command(output_format: str) -> None:
    """List all rules: code, level, name, and what each says."""
    rules = load_rules().values()
    if output_format == "json":
        table = [
            {
                "code": rule.code,
                "name": rule.name,
                "level": rule.level.value,
                "opt_in": rule.opt_in,
                "summary": headline(rule),
            }
            for rule in rules
        ]
        click.echo(json.dumps(table, indent=2, ensure_ascii=False))
        return
    widest = max((len(rule.name) for rule in rules), default=0)
    standing = max((len(rule.standing) for rule in rules), default=0)
    for rule in rules:
        level, name = f"{rule.standing:<{standing}}", f"{rule.name:<{widest}}"
        click.echo(f"{rule.code}  {level}  {name}  {headline(rule)}")
