"""SOAP Create of a TriggeredSend: one definition, some subscribers (API reference 3.2)."""

from __future__ import annotations

from mcconsole.sandbox import send_definitions, triggering
from mcconsole.sandbox.messages import Draft
from mcconsole.sandbox.routing import Call
from mcconsole.sandbox.send_definitions import TRIGGERED
from mcconsole.sandbox.soap_writes import Outcome, SubscriberFailure
from mcconsole.sandbox.soap_xml import Node, child, children, raw_text, text

SCOPE = "email_send"


def create(call: Call, node: Node, _upsert: bool) -> Outcome:
    """Send to the subscribers of one TriggeredSend; those who cannot get it are named in SubscriberFailures."""
    with call.tenant.store.write():
        return _create(call, node)


def _create(call: Call, node: Node) -> Outcome:
    asked = child(node, "TriggeredSendDefinition")
    key, object_id = text(asked, "CustomerKey"), text(asked, "ObjectID")
    definition = send_definitions.find(
        *(call.tenant.store.connection, call.tenant.switches, call.grant.mid, TRIGGERED), key=key, object_id=object_id
    )
    if definition is None:
        return Outcome(triggering.UNKNOWN, 18002)
    if refused := triggering.refused_status(definition):
        return Outcome(refused.text, refused.code)
    good: list[Draft] = []
    failures: list[SubscriberFailure] = []
    subscribers = children(node, "Subscribers")
    for ordinal, subscriber in enumerate(subscribers):
        draft = _draft(subscriber)
        checked, failure = triggering.check(call.tenant, definition, draft)
        if checked:
            good.append(checked)
        elif failure:
            failures.append(SubscriberFailure(ordinal, subscriber, failure.code, failure.text))
    if not good:
        return Outcome(triggering.NO_SUBSCRIBERS, 180008, failures=(*failures,))
    triggering.queue(call.tenant, definition, good)
    return Outcome("Created TriggeredSend", failures=(*failures,))


def _draft(subscriber: Node) -> Draft:
    address = text(subscriber, "EmailAddress")
    attributes: dict[str, object] = {
        text(one, "Name"): raw_text(one, "Value") for one in children(subscriber, "Attributes")
    }
    return Draft(text(subscriber, "SubscriberKey") or address, address, attributes)


WRITES = {("Create", "TriggeredSend"): create}
