"""Bulk Data Ingest: define a job, stage rows, complete, and ask what became of it (API reference 5.2, documented).

Routes, `updateType`, `jobStatus` and the first answer are documented. What else stands in the answers is not in the
reference: it is built like that of the older import (5.1), and a client had better not rely on it. Staged rows may be
an array or `{"items": […]}`, as the reference does not say which.
"""

from __future__ import annotations

import sqlite3
import time

import orjson

from mcconsole.sandbox import jobs, replies, schema
from mcconsole.sandbox.replies import Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, folded, malformed

KINDS = {
    "AddAndUpdate": "upsert",
    "AddAndDoNotUpdate": "add",
    "UpdateButDoNotAdd": "update",
    "Overwrite": "upsert",
}
"""`updateType` to what is done with each row."""
LONGEST_KEY = 36
LONGEST_LIFE = 8
"""Hours."""
PAGE = 50


def create(call: Call) -> Reply:
    """`POST /data/v1/bulk/ingest`: a job that waits for rows."""
    _demand_bulk(call)
    body = call.json()
    given = folded(body) if isinstance(body, dict) else {}
    key, update_type, hours = (
        given.get(name) for name in ("destinationcustomerkey", "updatetype", "jobexpirationhours")
    )
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
        raise refusal(400, f"destinationCustomerKey must have 1 to {LONGEST_KEY} characters.", 10000)
    if update_type not in KINDS:
        raise refusal(400, f"updateType must be one of {', '.join(KINDS)}.", 10000)
    hours = LONGEST_LIFE if hours is None else hours
    if not isinstance(hours, int) or isinstance(hours, bool) or not 1 <= hours <= LONGEST_LIFE:
        raise refusal(400, f"jobExpirationHours must be from 1 to {LONGEST_LIFE}.", 10000)
    extension = call.tenant.find(call.grant.mid, key)
    if extension is None:
        raise refusal(400, f"There is no data extension with the key '{key}'.", 10001)
    if KINDS[str(update_type)] != "add" and not extension.keys and update_type != "Overwrite":
        raise refusal(400, f"updateType {update_type} needs a primary key.", 10000)
    identity, now = new_id(), time.time()
    with call.tenant.store.write() as connection:
        connection.execute(
            "INSERT INTO bulk_jobs (id, mid, extension, key, update_type, created, expires)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (identity, call.grant.mid, extension.number, key, update_type, now, now + hours * 3600),
        )
    return _answer({"bulkApiDefinitionId": identity})


def stage(call: Call) -> Reply:
    """`PUT …/{id}/batches`: each call is kept as one file; a call that is made twice is kept twice."""
    job = _waiting(call)
    body = call.json()
    items = folded(body).get("items") if isinstance(body, dict) else body
    if not isinstance(items, list) or not items:
        raise malformed("The message body has no rows.")
    with call.tenant.store.write() as connection:
        connection.execute(
            "INSERT INTO bulk_batches (bulk, total, body) VALUES (?, ?, ?)",
            (job["id"], len(items), orjson.dumps({"items": items})),
        )
    return _answer({}, 202)


def complete(call: Call) -> Reply:
    """`POST …/{id}/batches/complete`: the rows go on the queue, file by file; Overwrite empties the target first."""
    job = _waiting(call)
    with call.tenant.store.write() as connection:
        batches = connection.execute(
            "SELECT number, total FROM bulk_batches WHERE bulk = ? ORDER BY number", (job["id"],)
        ).fetchall()
        if not batches:
            raise refusal(400, "No data is staged for this job.", 10000)
        kind = KINDS[job["update_type"]]
        if job["update_type"] == "Overwrite":
            (extension,) = schema.extensions(connection, job["mid"], "number = ?", [job["extension"]]) or (None,)
            if extension is not None:
                connection.execute(f"DELETE FROM {extension.table}")  # noqa: S608  (a name of ours)
                kind = "upsert" if extension.keys else "insert"
        for number, total in batches:
            (body,) = connection.execute("SELECT body FROM bulk_batches WHERE number = ?", (number,)).fetchone()
            request = jobs.put(connection, call, job["extension"], kind, total, body)
            connection.execute("UPDATE bulk_batches SET body = NULL, request = ? WHERE number = ?", (request, number))
        connection.execute("UPDATE bulk_jobs SET completed = 1 WHERE id = ?", (job["id"],))
    call.tenant.work.set()
    return _answer({}, 202)


def abort(call: Call) -> Reply:
    """`DELETE …/{id}`: the definition goes; rows that are on the queue already do not come back."""
    job = _found(call)
    with call.tenant.store.write() as connection:
        connection.execute("DELETE FROM bulk_batches WHERE bulk = ?", (job["id"],))
        connection.execute("DELETE FROM bulk_jobs WHERE id = ?", (job["id"],))
    return _answer({})


def definition(call: Call) -> Reply:
    """`GET …/{id}`."""
    job = _found(call)
    return _answer(
        {
            "bulkApiDefinitionId": job["id"],
            "destinationCustomerKey": job["key"],
            "updateType": job["update_type"],
            "jobStatus": _status(call, job),
        }
    )


