"""The options of ``overfitcheck lint`` as click takes them, and as the linter wants them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from overfitcheck.cli.completing import PATH, complete_codes
from overfitcheck.config import VERSION
from overfitcheck.finding import Level
from overfitcheck.project.options import LintOptions
from overfitcheck.report.formats import FORMATS

Command = TypeVar("Command", bound=Callable[..., Any])

LEVELS = click.Choice([level.value for level in Level])


@dataclass(frozen=True, eq=False, repr=False)
class OutputOptions:
    """How the command line wants the outcome to be told."""

    output_format: str = "full"
    output_file: str | None = None
    statistics: bool = False
    show_fixes: bool = False
    quiet: bool = False
    exit_zero: bool = False


def options(command: Command) -> Command:
    """Add all options to the command; the last one here is the first in its help."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def _codes(name: str, told: str) -> Callable[[Any], Any]:
    return click.option(
        name, multiple=True, metavar="CODES", shell_complete=complete_codes, help=told
    )


OPTIONS: Sequence[Callable[[Any], Any]] = (
    _codes("--select", "Check only these rules."),
    _codes("--ignore", "Leave these rules out."),
    _codes("--extend-select", "Check these rules too."),
    _codes("--extend-ignore", "Leave these rules out too."),
    click.option(
        "--per-file-ignores",
        multiple=True,
        metavar="PATTERN:CODES",
        help="Leave rules out of the files that a pattern fits.",
    ),
    click.option("--fix", is_flag=True, help="Make the safe fixes, and report what is left."),
    click.option("--unsafe-fixes", is_flag=True, help="Count fixes that change results in, too."),
    click.option("--fix-only", is_flag=True, help="Make fixes, and report nothing."),
    click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing."),
    click.option("--add-noqa", is_flag=True, help="Write # noqa comments for all that is found."),
    click.option(
        "--baseline", type=PATH, metavar="FILE", help="Leave out the findings that a file lists."
    ),
    click.option(
        "--write-baseline", is_flag=True, help="Write all findings into the --baseline file."
    ),
    click.option("--watch", is_flag=True, help="Lint again whenever a file changes."),
    click.option("--level", type=LEVELS, help="Show findings of this level and above."),
    click.option(
        "--fail-level", type=LEVELS, help="Exit with 1 from this level on (default: warning)."
    ),
    click.option("--keras-version", metavar="VERSION", help="The version of Keras: 3, or 2.15."),
    click.option(
        "--config", type=PATH, metavar="FILE", help="Read this configuration, for all files."
    ),
    click.option("--isolated", is_flag=True, help="Read no configuration."),
    click.option("--exclude", multiple=True, metavar="PATTERNS", help="Leave these files out."),
    click.option(
        "--extend-exclude", multiple=True, metavar="PATTERNS", help="Leave these files out too."
    ),
    click.option("--force-exclude", is_flag=True, help="Exclude even files that are named."),
    click.option(
        "--respect-gitignore/--no-respect-gitignore",
        default=True,
        help="Leave out what .gitignore excludes (default).",
    ),
    click.option(
        "-j", "--jobs", type=click.IntRange(min=1), help="Processes (default: as many as pay)."
    ),
    click.option("--cache/--no-cache", default=True, help="Remember what files said (default)."),
    click.option("--cache-dir", type=PATH, metavar="FOLDER", help="Where to remember it."),
    click.option("--stdin-filename", default="-", metavar="NAME", help="Name of standard input."),
    click.option("--output-format", type=click.Choice(FORMATS), default="full", show_default=True),
    click.option(
        "-o", "--output-file", type=PATH, metavar="FILE", help="Write to a file, not the terminal."
    ),
    click.option("--statistics", is_flag=True, help="Print how often each rule is broken."),
    click.option("--show-fixes", is_flag=True, help="List what was fixed in which file."),
    click.option("-q", "--quiet", is_flag=True, help="Print findings, and nothing else."),
    click.option("--exit-zero", is_flag=True, help="Exit with 0 even where there are findings."),
)


def lint_options(given: dict[str, Any]) -> LintOptions:
    """What is to be linted, and how.

    Raises:
        click.BadParameter: the value of an option is not one.
    """
    taken = {name: given[name] for name in ("config", "isolated", "force_exclude", "jobs", "cache",
                                            "cache_dir", "baseline", "respect_gitignore", "fix",
                                            "fix_only", "diff", "unsafe_fixes",
                                            "stdin_filename") if name in given}  # fmt: skip
    return LintOptions(
        paths=given["paths"] or (".",),
        select=codes(given["select"]) or None,
        ignore=(*codes(given["ignore"]), *codes(given["extend_ignore"])),
        extend_select=codes(given["extend_select"]),
        per_file_ignores=tuple(_per_file(each) for each in given["per_file_ignores"]),
        exclude=_patterns(given["exclude"]) or None,
        extend_exclude=_patterns(given["extend_exclude"]),
        level=_level(given["level"]),
        fail_level=_level(given["fail_level"]),
        keras_version=_version(given["keras_version"]),
        **taken,
    )


def output_options(given: dict[str, Any]) -> OutputOptions:
    """How the outcome is to be told."""
    return OutputOptions(**{name: given[name] for name in OutputOptions.__dataclass_fields__})


def codes(given: Sequence[str]) -> tuple[str, ...]:
    """Codes of an option that may be repeated or hold several, as in ``OVF1,OVF504``."""
    return tuple(code for each in given for code in each.upper().replace(",", " ").split())


def _patterns(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for each in given for part in each.split(",") if part)


def _per_file(given: str) -> tuple[str, tuple[str, ...]]:
    pattern, colon, named = given.rpartition(":")
    if not colon or not pattern or not codes([named]):
        raise click.BadParameter(f"{given!r} is no PATTERN:CODES, such as 'demo/*:OVF1'")
    return pattern, codes([named])


def _level(given: str | None) -> Level | None:
    return None if given is None else Level(given)


def _version(given: str | None) -> str | None:
    from re import fullmatch

    if given is not None and not fullmatch(VERSION, given):
        raise click.BadParameter(f"{given!r} is no version of Keras, such as 3 or '>=2.11,<3'")
    return given
