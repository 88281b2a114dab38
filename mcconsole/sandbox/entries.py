"""From an accepted event to a contact in a journey, or to the reason why not (API reference 2.1)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from mcconsole.sandbox import criteria, entry_sources, journeys, records, schema
from mcconsole.sandbox.entry_sources import EventDefinition
from mcconsole.sandbox.journeys import Journey
from mcconsole.sandbox.records import BadRow, Reader, Record
from mcconsole.sandbox.replies import new_id
from mcconsole.sandbox.schema import DataExtension
from mcconsole.sandbox.switches import Switches

RESERVED = "eventinstanceid"
"""A name in an event's Data whose value is ignored (documented)."""
INACTIVE, GONE = "inactive", ("restricted", "deleting")
"""Contact statuses: the first makes an event invalid, the others keep a contact out without a word (documented)."""
INVALID_CODE = 10000
_UNITS = {"MINUTES": 60, "HOURS": 3600, "DAYS": 86_400, "WEEKS": 604_800, "MONTHS": 2_592_000}
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """A contact at the door of journeys, with the values of its row by lower-cased field name."""

    mid: int
    contact: str
    definition: EventDefinition
    values: Mapping[str, str | None]


def read_data(extension: DataExtension, switches: Switches, data: Mapping[str, object]) -> Record:
    """Check an event's Data against its data extension; raises BadRow. Unknown names are ignored (documented)."""
    exact = switches["event_field_case"] == "exact"
    names = {field.name if exact else field.name.casefold(): field.name for field in extension.fields}
    known = {
        names[found]: value
        for name, value in data.items()
        if name.lower() != RESERVED and (found := name if exact else name.casefold()) in names
    }
    record = Reader(extension, switches).read(known.items())
    if record.lacking:
        raise BadRow(*(records.null_problem(column) for column in record.lacking))
    return record


def write_row(connection: sqlite3.Connection, extension: DataExtension, record: Record) -> None:
    """Write an event's row; one with the same primary key takes the place of the former (unverified)."""
    records.upsert(connection, extension, [Record(record.key, record.body, None, ())])


def status_of(connection: sqlite3.Connection, contact: str) -> str:
    """Return a contact's status, "active" unless it was made something else."""
    row = connection.execute("SELECT status FROM contacts WHERE key = ?", (contact,)).fetchone()
    return row[0] if row else "active"


def settle_due(connection: sqlite3.Connection, switches: Switches, moment: float) -> None:
    """Settle queued events that are due, in the order in which they came, and a bounded number at once."""
    query = "SELECT * FROM entry_events WHERE state = 'queued' AND due <= ? ORDER BY due, number LIMIT ?"
    for event in connection.execute(query, (moment, _BATCH)).fetchall():
        state, code, message = _settle(connection, switches, event)
        update = "UPDATE entry_events SET state = ?, code = ?, message = ?, stored = 1 WHERE number = ?"
        connection.execute(update, (state, code, message, event["number"]))


def _settle(connection: sqlite3.Connection, switches: Switches, event: sqlite3.Row) -> tuple[str, int, str]:
    """Return the state of an event after it was looked at: processed, held or errored, with code and message."""
    definition = entry_sources.find_by_id(connection, event["mid"], event["definition"])
    if definition is None:
        return "errored", INVALID_CODE, "The event definition does not exist any more."
    candidates = journeys.fed_by(connection, event["mid"], definition.id)
    extension = schema.find_by_id(connection, event["mid"], definition.data_extension)
    try:
        if extension is None:
            return "errored", INVALID_CODE, "The data extension of the event does not exist."
        if status_of(connection, event["contact"]) == INACTIVE:
            return _lost(connection, switches, event, candidates, definition, "The contact is inactive.")
        record = read_data(extension, switches, orjson.loads(event["data"]))
    except BadRow as bad:
        problem = bad.problems[0]
        return _lost(connection, switches, event, candidates, definition, f"{problem.column}: {problem.text}")
    if not event["stored"] and is_row_wanted(switches, candidates):
        write_row(connection, extension, record)
    arrival = Arrival(event["mid"], event["contact"], definition, _values(extension, record))
    return _admit(connection, switches, event["number"], arrival, candidates)


