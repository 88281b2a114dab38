"""`python -m mcconsole.sandbox`: the same as `mcconsole sandbox`."""

from __future__ import annotations

import argparse
import sys

from mcconsole.sandbox import arguments, server

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="mcconsole sandbox", description="Run a local Marketing Cloud tenant.")
    arguments.add_arguments(parser)
    sys.exit(server.serve(arguments.options(parser.parse_args())))
