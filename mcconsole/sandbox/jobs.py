"""Async row jobs: queued on disk and worked off by one thread in slices, so that a killed tenant goes on with them."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import orjson

from mcconsole.sandbox import records, schema
from mcconsole.sandbox.records import BadRow, Duplicate, NoKey, Problem, Reader, Record
from mcconsole.sandbox.replies import Refusal, new_id
from mcconsole.sandbox.routing import Call, folded, malformed
from mcconsole.sandbox.schema import DataExtension
from mcconsole.sandbox.worker import Worker

if TYPE_CHECKING:
    from mcconsole.sandbox.tenant import Tenant

SLICE = 2000
"""Rows per transaction: small enough that other writers wait for some 50 ms at most."""


@dataclass(frozen=True, slots=True)
class Job:
    """One async request as its status shows it. Times are seconds since the epoch; `completed` is None while open."""

    number: int
    id: str
    kind: str
    called: float
    due: float
    total: int
    errors: int
    completed: float | None

    @property
    def is_complete(self) -> bool:
        """Whether it is finished, and finished long enough to say so."""
        return self.completed is not None and self.completed <= time.time()


def keys_and_values(item: object) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Take a `{"keys":{…},"values":{…}}` row apart; raises the 400 of one that is not."""
    parts = {str(name).lower(): value for name, value in item.items()} if isinstance(item, dict) else {}
    keys, values = parts.get("keys"), parts.get("values")
    if not isinstance(keys, dict) or not isinstance(values, dict):
        raise malformed("A row is not an object with keys and values.")
    return keys, values


def enqueue(call: Call, extension: DataExtension, kind: str, total: int) -> str:
    """Put a request's body on the queue and return its request id. `kind` is insert, upsert or keyed."""
    with call.tenant.store.write() as connection:
        _forget_old(connection, time.time() - call.tenant.switches.seconds("status_retention"))
        request_id = put(connection, call, extension.number, kind, total, call.body)
    call.tenant.work.set()
    return request_id


def put(connection: sqlite3.Connection, call: Call, extension: int, kind: str, total: int, body: bytes) -> str:
    """Put rows on the queue within a transaction; `kind` may also be add (new keys) or update (known keys only)."""
    request_id, called = new_id(), time.time()
    due = called + call.tenant.switches.seconds("pickup_delay")
    number = connection.execute(
        "INSERT INTO jobs (id, mid, extension, kind, called, due, total) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (request_id, call.grant.mid, extension, kind, called, due, total),
    ).lastrowid
    connection.execute("INSERT INTO job_bodies VALUES (?, ?)", (number, body))
    return request_id


def find(call: Call, request_id: str) -> Job | None:
    """Return a unit's job that was picked up and is not forgotten yet."""
    row = call.tenant.store.connection.execute(
        "SELECT number, id, kind, called, due, total, errors, completed FROM jobs"
        " WHERE mid = ? AND id = ? AND due <= ?",
        (call.grant.mid, request_id.lower(), time.time()),
    ).fetchone()
    if row is None:
        return None
    job = Job(*row)
    kept = call.tenant.switches.seconds("status_retention")
    return None if job.completed is not None and job.completed + kept < time.time() else job


def _forget_old(connection: sqlite3.Connection, moment: float) -> None:
    old = "SELECT number FROM jobs WHERE completed < ?"
    connection.execute(f"DELETE FROM job_errors WHERE job IN ({old})", (moment,))  # noqa: S608
    connection.execute("DELETE FROM jobs WHERE completed < ?", (moment,))


