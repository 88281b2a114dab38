"""A short memory of what was sent, so that the same thing is not sent twice by a slip within a minute.

It holds hashes only, no contact and no data.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from mcconsole.core import paths
from mcconsole.core.errors import Refused
from mcconsole.core.run_journal import TROUBLE, trouble

MEMORY = 60.0
"""Seconds."""


class Repeated(Refused):
    """The same was sent a moment ago; nothing was sent now."""


def fingerprint(*parts: object) -> str:
    """One hash for the tenant, the event, the contact and the data; the order of names does not count."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def claim(prints: Iterable[str], *, force: bool = False, now: float | None = None) -> list[str]:
    """Remember what is about to be sent, all or nothing; returns those sent within the last
    minute, or given twice.

    When it returns any, nothing was remembered and nothing should be sent. With `force` all are remembered anew. Two
    processes never both get through. `now` is in seconds since the epoch.
    """
    wanted = list(prints)
    moment = time.time() if now is None else now
    try:
        with closing(_open()) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("DELETE FROM sent WHERE at < ? OR at > ?", (moment - MEMORY, moment + MEMORY))
            known = {row[0] for row in db.execute("SELECT print FROM sent")}
            repeated = [] if force else [one for one, times in Counter(wanted).items() if one in known or times > 1]
            if not repeated:
                db.executemany("INSERT OR REPLACE INTO sent VALUES (?, ?)", ((one, moment) for one in wanted))
            db.execute("COMMIT")
    except TROUBLE as error:
        raise trouble(_path().parent, error) from None
    return repeated


def release(prints: Iterable[str]) -> None:
    """Forget what was not carried out after all."""
    try:
        with closing(_open()) as db:
            db.executemany("DELETE FROM sent WHERE print = ?", ((one,) for one in prints))
    except TROUBLE as error:
        raise trouble(_path().parent, error) from None


def _path() -> Path:
    return paths.home() / "guard.sqlite"


def _open() -> sqlite3.Connection:
    path = _path()
    path.touch(mode=0o600)
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    db.execute("CREATE TABLE IF NOT EXISTS sent(print TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID")
    return db
