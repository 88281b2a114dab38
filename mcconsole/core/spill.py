"""Temporary files of large bodies: readable by their owner only, and gone when nobody holds them any more."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import weakref
from pathlib import Path

from mcconsole.core import paths

ABANDONED_AFTER = 2 * 24 * 3600.0
"""Seconds after which a file is deleted whoever made it, as its number may be another process's by now."""

MOST_BYTES = 1024 * 1024 * 1024
"""Bytes of bodies of all consoles that are kept in such files."""


class Spill:
    """One such file (0600). Others read it by its `path` for as long as this object is kept."""

    def __init__(self) -> None:
        tidy()
        handle, name = tempfile.mkstemp(prefix=f"body-{os.getpid()}-", dir=paths.private_folder(_folder()))
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


def tidy() -> None:
    """Delete what killed consoles left behind."""
    for left in _folder().glob("body-*"):
        try:
            if not _held(left) or time.time() - left.stat().st_mtime > ABANDONED_AFTER:
                left.unlink()
        except OSError:  # in use, or another console was quicker
            continue


def _folder() -> Path:
    return paths.home() / "spill"


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)


def _held(path: Path) -> bool:
    """Whether the process that made a file may still run; on Windows, where asking would end it, always."""
    number = path.name.split("-")[1]
    if sys.platform == "win32" or not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs, under another user
        return True
    return True
