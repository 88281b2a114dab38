"""Messages on their way: accepted, held while the definition is paused, delivered into the outbox or not.

Nothing leaves this computer: a message that was sent is a row that `GET /_sandbox/outbox` shows.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from mcconsole.sandbox import addresses, recipients, send_definitions
from mcconsole.sandbox.replies import new_id
from mcconsole.sandbox.send_definitions import ACTIVE, INACTIVE, TRANSACTIONAL, Definition

LONGEST_HOLD = 3 * 86_400
"""How long messages of an inactive transactional definition wait (API reference 3.3, documented)."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """One message to accept. `failure` is set when it is accepted although it cannot be sent."""

    contact: str
    address: str
    attributes: Mapping[str, object]
    message_key: str | None = None
    failure: recipients.Failure | None = None


def accept(
    connection: sqlite3.Connection, definition: Definition, request: str, drafts: Iterable[Draft], delay: float
) -> list[str]:
    """Queue messages and return their ids; a paused definition holds them until it is started (documented)."""
    made: list[str] = []
    called = time.time()
    held = definition.status == INACTIVE
    patience = called + LONGEST_HOLD if definition.kind == TRANSACTIONAL else None
    for draft in drafts:
        identity = new_id()
        failure = draft.failure
        connection.execute(
            "INSERT INTO messages (mid, definition, request, id, message_key, contact, address, attributes, called,"
            " due, state, code, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(definition.mid, definition.number, request, identity, draft.message_key),
                *(draft.contact, draft.address, orjson.dumps(draft.attributes).decode(), called),
                *(patience if held else called + delay, "held" if held else "queued"),
                *(failure.code if failure else 0, failure.text if failure else ""),
            ),
        )
        made.append(identity)
    return made


def release(connection: sqlite3.Connection, definition: Definition, delay: float) -> None:
    """Let go of what a definition held, after its status changed."""
    connection.execute(
        "UPDATE messages SET state = 'queued', due = ? WHERE definition = ? AND state = 'held'",
        (time.time() + delay, definition.number),
    )


def drop_held(connection: sqlite3.Connection, definition: Definition) -> None:
    """Delete the queue of an inactive definition: what it held is given up as soon as it is looked at."""
    connection.execute(
        "UPDATE messages SET due = 0 WHERE definition = ? AND state = 'held'",
        (definition.number,),
    )


def settle_due(connection: sqlite3.Connection, moment: float) -> None:
    """Send, hold or give up what is due, in the order in which it came, and a bounded number at once."""
    query = "SELECT * FROM messages WHERE settled IS NULL AND due <= ? ORDER BY due, number LIMIT ?"
    for row in connection.execute(query, (moment, _BATCH)).fetchall():
        definition = send_definitions.find_by_number(connection, row["definition"])
        if row["state"] == "queued" and definition.status == INACTIVE:
            patience = row["called"] + LONGEST_HOLD if definition.kind == TRANSACTIONAL else None
            connection.execute(
                "UPDATE messages SET state = 'held', due = ? WHERE number = ?", (patience, row["number"])
            )
            continue
        state, code, reason = _verdict(definition, row)
        copy = "" if state == addresses.NOT_SENT else orjson.dumps(definition.copy).decode()
        connection.execute(
            "UPDATE messages SET state = ?, code = ?, reason = ?, copy = ?, settled = ?,"
            " event = (SELECT IFNULL(MAX(event), 0) + 1 FROM messages) WHERE number = ?",
            (state, code, reason, copy, moment, row["number"]),
        )


def _verdict(definition: Definition, row: sqlite3.Row) -> tuple[str, int, str]:
    if row["state"] == "held":
        return addresses.NOT_SENT, 0, "It was held until its queue was deleted or three days were over."
    if definition.status != ACTIVE:
        return addresses.NOT_SENT, 0, f"The definition is {definition.status}."
    if row["code"]:
        return addresses.NOT_SENT, row["code"], row["reason"]
    return addresses.delivery(row["address"])


def find(connection: sqlite3.Connection, definition: Definition, identity: str) -> sqlite3.Row | None:
    """Return a definition's message by its recipientSendId."""
    query = "SELECT * FROM messages WHERE id = ? AND definition = ?"
    row: sqlite3.Row | None = connection.execute(query, (identity.lower(), definition.number)).fetchone()
    return row


def stamp(moment: float) -> str:
    """Return a moment as REST shows it: UTC, with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def outbox(connection: sqlite3.Connection, definition: str, address: str, after: int) -> list[dict[str, object]]:
    """List the messages that went out, bounced ones included, in the order in which they went."""
    rows = connection.execute(
        "SELECT messages.*, send_definitions.kind, send_definitions.key FROM messages"
        " JOIN send_definitions ON send_definitions.number = messages.definition"
        " WHERE state IN ('sent', 'bounced') AND event > ?"
        " AND (? = '' OR key_folded = ?) AND (? = '' OR lower(address) = lower(?)) ORDER BY event",
        (after, definition, definition.casefold(), address, address),
    ).fetchall()
    return [_sent(row) for row in rows]


def _sent(row: sqlite3.Row) -> dict[str, object]:
    copy = orjson.loads(row["copy"])
    identity = {"message_key": row["message_key"]} if row["message_key"] else {"recipient_send_id": row["id"]}
    return {
        "number": row["event"],
        "account_id": row["mid"],
        "kind": row["kind"],
        "definition": row["key"],
        "request_id": row["request"],
        **identity,
        "contact": row["contact"],
        "to": row["address"],
        "attributes": orjson.loads(row["attributes"]),
        "email": copy.get("email"),
        "copy_version": copy.get("version"),
        "subject": copy.get("subject"),
        "accepted_at": stamp(row["called"]),
        "sent_at": stamp(row["settled"]),
        "bounced": row["state"] == "bounced",
    }
