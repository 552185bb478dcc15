"""Linting one source: read the script, ask the rules, silence what its comments silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from overfitcheck.errors import UserError
from overfitcheck.finding import Answer, Checklist, Edit, Finding, Fix, Level, LintResult, Location
from overfitcheck.rule import Check, Draft, Rule, load_rules
from overfitcheck.script.options import DEFAULTS, ScriptOptions
from overfitcheck.script.source import Source
from overfitcheck.script.subject import holds_training
from overfitcheck.suppression import (
    UNUSED_SUPPRESSION,
    Directive,
    Suppressions,
    suppressions_in,
    without,
)

if TYPE_CHECKING:
    import libcst as cst

    from overfitcheck.script.custom_loops import CustomLoop
    from overfitcheck.script.fit import Fit
    from overfitcheck.script.notebook import Refusal
    from overfitcheck.script.script import Script

SYNTAX_ERROR = "OVF000"

MEND = "mend the syntax: nothing else can be said of text that is not Python"
IN_PYTHON_3 = "write it for Python 3: Keras since 2.4 and TensorFlow since 2.2 run on nothing else"


def lint_source(
    source: Source, rules: Sequence[Rule], options: ScriptOptions = DEFAULTS
) -> LintResult:
    """Ask the rules about a source, which is read as `options` say.

    A source that does not mention Keras has no findings, and libcst is not even imported. One in
    which nothing builds, trains or scores a model is not parsed either, unless rules of another
    pack are among those that are asked.

    Raises:
        UserError: the source is no notebook, or a rule failed (the message says which).
    """
    if not source.mentions_keras:
        return LintResult()
    if all(map(_is_own, rules)) and not _is_broken(source) and not holds_training(source.text):
        return LintResult()
    from overfitcheck.script.parsing import without_collection

    with without_collection():
        return _lint(source, rules, options)


def _is_own(rule: Rule) -> bool:
    """Whether a rule is one of this package, which says nothing of a text without training."""
    return rule.check.__module__.partition(".")[0] == __name__.partition(".")[0]


def _is_broken(source: Source) -> bool:
    """Whether a notebook has cells that are no Python."""
    return source.notebook is not None and bool(source.notebook.broken)


def _lint(
    source: Source, rules: Sequence[Rule], options: ScriptOptions, broken: Iterable[Finding] = ()
) -> LintResult:
    """What the rules say; the script is taken apart when it returns.

    `broken` says what in the file is not what is read as Python of it.
    """
    from overfitcheck.script.script import ScriptSyntaxError, read_script

    notebook = source.notebook
    silenced = suppressions_in(source.text)
    broken = (*broken, *_broken_cells(source, rules))
    findings = [each for each in broken if not silenced.silences(each.code, 0, 0)]
    try:
        script = read_script(source.text, source.path, notebook, options, source.commands)
    except ScriptSyntaxError as error:
        if notebook is not None and source.refusal is None:
            return _lint(replace(source, refusal=_refusal), rules, options)
        older = replace(source, python_2=True)
        read = notebook is None and not source.python_2 and older.text != source.text
        place = (None, error.line) if notebook is None else notebook.place(error.line)
        failed = _syntax_error(source, rules, place, error.column, error.message, python_2=read)
        if read:
            return _lint(older, rules, options, failed)
        said = (each for each in failed if not silenced.silences(each.code, 0, 0))
        return LintResult((*findings, *said))
    for rule in rules:
        for draft in _drafts(rule, script):
            if not script.holds(draft.anchor):
                continue  # It is said of the other module, when that one is read.
            line, _, end_line, _ = script.position(draft.anchor)
            if not silenced.silences(rule.code, line, end_line):
                findings.append(_finding(source, script, rule, draft))
    findings.extend(_unused_suppressions(source, rules, silenced))
    ordered = sorted(findings, key=lambda each: (each.location.cell or 0, each.location, each.code))
    checklists, rests_on = tuple(_checklists(source, script)), script.rests_on
    script.take_apart()
    return LintResult(tuple(_once(ordered)), checklists, rests_on)


def _broken_cells(source: Source, rules: Sequence[Rule]) -> Iterator[Finding]:
    """The findings OVF000 of a notebook: one a cell that is not Python, one for all in Python 2."""
    broken = source.notebook.broken if source.notebook is not None else ()
    older = [each for each in broken if each.python_2]
    for each in broken:
        if each in older[1:]:
            continue
        more = f"{len(older) - 1} more cell{'s' if len(older) > 2 else ''}"
        also = f" (and in {more})" if each in older and older[1:] else ""
        told, place = each.message + also, (each.cell, each.line)
        yield from _syntax_error(source, rules, place, each.column, told, python_2=each.python_2)


def _refusal(text: str) -> Refusal | None:
    """Why a cell that is Python cannot be read: it is nested too deeply, for example."""
    from overfitcheck.script.script import ScriptSyntaxError, read_script

    try:
        read_script(text, "<cell>")
    except ScriptSyntaxError as error:
        return error.line, error.column, error.message
    return None


def _unused_suppressions(
    source: Source, rules: Sequence[Rule], silenced: Suppressions
) -> Iterator[Finding]:
    """The findings OVF001, unless that rule was not selected."""
    rule = next((each for each in rules if each.code == UNUSED_SUPPRESSION), None)
    if rule is None or not silenced.directives:
        return
    unused: dict[Directive, list[str]] = {}
    for directive, code in silenced.unused({each.code for each in rules}, load_rules()):
        unused.setdefault(directive, []).append(code)
    for directive, codes in unused.items():
        if not directive.silences(rule.code) or directive.codes is None:
            column, end_column, text = without(directive, codes)
            edit = Edit(directive.line, column, directive.line, end_column, text)
            edits = _placed(source, (edit,))
            fix = Fix(_shorter(directive, codes), bool(edits), edits)
            message = f"{directive.written} silences no finding{_of(directive, codes)}"
            yield Finding(rule.code, rule.name, rule.level, _span(source, directive), message, fix)


def _of(directive: Directive, codes: Sequence[str]) -> str:
    """Which codes silence nothing, where the directive has others; and which are no rule's."""
    absent = [code for code in codes if code and code not in load_rules()]
    if absent:
        return f": no rule is called {' or '.join(absent)}"
    some = directive.codes is not None and len(codes) < len(directive.codes)
    return f" of {' or '.join(codes)}" if some else ""


