"""Data extensions and folders as the tenant keeps them (API reference 4.1 to 4.3)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mcconsole.core.clock import PLATFORM_ZONE, now
from mcconsole.sandbox.replies import new_id
from mcconsole.sandbox.switches import Switches

LENGTHS = {"Text": 50, "EmailAddress": 254, "Phone": 50, "Locale": 5, "Decimal": 18}
"""Default length by type; of a Decimal its precision (API reference 4.7, documented)."""
FIELD_TYPES = {name.lower(): name for name in ("Number", "Date", "Boolean", *LENGTHS)} | {"email": "EmailAddress"}
MAXIMUM_LENGTHS = {"Text": 4000, "EmailAddress": 254, "Phone": 50, "Locale": 5, "Decimal": 38}
NAME_EXISTS = 1
"""SOAP's code for a name or key that is taken (API reference 7.6, documented)."""
DATA_EXTENSION_FOLDER = "dataextension"

_FORBIDDEN = re.compile(r"""[!@#$%^*()={}\[\]\\:"'<>?/|&+;,]""")
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class SchemaError(Exception):
    """A definition that the tenant does not accept; `code` is SOAP's number for it."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `length` is None for types without one; `scale` for all but Decimal."""

    name: str
    type: str = "Text"
    length: int | None = None
    scale: int | None = None
    required: bool = False
    primary_key: bool = False
    default: str = ""
    number: int = 0
    id: str = ""


@dataclass(frozen=True, slots=True)
class DataExtension:
    """One data extension of one business unit, with its fields in order. Dates are ISO 8601 in server time."""

    name: str
    key: str
    mid: int
    fields: tuple[Field, ...] = ()
    description: str = ""
    category: int = 0
    sendable_field: str = ""
    sendable_subscriber: str = ""
    testable: bool = False
    created: str = ""
    modified: str = ""
    number: int = 0
    id: str = ""

    @property
    def keys(self) -> tuple[Field, ...]:
        """The primary key fields, in order."""
        return tuple(field for field in self.fields if field.primary_key)

    @property
    def table(self) -> str:
        """The name of the SQLite table with its rows."""
        return f"rows_{self.number}"


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of a business unit. The root's parent is 0."""

    name: str
    mid: int
    parent: int
    content_type: str = DATA_EXTENSION_FOLDER
    description: str = ""
    key: str = ""
    id: int = 0
    object_id: str = ""
    created: str = ""


def server_time(moment: datetime | None = None) -> str:
    """Return a moment (by default this one) as server time without a zone (API reference 4.3 and 4.7)."""
    return (moment or now()).astimezone(PLATFORM_ZONE).replace(tzinfo=None).isoformat(timespec="milliseconds")


def is_guid(text: str) -> bool:
    """Whether a text is a GUID."""
    return _GUID.fullmatch(text) is not None


def allowed_name(text: str) -> str:
    """Return a name with spaces for the characters that a data extension's name must not have."""
    return _FORBIDDEN.sub(" ", text).strip()


def extensions(
    connection: sqlite3.Connection, mid: int, where: str = "1", values: Iterable[object] = ()
) -> list[DataExtension]:
    """Return a unit's data extensions with their fields, oldest first."""
    # S608: `where` is always a constant of this package.
    rows = connection.execute(
        f"SELECT * FROM data_extensions WHERE mid = ? AND {where} ORDER BY number",  # noqa: S608
        (mid, *values),
    ).fetchall()
    return [_extension(connection, row) for row in rows]


def find(connection: sqlite3.Connection, switches: Switches, mid: int, reference: str) -> DataExtension | None:
    """Return the data extension with this external key, or this GUID (API reference 4.1: never by its name)."""
    clause, value = (
        ("key = ?", reference) if switches["key_case"] == "exact" else ("key_folded = ?", reference.casefold())
    )
    found = extensions(connection, mid, clause, [value])
    return found[0] if found else find_by_id(connection, mid, reference)


def find_by_id(connection: sqlite3.Connection, mid: int, object_id: str) -> DataExtension | None:
    """Return the data extension with this GUID."""
    found = extensions(connection, mid, "id = ?", [object_id.lower()]) if is_guid(object_id) else []
    return found[0] if found else None


def exists_elsewhere(connection: sqlite3.Connection, mid: int, reference: str) -> bool:
    """Whether another business unit has a data extension of this key or GUID."""
    query = "SELECT 1 FROM data_extensions WHERE mid <> ? AND (key_folded = ? OR id = ?)"
    return connection.execute(query, (mid, reference.casefold(), reference.lower())).fetchone() is not None


def create(connection: sqlite3.Connection, draft: DataExtension) -> DataExtension:
    """Create a data extension and its empty table; raises SchemaError."""
    draft = _checked(connection, draft)
    stamp = server_time()
    cursor = connection.execute(
        "INSERT INTO data_extensions (mid, id, key, key_folded, name, description, category, sendable_field,"
        " sendable_subscriber, testable, created, modified) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(draft.mid, new_id(), draft.key, draft.key.casefold(), draft.name, draft.description, draft.category),
            *(draft.sendable_field, draft.sendable_subscriber, draft.testable, stamp, stamp),
        ),
    )
    number = cursor.lastrowid or 0
    for at, field in enumerate(draft.fields):
        _put_field(connection, number, replace(field, number=at, id=new_id()))
    connection.execute(f"CREATE TABLE rows_{number} (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT NOT NULL)")
    return extensions(connection, draft.mid, "number = ?", [number])[0]


