"""Work done by several processes, of which the one that asks for it is one.

An executor of `concurrent.futures` lets the process that asks wait: where two cores are all there
is, that is a process more to start, whose copies of the memory both cores pay for.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from overfitcheck.errors import UserError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, SpawnContext
    from multiprocessing.queues import SimpleQueue

Given = TypeVar("Given")
Made = TypeVar("Made")

FORKS = sys.platform == "linux"
"""Whether another process begins with all that is loaded in this one."""


Place = tuple[int, int]
"""The number of a block, and that of something in it."""


class Numbers(Protocol):
    """Where a process learns what of a block to do next; None: there is nothing left."""

    def get(self) -> int | None: ...


def shared_out(
    work: Callable[[Given], Made],
    blocks: Sequence[Sequence[Given]],
    count: int,
    collect_every: int,
) -> list[list[Made]]:
    """What a function makes of each, worked out by so many processes; in the order given.

    Each process begins with a block of its own, and helps with the others when that is done.
    `work` is a function of a module, and what it is given and makes can be pickled.
    `collect_every` is the first threshold of garbage collection there.

    Raises:
        UserError: a process was ended from outside.
        Exception: what `work` raised, here or there.
    """
    context: ForkContext | SpawnContext = (
        multiprocessing.get_context("fork") if FORKS else multiprocessing.get_context("spawn")
    )
    queues: list[SimpleQueue[int | None]] = []
    for block in blocks:
        queues.append(context.SimpleQueue())
        for number in (*range(len(block)), *(None for _ in range(count))):
            queues[-1].put(number)
    others: list[tuple[Any, Connection]] = []
    try:
        for first in range(1, count):
            receiver, sender = context.Pipe(duplex=False)
            asked = (sender, work, blocks, queues, first, collect_every)
            process = context.Process(target=_other, args=asked, daemon=True)
            process.start()
            sender.close()
            others.append((process, receiver))
        done = _done(work, blocks, queues, 0)
        for _, receiver in others:
            done.update(_received(receiver))
        return [
            [done[number, each] for each in range(len(block))]
            for number, block in enumerate(blocks)
        ]
    finally:
        for process, receiver in others:
            receiver.close()
            process.terminate()
            process.join()


def _done(
    work: Callable[[Given], Made],
    blocks: Sequence[Sequence[Given]],
    queues: Sequence[Numbers],
    first: int,
) -> dict[Place, Made]:
    """Take one after the other, from the block `first` on, until nothing is left in any."""
    done: dict[Place, Made] = {}
    for number in ((first + turn) % len(blocks) for turn in range(len(blocks))):
        while (each := queues[number].get()) is not None:
            done[number, each] = work(blocks[number][each])
    return done


def _other(
    sender: Connection,
    work: Callable[[Given], Made],
    blocks: Sequence[Sequence[Given]],
    queues: Sequence[Numbers],
    first: int,
    collect_every: int,
) -> None:
    """In another process: Ctrl-C is left to the one that waits; garbage is rarely looked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(collect_every, *gc.get_threshold()[1:])
    gc.freeze()
    try:
        sender.send(_done(work, blocks, queues, first))
    except Exception as error:
        with suppress(Exception):  # One that cannot be pickled: the other end sees the end.
            sender.send(error)


def _received(receiver: Connection) -> dict[Place, Made]:
    try:
        made = receiver.recv()
    except EOFError:
        raise UserError(
            "a process that was linting was ended from outside, perhaps for want of memory; "
            "try again with --jobs 1"
        ) from None
    if isinstance(made, Exception):
        raise made
    assert isinstance(made, dict)
    return made
