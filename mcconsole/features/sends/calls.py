"""The calls that send, and those that tell what became of what was sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcconsole.api import soap, verdict
from mcconsole.api.client import Answer, Client
from mcconsole.api.exchanges import Problem, problems, recipient_problems
from mcconsole.api.operations import Operation
from mcconsole.core.clock import moment
from mcconsole.core.errors import BadAnswer, Rejected
from mcconsole.core.exchange import Exchange
from mcconsole.core.jobs import JobContext
from mcconsole.core.snippets import REST_URL, Call
from mcconsole.features.sends.definitions import Definition, Kind

MESSAGES, MESSAGES_WITH_ATTRIBUTES = 2000, 500
"""Recipients of one transactional call; the second is advice (API reference 3.3, documented)."""

SOME_FAILED = 109001
"""ResponsesHasErrors (3.3, documented): at least one of the recipients was not queued."""
SEND = "email_send"
TRACKING = "tracking_events_read"
_TSD = "/messaging/v1/messageDefinitionSends/key:{key}"
_MESSAGES = "/messaging/v1/email/messages"
TRIGGERED = Operation("sends.triggered", "POST", f"{_TSD}/send", scope=SEND, once=True)
MESSAGE = Operation("sends.message", "POST", f"{_MESSAGES}/{{message_key}}", scope=SEND, once=True)
MANY = Operation("sends.messages", "POST", _MESSAGES, scope=SEND, once=True, keep_body=False)
DELIVERY = Operation("sends.delivery", "GET", f"{_TSD}/deliveryRecords/{{id}}", reads=True)
STATUS = Operation("sends.status", "GET", f"{_MESSAGES}/{{message_key}}", reads=True)
CLOCK = Operation("clock", "GET", "/platform/v1/tokenContext", reads=True)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person to send to."""

    subscriber_key: str
    address: str
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Taken:
    """What the tenant said of one recipient. Without problems it was accepted, which does not mean sent."""

    reference: str
    """recipientSendId of a triggered send, messageKey of a transactional message."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a sending call; `taken` in the order of the recipients, None for one that it does not tell of."""

    request_id: str
    taken: tuple[Taken | None, ...]
    at: datetime | None
    """Not after the tenant took it, by its own clock."""
    exchange: Exchange


def new_message_key() -> str:
    """A key that no other message has; it may have 100 characters and counts for 72 hours (3.3, documented)."""
    return f"mcconsole-{uuid.uuid4()}"


def send_triggered(client: Client, key: str, to: Recipient, ctx: JobContext | None = None) -> Answered:
    """Send to one recipient through a triggered send definition (API reference 3.2, documented).

    Never repeated by itself. A refusal of the recipient comes as 202 too (observed), so only `hasErrors` false counts;
    BadAnswer when the answer does not say.
    """
    label = f"Send {key} to {to.address}"
    answer = client.rest(TRIGGERED, path={"key": key}, json=_triggered_body(to), label=label, ctx=ctx)
    found = answer.object()
    items = _objects(found.get("responses"))
    if not items:
        answer.refuse(found)
    if len(items) != 1 or not isinstance(items[0].get("hasErrors"), bool):
        raise BadAnswer("The answer does not say whether the recipient was taken.", exchange=answer.exchange)
    taken = Taken(str(items[0].get("recipientSendId") or ""), tuple(recipient_problems(items[0])))
    return _answered(answer, found, (taken,))


def _triggered_body(to: Recipient) -> dict[str, object]:
    person: dict[str, object] = {"Address": to.address, "SubscriberKey": to.subscriber_key}
    if to.attributes:
        person["ContactAttributes"] = {"SubscriberAttributes": dict(to.attributes)}
    return {"To": person}


def send_message(client: Client, key: str, message_key: str, to: Recipient, ctx: JobContext | None = None) -> Answered:
    """Send one transactional message (API reference 3.3, documented)."""
    label = f"Send {key} to {to.address}"
    path = {"message_key": message_key}
    answer = client.rest(MESSAGE, path=path, json=_message_body(key, to), label=label, ctx=ctx)
    return _messages(answer, [message_key])


def _message_body(key: str, to: Recipient) -> dict[str, object]:
    return {"definitionKey": key, "recipient": _recipient(to)}


def written(definition: Definition, to: Recipient, message_key: str = "") -> Call:
    """The sending call to be handed on; a transactional message gets a key of its own unless one is given."""
    note = "202 means accepted, unless the answer holds errors. It does not mean that the message was sent."
    if definition.kind is Kind.TRIGGERED:
        return Call("POST", REST_URL, TRIGGERED.target({"key": definition.key}, {}), _triggered_body(to), note=note)
    path = MESSAGE.target({"message_key": message_key or new_message_key()}, {})
    return Call("POST", REST_URL, path, _message_body(definition.key, to), note=note)


def send_messages(
    client: Client, key: str, messages: Sequence[tuple[str, Recipient]], ctx: JobContext | None = None
) -> Answered:
    """Send transactional messages given as (message key, recipient), at most `MESSAGES` (3.3, documented)."""
    body = {
        "definitionKey": key,
        "recipients": [{**_recipient(to), "messageKey": message_key} for message_key, to in messages],
    }
    label = f"Send {key} to {len(messages):,} recipients"
    answer = client.rest(MANY, json=body, label=label, ctx=ctx)
    return _messages(answer, [message_key for message_key, _ in messages])


def _recipient(to: Recipient) -> dict[str, object]:
    found: dict[str, object] = {"contactKey": to.subscriber_key, "to": to.address}
    return found | {"attributes": dict(to.attributes)} if to.attributes else found


