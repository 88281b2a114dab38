"""Taking out of the history what is to be gone for good: one person, or everything."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcconsole.core import redact
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.history import tables
from mcconsole.core.jobs import JobContext, Progress

if TYPE_CHECKING:
    from mcconsole.core.exchange import Exchange
    from mcconsole.core.history.history import History

SHORTEST = 3
"""Characters; anything shorter stands in nearly every call."""
_PIECE = 1024 * 1024
_OVERLAP = 16 * 1024
"""Bytes of a large body that are looked at at a time, and again with the next ones."""
_AT_A_TIME = 200
_PATIENCE = 50
"""Times that emptying the write-ahead log is tried, 0.1 s apart, while somebody still reads."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """The rows that hold a value, among all that were there when it was looked."""

    value: str
    rows: Sequence[int]
    keys: Sequence[int]
    """Their own ids; more than rows where some are held by this session alone."""
    total: int
    until: int
    """The newest row that was looked at."""
    unread: tuple[str, ...] = ()
    """The names of damaged files that were set aside, in which nothing can be looked for."""


def look(ctx: JobContext, history: History, value: str, after: int = 0) -> Doomed:
    """Find every exchange that holds a contact key or an e-mail address: in its URL, its words, headers or bodies.

    Bodies are read themselves, as the search knows only their beginning; those of this session whole, also where they
    are kept off the disk. The value counts in any case and in the usual encodings, and only where it stands by itself:
    "C-1" is not found in "C-12".
    """
    value = value.strip()
    if len(value) < SHORTEST:
        raise BadInput(f"Say at least {SHORTEST} characters of the contact key or e-mail address.")
    pattern, anchor = _pattern(value), redact.anchor(value).lower()

    def holds(text: bytes, first: bool = True, last: bool = True) -> bool:
        """Whether it stands in a text; at the cut ends of a piece it may stand as a part of something else only."""
        found = pattern.finditer(text) if anchor in text.lower() else iter(())
        return any((first or one.start() > 0) and (last or one.end() < len(text)) for one in found)

    rows: list[int] = []
    keys: list[int] = []
    looked = 0
    with history.reader(ctx) as reader:
        total, until = reader.size()
        for found in reader.everything(after):
            ctx.check()
            for row, key, *texts in found:
                if any(map(holds, texts)):
                    rows.append(row)
                    keys.append(key)
            looked += len(found)
            ctx.report(Progress(looked, total, f"{looked:,} of {total:,} calls, {len(keys):,} of them hold it"))
        known = set(keys)
        for exchange in history.in_session():
            ctx.check()
            if exchange.id not in known and any(holds(*part) for part in _parts(exchange)):
                keys.append(exchange.id)
                found_row = reader.find(exchange.id)
                rows += [found_row.exchange] if found_row is not None else []
    return Doomed(value, rows, keys, total, until, history.set_aside())


def forget(ctx: JobContext, history: History, doomed: Doomed) -> int:
    """Remove what was found, and what has come since and holds it too; nothing of it stays in the file.

    Returns how many exchanges that were. A cancel leaves those that were not reached yet.
    """
    history.flush()
    late = look(JobContext(), history, doomed.value, doomed.until)
    rows, keys = _once(doomed.rows, late.rows), _once(doomed.keys, late.keys)
    history.drop_from_session(keys)
    with history.writer() as db:
        for start in range(0, len(rows), _AT_A_TIME):
            ctx.check()
            with tables.transaction(db):
                tables.remove(db, rows[start : start + _AT_A_TIME])
            done = min(len(rows), start + _AT_A_TIME)
            ctx.report(Progress(done, len(rows), f"{done:,} of {len(rows):,} calls removed"))
        ctx.report(Progress(note="Removing the last traces"))
        db.execute("INSERT INTO words(words) VALUES ('optimize')")
        _leave_no_trace(db)
    history.removed()
    return len(keys)


def _once(some: Sequence[int], more: Sequence[int]) -> list[int]:
    return list(dict.fromkeys((*some, *more)))


def _parts(exchange: Exchange) -> Iterator[tuple[bytes, bool, bool]]:
    """All that is held of an exchange of this session; a large body in pieces, each told to be the first or last."""
    headers = (value for pair in (*exchange.request_headers, *exchange.response_headers) for value in pair)
    words = (exchange.url, exchange.label, exchange.job_label, exchange.error, *headers)
    yield "\n".join(words).encode("utf-8", "replace"), True, True
    for body in (exchange.request, exchange.response):
        if body.spill is None:
            yield body.data, True, True
            continue
        with body.spill.path.open("rb") as file:
            piece = file.read(_PIECE)
            first = True
            while piece:
                more = file.read(_PIECE)
                yield piece, first, not more
                piece, first = piece[-_OVERLAP:] + more if more else b"", False


def clear(ctx: JobContext, history: History) -> None:
    """Remove everything, damaged files that were set aside included."""
    ctx.check()
    history.flush()
    history.drop_from_session(None)
    with history.writer() as db:
        with tables.transaction(db):
            tables.remove_all(db)
        db.execute("VACUUM")
        _leave_no_trace(db)
        history.drop_set_aside()
    history.removed()


def _leave_no_trace(db: sqlite3.Connection) -> None:
    """Empty the write-ahead log, which still holds the pages as they were; freed pages are zeroed by SQLite."""
    tables.give_back(db)
    for _ in range(_PATIENCE):
        busy, *_rest = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return
        JobContext().sleep(0.1)
    raise ConsoleError(
        "The calls were removed, but traces of them are still in the history's write-ahead log.",
        advice="Close the other windows and commands of mcconsole; the traces go when the last one closes.",
    )


_BEFORE = rb"(?:(?<![0-9A-Za-z_\x80-\xff])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"
_AFTER = rb"(?![0-9A-Za-z_\x80-\xff])"


def _pattern(value: str) -> re.Pattern[bytes]:
    return re.compile(_BEFORE + redact.anywhere(value) + _AFTER, re.IGNORECASE)
