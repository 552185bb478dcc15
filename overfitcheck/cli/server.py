"""`overfitcheck server`: serve an editor."""

from __future__ import annotations

import click

from overfitcheck.extras import require


@click.command(short_help="Serve an editor that speaks the Language Server Protocol.")
def command() -> None:
    """Speak the Language Server Protocol over standard input and output.

    Editors start it themselves: findings while typing, fixes as code actions, and the page of a
    rule where the pointer rests. It needs: pip install 'overfitcheck[lsp]'
    """
    require("lsp", "pygls")
    from overfitcheck.server.serve import main

    main()
