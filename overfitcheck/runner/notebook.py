"""Run a notebook cell after cell in a kernel of the user's interpreter, and show its output."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overfitcheck.errors import UserError
from overfitcheck.extras import require
from overfitcheck.recorder import settings

if TYPE_CHECKING:
    from overfitcheck.runner.order import Order

CELLS = "cells.json"
EXECUTED = "executed.ipynb"
IN_CHILDREN = Path(__file__).parent.parent / "recorder" / "in_children"
ENDED_BY_SIGNAL = 128
"""What a shell adds to the number of a signal in the exit code of what it has ended."""


def check_notebook(order: Order) -> None:
    """Make sure that a notebook can be read and executed.

    Raises:
        UserError: something is not installed, or the file is no notebook.
    """
    require("notebook", "nbclient", "nbformat", "jupyter_client")
    _read(order.script)


def run_notebook(order: Order, folder: Path, environment: Mapping[str, str]) -> int:
    """Execute the cells of a notebook; its file stays as it is, its outputs go into the folder.

    Returns 0, or 1 where a cell failed or the kernel died, or what a shell calls the end by a
    signal: SIGINT interrupts the cell as in a script, a second one or SIGTERM ends the kernel.
    """
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    nbformat: Any = importlib.import_module("nbformat")
    notebook = _read(order.script)
    _note_cells(order.script, notebook, folder)
    paths = [str(IN_CHILDREN), *environment.get("PYTHONPATH", "").split(os.pathsep)]
    told = {
        **environment,
        settings.CELLS: str((folder / CELLS).absolute()),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
    with (folder / "output.log").open("w", encoding="utf-8") as log:
        client = _client(notebook, order, log)
        try:
            client.execute(env=told)
            code = 0
        except CellExecutionError as error:
            interrupted = client.heard and error.ename == "KeyboardInterrupt"
            code = ENDED_BY_SIGNAL + signal.SIGINT if interrupted else 1
        except DeadKernelError:
            if not client.heard:
                _show(f"overfitcheck: {order.script}: the kernel died\n", sys.stderr, log)
            code = ENDED_BY_SIGNAL + client.heard[-1] if client.heard else 1
        except KeyboardInterrupt:
            code = ENDED_BY_SIGNAL + signal.SIGINT
        finally:
            with (folder / EXECUTED).open("w", encoding="utf-8") as file:
                nbformat.write(notebook, file)
            (folder / CELLS).unlink(missing_ok=True)
    return code


def _read(path: str) -> Any:
    nbformat: Any = importlib.import_module("nbformat")
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"{path}: is not a notebook: {reason}") from error
    return notebook


def _note_cells(path: str, notebook: Any, folder: Path) -> None:
    """Leave the cells' texts for the recorder, which tells by them where a fit stands."""
    cells = {n: c.source for n, c in enumerate(notebook.cells) if c.cell_type == "code"}
    text = json.dumps({"path": str(Path(path).absolute()), "cells": cells})
    (folder / CELLS).write_text(text, encoding="utf-8")


def _client(notebook: Any, order: Order, log: Any) -> Any:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class Client(NotebookClient):
        """Shows outputs when they come, and hands signals on."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.heard: list[int] = []

        async def async_start_new_kernel_client(self, **kwargs: Any) -> Any:
            started = await super().async_start_new_kernel_client(**kwargs)
            _hand_signals(self.hear)
            return started

        def hear(self, number: int) -> None:
            self.heard.append(number)
            first = self.heard == [signal.SIGINT]
            ending: Any = kernel.interrupt_kernel() if first else self._async_cleanup_kernel()
            self.ending = asyncio.ensure_future(ending)

        def output(self, outs: Any, msg: Any, display_id: str | None, cell_index: int) -> Any:
            _show_output(msg["msg_type"], msg["content"], log)
            return super().output(outs, msg, display_id, cell_index)

    kernel = AsyncKernelManager()
    words = [order.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel._kernel_spec = KernelSpec(argv=words, display_name="Python", language="python")
    place = {"metadata": {"path": str(Path(order.script).absolute().parent)}}
    return Client(notebook, km=kernel, resources=place, timeout=None)


def _hand_signals(hear: Callable[[int], None]) -> None:
    """Let a function hear of Ctrl-C and of a polite end, as long as the loop of events runs."""
    # Windows has no such handlers, and other threads may set none.
    with contextlib.suppress(NotImplementedError, RuntimeError):
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_event_loop().add_signal_handler(number, hear, number)


def _show_output(kind: str, content: Any, log: Any) -> None:
    """Show what a cell gave, as text."""
    if kind == "stream":
        _show(content["text"], sys.stderr if content["name"] == "stderr" else sys.stdout, log)
    elif kind in ("execute_result", "display_data"):
        _show(f"{content['data'].get('text/plain', '')}\n", sys.stdout, log)
    elif kind == "error":
        _show("\n".join(content["traceback"]) + "\n", sys.stderr, log)


def _show(text: str, target: Any, log: Any) -> None:
    target.write(text)
    target.flush()
    log.write(text)
    log.flush()
