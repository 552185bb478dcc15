"""An editor as the Language Server meets one: another process that speaks over standard input."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

PATIENCE = 60
"""Seconds after which the editor gives up waiting for an answer."""


class Editor:
    """One editor with its server; it holds the text of one document."""

    def __init__(self, folder: Path, encoding: types.PositionEncodingKind) -> None:
        self.folder = folder
        self.encoding = encoding
        self.client = LanguageClient("editor", "1")
        self.published: dict[str, types.PublishDiagnosticsParams] = {}
        self.messages: list[str] = []
        self.text = ""
        self.version = 0
        self.uri = ""
        self._news = asyncio.Event()
        self._listen()

    def _listen(self) -> None:
        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: types.PublishDiagnosticsParams) -> None:
            self.published[params.uri] = params
            self._news.set()

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)
        def message(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

    async def start(self) -> types.InitializeResult:
        command = [sys.executable, "-m", "overfitcheck", "server"]
        await self.client.start_io(*command, cwd=self.folder, env=os.environ)
        general = types.GeneralClientCapabilities(position_encodings=[self.encoding])
        answer = await asyncio.wait_for(
            self.client.initialize_async(
                types.InitializeParams(
                    types.ClientCapabilities(general=general), root_uri=self.folder.as_uri()
                )
            ),
            PATIENCE,
        )
        self.client.initialized(types.InitializedParams())
        return answer

    async def open(self, name: str, text: str) -> list[types.Diagnostic]:
        """Open a document that need not be on the disk, and wait for what is said of it."""
        self.uri = name if ":" in name else (self.folder / name).as_uri()
        self.text, self.version = text, 1
        item = types.TextDocumentItem(self.uri, "python", self.version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.diagnostics()

    def type(self, text: str) -> None:
        """Change the whole text, without saving it."""
        self.text, self.version = text, self.version + 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.version, self.uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def save(self) -> None:
        self.client.text_document_did_save(
            types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(self.uri))
        )

    def close(self) -> None:
        self.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(self.uri))
        )

    async def diagnostics(self) -> list[types.Diagnostic]:
        """What is said of the document as it is now."""

        async def wait() -> list[types.Diagnostic]:
            while True:
                known = self.published.get(self.uri)
                if known is not None and known.version == self.version:
                    return list(known.diagnostics)
                self._news.clear()
                await self._news.wait()

        return await asyncio.wait_for(wait(), PATIENCE)

    async def next_diagnostics(self) -> list[types.Diagnostic]:
        """What is said next of the document, whatever its version."""
        self.published.pop(self.uri, None)
        while self.uri not in self.published:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), PATIENCE)
        return list(self.published[self.uri].diagnostics)

    async def actions(
        self, where: types.Range, only: Sequence[str] | None = None
    ) -> list[types.CodeAction]:
        wanted: Any = only  # Kinds of a server's own are plain text.
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri), where, types.CodeActionContext([], wanted)
        )
        found = await asyncio.wait_for(
            self.client.text_document_code_action_async(params), PATIENCE
        )
        return [each for each in found or [] if isinstance(each, types.CodeAction)]

    async def hover(self, line: int, character: int) -> str:
        """The Markdown under the pointer; empty where there is nothing to say."""
        params = types.HoverParams(
            types.TextDocumentIdentifier(self.uri), types.Position(line, character)
        )
        found = await asyncio.wait_for(self.client.text_document_hover_async(params), PATIENCE)
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    def edited(self, action: types.CodeAction) -> str:
        """The text after an action, its positions counted as this editor counts them."""
        assert action.edit is not None
        assert action.edit.changes is not None
        edits = action.edit.changes[self.uri]
        text = self.text
        for edit in sorted(edits, key=lambda each: self._offset(each.range.start), reverse=True):
            start, end = self._offset(edit.range.start), self._offset(edit.range.end)
            text = text[:start] + edit.new_text + text[end:]
        return text

    def under(self, where: types.Range) -> str:
        """The text that a range means to this editor."""
        return self.text[self._offset(where.start) : self._offset(where.end)]

    def _offset(self, position: types.Position) -> int:
        lines = self.text.split("\n")
        before = sum(len(line) + 1 for line in lines[: position.line])
        width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[self.encoding.value]
        codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
        data = lines[position.line].encode(codec[self.encoding.value])
        return before + len(data[: position.character * width].decode(codec[self.encoding.value]))

    async def end(self) -> int | None:
        """Shut the server down as the protocol has it; its exit code."""
        await asyncio.wait_for(self.client.shutdown_async(None), PATIENCE)
        self.client.exit(None)
        process = self.client._server
        assert process is not None
        await asyncio.wait_for(process.wait(), PATIENCE)
        return process.returncode


@pytest.fixture
def editing(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Editor]]:
    """Start an editor in the test's folder, with an encoding of positions if one is given."""
    return partial(_editing, tmp_path)


@asynccontextmanager
async def _editing(
    folder: Path, encoding: types.PositionEncodingKind = types.PositionEncodingKind.Utf16
) -> AsyncIterator[Editor]:
    """An editor with a server that has started; the server's process ends with it."""
    editor = Editor(folder, encoding)
    await editor.start()
    try:
        yield editor
    finally:
        process = editor.client._server
        if process is not None and process.returncode is None:
            process.kill()
        await editor.client.stop()
