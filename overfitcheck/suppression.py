"""Findings that a comment silences: ``# noqa``, ``# noqa: OVF101``, ``# overfitcheck: noqa``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

OWN = re.compile(r"OVF\d+")

UNUSED_SUPPRESSION = "OVF001"


@dataclass(frozen=True)
class Directive:
    """One comment that silences.

    It stands in a line of the script (from 1) from `column` to `end_column` (from 1, exclusive);
    `codes` is None where it silences everything. `text` is the line around it.
    """

    line: int
    column: int
    end_column: int
    codes: tuple[str, ...] | None
    whole_file: bool
    text: str

    def silences(self, code: str) -> bool:
        """Whether it silences a code, where it holds."""
        return self.codes is None or code in self.codes

    @property
    def written(self) -> str:
        """The comment itself."""
        return self.text[self.column - 1 : self.end_column - 1]


@dataclass
class Suppressions:
    """The directives of a script, and which of their codes have silenced something.

    `statements` maps each line of a statement that spans several to its first and last line.
    """

    directives: tuple[Directive, ...] = ()
    statements: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    used: set[tuple[Directive, str]] = field(default_factory=set)

    def silences(self, code: str, line: int, end_line: int) -> bool:
        """Whether a finding on these lines is silenced: on its first or last line, or on those
        of the statement that it begins in, or for the whole file."""
        if not self.directives:
            return False
        first, last = self.statements.get(line, (line, line))
        lines = (line, min(end_line, last), first, last)
        silencing = [
            each
            for each in self.directives
            if (each.whole_file or each.line in lines) and each.silences(code)
        ]
        self.used.update((each, code) for each in silencing)
        return bool(silencing)

    def unused(self, asked: Iterable[str], known: Iterable[str]) -> Iterator[tuple[Directive, str]]:
        """Codes of this linter that silence nothing, each with its directive.

        Told are those of rules that were `asked`, and those of no `known` rule. The code is
        empty for a directive for the whole file that names none and silences nothing.
        """
        judged, existing = set(asked), set(known)
        spoken = {directive for directive, _ in self.used}
        for directive in self.directives:
            if directive.codes is None:
                if directive.whole_file and directive not in spoken:
                    yield directive, ""
                continue
            for code in directive.codes:
                ours = OWN.fullmatch(code) and code != UNUSED_SUPPRESSION
                if ours and (code in judged or code not in existing):
                    if (directive, code) not in self.used:
                        yield directive, code


def without(directive: Directive, codes: Iterable[str]) -> tuple[int, int, str]:
    """The directive's line without some codes: from column, to column, and what stands there.

    Where no code is left the comment goes, with the space before it.
    """
    gone = set(codes)
    left = [code for code in directive.codes or () if code not in gone]
    if left:
        head = directive.written[: directive.written.index(":") + 1]
        return directive.column, directive.end_column, f"{head} {', '.join(left)}"
    before = directive.text[: directive.column - 1]
    after = directive.text[directive.end_column - 1 :]
    spaces = len(before) - len(before.rstrip())
    if after.strip():  # Another comment follows in the same line.
        return directive.column, directive.end_column + len(after) - len(after.lstrip()), ""
    return directive.column - spaces, directive.end_column + len(after), ""


def suppressions_in(text: str) -> Suppressions:
    """The directives of a script. Only comments count, not strings."""
    if "noqa" not in text.lower():
        return Suppressions()
    from overfitcheck.noqa import read_directives  # Most scripts have none.

    directives, statements = read_directives(text)
    return Suppressions(tuple(directives), statements)
