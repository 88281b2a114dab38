"""What has to be known before firing: the entry source, its schema, its journeys; and the checklist made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mcconsole.api import scopes
from mcconsole.api.client import Client
from mcconsole.api.schemas import Described
from mcconsole.core import clock, payload
from mcconsole.core.errors import ApiError, BadAnswer, BadInput, NotFound, Rejected
from mcconsole.core.findings import Finding, Level
from mcconsole.core.jobs import JobContext
from mcconsole.features.journeys import calls, criteria, find
from mcconsole.features.journeys.calls import EventDefinition, Journey
from mcconsole.features.journeys.evidence import Membership

RUNNING = ("Published", "Paused")
READ_AGAIN = 5
"""Versions of the journeys of an entry source that are read again in any case."""
_RE_ENTRY = {
    "OnceAndDone": "a contact enters once and never again",
    "SingleEntryAcrossAllVersions": "a contact enters again only after leaving",
}
"""Entry modes that keep contacts out (API reference 2.1, documented)."""


class Topic(StrEnum):
    """The lines of the checklist, from the top."""

    EVENT = "event"
    PERMISSION = "permission"
    CONTACT = "contact key"
    DATA = "data"
    JOURNEY = "journey"
    ENTRY = "entry rules"


@dataclass(frozen=True, slots=True)
class Situation:
    """An entry source with all that bears on firing it, as read at `read` (UTC)."""

    source: EventDefinition
    described: Described | None
    journeys: tuple[Journey, ...]
    """Every version of the journeys that it feeds, the running ones first."""
    read: datetime
    obstacle: ApiError | None = None
    """Why there is no schema; then only raw data can be fired."""

    @property
    def running(self) -> tuple[Journey, ...]:
        """The versions that are published or paused."""
        return tuple(journey for journey in self.journeys if journey.status in RUNNING)

    @property
    def published(self) -> tuple[Journey, ...]:
        """The versions that run."""
        return tuple(journey for journey in self.journeys if journey.published)

    @property
    def contact_fields(self) -> tuple[str, ...]:
        """Fields of the data extension that hold the contact key, the surest first."""
        if self.described is None:
            return ()
        related = self.described.contact_field
        names = [field.name for field in self.described.schema.fields if plain(field.name) in CONTACT_NAMES]
        return (related,) if related else tuple(names)


CONTACT_NAMES = ("contactkey", "subscriberkey")


def plain(name: str) -> str:
    """A name without case, blanks and punctuation."""
    return "".join(filter(str.isalnum, name)).casefold()


def look(
    client: Client, event_key: str, ctx: JobContext | None = None, *, listed: Sequence[Journey] | None = None
) -> Situation:
    """Read an entry source and what belongs to it. BadInput when there is none; it says which key was meant.

    With `listed`, every journey of the business unit, only those that it feeds are read again.
    """
    try:
        source = calls.definition(client, event_key, ctx)
    except NotFound:
        raise _no_such_key(client, event_key, ctx) from None
    described, obstacle = None, None
    try:
        described = calls.described(client, source, ctx)
    except (Rejected, BadAnswer) as error:
        obstacle = error
    fed = [
        journey
        for journey in (calls.journeys(client, ctx) if listed is None else _again(client, listed, source, ctx))
        if journey.fed_by(source)
    ]
    fed.sort(key=lambda journey: (journey.status not in RUNNING, not journey.published, journey.name, -journey.version))
    return Situation(source, described, tuple(fed), clock.now(), obstacle)


def again(client: Client, known: Situation, ctx: JobContext | None = None) -> Situation:
    """The same entry source as it stands now. Where nobody could enter, every journey is read, as there may be new ones
    or new versions. BadInput when it is gone.
    """
    found = look(client, known.source.key, ctx, listed=known.journeys)
    return look(client, known.source.key, ctx) if state_reason(found) else found


def _again(
    client: Client, listed: Sequence[Journey], source: EventDefinition, ctx: JobContext | None
) -> Iterator[Journey]:
    """Journeys of an entry source as they stand now, the newest versions first; old ones as they were listed."""
    fed = sorted((one for one in listed if one.fed_by(source)), key=lambda one: -one.version)
    for number, journey in enumerate(fed):
        try:
            yield calls.again(client, journey, ctx) if number < READ_AGAIN or journey.status in RUNNING else journey
        except NotFound:
            continue


def _no_such_key(client: Client, text: str, ctx: JobContext | None) -> BadInput:
    found = find.recognise(client, text, list(calls.definitions(client, ctx)), list(calls.journeys(client, ctx)), ctx)
    if found is None:
        return BadInput(
            f"There is no event definition with the key “{text}” in this business unit.",
            advice="It stands in the journey's entry source in Journey Builder; see also the business unit.",
        )
    return BadInput(found.explanation, advice=f"Use the event definition key {found.source.key}.")


def checklist(
    situation: Situation,
    granted: str,
    contacts: Sequence[str],
    inside: frozenset[Membership] = frozenset(),
) -> list[Finding]:
    """Everything but the data: what refuses first, then what only warns. `granted` are the token's scopes."""
    source = situation.source
    found: list[Finding] = []
    if not source.fireable:
        found.append(
            Finding(
                Level.REFUSE,
                f"“{source.name}” is of type {source.type}; only an API event can be fired.",
                "Choose a journey whose entry source is an API event.",
                Topic.EVENT,
            )
        )
    if "." in source.key:
        text = f"The event definition key {source.key} contains a period."
        found.append(Finding(Level.REFUSE, text, topic=Topic.EVENT))
    if lacking := scopes.missing(granted, calls.FIRE.scope):
        found.append(
            Finding(
                Level.REFUSE,
                f"The installed package lacks {' and '.join(lacking)}, without which no event can be fired.",
                "Add it in Setup, Installed Packages; it takes up to 5 minutes and a new token.",
                Topic.PERMISSION,
            )
        )
    if any(not contact.strip() for contact in contacts):
        found.append(Finding(Level.REFUSE, "The contact key is empty.", topic=Topic.CONTACT))
    return found + journey_findings(situation, inside)


