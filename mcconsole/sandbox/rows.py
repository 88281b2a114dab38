"""Rows at once: the sync rowset and its old async twin (API reference 4.4 and 4.5b)."""

from __future__ import annotations

import itertools
import logging
import sqlite3
from collections.abc import Mapping

from mcconsole.sandbox import jobs, records, replies
from mcconsole.sandbox.records import BadRow, Reader, Record
from mcconsole.sandbox.replies import Refusal, Reply, refusal
from mcconsole.sandbox.routing import Call, Route, malformed
from mcconsole.sandbox.schema import DataExtension, is_guid

ADVISED_ROWS = 100
"""The seed's limit for one sync call; no hard one is known (API reference 4.4 and 8)."""
log = logging.getLogger("mcconsole.sandbox")


def upsert_rowset(call: Call) -> Reply:
    """`POST /hub/v1/dataevents/key:{key}/rowset`: not atomic; rows before the first bad one stay saved."""
    extension = _target(call)
    items = _keyed_rows(call)
    reader = Reader(extension, call.tenant.switches)
    with call.tenant.store.write() as connection:
        failure = _save_until_bad(connection, reader, items)
    if failure:
        raise failure
    return Reply(200, call.body)


def upsert_row(call: Call) -> Reply:
    """`PUT /hub/v1/dataevents/key:{key}/rows/{pk}:{value}[,…]` with `{"values":{…}}` (documented)."""
    keys = {}
    for part in call.parameters["row"].split(","):
        name, colon, value = part.partition(":")
        if not colon:
            raise malformed("The row is not named as primaryKey:value.")
        keys[name] = value
    body = call.json()
    if not isinstance(body, dict) or not isinstance(body.get("values"), dict):
        raise malformed("The message body has no values.")
    item = {"keys": keys, "values": body["values"]}
    reader = Reader(_target(call), call.tenant.switches)
    with call.tenant.store.write() as connection:
        failure = _save_until_bad(connection, reader, [item])
    if failure:
        raise failure
    return replies.json(item)


def delete_rowset(call: Call) -> Reply:
    """`POST /hub/v1/dataevents/key:{key}/rowset/delete` with an array of keys (API reference 4.4, observed)."""
    extension = _target(call)
    body = call.json()
    if not isinstance(body, list):
        raise malformed("The message body is not a JSON array.")
    reader = Reader(extension, call.tenant.switches)
    keys = []
    for item in body:
        named = item.get("keys", item) if isinstance(item, dict) else None
        if not isinstance(named, dict):
            raise malformed("A row has no keys.")
        _check_key_names(reader, named)
        try:
            keys.append((reader.read(named.items()).key,))
        except BadRow as bad:
            raise _unsaved(extension, bad) from None
    with call.tenant.store.write() as connection:
        connection.executemany(f"DELETE FROM {extension.table} WHERE key = ?", keys)  # noqa: S608
    return Reply(200, call.body)


def queue_rowset(call: Call) -> Reply:
    """`POST /hub/v1/dataeventsasync/key:{key}/rowset`: 202 `""` (observed), or as the seed tells it (seed-only)."""
    extension = _target(call)
    items = _keyed_rows(call)
    request_id = jobs.enqueue(call, extension, "keyed", len(items))
    answer = {"requestId": request_id} if call.tenant.switches["dataeventsasync"] == "seed" else ""
    return replies.json(answer, 202)


def queued_status(call: Call) -> Reply:
    """`GET /hub/v1/dataeventsasync/{requestId}`: Complete or Error (seed-only; there is no such documented route)."""
    if call.tenant.switches["dataeventsasync"] != "seed":
        raise replies.not_found()
    request_id = call.parameters["request"]
    job = jobs.find(call, request_id)
    if job is None:
        raise refusal(404, f"No request exists for id '{request_id}'.", 30003)
    state = "Pending" if not job.is_complete else "Error" if job.errors else "Complete"
    return replies.json({"requestId": request_id, "status": state, "hasErrors": job.is_complete and job.errors > 0})


