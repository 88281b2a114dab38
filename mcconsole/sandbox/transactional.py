"""Definitions of transactional e-mails (API reference 3.3).

Answers and the codes of refusals are documented or observed; the words behind their `MCMS_UTM_` names are not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from mcconsole.sandbox import assets, messages, replies, schema, send_definitions
from mcconsole.sandbox.replies import Refusal, Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, folded, text_of
from mcconsole.sandbox.send_definitions import (
    ACTIVE,
    DELETED,
    INACTIVE,
    TRANSACTIONAL,
    Definition,
    with_fresh_copy,
)

PAGE, LARGEST_PAGE = 50, 500
_KEPT = ("classification", "description", "subscriptions", "options", "content")


def list_definitions(call: Call) -> Reply:
    """`GET …/definitions`: `count` is how many this page has, not how many there are (observed)."""
    page, size = call.page(PAGE, LARGEST_PAGE)
    connection, mid = call.tenant.store.connection, call.grant.mid
    found = send_definitions.select(connection, mid, TRANSACTIONAL, "status <> 'Deleted'")
    wanted = call.query.get("$filter", "").partition(" eq ")[2].strip("' ").lower()
    found = [one for one in found if not wanted or one.status.lower() == wanted]
    shown = [_shown(call, one) for one in found[(page - 1) * size : page * size]]
    return replies.json(
        {"requestId": new_id(), "definitions": shown, "count": len(shown), "page": page, "pageSize": size}
    )


def read_definition(call: Call) -> Reply:
    """`GET …/definitions/{key}`."""
    return replies.json({"requestId": new_id(), **_shown(call, find(call, call.parameters["key"]), whole=True)})


def create_definition(call: Call) -> Reply:
    """`POST …/definitions`: 201, or 409 for a key that is there already."""
    asked = folded(call.json())
    key, name = text_of(asked, "definitionkey"), text_of(asked, "name")
    for value, label in ((key, "definitionKey"), (name, "name")):
        if not value:
            raise refused(400, "MissingRequiredField", f"{label} is required", 10002)
        if len(value) > 100:
            raise refused(400, "InvalidValue", f"{label} is longer than 100 characters", 10005)
    if asked.get("content") is None:
        raise refused(400, "MissingRequiredField", "content is required", 10002)
    draft = Definition(call.grant.mid, TRANSACTIONAL, key, name, ACTIVE)
    draft = _changed(call, draft, asked)
    with call.tenant.store.write() as connection:
        there = send_definitions.find(connection, call.tenant.switches, draft.mid, TRANSACTIONAL, key=key)
        if there and there.status != DELETED:
            raise refused(409, "ObjectAlreadyExists", f"a definition with the key {key} already exists", 30004)
        made = send_definitions.save(connection, with_fresh_copy(connection, draft))
    return replies.json({"requestId": new_id(), **_shown(call, made)}, 201)


def change_definition(call: Call) -> Reply:
    """`PATCH …/definitions/{key}`: what is given changes, and the e-mail is taken as it is now (unverified)."""
    asked = folded(call.json())
    with call.tenant.store.write() as connection:
        before = find(call, call.parameters["key"])
        after = _changed(call, before, asked)
        made = send_definitions.save(connection, with_fresh_copy(connection, after))
        if made.status == ACTIVE:
            messages.release(connection, made, call.tenant.switches.seconds("delivery_delay"))
    call.tenant.send_work.set()
    return replies.json({"requestId": new_id(), **_shown(call, made)})


def delete_definition(call: Call) -> Reply:
    """`DELETE …/definitions/{key}`."""
    with call.tenant.store.write() as connection:
        made = send_definitions.save(connection, replace(find(call, call.parameters["key"]), status=DELETED))
        messages.release(connection, made, 0)
    call.tenant.send_work.set()
    body = {"requestId": new_id(), "message": "Success", "deletedDefinitionKey": made.key, "journey": {}}
    return replies.json(body)


def delete_queue(call: Call) -> Reply:
    """`DELETE …/definitions/{key}/queue`: only of an inactive one (documented word for word)."""
    with call.tenant.store.write() as connection:
        found = find(call, call.parameters["key"])
        if found.status != INACTIVE:
            raise refused(400, "Runtime_InvalidOperation", "Definition status must be inactive to delete queue", 30001)
        messages.drop_held(connection, found)
    call.tenant.send_work.set()
    return replies.json({"requestId": new_id(), "message": "Success"})


def find(call: Call, key: str) -> Definition:
    """Return the unit's definition of this key; raises the 404 of one that is not there, or not any more."""
    connection, switches = call.tenant.store.connection, call.tenant.switches
    found = send_definitions.find(connection, switches, call.grant.mid, TRANSACTIONAL, key=key)
    if found is None or found.status == DELETED:
        if switches["cross_unit"] == "403" and send_definitions.is_foreign(connection, call.grant.mid, key):
            raise replies.not_permitted()
        raise refused(404, "Runtime_ObjectNotFound", f"no definition with the key {key} was found", 30003)
    return found


