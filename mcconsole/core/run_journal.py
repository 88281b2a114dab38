"""A run that survives a kill: a folder with an SQLite file of what was noted of it. What runs do is for subclasses."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from mcconsole.core import paths
from mcconsole.core.errors import ConsoleError, Refused

TROUBLE = (OSError, sqlite3.Error)
"""What reading and writing a journal and its spool may raise: a full disk, a folder that is gone."""

_SCHEMA = "CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"


class Damaged(OSError):
    """What was kept beside the journal is no longer what was written."""


def trouble(folder: Path, error: Exception) -> ConsoleError:
    """The error to show for one of TROUBLE."""
    if isinstance(error, Damaged):
        return ConsoleError(f"{error}.", advice="Go on with what was begun: the file is read anew for it.")
    reason = (error.strerror if isinstance(error, OSError) else None) or error
    return ConsoleError(
        f"What is sent and what becomes of it cannot be noted in {folder}: {reason}.",
        advice="Make room on that disk or bring the folder back, then go on with what was begun; "
        "or set MCCONSOLE_HOME to another folder.",
    )


class RunJournal:
    """One run's folder. It belongs to the thread that opened it."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Not `durable`, what is noted survives a kill at once, and a power cut as soon as somebody else notes more."""
        self.folder = folder
        self._db = sqlite3.connect(folder / "journal.sqlite", isolation_level=None, timeout=30)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Start a journal in a new private folder."""
        paths.private_folder(folder.parent)
        folder.mkdir(mode=0o700)
        (folder / "journal.sqlite").touch(mode=0o600)
        journal = cls(folder)
        journal._db.execute(_SCHEMA)
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the folder stays."""
        self._db.close()

    @contextmanager
    def alone(self, patience: float = 1.0) -> Iterator[None]:
        """Keep every other process from working on the same run; Refused when one does. A kill frees it.

        Who lists runs looks in for a moment, which `patience`, in seconds, outlasts.
        """
        lock = sqlite3.connect(self.folder / "lock.sqlite", isolation_level=None, timeout=patience)
        try:
            (self.folder / "lock.sqlite").chmod(0o600)
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                raise Refused("This run is going on in another process.", advice="Wait until it has ended.") from None
            yield
        finally:
            lock.close()

    def demand_there(self) -> None:
        """FileNotFoundError when the folder is gone: SQLite would go on writing into a file that nobody finds again."""
        (self.folder / "journal.sqlite").stat()

    def discard(self) -> None:
        """Close and delete the folder with all that is in it."""
        self.close()
        shutil.rmtree(self.folder)

    def about(self) -> dict[str, object]:
        """What was noted of the run as a whole."""
        return {name: json.loads(value) for name, value in self._db.execute("SELECT name, value FROM about")}

    def note(self, **values: object) -> None:
        """Note facts of the run as a whole (JSON values)."""
        self._db.executemany(
            "INSERT OR REPLACE INTO about VALUES (?, ?)", [(name, json.dumps(value)) for name, value in values.items()]
        )

    def together(self) -> _Transaction:
        """A context in which all that is noted becomes durable at once, when it ends, or not at all."""
        return _Transaction(self._db)


class _Transaction:
    """One within another is part of it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._within = db.in_transaction

    def __enter__(self) -> None:
        if not self._within:
            self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        if not self._within:
            self._db.execute("COMMIT" if kind is None else "ROLLBACK")
