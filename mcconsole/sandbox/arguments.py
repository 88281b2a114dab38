"""The options of `mcconsole sandbox`, cheap to import so that the command line starts fast."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, fields
from pathlib import Path

from mcconsole.sandbox.addresses import described


@dataclass(frozen=True, slots=True)
class Options:
    """How a sandbox tenant is to run. Times are in seconds; `data` None keeps the state in a temporary folder."""

    host: str = "127.0.0.1"
    port: int = 0
    data: Path | None = None
    seed: str = "demo"
    token_life: int = 1079
    events: str = "strict"
    entry_delay: float = 1.0
    delivery_delay: float = 1.0
    control: bool = False
    parent_pipe: bool = False
    behind: bool = False
    """Whether other programs go first: the window that a tenant on the same machine serves."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of a sandbox tenant to `parser`."""
    default = Options()
    parser.epilog = f"No message leaves this computer. An address says by its name what becomes of it: {described()}."
    parser.add_argument("--host", default=default.host, help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=default.port, help="port, 0 for any free one (%(default)s)")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the tenant's state in this folder")
    parser.add_argument(
        "--seed", choices=("demo", "empty"), default=default.seed, help="what a new tenant holds (%(default)s)"
    )
    parser.add_argument(
        "--token-life",
        type=_whole_seconds,
        default=default.token_life,
        metavar="S",
        help="life of a token in seconds (%(default)s)",
    )
    parser.add_argument(
        "--events",
        choices=("strict", "silent"),
        default=default.events,
        help="refuse entry events with bad data, or lose them without a word (%(default)s)",
    )
    parser.add_argument(
        "--entry-delay",
        type=_seconds,
        default=default.entry_delay,
        metavar="S",
        help="seconds until a contact enters a journey (%(default)s)",
    )
    parser.add_argument(
        "--delivery-delay",
        type=_seconds,
        default=default.delivery_delay,
        metavar="S",
        help="seconds until a send is reported as delivered (%(default)s)",
    )
    parser.add_argument(
        "--control",
        action="store_true",
        help="serve /_sandbox/: faults, switches, journal of requests, outbox, reset",
    )
    parser.add_argument("--parent-pipe", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--behind", action="store_true", help=argparse.SUPPRESS)


def options(namespace: argparse.Namespace) -> Options:
    """Take the parsed options out of `namespace`."""
    return Options(**{field.name: getattr(namespace, field.name) for field in fields(Options)})


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    if not math.isfinite(seconds) or seconds < 0:
        raise argparse.ArgumentTypeError("a number of seconds, not negative")
    return seconds


def _whole_seconds(text: str) -> int:
    seconds = int(text)
    if seconds < 1:
        raise argparse.ArgumentTypeError("a whole number of seconds, at least 1")
    return seconds
