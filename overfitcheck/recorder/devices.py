"""The device that the framework trains on: its name and its memory, asked of what is loaded."""

from __future__ import annotations

import contextlib
import sys
from typing import Any


def device_facts(backend: str) -> dict[str, Any]:
    """`kind` (``cpu``, ``gpu`` … or ``unknown``), `name`, and `memory` in bytes, where known.

    The model is built by now, so the framework has taken hold of its devices; asking starts none.
    """
    framework: Any = sys.modules.get(backend)
    facts = {"tensorflow": _tensorflow, "torch": _torch, "jax": _jax}.get(backend)
    if framework is None or facts is None:
        return {"kind": "unknown", "name": None, "memory": None}
    return facts(framework)


def peak_memory(backend: str) -> int | None:
    """The most device memory, in bytes, that was in use at a time; None on a CPU."""
    framework: Any = sys.modules.get(backend)
    with contextlib.suppress(Exception):
        if backend == "tensorflow" and framework.config.list_logical_devices("GPU"):
            return int(framework.config.experimental.get_memory_info("GPU:0")["peak"])
        if backend == "torch" and framework.cuda.is_available():
            return int(framework.cuda.max_memory_allocated())
        if backend == "jax" and framework.default_backend() != "cpu":
            return int(framework.local_devices()[0].memory_stats()["peak_bytes_in_use"])
    return None


def _tensorflow(tensorflow: Any) -> dict[str, Any]:
    if not tensorflow.config.list_logical_devices("GPU"):
        return {"kind": "cpu", "name": None, "memory": None}
    name = None
    with contextlib.suppress(Exception):
        first = tensorflow.config.list_physical_devices("GPU")[0]
        name = tensorflow.config.experimental.get_device_details(first).get("device_name")
    return {"kind": "gpu", "name": name, "memory": None}


def _torch(torch: Any) -> dict[str, Any]:
    if not torch.cuda.is_available():
        return {"kind": "cpu", "name": None, "memory": None}
    facts = torch.cuda.get_device_properties(torch.cuda.current_device())
    return {"kind": "gpu", "name": facts.name, "memory": int(facts.total_memory)}


def _jax(jax: Any) -> dict[str, Any]:
    kind = str(jax.default_backend())
    kind = "gpu" if kind in ("cuda", "rocm") else kind
    if kind == "cpu":
        return {"kind": kind, "name": None, "memory": None}
    first = jax.local_devices()[0]
    memory = None
    with contextlib.suppress(Exception):
        memory = int(first.memory_stats()["bytes_limit"])
    return {"kind": kind, "name": str(first.device_kind), "memory": memory}
