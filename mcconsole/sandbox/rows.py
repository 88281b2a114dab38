"""Rows at once: the sync rowset, its old async twin, and row reads (API reference 4.4, 4.5b and 4.6)."""

from __future__ import annotations

import itertools
import logging
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import orjson

from mcconsole.core.clock import now
from mcconsole.sandbox import jobs, records, replies
from mcconsole.sandbox.records import BadRow, Reader, Record
from mcconsole.sandbox.replies import Refusal, Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, malformed
from mcconsole.sandbox.schema import DataExtension, Field, is_guid
from mcconsole.sandbox.values import shown

PAGE = 2500
ADVISED_ROWS = 100
"""The seed's limit for one sync call; no hard one is known (API reference 4.4 and 8)."""
TOKEN_LIFE = timedelta(minutes=20)
log = logging.getLogger("mcconsole.sandbox")
_FILTER = re.compile(r"\s*(\S+|'[^']+')\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A row read that a token continues: rows that came later are not in it."""

    mid: int
    reference: str
    size: int
    count: int
    last: int
    query: Mapping[str, str]
    expires: str


def read_rowset(call: Call) -> Reply:
    """`GET /data/v1/customobjectdata/key/{key}/rowset`, or by GUID (API reference 4.6, observed)."""
    page, size = call.page(PAGE, PAGE)
    reference = call.parameters["key"]
    extension = call.tenant.find(call.grant.mid, reference)
    if extension is None:
        raise _unreadable(call)
    condition, values = _filter(call.tenant.switches["filter"] == "apply", extension, call.query)
    query = f"SELECT COUNT(*), COALESCE(MAX(id), 0) FROM {extension.table} WHERE {condition}"  # noqa: S608
    count, last = call.tenant.store.connection.execute(query, values).fetchone()
    expires = (now() + TOKEN_LIFE).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    token = new_id()
    snapshot = Snapshot(call.grant.mid, extension.id, size, count, last, call.query, expires)
    call.tenant.snapshots[token] = snapshot
    return _page(call, extension, token, snapshot, page)


def read_snapshot(call: Call) -> Reply:
    """`GET /data/v1/customobjectdata/token/{token}/rowset?$page=n` goes on with a read (observed)."""
    page, _ = call.page(PAGE, PAGE)
    token = call.parameters["token"].lower()
    snapshot = call.tenant.snapshots.get(token)
    if not isinstance(snapshot, Snapshot) or snapshot.mid != call.grant.mid or snapshot.expires < now().isoformat():
        raise _unreadable(call)
    extension = call.tenant.find(call.grant.mid, snapshot.reference)
    if extension is None:
        raise _unreadable(call)
    return _page(call, extension, token, snapshot, page)


def _unreadable(call: Call) -> Refusal:
    if call.tenant.switches["unknown_de_read"] == "400":
        return refusal(400, "Parameter {key} is invalid.", 10001)
    return replies.not_found()


def _page(call: Call, extension: DataExtension, token: str, snapshot: Snapshot, page: int) -> Reply:
    rows = _rows(call.tenant.store.connection, extension, snapshot, call.tenant.switches["filter"] == "apply", page)
    columns = [(str(f.number), f.name.lower(), f) for f in _chosen(extension, snapshot.query)]
    keys = [column for column in columns if column[2].primary_key]
    values = [column for column in columns if not column[2].primary_key]
    items = []
    for (body,) in rows:
        stored = orjson.loads(body)
        item = {"keys": {name: shown(f, stored.get(n)) for n, name, f in keys}} if keys else {}
        items.append(item | {"values": {name: shown(f, stored.get(n)) for n, name, f in values}})
    link = f"/v1/customobjectdata/token/{token}/rowset?$page="
    links = {"self": f"{link}{page}"}
    if page * snapshot.size < snapshot.count:
        links["next"] = f"{link}{page + 1}"
    if page > 1:
        links["prev"] = f"{link}{page - 1}"
    answer: dict[str, object] = {
        "links": links,
        "requestToken": token,
        "tokenExpireDateUtc": snapshot.expires,
        "customObjectId": extension.id,
        "customObjectKey": extension.key,
        "pageSize": snapshot.size,
        "page": page,
        "count": snapshot.count,
        "top": 0,
    }
    # An empty data extension has no `items` at all (API reference 4.6, observed).
    return replies.json(answer | {"items": items} if items else answer)


def _rows(
    connection: sqlite3.Connection, extension: DataExtension, snapshot: Snapshot, filtering: bool, page: int
) -> Iterator[tuple[str]]:
    condition, values = _filter(filtering, extension, snapshot.query)
    order = _order(extension, snapshot.query.get("$orderby", ""))
    offset = (page - 1) * snapshot.size
    table = extension.table
    first = connection.execute(f"SELECT COALESCE(MIN(id), 1) FROM {table}").fetchone()[0]  # noqa: S608
    if not order and condition == "1" and snapshot.last - first + 1 == snapshot.count:
        # Ids without a gap: the page is found at once instead of by counting through all rows before it.
        condition, values, first_row = "id >= ?", [first + offset], 0
    else:
        first_row = offset
    query = f"SELECT body FROM {table} WHERE {condition} AND id <= ? ORDER BY {order}id LIMIT ? OFFSET ?"  # noqa: S608
    found: Iterator[tuple[str]] = connection.execute(query, (*values, snapshot.last, snapshot.size, first_row))
    return found


def _chosen(extension: DataExtension, query: Mapping[str, str]) -> list[Field]:
    names = {name.strip().lower() for name in query.get("$fields", "").split(",") if name.strip()}
    return [f for f in extension.fields if not names or f.name.lower() in names]


def _field(extension: DataExtension, name: str) -> Field:
    for field in extension.fields:
        if field.name.lower() == name.strip("' ").lower():
            return field
    raise refusal(400, f"The field {name} does not exist.", 10005)


def _filter(filtering: bool, extension: DataExtension, query: Mapping[str, str]) -> tuple[str, list[object]]:
    text = query.get("$filter", "")
    if not filtering or not text:
        return "1", []
    match = _FILTER.fullmatch(text)
    if match is None:
        raise refusal(400, "The $filter is not understood.", 10005)
    field = _field(extension, match[1])
    return f"""json_extract(body, '$."{field.number}"') = ?""", [match[2].replace("''", "'")]


def _order(extension: DataExtension, text: str) -> str:
    terms = ""
    for part in text.split(",") if text.strip() else []:
        name, _, direction = part.strip().rpartition(" ")
        if direction.lower() not in ("asc", "desc"):
            name, direction = part, "asc"
        field = _field(extension, name)
        value = f"""json_extract(body, '$."{field.number}"')"""
        kind = "CAST({} AS REAL)" if field.type in ("Number", "Decimal") else "{}"
        terms += f"{kind.format(value)} {direction}, "
    return terms


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
    Route("GET", "/data/v1/customobjectdata/key/{key}/rowset", read_rowset, _READ),
    Route("GET", "/data/v1/customobjectdata/token/{token}/rowset", read_snapshot, _READ),
    Route("GET", "/data/v1/customobjectdata/{key}/rowset", read_rowset, _READ),
)
