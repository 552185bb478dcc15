"""`overfitcheck server` as an editor meets it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

Editing = Callable[..., AbstractAsyncContextManager[Any]]

GOOD = """import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=5, validation_split=0.2)
"""
BAD = GOOD.replace("epochs=5", "epochs=50")
"""Two warnings in its last line: OVF501 and OVF801."""
OLD = GOOD.replace('"adam"', "keras.optimizers.Adam(lr=0.1)")
"""One warning with a safe fix: OVF706."""

EVERYWHERE = types.Range(types.Position(0, 0), types.Position(99, 0))


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def codes(diagnostics: list[types.Diagnostic]) -> list[str]:
    return sorted(str(each.code) for each in diagnostics)


def test_what_is_opened_is_linted(editing: Editing) -> None:
    async def story() -> None:
        async with editing() as editor:
            found = await editor.open("train.py", BAD)
            assert codes(found) == ["OVF501", "OVF801"]
            first = found[0]
            assert first.source == "overfitcheck"
            assert first.severity is types.DiagnosticSeverity.Warning
            assert "50 epochs" in first.message
            assert editor.under(first.range) == "model.fit(x, y, epochs=50, validation_split=0.2)"
            assert await editor.open("good.py", GOOD) == []
            assert await editor.open("other.py", "print(1)\n") == []
            assert await editor.open("untitled:Untitled-1", BAD) != []
            assert editor.messages == []

    run(story())


def test_what_is_typed_is_linted_without_being_saved(editing: Editing, tmp_path: Path) -> None:
    async def story() -> None:
        async with editing() as editor:
            assert await editor.open("train.py", GOOD) == []
            editor.type(BAD)
            assert codes(await editor.diagnostics()) == ["OVF501", "OVF801"]
            editor.type(BAD.replace("validation_split=0.2)", "validation_split="))
            (broken,) = await editor.diagnostics()
            assert (broken.code, broken.severity) == ("OVF000", types.DiagnosticSeverity.Error)
            for number in range(5, 15):
                editor.type(GOOD.replace("epochs=5", f"epochs={number}"))
            assert await editor.diagnostics() == []
            assert not (tmp_path / "train.py").exists()

    run(story())


def test_one_character_is_one_change(editing: Editing) -> None:
    async def story() -> None:
        async with editing() as editor:
            await editor.open("train.py", "# 😀 é\n" + GOOD)
            line = editor.text.split("\n")[4]
            place = types.Position(4, line.index("5,") + 1)
            editor.version += 1
            editor.client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(editor.version, editor.uri),
                    [types.TextDocumentContentChangePartial(types.Range(place, place), "0")],
                )
            )
            assert codes(await editor.diagnostics()) == ["OVF501", "OVF801"]

    run(story())


@pytest.mark.parametrize("encoding", list(types.PositionEncodingKind))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_places_are_counted_as_the_editor_counts(
    encoding: types.PositionEncodingKind, end: str, editing: Editing
) -> None:
    text = OLD.replace("model.compile(", '"😀漢é"; model.compile(').replace("\n", end)

    async def story() -> None:
        async with editing(encoding) as editor:
            (found,) = await editor.open("train.py", text)
            assert editor.under(found.range) == "lr=0.1"
            fix, silence = await editor.actions(found.range, ["quickfix"])
            assert editor.edited(fix) == text.replace("lr=", "learning_rate=")
            assert f'"mse")  # noqa: OVF706{end}' in editor.edited(silence)
            assert "OVF706" in await editor.hover(found.range.start.line, found.range.end.character)

    run(story())


def test_each_action_takes_its_finding_away(editing: Editing) -> None:
    async def story() -> None:
        async with editing() as editor:
            text = BAD.replace('"adam"', "keras.optimizers.Adam(lr=0.1)")
            found = await editor.open("train.py", text)
            assert codes(found) == ["OVF501", "OVF706", "OVF801"]
            for diagnostic in found:
                actions = await editor.actions(diagnostic.range)
                own = [each for each in actions if each.title.startswith(str(diagnostic.code))]
                assert {"noqa" in each.title for each in own} == {True, False}
                for action in own:
                    assert action.kind == "quickfix"
                    assert [each.message for each in action.diagnostics] == [diagnostic.message]
                    editor.type(editor.edited(action))
                    assert str(diagnostic.code) not in codes(await editor.diagnostics())
                    editor.type(text)
                    await editor.diagnostics()

    run(story())


def test_unsafe_fixes_say_so_and_safe_ones_can_be_made_on_saving(editing: Editing) -> None:
    async def story() -> None:
        async with editing() as editor:
            await editor.open("train.py", BAD.replace('"adam"', "keras.optimizers.Adam(lr=0.1)"))
            actions = await editor.actions(EVERYWHERE, ["quickfix"])
            titles = {each.title: each.is_preferred for each in actions}
            assert titles["OVF706: write learning_rate=0.1"] is True
            assert [
                each for each in titles if each.startswith("OVF501 (unsafe): ") and not titles[each]
            ]
            for kind in ("source.fixAll", "source.fixAll.overfitcheck", "source"):
                (action,) = await editor.actions(EVERYWHERE, [kind])
                assert editor.edited(action) == editor.text.replace("lr=", "learning_rate=")
            assert await editor.actions(EVERYWHERE, ["refactor"]) == []
            nowhere = types.Range(types.Position(0, 0), types.Position(0, 5))
            assert await editor.actions(nowhere, ["quickfix"]) == []

    run(story())


def test_the_page_of_the_rule_stands_under_the_pointer(editing: Editing) -> None:
    async def story() -> None:
        async with editing() as editor:
            await editor.open("train.py", BAD + "x = 1  # noqa: OVF504, OVF999\n")
            shown = await editor.hover(3, 7)
            assert "# no-early-stopping (OVF501)" in shown
            assert "# best-model-not-kept (OVF801)" in shown
            assert "## Use instead" in shown
            assert await editor.hover(0, 2) == ""
            assert "(OVF504)" in await editor.hover(4, 18)
            assert await editor.hover(99, 99) == ""

    run(story())


def test_the_configuration_of_the_file_holds(editing: Editing, tmp_path: Path) -> None:
    (tmp_path / "overfitcheck.toml").write_text('ignore = ["OVF5"]\nextend-exclude = ["old"]\n')

    async def story() -> None:
        async with editing() as editor:
            assert codes(await editor.open("train.py", BAD)) == ["OVF801"]
            assert await editor.open("old/train.py", BAD) == []

    run(story())


def test_a_wrong_configuration_is_told_once_and_then_mended(
    editing: Editing, tmp_path: Path
) -> None:
    config = tmp_path / "overfitcheck.toml"
    config.write_text('slect = ["OVF5"]\n')

    async def story() -> None:
        async with editing() as editor:
            assert await editor.open("train.py", BAD) == []
            (message,) = editor.messages
            assert "overfitcheck.toml: there is no key 'slect'; did you mean 'select'?" in message
            editor.type(GOOD)
            assert await editor.diagnostics() == []
            assert await editor.actions(EVERYWHERE) == []
            assert await editor.hover(3, 7) == ""
            assert len(editor.messages) == 1
            config.write_text('select = ["OVF5"]\n')
            editor.type(BAD)
            assert codes(await editor.diagnostics()) == ["OVF501"]

    run(story())


def test_another_file_that_is_saved_is_seen(editing: Editing, tmp_path: Path) -> None:
    (tmp_path / "stops.py").write_text("import keras\nstop = keras.callbacks.TerminateOnNaN()\n")
    text = "from stops import stop\n" + BAD.replace("0.2)", "0.2, callbacks=[stop])")

    async def story() -> None:
        async with editing() as editor:
            assert "OVF501" in codes(await editor.open("train.py", text))
            stopping = (
                "import keras\nstop = keras.callbacks.EarlyStopping(restore_best_weights=1)\n"
            )
            (tmp_path / "stops.py").write_text(stopping)
            editor.save()
            assert "OVF501" not in codes(await editor.next_diagnostics())

    run(story())


def test_notebooks_are_left_alone(editing: Editing) -> None:
    notebook = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": BAD}]})

    async def story() -> None:
        async with editing() as editor:
            assert await editor.open("book.ipynb", notebook) == []
            assert await editor.open("vscode-notebook-cell:/home/me/book.ipynb#W0", BAD) == []
            assert await editor.actions(EVERYWHERE) == []
            assert await editor.hover(3, 7) == ""
            assert editor.messages == []

    run(story())


def test_closing_takes_away_what_was_shown_and_the_server_ends_well(editing: Editing) -> None:
    async def story() -> None:
        async with editing() as editor:
            assert await editor.open("train.py", BAD)
            editor.close()
            assert await editor.next_diagnostics() == []
            assert await editor.end() == 0

    run(story())


def test_it_ends_when_the_editor_goes_away(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "overfitcheck", "server"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (0, b"")
