"""Journeys and their versions as the tenant keeps them (API reference 2.4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import orjson

from mcconsole.sandbox import entry_sources, schema
from mcconsole.sandbox.replies import new_id
from mcconsole.sandbox.switches import Switches

ENTRY_MODES = ("NotSet", "OnceAndDone", "SingleEntryAcrossAllVersions", "MultipleEntries")
STATUSES = (
    *("Draft", "Published", "ScheduledToPublish", "Stopped", "Unpublished", "Deleted", "Paused"),
    *("ScheduledToSend", "Sent"),
)
NEVER = "0001-01-01T00:00:00"


@dataclass(frozen=True, slots=True)
class Journey:
    """One version of a journey. `sources` are ids of event definitions; `retain`: paused, with entries queueing."""

    mid: int
    key: str
    name: str
    entry_mode: str
    body: Mapping[str, object]
    status: str = "Draft"
    version: int = 1
    id: str = ""
    definition_id: str = ""
    sources: tuple[str, ...] = ()
    retain: bool = False
    met_goal: int = 0
    met_exit: int = 0
    created: str = ""
    modified: str = ""
    published: str = NEVER
    number: int = 0


def select(connection: sqlite3.Connection, mid: int, where: str = "1", values: Iterable[object] = ()) -> list[Journey]:
    """Return a unit's journey versions, the latest version of a journey last; `where` is a constant."""
    rows = connection.execute(
        f"SELECT * FROM journeys WHERE mid = ? AND {where} ORDER BY version, number",  # noqa: S608
        (mid, *values),
    ).fetchall()
    return [
        Journey(
            body=orjson.loads(row["body"]),
            sources=tuple(orjson.loads(row["sources"])),
            retain=bool(row["retain"]),
            **{name: row[name] for name in row.keys() if name not in ("body", "sources", "retain", "key_folded")},  # noqa: SIM118
        )
        for row in rows
    ]


def versions(connection: sqlite3.Connection, switches: Switches, mid: int, key: str) -> list[Journey]:
    """Return the versions of the journey with this key, oldest first, deleted ones left out."""
    exact = switches["key_case"] == "exact"
    clause, value = ("key = ?", key) if exact else ("key_folded = ?", key.casefold())
    return [journey for journey in select(connection, mid, clause, [value]) if journey.status != "Deleted"]


def fed_by(connection: sqlite3.Connection, mid: int, definition_id: str) -> list[Journey]:
    """Return the running or paused versions that take their contacts from an event definition."""
    clause = "status IN ('Published', 'Paused') AND EXISTS (SELECT 1 FROM json_each(sources) WHERE json_each.value = ?)"
    return select(connection, mid, clause, [definition_id])


def save(connection: sqlite3.Connection, journey: Journey) -> Journey:
    """Store a journey version, a new one when it has no number yet; its sources are found by its triggers."""
    stamp = schema.server_time()
    triggers = _resolved(connection, journey)
    body = {**journey.body, "triggers": triggers}
    sources = tuple(str(_meta(trigger).get("eventDefinitionId", "")) for trigger in triggers)
    made = replace(journey, body=body, sources=tuple(filter(None, sources)), modified=stamp)
    if not made.number:
        first = made.id or new_id()
        made = replace(made, id=first, definition_id=first if made.version == 1 else new_id(), created=stamp)
    values = {
        "mid": made.mid,
        "id": made.id,
        "definition_id": made.definition_id,
        "key": made.key,
        "key_folded": made.key.casefold(),
        "version": made.version,
        "name": made.name,
        "status": made.status,
        "entry_mode": made.entry_mode,
        "sources": orjson.dumps(made.sources).decode(),
        "retain": made.retain,
        "met_goal": made.met_goal,
        "met_exit": made.met_exit,
        "created": made.created,
        "modified": made.modified,
        "published": made.published,
        "body": orjson.dumps(body).decode(),
    }
    query = (
        f"INSERT OR REPLACE INTO journeys (number, {', '.join(values)})"  # noqa: S608
        f" VALUES (?{', ?' * len(values)})"
    )
    cursor = connection.execute(query, (made.number or None, *values.values()))
    return replace(made, number=cursor.lastrowid or 0)


def criteria_of(part: Mapping[str, object]) -> str:
    """Return the filter of a goal, an exit or a trigger, or ""."""
    arguments = part.get("configurationArguments")
    found = arguments.get("criteria") if isinstance(arguments, dict) else None
    return found if isinstance(found, str) else ""


def parts(journey: Journey, name: str) -> list[Mapping[str, object]]:
    """Return the goals, exits, triggers or activities of a journey."""
    return objects(journey.body.get(name))


def _resolved(connection: sqlite3.Connection, journey: Journey) -> list[dict[str, object]]:
    """Return the triggers, with id and key of their event definition where there is one."""
    made: list[dict[str, object]] = []
    for trigger in objects(journey.body.get("triggers")):
        meta = _meta(trigger)
        key = str(meta.get("eventDefinitionKey") or trigger.get("eventDefinitionKey") or "")
        object_id = str(meta.get("eventDefinitionId") or trigger.get("eventDefinitionId") or "")
        found = entry_sources.find(connection, journey.mid, key) if key else None
        found = found or entry_sources.find_by_id(connection, journey.mid, object_id)
        ids = {"eventDefinitionId": found.id, "eventDefinitionKey": found.key} if found else {}
        base = {"id": new_id(), "key": "TRIGGER", "name": "TRIGGER", **({"type": found.type} if found else {})}
        made.append({**base, **trigger, "metaData": {**meta, **ids}})
    return made


def _meta(trigger: Mapping[str, object]) -> Mapping[str, object]:
    meta = trigger.get("metaData")
    return meta if isinstance(meta, dict) else {}


def objects(value: object) -> list[Mapping[str, object]]:
    """Return the JSON objects of an array, and nothing for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
