"""Reading the history: in blocks of ids, so that a list of a million costs what is seen of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Exchange
from mcconsole.core.history import tables
from mcconsole.core.history.tables import BLOCK
from mcconsole.core.jobs import Cancelled, JobContext

_STEPS = 20_000
"""Steps of SQLite's machine between two looks whether the job was cancelled."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which lines a list shows. Without any condition they can be grouped by job."""

    text: str = ""
    """Words, each of which begins a word somewhere in the exchange: path, purpose, either body."""
    feature: str | None = None
    profile: str | None = None
    status: int | None = None
    """An HTTP status; 0 for no answer."""
    only_bad: bool = False
    job: int | None = None
    by_job: bool = False

    @property
    def filtered(self) -> bool:
        """Whether there is a condition other than the job."""
        return bool(self.match or self.only_bad) or any(
            value is not None for value in (self.feature, self.profile, self.status)
        )

    @property
    def grouped(self) -> bool:
        """Whether a line is a job."""
        return self.by_job and self.job is None and not self.filtered

    @property
    def match(self) -> str:
        """The words as FTS5 wants them, the last of each as a beginning; "" without any."""
        words = (word.replace('"', '""') for word in self.text.replace("\0", " ").split() if re.search(r"[^\W_]", word))
        return " ".join(f'"{word}"*' for word in words)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: one exchange, or the latest of a job that made several."""

    id: int
    """Of the row: the job's where lines are jobs, else the exchange's."""
    exchange: int
    """The row of the exchange."""
    key: int
    """The exchange's own id."""
    job: int
    count: int
    """Exchanges of the job; 1 where a line is an exchange."""
    bad: int
    """How many of them did not go well."""
    started: datetime
    method: str
    url: str
    status: int | None
    failed: bool
    seconds: float
    size: int
    profile: str
    feature: str
    label: str


@dataclass(frozen=True, slots=True)
class Facets:
    """The values that a list can be filtered by."""

    features: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    """0 for no answer."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where an exchange is: its row, its job, and how many lines of a query come after it."""

    exchange: int
    job: int
    label: str
    """Of the job, or of the exchange where the job has none."""
    newer: int


