"""REST sends of triggered send definitions, and what is known of their delivery (API reference 3.2)."""

from __future__ import annotations

import time
from collections.abc import Mapping

from mcconsole.sandbox import messages, replies, send_definitions, triggering
from mcconsole.sandbox.messages import Draft
from mcconsole.sandbox.recipients import INVALID_ADDRESS, Failure
from mcconsole.sandbox.replies import Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, folded, malformed, text_of
from mcconsole.sandbox.send_definitions import TRIGGERED, Definition

_REQUEST_TYPES = ("", "async", "sync")


def send(call: Call) -> Reply:
    """`POST …/send`: 202, also for a recipient who gets nothing."""
    return _carry_out(call, [call.json()])


def send_batch(call: Call) -> Reply:
    """`POST …/sendBatch` with an array of the same objects (undocumented, observed)."""
    asked = call.json()
    if not isinstance(asked, list) or not asked:
        raise malformed("The message body is not an array of messages.")
    return _carry_out(call, asked)


def _carry_out(call: Call, asked: list[object]) -> Reply:
    with call.tenant.store.write():
        # The status that was looked at is the one that counts.
        return _queue(call, _definition(call), asked)


def _queue(call: Call, definition: Definition, asked: list[object]) -> Reply:
    if refused := triggering.refused_status(definition):
        if call.tenant.switches["refused_definition"] == "400":
            raise refusal(400, f"Unable to queue message. {refused.text}", refused.code)
        answers = [_failed("", refused) for _ in asked]
        return replies.json({"requestId": new_id(), "responses": answers}, 202)
    checked = [triggering.check(call.tenant, definition, _draft(one)) for one in asked]
    request, made = triggering.queue(call.tenant, definition, [draft for draft, _ in checked if draft])
    ids = iter(made)
    answers = [
        {"recipientSendId": next(ids), "hasErrors": False, "messages": ["Queued"]} if draft else _refused(call, failure)
        for draft, failure in checked
    ]
    return replies.json({"requestId": request, "responses": answers}, 202)


def _refused(call: Call, failure: Failure | None) -> dict[str, object]:
    if failure is None or failure.code == INVALID_ADDRESS:
        return {"recipientSendId": "", "hasErrors": True, "messages": ["InvalidOrMissingToAddress"]}
    errors = [Failure(180008, triggering.NO_SUBSCRIBERS)]
    if call.tenant.switches["failure_reasons"] == "shown":
        errors.append(failure)
    return _failed(new_id(), *errors)


def _failed(identity: str, *failures: Failure) -> dict[str, object]:
    errors = [{"messageErrorCode": one.code, "messageErrorStatus": one.text} for one in failures]
    return {"recipientSendId": identity, "hasErrors": True, "messageErrors": errors}


def read_delivery(call: Call) -> Reply:
    """`GET …/deliveryRecords/{recipientSendId}`: not there at first, then Queued, Sent or Error (lag unverified)."""
    definition = _definition(call)
    row = messages.find(call.tenant.store.connection, definition, call.parameters["message"])
    if row is None or time.time() < row["called"] + call.tenant.switches.seconds("record_delay"):
        raise refusal(404, "The delivery record was not found.", 30003)
    states = {"sent": "Sent", "bounced": "Sent", "not_sent": "Error"}
    body: dict[str, object] = {
        "id": row["number"],
        "messageId": row["id"],
        "status": states.get(row["state"], "Queued"),
        "deliveryTime": messages.stamp(row["settled"]) if row["settled"] else None,
        "to": {"address": row["address"], "id": row["number"], "key": row["contact"]},
    }
    if row["state"] == "not_sent":
        body["messageErrors"] = [{"messageErrorCode": row["code"], "messageErrorStatus": row["reason"]}]
    return replies.json(body)


def _definition(call: Call) -> Definition:
    connection, mid, given = call.tenant.store.connection, call.grant.mid, call.parameters
    key, object_id = given.get("key", ""), given.get("id", "")
    found = send_definitions.find(connection, call.tenant.switches, mid, TRIGGERED, key=key, object_id=object_id)
    if found is None:
        if call.tenant.switches["cross_unit"] == "403" and send_definitions.is_foreign(
            connection, mid, key or object_id
        ):
            raise replies.not_permitted()
        raise refusal(int(call.tenant.switches["unknown_definition"]), triggering.UNKNOWN, 18002)
    return found


def _draft(asked: object) -> Draft:
    """Read one message (property names without case: unverified for this route)."""
    body = folded(asked)
    to, options = folded(body.get("to") or {}), folded(body.get("options") or {})
    if text_of(options, "requesttype").lower() not in _REQUEST_TYPES:
        raise refusal(400, "RequestType must be ASYNC or SYNC.", 10005)
    address = text_of(to, "address")
    carried = folded(to.get("contactattributes") or {}).get("subscriberattributes") or {}
    if not isinstance(carried, dict) or not all(_is_plain(value) for value in carried.values()):
        raise refusal(400, "SubscriberAttributes is not an object of plain values.", 10001)
    attributes: Mapping[str, object] = carried
    return Draft(text_of(to, "subscriberkey") or address, address, attributes)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


_BASE, _SEND = "/messaging/v1/messageDefinitionSends", ("email_send",)
ROUTES = tuple(
    Route(method, f"{_BASE}/{reference}/{tail}", handler, _SEND)
    for reference in ("key:{key}", "{id}")
    for method, tail, handler in (
        ("POST", "send", send),
        ("POST", "sendBatch", send_batch),
        ("GET", "deliveryRecords/{message}", read_delivery),
    )
)
