"""The versions of Keras that a script may run on, and what tells them.

In order: `keras-version` of the configuration, the pins of the project, what the imports and
used names of the script betray. Versions of `tf_keras` (2.16 and later) stand between Keras 2.15
and Keras 3.0, which is how they behave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

Version = tuple[int, int]

FIRST: Version = (0, 0)
NEVER: Version = (99, 0)


def written(version: Version) -> str:
    """A version as messages write it: ``2.4``, and ``3`` for the first of a major version."""
    return ".".join(str(number) for number in version if number)


@dataclass(frozen=True, eq=False, repr=False)
class KerasVersions:
    """The versions from `lowest` on and before `below`; all of them where nothing is told.

    `origin` says in words what tells them, such as ``requirements.txt: tensorflow==2.10``; it is
    empty where nothing does. Names that no longer exist in Keras 3 tell nothing: that they are gone
    is what has to be said.

    A rule whose finding holds since Keras 3.10 asks `surely_before(3, 10)` to be silent, and
    `surely_from(3, 10)` before it calls the finding an error.
    """

    lowest: Version = FIRST
    below: Version = NEVER
    origin: str = ""

    def surely_before(self, major: int, minor: int = 0) -> bool:
        """Whether it surely is older than a version."""
        return self.below <= (major, minor)

    def surely_from(self, major: int, minor: int = 0) -> bool:
        """Whether it surely is that version or a later one."""
        return self.lowest >= (major, minor)

    def may_be(self, major: int, minor: int | None = None) -> bool:
        """Whether it may be that major version, or that very version."""
        first = (major, minor or 0)
        after = (major + 1, 0) if minor is None else (major, minor + 1)
        return self.lowest < after and first < self.below

    def may_be_before(self, major: int, minor: int = 0) -> bool:
        """Whether it may be older than a version."""
        return not self.surely_from(major, minor)

    def may_be_from(self, major: int, minor: int = 0) -> bool:
        """Whether it may be that version or a later one."""
        return not self.surely_before(major, minor)

    @property
    def legacy(self) -> bool:
        """Whether it surely is `tf_keras` 2.16 or later."""
        return self.surely_from(2, 16) and self.surely_before(3)

    @property
    def is_known(self) -> bool:
        """Whether a configuration, a pin or an import tells anything at all."""
        return self.origin != ""

    @property
    def majors(self) -> frozenset[str]:
        """The major versions it may be, as the table of signatures has them: ``{"2", "3"}``."""
        return frozenset(str(major) for major in (2, 3) if self.may_be(major)) or frozenset({"2"})

    def narrowed(self, other: KerasVersions) -> KerasVersions:
        """The versions that both ranges hold; this range where there are none."""
        lowest, below = max(self.lowest, other.lowest), min(self.below, other.below)
        if lowest >= below:
            return self
        return replace(self, lowest=lowest, below=below, origin=self.origin or other.origin)


ANY = KerasVersions()

_CLAUSE = r"(===|==|~=|!=|<=|>=|<|>|=|\^|~)?\s*v?(\d+)(?:\.(\d+))?(\.\d+)?(\.\*)?"


def range_of(specifier: str) -> tuple[Version, Version] | None:
    """The versions that a specifier allows: ``>=2.4,<2.11``, ``==2.10.*``, ``^2.12``, ``3.8``.

    None where it is none, or where it allows every version. A bare ``3`` means any 3.x.
    """
    lowest, below = FIRST, NEVER
    clauses = [clause.strip() for clause in specifier.split(",") if clause.strip()]
    for clause in clauses:
        match = re.match(_CLAUSE, clause)
        if match is None:
            return None
        operator, major, minor, patch, _ = match.groups()
        first, after = _clause(operator or "==", int(major), minor, patch)
        lowest, below = max(lowest, first), min(below, after)
    return (lowest, below) if lowest < below and (lowest, below) != (FIRST, NEVER) else None


def _clause(
    operator: str, major: int, minor: str | None, patch: str | None
) -> tuple[Version, Version]:
    """The range of one clause. Boundaries between patches do not count."""
    version = (major, int(minor or 0))
    following = (major + 1, 0) if minor is None else (major, int(minor) + 1)
    if operator in ("==", "===", "=", "~"):
        return version, following
    if operator == "^" or operator == "~=":
        fixed = operator == "~=" and patch is not None
        return version, following if fixed else (major + 1, 0)
    if operator == ">=":
        return version, NEVER
    if operator == ">":
        return (following if patch is None else version), NEVER
    if operator == "<=":
        return FIRST, following
    if operator == "<":
        return FIRST, following if (patch or ".0") != ".0" else version
    return FIRST, NEVER


def configured(text: str) -> KerasVersions:
    """The versions that the configuration names: ``3``, ``2.15``, ``>=3.0,<3.8``.

    Raises:
        ValueError: the text is no version and no range of versions.
    """
    found = range_of(text)
    if found is None:
        raise ValueError(f"{text!r} is no version of Keras such as 2.15, 3 or >=3.8")
    return KerasVersions(*found, f"keras-version {text}")


def of_tensorflow(lowest: Version, below: Version, legacy: bool) -> tuple[Version, Version]:
    """The versions of Keras that come with a range of versions of TensorFlow.

    `legacy` where ``TF_USE_LEGACY_KERAS`` is set: then TensorFlow 2.16 takes `tf_keras`.
    """
    keras_2 = min(lowest, (2, 16)) if lowest >= (2, 0) else FIRST
    first = lowest if legacy and lowest >= (2, 16) else (3, 0) if lowest >= (2, 16) else keras_2
    if legacy:
        return first, min(below, (3, 0))
    if below <= (2, 0):
        return first, (2, 4)
    return first, below if below <= (2, 16) else NEVER


ONLY_3 = ("keras.ops", "keras.random", "keras.distribution", "keras.tree", "keras.quantizers")
"""What Keras 2 does not have."""

PLAIDML = "plaidml.keras"
"""A backend that works with the Keras of its time only: ``plaidml-keras`` asks for Keras 2.2."""

_LEGACY = r"TF_USE_LEGACY_KERAS[\"']?\s*\]?\s*[=,]\s*[\"']?(?:1|True|true)\b"

_PLAIDML_CHOSEN = r"(?m)^[^#\n]*KERAS_BACKEND\W+plaidml\.keras\b"


def asks_for_legacy(text: str) -> bool:
    """Whether a script asks for Keras 2 under TensorFlow 2.16 or later."""
    return "TF_USE_LEGACY_KERAS" in text and re.search(_LEGACY, text) is not None


def chooses_plaidml(text: str) -> bool:
    """Whether a script chooses the backend PlaidML."""
    return "plaidml" in text and re.search(_PLAIDML_CHOSEN, text) is not None


def _is_within(path: str, homes: tuple[str, ...]) -> bool:
    """Whether a path is one of some packages, or in one; each of `homes` ends in a dot."""
    return f"{path}.".startswith(homes)


_ONLY_3 = tuple(f"{home}." for home in (*ONLY_3, "keras_core"))


def betrayed(imports: Iterable[str], used: Iterable[str], legacy: bool) -> KerasVersions:
    """What the imports and the used names of a script tell.

    `imports` are modules as they are written, `used` canonical names and methods; `legacy` says
    that the script itself sets ``TF_USE_LEGACY_KERAS``.
    """
    modules = tuple(imports)
    if any(path == "tf_keras" or path.startswith("tf_keras.") for path in modules):
        return KerasVersions((2, 15), (3, 0), "import tf_keras")
    if legacy:
        return KerasVersions(FIRST, (3, 0), "TF_USE_LEGACY_KERAS")
    names = frozenset(used)
    told = next((path for path in (*modules, *names) if _is_within(path, _ONLY_3)), None)
    if told is not None:
        return KerasVersions((3, 0), NEVER, told)
    if any(path.startswith("tensorflow.contrib") for path in modules):
        return KerasVersions(FIRST, (2, 4), "tensorflow.contrib")
    if any(_is_within(path, (f"{PLAIDML}.",)) for path in modules) or PLAIDML in names:
        return KerasVersions(FIRST, (2, 3), PLAIDML)
    return ANY
