"""Journeys by REST, where they are called interactions: list, read, create, change and delete (API reference 2.4).

Item shapes, the id that all versions share and the filters are observed or documented; what is refused, and how, is
unverified.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from mcconsole.sandbox import criteria, journeys, replies
from mcconsole.sandbox.journeys import Journey
from mcconsole.sandbox.replies import Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, folded, text_of

PAGE = 50
_KEPT = (
    *("description", "workflowApiVersion", "triggers", "activities", "goals", "exits", "notifiers", "definitionType"),
    *("channel", "defaults", "metaData", "executionMode", "categoryId", "tags"),
)
_ORDERS = {"modifieddate": "modified", "createddate": "created", "name": "name", "version": "version"}


def targets(call: Call) -> list[Journey]:
    """Return the versions that a path names by key or id; raises the 404 of a journey that is not there."""
    connection, mid = call.tenant.store.connection, call.grant.mid
    if "key" in call.parameters:
        asked = call.parameters["key"]
        found = journeys.versions(connection, call.tenant.switches, mid, asked)
    else:
        asked = call.parameters["id"]
        values = [asked.lower(), asked.lower()]
        clause = "(id = ? OR definition_id = ?) AND status <> 'Deleted'"
        found = journeys.select(connection, mid, clause, values)
    if not found:
        query = "SELECT 1 FROM journeys WHERE mid <> ? AND (key_folded = ? OR id = ?)"
        values = [str(mid), asked.casefold(), asked.lower()]
        if call.tenant.switches["cross_unit"] == "403" and connection.execute(query, values).fetchone():
            raise replies.not_permitted()
        raise refusal(404, f"No interaction exists for '{asked}'.", 30003)
    return found


def target(call: Call) -> Journey:
    """Return the version that path and `versionNumber` name, the latest without one; raises the 404."""
    found = targets(call)
    if "versionnumber" not in call.query:
        return found[-1]
    wanted = call.number("versionnumber", 1)
    for journey in found:
        if journey.version == wanted:
            return journey
    raise refusal(404, f"The interaction has no version {wanted}.", 30003)


def list_all(call: Call) -> Reply:
    """`GET /interaction/v1/interactions`: 50 a page at most, the latest versions, the last changed first (documented).

    Switch `journey_filters` = ignore: filters do nothing, as one prober saw.
    """
    page, size = call.page(PAGE, PAGE)
    every = journeys.select(call.tenant.store.connection, call.grant.mid)
    query = call.query if call.tenant.switches["journey_filters"] == "apply" else {}
    if query.get("mostrecentversiononly", "true").lower() != "false":
        every = list({journey.key.casefold(): journey for journey in every}.values())
    found = [journey for journey in every if _is_wanted(journey, query)]
    name, _, direction = query.get("$orderby", "ModifiedDate DESC").strip().partition(" ")
    order = _ORDERS.get(name.lower(), "modified")
    found.sort(key=lambda one: (getattr(one, order), one.number), reverse=direction.strip().upper() == "DESC")
    detailed = query.get("extras", "").lower() in ("all", "activities")
    connection = call.tenant.store.connection
    items = [item(connection, journey, detailed=detailed) for journey in found[(page - 1) * size : page * size]]
    return replies.json({"count": len(found), "page": page, "pageSize": size, "links": {}, "items": items})


def read(call: Call) -> Reply:
    """`GET /interaction/v1/interactions/{id}` or `key:{key}`, of any version by `versionNumber` (observed)."""
    return replies.json(item(call.tenant.store.connection, target(call), detailed=True))


def read_status(call: Call) -> Reply:
    """`GET /interaction/v1/interactions/status/key:{key}`: every version, or one, with its status (observed)."""
    every = call.query.get("allversions", "").lower() == "true"
    if not every and "versionnumber" not in call.query:
        raise refusal(400, "AllVersions=true or VersionNumber required.", 10005)
    wanted = 0 if every else call.number("versionnumber", 1)
    found = [one for one in targets(call) if every or one.version == wanted]
    return replies.json([{"id": one.id, "status": one.status, "versionNumber": one.version} for one in found])


def read_summary(call: Call) -> Reply:
    """`GET /interaction/v1/interactions/{id}/summary`: activities by type (shape observed by a public project)."""
    counts: dict[str, int] = {}
    journey = targets(call)[-1]
    for activity in journeys.parts(journey, "activities"):
        kind = str(activity.get("type", ""))
        counts[kind] = counts.get(kind, 0) + 1
    activities = [{"type": kind, "count": count} for kind, count in counts.items()]
    return replies.json({"id": journey.id, "activities": activities})


def create(call: Call) -> Reply:
    """`POST /interaction/v1/interactions`: a draft; with the key of a journey, its next version (unverified)."""
    asked = folded(call.json())
    draft = _drafted(asked, Journey(call.grant.mid, text_of(asked, "key") or new_id(), "", "NotSet", {}))
    with call.tenant.store.write() as connection:
        former = journeys.versions(connection, call.tenant.switches, call.grant.mid, draft.key)
        if former and former[-1].status == "Draft":
            raise refusal(409, f"The interaction '{draft.key}' already has a draft version.", 30004)
        if former:
            last = former[-1]
            draft = replace(draft, key=last.key, id=last.id, version=last.version + 1)
        made = journeys.save(connection, draft)
    return replies.json(item(call.tenant.store.connection, made, detailed=True), 201)


def update(call: Call) -> Reply:
    """`PUT /interaction/v1/interactions/{id}` or `key:{key}`: changes a draft only (unverified)."""
    asked = folded(call.json())
    with call.tenant.store.write() as connection:
        journey = target(call)
        if journey.status != "Draft":
            raise refusal(400, "Only a draft version of an interaction can be changed.", 30001)
        made = journeys.save(connection, _drafted(asked, journey))
    return replies.json(item(call.tenant.store.connection, made, detailed=True))


def delete(call: Call) -> Reply:
    """`DELETE /interaction/v1/interactions/{id}`: one version, or all; a running one has to be stopped (unverified)."""
    with call.tenant.store.write() as connection:
        found = [target(call)] if "versionnumber" in call.query else targets(call)
        if any(journey.status in ("Published", "Paused") for journey in found):
            raise refusal(400, "A running interaction cannot be deleted.", 30001)
        for journey in found:
            journeys.save(connection, replace(journey, status="Deleted"))
    return replies.json({})


def item(connection: sqlite3.Connection, journey: Journey, *, detailed: bool) -> dict[str, object]:
    """Return a journey version as the API shows it, with triggers and activities when `detailed` (observed)."""
    query = "SELECT COUNT(*), COALESCE(SUM(gone IS NULL), 0) FROM memberships WHERE journey = ?"
    total, present = connection.execute(query, (journey.number,)).fetchone()
    body = {name: value for name, value in journey.body.items() if detailed or name not in ("triggers", "activities")}
    return {
        "id": journey.id,
        "key": journey.key,
        "name": journey.name,
        "lastPublishedDate": journey.published,
        "description": "",
        "version": journey.version,
        "workflowApiVersion": 1,
        "createdDate": journey.created,
        "modifiedDate": journey.modified,
        **({"activities": [], "triggers": []} if detailed else {}),
        "goals": [],
        "exits": [],
        "notifiers": [],
        "entryMode": journey.entry_mode,
        "definitionType": "Multistep",
        "channel": "",
        "defaults": {},
        "metaData": {},
        "executionMode": "Production",
        "categoryId": 0,
        **body,
        "stats": {
            "currentPopulation": present,
            "cumulativePopulation": total,
            "metGoal": journey.met_goal,
            "metExitCriteria": journey.met_exit,
            "goalPerformance": round(journey.met_goal / total, 4) if total else 0,
        },
        "status": journey.status,
        "definitionId": journey.definition_id,
        "scheduledStatus": "Draft",
    }


def _is_wanted(journey: Journey, query: Mapping[str, str]) -> bool:
    status = query.get("status", "").lower()
    text = query.get("nameordescription", "").casefold()
    version = query.get("versionnumber", "")
    kind = query.get("definitiontype", "").lower()
    tags = journey.body.get("tags")
    return (
        (journey.status.lower() == status if status else journey.status != "Deleted")
        and (text in journey.name.casefold() or text in str(journey.body.get("description", "")).casefold())
        and query.get("key", journey.key).casefold() == journey.key.casefold()
        and query.get("id", journey.id).lower() == journey.id
        and version in ("", str(journey.version))
        and kind in ("", str(journey.body.get("definitionType", "Multistep")).lower())
        and ("tag" not in query or (isinstance(tags, list) and query["tag"] in tags))
    )


def _drafted(asked: Mapping[str, object], journey: Journey) -> Journey:
    body = {name: asked[name.lower()] for name in _KEPT if asked.get(name.lower()) is not None}
    for name in ("triggers", "activities", "goals", "exits"):
        if not isinstance(body.get(name, []), list):
            raise refusal(400, f"{name} has the wrong data type.", 10001)
    for part in (part for name in ("triggers", "goals", "exits") for part in journeys.objects(body.get(name))):
        try:
            criteria.check(journeys.criteria_of(part))
        except criteria.BadCriteria as error:
            raise refusal(400, str(error), 10005) from None
    name = text_of(asked, "name") or journey.name
    mode = text_of(asked, "entrymode") or journey.entry_mode
    if not name:
        raise refusal(400, "name is a required parameter", 10002)
    if mode not in journeys.ENTRY_MODES:
        raise refusal(400, f"The entry mode '{mode}' is not known.", 10005)
    return replace(journey, name=name, entry_mode=mode, body={**journey.body, **body})


_READ, _WRITE = ("journeys_read",), ("journeys_write",)
ROUTES = (
    Route("GET", "/interaction/v1/interactions", list_all, _READ),
    Route("POST", "/interaction/v1/interactions", create, _WRITE),
    Route("GET", "/interaction/v1/interactions/key:{key}", read, _READ),
    Route("PUT", "/interaction/v1/interactions/key:{key}", update, _WRITE),
    Route("GET", "/interaction/v1/interactions/{id}", read, _READ),
    Route("PUT", "/interaction/v1/interactions/{id}", update, _WRITE),
    Route("DELETE", "/interaction/v1/interactions/{id}", delete, _WRITE),
    Route("GET", "/interaction/v1/interactions/status/key:{key}", read_status, _READ),
    Route("GET", "/interaction/v1/interactions/{id}/summary", read_summary, _READ),
)
