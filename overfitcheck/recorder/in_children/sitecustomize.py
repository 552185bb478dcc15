"""Record the fits of a Python process that a recorded script has started.

Found by the interpreter through PYTHONPATH. It takes its own folder away from `sys.path` again
and hands on to the `sitecustomize` that this interpreter would have found without it.
"""

import os
import sys


def record():
    # type: () -> None
    """Install the recorder, if this interpreter can have it and a run is named."""
    if sys.version_info >= (3, 8) and os.environ.get("OVERFITCHECK_RUN"):
        package = type(sys)("_overfitcheck_recorder")
        package.__path__ = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
        sys.modules["_overfitcheck_recorder"] = package
        hook = __import__("_overfitcheck_recorder.import_hook", fromlist=["install"])
        hook.install()


def hand_on():
    # type: () -> None
    """Import the interpreter's own `sitecustomize`, if it has one."""
    ours = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != ours]
    module = sys.modules.pop("sitecustomize", None)
    try:
        __import__("sitecustomize")
    except ImportError as error:
        if getattr(error, "name", None) != "sitecustomize":
            raise
    finally:
        if module is not None:
            sys.modules.setdefault("sitecustomize", module)


try:
    record()
finally:
    hand_on()
