"""Which rules a configuration chooses for a file, by codes and beginnings of codes, as in ruff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from overfitcheck.config import ALL, Config, Selection, nearest
from overfitcheck.errors import UserError
from overfitcheck.patterns import matches
from overfitcheck.rule import Rule


def choose_rules(
    rules: Mapping[str, Rule],
    config: Config,
    ignored: Sequence[str] = (),
    *,
    of_run: bool = False,
) -> list[Rule]:
    """The rules to ask; `ignored` are codes that do not hold for the file in question.

    The longest beginning that fits a code decides. An opt-in rule is asked only where more than
    ALL selects it, or `of_run`, where the numbers of a run speak for it.

    Raises:
        UserError: a code or beginning fits no rule.
    """
    check_codes(rules, config)
    quiet = {
        code for code, rule in rules.items() if rule.opt_in and not (of_run and rule.is_observed)
    }
    chosen = rules.keys() - quiet
    for selection in config.selections:
        chosen = _applied(selection, chosen, rules, quiet)
    left_out = {code for code in chosen if _strength(code, ignored) >= 0}
    return [rule for code, rule in rules.items() if code in chosen - left_out]


def check_codes(rules: Mapping[str, Rule], config: Config) -> None:
    """Make sure that each code or beginning in a configuration fits a rule.

    Raises:
        UserError: one of them fits none.
    """
    named = [(selection.origin, selection.prefixes) for selection in config.selections]
    named += [(config.origin, codes) for _, codes in config.per_file_ignores]
    for origin, prefixes in named:
        for prefix in prefixes:
            if prefix != ALL and not any(code.startswith(prefix) for code in rules):
                raise UserError(
                    f"{origin}: no rule is called {prefix!r}{nearest(prefix, rules)}"
                    "; see: overfitcheck rules"
                )


def ignored_in(path: Path, config: Config) -> tuple[str, ...]:
    """The codes that `per-file-ignores` has for a file."""
    return tuple(
        code
        for pattern, codes in config.per_file_ignores
        if matches(path, pattern.removeprefix("!"), config.root) is not pattern.startswith("!")
        for code in codes
    )


def _applied(
    selection: Selection, chosen: set[str], rules: Mapping[str, Rule], quiet: set[str]
) -> set[str]:
    """The codes chosen after one more layer: `select` begins anew, the others add and take away.

    ALL does not select what is `quiet`.
    """
    selecting = (*(selection.select or ()), *selection.extend_select)
    selected: set[str] = set() if selection.select is not None else set(chosen)
    for code in rules:
        wanted, unwanted = _strength(code, selecting), _strength(code, selection.ignore)
        if wanted > unwanted and (wanted > 0 or code not in quiet):
            selected.add(code)
        elif unwanted >= 0:
            selected.discard(code)
    return selected


def _strength(code: str, prefixes: Sequence[str]) -> int:
    """The length of the longest beginning that fits; 0 for ALL, -1 where none fits."""
    fitting = (prefix for prefix in prefixes if prefix == ALL or code.startswith(prefix))
    return max((0 if prefix == ALL else len(prefix) for prefix in fitting), default=-1)
