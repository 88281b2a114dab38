"""Who is in a journey, who was, and who is to leave (API reference 2.5 and 2.6)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from mcconsole.core.clock import PLATFORM_ZONE, now
from mcconsole.sandbox import journeys, replies
from mcconsole.sandbox.journeys import Journey
from mcconsole.sandbox.replies import Reply, refusal
from mcconsole.sandbox.routing import Call, Route, folded, malformed
from mcconsole.sandbox.switches import Switches

CONTACTS = 50
HISTORY = timedelta(days=30)
HISTORY_COUNT = 10_000
PAGE = 50
FILTER_VALUES = 1000
_RECEIVED, _PROCESSING, _COMPLETED = (
    "Exit request received for processing",
    "Exit Request is being Processed.",
    "Exit process Completed.",
)


def read_memberships(call: Call) -> Reply:
    """`POST /interactions/contactMembership`: present members only, of 50 contacts at most (documented)."""
    keys = folded(call.json()).get("contactkeylist")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise refusal(400, "ContactKeyList is a required parameter", 10002)
    if not 0 < len(keys) <= CONTACTS:
        raise refusal(400, f"ContactKeyList takes 1 to {CONTACTS} contacts.", 10005)
    query = (
        "SELECT contact, key, version FROM memberships JOIN journeys ON journeys.number = journey"  # noqa: S608
        f" WHERE memberships.mid = ? AND gone IS NULL AND contact IN ({','.join('?' * len(keys))})"
        " GROUP BY contact, key, version ORDER BY MIN(memberships.number)"
    )
    rows = call.tenant.store.connection.execute(query, (call.grant.mid, *keys)).fetchall()
    found = {row["contact"] for row in rows}
    memberships = [{"contactKey": r["contact"], "definitionKey": r["key"], "version": r["version"]} for r in rows]
    # That a contact without any membership counts as not found is unverified.
    missing = [key for key in dict.fromkeys(keys) if key not in found]
    return replies.json({"results": {"contactMemberships": memberships, "contactsNotFound": missing}})


def search_history(call: Call) -> Reply:
    """`POST /interactions/journeyhistory/search`: 30 days, a count of at most 10,000 (API reference 2.5, observed).

    The values of activityType, status and clientStatus are this tenant's own; the form of the line of an entry and
    the zone of its time are switches.
    """
    asked = folded(call.json()) if call.body else {}
    page, size = call.page(PAGE, PAGE)
    latest = now().timestamp() - call.tenant.switches.seconds("history_delay")
    start = max(_moment(asked, "start", 0), (now() - HISTORY).timestamp())
    where = "h.mid = ? AND h.moment >= ? AND h.moment <= ?"
    values: list[object] = [call.grant.mid, start, min(_moment(asked, "end", latest), latest)]
    filters = {"definitionids": "id", "activitytypes": "activity_type", "clientstatuses": "h.status"}
    if call.tenant.switches["history_contacts"] == "apply":
        filters["contactkeys"] = "contact"
    for name, column in filters.items():
        wanted = asked.get(name)
        if isinstance(wanted, list) and len(wanted) > FILTER_VALUES:
            raise refusal(400, f"{name} takes at most {FILTER_VALUES} values.", 10005)
        if isinstance(wanted, list) and wanted:
            marks = ",".join("?" * len(wanted))
            clause = (
                f"{column} IN ({marks})" if column != "id" else f"(j.id IN ({marks}) OR j.definition_id IN ({marks}))"
            )
            where += f" AND {clause}"
            values += map(str, wanted if column != "id" else [*wanted, *wanted])
    if call.tenant.switches["history_entry"] == "none":
        where += " AND h.activity_type <> 'Event'"
    source = f"FROM journey_history h JOIN journeys j ON j.number = h.journey WHERE {where}"
    connection = call.tenant.store.connection
    count = connection.execute(f"SELECT COUNT(*) {source}", values).fetchone()[0]
    rows = connection.execute(
        f"SELECT h.*, j.definition_id, j.id AS journey_id, j.name {source} ORDER BY h.number LIMIT ? OFFSET ?",
        (*values, size, (page - 1) * size),
    )
    items = [_history_item(row, call.tenant.switches) for row in rows]
    return replies.json({"count": min(count, HISTORY_COUNT), "page": page, "pageSize": size, "items": items})


def _history_item(row: sqlite3.Row, switches: Switches) -> dict[str, object]:
    server = switches["history_zone"] == "server"
    moment = datetime.fromtimestamp(row["moment"], PLATFORM_ZONE if server else UTC).replace(tzinfo=None)
    kind = "" if switches["history_entry"] == "named" and row["event_name"] else row["activity_type"]
    return {
        "id": row["id"],
        "mid": row["mid"],
        "contactKey": row["contact"],
        "transactionTime": moment.isoformat(timespec="milliseconds") + ("" if server else "Z"),
        "definitionId": row["definition_id"],
        "definitionName": row["name"],
        "definitionInstanceId": row["instance"],
        "eventName": row["event_name"],
        "activityName": row["activity_name"],
        "activityType": kind,
        "status": row["status"],
        "clientStatus": row["status"],
        "result": {"messages": [row["message"]] if row["message"] else []},
    }


def summarize_history(call: Call) -> Reply:
    """`POST /interactions/journeyhistory/summary` with `objectId`: counters (names observed, meaning unverified)."""
    object_id = str(folded(call.json()).get("objectid", "")).lower()
    found = journeys.select(call.tenant.store.connection, call.grant.mid, "id = ?", [object_id])
    if not found:
        raise refusal(404, f"No interaction exists for '{object_id}'.", 30003)
    numbers = [journey.number for journey in found]
    marks = ",".join("?" * len(numbers))
    connection = call.tenant.store.connection
    query = f"SELECT COUNT(*), COUNT(DISTINCT contact), COALESCE(SUM(gone IS NULL), 0) FROM memberships WHERE journey IN ({marks})"  # noqa: S608, E501
    total, contacts, waiting = connection.execute(query, numbers).fetchone()
    query = f"SELECT COUNT(*) FROM journey_history WHERE status = 'Failed' AND journey IN ({marks})"  # noqa: S608
    errors = connection.execute(query, numbers).fetchone()[0]
    counters = {"total": total, "totalContactCount": contacts, "waiting": waiting, "expired": 0, "cameOffWait": 0}
    return replies.json({**counters, "successCount": total - waiting, "errorCount": errors, "warningCount": 0})


def request_exit(call: Call) -> Reply:
    """`POST /interactions/contactexit`: 202, with an item in `errors` for a journey that is not there (documented)."""
    errors: list[dict[str, object]] = []
    called = time.time()
    due = called + call.tenant.switches.seconds("exit_delay")
    with call.tenant.store.write() as connection:
        for asked in _exits(call):
            found = _versions(call, connection, asked)
            if not found:
                message = "Exit request Ignored - Invalid Interaction Name."
                wanted = asked.get("versions")
                listed = wanted if isinstance(wanted, list) and wanted else [0]
                status = [{"version": version, "message": message} for version in listed]
                errors.append(
                    {"contactKey": asked["contactkey"], "definitionKey": asked["definitionkey"], "status": status}
                )
            connection.executemany(
                "INSERT INTO exit_requests (mid, contact, journey, called, due) VALUES (?, ?, ?, ?, ?)",
                [(call.grant.mid, asked["contactkey"], journey.number, called, due) for journey in found],
            )
    call.tenant.entry_work.set()
    return replies.json({"errors": errors}, 202)


def exit_status(call: Call) -> Reply:
    """`POST /interactions/contactexit/status`: how far each exit is, by version (documented)."""
    connection = call.tenant.store.connection
    answers: list[dict[str, object]] = []
    for asked in _exits(call):
        status: list[dict[str, object]] = []
        for journey in _versions(call, connection, asked):
            query = "SELECT * FROM exit_requests WHERE journey = ? AND contact = ? ORDER BY number DESC LIMIT 1"
            row = connection.execute(query, (journey.number, asked["contactkey"])).fetchone()
            if row is not None:
                instance = {"definitionInstanceId": row["instance"]} if row["instance"] else {}
                status.append({"version": journey.version, "message": _progress(row), **instance})
        answers.append({"contactKey": asked["contactkey"], "definitionKey": asked["definitionkey"], "status": status})
    return replies.json(answers)


def _progress(row: sqlite3.Row) -> str:
    if row["done"] is not None:
        return _COMPLETED
    return _RECEIVED if time.time() < (row["called"] + row["due"]) / 2 else _PROCESSING


def _exits(call: Call) -> list[dict[str, object]]:
    body = call.json()
    if not isinstance(body, list) or not 0 < len(body) <= CONTACTS:
        raise malformed(f"The message body is not an array of 1 to {CONTACTS} exits.")
    asked = [folded(one) for one in body]
    for one in asked:
        for name in ("contactkey", "definitionkey"):
            if not isinstance(one.get(name), str) or not one[name]:
                raise refusal(400, f"{name} is a required parameter", 10002)
    return asked


def _versions(call: Call, connection: sqlite3.Connection, asked: Mapping[str, object]) -> list[Journey]:
    every = journeys.versions(connection, call.tenant.switches, call.grant.mid, str(asked["definitionkey"]))
    found = [journey for journey in every if journey.status != "Draft"]
    wanted = asked.get("versions")
    return [one for one in found if one.version in wanted] if isinstance(wanted, list) and wanted else found


def _moment(asked: Mapping[str, object], name: str, default: float) -> float:
    text = asked.get(name)
    if text is None or text == "":
        return default
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise refusal(400, f"{name} is not a date.", 10001) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_READ = ("journeys_read",)
_EXIT = (*_READ, "journeys_execute", "journeys_aspr", "list_and_subscribers_read", "data_extensions_read")
_ROOT = "/interaction/v1/interactions"
ROUTES = (
    Route("POST", f"{_ROOT}/contactMembership", read_memberships, _READ),
    Route("POST", f"{_ROOT}/journeyhistory/search", search_history, _READ),
    Route("POST", f"{_ROOT}/journeyhistory/summary", summarize_history, _READ),
    Route("POST", f"{_ROOT}/contactexit", request_exit, _EXIT),
    Route("POST", f"{_ROOT}/contactexit/status", exit_status, _READ),
)
