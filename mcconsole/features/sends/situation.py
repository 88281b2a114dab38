"""What has to be known before sending: the definition, the fields of its data extension; and the checklist of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mcconsole.api import schemas, scopes
from mcconsole.api.client import Client
from mcconsole.api.schemas import Described
from mcconsole.core import allow_list, clock, payload
from mcconsole.core.errors import ApiError, BadAnswer, Rejected
from mcconsole.core.fields import Field, FieldType
from mcconsole.core.findings import Finding, Level
from mcconsole.core.jobs import JobContext
from mcconsole.core.values import Problem, rule_for
from mcconsole.features.sends import calls, definitions
from mcconsole.features.sends.calls import Recipient
from mcconsole.features.sends.definitions import Definition, Kind, Status

ADDRESS = Field("EmailAddress", FieldType.EMAIL, 254, required=True)
SUBSCRIBER = Field("SubscriberKey", FieldType.TEXT, 254, required=True)
"""What every recipient has, whether or not the data extension has fields of these names."""
ADDRESS_NAMES = ("emailaddress", "email", "to", "address")
SUBSCRIBER_NAMES = ("subscriberkey", "contactkey")


class Topic(StrEnum):
    """A line of the checklist."""

    STATUS = "definition"
    PERMISSION = "permission"
    RECIPIENT = "recipient"
    ATTRIBUTES = "attributes"


@dataclass(frozen=True, slots=True)
class Situation:
    """A definition with all that bears on sending through it, as read at `read` (UTC)."""

    definition: Definition
    described: Described | None
    """Its data extension; None where it has none, or `obstacle` says why it could not be read."""
    read: datetime
    obstacle: ApiError | None = None

    @property
    def subscriber_field(self) -> str:
        """The data extension's field that holds the subscriber key; "" for none."""
        if self.described is None:
            return ""
        return self.described.contact_field or self._field(SUBSCRIBER_NAMES)

    @property
    def address_field(self) -> str:
        """The data extension's field that holds the address; "" for none."""
        return self._field(ADDRESS_NAMES[:2])

    def _field(self, names: tuple[str, ...]) -> str:
        listed = self.described.schema.fields if self.described is not None else ()
        return next((one.name for one in listed if plain(one.name) in names), "")


def plain(name: str) -> str:
    """A name without case, blanks and punctuation."""
    return "".join(filter(str.isalnum, name)).casefold()


def look(client: Client, key: str, ctx: JobContext | None = None, *, kind: Kind | None = None) -> Situation:
    """Read a definition and the fields of its data extension. BadInput when there is no such definition."""
    return about(client, definitions.find(client, key, ctx, kind=kind), ctx)


def about(client: Client, definition: Definition, ctx: JobContext | None = None) -> Situation:
    """The situation of a definition that was read before."""
    described, obstacle = None, None
    if definition.data_extension:
        try:
            described = schemas.keyed(client, definition.data_extension, ctx)
        except (Rejected, BadAnswer) as error:
            obstacle = error
    return Situation(definition, described, clock.now(), obstacle)


def anew(client: Client, known: Situation, ctx: JobContext | None = None) -> Situation:
    """The same with the status that the definition has now, where it may be read."""
    try:
        now = definitions.again(client, known.definition, ctx)
    except Rejected:
        return known
    gone = replace(known.definition, status=Status.DELETED)
    return replace(known, definition=now or gone, read=clock.now())


def done_about(client: Client, definition: Definition, ctx: JobContext) -> Situation:
    """The same of a definition that was just made or changed: nothing, and no cancel, lets that be forgotten."""
    try:
        return about(client, definition, ctx.apart())
    except ApiError as error:
        return Situation(definition, None, clock.now(), error)


def checklist(situation: Situation, granted: str) -> list[Finding]:
    """Everything but the recipients: what refuses first, then what warns. `granted` are the token's scopes."""
    found = _status(situation.definition)
    if lacking := scopes.missing(granted, calls.SEND):
        found.append(
            Finding(
                Level.REFUSE,
                f"The installed package lacks {' and '.join(lacking)}, without which nothing can be sent.",
                "Add it in Setup, Installed Packages; it takes up to 5 minutes and a new token.",
                Topic.PERMISSION,
            )
        )
    if situation.obstacle is not None:
        found.append(
            Finding(
                Level.WARN,
                f"The fields of the data extension {situation.definition.data_extension} could not be read, so the "
                f"attributes are not checked: {situation.obstacle}",
                situation.obstacle.advice,
                Topic.ATTRIBUTES,
            )
        )
    return sorted(found, key=lambda one: one.level is not Level.REFUSE)


