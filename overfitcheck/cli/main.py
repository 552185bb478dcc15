"""The command line: `overfitcheck COMMAND`. Each command is imported when it is called."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from typing import Any

import click

from overfitcheck import __version__
from overfitcheck.errors import UserError

COMMANDS = {
    "analyze": "Say when overfitting began in logs that already exist.",
    "clean": "Forget what linted files said.",
    "compare": "Compare trainings with each other.",
    "completion": "Print a shell's completion script.",
    "lint": "Find what lets a training script overfit.",
    "report": "Report what was recorded of a run.",
    "rule": "Show the page of a rule.",
    "rules": "List all rules.",
    "run": "Run a training script and watch it overfit.",
    "runs": "List the recorded runs.",
    "server": "Serve an editor that speaks the Language Server Protocol.",
}
"""Command names and their one-line help; the module `overfitcheck.cli.NAME` has `command`."""


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = importlib.import_module(f"overfitcheck.cli.{name}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, context: click.Context) -> Any:
        """Run a command; whatever goes wrong is one line on stderr, and exit code 2."""
        try:
            return super().invoke(context)
        except UserError as error:
            _fail(str(error))
        except (click.exceptions.Exit, click.Abort, click.ClickException, BrokenPipeError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                _fail(f"{error.filename or 'the output'} cannot be written: {error.strerror}")
            if os.environ.get("OVERFITCHECK_DEBUG"):
                raise
            _fail(
                f"internal error ({type(error).__name__}: {error}); please report it "
                "with the output of the same command under OVERFITCHECK_DEBUG=1"
            )

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="overfitcheck")
def main() -> None:
    """A regularization linter and training-log analyzer for Keras."""


def _fail(message: str) -> None:
    from overfitcheck.report.plain_text import printable

    click.echo(f"overfitcheck: {printable(' '.join(message.split()))}", err=True)
    sys.exit(2)
