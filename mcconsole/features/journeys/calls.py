"""The calls behind journey injection: entry sources, journeys, events, and what tells whether a contact entered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcconsole.api import paging, schemas
from mcconsole.api.client import Client
from mcconsole.api.exchanges import problems
from mcconsole.api.operations import Operation
from mcconsole.core.errors import BadAnswer, NotFound
from mcconsole.core.exchange import Exchange
from mcconsole.core.jobs import JobContext

API_EVENT = "APIEvent"
MOST_DIGITS = 10
MEMBERS = 100
"""Members of one call of the async route (API reference 2.2, documented)."""

_READ, _FIRE = "journeys_read", "journeys_read list_and_subscribers_read"
_BASE = "/interaction/v1"
DEFINITIONS = Operation("events.list", "GET", f"{_BASE}/eventDefinitions", scope=_READ, reads=True)
DEFINITION = Operation("events.read", "GET", f"{_BASE}/eventDefinitions/key:{{key}}", scope=_READ, reads=True)
JOURNEYS = Operation("journeys.list", "GET", f"{_BASE}/interactions", scope=_READ, reads=True)
JOURNEY = Operation("journeys.read", "GET", f"{_BASE}/interactions/{{id}}", scope=_READ, reads=True)
FIRE = Operation("events.fire", "POST", f"{_BASE}/events", scope=_FIRE, once=True)
FIRE_MANY = Operation("events.fire_many", "POST", f"{_BASE}/async/events", scope=_FIRE, once=True, keep_body=False)


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """An entry source (API reference 2.3, observed). Only one of type `APIEvent` is there to be fired."""

    key: str
    """Event definition key: what an event names."""
    id: str
    name: str
    type: str
    data_extension_id: str
    """The top-level `dataExtensionId`; "" where it is absent or all zeros."""
    data_extension_name: str = ""
    criteria: str = ""
    """The entry filter as XML; "" for none."""

    @property
    def fireable(self) -> bool:
        """Whether it is an API entry source."""
        return self.type == API_EVENT


@dataclass(frozen=True, slots=True)
class Journey:
    """One version of a journey (API reference 2.4, observed)."""

    key: str
    """Journey key, which is not what an event names."""
    id: str
    definition_id: str
    """The id of this version; history is searched by it."""
    name: str
    version: int
    status: str
    entry_mode: str
    sources: frozenset[str] = frozenset()
    """Ids and keys of its event definitions, lower-cased."""
    filters: tuple[str, ...] = ()
    """The filters of its triggers as XML."""
    endings: tuple[str, ...] = ()
    """The criteria of its exits and ending goals as XML; who meets one at once stays out (2.1, documented)."""

    @property
    def published(self) -> bool:
        """Whether it runs."""
        return self.status == "Published"

    def fed_by(self, definition: EventDefinition) -> bool:
        """Whether it takes its contacts from this entry source."""
        return not self.sources.isdisjoint((definition.id.lower(), definition.key.lower()))


@dataclass(frozen=True, slots=True)
class Accepted:
    """The tenant took an event. That proves acceptance only (API reference 2.1, documented)."""

    event_instance_id: str
    at: datetime | None
    """By the tenant's own clock, not after it took the event; None when the answer named no time."""
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One contact of a call of the async route, as answered."""

    contact_key: str
    event_instance_id: str
    said: str
    """Why it was not queued; "" when it was."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The answer to a call of the async route; `members` in the order sent (API reference 2.2, documented)."""

    request_id: str
    members: tuple[Member, ...]
    at: datetime | None


def definitions(client: Client, ctx: JobContext | None = None) -> Iterator[EventDefinition]:
    """Every event definition of the business unit, page after page."""
    return map(_definition, paging.pages(client, DEFINITIONS, label="List the entry sources", ctx=ctx))


def definition(client: Client, key: str, ctx: JobContext | None = None) -> EventDefinition:
    """The event definition of a key; NotFound when the business unit has none with it."""
    answer = client.rest(DEFINITION, path={"key": key}, label=f"Find the entry source {key}", ctx=ctx)
    return _definition(answer.object())


def _definition(item: Mapping[str, Any]) -> EventDefinition:
    arguments = item.get("arguments")
    criteria = arguments.get("criteria") if isinstance(arguments, dict) else None
    object_id = str(item.get("dataExtensionId") or "")
    return EventDefinition(
        key=str(item.get("eventDefinitionKey", "")),
        id=str(item.get("id", "")),
        name=str(item.get("name", "")),
        type=str(item.get("type", "")),
        data_extension_id=object_id if object_id.strip("0-") else "",
        data_extension_name=str(item.get("dataExtensionName") or ""),
        criteria=str(criteria or item.get("filterDefinitionTemplate") or ""),
    )


def journeys(client: Client, ctx: JobContext | None = None) -> Iterator[Journey]:
    """Every version of every journey, each with its entry sources, page after page."""
    query = {"mostRecentVersionOnly": "false", "extras": "all"}
    for item in paging.pages(client, JOURNEYS, query=query, label="List the journeys", ctx=ctx):
        try:
            yield _journey(item if "triggers" in item else _whole(client, item, ctx))
        except NotFound:  # gone meanwhile: what the list told of it is all there is
            yield _journey(item)