def _messages(answer: Answer, keys: Sequence[str]) -> Answered:
    """Items are told apart by their message key; one call with one message may leave the key out.

    Errors of the whole that no item owns are those of the only message; of many nobody knows whose they are.
    """
    found = answer.object()
    by_key = items_by_key(found)
    whole = problems({name: value for name, value in found.items() if name != "responses"})
    some_failed = any(one.code == SOME_FAILED for one in whole)
    if not by_key and not (some_failed and len(keys) > 1):
        answer.refuse(found)
    taken = [by_key.get(key) or (by_key.get("") if len(keys) == 1 else None) for key in keys]
    if whole and not any(one.problems for one in by_key.values()):
        taken = [Taken(key, tuple(whole)) if len(keys) == 1 else None for key in keys]
    return _answered(answer, found, tuple(taken))


def items_by_key(found: object) -> dict[str, Taken]:
    """What a body says of each message, by message key; also that of a refusal."""
    listed = _objects(found.get("responses")) if isinstance(found, dict) else []
    taken: dict[str, Taken] = {}
    for item in listed:
        key = str(item.get("messageKey") or "")
        taken[key] = Taken(key, tuple(recipient_problems(item)))
    return taken


def items_of_refusal(error: Rejected) -> dict[str, Taken]:
    """What a refusal of many messages says of each, as far as it was recorded; empty when it names none."""
    if error.exchange is None:
        return {}
    try:
        return items_by_key(verdict.parse_json(error.exchange.response.data))
    except ValueError:
        return {}


def _answered(answer: Answer, found: Mapping[str, Any], taken: tuple[Taken | None, ...]) -> Answered:
    return Answered(str(found.get("requestId") or ""), taken, answer.earliest, answer.exchange)


@dataclass(frozen=True, slots=True)
class Record:
    """What the tenant says of one message by its own id. `state` is queued, sent, not_sent, or the tenant's word."""

    state: str
    said: str = ""
    code: int | str = 0
    at: str = ""


_STATES = {"sent": "sent", "queued": "queued", "error": "not_sent"}
_EVENTS = {"emailsent": "sent", "emailqueued": "queued", "emailnotsent": "not_sent"}


def delivery(client: Client, key: str, recipient_send_id: str, ctx: JobContext | None = None) -> Record:
    """The delivery record of a triggered send (API reference 3.2, documented). NotFound soon after it (unverified)."""
    path = {"key": key, "id": recipient_send_id}
    found = client.rest(DELIVERY, path=path, label="Read the delivery record", ctx=ctx).object()
    said = [str(one.get("messageErrorStatus") or "") for one in _objects(found.get("messageErrors"))]
    status = str(found.get("status") or "")
    time = str(found.get("deliveryTime") or "")
    return Record(_STATES.get(status.lower(), status), "; ".join(filter(None, said)), at=time)


def message_status(client: Client, message_key: str, ctx: JobContext | None = None) -> Record:
    """What became of a transactional message (API reference 3.3, documented). NotFound for a key never taken."""
    answer = client.rest(STATUS, path={"message_key": message_key}, label="Ask what became of the message", ctx=ctx)
    found = answer.object()
    answer.refuse(found)
    info = found.get("info")
    about: Mapping[str, Any] = info if isinstance(info, dict) else {}
    event = str(found.get("eventCategoryType") or "").rpartition(".")[2]
    said, code = str(about.get("statusMessage") or ""), about.get("statusCode") or 0
    return Record(_EVENTS.get(event.lower(), event), said, code, str(found.get("timestamp") or ""))


@dataclass(frozen=True, slots=True)
class Event:
    """A tracking event; `kind` is SentEvent, NotSentEvent or BounceEvent (API reference 3.2, WSDL, documented)."""

    kind: str
    subscriber_key: str
    at: datetime | None
    said: str = ""


EVENTS = ("SentEvent", "NotSentEvent", "BounceEvent")
_SUBSCRIBERS = 50
"""Subscriber keys in one filter."""
_BOUNCE = ("BounceCategory", "BounceType", "SMTPCode", "SMTPReason")


def events(
    client: Client, kind: str, definition_id: str, subscriber_keys: Sequence[str], ctx: JobContext | None = None
) -> Iterator[Event]:
    """The tracking events of some subscribers for one triggered send definition, by its object id."""
    keys = list(dict.fromkeys(subscriber_keys))
    for start in range(0, len(keys), _SUBSCRIBERS):
        asked = keys[start : start + _SUBSCRIBERS]
        rows = soap.retrieve_wished(
            client,
            kind,
            ("SubscriberKey", "EventDate"),
            ("EventType", *(_BOUNCE if kind == "BounceEvent" else ())),
            soap.and_(soap.equals("TriggeredSendDefinitionObjectID", definition_id), soap.in_("SubscriberKey", asked)),
            scope=TRACKING,
            label=f"Look for {kind}s",
            ctx=ctx,
        )
        for row in rows:
            said = " ".join(row[name] for name in _BOUNCE if row.get(name))
            yield Event(kind, row.get("SubscriberKey", ""), moment(row.get("EventDate")), said)


def tenant_time(client: Client, ctx: JobContext | None = None) -> datetime | None:
    """The present moment by the tenant's clock, rounded down, from a call that needs no scope (1.4, documented)."""
    return client.rest(CLOCK, label="Ask the time", ctx=ctx).earliest


def _objects(listed: object) -> list[Mapping[str, Any]]:
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
