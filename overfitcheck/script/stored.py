"""What a script keeps in a file and reads from it again: prepared rows, or what was learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from overfitcheck.script.values import Argument, Call, Value, constant

if TYPE_CHECKING:
    from overfitcheck.script.walk import Walk

Place = tuple[int, str]
"""The number and the name of an argument."""

WRITING: dict[str, tuple[Place, Place]] = {
    "numpy.save": ((1, "arr"), (0, "file")),
    "joblib.dump": ((0, "value"), (1, "filename")),
    "pickle.dump": ((0, "obj"), (1, "file")),
    "dill.dump": ((0, "obj"), (1, "file")),
}
"""What writes one value into a file: where it is given the value, and where the file."""

READING = {
    "numpy.load": "numpy.save",
    "joblib.load": "joblib.dump",
    "pickle.load": "pickle.dump",
    "dill.load": "dill.dump",
}
"""What reads such a value, and what wrote it."""

Reader = Callable[["Walk", list[Value], dict[str, Argument]], Value | None]


def reading_what(writer: str) -> Reader:
    """The function that reads what `writer` has written."""

    def read(walk: Walk, values: list[Value], keywords: dict[str, Argument]) -> Value | None:
        path = _path(values[0]) if values else None
        return _written_last(walk, writer, path) if path is not None else None

    return read


def reads_the_same(one: Value, other: Value) -> bool:
    """Whether two calls read the same file: a table by pandas, or the lines of ``open(path)``."""
    if not isinstance(one, Call) or not isinstance(other, Call):
        return False
    if one.function != other.function or one.method != other.method:
        return False
    place = (0, "filepath_or_buffer")
    file, again = (_given(each, place) if each else None for each in map(_reader, (one, other)))
    if file is None or again is None:
        return False
    return file is again or (_path(file) is not None and _path(file) == _path(again))


def _reader(call: Call) -> Call | None:
    """What is given the file that a call reads as a whole: pandas, or ``open``."""
    if call.method in ("read", "readlines") and isinstance(call.receiver, Call):
        return call.receiver if call.receiver.function == "builtins.open" else None
    return call if (call.function or "").startswith("pandas.read_") else None


def _written_last(walk: Walk, writer: str, path: str) -> Value | None:
    """The value that was written last into a file; None where the text shows none.

    What is written in the other arm of a conditional is not what is read in this one.
    """
    value, file = WRITING[writer]
    for call in reversed(walk.calls):
        if call.function == writer and not call.context.excludes(walk.context):
            into = _given(call, file)
            if into is not None and _path(into) == path:
                return _given(call, value)
    return None


def _given(call: Call, place: Place) -> Value | None:
    number, name = place
    if number < len(call.positional):
        return call.positional[number].value
    return call.keywords[name].value if name in call.keywords else None


def _path(file: Value) -> str | None:
    """The path of a file, or of one that was opened; None where the text does not tell."""
    if isinstance(file, Call) and file.function == "builtins.open" and file.positional:
        file = file.positional[0].value
    path = constant(file)
    return path.removesuffix(".npy") if isinstance(path, str) else None