def summary(call: Call) -> Reply:
    """`GET …/{id}/summary`, with the counts that the older import gives (5.1)."""
    job = _found(call)
    total, errors, duplicates = _counts(call, job)
    counts = {
        "bulkApiDefinitionId": job["id"],
        "jobStatus": _status(call, job),
        "totalRows": total,
        "successfulRows": total - errors,
        "duplicateRows": duplicates,
        "errors": errors - duplicates,
        "targetKey": job["key"],
        "targetUpdateType": job["update_type"],
    }
    return _answer({"summary": counts})


def validation_summary(call: Call) -> Reply:
    """`GET …/{id}/validation/summary`: how often each complaint was made."""
    rows = call.tenant.store.connection.execute(f"{_ERRORS} ORDER BY jobs.number, position", (_found(call)["id"],))
    counts: dict[str, int] = {}
    for (item,) in rows:
        message = str(orjson.loads(item)["message"])
        counts[message] = counts.get(message, 0) + 1
    return _answer({"validationSummary": [{"message": text, "count": n} for text, n in counts.items()]})


def validation_results(call: Call) -> Reply:
    """`GET …/{id}/validation/result(s)`: the complaints, 50 a page; which row each is about is not said."""
    job = _found(call)
    page, size = call.page(PAGE, PAGE)
    rows = call.tenant.store.connection.execute(
        f"{_ERRORS} ORDER BY jobs.number, position LIMIT ? OFFSET ?", (job["id"], size, (page - 1) * size)
    )
    _, errors, _ = _counts(call, job)
    items = [
        {"errorCode": one["errorCode"], "message": one["message"]} for (raw,) in rows if (one := orjson.loads(raw))
    ]
    return _answer({"page": page, "pageSize": size, "count": errors, "items": items})


_ERRORS = (
    "SELECT item FROM bulk_batches JOIN jobs ON jobs.id = bulk_batches.request"
    " JOIN job_errors ON job_errors.job = jobs.number WHERE bulk_batches.bulk = ?"
)


def _counts(call: Call, job: sqlite3.Row) -> tuple[int, int, int]:
    """Rows staged, rows refused, and those of them whose key was there already."""
    connection = call.tenant.store.connection
    total, errors = connection.execute(
        "SELECT total(b.total), total(jobs.errors) FROM bulk_batches b LEFT JOIN jobs ON jobs.id = request"
        " WHERE bulk = ?",
        (job["id"],),
    ).fetchone()
    duplicates = sum(b"Violation of PRIMARY KEY" in item for (item,) in connection.execute(_ERRORS, (job["id"],)))
    return int(total), int(errors), duplicates


def _status(call: Call, job: sqlite3.Row) -> str:
    """New, Staging, Queued, Processing or Complete (documented); Error comes by a fault only."""
    connection = call.tenant.store.connection
    if not job["completed"]:
        staged = connection.execute("SELECT 1 FROM bulk_batches WHERE bulk = ?", (job["id"],)).fetchone()
        return "Staging" if staged else "New"
    now = time.time()
    batches, picked, done = connection.execute(
        "SELECT count(*), total(due <= ?), total(jobs.completed <= ?) FROM bulk_batches JOIN jobs ON jobs.id = request"
        " WHERE bulk = ?",
        (now, now, job["id"]),
    ).fetchone()
    return "Complete" if done == batches else "Processing" if picked else "Queued"


def _waiting(call: Call) -> sqlite3.Row:
    """The job of the path, as long as rows may be staged."""
    job = _found(call)
    if job["completed"]:
        raise refusal(400, "Data staging is complete for this job.", 10000)
    return job


def _found(call: Call) -> sqlite3.Row:
    _demand_bulk(call)
    identity = call.parameters["bulk"]
    job: sqlite3.Row | None = call.tenant.store.connection.execute(
        "SELECT * FROM bulk_jobs WHERE mid = ? AND id = ? AND (completed OR expires > ?)",
        (call.grant.mid, identity.lower(), time.time()),
    ).fetchone()
    if job is None:
        raise refusal(404, f"No job exists for id '{identity}'.", 30003)
    return job


def _demand_bulk(call: Call) -> None:
    """A tenant that has no bulk ingest has none of its routes (observed: one tenant did not list it)."""
    if call.tenant.switches["bulk_ingest"] == "off":
        raise replies.not_found()


def _answer(body: dict[str, object], status: int = 200) -> Reply:
    return replies.json({**body, "requestId": new_id(), "resultMessages": []}, status)


_WRITE, _READ = ("data_extensions_write",), ("data_extensions_read",)
_JOB = "/data/v1/bulk/ingest/{bulk}"
ROUTES = (
    Route("POST", "/data/v1/bulk/ingest", create, _WRITE),
    Route("GET", _JOB, definition, _READ),
    Route("DELETE", _JOB, abort, _WRITE),
    Route("PUT", f"{_JOB}/batches", stage, _WRITE),
    Route("POST", f"{_JOB}/batches/complete", complete, _WRITE),
    Route("GET", f"{_JOB}/summary", summary, _READ),
    Route("GET", f"{_JOB}/validation/summary", validation_summary, _READ),
    Route("GET", f"{_JOB}/validation/result", validation_results, _READ),
    Route("GET", f"{_JOB}/validation/results", validation_results, _READ),
)
