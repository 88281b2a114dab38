"""The calls that tell what became of an event: its row, the async route's status, membership and journey history.

None of them alone proves an entry (API reference 2.5); `verdict` weighs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mcconsole.api import paging, soap
from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.core.clock import moment
from mcconsole.core.errors import ApiError, AuthFailed, BadAnswer, RateLimited, Rejected
from mcconsole.core.fields import Schema
from mcconsole.core.jobs import JobContext
from mcconsole.features.journeys.calls import objects, whole

CONTACTS = 50
"""Contacts in one call about membership (API reference 6, documented)."""

_READ = "journeys_read"
_BASE = "/interaction/v1"
STATUS = Operation("events.status", "GET", f"{_BASE}/async/events/status", scope=_READ, reads=True)
MEMBERSHIP = Operation(
    "journeys.membership", "POST", f"{_BASE}/interactions/contactMembership", scope=_READ, reads=True
)
HISTORY = Operation("journeys.history", "POST", f"{_BASE}/interactions/journeyhistory/search", scope=_READ, reads=True)


@dataclass(frozen=True, slots=True)
class Membership:
    """A contact that is in a journey now; `journey_key` is the journey's key (API reference 2.5, documented)."""

    contact_key: str
    journey_key: str
    version: int


@dataclass(frozen=True, slots=True)
class Step:
    """One line of journey history (API reference 2.5, observed)."""

    contact_key: str
    at: datetime | None
    journey: str
    """The journey's name."""
    activity: str
    activity_type: str
    event: str
    status: str
    said: str
    definition_id: str = ""

    @property
    def is_entry(self) -> bool:
        """Whether the line is about coming in. By which word is unverified: a type that says so, else an event's name.

        A line of another activity may carry the name of the event as well, and proves nothing for who was in already.
        """
        kind = self.activity_type.lower()
        return any(word in kind for word in ("event", "entry")) if kind else bool(self.event)

    @property
    def failed(self) -> bool:
        """Whether the line tells of an error. The words are unverified, so any that speaks of failing counts."""
        return any(word in self.status.lower() for word in ("fail", "error", "reject"))


@dataclass(frozen=True, slots=True)
class Fate:
    """What the async route's status says of one event: `state` is errored, queued or processed (2.2, documented)."""

    state: str
    contact_key: str
    event_instance_id: str
    said: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What a read saw, and the tenant's own time of the answer."""

    memberships: frozenset[Membership]
    at: datetime | None


def memberships(client: Client, contact_keys: Sequence[str], ctx: JobContext | None = None) -> Observed:
    """In which journeys contacts are now, fifty a call; `at` is the time of the first answer."""
    found: set[Membership] = set()
    first: datetime | None = None
    for start in range(0, len(contact_keys), CONTACTS):
        asked = list(contact_keys[start : start + CONTACTS])
        label = "Ask in which journeys the contact is" if len(asked) == 1 else "Ask in which journeys the contacts are"
        answer = client.rest(MEMBERSHIP, json={"ContactKeyList": asked}, label=label, ctx=ctx)
        document = answer.json()
        results = document.get("results") if isinstance(document, dict) else None
        if not isinstance(results, dict):
            raise BadAnswer("The answer about membership has no results.", exchange=answer.exchange)
        found.update(
            Membership(str(item.get("contactKey", "")), str(item.get("definitionKey", "")), whole(item.get("version")))
            for item in objects(results.get("contactMemberships"))
        )
        first = first or answer.date
    return Observed(frozenset(found), first)


def history(
    client: Client,
    definition_ids: Sequence[str],
    contact_keys: Sequence[str],
    ctx: JobContext | None = None,
    *,
    since: datetime | None = None,
) -> Iterator[Step]:
    """The lines of journey history of some contacts in some journey versions, of the last 30 days or from `since`.

    Filtered here again, as the tenant may ignore the contacts (API reference 2.5, observed). `since` is widened by
    an hour, so that clocks that differ a little hide nothing.
    """
    if not definition_ids:
        return
    begin = since - timedelta(hours=1) if since is not None else None
    for start in range(0, len(contact_keys), CONTACTS):
        asked = contact_keys[start : start + CONTACTS]
        for item in _history_items(client, definition_ids, asked, begin, ctx):
            if str(item.get("contactKey", "")) in asked:
                yield _step(item)


