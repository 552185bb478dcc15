"""What the linter says of the text in an editor, saved or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from lsprotocol import types

from overfitcheck.config import Config
from overfitcheck.finding import Finding, Level
from overfitcheck.fixing import fix_source
from overfitcheck.project.cache import forget_project
from overfitcheck.project.configs import Configs
from overfitcheck.project.files import is_excluded
from overfitcheck.project.jobs import lint_text, rules_for, script_options
from overfitcheck.project.options import LintOptions
from overfitcheck.report.rule_page import page
from overfitcheck.rule import load_rules
from overfitcheck.script.source import Source
from overfitcheck.server.places import Places, overlap

SEVERITIES = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.INFO: types.DiagnosticSeverity.Information,
}

FIX_ALL = "source.fixAll.overfitcheck"
"""The kind of code action that makes all safe fixes, for editors that do so on saving."""

CODE = re.compile(r"\bOVF\d+\b")


@dataclass(frozen=True)
class Document:
    """One text in an editor; `units` measures text as that editor does."""

    uri: str
    version: int | None
    source: Source
    config: Config
    units: Callable[[str], int]

    @cached_property
    def places(self) -> Places:
        """The places in it."""
        return Places(self.source.text.split("\n"), self.units)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the linter says of it.

        Raises:
            UserError: a rule failed, or the configuration names one that does not exist.
        """
        path = Path(self.source.path)
        if urlsplit(self.uri).path.endswith(".ipynb"):  # A cell alone says little, its text less.
            return ()
        if any(is_excluded(each, self.config) for each in (path, *path.parents)):
            return ()
        forget_project()
        return lint_text(self.source, self.config).findings

    def diagnostics(self) -> list[types.Diagnostic]:
        """The findings as an editor shows them."""
        return [self._diagnostic(finding) for finding in self.findings]

    def actions(self, where: types.Range, only: list[str] | None) -> Iterator[types.CodeAction]:
        """What may be done about the findings in a stretch of the text.

        `only` are the kinds of actions that are wanted, None for all.
        """
        if _is_wanted(types.CodeActionKind.QuickFix, only):
            for finding in self.findings:
                if overlap(self.places.range(finding.location), where):
                    yield from self._quick_fixes(finding)
        if _is_wanted(FIX_ALL, only) and any(_is_safe(each) for each in self.findings):
            yield self._fix_all()

    def hover(self, position: types.Position) -> types.Hover | None:
        """The page of the rule that a comment names, or that has a finding there."""
        line, column = self.places.line(position), self.places.column(position)
        named = [each for each in CODE.finditer(line) if each.start() <= column <= each.end()]
        codes = [each.group() for each in named if each.group() in load_rules()]
        here = types.Range(position, position)
        codes += [
            finding.code
            for finding in self.findings
            if overlap(self.places.range(finding.location), here)
        ]
        if not codes:
            return None
        text = "\n\n---\n\n".join(page(load_rules()[code]) for code in dict.fromkeys(codes))
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))

    def _diagnostic(self, finding: Finding) -> types.Diagnostic:
        advice = f"\n{finding.fix.message}" if finding.fix is not None else ""
        return types.Diagnostic(
            range=self.places.range(finding.location),
            message=f"{finding.message}{advice}",
            severity=SEVERITIES[finding.level],
            code=finding.code,
            source="overfitcheck",
        )

    def _quick_fixes(self, finding: Finding) -> Iterator[types.CodeAction]:
        diagnostic = self._diagnostic(finding)
        fix = finding.fix
        if fix is not None and fix.edits:
            unsafe = "" if fix.safe else " (unsafe)"
            edits = [types.TextEdit(self.places.range(e), e.replacement) for e in fix.edits]
            yield types.CodeAction(
                title=f"{finding.code}{unsafe}: {fix.message}",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                is_preferred=fix.safe,
                edit=types.WorkspaceEdit({self.uri: edits}),
            )
        for edit in self._noqa(finding):
            yield types.CodeAction(
                title=f"{finding.code}: silence it with # noqa",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                edit=types.WorkspaceEdit({self.uri: [edit]}),
            )

    def _noqa(self, finding: Finding) -> Iterator[types.TextEdit]:
        from overfitcheck.project.add_noqa import comments

        for edit in comments(self.source, [finding]):
            yield types.TextEdit(self.places.range(edit), edit.replacement)

    def _fix_all(self) -> types.CodeAction:
        path = self.source.path
        rules, options = rules_for(path, self.config), script_options(path, self.config)
        fixed = fix_source(self.source, rules, options).source.raw
        whole = types.Range(types.Position(0, 0), self.places.end_of(len(self.places.lines)))
        return types.CodeAction(
            title="overfitcheck: make all safe fixes",
            kind=FIX_ALL,
            edit=types.WorkspaceEdit({self.uri: [types.TextEdit(whole, fixed)]}),
        )


def document(uri: str, path: str, text: str, version: int | None,
             units: Callable[[str], int]) -> Document:  # fmt: skip
    """A text in an editor, with the configuration that holds for its file.

    Raises:
        UserError: the configuration cannot be read.
    """
    config = Configs(LintOptions()).of(Path(path))
    return Document(uri, version, Source(path, text), config, units)


def _is_safe(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.applies()


def _is_wanted(kind: str, only: list[str] | None) -> bool:
    """Whether an action is of a wanted kind; ``source`` stands for ``source.fixAll`` too."""
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)
