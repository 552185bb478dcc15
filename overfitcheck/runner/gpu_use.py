"""How busy the GPU was during a run, where nvidia-ml-py is installed; asked from outside."""

from __future__ import annotations

import contextlib
import importlib
import threading
from typing import Any

PAUSE = 1.0


class GpuUse(threading.Thread):
    """Asks NVIDIA's library once a second about the GPUs that the script may see."""

    def __init__(self, number: int | None) -> None:
        super().__init__(name="overfitcheck-gpu", daemon=True)
        self._number = number or 0
        self._ended = threading.Event()
        self._busy: list[int] = []
        self._memory: int | None = None

    def run(self) -> None:
        """Ask until the run has ended; a machine without the library is never asked."""
        with contextlib.suppress(Exception):
            nvml: Any = importlib.import_module("pynvml")
            nvml.nvmlInit()
            gpu = nvml.nvmlDeviceGetHandleByIndex(self._number)
            self._memory = int(nvml.nvmlDeviceGetMemoryInfo(gpu).total)
            while not self._ended.wait(PAUSE):
                self._busy.append(int(nvml.nvmlDeviceGetUtilizationRates(gpu).gpu))

    def end(self) -> dict[str, Any]:
        """`utilisation` in percent on average and `memory` in bytes, as far as they are known."""
        self._ended.set()
        self.join()
        facts: dict[str, Any] = {}
        if self._busy:
            facts["utilisation"] = round(sum(self._busy) / len(self._busy), 1)
        if self._memory is not None:
            facts["memory"] = self._memory
        return facts
