"""Row reads: pages, snapshots by token, and what the reference knows of ordering and filters (API reference 4.6)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import orjson

from mcconsole.core.clock import now
from mcconsole.sandbox import replies
from mcconsole.sandbox.replies import Refusal, Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route
from mcconsole.sandbox.schema import DataExtension, Field
from mcconsole.sandbox.values import shown

PAGE = 2500
TOKEN_LIFE = timedelta(minutes=20)
_FILTER = re.compile(r"\s*(\S+|'[^']+')\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)


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


_READ = ("data_extensions_read",)
ROUTES = (
    Route("GET", "/data/v1/customobjectdata/key/{key}/rowset", read_rowset, _READ),
    Route("GET", "/data/v1/customobjectdata/token/{token}/rowset", read_snapshot, _READ),
    Route("GET", "/data/v1/customobjectdata/{key}/rowset", read_rowset, _READ),
)
