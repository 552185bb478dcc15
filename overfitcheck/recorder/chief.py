"""Whether this process is the chief of a distributed training: only that one records."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def is_chief() -> bool:
    """Whether this process records: it trains alone, or is the first of those that train."""
    return _by_tensorflow() and _by_rank() and _by_jax()


def _by_tensorflow() -> bool:
    """TF_CONFIG: a chief, a master, or worker 0 where there is neither."""
    try:
        config = json.loads(os.environ.get("TF_CONFIG") or "{}")
        task, cluster = config.get("task") or {}, config.get("cluster") or {}
        kind, index = task.get("type"), int(task.get("index", 0))
    except (ValueError, TypeError, AttributeError):
        return True
    if kind in (None, "chief", "master"):
        return True
    return kind == "worker" and index == 0 and not {"chief", "master"} & set(cluster)


def _by_rank() -> bool:
    """RANK, as torchrun and its like set it."""
    return os.environ.get("RANK", "0").strip() in ("", "0")


def _by_jax() -> bool:
    """The number of this process where JAX was told of several; asking starts no backend."""
    distributed: Any = sys.modules.get("jax._src.distributed")
    state = getattr(distributed, "global_state", None)
    return not getattr(state, "process_id", 0)
