r"""Histories in the bars of ``tqdm.keras.TqdmCallback``.

The grammar of a fragment, each of which overwrites the one before::

    fragment = N "/" N " [" time "<" time ", " speed { ", " name "=" value } "]"
    speed    = number ( "epoch/s" | "s/epoch" )

The count is that of the epochs that are over; values have three digits. tqdm draws at most ten
fragments a second, so quick epochs are missing. Bars of batches (``batch/s``) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from overfitcheck.history.epochs import Row, history_of, numbered
from overfitcheck.history.history import History
from overfitcheck.history.lines import decoded, raw_lines

FORMAT = "tqdm bars"

FRAGMENT = re.compile(
    rb"(\d{1,9})/(\d{1,9}) \[[\d:]{1,12}<[\d:?]{1,12}, {1,6}[\d.?]{1,9} ?(?:epochs?/s|s/epochs?),"
    rb" ([^\]]{1,4096})\]"
)
PAIR = re.compile(r"([^=,]{1,200})=(-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|nan|inf))(?:, |\s*$)")


def read_tqdm_bars(chunks: Iterable[bytes], source: str) -> list[History]:
    """The fits whose epochs were drawn as bars; empty where there is none."""
    fits: list[tuple[int, list[Row]]] = []
    own_lines = (chunk.replace(b"\r", b"\n") for chunk in chunks)
    for line, _ in raw_lines(own_lines):
        if b"epoch" not in line:
            continue
        for match in FRAGMENT.finditer(line):
            epoch, planned = int(match[1]), int(match[2])
            pairs = PAIR.findall(decoded(match[3]))
            metrics = {name.strip(): float(value) for name, value in pairs}
            if not metrics or epoch == 0:
                continue
            if not fits or fits[-1][0] != planned or epoch < fits[-1][1][-1].epoch:
                fits.append((planned, []))
            rows = fits[-1][1]
            if not rows or epoch > rows[-1].epoch:
                rows.append(Row(epoch, metrics))
    return [
        history_of(
            numbered(source, number, len(fits)), rows, planned, (), _missing(rows), read_as=FORMAT
        )
        for number, (planned, rows) in enumerate(fits, 1)
    ]


def _missing(rows: list[Row]) -> list[str]:
    missing = rows[-1].epoch - len(rows)
    if not missing:
        return []
    epochs = "1 epoch was" if missing == 1 else f"{missing} epochs were"
    return [f"{epochs} too quick for tqdm to draw and cannot be read"]
