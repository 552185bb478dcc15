"""The server: what an editor asks, and who answers."""

from __future__ import annotations

import asyncio

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from overfitcheck import __version__
from overfitcheck.errors import UserError
from overfitcheck.server.documents import FIX_ALL, Document, document

PAUSE = 0.2
"""Seconds without typing after which a text is linted."""


class Server(LanguageServer):
    """A language server that knows the last version of each open document."""

    def __init__(self) -> None:
        super().__init__("overfitcheck", __version__)
        self.seen: dict[str, Document] = {}
        self.told = ""

    def document(self, uri: str) -> Document:
        """A document as the editor has it now; what was worked out for it is kept.

        Raises:
            UserError: its configuration cannot be read.
        """
        text = self.workspace.get_text_document(uri)
        known = self.seen.get(uri)
        if known is None or known.version != text.version or text.version is None:
            path = to_fs_path(uri) or uri
            units = text.position_codec.client_num_units
            known = self.seen[uri] = document(uri, path, text.source, text.version, units)
        return known

    def publish(self, uri: str) -> None:
        """Lint a document and show what is found; what goes wrong is shown once."""
        diagnostics: list[types.Diagnostic] = []
        try:
            diagnostics = self.document(uri).diagnostics()
            self.told = ""
        except UserError as error:
            self.tell(str(error))
        version = self.workspace.get_text_document(uri).version
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, diagnostics, version)
        )

    def tell(self, message: str) -> None:
        """Show a message, unless it is the last one again."""
        if message != self.told:
            self.told = message
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, message))


server = Server()


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    """Lint what was opened."""
    ls.publish(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
async def changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    """Lint what was typed, once typing pauses."""
    uri, version = params.text_document.uri, params.text_document.version
    await asyncio.sleep(PAUSE)
    if ls.workspace.get_text_document(uri).version == version:
        ls.publish(uri)


@server.feature(types.TEXT_DOCUMENT_DID_SAVE)
def saved(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    """Lint all that is open again: others may import what was saved."""
    ls.seen.clear()
    for uri in list(ls.workspace.text_documents):
        ls.publish(uri)


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    """Take away what was shown of a document."""
    uri = params.text_document.uri
    ls.seen.pop(uri, None)
    ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


@server.feature(
    types.TEXT_DOCUMENT_CODE_ACTION,
    types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL]),
)
def actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """What may be done about the findings in a stretch of text."""
    only = None if params.context.only is None else [str(each) for each in params.context.only]
    try:
        return list(ls.document(params.text_document.uri).actions(params.range, only))
    except UserError as error:
        ls.tell(str(error))
        return []


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    """The page of the rule that speaks here."""
    try:
        return ls.document(params.text_document.uri).hover(params.position)
    except UserError as error:
        ls.tell(str(error))
        return None


def main() -> None:
    """Serve over standard input and output until the editor goes away."""
    server.start_io()