def _target(call: Call) -> DataExtension:
    if "key" in call.parameters:
        extension, place = call.tenant.find(call.grant.mid, call.parameters["key"]), "{guid}"
    else:
        extension, place = None, "{id}"
        if is_guid(call.parameters["id"]):
            extension = call.tenant.find(call.grant.mid, call.parameters["id"])
    if extension is None:
        raise refusal(400, f"Parameter {place} is invalid.", 10001)
    return extension


def _keyed_rows(call: Call) -> list[object]:
    body = call.json()
    if not isinstance(body, list) or not body:
        raise malformed("The message body is not a JSON array of rows.")
    if len(body) > ADVISED_ROWS:
        log.warning("%s rows in one call; no more than %s are advised", len(body), ADVISED_ROWS)
    return body


def _save_until_bad(connection: sqlite3.Connection, reader: Reader, items: list[object]) -> Refusal | None:
    good: list[Record] = []
    failure: Refusal | None = None
    for item in items:
        try:
            good.append(_record(reader, item))
        except Refusal as refused:
            failure = refused
            break
        except BadRow as bad:
            failure = _unsaved(reader.extension, bad)
            break
    for record in good:
        refused_rows = records.upsert(connection, reader.extension, [record])
        if refused_rows:
            return _unsaved(reader.extension, refused_rows[0])
    return failure


def _record(reader: Reader, item: object) -> Record:
    keys, values = jobs.keys_and_values(item)
    _check_key_names(reader, keys)
    if not any(reader.column(name) for name in values):
        raise refusal(400, "At least one existing field is required in the values property", 10000)
    if reader.switches["null_values"] == "reject" and None in values.values():
        raise refusal(400, "Null is not a valid value in the values property", 10000)
    return reader.read(itertools.chain(values.items(), keys.items()))


def _check_key_names(reader: Reader, keys: Mapping[str, object]) -> None:
    missing = {field.name for field in reader.extension.keys}
    for name in keys:
        found = reader.column(name)
        if found is None or not found[0].primary_key:
            raise refusal(400, f"Primary key '{name.lower()}' does not exist.", 10000)
        missing.discard(found[0].name)
    if missing or not keys:
        # The text for a key that is left out is not in the reference; this is its nearest relative.
        raise refusal(400, f"Primary key '{min(missing, default='').lower()}' does not exist.", 10000)


def _unsaved(extension: DataExtension, bad: BadRow) -> Refusal:
    problems = [
        {"message": f"{problem.column}: {problem.text}", "errorcode": 10000, "documentation": ""}
        for problem in bad.problems
    ]
    message = f"Unable to save rows for data extension ID {extension.id}"
    return refusal(400, message, 10006, additionalErrors=problems)


_WRITE, _READ = ("data_extensions_write",), ("data_extensions_read",)
ROUTES = (
    Route("POST", "/hub/v1/dataevents/key:{key}/rowset", upsert_rowset, _WRITE),
    Route("POST", "/hub/v1/dataevents/{id}/rowset", upsert_rowset, _WRITE),
    Route("PUT", "/hub/v1/dataevents/key:{key}/rows/{row}", upsert_row, _WRITE),
    Route("PUT", "/hub/v1/dataevents/{id}/rows/{row}", upsert_row, _WRITE),
    Route("POST", "/hub/v1/dataevents/key:{key}/rowset/delete", delete_rowset, _WRITE),
    Route("POST", "/hub/v1/dataevents/{id}/rowset/delete", delete_rowset, _WRITE),
    Route("POST", "/hub/v1/dataeventsasync/key:{key}/rowset", queue_rowset, _WRITE),
    Route("POST", "/hub/v1/dataeventsasync/{id}/rowset", queue_rowset, _WRITE),
    Route("GET", "/hub/v1/dataeventsasync/{request}", queued_status, _READ),
)