def refused(status: int, name: str, words: str, code: int) -> Refusal:
    """Build a refusal of this API: its messages begin with `MCMS_UTM_` (documented)."""
    return refusal(status, f"MCMS_UTM_{name}: {words}", code)


def _changed(call: Call, definition: Definition, asked: Mapping[str, object]) -> Definition:
    """Return a definition with what a POST or PATCH gives; what is wrong in it is refused as a whole."""
    connection, mid = call.tenant.store.connection, call.grant.mid
    status = text_of(asked, "status") or definition.status
    if status.capitalize() not in (ACTIVE, INACTIVE):
        raise refused(400, "InvalidValue", "status must be Active or Inactive", 10005)
    parts, extension = dict(definition.parts), definition.extension
    if asked.get("content") is not None:
        key = text_of(folded(asked["content"]), "customerkey")
        parts[assets.EMAIL] = _part(connection, mid, assets.EMAIL, key, "content.customerKey")
    if text_of(asked, "classification"):
        key = text_of(asked, "classification")
        parts[assets.CLASSIFICATION] = _part(connection, mid, assets.CLASSIFICATION, key, "classification")
    if asked.get("subscriptions") is not None:
        subscriptions = folded(asked["subscriptions"])
        if key := text_of(subscriptions, "list"):
            parts[assets.LIST] = _part(connection, mid, assets.LIST, key, "subscriptions.list")
        if key := text_of(subscriptions, "dataextension"):
            found = call.tenant.find(mid, key)
            if found is None:
                raise refused(400, "InvalidValue", f"subscriptions.dataExtension {key} was not found", 10005)
            extension = found.id
    kept = {name: asked[name] for name in _KEPT if asked.get(name) is not None}
    return replace(
        definition,
        name=text_of(asked, "name") or definition.name,
        status=status.capitalize(),
        body={**definition.body, **kept},
        parts=parts,
        extension=extension,
    )


def _part(connection: sqlite3.Connection, mid: int, kind: str, key: str, label: str) -> int:
    found = assets.find(connection, mid, kind, key=key)
    if found is None:
        raise refused(400, "InvalidValue", f"{label} {key} was not found", 10005)
    return found.number


def _shown(call: Call, definition: Definition, *, whole: bool = False) -> dict[str, object]:
    """Write a definition; the `whole` of it, as GET shows it, has its definitionId (observed)."""
    shown: dict[str, object] = {
        "name": definition.name,
        "definitionKey": definition.key,
        "description": definition.body.get("description", ""),
        "status": definition.status,
        "createdDate": definition.created,
        "modifiedDate": definition.modified,
    }
    connection = call.tenant.store.connection
    extension = schema.find_by_id(connection, definition.mid, definition.extension)
    keys = {
        kind: found[0].key
        for kind, number in definition.parts.items()
        if (found := assets.select(connection, definition.mid, kind, "number = ?", [number]))
    }
    subscriptions = _object(definition, "subscriptions")
    shown |= {
        "classification": keys.get(assets.CLASSIFICATION, ""),
        "content": {"customerKey": keys.get(assets.EMAIL, "")},
        "subscriptions": {
            "autoAddSubscriber": True,
            "updateSubscriber": True,
            **subscriptions,
            **({"list": keys[assets.LIST]} if assets.LIST in keys else {}),
            **({"dataExtension": extension.key} if extension else {}),
        },
        "options": {"trackLinks": True, **_object(definition, "options")},
        "journey": {"interactionKey": definition.id},
    }
    return shown | ({"definitionId": definition.id} if whole else {})


def _object(definition: Definition, name: str) -> Mapping[str, object]:
    value = definition.body.get(name)
    return value if isinstance(value, dict) else {}


_BASE, _READ, _WRITE = "/messaging/v1/email/definitions", ("email_read",), ("email_write",)
ROUTES = (
    Route("GET", _BASE, list_definitions, _READ),
    Route("POST", _BASE, create_definition, _WRITE),
    Route("GET", f"{_BASE}/{{key}}", read_definition, _READ),
    Route("PATCH", f"{_BASE}/{{key}}", change_definition, _WRITE),
    Route("DELETE", f"{_BASE}/{{key}}", delete_definition, _WRITE),
    Route("DELETE", f"{_BASE}/{{key}}/queue", delete_queue, _WRITE),
)