def _history_items(
    client: Client,
    definition_ids: Sequence[str],
    contact_keys: Sequence[str],
    begin: datetime | None,
    ctx: JobContext | None,
) -> Iterator[Mapping[str, Any]]:
    body = {
        "start": f"{begin.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if begin is not None else None,
        "end": None,
        "definitionIds": list(definition_ids),
        "contactKeys": list(contact_keys),
        "activityTypes": [],
        "activityIds": [],
        "clientStatuses": [],
    }
    seen = 0
    for page in range(1, paging.MOST_PAGES):
        query: dict[str, str | int] = {"$page": page, "$pageSize": 50}
        answer = client.rest(HISTORY, query=query, json=body, label="Read the journey history", ctx=ctx)
        document = answer.json()
        if not isinstance(document, dict):
            raise BadAnswer("The journey history is not a JSON object.", exchange=answer.exchange)
        items = list(objects(document.get("items")))
        yield from items
        seen += len(items)
        count = document.get("count")
        if not items or (isinstance(count, int) and seen >= count):
            return


def _step(item: Mapping[str, Any]) -> Step:
    result = item.get("result")
    said = [str(item.get(name) or "") for name in ("message", "errorMessage")]
    if isinstance(result, dict):
        listed = result.get("messages", result.get("message"))
        said += [str(one) for one in listed] if isinstance(listed, list) else [str(listed or "")]
    elif result:
        said.append(str(result))
    return Step(
        contact_key=str(item.get("contactKey", "")),
        at=moment(item.get("transactionTime")),
        journey=str(item.get("definitionName") or ""),
        activity=str(item.get("activityName") or ""),
        activity_type=str(item.get("activityType") or ""),
        event=str(item.get("eventName") or ""),
        status=" ".join(dict.fromkeys(str(item[name]) for name in ("status", "clientStatus") if item.get(name))),
        said="; ".join(part for part in said if part),
        definition_id=str(item.get("definitionId") or ""),
    )


def fates(
    client: Client,
    ctx: JobContext | None = None,
    *,
    states: Sequence[str] = ("errored", "processed", "queued"),
    **filters: str,
) -> list[Fate]:
    """What became of fired events. Filters: contactKey, requestId, eventInstanceId, eventDefinitionKey (2.2).

    That these filters exist is documented; what an item looks like beyond its ids is unverified.
    """
    found: list[Fate] = []
    for state in states:
        query: dict[str, str | int] = {"type": state, **filters}
        for item in paging.pages(client, STATUS, query=query, label="Ask what became of the events", ctx=ctx):
            said = item.get("message") or item.get("errorMessage") or item.get("statusMessage") or ""
            instance = str(item.get("eventInstanceId") or "")
            found.append(Fate(state, str(item.get("contactKey") or ""), instance, str(said)))
    return found


def rows(
    client: Client, schema: Schema, field: str, contact_key: str, ctx: JobContext | None = None
) -> list[dict[str, str]]:
    """The rows of an entry data extension whose `field` is the contact key, by SOAP, which filters at the tenant.

    (API reference 4.6, observed.) Names in the schema's case, values as they read back.
    """
    names = tuple(one.name for one in schema.fields)
    found = soap.retrieve(
        client,
        f"DataExtensionObject[{schema.key}]",
        names,
        soap.equals(field, contact_key),
        scope="data_extensions_read",
        label=f"Look for the row of {contact_key} in {schema.name}",
        ctx=ctx,
    )
    return [{name: value for name, value in row.items() if name in names} for row in found]


@contextmanager
def tolerated(unread: dict[str, str], stage: str) -> Iterator[None]:
    """Go on without one kind of evidence where the tenant refuses it, such as for a scope or a route that it lacks."""
    try:
        yield
    except (AuthFailed, RateLimited):
        raise
    except Rejected as error:
        if passing(error):
            raise
        unread[stage] = str(error)


def passing(error: ApiError) -> bool:
    """Whether looking may go on after an error: no way to the tenant, or an error of its own."""
    return not isinstance(error, Rejected) or error.status >= 500
