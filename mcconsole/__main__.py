"""`python -m mcconsole`: the same as the `mcconsole` command."""

from __future__ import annotations

import multiprocessing
import sys


def run() -> int:
    """Start the command line; first of all let a frozen program's own child processes be what they are."""
    multiprocessing.freeze_support()
    try:
        from mcconsole.cli import main

        return main(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
