"""Ask the runner, which judges while the script trains, whether a fit is to stop."""

from __future__ import annotations

import json
import os
import time

ANSWER = "answer.json"
"""What the runner writes: ``{"fit": 1, "epoch": 12, "stop": false}``, the last epoch it judged."""

PATIENCE = 5.0
"""Seconds after which no answer is expected any more; the fit goes on then."""


def is_to_stop(run_folder: str, fit: int, epoch: int) -> bool:
    """Wait for the runner's word on an epoch: whether the fit is to end with it."""
    until = time.perf_counter() + PATIENCE
    path = os.path.join(run_folder, ANSWER)
    while time.perf_counter() < until:
        try:
            with open(path, encoding="utf-8") as file:
                answer = json.load(file)
            if (answer["fit"], answer["epoch"]) >= (fit, epoch):
                return bool(answer["stop"]) and answer["fit"] == fit
        except (OSError, ValueError, KeyError, TypeError):
            pass
        time.sleep(0.002)
    return False
