"""The command line as a program: `overfitcheck`, or `python -m overfitcheck`."""

import atexit
import os
import sys

from overfitcheck.cli.main import main


def run() -> None:
    """Run the command that the command line names, and end with its exit code.

    After `lint` nothing is left but to give back memory, which Python does object by object: that
    would take a tenth of the time of linting a script. The operating system takes it as a whole.
    """
    try:
        main(prog_name="overfitcheck")
    except SystemExit as ended:
        if sys.argv[1:2] == ["lint"] and isinstance(ended.code, int):
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended.code)
        raise


if __name__ == "__main__":
    run()
