"""Copies of result files, made where the user wants them."""

from __future__ import annotations

from pathlib import Path

from mcconsole.core import paths
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext

_BLOCK = 1024 * 1024


def copy_to(ctx: JobContext, source: Path, path: Path) -> Path:
    """Copy a file, whole or not at all; ConsoleError says why not. Returns the new path."""
    try:
        with source.open("rb") as read, paths.atomic_write(path) as written:
            while block := read.read(_BLOCK):
                ctx.check()
                written.write(block)
    except OSError as error:
        raise ConsoleError(f"{path}: the file could not be saved: {error.strerror or error}.") from None
    return path
