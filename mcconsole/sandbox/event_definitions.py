"""Event definitions, the entry sources of journeys (API reference 2.3).

What a definition looks like and how it is paged is observed and documented there; the texts of refusals are not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from mcconsole.core.clock import PLATFORM_ZONE, now
from mcconsole.sandbox import criteria, replies, schema
from mcconsole.sandbox.replies import Refusal, Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, folded
from mcconsole.sandbox.schema import DataExtension, Field, SchemaError
from mcconsole.sandbox.switches import Switches

API_EVENT = "APIEvent"
PAGE = 50
NO_ID = "00000000-0000-0000-0000-000000000000"
_NO_DATE = "0001-01-01T00:00:00"
_PERSON = 700_100_200
_ICON = "/images/icon_journeyBuilder-event-api-blue.svg"
_APPLICATION = "7db1f972-f8b7-49b6-91b5-fa218e13953d"
_OBJECT_TYPES = {API_EVENT: 11, "AutomationAudience": 2, "EmailAudience": 3}
"""`serializedObjectType`; 11 is observed for API events, the others unverified."""
_KEPT = ("description", "mode", "iconUrl", "arguments", "configurationArguments", "metaData", "schedule", "category")
_KEPT_IDS = ("filterDefinitionId", "filterDefinitionTemplate", "automationId", "sourceApplicationExtensionId")
_LISTED = "status IN ('Published', 'Paused')"


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


def find(connection: sqlite3.Connection, switches: Switches, mid: int, key: str) -> EventDefinition | None:
    """Return a unit's event definition by its key."""
    exact = switches["key_case"] == "exact"
    clause, value = ("key = ?", key) if exact else ("key_folded = ?", key.casefold())
    return next(iter(_select(connection, mid, clause, [value])), None)


def find_by_id(connection: sqlite3.Connection, mid: int, object_id: str) -> EventDefinition | None:
    """Return a unit's event definition by its id."""
    return next(iter(_select(connection, mid, "id = ?", [object_id.lower()])), None)


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


def list_all(call: Call) -> Reply:
    """`GET /interaction/v1/eventDefinitions`: 50 a page at most; `$pageSize` counts only with `$page` (documented)."""
    page, size = call.page(PAGE, PAGE) if "$page" in call.query else (1, PAGE)
    name = call.query.get("name", "").casefold()
    every = _select(call.tenant.store.connection, call.grant.mid)
    found = [definition for definition in every if name in definition.name.casefold()]
    items = [_item(call, definition) for definition in found[(page - 1) * size : page * size]]
    return replies.json({"count": len(found), "page": page, "pageSize": size, "links": {}, "items": items})


def read(call: Call) -> Reply:
    """`GET /interaction/v1/eventDefinitions/key:{key}` or by id (documented)."""
    return replies.json(_item(call, _target(call)))


def create(call: Call) -> Reply:
    """`POST /interaction/v1/eventDefinitions` with a `schema`, which makes a data extension, or with the id of one."""
    asked = folded(call.json())
    key, name = _text(asked, "eventdefinitionkey") or f"APIEvent-{new_id()}", _text(asked, "name")
    if not name:
        raise refusal(400, "name is a required parameter", 10002)
    if "." in key:
        raise refusal(400, "The event definition key must not contain a period.", 10005)
    asked_schema = asked.get("schema")
    fields = folded(asked_schema).get("fields") if isinstance(asked_schema, dict) else None
    given = _text(asked, "dataextensionid")
    with call.tenant.store.write() as connection:
        if find(connection, call.tenant.switches, call.grant.mid, key):
            raise refusal(409, f"An event definition with the key '{key}' already exists.", 30004)
        if isinstance(fields, list) and isinstance(asked_schema, dict):
            extension = _extension(call, connection, name, folded(asked_schema), fields)
        elif given:
            found = schema.find_by_id(connection, call.grant.mid, given)
            if found is None:
                raise refusal(400, f"No data extension exists for id '{given}'.", 30003)
            extension = found
        else:
            raise refusal(400, "schema or dataExtensionId is a required parameter", 10002)
        kind = _text(asked, "type") or API_EVENT
        body = _body(asked)
        draft = EventDefinition(call.grant.mid, key, kind, name, extension.id, body, _criteria(body))
        definition = add(connection, draft)
    item = _item(call, definition)
    # A create answers without dates (API reference 2.3, observed).
    item |= {"createdDate": _NO_DATE, "modifiedDate": _NO_DATE, "createdBy": 0, "modifiedBy": 0}
    if isinstance(fields, list) and isinstance(asked_schema, dict):
        item |= {"schema": _schema_item(extension, fields)}
        item |= {"arguments": {**_arguments(definition), "dataExtensionId": NO_ID}}
    return replies.json(item, 201)


