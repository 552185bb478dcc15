"""Histories from any path: the format is found by what is in the file, not by its ending."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from overfitcheck.errors import UserError
from overfitcheck.history import mlflow, wandb_folder
from overfitcheck.history.history import History
from overfitcheck.history.magic import HEAD, NoHistoryError, refuse_what_is_no_text
from overfitcheck.history.names import changed
from overfitcheck.history.run_folder import EPOCHS, is_run_folder, read_run_folder
from overfitcheck.history.tensorboard import is_event_file, read_tensorboard, run_of
from overfitcheck.history.text import read_text_file

SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})

Changes = Mapping[str, str]


@dataclass(frozen=True)
class Log:
    """Something that is read in one: a file, or a folder of one run with its event `files`."""

    path: Path
    files: tuple[Path, ...] = ()


def read_histories(path: Path, changes: Changes | None = None) -> list[History]:
    """The histories in a run folder, a file, or a folder of these; `changes` rename metrics.

    Raises:
        UserError: the path does not exist or cannot be read, or holds no epoch at all.
    """
    if not path.is_dir() or _is_one_run(path):
        return read_log(Log(path), changes)
    histories: list[History] = []
    failures: list[str] = []
    for log in logs_in(path):
        try:
            histories.extend(read_log(log, changes))
        except NoHistoryError:
            continue
        except UserError as error:
            failures.append(str(error))
    if not histories:
        first = f"; {failures[0]}" if failures else ""
        raise NoHistoryError(f"{path}: nothing in this folder holds a finished epoch{first}")
    return histories


def logs_in(folder: Path) -> Iterator[Log]:
    """What in a folder and the folders in it may be a log, in the order of their names."""
    if _is_one_run(folder):
        yield Log(folder)
        return
    events: dict[Path, list[Path]] = {}
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        whole = [name for name in sorted(folders) if _is_one_run(here / name)]
        yield from (Log(here / name) for name in whole)
        folders[:] = sorted(
            name
            for name in set(folders) - set(whole) - SKIPPED_FOLDERS
            if not name.startswith(".") and not (here / name / "pyvenv.cfg").is_file()
        )
        for name in sorted(names):
            file = here / name
            if not file.is_file():
                continue
            if _is_events(file):
                events.setdefault(run_of(file), []).append(file)
            elif not name.startswith("."):
                yield Log(file)
    yield from (Log(run, tuple(files)) for run, files in sorted(events.items()))


def read_log(log: Log, changes: Changes | None = None) -> list[History]:
    """The histories in one log; never empty.

    Raises:
        UserError: it cannot be read, or holds no epoch (NoHistoryError).
    """
    path = log.path
    if log.files:
        found = read_tensorboard(log.files, str(path))
    elif path.is_dir():
        found = _read_run(path, changes)
    else:
        found = _read_file(path, changes)
    if not found:
        raise NoHistoryError(
            f"{path}: holds no finished epoch; give a CSVLogger file, the output of a Keras "
            "training, a TensorBoard folder, or a run folder"
        )
    return [changed(history, changes) for history in found] if changes else found


def _is_one_run(folder: Path) -> bool:
    return is_run_folder(folder) or mlflow.is_run(folder) or wandb_folder.is_run(folder)


def _is_events(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return is_event_file(stream.read(12))
    except OSError:
        return False


def _read_run(folder: Path, changes: Changes | None) -> list[History]:
    if is_run_folder(folder):
        found = read_run_folder(folder)
        if not found:
            raise UserError(
                f"{folder}: no epoch was finished in this run; see {folder / 'output.log'}"
            )
        return found
    if mlflow.is_run(folder):
        return mlflow.read_run(folder, str(folder), changes)
    for file in wandb_folder.texts_of(folder):
        try:
            return _read_file(file, changes)
        except NoHistoryError:
            continue
    raise NoHistoryError(
        f"{folder}: Weights & Biases keeps the history of this run in a binary file alone; "
        "export it as CSV from its page"
    )


def _read_file(path: Path, changes: Changes | None) -> list[History]:
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        if is_event_file(head):
            return read_tensorboard([path], str(path))
        if mlflow.is_database(head):
            return mlflow.read_database(path, str(path), changes)
        refuse_what_is_no_text(head, path)
        if path.name == EPOCHS and is_run_folder(path.parent):
            return read_run_folder(path.parent)
        return read_text_file(path, head, str(path), changes)
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file or folder") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
