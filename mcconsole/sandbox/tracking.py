"""Tracking events: SentEvent, NotSentEvent and BounceEvent, for both send systems (API reference 3.2).

Their types are documented; SendID and BatchID are made up, and the lag until an event shows is unverified.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mcconsole.sandbox import schema
from mcconsole.sandbox.soap_objects import ObjectType
from mcconsole.sandbox.soap_xml import Value

if TYPE_CHECKING:
    import sqlite3

    from mcconsole.sandbox.tenant import Tenant

_COMMON = (
    *("ObjectID", "PartnerKey", "Client.ID", "SendID", "SubscriberKey", "EventDate", "EventType", "BatchID"),
    *("TriggeredSendDefinitionObjectID", "CreatedDate", "ModifiedDate"),
)
_BOUNCE = ("SMTPCode", "SMTPReason", "BounceCategory", "BounceType")
_KINDS = {"SentEvent": ("Sent", ("sent", "bounced")), "NotSentEvent": ("NotSent", ("not_sent",))}
_KINDS |= {"BounceEvent": ("HardBounce", ("bounced",))}
_SETTLED = """
SELECT messages.*, send_definitions.id AS definition_id FROM messages
JOIN send_definitions ON send_definitions.number = messages.definition
WHERE messages.mid = ? AND settled <= ? ORDER BY event
"""
_SOFT = 500
"""SMTP codes below this one are of a bounce that may pass."""


def _event(row: sqlite3.Row, kind: str) -> dict[str, Value]:
    moment = schema.server_time(datetime.fromtimestamp(row["settled"], UTC))
    event: dict[str, Value] = {
        "ObjectID": None,
        "PartnerKey": None,
        "Client.ID": row["mid"],
        "SendID": row["definition"],
        "SubscriberKey": row["contact"],
        "EventDate": moment,
        "EventType": _KINDS[kind][0],
        "BatchID": row["number"],
        "TriggeredSendDefinitionObjectID": row["definition_id"],
        "CreatedDate": moment,
        "ModifiedDate": moment,
    }
    if kind != "BounceEvent":
        return event
    soft = row["code"] < _SOFT
    bounce: dict[str, Value] = {
        "EventType": "SoftBounce" if soft else "HardBounce",
        "SMTPCode": str(row["code"]),
        "SMTPReason": row["reason"],
        "BounceCategory": "Soft bounce" if soft else "Hard bounce",
        "BounceType": "immediate",
    }
    return event | bounce


def _events(kind: str) -> Callable[[Tenant, int], list[Mapping[str, Value]]]:
    def events(tenant: Tenant, mid: int) -> list[Mapping[str, Value]]:
        known = time.time() - tenant.switches.seconds("tracking_delay")
        rows = tenant.store.connection.execute(_SETTLED, (mid, known)).fetchall()
        return [_event(row, kind) for row in rows if row["state"] in _KINDS[kind][1]]

    return events


TRACKING_TYPES = tuple(
    ObjectType(kind, _COMMON + (_BOUNCE if kind == "BounceEvent" else ()), _events(kind), ("tracking_events_read",))
    for kind in _KINDS
)
