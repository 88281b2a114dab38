"""Where things are kept, and how a file is written so that a crash never leaves half of it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mcconsole.core.errors import BadInput


def home() -> Path:
    """The folder for everything the console keeps (0700). `MCCONSOLE_HOME` overrides the system's choice.

    BadInput when there cannot be such a folder.
    """
    chosen = os.environ.get("MCCONSOLE_HOME")
    if chosen:
        folder = Path(chosen).expanduser().resolve()
    else:
        import platformdirs

        folder = Path(platformdirs.user_data_dir("mcconsole", appauthor=False))
    try:
        return private_folder(folder)
    except OSError as error:
        raise BadInput(
            f"nothing can be kept in this folder: {error.strerror or error}.",
            path=folder,
            advice="Set MCCONSOLE_HOME to a folder that you may write to.",
        ) from None


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter, and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def resources() -> Path:
    """The folder of icons and the like: inside the installed package, else beside it in a source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file (0600) that takes the place of `path` when the block ends well, and vanishes when not."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
