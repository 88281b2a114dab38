"""What commands read from their arguments: which way they are used, seconds, and JSON that may lie in a file."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from mcconsole.core.errors import BadInput

Ways = Mapping[str, tuple[set[str], set[str]]]
"""A word for each way to use a command: the arguments that it needs, and those that it may have."""


def way(namespace: argparse.Namespace, ways: Ways) -> str:
    """Which way was meant; BadInput names them all when the arguments do not go together."""
    names = {name for needed, allowed in ways.values() for name in needed | allowed}
    given = {name for name in names if getattr(namespace, name) not in (None, False)}
    for word, (needed, allowed) in ways.items():
        if needed <= given <= needed | allowed:
            return word
    raise BadInput(f"Say either {', or '.join(_told(*one) for one in ways.values())}.")


def _told(needed: set[str], allowed: set[str]) -> str:
    text = " and ".join(f"--{name}" for name in sorted(needed))
    return f"{text} (with {', '.join(f'--{name}' for name in sorted(allowed))} if wished)" if allowed else text


def seconds(text: str) -> float:
    """A number of seconds up to a day."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 24 * 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return number


def json_text(given: str) -> str:
    """The text itself, or what the file after “@” holds."""
    if not given.startswith("@"):
        return given
    from mcconsole.core.payload import LIMIT

    path = Path(given[1:])
    try:
        if path.stat().st_size > LIMIT:
            raise BadInput(f"the data has more than {LIMIT:,} bytes.", path=path)
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}.", path=path) from None
    except UnicodeDecodeError:
        raise BadInput("is not UTF-8.", path=path) from None


def value_of(arguments: Sequence[str], name: str) -> str | None:
    """The value of an argument as it was typed, for telling what was meant where it could not be read."""
    for at, word in enumerate(arguments):
        if word == name and at + 1 < len(arguments):
            return arguments[at + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None
