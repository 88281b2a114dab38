"""SOAP Create, Update and Delete of triggered send definitions: the status machine (API reference 3.1).

New becomes Active; Active and Inactive turn into each other; all of them may be canceled or deleted, which nothing
undoes. Messages of success are observed, codes and texts 17000 to 17107 are documented; which of them belongs to which
mistake is this tenant's reading of their words.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace

from mcconsole.sandbox import addresses, assets, messages, send_definitions
from mcconsole.sandbox.routing import Call
from mcconsole.sandbox.schema import DataExtension, server_time
from mcconsole.sandbox.send_definitions import (
    ACTIVE,
    CANCELED,
    DELETED,
    ENDED,
    INACTIVE,
    NEW,
    TRIGGERED,
    Definition,
    with_fresh_copy,
)
from mcconsole.sandbox.soap_writes import Outcome, Write
from mcconsole.sandbox.soap_xml import Node, child, flag, text

TEXTS = (
    *("Description", "TriggeredSendType", "FromName", "FromAddress", "EmailSubject", "DynamicEmailSubject"),
    *("PreHeader", "BccEmail", "CCEmail", "Priority", "ExclusionFilter", "SendWindowOpen", "SendWindowClose"),
)
FLAGS = (
    *("AutoAddSubscribers", "AutoUpdateSubscribers", "IsMultipart", "IsWrapped", "SuppressTracking", "IsSendLogging"),
    "SendWindowDelete",
)
NUMBERS = ("CategoryID", "BatchInterval", "SendLimit")
TYPES = ("Continuous", "Batched", "Scheduled")
NEXT = {
    NEW: (ACTIVE, CANCELED, DELETED),
    ACTIVE: (INACTIVE, CANCELED, DELETED),
    INACTIVE: (ACTIVE, CANCELED, DELETED),
    CANCELED: (DELETED,),
    DELETED: (),
}
"""Which status may follow which; that New cannot be paused is unverified."""
PARTS = {
    assets.EMAIL: (17016, "Triggered Send Definition Email Not Found"),
    assets.CLASSIFICATION: (17014, "Triggered Send Definition Send Classification Not Found"),
    assets.LIST: (17017, "Triggered Send Definition List Not Found"),
    # No codes of their own in the documented table.
    assets.SENDER: (17020, "Triggered Send Definition From Name Not Found"),
    assets.DELIVERY: (17024, "Triggered Send Definition Delivery Profile Header Content Not Found"),
}
MOST_NEW, WEEK = 500, 7
"""Creations per unit and days (API reference 3.1, documented; the answer beyond it is unknown)."""


_DEFAULTS: Mapping[str, object] = {"TriggeredSendType": TYPES[0], "IsWrapped": True, "Priority": "Medium"}


class _Refused(Exception):
    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def create(call: Call, connection: sqlite3.Connection, node: Node) -> Outcome:
    """Create a definition, in status New whatever was asked for; the message is observed."""
    name, key = text(node, "Name"), text(node, "CustomerKey")
    if not name or len(name) > 100:
        raise _Refused(17101, "Triggered Send Definition Name Invalid")
    if len(key) > 100:
        raise _Refused(17100, "Triggered Send Definition Customer Key Invalid")
    if child(node, assets.EMAIL) is None:
        raise _Refused(17013, "Triggered Send Definition Email ID or Partner Key Not Found")
    if child(node, assets.CLASSIFICATION) is None:
        raise _Refused(*PARTS[assets.CLASSIFICATION])
    _refuse_taken(call, key)
    _refuse_too_many(connection, call.grant.mid)
    body, parts = {**_DEFAULTS, **_body(node)}, _parts(call, node)
    draft = Definition(call.grant.mid, TRIGGERED, key, name, NEW, body, parts, _extension(call, node, ""))
    made = send_definitions.save(connection, draft)
    if not key:
        send_definitions.save(connection, replace(made, key=made.id))
    return Outcome("TriggeredSendDefinition created", new_object_id=made.id)


def update(call: Call, connection: sqlite3.Connection, node: Node) -> Outcome:
    """Change, refresh and start or pause a definition, in this order; all of it or nothing."""
    before = _target(call, node)
    if before.status in ENDED:
        raise _Refused(17003, f"Triggered Send Definition Cannot Be Updated: its status is {before.status}")
    after = replace(
        before,
        name=text(node, "Name") or before.name,
        body={**before.body, **_body(node)},
        parts={**before.parts, **_parts(call, node)},
        extension=_extension(call, node, before.extension),
    )
    if flag(node, "RefreshContent"):
        after = _refreshed(call, connection, after)
    _move(call, connection, after, text(node, "TriggeredSendStatus") or before.status)
    return Outcome("TriggeredSendDefinition updated")


def delete(call: Call, connection: sqlite3.Connection, node: Node) -> Outcome:
    """Delete a definition; it stays to be seen, with the status Deleted (message observed)."""
    found = _target(call, node)
    if found.status == DELETED:
        raise _Refused(17004, "Triggered Send Definition Cannot Be Deleted: its status is Deleted")
    _move(call, connection, found, DELETED)
    return Outcome("TriggeredSendDefinition deleted")


def _move(call: Call, connection: sqlite3.Connection, definition: Definition, wanted: str) -> None:
    codes = {
        ACTIVE: (17000, "Triggered Send Definition Cannot Be Activated"),
        CANCELED: (17001, "Triggered Send Definition Cannot Be Canceled"),
        INACTIVE: (17002, "Triggered Send Definition Cannot Be Deactivated"),
        DELETED: (17004, "Triggered Send Definition Cannot Be Deleted"),
    }
    if wanted == definition.status:
        send_definitions.save(connection, definition)
        return
    if wanted not in NEXT[definition.status]:
        code, words = codes.get(wanted, (17003, "Triggered Send Definition Cannot Be Updated"))
        raise _Refused(code, f"{words}: its status is {definition.status}")
    if definition.status == NEW and wanted == ACTIVE:
        definition = with_fresh_copy(connection, definition)
    made = send_definitions.save(connection, replace(definition, status=wanted))
    if wanted != INACTIVE:
        messages.release(connection, made, call.tenant.switches.seconds("delivery_delay"))


def _refreshed(call: Call, connection: sqlite3.Connection, definition: Definition) -> Definition:
    """Take the content as it is now; while it is being sent, that is refused or does nothing (unverified)."""
    if definition.status != ACTIVE:
        return with_fresh_copy(connection, definition)
    if call.tenant.switches["refresh_while_active"] == "refuse":
        raise _Refused(17005, "Triggered Send Definition Content Cannot Be Refreshed: its status is Active")
    return definition


def _target(call: Call, node: Node) -> Definition:
    key, object_id = text(node, "CustomerKey"), text(node, "ObjectID")
    if not key and not object_id:
        raise _Refused(17010, "Triggered Send Definition Object ID or Customer Key Not Found")
    connection, switches = call.tenant.store.connection, call.tenant.switches
    # An ObjectID says which one is meant even when an update gives another key, which is not changed here.
    found = send_definitions.find(
        *(connection, switches, call.grant.mid, TRIGGERED), key="" if object_id else key, object_id=object_id
    )
    if found is None:
        raise _Refused(17015, "Triggered Send Definition Not Found")
    return found


def _refuse_taken(call: Call, key: str) -> None:
    """Refuse a key that is in use (general code 1: API reference 7.6, documented; its text is not)."""
    connection, switches = call.tenant.store.connection, call.tenant.switches
    found = send_definitions.find(connection, switches, call.grant.mid, TRIGGERED, key=key) if key else None
    if found and (found.status != DELETED or switches["deleted_key"] == "taken"):
        raise _Refused(1, f"A triggered send definition with the key '{key}' already exists.")


def _refuse_too_many(connection: sqlite3.Connection, mid: int) -> None:
    query = "SELECT COUNT(*) FROM send_definitions WHERE mid = ? AND kind = ? AND julianday(created) > julianday(?) - ?"
    if connection.execute(query, (mid, TRIGGERED, server_time(), WEEK)).fetchone()[0] >= MOST_NEW:
        raise _Refused(2, f"No more than {MOST_NEW} send definitions can be created in {WEEK} days.")


def _body(node: Node) -> dict[str, object]:
    """Read the plain values that an object carries."""
    body: dict[str, object] = {name: text(node, name) for name in TEXTS if child(node, name) is not None}
    body |= {name: flag(node, name) for name in FLAGS if child(node, name) is not None}
    for name in NUMBERS:
        value = text(node, name)
        if value and not (value.isascii() and value.isdigit() and len(value) < 10):
            raise _Refused(17003, f"{name} is not a number.")
        if value:
            body[name] = int(value)
    if body.get("TriggeredSendType", TYPES[0]) not in TYPES:
        raise _Refused(17011, "Triggered Send Type Not Found")
    address = str(body.get("FromAddress", ""))
    if address and not addresses.is_valid(address):
        raise _Refused(17106, "Triggered Send Definition From Address Invalid")
    return body


def _parts(call: Call, node: Node) -> dict[str, int]:
    """Find the e-mail, list, classification and profiles that an object names, by id or by key."""
    parts: dict[str, int] = {}
    for kind, (code, words) in PARTS.items():
        if child(node, kind) is None:
            continue
        key = text(node, kind, "CustomerKey") or text(node, kind, "ObjectID")
        found = assets.find(
            *(call.tenant.store.connection, call.grant.mid, kind), key=key, number=text(node, kind, "ID")
        )
        if found is None:
            raise _Refused(code, words)
        parts[kind] = found.number
    return parts


def _extension(call: Call, node: Node, present: str) -> str:
    if child(node, "SendSourceDataExtension") is None:
        return present
    key = text(node, "SendSourceDataExtension", "CustomerKey") or text(node, "SendSourceDataExtension", "ObjectID")
    found: DataExtension | None = call.tenant.find(call.grant.mid, key) if key else None
    if key and found is None:
        raise _Refused(17003, f"The data extension '{key}' does not exist.")
    return found.id if found else ""


def shown_body(definition: Definition) -> Mapping[str, object]:
    """Return the plain values of a definition, with what was left out empty or false."""
    return {**dict.fromkeys(TEXTS), **dict.fromkeys(FLAGS, False), **dict.fromkeys(NUMBERS, 0), **definition.body}


def _answered(work: Callable[[Call, sqlite3.Connection, Node], Outcome]) -> Write:
    """Do it in one transaction, so that nobody changes the status in between; what is refused changes nothing."""

    def write(call: Call, node: Node, _upsert: bool) -> Outcome:
        try:
            with call.tenant.store.write() as connection:
                outcome = work(call, connection, node)
        except _Refused as refused:
            return Outcome(str(refused), refused.code)
        call.tenant.send_work.set()
        return outcome

    return write


WRITES: Mapping[tuple[str, str], Write] = {
    (action, "TriggeredSendDefinition"): _answered(work)
    for action, work in (("Create", create), ("Update", update), ("Delete", delete))
}
SCOPE = "email_write"
