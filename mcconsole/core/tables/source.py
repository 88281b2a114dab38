"""Opening a file that may be gone, forbidden, or changed under our hands."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from mcconsole.core.errors import BadInput
from mcconsole.core.tables.model import Identity


def identity(file: Path | int) -> Identity:
    """Which file this path or descriptor is now; raises OSError."""
    found = os.stat(file)  # noqa: PTH116  (takes a descriptor too)
    return Identity(found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev)


def digest(path: Path, go_on: Callable[[], None]) -> str:
    """A hash of the file's content; `go_on` is called now and then and may raise."""
    found = hashlib.sha256()
    with opened(path) as file:
        while block := file.read(1024 * 1024):
            go_on()
            found.update(block)
    return found.hexdigest()


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; every failure while it is open is a BadInput that names it."""
    with failures(path):
        if "\0" in str(path) or not stat.S_ISREG(path.stat().st_mode):
            raise BadInput("this is not a file", path=path, advice="Choose a CSV file.")
        with path.open("rb") as file:
            yield file


@contextlib.contextmanager
def failures(path: Path) -> Iterator[None]:
    """Turn an OSError into a BadInput in plain words."""
    try:
        yield
    except FileNotFoundError as error:
        raise BadInput(
            "there is no such file (any more)", path=path, advice="Put it back where it was, or choose another one."
        ) from error
    except PermissionError as error:
        raise BadInput(
            "you may not read this file", path=path, advice="Change its permissions, or copy it to a place of yours."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(
            f"the file cannot be read ({reason})", path=path, advice="Check the drive that it lies on."
        ) from error


def check_unchanged(path: Path, file: BinaryIO, before: Identity) -> None:
    """Raise BadInput when the open file or what lies at its path is no longer what it was."""
    if identity(file.fileno()) != before or identity(path) != before:
        raise changed(path)


def changed(path: Path) -> BadInput:
    """The error for a file that somebody wrote to meanwhile."""
    return BadInput(
        "the file changed while it was read",
        path=path,
        advice="Wait until the program that writes it has finished, then start again.",
    )
