"""What the tenant shows of contacts before an event, so that nothing old is taken for the proof of something new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mcconsole.api.client import Client
from mcconsole.core.errors import ApiError
from mcconsole.core.jobs import JobContext
from mcconsole.features.journeys import evidence
from mcconsole.features.journeys.evidence import Membership, Observed
from mcconsole.features.journeys.situation import Situation

Rows = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of a data extension as pairs of name and value, in an order of their own."""


@dataclass(frozen=True, slots=True)
class Before:
    """What the tenant showed of a contact before the event."""

    inside: frozenset[tuple[str, int]] = frozenset()
    """(journey key, version) of every journey that the contact was in."""
    latest: datetime | None = None
    """Of its history in the journeys of the entry source."""
    been: frozenset[str] = frozenset()
    """Names of the journeys in which its history shows it."""
    at: datetime | None = None
    """When this was read, by the tenant's clock."""
    seen: bool = True
    """False when nobody looked, or could; then a membership may be an old one and proves nothing."""
    unread: tuple[str, ...] = ()
    """What Marketing Cloud did not let us read, in words."""
    rows: Rows | None = None
    """Of the contact in the entry data extension; None where they were not looked at, or could not be."""


def before(
    client: Client, situation: Situation, contacts: Sequence[str], ctx: JobContext, *, rows: bool = False
) -> dict[str, Before]:
    """Where contacts are and what their history says, read before anything is fired; with `rows` their rows in the
    entry data extension too, a call for each. What the tenant refuses to tell is noted, and keeps nothing from being
    fired.
    """
    keys = list(dict.fromkeys(contacts))
    unread: dict[str, str] = {}
    observed: Observed | None = None
    with evidence.tolerated(unread, "in the journey"):
        observed = evidence.memberships(client, keys, ctx)
    inside: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for one in observed.memberships if observed is not None else ():
        inside[one.contact_key].add((one.journey_key, one.version))
    latest: dict[str, datetime] = {}
    been: dict[str, set[str]] = defaultdict(set)
    with evidence.tolerated(unread, "history"):
        for step in evidence.history(client, versions(situation), keys, ctx):
            if step.at is not None:
                latest[step.contact_key] = max(step.at, latest.get(step.contact_key, step.at))
            if not step.failed:
                been[step.contact_key].add(step.journey)
    written: dict[str, Rows] = {}
    try:
        written = {key: rows_of(client, situation, key, ctx) for key in keys} if rows else {}
    except ApiError as error:
        unread["row"] = str(error)
    at, words = observed.at if observed is not None else None, tuple(unread.values())
    return {
        key: Before(
            *(frozenset(inside[key]), latest.get(key), frozenset(been[key]), at, observed is not None, words),
            rows=written.get(key),
        )
        for key in keys
    }


def rows_of(client: Client, situation: Situation, contact_key: str, ctx: JobContext) -> Rows:
    """The rows of a contact in the entry data extension; () where it is not known which field holds its key."""
    if situation.described is None or not situation.contact_fields:
        return ()
    found = evidence.rows(client, situation.described.schema, situation.contact_fields[0], contact_key, ctx)
    return tuple(sorted(tuple(row.items()) for row in found))


def versions(situation: Situation) -> list[str]:
    """The versions that history is read of."""
    return [journey.definition_id for journey in situation.journeys if journey.status != "Draft"]


def memberships_of(before_: Mapping[str, Before]) -> frozenset[Membership]:
    """The memberships that were seen before, for the checklist."""
    return frozenset(Membership(key, *place) for key, seen in before_.items() for place in seen.inside)