class Reader:
    """A look at the history from one thread. ConsoleError when it cannot be read, Cancelled when the job was."""

    def __init__(self, db: sqlite3.Connection, ctx: JobContext | None = None) -> None:
        self._db = db
        self._ctx = ctx
        if ctx is not None:
            db.set_progress_handler(lambda: ctx.cancelled, _STEPS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """See everything within as it is at one moment."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    def last(self, query: Query) -> int:
        """The newest id among the rows that the lines of a query are taken from; 0 without any."""
        table = "jobs" if query.grouped else "exchanges"
        return int(self._one(f"SELECT ifnull(max(id), 0) FROM {table}"))  # noqa: S608

    def blocks(self, query: Query, after: int = 0) -> dict[int, int]:
        """How many lines of a query each block holds that has any, oldest first; of ids after one only."""
        if query == Query(by_job=query.by_job) and not after:
            table = "jobs" if query.grouped else "exchanges"
            return dict(self._all("SELECT block, count FROM blocks WHERE rows = ? ORDER BY 1", (table,)))
        source, identity, where, values = _parts(query, count_only=True)
        if after:
            where, values = [*where, f"{identity} > ?"], [*values, after]
        rows = self._all(
            f"SELECT {identity} / {BLOCK}, count(*) FROM {source}"  # noqa: S608
            f" {'WHERE' if where else ''} {' AND '.join(where)} GROUP BY 1 ORDER BY 1",
            values,
        )
        return dict(rows)

    def lines(self, query: Query, block: int) -> list[Line]:
        """The lines of a block, oldest first."""
        source, identity, where, values = _parts(query)
        where = [*where, f"{identity} BETWEEN ? AND ?"]
        rows = self._all(
            f"SELECT {_GROUP if query.grouped else _SINGLE} FROM {source} WHERE {' AND '.join(where)} ORDER BY 1",  # noqa: S608
            (*values, block * BLOCK, block * BLOCK + BLOCK - 1),
        )
        return [_line(row) for row in rows]

    def exchange(self, row: int) -> Exchange | None:
        """The whole exchange in a row, as far as it was kept; None when it is there no more."""
        with self._watched():
            return tables.exchange_of(self._db, row)

    def find(self, key: int, query: Query | None = None) -> Found | None:
        """Where the exchange with this id of its own is, in the list of a query or (None) of its job; None: nowhere."""
        found = self._all(
            "SELECT e.id, j.id, iif(j.label = '', e.label, j.label) FROM exchanges e JOIN jobs j ON j.id = e.job"
            " WHERE e.key = ?",
            (key,),
        )
        if not found:
            return None
        row, job, label = found[0]
        query = query or Query(job=job)
        source, identity, where, values = _parts(query)
        own = job if query.grouped else row
        where = [*where, f"{identity} >= ?"]
        newer = self._one(f"SELECT count(*) FROM {source} WHERE {' AND '.join(where)}", (*values, own))  # noqa: S608
        return Found(row, job, label, newer - 1)

    def before(self, key: int, method: str, label: str) -> list[tuple[int, int, str]]:
        """Row, own id and URL of the latest exchanges of a method and purpose before the one with this own id."""
        return self._all(
            "SELECT id, key, url FROM exchanges WHERE method = ? AND label = ? AND key <> ?"
            " AND id < ifnull((SELECT id FROM exchanges WHERE key = ?), 9223372036854775807)"
            " ORDER BY id DESC LIMIT 1000",
            (method, label, key, key),
        )

    def size(self) -> tuple[int, int]:
        """How many exchanges there are, and the newest row."""
        return (
            self._one("SELECT ifnull(sum(count), 0) FROM blocks WHERE rows = 'exchanges'"),
            self._one("SELECT ifnull(max(id), 0) FROM exchanges"),
        )

    def everything(self, after: int = 0) -> Iterator[list[tuple[int, int, bytes, bytes, bytes, bytes]]]:
        """Row, own id, and all that is kept of each exchange (words, facts and both bodies), some at a time."""
        while rows := self._all(
            "SELECT e.id, e.key, e.url || char(10) || e.label || char(10) || j.label, d.facts, d.request, d.response"
            " FROM exchanges e JOIN jobs j ON j.id = e.job JOIN details d ON d.id = e.id"
            " WHERE e.id > ? ORDER BY e.id LIMIT 100",
            (after,),
        ):
            yield [(row, key, words.encode(), *map(tables.unpack, packed)) for row, key, words, *packed in rows]
            after = rows[-1][0]

    def facets(self) -> Facets:
        """The values there are to filter by."""
        return Facets(
            features=tuple(sorted(self._distinct("feature"))),
            profiles=tuple(sorted(self._distinct("profile"), key=str.casefold)),
            statuses=tuple(sorted(int(one) for (one,) in self._all(_STATUSES))),
        )

    def _distinct(self, column: str) -> list[str]:
        """The values of a column that is first in an index, by one step of the index each."""
        return [
            value
            for (value,) in self._all(
                f"WITH RECURSIVE v(x) AS (SELECT min({column}) FROM exchanges UNION ALL"  # noqa: S608
                f" SELECT (SELECT min({column}) FROM exchanges WHERE {column} > x) FROM v WHERE x IS NOT NULL)"
                " SELECT x FROM v WHERE x IS NOT NULL"
            )
        ]

    def _one(self, sql: str, values: Sequence[object] = ()) -> int:
        return int(self._all(sql, values)[0][0])

    def _all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._watched():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if self._ctx is not None and self._ctx.cancelled:
                raise Cancelled from None
            raise unreadable(error) from None


def unreadable(error: Exception) -> ConsoleError:
    """The error for a history that cannot be read."""
    return ConsoleError(f"The history of calls cannot be read: {tables.reason(error)}.", advice="Calls go on as ever.")


_SINGLE = (
    "e.id, e.id, e.key, e.job, 1, e.bad, e.started, e.method, e.url, e.status, e.failed, e.seconds, e.size,"
    " e.profile, e.feature, e.label"
)
_GROUP = (
    "j.id, e.id, e.key, j.id, j.count, j.bad, CASE WHEN j.count > 1 THEN j.started ELSE e.started END, e.method, e.url,"
    " e.status, e.failed, CASE WHEN j.count > 1 THEN (j.ended - j.started) / 1e6 ELSE e.seconds END, j.size,"
    " e.profile, e.feature, CASE WHEN j.count > 1 AND j.label <> '' THEN j.label ELSE e.label END"
)
_STATUSES = "SELECT DISTINCT ifnull(status, 0) FROM exchanges"


def _parts(query: Query, *, count_only: bool = False) -> tuple[str, str, list[str], list[object]]:
    """The tables of a query, the name of its id, its conditions and their values."""
    if query.grouped:
        return ("jobs j" if count_only else "jobs j JOIN exchanges e ON e.id = j.last"), "j.id", [], []
    where: list[str] = []
    values: list[object] = []
    source, identity = "exchanges e", "e.id"
    plain = "" if count_only else "+"  # in a block, the ids are the better index
    for column, value in (("feature", query.feature), ("profile", query.profile), ("job", query.job)):
        if value is not None:
            where.append(f"{plain}e.{column} = ?")
            values.append(value)
    if query.status is not None:
        where.append(f"{plain}e.status = ?" if query.status else f"{plain}e.status IS NULL")
        values += [query.status] if query.status else []
    if query.only_bad:
        where.append(f"{plain}e.bad")
    if query.match:
        identity = "words.rowid"
        source = "words JOIN exchanges e ON e.id = words.rowid" if where or not count_only else "words"
        where.append("words MATCH ?")
        values.append(query.match)
    return source, identity, where, values


def _line(row: tuple[Any, ...]) -> Line:
    values = list(row)
    values[6] = tables.moment(values[6])
    values[10] = bool(values[10])
    return Line(*values)
