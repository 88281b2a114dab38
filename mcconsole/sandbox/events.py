"""Entry events: one at a time, or up to 100 in a batch with a status (API reference 2.1 and 2.2).

Statuses and the fields of answers are documented; the texts of refusals, and the items of the status route, are not in
the reference and are this tenant's own.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import orjson

from mcconsole.core.clock import now
from mcconsole.sandbox import entries, entry_sources, journeys, replies, schema
from mcconsole.sandbox.entry_sources import API_EVENT, EventDefinition
from mcconsole.sandbox.records import BadRow, Record
from mcconsole.sandbox.replies import Refusal, Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, folded
from mcconsole.sandbox.schema import DataExtension

MEMBERS = 100
MOST_JOURNEYS = 10
PAGE = 50
_STATES = {"errored": ("errored",), "queued": ("queued", "held"), "processed": ("processed",)}


def fire(call: Call) -> Reply:
    """`POST /interaction/v1/events`: 201 with an eventInstanceId, which proves acceptance only (documented)."""
    asked = folded(call.json())
    contact, definition = _contact(asked), _definition(call, asked)
    data = _data(asked)
    record, extension = _checked(call, definition, contact, data)
    candidates = journeys.fed_by(call.tenant.store.connection, call.grant.mid, definition.id)
    with call.tenant.store.write() as connection:
        stored = record is not None and entries.is_row_wanted(call.tenant.switches, candidates)
        if record and stored:
            entries.write_row(connection, extension, record)
        event_id = _queue(call, connection, definition, contact, data, stored=stored)
    call.tenant.entry_work.set()
    return replies.json({"eventInstanceId": event_id}, 201)


def fire_batch(call: Call) -> Reply:
    """`POST /interaction/v1/async/events`: at most 100 members; one with an errorcode is not queued (documented)."""
    asked = folded(call.json())
    definition = _definition(call, asked)
    members = asked.get("members")
    if not isinstance(members, list) or not 0 < len(members) <= MEMBERS:
        raise refusal(400, f"members must be an array of 1 to {MEMBERS} members.", 10005)
    if len(journeys.fed_by(call.tenant.store.connection, call.grant.mid, definition.id)) > MOST_JOURNEYS:
        raise refusal(400, "Interaction Count Limit Exceeded", 10000)
    request_id = new_id()
    with call.tenant.store.write() as connection:
        answers = [_queue_member(call, connection, definition, member, request_id) for member in members]
    call.tenant.entry_work.set()
    failed = sum("errorcode" in answer for answer in answers)
    return replies.json(
        {"requestId": request_id, "count": len(answers), "notQueuedCount": failed, "members": answers}, 202
    )


def _queue_member(
    call: Call, connection: sqlite3.Connection, definition: EventDefinition, member: object, request_id: str
) -> dict[str, object]:
    asked = {str(name).lower(): value for name, value in member.items()} if isinstance(member, dict) else {}
    try:
        contact, data = _contact(asked), _data(asked)
        _checked(call, definition, contact, data)
    except Refusal as refused:
        why = orjson.loads(refused.reply.body)
        key = asked.get("contactkey")
        return {"contactKey": key, "errorcode": why["errorcode"], "message": why["message"]}
    event_id = _queue(call, connection, definition, contact, data, request_id=request_id)
    return {"contactKey": contact, "eventInstanceId": event_id}


def read_status(call: Call) -> Reply:
    """`GET /interaction/v1/async/events/status?type=errored|queued|processed`, with filters and pages (documented)."""
    kind = call.query.get("type", "").lower()
    if kind not in _STATES:
        raise refusal(400, "type must be errored, queued or processed.", 10005)
    page, size = call.page(PAGE, PAGE)
    # A bare date or a time without a zone is taken as UTC (unverified).
    start = _moment(call, "startdate", now() - timedelta(days=30))
    end = _moment(call, "enddate", now() + timedelta(days=1))
    states = _STATES[kind]
    where = f"mid = ? AND called >= ? AND called <= ? AND state IN ({','.join('?' * len(states))})"
    values: list[object] = [call.grant.mid, start, end, *states]
    if call.tenant.switches["event_status_scope"] == "async":
        where += " AND request <> ''"
    for name, column in (("contactkey", "contact"), ("requestid", "request"), ("eventinstanceid", "id")):
        if name in call.query:
            where += f" AND {column} = ?"
            values.append(call.query[name] if name == "contactkey" else call.query[name].lower())
    if "eventdefinitionkey" in call.query:
        where += " AND lower(definition_key) = lower(?)"
        values.append(call.query["eventdefinitionkey"])
    descending = call.query.get("$orderby", "").strip().upper().endswith("DESC")
    connection = call.tenant.store.connection
    # S608: every part of the query is a constant of this function.
    count = connection.execute(f"SELECT COUNT(*) FROM entry_events WHERE {where}", values).fetchone()[0]  # noqa: S608
    rows = connection.execute(
        f"SELECT * FROM entry_events WHERE {where} ORDER BY number {'DESC' if descending else ''} LIMIT ? OFFSET ?",  # noqa: S608
        (*values, size, (page - 1) * size),
    )
    whole = call.tenant.switches["event_status_items"] == "full"
    items = [_status_item(row, kind, whole=whole) for row in rows]
    return replies.json({"count": count, "page": page, "pageSize": size, "items": items})


def _status_item(row: sqlite3.Row, kind: str, *, whole: bool) -> dict[str, object]:
    """An item of the status of events; what it has beyond its ids is unverified."""
    ids = {"eventInstanceId": row["id"], "requestId": row["request"] or None}
    if not whole:
        return ids
    item: dict[str, object] = {
        **ids,
        "eventDefinitionKey": row["definition_key"],
        "contactKey": row["contact"],
        "status": kind,
        "createdDate": datetime.fromtimestamp(row["called"], UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
    }
    return item | ({"errorcode": row["code"], "message": row["message"]} if kind == "errored" else {})


def _contact(asked: Mapping[str, object]) -> str:
    contact = asked.get("contactkey")
    if not isinstance(contact, str) or not contact.strip():
        raise refusal(400, "ContactKey is a required parameter", 10002)
    return contact


def _data(asked: Mapping[str, object]) -> Mapping[str, object]:
    data = asked.get("data")
    if data is not None and not isinstance(data, dict):
        raise refusal(400, "Data is not a JSON object.", 10001)
    return data or {}


def _definition(call: Call, asked: Mapping[str, object]) -> EventDefinition:
    key = asked.get("eventdefinitionkey")
    if not isinstance(key, str) or not key.strip():
        raise refusal(400, "EventDefinitionKey is a required parameter", 10002)
    connection, mid = call.tenant.store.connection, call.grant.mid
    found = entry_sources.find(connection, mid, key, exact=call.tenant.switches["key_case"] == "exact")
    if found is None:
        if call.tenant.switches["cross_unit"] == "403" and entry_sources.is_foreign(connection, mid, key):
            raise replies.not_permitted()
        # The words are seed-only; the key of a journey is as unknown here as any other.
        raise refusal(int(call.tenant.switches["unknown_event"]), "Invalid EventDefinitionKey", 30003)
    if found.type != API_EVENT and call.tenant.switches["other_event_types"] == "refuse":
        raise refusal(400, f"The event definition is of type {found.type} and takes no API events.", 30001)
    return found


def _checked(
    call: Call, definition: EventDefinition, contact: str, data: Mapping[str, object]
) -> tuple[Record | None, DataExtension]:
    """Check contact and Data. What is wrong is refused, or in silent mode accepted without a record."""
    connection, switches = call.tenant.store.connection, call.tenant.switches
    silent = switches["events"] == "silent"
    extension = schema.find_by_id(connection, definition.mid, definition.data_extension)
    if extension is None:
        raise refusal(400, "The data extension of the event does not exist.", 30003)
    if entries.status_of(connection, contact) == entries.INACTIVE:
        if not silent:
            raise refusal(400, "The contact is inactive.", 10000)
        return None, extension
    try:
        return entries.read_data(extension, switches, data), extension
    except BadRow as bad:
        if silent:
            return None, extension
        problems = [
            {"message": f"{problem.column}: {problem.text}", "errorcode": 10000, "documentation": ""}
            for problem in bad.problems
        ]
        message = f"Unable to save the event data. {problems[0]['message']}"
        raise refusal(400, message, 10006, additionalErrors=problems) from None


def _queue(
    call: Call,
    connection: sqlite3.Connection,
    definition: EventDefinition,
    contact: str,
    data: Mapping[str, object],
    *,
    request_id: str = "",
    stored: bool = False,
) -> str:
    event_id, called = new_id(), time.time()
    due = called + call.tenant.switches.seconds("entry_delay")
    connection.execute(
        "INSERT INTO entry_events (id, mid, request, definition, definition_key, contact, data, called, due, stored,"
        " state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued')",
        (
            *(event_id, call.grant.mid, request_id, definition.id, definition.key, contact),
            *(orjson.dumps(data).decode(), called, due, stored),
        ),
    )
    return event_id


def _moment(call: Call, name: str, default: datetime) -> float:
    text = call.query.get(name, "").strip()
    if not text:
        return default.timestamp()
    try:
        # A plus sign of a query that was not encoded arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise refusal(400, f"Parameter {name} is invalid.", 10001) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_FIRE, _READ = ("journeys_read", "list_and_subscribers_read"), ("journeys_read",)
ROUTES = (
    Route("POST", "/interaction/v1/events", fire, _FIRE),
    Route("POST", "/interaction/v1/async/events", fire_batch, _FIRE),
    Route("GET", "/interaction/v1/async/events/status", read_status, _READ),
)