def journey_findings(situation: Situation, inside: frozenset[Membership] = frozenset()) -> list[Finding]:
    """Why contacts may not enter although the event is accepted; these warn only."""
    if state := state_reason(situation):
        return [Finding(Level.WARN, state, topic=Topic.JOURNEY)]
    found = [
        Finding(Level.WARN, f"{named(journey)} is paused.", topic=Topic.JOURNEY)
        for journey in situation.running
        if not journey.published
    ]
    for journey in situation.published:
        rule = _RE_ENTRY.get(journey.entry_mode)
        contacts = sorted({one.contact_key for one in inside if one.journey_key == journey.key})
        if rule and contacts:
            who = contacts[0] if len(contacts) == 1 else f"{len(contacts):,} of the contacts"
            found.append(Finding(Level.WARN, f"{who}: already in {named(journey)}, where {rule}.", topic=Topic.ENTRY))
    return found


def filter_findings(situation: Situation, data: Mapping[str, object]) -> list[Finding]:
    """Entry filters that data do not meet, as far as that is certain; these warn only."""
    texts = {name: None if value is None else str(value) for name, value in data.items()}
    return [
        Finding(Level.WARN, f"The entry filter of {named(journey)} is not met.", topic=Topic.ENTRY)
        for journey in situation.published
        if any(criteria.holds(one, texts) is False for one in (situation.source.criteria, *journey.filters))
    ]


def state_reason(situation: Situation) -> str:
    """Why nobody can enter at all as things stand, or "" (API reference 2.1, documented)."""
    if not situation.journeys:
        return f"No journey uses the entry source “{situation.source.name}”."
    if situation.published:
        return ""
    if situation.running:
        names = " and ".join(named(journey) for journey in situation.running)
        return f"Not published: {names} is paused; new contacts are ignored, or wait if that was chosen when pausing."
    latest = max(situation.journeys, key=lambda journey: journey.version)
    return f"No journey with this entry source is published: {named(latest)} is {latest.status}."


def named(journey: Journey) -> str:
    """A journey version for a sentence."""
    return f"“{journey.name}” (version {journey.version})"


def data_findings(situation: Situation, contact_key: str, data: Mapping[str, object]) -> list[Finding]:
    """What is wrong with the data of one event; all of it refuses, unless it is sent raw."""
    if situation.described is None:
        why = str(situation.obstacle) if situation.obstacle is not None else ""
        advice = situation.obstacle.advice if situation.obstacle is not None else ""
        return [Finding(Level.REFUSE, f"The fields of the entry source are not known: {why}", advice, Topic.DATA)]
    checked = payload.check(data, situation.described.schema)
    found = [
        Finding(Level.REFUSE, f"“{fault.field}” {fault.text}.".replace("?.", "?"), topic=Topic.DATA)
        for fault in checked.faults
    ]
    for name in situation.contact_fields:
        value = checked.values.get(name)
        if value and value != contact_key:
            text = f"The contact key is {contact_key}, but “{name}” of the data is {value}."
            found.append(Finding(Level.REFUSE, text, topic=Topic.CONTACT))
    if any(name.lower() == "eventinstanceid" for name in data):
        text = "“eventInstanceId” is a reserved name; its value would be ignored."
        found.append(Finding(Level.REFUSE, text, topic=Topic.DATA))
    return found


def values(situation: Situation, data: Mapping[str, object]) -> dict[str, str | None]:
    """Data that passed `data_findings`, as it is sent."""
    if situation.described is None:
        raise BadInput("The fields of the entry source are not known.")
    return payload.check(data, situation.described.schema).values