def again(client: Client, journey: Journey, ctx: JobContext | None = None) -> Journey:
    """A version as it stands now; NotFound when it is gone."""
    return _journey(_whole(client, {"id": journey.id, "version": journey.version, "name": journey.name}, ctx))


def _whole(client: Client, item: Mapping[str, Any], ctx: JobContext | None) -> Mapping[str, Any]:
    """A journey with its triggers, which a list may leave out."""
    query: dict[str, str | int] = {"versionNumber": whole(item.get("version"), 1), "extras": "all"}
    label = f"Read the journey {item.get('name', '')}"
    return client.rest(JOURNEY, path={"id": str(item.get("id"))}, query=query, label=label, ctx=ctx).object()


def _journey(item: Mapping[str, Any]) -> Journey:
    triggers = list(objects(item.get("triggers")))
    meta = [trigger.get("metaData") for trigger in triggers]
    named = [part.get(name) for part in meta if isinstance(part, dict) for name in _SOURCE_NAMES]
    return Journey(
        key=str(item.get("key", "")),
        id=str(item.get("id", "")),
        definition_id=str(item.get("definitionId") or item.get("id", "")),
        name=str(item.get("name", "")),
        version=whole(item.get("version"), 1),
        status=str(item.get("status", "")),
        entry_mode=str(item.get("entryMode") or "NotSet"),
        sources=frozenset(str(value).lower() for value in named if value),
        filters=_criteria(triggers),
        endings=_criteria(filter(_ends, objects(item.get("goals")))) + _criteria(objects(item.get("exits"))),
    )


def _ends(goal: Mapping[str, Any]) -> bool:
    """Whether reaching a goal takes a contact out (`isExitCriteria`: observed in public journey definitions)."""
    meta = goal.get("metaData")
    return isinstance(meta, dict) and str(meta.get("isExitCriteria")).lower() == "true"


def _criteria(listed: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    parts = (part.get("configurationArguments") for part in listed)
    return tuple(str(part["criteria"]) for part in parts if isinstance(part, dict) and part.get("criteria"))


_SOURCE_NAMES = ("eventDefinitionId", "eventDefinitionKey")


def described(client: Client, source: EventDefinition, ctx: JobContext | None = None) -> schemas.Described:
    """The schema of the data extension that the events of an entry source are written to (2.3, observed)."""
    if not source.data_extension_id:
        raise NotFound(
            f"The entry source “{source.name}” names no data extension, so its fields are not known.",
            status=404,
            advice="Open the journey's entry source in Marketing Cloud and see which data extension it has.",
        )
    return schemas.described(client, source.data_extension_id, ctx)


def fire(
    client: Client, event_key: str, contact_key: str, data: Mapping[str, object], ctx: JobContext | None = None
) -> Accepted:
    """Fire one event (API reference 2.1, documented). Never repeated by itself; OutcomeUnknown when nobody can say."""
    answer = client.rest(
        FIRE,
        json={"ContactKey": contact_key, "EventDefinitionKey": event_key, "Data": data},
        label=f"Fire the event for {contact_key}",
        ctx=ctx,
    )
    found = answer.object()
    answer.refuse(found)
    instance = next((value for name, value in found.items() if name.lower() == "eventinstanceid"), "")
    return Accepted(str(instance or ""), answer.earliest, answer.exchange)


def fire_many(
    client: Client, event_key: str, members: Sequence[tuple[str, Mapping[str, object]]], ctx: JobContext | None = None
) -> Batch:
    """Fire for at most 100 contacts given as (contact key, data), by the async route (2.2, documented).

    BadAnswer when the answer has another number of members than were sent: then nobody knows which is which.
    """
    answer = client.rest(
        FIRE_MANY,
        json={
            "eventDefinitionKey": event_key,
            "members": [{"contactKey": contact_key, "data": data} for contact_key, data in members],
        },
        label=f"Fire the event for {len(members):,} contacts",
        ctx=ctx,
    )
    found = answer.object()
    listed = found.get("members")
    if not isinstance(listed, list) or not listed:
        answer.refuse(found)
    if not isinstance(listed, list) or len(listed) != len(members):
        raise BadAnswer("The answer does not have as many members as were sent.", exchange=answer.exchange)
    answered = tuple(_member(item, sent) for item, (sent, _) in zip(listed, members, strict=True))
    return Batch(str(found.get("requestId") or ""), answered, answer.earliest)


def _member(item: object, sent: str) -> Member:
    found = item if isinstance(item, dict) else {}
    said = "; ".join(problem.text or str(problem.code) for problem in problems(found))
    return Member(str(found.get("contactKey") or sent), str(found.get("eventInstanceId") or ""), said)


def whole(value: object, missing: int = 0) -> int:
    """A whole number of an answer, however it is written; `missing` for what is none."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < MOST_DIGITS else missing


def objects(listed: object) -> Iterator[Mapping[str, Any]]:
    """The JSON objects among the items of a list."""
    items: Iterable[object] = listed if isinstance(listed, list) else ()
    return (item for item in items if isinstance(item, dict))
