"""The configuration of each file: the nearest one upward, and the command line on top of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from overfitcheck.config import Config, Selection, config_in, config_of
from overfitcheck.errors import UserError
from overfitcheck.project.options import LintOptions
from overfitcheck.project.roots import folders_beside


class Configs:
    """Finds the configuration of files; each folder is looked at once."""

    def __init__(self, options: LintOptions) -> None:
        self.options = options
        self._here = Path.cwd()
        loose = Config(root=self._here, folders=folders_beside(self._here, options.paths))
        self._default = self._merged(loose)
        self._folders: dict[Path, Config] = {}
        self._fixed = self._default if options.isolated else None
        if options.config is not None:
            # As in ruff its patterns start here.
            named = _named(Path(options.config))
            self._fixed = self._merged(replace(named, root=loose.root, folders=loose.folders))

    def of(self, file: Path) -> Config:
        """The configuration of a file.

        Raises:
            UserError: a configuration file is not TOML, or holds something unknown.
        """
        return self._fixed or self.in_folder(file.absolute().parent)

    def in_folder(self, folder: Path) -> Config:
        """The configuration of the files in a folder (an absolute path).

        Raises:
            UserError: a configuration file is not TOML, or holds something unknown.
        """
        if self._fixed is not None:
            return self._fixed
        found = self._folders.get(folder)
        if found is None:
            own = config_in(folder)
            if own is not None:
                found = self._merged(own)
            elif folder == folder.parent:
                found = self._default
            else:
                found = self.in_folder(folder.parent)
            self._folders[folder] = found
        return found

    def _merged(self, config: Config) -> Config:
        """A configuration with what the command line says instead, or adds."""
        options = self.options
        layer = Selection(options.select, options.ignore, options.extend_select)
        if layer.select is not None or layer.prefixes:
            config = config.selecting(layer)
        instead: dict[str, Any] = {
            name: value
            for name in ("exclude", "level", "fail_level", "keras_version")
            if (value := getattr(options, name)) is not None
        }
        return replace(
            config,
            extend_exclude=(*config.extend_exclude, *options.extend_exclude),
            per_file_ignores=(*config.per_file_ignores, *options.per_file_ignores),
            **instead,
        )


def _named(file: Path) -> Config:
    """The configuration in the file that ``--config`` names."""
    config = config_of(file)
    if config is None:
        raise UserError(f"{file}: has no [tool.overfitcheck]")
    return config
