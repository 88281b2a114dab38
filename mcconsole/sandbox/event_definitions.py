"""Event definitions by REST: list, read, create, change and delete (API reference 2.3).

What a definition looks like and how it is paged is observed and documented there; the texts of refusals are not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import orjson

from mcconsole.core.clock import PLATFORM_ZONE, now
from mcconsole.sandbox import criteria, entry_sources, replies, schema
from mcconsole.sandbox.entry_sources import API_EVENT, NO_ID, EventDefinition
from mcconsole.sandbox.replies import Refusal, Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, folded, text_of
from mcconsole.sandbox.schema import DataExtension, Field, SchemaError

PAGE = 50
_NO_DATE = "0001-01-01T00:00:00"
_PERSON = 700_100_200
_ICON = "/images/icon_journeyBuilder-event-api-blue.svg"
_APPLICATION = "7db1f972-f8b7-49b6-91b5-fa218e13953d"
_OBJECT_TYPES = {API_EVENT: 11, "AutomationAudience": 2, "EmailAudience": 3}
"""`serializedObjectType`; 11 is observed for API events, the others unverified."""
_KEPT = ("description", "mode", "iconUrl", "arguments", "configurationArguments", "metaData", "schedule", "category")
_KEPT_IDS = ("filterDefinitionId", "filterDefinitionTemplate", "automationId", "sourceApplicationExtensionId")
_LISTED = "status IN ('Published', 'Paused')"


def list_all(call: Call) -> Reply:
    """`GET /interaction/v1/eventDefinitions`: 50 a page at most; `$pageSize` counts only with `$page` (documented)."""
    page, size = call.page(PAGE, PAGE) if "$page" in call.query else (1, PAGE)
    name = call.query.get("name", "").casefold()
    every = entry_sources.select(call.tenant.store.connection, call.grant.mid)
    found = [definition for definition in every if name in definition.name.casefold()]
    items = [_item(call, definition) for definition in found[(page - 1) * size : page * size]]
    return replies.json({"count": len(found), "page": page, "pageSize": size, "links": {}, "items": items})


def read(call: Call) -> Reply:
    """`GET /interaction/v1/eventDefinitions/key:{key}` or by id (documented)."""
    return replies.json(_item(call, _target(call)))


def create(call: Call) -> Reply:
    """`POST /interaction/v1/eventDefinitions` with a `schema`, which makes a data extension, or with the id of one."""
    asked = folded(call.json())
    key, name = text_of(asked, "eventdefinitionkey") or f"APIEvent-{new_id()}", text_of(asked, "name")
    if not name:
        raise refusal(400, "name is a required parameter", 10002)
    if "." in key:
        raise refusal(400, "The event definition key must not contain a period.", 10005)
    asked_schema = folded(asked.get("schema") or {})
    fields = asked_schema.get("fields")
    given = text_of(asked, "dataextensionid")
    with call.tenant.store.write() as connection:
        if entry_sources.find(connection, call.grant.mid, key, exact=_exact(call)):
            raise refusal(409, f"An event definition with the key '{key}' already exists.", 30004)
        body = _body(asked)
        if isinstance(fields, list):
            extension = _extension(call, connection, name, asked_schema, fields)
            body["arguments"] = {**_dictionary(body.get("arguments")), "dataExtensionId": NO_ID}
        elif given:
            found = schema.find_by_id(connection, call.grant.mid, given)
            if found is None:
                raise refusal(400, f"No data extension exists for id '{given}'.", 30003)
            extension = found
        else:
            raise refusal(400, "schema or dataExtensionId is a required parameter", 10002)
        kind = text_of(asked, "type") or API_EVENT
        draft = EventDefinition(call.grant.mid, key, kind, name, extension.id, body, _criteria(body))
        definition = entry_sources.add(connection, draft)
    item = _item(call, definition)
    # A create answers without dates (API reference 2.3, observed).
    item |= {"createdDate": _NO_DATE, "modifiedDate": _NO_DATE, "createdBy": 0, "modifiedBy": 0}
    if isinstance(fields, list):
        item |= {"schema": _schema_item(extension, fields)}
    return replies.json(item, 201)


def update(call: Call) -> Reply:
    """`PUT /interaction/v1/eventDefinitions/key:{key}`: the answer shows an all-zero dataExtensionId (observed)."""
    asked = folded(call.json())
    definition = _target(call)
    body = {**definition.body, **_body(asked)}
    changed = replace(definition, name=text_of(asked, "name") or definition.name, body=body, criteria=_criteria(body))
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


def _exact(call: Call) -> bool:
    return call.tenant.switches["key_case"] == "exact"


def _target(call: Call) -> EventDefinition:
    connection, mid = call.tenant.store.connection, call.grant.mid
    if "key" in call.parameters:
        asked = call.parameters["key"]
        found = entry_sources.find(connection, mid, asked, exact=_exact(call))
    else:
        asked = call.parameters["id"]
        found = entry_sources.find_by_id(connection, mid, asked)
    if found is None:
        if call.tenant.switches["cross_unit"] == "403" and entry_sources.is_foreign(connection, mid, asked):
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
    return {
        "serializedObjectType": _OBJECT_TYPES.get(definition.type, 1),
        "dataExtensionId": definition.data_extension,
        **_dictionary(definition.body.get("arguments")),
        "eventDefinitionId": definition.id,
        "eventDefinitionKey": definition.key,
    }


def _body(asked: Mapping[str, object]) -> dict[str, object]:
    names = (*_KEPT, *_KEPT_IDS, "isVisibleInPicker", "disableDEDataLogging")
    return {name: value for name in names if (value := asked.get(name.lower())) is not None}


def _criteria(body: Mapping[str, object]) -> str:
    text = _dictionary(body.get("arguments")).get("criteria") or body.get("filterDefinitionTemplate") or ""
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
        sendable_field=text_of(asked, "sendablecustomobjectfield"),
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
        name=text_of(asked, "name"),
        type=text_of(asked, "datatype") or "Text",
        length=_number(asked, "maxlength"),
        scale=_number(asked, "scale"),
        required=not _flag(asked.get("isnullable", not key)),
        primary_key=key,
        default=text_of(asked, "defaultvalue"),
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


def _number(asked: Mapping[str, object], name: str) -> int | None:
    text = str(asked.get(name) or "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise _wrong_type(name)
    return int(text)


def _dictionary(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


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
