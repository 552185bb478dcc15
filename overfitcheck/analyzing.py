"""`overfitcheck.analyze`: the diagnosis of a training, from whatever is at hand of it."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overfitcheck.errors import UserError
from overfitcheck.extras import require

if TYPE_CHECKING:
    import pandas as pd

    from overfitcheck.analysis.diagnosis import Diagnosis
    from overfitcheck.history.history import History


def analyze(
    source: str | PathLike[str] | History | pd.DataFrame | Mapping[str, Any] | Any,
    *,
    fit: int | None = None,
    monitor: str | None = None,
) -> Diagnosis:
    """Judge one fit: when it began to overfit, what every drop did, what was wasted.

    `source` is a path (a run folder, a CSVLogger file, what Keras printed …), what ``Model.fit``
    returned, its ``history`` dictionary, a DataFrame with a column a metric, or a `History`. `fit`
    chooses one of several fits of a path (from 1). `monitor` names the metric to judge by, where
    that is not the validation loss.

    Raises:
        UserError: there is no epoch in it, or there are several fits and none was chosen.
    """
    require("run", "pandas", "scipy")
    from overfitcheck.analysis.diagnose import diagnose
    from overfitcheck.history.run_folder import observation_of

    path = Path(source) if isinstance(source, (str, PathLike)) else None
    history = history_from(source) if path is None else _chosen(path, fit)
    if monitor is not None and monitor not in history.epochs.columns:
        raise UserError(f"{history.source}: there is no metric {monitor!r} in it")
    return diagnose(history, None if path is None else observation_of(path, history), monitor)


def _chosen(path: Path, fit: int | None) -> History:
    from overfitcheck.history.read import read_histories

    histories = read_histories(path)
    if fit is None and len(histories) > 1:
        raise UserError(
            f"{path}: holds {len(histories)} fits; choose one with fit=1 to fit={len(histories)}"
        )
    number = fit or 1
    if not 1 <= number <= len(histories):
        raise UserError(f"{path}: there is no fit {number}; it holds {len(histories)}")
    return histories[number - 1]


def history_from(source: Any) -> History:
    """The history in an object: ours, Keras's, a table or a dictionary.

    Raises:
        UserError: it is none of these, or holds no epoch.
    """
    import pandas as pd

    from overfitcheck.history.history import History

    if isinstance(source, History):
        return source
    if isinstance(source, pd.DataFrame):
        return _from_columns(source if source.index.name is None else source.reset_index(), "table")
    if isinstance(source, Mapping):
        return _from_columns(_frame(source), "history")
    columns, epochs = getattr(source, "history", None), getattr(source, "epoch", None)
    if isinstance(columns, Mapping) and epochs is not None:
        return _from_keras(columns, list(epochs), getattr(source, "params", None) or {})
    raise UserError(
        f"a {type(source).__name__} holds no training history: give a path, what Model.fit "
        "returned, its history dictionary, or a DataFrame"
    )


def _frame(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Columns as a table; an epoch without a value of a metric may be missing at the end."""
    import pandas as pd

    try:
        return pd.DataFrame(
            {str(name): pd.Series(list(values)) for name, values in columns.items()}
        )
    except TypeError:
        raise UserError("a history has a list of numbers for each metric") from None


def _from_keras(
    columns: Mapping[str, Any], epochs: list[int], params: Mapping[str, Any]
) -> History:
    """The history that ``Model.fit`` returned, with the epochs and the plan it knows."""
    from dataclasses import replace

    frame = _frame(columns)
    if len(epochs) == len(frame):
        frame["epoch"] = [epoch + 1 for epoch in epochs]
    history = _from_columns(frame, "history")
    planned = params.get("epochs")
    return replace(history, planned_epochs=planned if isinstance(planned, int) else None)


def _from_columns(frame: pd.DataFrame, source: str) -> History:
    import pandas as pd

    from overfitcheck.history.records import Record, read_records

    numbers = frame.apply(pd.to_numeric, errors="coerce").dropna(axis=1, how="all")
    rows = numbers.astype(float).to_dict("records")
    found = read_records(
        (Record({str(k): v for k, v in row.items()}) for row in rows), source, source
    )
    if not found:
        raise UserError(f"the {source} holds no epoch with a metric")
    if len(found) > 1:
        raise UserError(f"the {source} holds {len(found)} fits: its epochs do not rise")
    return found[0]
