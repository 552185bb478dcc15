"""Histories in the folder of a run of Weights & Biases, where they are kept as text.

The grammar: ``wandb/run-…/`` or ``wandb/offline-run-…/`` with ``files/``, in which
``wandb-history.jsonl`` holds the records (`overfitcheck.history.document`) and ``output.log`` what
the training printed. Newer versions keep the records in a binary file alone; then what was printed
is read instead.
"""

from __future__ import annotations

from pathlib import Path

HISTORY = "wandb-history.jsonl"
OUTPUT = "output.log"


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run."""
    return (folder / "files").is_dir() and (
        folder.name.startswith(("run-", "offline-run-")) or (folder / "files" / HISTORY).is_file()
    )


def texts_of(folder: Path) -> list[Path]:
    """The files that may tell the history of a run, the best one first."""
    files = [folder / "files" / HISTORY, folder / "files" / OUTPUT]
    return [file for file in files if file.is_file()]