def _shorter(directive: Directive, codes: Sequence[str]) -> str:
    some = directive.codes is not None and len(codes) < len(directive.codes)
    return f"take {', '.join(codes)} out of the comment" if some else "take the comment away"


def _span(source: Source, directive: Directive) -> Location:
    cell, line = source.place(directive.line)
    indent = len(source.indent(directive.line))
    column, end_column = directive.column + indent, directive.end_column + indent
    return Location(source.path, line, column, line, end_column, cell)


def _drafts(rule: Rule, script: Script) -> Iterator[Draft]:
    """What a rule says of a script; of a fit of several models only what holds for each."""
    try:
        if rule.subject == "script":
            yield from list(rule.check(script))
            return
        for group in script.alternatives:
            yield from (_at_hand(script, draft, group[0]) for draft in _agreed(rule.check, group))
        if rule.looks_at_loops:
            for loops in script.alternative_loops:
                said = _agreed(rule.said_of_loop, loops)
                yield from (_at_hand(script, draft, loops[0]) for draft in said)
    except Exception as error:
        raise UserError(
            f"{script.path}: rule {rule.code} failed ({type(error).__name__}: {error}); "
            f"please report this, and lint with --ignore {rule.code} until it is mended"
        ) from error


def _at_hand(script: Script, draft: Draft, fit: Fit | CustomLoop) -> Draft:
    """What is said of a fit, in its own script: the other module, read alone, knows of no fit."""
    if script.holds(draft.anchor):
        return draft
    message = f"{draft.message} ({script.place(draft.anchor)})"
    return replace(draft, anchor=fit.head, message=message, edits=())


