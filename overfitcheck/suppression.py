"""Findings that a comment silences: ``# noqa``, ``# noqa: OVF101``, ``# overfitcheck: noqa``."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

CODES = r"(?P<colon>\s*:\s*(?P<codes>[A-Z]+[0-9]*(?:[,\s]+[A-Z]+[0-9]+)*)?)?"
NOQA = re.compile(rf"#\s*noqa{CODES}", re.IGNORECASE)
"""The comment as ruff and flake8 read it: codes behind a colon, or none for all codes."""

WHOLE_FILE = re.compile(rf"#\s*overfitcheck\s*:\s*noqa{CODES}", re.IGNORECASE)
"""A comment on a line of its own that holds for the whole file, all cells of a notebook."""

CODE = re.compile(r"[A-Z]+[0-9]+", re.IGNORECASE)
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
    directives: list[Directive] = []
    statements: dict[int, tuple[int, int]] = {}
    lines = [line.rstrip("\r") for line in text.split("\n")]
    first = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            line, column = token.start
            if token.type == tokenize.COMMENT:
                directives.extend(_directives(lines[line - 1], line, column))
            elif token.type == tokenize.NEWLINE:
                if first and line > first:
                    statements.update(dict.fromkeys(range(first, line + 1), (first, line)))
                first = 0
            elif not first and token.string.strip():
                first = line
    except (tokenize.TokenError, SyntaxError):
        found = (_directives(line, number, 0) for number, line in enumerate(lines, 1))
        directives = [directive for each in found for directive in each]
    return Suppressions(tuple(directives), statements)


def _directives(text: str, line: int, column: int) -> Iterator[Directive]:
    """The directive in a line whose comment starts at a column (from 0), if it holds one."""
    whole = WHOLE_FILE.search(text, column)
    match = whole or NOQA.search(text, column)
    if match is None or (whole is not None and text[: match.start()].strip()):
        return
    named = tuple(code.upper() for code in CODE.findall(match.group("codes") or ""))
    codes = tuple(dict.fromkeys(named)) if match.group("colon") and named else None
    yield Directive(line, match.start() + 1, match.end() + 1, codes, whole is not None, text)
