"""Histories from any path: the format is found by what is in the file, not by its ending."""

from __future__ import annotations

from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.history.console import read_console
from overfitcheck.history.history import History
from overfitcheck.history.run_folder import is_run_folder, read_run_folder
from overfitcheck.history.table import read_table

PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")

CONTROL = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})


def read_histories(path: Path) -> list[History]:
    """The histories in a run folder, a file, or a folder of files.

    Raises:
        UserError: the path does not exist or cannot be read, or holds no epoch at all.
    """
    if path.is_dir():
        return _read_folder(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file or folder") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
    text = _text(data, path)
    found = read_table(text, str(path)) or read_console(text, str(path))
    if not found:
        raise UserError(
            f"{path}: holds no finished epoch; give a CSVLogger file, the output of a Keras "
            "training, or a run folder"
        )
    return found


def _text(data: bytes, path: Path) -> str:
    if data.startswith(PICKLES):
        raise UserError(
            f"{path}: is a pickle, which is never loaded; save the history as a table instead: "
            "pandas.DataFrame(history.history).to_csv('history.csv')"
        )
    if not data.strip():
        raise UserError(f"{path}: is empty; there is no epoch to read")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data or len(data.translate(None, CONTROL)) < 0.99 * len(data):
        raise UserError(f"{path}: is a binary file; give a CSVLogger file or the output as text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _read_folder(folder: Path) -> list[History]:
    if is_run_folder(folder):
        found = read_run_folder(folder)
        if not found:
            raise UserError(
                f"{folder}: no epoch was finished in this run; see {folder / 'output.log'}"
            )
        return found
    histories: list[History] = []
    for file in sorted(folder.iterdir()):
        try:
            histories.extend(read_histories(file))
        except UserError:
            continue
    if not histories:
        raise UserError(f"{folder}: nothing in this folder holds a finished epoch")
    return histories