def update(
    connection: sqlite3.Connection, extension: DataExtension, description: str, fields: Iterable[Field]
) -> DataExtension:
    """Change the description, change fields by name and add new ones; raises SchemaError.

    A field keeps its type and its place in the key, and does not get shorter; a new one is optional (unverified).
    """
    there = {field.name.casefold(): field for field in extension.fields}
    for draft in fields:
        known = there.get(draft.name.casefold())
        field = _checked_field(replace(draft, type=known.type, primary_key=known.primary_key) if known else draft)
        if known and (field.length or 0) < (known.length or 0):
            raise SchemaError(f"The field {known.name} cannot get shorter.", 310007)
        if known is None and (field.primary_key or field.required):
            raise SchemaError(f"The new field {field.name} must be optional.", 310007)
        place = known or replace(field, number=len(there), id=new_id())
        there[field.name.casefold()] = replace(field, name=place.name, number=place.number, id=place.id)
    for field in there.values():
        _put_field(connection, extension.number, field)
    query = "UPDATE data_extensions SET description = ?, modified = ? WHERE number = ?"
    connection.execute(query, (description, server_time(), extension.number))
    return extensions(connection, extension.mid, "number = ?", [extension.number])[0]


def _put_field(connection: sqlite3.Connection, extension: int, field: Field) -> None:
    values = (field.id, field.name, field.type, field.length, field.scale)
    flags = (field.required, field.primary_key, field.default)
    connection.execute(
        "INSERT OR REPLACE INTO fields VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (extension, field.number, *values, *flags),
    )


def delete(connection: sqlite3.Connection, extension: DataExtension) -> None:
    """Delete a data extension with its rows."""
    connection.execute(f"DROP TABLE {extension.table}")
    connection.execute("DELETE FROM fields WHERE extension = ?", (extension.number,))
    connection.execute("DELETE FROM data_extensions WHERE number = ?", (extension.number,))


def folders(connection: sqlite3.Connection, mid: int) -> list[Folder]:
    """Return a unit's folders."""
    rows = connection.execute("SELECT * FROM folders WHERE mid = ? ORDER BY id", (mid,))
    return [Folder(**dict(row)) for row in rows]


def add_folder(connection: sqlite3.Connection, folder: Folder) -> int:
    """Create a folder and return its number."""
    cursor = connection.execute(
        "INSERT INTO folders (mid, parent, name, content_type, key, object_id, description, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(folder.mid, folder.parent, folder.name, folder.content_type, folder.key or new_id()),
            *(new_id(), folder.description, server_time()),
        ),
    )
    return cursor.lastrowid or 0


def is_young(extension: DataExtension, seconds: float) -> bool:
    """Whether a data extension is too new to be found (API reference 4.3, observed)."""
    return seconds > 0 and extension.created > server_time(now() - timedelta(seconds=seconds))


def _extension(connection: sqlite3.Connection, row: sqlite3.Row) -> DataExtension:
    found = connection.execute("SELECT * FROM fields WHERE extension = ? ORDER BY number", (row["number"],))
    return DataExtension(
        fields=tuple(
            Field(
                *(f["name"], f["type"], f["length"], f["scale"], bool(f["required"]), bool(f["primary_key"])),
                *(f["default_value"], f["number"], f["id"]),
            )
            for f in found
        ),
        testable=bool(row["testable"]),
        **{name: row[name] for name in row.keys() if name not in ("testable", "key_folded")},  # noqa: SIM118
    )


def _checked(connection: sqlite3.Connection, draft: DataExtension) -> DataExtension:
    # The numbers of the DE family (310001 to 310007) are documented, which means what is not: API reference 7.6.
    if not draft.name.strip() or _FORBIDDEN.search(draft.name):
        raise SchemaError("The data extension name is empty or holds a character that is not allowed.", 310001)
    key = draft.key.strip() or new_id().upper()
    if len(key) > 200:
        raise SchemaError("The external key is too long.", 310002)
    if extensions(connection, draft.mid, "(key_folded = ? OR lower(name) = lower(?))", [key.casefold(), draft.name]):
        raise SchemaError("A data extension with this name or external key already exists.", NAME_EXISTS)
    if not draft.fields:
        raise SchemaError("A data extension must have at least one field.", 310003)
    fields = tuple(_checked_field(field) for field in draft.fields)
    names = {field.name.casefold() for field in fields}
    if len(names) != len(fields):
        raise SchemaError("Two fields have the same name.", 310004)
    if draft.sendable_field and draft.sendable_field.casefold() not in names:
        raise SchemaError("The sendable field is not a field of the data extension.", 310005)
    in_unit = folders(connection, draft.mid)
    category = draft.category
    if not category:
        category = next((f.id for f in in_unit if not f.parent and f.content_type == DATA_EXTENSION_FOLDER), 0)
    elif category not in {folder.id for folder in in_unit}:
        raise SchemaError(f"There is no folder {category}.", 310006)
    return replace(draft, key=key, fields=fields, category=category)


def _checked_field(field: Field) -> Field:
    kind = FIELD_TYPES.get(field.type.casefold())
    if kind is None:
        raise SchemaError(f"The field type {field.type} of {field.name} is not known.", 310007)
    if not field.name.strip() or len(field.name) > 128:
        raise SchemaError("A field name is empty or longer than 128 characters.", 310007)
    length = (field.length or LENGTHS[kind]) if kind in LENGTHS else None
    if length is not None and not 0 < length <= MAXIMUM_LENGTHS[kind]:
        raise SchemaError(f"The length {length} of {field.name} is not possible for {kind}.", 310007)
    scale = (field.scale or 0) if kind == "Decimal" else None
    if scale is not None and not 0 <= scale <= (length or 0):
        raise SchemaError(f"The scale {scale} of {field.name} is not possible.", 310007)
    return replace(field, type=kind, length=length, scale=scale, required=field.required or field.primary_key)
