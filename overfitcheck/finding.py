"""What the linter says: findings, where they are, how sure they are and how to mend them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Level(str, Enum):
    """How much a finding matters."""

    ERROR = "error"
    """A remedy silently does nothing, or the result is wrong."""
    WARNING = "warning"
    """Likely to overfit or to mislead."""
    INFO = "info"
    """Worth considering; never fails a run of the linter."""


class Evidence(str, Enum):
    """What a finding rests on."""

    TEXT = "text"
    RUN = "run"
    BOTH = "both"


class RunSays(str, Enum):
    """What a run says of a finding."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_OBSERVED = "not_observed"


class Answer(str, Enum):
    """Whether a fit uses a technique; `UNKNOWN` where the text cannot tell.

    `NOT_APPLICABLE` where there is nothing to use it for: a regression has no classes to weigh.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, order=True)
class Location:
    """A stretch of source text.

    Lines and columns count from 1, columns in characters; the end is exclusive.
    `cell` counts all cells of a notebook from 0 and is None for a `.py` file.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


@dataclass(frozen=True)
class Edit:
    """Replace the text between two places (lines and columns from 1, end exclusive)."""

    line: int
    column: int
    end_line: int
    end_column: int
    replacement: str
    cell: int | None = None


@dataclass(frozen=True)
class Fix:
    """How to mend a finding.

    `safe` edits keep the meaning of the script and may be applied without asking.
    A fix without edits is advice that only a person can carry out.
    """

    message: str
    safe: bool = False
    edits: tuple[Edit, ...] = ()

    def applies(self, unsafe: bool = False) -> bool:
        """Whether it can be carried out: it has edits and is safe, or `unsafe` ones are wanted."""
        return bool(self.edits) and (self.safe or unsafe)


@dataclass(frozen=True)
class Finding:
    """One rule broken at one place."""

    code: str
    name: str
    level: Level
    location: Location
    message: str
    fix: Fix | None = None
    evidence: Evidence = Evidence.TEXT


TECHNIQUES = (
    "validation data",
    "class imbalance",
    "dropout",
    "data augmentation",
    "early stopping",
    "weight penalty",
    "learning-rate reduction",
    "best model kept",
)
"""The eight techniques against overfitting, in the order used everywhere."""


@dataclass(frozen=True)
class Checklist:
    """Which of the eight techniques one fit uses; keys are `TECHNIQUES`, in their order.

    `is_loop` says that the script trains `model` in a loop of its own, without a call of ``fit``;
    `method` is what it calls otherwise.
    """

    location: Location
    model: str
    techniques: Mapping[str, Answer]
    is_loop: bool = False
    method: str = "fit"

    @property
    def fit(self) -> str:
        """What trains the model, in words: ``model.fit``."""
        if self.is_loop:
            return f"the loop that trains {self.model}"
        return f"{self.model}.{self.method}"


@dataclass(frozen=True)
class RestsOn:
    """The files beside a script that what is said of it depends on.

    `modules` are those of local modules that were read; `missed` the places, without an ending,
    where a module was looked for in vain.
    """

    modules: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


@dataclass(frozen=True)
class LintResult:
    """What the linter says of one source: findings by place, and a checklist for each fit."""

    findings: tuple[Finding, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    rests_on: RestsOn = RestsOn()