def update(call: Call) -> Reply:
    """`PUT /interaction/v1/eventDefinitions/key:{key}`: the answer shows an all-zero dataExtensionId (observed)."""
    asked = folded(call.json())
    definition = _target(call)
    body = {**definition.body, **_body(asked)}
    changed = replace(definition, name=_text(asked, "name") or definition.name, body=body, criteria=_criteria(body))
    with call.tenant.store.write() as connection:
        connection.execute(
            "UPDATE event_definitions SET name = ?, criteria = ?, modified = ?, body = ? WHERE id = ?",
            (changed.name, changed.criteria, schema.server_time(), orjson.dumps(body).decode(), definition.id),
        )
    return replies.json(_item(call, changed) | {"dataExtensionId": NO_ID})


def delete(call: Call) -> Reply:
    """`DELETE /interaction/v1/eventDefinitions/key:{key}`: nothing to say, as JSON (API reference 2.3 and 7.7)."""
    definition = _target(call)
    with call.tenant.store.write() as connection:
        connection.execute("DELETE FROM event_definitions WHERE id = ?", (definition.id,))
    return replies.json({})


def _select(
    connection: sqlite3.Connection, mid: int, where: str = "1", values: Iterable[object] = ()
) -> list[EventDefinition]:
    # S608: `where` is always a constant of this module.
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


def _target(call: Call) -> EventDefinition:
    connection, mid = call.tenant.store.connection, call.grant.mid
    if "key" in call.parameters:
        asked = call.parameters["key"]
        found = find(connection, call.tenant.switches, mid, asked)
    else:
        asked = call.parameters["id"]
        found = find_by_id(connection, mid, asked)
    if found is None:
        if call.tenant.switches["cross_unit"] == "403" and is_foreign(connection, mid, asked):
            raise replies.not_permitted()
        raise refusal(404, f"No event definition exists for '{asked}'.", 30003)
    return found


def _item(call: Call, definition: EventDefinition) -> dict[str, object]:
    connection = call.tenant.store.connection
    extension = schema.find_by_id(connection, definition.mid, definition.data_extension)
    query = (
        f"SELECT COUNT(*), COALESCE(SUM({_LISTED}), 0) FROM journeys"  # noqa: S608
        " WHERE mid = ? AND status <> 'Deleted' AND EXISTS (SELECT 1 FROM json_each(sources) WHERE value = ?)"
    )
    users, published = connection.execute(query, (definition.mid, definition.id)).fetchone()
    return {
        "id": definition.id,
        "type": definition.type,
        "name": definition.name,
        "description": "",
        "createdDate": definition.created,
        "createdBy": _PERSON,
        "modifiedDate": definition.modified,
        "modifiedBy": _PERSON,
        "mode": "Production",
        "eventDefinitionKey": definition.key,
        "dataExtensionId": definition.data_extension,
        **({"dataExtensionName": extension.name} if extension else {}),
        "sourceApplicationExtensionId": _APPLICATION,
        "filterDefinitionId": NO_ID,
        "filterDefinitionTemplate": "",
        "iconUrl": _ICON,
        "configurationArguments": {},
        "metaData": {},
        "isVisibleInPicker": True,
        "isPlatformObject": False,
        "category": "Event" if definition.type.endswith("Event") else "Audience",
        "automationId": NO_ID,
        "disableDEDataLogging": False,
        **definition.body,
        "arguments": _arguments(definition),
        "interactionCount": users,
        "publishedInteractionCount": published,
    }