class RowWorker(Worker):
    """Does the jobs, in the order in which they are due."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant, "sandbox-jobs", tenant.work)

    def next_due(self) -> float | None:
        """When the next job is to be picked up or done."""
        row = self._next()
        return None if row is None else row["due"]

    def work(self) -> None:
        """Do the next job, slice by slice."""
        if (row := self._next()) is not None:
            self._do(row["number"])

    def _next(self) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._tenant.store.connection.execute(
            "SELECT number, due FROM jobs WHERE completed IS NULL ORDER BY due LIMIT 1"
        ).fetchone()
        return row

    def _do(self, number: int) -> None:
        store = self._tenant.store
        job = store.connection.execute(
            "SELECT * FROM jobs JOIN job_bodies ON job = number WHERE number = ?", (number,)
        ).fetchone()
        if job is None:
            return
        found = schema.extensions(store.connection, job["mid"], "number = ?", [job["extension"]])
        body = orjson.loads(job["body"])
        items = cast("list[object]", body if job["kind"] == "keyed" else folded(body)["items"])
        whole = job["kind"] == "insert" and self._tenant.switches["insert_duplicate"] == "batch"
        step = len(items) if whole else SLICE
        reader = Reader(found[0], self._tenant.switches) if found else None
        for start in range(job["done"], len(items), step):
            part = items[start : start + step]
            with store.write() as connection:
                if self._stopping or not _is_there(connection, job):
                    return
                gone = reader is None or not _is_target(connection, reader.extension)
                refused = _gone(part) if gone or not reader else _store(connection, reader, job["kind"], part, whole)
                _note(connection, job, start, len(part), refused)
        done = max(time.time(), job["due"] + self._tenant.switches.seconds("processing_delay"))
        with store.write() as connection:
            if _is_there(connection, job):
                connection.execute("UPDATE jobs SET completed = ? WHERE number = ?", (done, number))
                connection.execute("DELETE FROM job_bodies WHERE job = ?", (number,))


def _is_there(connection: sqlite3.Connection, job: sqlite3.Row) -> bool:
    """Whether the job still exists; a reset may have taken it away, and its number may belong to another."""
    return connection.execute("SELECT 1 FROM jobs WHERE id = ?", (job["id"],)).fetchone() is not None


def _is_target(connection: sqlite3.Connection, extension: DataExtension) -> bool:
    return connection.execute("SELECT 1 FROM data_extensions WHERE id = ?", (extension.id,)).fetchone() is not None


def _note(
    connection: sqlite3.Connection, job: sqlite3.Row, start: int, size: int, refused: Mapping[int, BadRow]
) -> None:
    update = "UPDATE jobs SET done = ?, errors = errors + ? WHERE number = ?"
    connection.execute(update, (start + size, len(refused), job["number"]))
    connection.executemany(
        "INSERT OR REPLACE INTO job_errors VALUES (?, ?, ?)",
        [
            (job["number"], start + position, orjson.dumps(result(job["kind"], bad)))
            for position, bad in refused.items()
        ],
    )


def _gone(part: list[object]) -> dict[int, BadRow]:
    gone = BadRow(Problem("", "The data extension does not exist any more.", 0))
    return dict.fromkeys(range(len(part)), gone)


def _store(
    connection: sqlite3.Connection, reader: Reader, kind: str, part: list[object], whole: bool
) -> dict[int, BadRow]:
    refused: dict[int, BadRow] = {}
    good: list[Record] = []
    positions: list[int] = []
    for position, item in enumerate(part):
        try:
            good.append(reader.read(_items(kind, item)))
        except BadRow as bad:
            refused[position] = bad
        else:
            positions.append(position)
    write = _WRITERS.get(kind, records.upsert)
    if whole:
        connection.execute("SAVEPOINT whole")
    late = write(connection, reader.extension, good)
    if whole:
        clash = next((bad for bad in late.values() if isinstance(bad, Duplicate)), None)
        if clash:
            connection.execute("ROLLBACK TO whole")
            late = dict.fromkeys(range(len(good)), clash)
        connection.execute("RELEASE whole")
    return refused | {positions[at]: bad for at, bad in late.items()}


def _update(connection: sqlite3.Connection, extension: DataExtension, rows: Sequence[Record]) -> dict[int, BadRow]:
    """Upsert those rows whose key is there; the others are refused."""
    known = records.present(connection, extension, [row.key for row in rows if row.key is not None])
    there = [at for at, row in enumerate(rows) if row.key in known]
    late = records.upsert(connection, extension, [rows[at] for at in there])
    missing = NoKey(Problem("", "Cannot locate the existing record.", 0))
    return dict.fromkeys(set(range(len(rows))).difference(there), missing) | {
        there[at]: bad for at, bad in late.items()
    }


_WRITERS = {"insert": records.insert, "add": records.insert, "update": _update}


def _items(kind: str, item: object) -> Iterable[tuple[str, object]]:
    if kind == "keyed":
        try:
            keys, values = keys_and_values(item)
        except Refusal:
            raise BadRow(Problem("", "The row has no keys and values.", 0)) from None
        return itertools.chain(values.items(), keys.items())
    return item.items() if isinstance(item, dict) else ()


def result(kind: str, bad: BadRow) -> dict[str, object]:
    """Return the item of `/results` for a refused row (API reference 4.5: shapes observed, see there)."""
    if isinstance(bad, NoKey) and kind != "insert":
        return {
            "errorCode": 2,
            "message": "Cannot locate the existing record. Required keys are missing.",
            "status": "Error",
        }
    if isinstance(bad, Duplicate):
        return {"errorCode": "UnexpectedError", "message": bad.problems[0].text, "status": "Error"}
    errors = [
        {
            "name": problem.column.lower(),
            "errorCode": problem.code,
            "errorMessage": problem.text.replace(f"[{problem.column}]", f"[{problem.column.lower()}]"),
        }
        for problem in bad.problems
    ]
    return {"errorCode": 2, "message": errors[0]["errorMessage"], "status": "Error", "errors": errors}