def is_row_wanted(switches: Switches, candidates: Iterable[Journey]) -> bool:
    """Whether an event leaves a row; without a published journey that is open (API reference 2.1)."""
    return switches["row_without_journey"] == "store" or any(candidates)


def _admit(
    connection: sqlite3.Connection, switches: Switches, event: int, arrival: Arrival, candidates: list[Journey]
) -> tuple[str, int, str]:
    held = {row[0] for row in connection.execute("SELECT journey FROM held_entries WHERE event = ?", (event,))}
    if held:
        # It was at all doors before; now only those count where it waits.
        connection.execute("DELETE FROM held_entries WHERE event = ?", (event,))
        candidates = [journey for journey in candidates if journey.number in held]
    waiting = [journey for journey in candidates if journey.status == "Paused" and journey.retain]
    connection.executemany("INSERT INTO held_entries VALUES (?, ?)", [(event, one.number) for one in waiting])
    entered, reason = False, "No journey is published with this entry source."
    for journey in candidates:
        if journey in waiting:
            continue
        refused = _refusal(connection, arrival, journey)
        reason = refused or reason
        if not refused:
            entered = True
            stay = switches.seconds("journey_stay") + sum(map(_wait, journeys.parts(journey, "activities")))
            enter(connection, journey, arrival.contact, arrival.definition.name, stay)
    if waiting:
        return "held", 0, ""
    if entered or switches["not_entered"] == "processed":
        return "processed", 0, ""
    return "errored", INVALID_CODE, reason


def _refusal(connection: sqlite3.Connection, arrival: Arrival, journey: Journey) -> str:
    """Return why a contact does not enter a journey, or "" (reasons documented, their order unverified)."""
    if journey.status == "Paused":
        return "The journey is paused."
    if status_of(connection, arrival.contact) in GONE:
        return "The contact is restricted or being deleted."
    filters = [arrival.definition.criteria, *map(journeys.criteria_of, journeys.parts(journey, "triggers"))]
    if not all(criteria.matches(text, arrival.values) for text in filters):
        return "The contact does not meet the entry criteria."
    query = (
        "SELECT COUNT(*), COALESCE(SUM(gone IS NULL), 0) FROM memberships JOIN journeys ON journeys.number = journey"
        " WHERE memberships.mid = ? AND contact = ? AND key_folded = ?"
    )
    values = (arrival.mid, arrival.contact, journey.key.casefold())
    ever, present = connection.execute(query, values).fetchone()
    if (ever and journey.entry_mode == "OnceAndDone") or (
        present and journey.entry_mode == "SingleEntryAcrossAllVersions"
    ):
        return "The contact was in the journey before."
    return _met_at_once(connection, arrival, journey)


def _met_at_once(connection: sqlite3.Connection, arrival: Arrival, journey: Journey) -> str:
    goals = [goal for goal in journeys.parts(journey, "goals") if _is_exit(goal)]
    for column, parts in (("met_goal", goals), ("met_exit", journeys.parts(journey, "exits"))):
        texts = [text for part in parts if (text := journeys.criteria_of(part))]
        if any(criteria.matches(text, arrival.values) for text in texts):
            connection.execute(f"UPDATE journeys SET {column} = {column} + 1 WHERE number = ?", (journey.number,))  # noqa: S608
            return "The contact meets the goal or exit criteria already."
    return ""


def _is_exit(goal: Mapping[str, object]) -> bool:
    meta = goal.get("metaData")
    return isinstance(meta, dict) and str(meta.get("isExitCriteria")).lower() == "true"


def enter(connection: sqlite3.Connection, journey: Journey, contact: str, event_name: str, stay: float) -> None:
    """Let a contact into a journey version for `stay` seconds."""
    moment, instance = time.time(), new_id()
    connection.execute(
        "INSERT INTO memberships (id, mid, contact, journey, entered, leave) VALUES (?, ?, ?, ?, ?, ?)",
        (instance, journey.mid, contact, journey.number, moment, moment + stay),
    )
    _note(connection, journey, contact, instance, event_name, "Event", "Complete")
    if not stay:
        leave_due(connection, moment)


