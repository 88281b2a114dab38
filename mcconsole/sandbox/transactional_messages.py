"""Transactional messages: send one, send many, and what became of them (API reference 3.3).

Statuses, codes and fields are documented; the words behind `MCMS_UTM_` names, and the status of a single send that is
refused, are not.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping

from mcconsole.sandbox import messages, recipients, replies, schema, send_definitions
from mcconsole.sandbox.messages import Draft
from mcconsole.sandbox.replies import Reply, new_id
from mcconsole.sandbox.routing import Call, Route, folded
from mcconsole.sandbox.send_definitions import DELETED, TRANSACTIONAL, Definition
from mcconsole.sandbox.transactional import refused

MOST_RECIPIENTS = 2000
LONGEST_KEY = 100
UNIQUE = 72 * 3600
"""Seconds for which a messageKey stays taken (documented)."""
PAGE = 500


class _Bad(Exception):
    def __init__(self, code: int, name: str, words: str) -> None:
        super().__init__(f"MCMS_UTM_{name}: {words}")
        self.code = code


def send_one(call: Call) -> Reply:
    """`POST …/messages/{messageKey}`: 202, or a refusal with the code of what is wrong."""
    asked = folded(call.json())
    key = call.parameters["key"]
    recipient = asked.get("recipient")
    one = {**folded(recipient if isinstance(recipient, dict) else {}), "messagekey": key}
    with call.tenant.store.write() as connection:
        definition = _definition(call, asked)
        try:
            draft = _draft(call, connection, definition, one, {}, set())
        except _Bad as bad:
            status = int(call.tenant.switches["duplicate_message"]) if bad.code == 109110 else 400
            raise replies.refusal(status, str(bad), bad.code) from None
        request = _queue(call, connection, definition, [draft])
    call.tenant.send_work.set()
    return replies.json({"requestId": request, "errorcode": 0, "responses": [{"messageKey": key}]}, 202)


def send_many(call: Call) -> Reply:
    """`POST …/messages`: 202 also when only some recipients were queued; errorcode 109001 says so."""
    asked = folded(call.json())
    people = asked.get("recipients")
    if not isinstance(people, list) or not people:
        raise refused(400, "NoSubscribers", "there are no recipients", 109102)
    if len(people) > MOST_RECIPIENTS:
        raise refused(400, "TooManySubscribers", f"at most {MOST_RECIPIENTS} recipients are allowed", 109101)
    shared = _attributes(asked)
    taken: set[str] = set()
    drafts: list[Draft] = []
    answers: list[dict[str, object]] = []
    with call.tenant.store.write() as connection:
        definition = _definition(call, asked)
        for person in people:
            one = folded(person if isinstance(person, dict) else {})
            try:
                drafts.append(_draft(call, connection, definition, one, shared, taken))
                answers.append({"messageKey": drafts[-1].message_key})
            except _Bad as bad:
                answers.append({"messageKey": one.get("messagekey"), "errorcode": bad.code, "message": str(bad)})
        request = _queue(call, connection, definition, drafts)
    call.tenant.send_work.set()
    failed = len(people) - len(drafts)
    if not drafts:
        words = "MCMS_UTM_NoValidSubscribers: no recipient is valid"
        raise replies.refusal(400, words, 109103, requestId=request, responses=answers)
    body: dict[str, object] = {"requestId": request, "errorcode": 0, "responses": answers}
    if failed:
        words = f"MCMS_UTM_ResponsesHasErrors: {failed} subscribers failed to queue out of {len(people)}"
        body |= {"errorcode": 109001, "message": words}
    return replies.json(body, 202)


def read_message(call: Call) -> Reply:
    """`GET …/messages/{messageKey}`: queued, sent or not sent."""
    query = "SELECT * FROM messages WHERE mid = ? AND message_key = ? ORDER BY number DESC LIMIT 1"
    row = call.tenant.store.connection.execute(query, (call.grant.mid, call.parameters["key"])).fetchone()
    if row is None:
        raise refused(404, "Runtime_ObjectNotFound", "no message with this messageKey was found", 30003)
    return replies.json({"requestId": new_id(), **_event(row)})


def list_not_sent(call: Call) -> Reply:
    """`GET …/messages?type=notSent&$pagesize=&lastEventId=`: the failures, in the order of their events."""
    if call.query.get("type", "").lower() != "notsent":
        raise refused(400, "InvalidValue", "type must be notSent", 10005)
    size = min(call.number("$pagesize", PAGE), PAGE)
    last = call.query.get("lasteventid", "0").strip() or "0"
    if not last.isascii() or not last.isdigit() or len(last) > 15:
        raise refused(400, "InvalidValue", "lastEventId is not a number", 10005)
    rows = call.tenant.store.connection.execute(
        "SELECT * FROM messages WHERE mid = ? AND message_key IS NOT NULL AND state = 'not_sent' AND event > ?"
        " ORDER BY event LIMIT ?",
        (call.grant.mid, int(last), size),
    ).fetchall()
    found = [{"eventId": row["event"], **_event(row)} for row in rows]
    following = rows[-1]["event"] if rows else int(last)
    body = {"lastEventId": following, "pageSize": size, "count": len(found), "messages": found}
    return replies.json({"requestId": new_id(), **body})


def _event(row: sqlite3.Row) -> dict[str, object]:
    kinds = {"sent": "EmailSent", "bounced": "EmailSent", "not_sent": "EmailNotSent"}
    info: dict[str, object] = {
        "messageKey": row["message_key"],
        "contactKey": row["contact"],
        "to": row["address"],
    }
    if row["state"] == "not_sent":
        info |= {"statusCode": row["code"], "statusMessage": row["reason"]}
    return {
        "eventCategoryType": f"TransactionalSendEvents.{kinds.get(row['state'], 'EmailQueued')}",
        "timestamp": messages.stamp(row["settled"] or row["called"]),
        "compositeId": f"{row['mid']}.{row['definition']}.{row['number']}",
        "info": info,
    }


def _definition(call: Call, asked: Mapping[str, object]) -> Definition:
    key = asked.get("definitionkey")
    found = None
    if isinstance(key, str) and key.strip():
        connection, switches = call.tenant.store.connection, call.tenant.switches
        found = send_definitions.find(connection, switches, call.grant.mid, TRANSACTIONAL, key=key.strip())
    if found is None or found.status == DELETED:
        raise refused(400, "InvalidValue_definitionKey", f"the definitionKey {key} is not valid", 109111)
    return found


def _draft(
    call: Call,
    connection: sqlite3.Connection,
    definition: Definition,
    one: Mapping[str, object],
    shared: Mapping[str, object],
    taken: set[str],
) -> Draft:
    """Read one recipient. Unsubscribed and the like are accepted and not sent; bad data is refused."""
    key, contact, to = (_text(one, name) for name in ("messagekey", "contactkey", "to"))
    for value, code, name in ((key, 109104, "messageKey"), (contact, 109105, "subscriberKey"), (to, 109106, "to")):
        if not value:
            raise _Bad(code, f"MissingRequiredField_{name}", f"{name} is required")
    if len(key) > LONGEST_KEY:
        raise _Bad(109108, "InvalidValue_messageKey", f"messageKey is longer than {LONGEST_KEY} characters")
    query = "SELECT 1 FROM messages WHERE mid = ? AND message_key = ? AND called > ?"
    if key in taken or connection.execute(query, (definition.mid, key, time.time() - UNIQUE)).fetchone():
        raise _Bad(109110, "DuplicateMessageKey", f"the messageKey {key} has been used")
    attributes = {**shared, **_attributes(one)}
    extension = schema.find_by_id(connection, definition.mid, definition.extension)
    failure = recipients.address_failure(to)
    if failure and failure.code == recipients.INVALID_ADDRESS:
        raise _Bad(109121, "InvalidValue_to", f"{to} is not an address")
    unknown = recipients.unknown_attributes(extension, attributes)
    if unknown and call.tenant.switches["unknown_attributes"] == "error":
        raise _Bad(109122, "UnknownFieldName", f"{', '.join(unknown)} is not a field of the data extension")
    failure = failure or recipients.attribute_failure(extension, call.tenant.switches, contact, to, attributes)
    taken.add(key)
    return Draft(contact, to, attributes, key, failure)


def _attributes(asked: Mapping[str, object]) -> Mapping[str, object]:
    value = asked.get("attributes")
    return value if isinstance(value, dict) else {}


def _text(asked: Mapping[str, object], name: str) -> str:
    value = asked.get(name)
    return value.strip() if isinstance(value, str) else ""


def _queue(call: Call, connection: sqlite3.Connection, definition: Definition, drafts: list[Draft]) -> str:
    request = new_id()
    messages.accept(connection, definition, request, drafts, call.tenant.switches.seconds("delivery_delay"))
    return request


_BASE, _SEND, _READ = "/messaging/v1/email/messages", ("email_send",), ("email_read",)
ROUTES = (
    Route("POST", _BASE, send_many, _SEND),
    Route("POST", f"{_BASE}/{{key}}", send_one, _SEND),
    Route("GET", _BASE, list_not_sent, _READ),
    Route("GET", f"{_BASE}/{{key}}", read_message, _READ),
)
