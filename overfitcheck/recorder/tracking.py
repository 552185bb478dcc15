"""Where else the numbers of a fit are kept: the run of a tracker that the script has started."""

from __future__ import annotations

import contextlib
import sys
from typing import Any


def tracked_by(callbacks: list[Any]) -> dict[str, Any]:
    """Runs of MLflow and Weights & Biases that are open now, and a TensorBoard folder."""
    found: dict[str, Any] = {}
    with contextlib.suppress(Exception):
        mlflow: Any = sys.modules.get("mlflow")
        run = mlflow.active_run() if mlflow is not None else None
        if run is not None:
            found["mlflow"] = {"run": run.info.run_id, "store": mlflow.get_tracking_uri()}
    with contextlib.suppress(Exception):
        run = getattr(sys.modules.get("wandb"), "run", None)
        if run is not None:
            names = ("id", "project", "entity", "dir")
            found["wandb"] = {name: getattr(run, name, None) for name in names}
    for callback in callbacks:
        if any(base.__name__ == "TensorBoard" for base in type(callback).__mro__):
            found["tensorboard"] = {"log_dir": str(getattr(callback, "log_dir", ""))}
    return found
