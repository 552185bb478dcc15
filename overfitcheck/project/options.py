"""What the command line asks of the linter."""

from __future__ import annotations

from dataclasses import dataclass

from overfitcheck.finding import Level


@dataclass(frozen=True, eq=False, repr=False)
class Fixing:
    """How files are fixed: with unsafe fixes too or not; written back, or only shown."""

    unsafe: bool = False
    write: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class LintOptions:
    """The options of ``overfitcheck lint``, as they were given; None is what was not given."""

    paths: tuple[str, ...] = (".",)
    config: str | None = None
    isolated: bool = False
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    level: Level | None = None
    fail_level: Level | None = None
    keras_version: str | None = None
    stdin_filename: str = "-"
    jobs: int | None = None
    cache: bool = True
    cache_dir: str | None = None
    baseline: str | None = None
    fix: bool = False
    fix_only: bool = False
    diff: bool = False
    unsafe_fixes: bool = False

    @property
    def fixing(self) -> Fixing | None:
        """How files are to be fixed; None where they are not."""
        if not (self.fix or self.fix_only or self.diff):
            return None
        return Fixing(self.unsafe_fixes, write=not self.diff)