def _status(definition: Definition) -> list[Finding]:
    """New, Canceled and Deleted refuse, Inactive queues (API reference 3.2, documented)."""
    name, status = f"“{definition.name}”", definition.status
    if status == Status.ACTIVE:
        return []
    if status == Status.NEW:
        text = f"{name} is New: it was never started, and Marketing Cloud refuses what is sent through it."
        return [Finding(Level.REFUSE, text, "Start it first.", Topic.STATUS)]
    if status in (Status.CANCELED, Status.DELETED):
        text = f"{name} is {status}, which cannot be undone."
        return [Finding(Level.REFUSE, text, "Choose another definition.", Topic.STATUS)]
    if status == Status.INACTIVE:
        days = " within three days" if definition.kind is Kind.TRANSACTIONAL else ""
        text = f"{name} is paused (Inactive): messages are accepted and wait until it is started{days}."
        return [Finding(Level.WARN, text, "Start it to have them sent.", Topic.STATUS)]
    if not status:
        text = f"The status of {name} could not be read, so it may not be started; nor is its data extension known."
        return [Finding(Level.WARN, text, "The scope email_read lets it be looked at.", Topic.STATUS)]
    text = f"{name} is {status}; whether it sends then is not documented."
    return [Finding(Level.WARN, text, topic=Topic.STATUS)]


def trimmed(to: Recipient) -> Recipient:
    """A recipient without blanks around key and address, which come with pasting and are never meant."""
    return replace(to, subscriber_key=to.subscriber_key.strip(), address=to.address.strip())


def recipient_findings(situation: Situation, to: Recipient, allowed: tuple[str, ...] = ()) -> list[Finding]:
    """What is wrong with one recipient: address, key, allow-list, and the attributes in their exact case."""
    found: list[Finding] = []
    if not to.subscriber_key.strip():
        found.append(Finding(Level.REFUSE, "The subscriber key is empty.", topic=Topic.RECIPIENT))
    address = rule_for(ADDRESS).one(to.address)
    if isinstance(address, Problem) or not address:
        text = (
            f"“{to.address}” is not a valid e-mail address." if to.address.strip() else "The e-mail address is empty."
        )
        found.append(Finding(Level.REFUSE, text, topic=Topic.RECIPIENT))
    found += allow_list.findings(allowed, (to.address, *to.attributes.values()), Topic.RECIPIENT)
    if situation.described is None:
        return found + _unchecked(situation, to.attributes)
    checked = payload.check(_filled(situation, to), situation.described.schema)
    faults = (f"“{one.field}” {one.text}.".replace("?.", "?") for one in checked.faults)
    found += [Finding(Level.REFUSE, text, topic=Topic.ATTRIBUTES) for text in faults]
    own = {situation.address_field: to.address, situation.subscriber_field: to.subscriber_key}
    for name, value in own.items():
        given = checked.values.get(name)
        if name and given and given != value:
            text = f"“{name}” of the attributes is {given}, but {value} is sent to."
            found.append(Finding(Level.REFUSE, text, topic=Topic.ATTRIBUTES))
    return found


def _unchecked(situation: Situation, attributes: Mapping[str, object]) -> list[Finding]:
    """Attributes without a schema. Nothing in the API reference tells how to read the names of profile attributes."""
    nested = [name for name, value in attributes.items() if isinstance(value, dict | list)]
    texts = (f"“{name}” must be a text, a number, true, false or null." for name in nested)
    found = [Finding(Level.REFUSE, text, topic=Topic.ATTRIBUTES) for text in texts]
    if attributes and situation.obstacle is None:
        text = (
            f"{', '.join(attributes)}: sent as profile attributes, whose names cannot be checked. Marketing Cloud "
            "ignores unknown names, and does not send where a required attribute is missing."
        )
        advice = "Compare them with Profile Management, upper and lower case included."
        found.append(Finding(Level.WARN, text, advice, Topic.ATTRIBUTES))
    return found


def _filled(situation: Situation, to: Recipient) -> dict[str, object]:
    """The attributes with the fields that hold the recipient itself, where they are not given."""
    own = {situation.address_field: to.address, situation.subscriber_field: to.subscriber_key}
    return {name: value for name, value in own.items() if name} | dict(to.attributes)


def recipient_of(situation: Situation, subscriber_key: str, data: Mapping[str, object]) -> Recipient:
    """A saved test contact as a recipient: its address is the part of its data that is named like one."""
    named = {plain(name): name for name in data}
    at = next((named[name] for name in ADDRESS_NAMES if name in named), "")
    own = {situation.address_field, situation.subscriber_field}
    attributes = {name: value for name, value in data.items() if name != at or name in own}
    return Recipient(subscriber_key, str(data.get(at) or ""), attributes)


def ready(situation: Situation, to: Recipient) -> Recipient:
    """A recipient without refusals, as it is sent."""
    attributes: dict[str, object] = {name: payload.as_json(value) for name, value in to.attributes.items()}
    if situation.described is not None:
        attributes = dict(payload.check(_filled(situation, to), situation.described.schema).values)
    return replace(to, attributes=attributes)
