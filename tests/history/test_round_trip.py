"""A history printed in each style of Keras reads back the same, whatever happens to the log."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overfitcheck.history.console import read_console
from overfitcheck.history.history import EventKind, History

_spec = importlib.util.spec_from_file_location(
    "keras_printer", Path(__file__).with_name("keras_printer.py")
)
assert _spec is not None and _spec.loader is not None
printer = importlib.util.module_from_spec(_spec)
sys.modules["keras_printer"] = printer
_spec.loader.exec_module(printer)

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True).filter(
    lambda name: (
        name not in ("lr", "learning_rate", "seconds", "loss") and not name.startswith("val_")
    )
)
NUMBERS = (
    st.floats(-1e6, 1e6) | st.floats(-1e-3, 1e-3) | st.just(float("inf")) | st.just(1e20)
).map(lambda value: float(printer.number(value)))


@st.composite
def trainings(draw: st.DrawFn) -> list[object]:
    names = ["loss", *draw(st.lists(NAMES, max_size=4, unique=True))]
    validated = draw(st.booleans())
    planned, steps = draw(st.integers(2, 2000)), draw(st.integers(2, 12))
    first = draw(st.integers(1, planned))
    count = min(draw(st.integers(1, 4)), planned - first + 1)
    return [
        printer.Epoch(
            number=number,
            planned=planned,
            steps=steps,
            training={name: draw(NUMBERS) for name in names},
            validation={f"val_{name}": draw(NUMBERS) for name in names} if validated else {},
            seconds=draw(st.integers(1, 7200)),
        )
        for number in range(first, first + count)
    ]


def told(history: History) -> tuple[list[int], list[dict[str, float]]]:
    frame = history.epochs.drop(columns=["seconds", "learning_rate"], errors="ignore")
    rows = [{str(k): v for k, v in row.items() if v == v} for row in frame.to_dict("records")]
    return list(history.epochs.index), rows


def expected(epochs: list[object]) -> tuple[list[int], list[dict[str, float]]]:
    return [epoch.number for epoch in epochs], [epoch.all for epoch in epochs]  # type: ignore[attr-defined]


STYLES = sorted(printer.STYLES)


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=40)
@given(epochs=trainings(), ending=st.sampled_from(["\n", "\r\n"]))
def test_what_is_printed_reads_back(style: str, epochs: list[object], ending: str) -> None:
    if style in printer.VALIDATED and not epochs[0].validation:  # type: ignore[attr-defined]
        return
    text = printer.printed(style, epochs).replace("\n", ending)
    (history,) = read_console([text.encode()], "train.log")
    assert told(history) == expected(epochs)
    assert history.epochs["seconds"].tolist() == [epoch.seconds for epoch in epochs]  # type: ignore[attr-defined]


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=20)
@given(epochs=trainings(), sizes=st.lists(st.integers(1, 300), min_size=1, max_size=9))
def test_chunks_may_end_anywhere(style: str, epochs: list[object], sizes: list[int]) -> None:
    data = printer.printed(style, epochs).encode()
    chunks, place = [], 0
    while place < len(data):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(data[place : place + size])
        place += size
    whole, pieces = read_console([data], "train.log"), read_console(chunks, "train.log")
    assert [told(history) for history in pieces] == [told(history) for history in whole]


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=25)
@given(epochs=trainings(), share=st.floats(0, 1))
def test_a_cut_log_keeps_every_epoch_before_the_cut(
    style: str, epochs: list[object], share: float
) -> None:
    text = printer.printed(style, epochs)
    cut = int(share * len(text))
    numbers, rows = expected(epochs)
    whole = text[:cut].count("\nEpoch ")
    found = [told(history) for history in read_console([text[:cut].encode()], "train.log")]
    read_numbers = found[0][0] if found else []
    assert read_numbers[:whole] == numbers[:whole]
    assert (found[0][1] if found else [])[:whole] == rows[:whole]
    for row, true in zip(found[0][1] if found else [], rows, strict=False):
        # An exponent that was cut off cannot be missed.
        exact = {name for name, value in true.items() if "e" not in printer.number(value)}
        assert all(value == true[name] for name, value in row.items() if name in exact)


MESSAGES = (
    ("\nEpoch {n}: ReduceLROnPlateau reducing learning rate to 0.001.\n", EventKind.RATE_REDUCED),
    ("\nEpoch {n:05d}: val_loss improved from inf to 0.5, saving model to a.h5\n", EventKind.CHECKPOINT_SAVED),
    ("\nEpoch {n}: val_loss did not improve from 0.5\n", None),
)  # fmt: skip


@pytest.mark.parametrize("style", ["keras_2_bar", "keras_3_bar", "tensorflow_1_bar"])
@settings(max_examples=25)
@given(epochs=trainings(), message=st.sampled_from(MESSAGES))
def test_messages_that_cut_a_line_in_two(
    style: str, epochs: list[object], message: tuple[str, EventKind | None]
) -> None:
    said, kind = message
    text = ""
    for epoch in epochs:
        lines = printer.printed(style, [epoch])
        place = lines.rindex("\r")
        cut = lines.rindex("\b", 0, place) if "\b" in lines[:place] else place
        begin = len(lines[:cut].rstrip("\b"))
        text += lines[:begin] + said.format(n=epoch.number) + lines[begin:]  # type: ignore[attr-defined]
    (history,) = read_console([text.encode()], "train.log")
    assert told(history) == expected(epochs)
    if kind is not None:
        assert [event.kind for event in history.events] == [kind] * len(epochs)


@settings(max_examples=25)
@given(epochs=trainings(), style=st.sampled_from(STYLES), again=trainings())
def test_logs_one_after_the_other_are_several_fits(
    epochs: list[object], style: str, again: list[object]
) -> None:
    first, second = epochs[0].all.keys(), again[0].all.keys()  # type: ignore[attr-defined]
    goes_on = (
        epochs[0].planned == again[0].planned  # type: ignore[attr-defined]
        and again[0].number > epochs[-1].number  # type: ignore[attr-defined]
    )
    if goes_on or style == "tensorflow_1_generator" or not (first and second):
        return
    text = printer.printed(style, epochs) + "Test: done\n" + printer.printed(style, again)
    histories = read_console([text.encode()], "train.log")
    assert [told(history) for history in histories] == [expected(epochs), expected(again)]