def _arguments(definition: EventDefinition) -> dict[str, object]:
    given = definition.body.get("arguments")
    return {
        "serializedObjectType": _OBJECT_TYPES.get(definition.type, 1),
        "dataExtensionId": definition.data_extension,
        **(given if isinstance(given, dict) else {}),
        "eventDefinitionId": definition.id,
        "eventDefinitionKey": definition.key,
    }


def _body(asked: Mapping[str, object]) -> dict[str, object]:
    names = (*_KEPT, *_KEPT_IDS, "isVisibleInPicker", "disableDEDataLogging")
    return {name: value for name in names if (value := asked.get(name.lower())) is not None}


def _criteria(body: Mapping[str, object]) -> str:
    arguments = body.get("arguments")
    text = arguments.get("criteria") if isinstance(arguments, dict) else None
    text = text or body.get("filterDefinitionTemplate") or ""
    try:
        criteria.check(str(text))
    except criteria.BadCriteria as error:
        raise refusal(400, str(error), 10005) from None
    return str(text)


def _extension(
    call: Call, connection: sqlite3.Connection, name: str, asked: Mapping[str, object], fields: list[object]
) -> DataExtension:
    """Create the data extension of an event: "<event> - <timestamp>" (observed)."""
    draft = DataExtension(
        name=f"{schema.allowed_name(name)} - {_timestamp(now())}",
        key="",
        mid=call.grant.mid,
        fields=tuple(_field(folded(field)) for field in fields),
        sendable_field=_text(asked, "sendablecustomobjectfield"),
        sendable_subscriber="_SubscriberKey" if asked.get("sendablecustomobjectfield") else "",
    )
    try:
        return schema.create(connection, draft)
    except SchemaError as error:
        raise refusal(400, str(error), 10000) from None


def _timestamp(moment: datetime) -> str:
    local = moment.astimezone(PLATFORM_ZONE)
    return f"{local:%Y-%m-%dT%H%M%S}{local.microsecond // 1000:03}"


def _field(asked: Mapping[str, object]) -> Field:
    """Read a field of an event's schema: `dataType`, and `maxLength` as text, perhaps empty (observed)."""
    key = _flag(asked.get("isprimarykey", False))
    return Field(
        name=_text(asked, "name"),
        type=_text(asked, "datatype") or "Text",
        length=_number(asked, "maxlength"),
        scale=_number(asked, "scale"),
        required=not _flag(asked.get("isnullable", not key)),
        primary_key=key,
        default=_text(asked, "defaultvalue"),
    )


def _schema_item(extension: DataExtension, fields: Iterable[object]) -> dict[str, object]:
    return {
        "id": extension.id,
        "name": extension.name,
        "fields": [{**field, "isDevicePreference": False} for field in fields if isinstance(field, dict)],
        "sendableCustomObjectField": extension.sendable_field,
        "sendableSubscriberField": extension.sendable_subscriber,
        "isPlatformObject": False,
    }


def _text(asked: Mapping[str, object], name: str) -> str:
    value = asked.get(name)
    if value is None or isinstance(value, str):
        return (value or "").strip()
    raise _wrong_type(name)


def _number(asked: Mapping[str, object], name: str) -> int | None:
    text = str(asked.get(name) or "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise _wrong_type(name)
    return int(text)


def _flag(value: object) -> bool:
    return value.strip().lower() == "true" if isinstance(value, str) else bool(value)


def _wrong_type(name: str) -> Refusal:
    return refusal(400, f"{name} has the wrong data type.", 10001)


_READ, _WRITE = ("journeys_read",), ("journeys_write",)
ROUTES = (
    Route("GET", "/interaction/v1/eventDefinitions", list_all, _READ),
    Route("POST", "/interaction/v1/eventDefinitions", create, _WRITE),
    Route("GET", "/interaction/v1/eventDefinitions/key:{key}", read, _READ),
    Route("PUT", "/interaction/v1/eventDefinitions/key:{key}", update, _WRITE),
    Route("DELETE", "/interaction/v1/eventDefinitions/key:{key}", delete, _WRITE),
    Route("GET", "/interaction/v1/eventDefinitions/{id}", read, _READ),
    Route("PUT", "/interaction/v1/eventDefinitions/{id}", update, _WRITE),
    Route("DELETE", "/interaction/v1/eventDefinitions/{id}", delete, _WRITE),
)
