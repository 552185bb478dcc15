"""`overfitcheck.lint`: findings for other programs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.finding import Finding
from overfitcheck.project.configs import Configs
from overfitcheck.project.jobs import lint_text
from overfitcheck.project.lint import check_configs, lint_project
from overfitcheck.project.options import LintOptions
from overfitcheck.script.source import Source

TEXT = "<text>"
"""The path of findings in a text that was handed in."""


def lint(
    source_or_path: str | os.PathLike[str],
    *,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    keras_version: str | None = None,
    isolated: bool = False,
) -> list[Finding]:
    """Read a training script, a notebook or a folder of them, and say what lets it overfit.

    `source_or_path` is a path, or the text of a script: a string of several lines is a text, and
    any other string names a file or folder. Nothing of it is executed or imported. The
    configuration of each file holds unless `isolated`; `select` and `ignore` come on top of it.

    Raises:
        UserError: something cannot be read, or a code is not known.
    """
    chosen = None if select is None else tuple(select)
    options = LintOptions(
        paths=(os.fspath(source_or_path),),
        select=chosen,
        ignore=tuple(ignore),
        keras_version=keras_version,
        isolated=isolated,
        cache=False,
        jobs=1,
    )
    if isinstance(source_or_path, str) and "\n" in source_or_path:
        config = Configs(options).of(Path(TEXT))
        check_configs([config])
        return list(lint_text(Source(TEXT, source_or_path), config).findings)
    outcome = lint_project(options)
    if outcome.failures:
        raise UserError(outcome.failures[0])
    return outcome.findings
