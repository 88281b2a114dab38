"""Temporary files of large bodies: readable by their owner only, and gone when nobody holds them any more."""

from __future__ import annotations

import os
import tempfile
import time
import weakref
from pathlib import Path

from mcconsole.core import paths

ABANDONED_AFTER = 2 * 24 * 3600.0
"""Seconds after which a file that a killed console left behind is deleted."""

MOST_BYTES = 1024 * 1024 * 1024
"""Bytes of bodies of all consoles that are kept in such files."""


class Spill:
    """One such file (0600). Others read it by its `path` for as long as this object is kept."""

    def __init__(self) -> None:
        folder = paths.private_folder(paths.home() / "spill")
        _tidy(folder)
        handle, name = tempfile.mkstemp(prefix="body-", dir=folder)
        os.close(handle)
        self.path = Path(name)
        self.delete = weakref.finalize(self, _delete, self.path)

    @classmethod
    def of(cls, data: bytes) -> Spill | None:
        """A file with these bytes; None when all such files together would hold too much."""
        made = cls()
        if sum(file.stat().st_size for file in made.path.parent.glob("body-*")) + len(data) > MOST_BYTES:
            made.delete()
            return None
        made.path.write_bytes(data)
        return made

    def __repr__(self) -> str:
        return f"Spill({self.path.name})"


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)


def _tidy(folder: Path) -> None:
    for left in folder.glob("body-*"):
        try:
            if time.time() - left.stat().st_mtime > ABANDONED_AFTER:
                left.unlink()
        except OSError:  # in use, or another console was quicker
            continue
