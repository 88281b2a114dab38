"""Removing what is too old or too much, step by step, so that the exchanges that come never wait for it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from mcconsole.core import clock, spill
from mcconsole.core.history import tables

TIDY_EVERY = 600.0
"""Seconds between two looks for what has become too old."""
MERGE_EVERY = 24 * 3600.0
"""Seconds between two times that the words of what was removed are taken out of the index, as that reads all of it."""
_AT_A_TIME = 200
"""Exchanges removed in one transaction."""


class Tidying:
    """When to look next, and how far it has come; for the one thread that writes."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._at = self._merge_at = 0.0
        self._traces = self._merging = False

    @property
    def due(self) -> bool:
        """Whether it is time to look, or something is left to be removed."""
        return clock.monotonic() >= self._at

    def soon(self) -> None:
        """Look at once."""
        self._at = 0.0

    def later(self) -> None:
        """Look after the usual time."""
        self._at = clock.monotonic() + TIDY_EVERY

    def step(self, db: sqlite3.Connection, limit: int, days: int) -> bool:
        """One step of removing what goes beyond `limit` bytes or is older; returns whether anything was removed."""
        doomed = tables.surplus(db, limit, _AT_A_TIME)
        if not doomed and self.due:
            oldest = clock.now() - timedelta(days=days)
            doomed = tables.older(db, oldest, _AT_A_TIME)
            if not doomed:
                spill.tidy()
                if self._path is not None:
                    tables.drop_aside(self._path, oldest)
                self.later()
        if doomed:
            self.soon()
            with tables.transaction(db):
                tables.remove(db, doomed)
            tables.give_back(db, 500)
            self._traces = True
        elif self._traces and clock.monotonic() >= self._merge_at:
            self._remove_traces(db)
        return bool(doomed)

    def _remove_traces(self, db: sqlite3.Connection) -> None:
        """One step of taking the words of what was removed out of the index; the last one empties the log too."""
        self._merging = tables.merge_words(db, begin=not self._merging)
        self.soon()
        if not self._merging:
            self._traces = False
            self._merge_at = clock.monotonic() + MERGE_EVERY
            tables.give_back(db)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