def _agreed(check: Check, group: Sequence[Fit]) -> Iterator[Draft]:
    """What a check says of each fit of a group."""
    first, *others = [{draft.anchor: draft for draft in check(fit)} for fit in group]
    for anchor, draft in first.items():
        if all(anchor in other for other in others):
            agreed = all(other[anchor].edits == draft.edits for other in others)
            yield draft if agreed else replace(draft, edits=())


def _finding(source: Source, script: Script, rule: Rule, draft: Draft) -> Finding:
    location = location_of(source, script, draft.anchor)
    edits = _placed(source, draft.edits)
    fix = Fix(draft.advice, draft.safe and bool(edits), edits) if draft.advice else None
    return Finding(rule.code, rule.name, draft.level or rule.level, location, draft.message, fix)


def _placed(source: Source, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Edits of the script's text as edits of the file: of cells, where it is a notebook.

    None at all where one would reach from cell to cell, or touch what is not written as the
    script has it (a magic).
    """
    placed: list[Edit] = []
    for edit in edits:
        cell, line = source.place(edit.line)
        inserts = (edit.line, edit.column) == (edit.end_line, edit.end_column)
        lines = set() if inserts and edit.column == 1 else {*range(edit.line, edit.end_line + 1)}
        if source.place(edit.end_line)[0] != cell or lines & source.altered:
            return ()
        indents = [len(source.indent(each)) for each in (edit.line, edit.end_line)]
        if any(indents) and ("\n" in edit.replacement or edit.column == 1):
            return ()
        place = Edit(
            line,
            edit.column + indents[0],
            line + edit.end_line - edit.line,
            edit.end_column + indents[1],
            edit.replacement,
            cell,
        )
        placed.append(place)
    return tuple(placed)


def location_of(source: Source, script: Script, node: cst.CSTNode) -> Location:
    """Where a node of a script stands in its file: in a cell, where that is a notebook."""
    line, column, end_line, end_column = script.position(node)
    notebook = source.notebook
    if notebook is None:
        return Location(source.path, *source.stretch(script.position(node)))
    cell, first = notebook.place(line)
    column += len(source.indent(line))
    end_column += len(source.indent(end_line))
    return Location(source.path, first, column, first + end_line - line, end_column, cell)


def _syntax_error(
    source: Source,
    rules: Sequence[Rule],
    place: tuple[int | None, int],
    column: int,
    message: str,
    *,
    python_2: bool,
) -> Iterator[Finding]:
    """The finding OVF000 at a cell (or None) and line, unless that rule was not selected.

    That a script is Python 2 is worth knowing, and keeps nothing from being understood.
    """
    cell, line = place
    for rule in rules:
        if rule.code == SYNTAX_ERROR:
            location = Location(source.path, line, column, line, column + 1, cell)
            level = Level.INFO if python_2 else rule.level
            said = f"not Python{' 3' if python_2 else ''}: {message}"
            fix = Fix(IN_PYTHON_3 if python_2 else MEND)
            yield Finding(rule.code, rule.name, level, location, said, fix)


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Each code once a place: a fit that is reached twice is still one fit in the text."""
    seen: set[tuple[str, Location]] = set()
    for finding in findings:
        key = (finding.code, finding.location)
        if key not in seen:
            seen.add(key)
            yield finding


def _checklists(source: Source, script: Script) -> Iterator[Checklist]:
    """One checklist a place; what differs from model to model that is trained there is unknown."""
    from overfitcheck.script.fit_loops import trainings

    found: dict[Location, Checklist] = {}
    for fit in trainings(script):
        location = location_of(source, script, fit.head)
        techniques = script.checklist(fit)
        known = found.get(location)
        if known is not None:
            same = {name: techniques[name] is each for name, each in known.techniques.items()}
            techniques = {n: techniques[n] if same[n] else Answer.UNKNOWN for n in same}
        name = fit.model.name if known is None else known.model
        method = fit.call.method or "fit"
        found[location] = Checklist(location, name, techniques, fit.is_loop, method)
    yield from sorted(found.values(), key=lambda each: (each.location.cell or 0, each.location))
