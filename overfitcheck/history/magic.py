"""What a file is by its first bytes: what is never loaded is named, with the way out."""

from __future__ import annotations

from pathlib import Path

from overfitcheck.errors import UserError

HEAD = 1 << 16
"""Bytes of a file that tell what it is."""

AS_JSON = 'json.dump(history.history, open("history.json", "w"), default=float)'

PICKLES = (
    *(bytes([0x80, protocol]) for protocol in range(2, 6)),
    b"(dp",
    b"(lp",
    b"ccopy_reg\n",
    b"cnumpy",
    b"}q\x00",
    b"]q\x00",
)

NEVER_LOADED = {
    b"\x93NUMPY": "a NumPy file",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file",
    b"PK\x03\x04": "a zip file, as .npz and .keras are",
    b"x\x9c": "a compressed pickle of joblib, it seems",
    b"x\x01": "a compressed pickle of joblib, it seems",
    b"x\xda": "a compressed pickle of joblib, it seems",
}

COMPRESSED = {
    b"\x1f\x8b": "gunzip",
    b"BZh": "bunzip2",
    b"\xfd7zXZ\x00": "unxz",
    b"\x28\xb5\x2f\xfd": "unzstd",
}

WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How UTF-16 begins."""

CONTROL = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})


class NoHistoryError(UserError):
    """The file is no training log at all: no error where it merely lies beside one."""


def refuse_what_is_no_text(head: bytes, path: Path) -> None:
    """Raise if a file that begins with `head` cannot be read as text.

    Raises:
        UserError: it is a pickle or the like; NoHistoryError where it is of no use at all.
    """
    if head.startswith(PICKLES):
        raise UserError(
            f"{path}: is a pickle, which is never loaded; save the history as JSON instead: "
            f"{AS_JSON}"
        )
    for magic, what in NEVER_LOADED.items():
        if head.startswith(magic):
            raise NoHistoryError(
                f"{path}: is {what}, which is never loaded; save the history as JSON instead: "
                f"{AS_JSON}"
            )
    for magic, command in COMPRESSED.items():
        if head.startswith(magic):
            raise UserError(f"{path}: is compressed; unpack it first: {command} {path.name}")
    if not head.strip():
        raise NoHistoryError(f"{path}: is empty; there is no epoch to read")
    if head.startswith(WIDE):
        return
    if b"\0" in head or len(head.translate(None, CONTROL)) < 0.99 * len(head):
        raise NoHistoryError(
            f"{path}: is a binary file; give a CSVLogger file, a TensorBoard folder, or the output "
            "as text"
        )
