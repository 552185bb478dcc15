"""`overfitcheck completion SHELL`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the script with which a shell completes commands and options.

    \b
    bash: add to ~/.bashrc               eval "$(overfitcheck completion bash)"
    zsh:  add to ~/.zshrc                eval "$(overfitcheck completion zsh)"
    fish: overfitcheck completion fish > ~/.config/fish/completions/overfitcheck.fish
    """
    from overfitcheck.cli.main import main

    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(main, {}, "overfitcheck", "_OVERFITCHECK_COMPLETE").source())
