"""What sends are made of: e-mails, lists, classifications and profiles (API reference 3.1).

Their types and names are documented; which properties the real tenant shows of each is not in the reference, so these
are the fewest that a definition and a list to pick from need.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import orjson

from mcconsole.sandbox import schema
from mcconsole.sandbox.replies import new_id

EMAIL, LIST, CLASSIFICATION = "Email", "List", "SendClassification"
SENDER, DELIVERY = "SenderProfile", "DeliveryProfile"


@dataclass(frozen=True, slots=True)
class Asset:
    """One of them. `id` is its number within unit and kind; `version` counts the changes of its content."""

    mid: int
    kind: str
    key: str
    name: str
    body: Mapping[str, str] = field(default_factory=dict)
    id: int = 0
    object_id: str = ""
    version: int = 1
    number: int = 0
    created: str = ""
    modified: str = ""


def add(connection: sqlite3.Connection, draft: Asset) -> Asset:
    """Store a new one, with the next id of its kind; without a key its GUID is the key."""
    stamp, object_id = schema.server_time(), new_id()
    query = "SELECT IFNULL(MAX(id), 0) + 1 FROM assets WHERE mid = ? AND kind = ?"
    following = connection.execute(query, (draft.mid, draft.kind)).fetchone()[0]
    made = replace(draft, id=following, object_id=object_id, key=draft.key or object_id, created=stamp, modified=stamp)
    cursor = connection.execute(
        "INSERT INTO assets (mid, kind, id, object_id, key, name, version, created, modified, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(made.mid, made.kind, made.id, made.object_id, made.key, made.name, made.version, stamp, stamp),
            orjson.dumps(made.body).decode(),
        ),
    )
    return replace(made, number=cursor.lastrowid or 0)


def change(connection: sqlite3.Connection, asset: Asset) -> None:
    """Store a changed name or content, as the next version."""
    connection.execute(
        "UPDATE assets SET name = ?, body = ?, version = version + 1, modified = ? WHERE number = ?",
        (asset.name, orjson.dumps(asset.body).decode(), schema.server_time(), asset.number),
    )


def find(connection: sqlite3.Connection, mid: int, kind: str, *, key: str = "", number: str = "") -> Asset | None:
    """Return a unit's asset by external key or GUID, or by its id; of both given, the id is the one that counts."""
    if number:
        found = select(connection, mid, kind, "CAST(id AS TEXT) = ?", [number])
    else:
        found = select(connection, mid, kind, "? IN (lower(key), object_id)", [key.lower()]) if key else []
    return found[0] if found else None


def select(
    connection: sqlite3.Connection, mid: int, kind: str, where: str = "1", values: Iterable[object] = ()
) -> list[Asset]:
    """Return a unit's assets of one kind, oldest first."""
    # S608: `where` is always a constant of this package.
    rows = connection.execute(
        f"SELECT * FROM assets WHERE mid = ? AND kind = ? AND {where} ORDER BY number",  # noqa: S608
        (mid, kind, *values),
    ).fetchall()
    return [
        Asset(
            *(row["mid"], row["kind"], row["key"], row["name"], orjson.loads(row["body"]), row["id"]),
            *(row["object_id"], row["version"], row["number"], row["created"], row["modified"]),
        )
        for row in rows
    ]