def _wait(activity: Mapping[str, object]) -> float:
    """Return the seconds of a wait by duration (observed: `waitDuration` and `waitUnit`)."""
    arguments = activity.get("configurationArguments")
    if str(activity.get("type", "")).upper() != "WAIT" or not isinstance(arguments, dict):
        return 0
    duration = arguments.get("waitDuration")
    unit = _UNITS.get(str(arguments.get("waitUnit", "")).upper(), 0)
    return max(duration, 0) * unit if isinstance(duration, int | float) else 0


def leave_due(connection: sqlite3.Connection, moment: float) -> None:
    """Let go whoever is at the end of a journey."""
    _leave(connection, "leave <= ?", moment, "Exit")


def empty(connection: sqlite3.Connection, journey: Journey) -> None:
    """Let everybody go at once."""
    _leave(connection, "journey = ?", journey.number, "Journey stopped")


def remove(connection: sqlite3.Connection, journey: Journey, contact: str) -> str:
    """Take a contact out of a journey version; returns the id of the stay that ended, or ""."""
    return _leave(connection, "journey = ? AND contact = ?", journey.number, "Contact exit", contact)


def _leave(connection: sqlite3.Connection, where: str, value: float, name: str, *more: str) -> str:
    query = f"SELECT * FROM memberships WHERE gone IS NULL AND {where} ORDER BY leave"  # noqa: S608
    rows = connection.execute(query, (value, *more)).fetchall()
    for row in rows:
        connection.execute("UPDATE memberships SET gone = ? WHERE number = ?", (time.time(), row["number"]))
        for journey in journeys.select(connection, row["mid"], "number = ?", [row["journey"]]):
            _note(connection, journey, row["contact"], row["id"], name, "Exit", "Complete")
    return str(rows[-1]["id"]) if rows else ""


def release(connection: sqlite3.Connection, journey: Journey) -> None:
    """Look again at what waits for a paused version, which is not paused any more."""
    connection.execute(
        "UPDATE entry_events SET state = 'queued', due = ?"
        " WHERE state = 'held' AND number IN (SELECT event FROM held_entries WHERE journey = ?)",
        (time.time(), journey.number),
    )


def exit_due(connection: sqlite3.Connection, moment: float) -> None:
    """Carry out the exit requests that are due."""
    query = "SELECT * FROM exit_requests WHERE done IS NULL AND due <= ? ORDER BY due LIMIT ?"
    for row in connection.execute(query, (moment, _BATCH)).fetchall():
        found = journeys.select(connection, row["mid"], "number = ?", [row["journey"]])
        instance = remove(connection, found[0], row["contact"]) if found else ""
        update = "UPDATE exit_requests SET done = ?, instance = ? WHERE number = ?"
        connection.execute(update, (time.time(), instance, row["number"]))


def _lost(
    connection: sqlite3.Connection,
    switches: Switches,
    event: sqlite3.Row,
    candidates: list[Journey],
    definition: EventDefinition,
    message: str,
) -> tuple[str, int, str]:
    if switches["lost_event_trace"] == "history":
        for journey in candidates:
            _note(connection, journey, event["contact"], "", definition.name, "Event", "Failed", message)
    return "errored", INVALID_CODE, message


def _values(extension: DataExtension, record: Record) -> dict[str, str | None]:
    body = orjson.loads(record.body)
    return {field.name.lower(): body.get(str(field.number)) for field in extension.fields}


def _note(
    connection: sqlite3.Connection,
    journey: Journey,
    contact: str,
    instance: str,
    name: str,
    kind: str,
    status: str,
    message: str = "",
) -> None:
    connection.execute(
        "INSERT INTO journey_history (id, mid, moment, contact, journey, instance, event_name, activity_name,"
        " activity_type, status, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(new_id(), journey.mid, time.time(), contact, journey.number, instance or new_id()),
            *(name if kind == "Event" else "", name, kind, status, message),
        ),
    )
