"""Event definitions as the tenant keeps them: the entry sources of journeys (API reference 2.3)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import orjson

from mcconsole.sandbox import schema
from mcconsole.sandbox.replies import new_id

API_EVENT = "APIEvent"
NO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One entry source. `data_extension` is a GUID, `criteria` its entry filter; `body` is the rest, as it was sent."""

    mid: int
    key: str
    type: str
    name: str
    data_extension: str
    body: Mapping[str, object]
    criteria: str = ""
    number: int = 0
    id: str = ""
    created: str = ""
    modified: str = ""


def find(connection: sqlite3.Connection, mid: int, key: str, *, exact: bool = False) -> EventDefinition | None:
    """Return a unit's event definition by its key, whose case counts only when `exact`."""
    clause, value = ("key = ?", key) if exact else ("key_folded = ?", key.casefold())
    return next(iter(select(connection, mid, clause, [value])), None)


def find_by_id(connection: sqlite3.Connection, mid: int, object_id: str) -> EventDefinition | None:
    """Return a unit's event definition by its id."""
    return next(iter(select(connection, mid, "id = ?", [object_id.lower()])), None)


def is_foreign(connection: sqlite3.Connection, mid: int, key: str) -> bool:
    """Whether another business unit has an event definition of this key or id."""
    query = "SELECT 1 FROM event_definitions WHERE mid <> ? AND (key_folded = ? OR id = ?)"
    return connection.execute(query, (mid, key.casefold(), key.lower())).fetchone() is not None


def add(connection: sqlite3.Connection, definition: EventDefinition) -> EventDefinition:
    """Store a new event definition."""
    made = replace(definition, id=new_id(), created=schema.server_time(), modified=schema.server_time())
    cursor = connection.execute(
        "INSERT INTO event_definitions (mid, id, key, key_folded, type, name, data_extension, criteria, created,"
        " modified, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(made.mid, made.id, made.key, made.key.casefold(), made.type, made.name, made.data_extension),
            *(made.criteria, made.created, made.modified, orjson.dumps(made.body).decode()),
        ),
    )
    return replace(made, number=cursor.lastrowid or 0)


def select(
    connection: sqlite3.Connection, mid: int, where: str = "1", values: Iterable[object] = ()
) -> list[EventDefinition]:
    """Return a unit's event definitions, oldest first."""
    # S608: `where` is always a constant of this package.
    rows = connection.execute(
        f"SELECT * FROM event_definitions WHERE mid = ? AND {where} ORDER BY number",  # noqa: S608
        (mid, *values),
    ).fetchall()
    return [
        EventDefinition(
            *(row["mid"], row["key"], row["type"], row["name"], row["data_extension"], orjson.loads(row["body"])),
            *(row["criteria"], row["number"], row["id"], row["created"], row["modified"]),
        )
        for row in rows
    ]
