"""Send definitions as the tenant keeps them, of both systems (API reference 3.1 and 3.3)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import orjson

from mcconsole.sandbox import assets, schema
from mcconsole.sandbox.replies import new_id
from mcconsole.sandbox.switches import Switches

TRIGGERED, TRANSACTIONAL = "triggered", "transactional"
NEW, ACTIVE, INACTIVE, CANCELED, DELETED = "New", "Active", "Inactive", "Canceled", "Deleted"
ENDED = (CANCELED, DELETED)
"""Statuses that nothing leads out of (documented)."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition. `parts` are the numbers of its assets by kind, `extension` is the GUID of its send DE or "".

    `copy` is the e-mail as it is being sent: it stays what it was until the content is refreshed.
    """

    mid: int
    kind: str
    key: str
    name: str
    status: str = NEW
    body: Mapping[str, object] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    extension: str = ""
    copy: Mapping[str, object] = field(default_factory=dict)
    number: int = 0
    id: str = ""
    created: str = ""
    modified: str = ""


def save(connection: sqlite3.Connection, definition: Definition) -> Definition:
    """Store a definition, a new one when it has no number yet."""
    stamp = schema.server_time()
    made = replace(definition, modified=stamp)
    if not made.number:
        made = replace(made, id=new_id(), created=stamp)
    values = {
        "mid": made.mid,
        "kind": made.kind,
        "id": made.id,
        "key": made.key,
        "key_folded": made.key.casefold(),
        "name": made.name,
        "status": made.status,
        "extension": made.extension,
        "parts": orjson.dumps(made.parts).decode(),
        "copy": orjson.dumps(made.copy).decode(),
        "created": made.created,
        "modified": made.modified,
        "body": orjson.dumps(made.body).decode(),
    }
    query = (
        f"INSERT OR REPLACE INTO send_definitions (number, {', '.join(values)})"  # noqa: S608
        f" VALUES (?{', ?' * len(values)})"
    )
    cursor = connection.execute(query, (made.number or None, *values.values()))
    return replace(made, number=cursor.lastrowid or 0)


def find(
    connection: sqlite3.Connection, switches: Switches, mid: int, kind: str, *, key: str = "", object_id: str = ""
) -> Definition | None:
    """Return a unit's definition by key or ObjectID; of several with a key, one that is not deleted comes first."""
    if key:
        clause, value = ("key = ?", key) if switches["key_case"] == "exact" else ("key_folded = ?", key.casefold())
    else:
        clause, value = "id = ?", object_id.lower()
    found = select(connection, mid, kind, clause, [value])
    return min(found, key=lambda one: (one.status == DELETED, -one.number), default=None)


def find_by_number(connection: sqlite3.Connection, number: int) -> Definition:
    """Return the definition with this number, which exists."""
    row = connection.execute("SELECT * FROM send_definitions WHERE number = ?", (number,)).fetchone()
    return _read(row)


def is_foreign(connection: sqlite3.Connection, mid: int, reference: str) -> bool:
    """Whether another business unit has a definition of this key or ObjectID."""
    query = "SELECT 1 FROM send_definitions WHERE mid <> ? AND (key_folded = ? OR id = ?)"
    return connection.execute(query, (mid, reference.casefold(), reference.lower())).fetchone() is not None


def select(
    connection: sqlite3.Connection, mid: int, kind: str, where: str = "1", values: Iterable[object] = ()
) -> list[Definition]:
    """Return a unit's definitions of one system, oldest first."""
    # S608: `where` is always a constant of this package.
    rows = connection.execute(
        f"SELECT * FROM send_definitions WHERE mid = ? AND kind = ? AND {where} ORDER BY number",  # noqa: S608
        (mid, kind, *values),
    )
    return [_read(row) for row in rows.fetchall()]


def with_fresh_copy(connection: sqlite3.Connection, definition: Definition) -> Definition:
    """Take the e-mail as it is now for what is sent from now on."""
    number = definition.parts.get(assets.EMAIL, 0)
    found = assets.select(connection, definition.mid, assets.EMAIL, "number = ?", [number])
    if not found:
        return replace(definition, copy={})
    email = found[0]
    subject = definition.body.get("EmailSubject") or email.body.get("Subject", "")
    return replace(definition, copy={"email": email.key, "id": email.id, "version": email.version, "subject": subject})


def _read(row: sqlite3.Row) -> Definition:
    return Definition(
        *(row["mid"], row["kind"], row["key"], row["name"], row["status"], orjson.loads(row["body"])),
        *(orjson.loads(row["parts"]), row["extension"], orjson.loads(row["copy"])),
        *(row["number"], row["id"], row["created"], row["modified"]),
    )
