"""What is remembered of exchanges, and which errors an answer carries whatever its HTTP status."""

from __future__ import annotations

import hashlib
import itertools
import random
import threading
from collections import deque
from collections.abc import Callable, Container
from dataclasses import dataclass

from mcconsole.core import redact
from mcconsole.core.errors import BadInput
from mcconsole.core.exchange import ANSWER_LIMIT, BODY_LIMIT, Body, Exchange
from mcconsole.core.spill import Spill

Listener = Callable[[Exchange], None]


class ExchangeLog:
    """The latest exchanges, bounded in number and in bytes. Thread-safe; every attempt is one, token requests too."""

    def __init__(self, most: int = 2000, most_bytes: int = 32 * 1024 * 1024) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: deque[Exchange] = deque()
        self._bytes = 0
        self._ids = itertools.count(random.getrandbits(42) << 20)
        self._listeners: list[Listener] = []

    def next_id(self) -> int:
        """A number for the next exchange, one more than the last; unique also among other processes."""
        return next(self._ids)

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange, and tell the listeners in the thread that made the call."""
        with self._lock:
            self._kept.append(exchange)
            self._bytes += _weight(exchange)
            while len(self._kept) > self._most or (self._bytes > self._most_bytes and len(self._kept) > 1):
                self._bytes -= _weight(self._kept.popleft())
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(exchange)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of every exchange from now on; the returned function ends it.

        The listener runs in the thread that made the call, which waits for it: it is to be quick and never to raise.
        """
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def find(self, exchange_id: int) -> Exchange | None:
        """The exchange with this id, if it is still kept."""
        with self._lock:
            return next((exchange for exchange in reversed(self._kept) if exchange.id == exchange_id), None)

    def list(self) -> tuple[Exchange, ...]:
        """What is kept, oldest first."""
        with self._lock:
            return tuple(self._kept)

    def drop(self, exchange_ids: Container[int] | None = None) -> None:
        """Forget these exchanges, or (None) all."""
        with self._lock:
            stay = [] if exchange_ids is None else [e for e in self._kept if e.id not in exchange_ids]
            self._kept = deque(stay)
            self._bytes = sum(map(_weight, stay))


def _weight(exchange: Exchange) -> int:
    headers = sum(len(value) for _, value in (*exchange.request_headers, *exchange.response_headers))
    return 1024 + headers + len(exchange.request.data) + len(exchange.response.data)


def row_body(data: bytes, content_type: str) -> Body:
    """A body of rows as recorded: its beginning, its size and its hash. It is not parsed; known secrets are masked."""
    return Body(redact.SECRETS.mask(data, BODY_LIMIT), len(data), hashlib.sha256(data).hexdigest(), content_type)


def plain_body(data: bytes, content_type: str) -> Body:
    """Any other body as recorded, secrets masked. One that held a secret has the masked size and no hash."""
    kept = data[:ANSWER_LIMIT]
    masked = redact.body(redact.SECRETS.mask(data, ANSWER_LIMIT), content_type)
    content_type = redact.SECRETS.mask_text(content_type)
    if masked == kept:
        sha256 = hashlib.sha256(data).hexdigest() if data else ""
        return Body(kept, len(data), sha256, content_type, _spilled(data) if len(data) > ANSWER_LIMIT else None)
    return Body(masked, len(masked) + len(data) - len(kept), "", content_type)


def _spilled(data: bytes) -> Spill | None:
    """The whole of a large body in a file, unless it may hold a secret or there is no room; its beginning is kept."""
    if not redact.harmless(data):
        return None
    try:
        return Spill.of(data)
    except (OSError, BadInput):
        return None


@dataclass(frozen=True, slots=True)
class Problem:
    """One error that an answer carries. `code` is a number, or a word such as "CustomObjectNotFound"; 0 for none."""

    code: int | str
    text: str


def problems(answer: object) -> list[Problem]:
    """The errors in a parsed answer, also in one with a 2xx status.

    Knows the REST envelope with `additionalErrors` and `validationErrors` (API reference 7.1, documented),
    `resultMessages`, bare or wrapped as `{"resultMessage": …}` (4.5, documented), and the `responses` of sends (3.2
    and 3.3).
    """
    if not isinstance(answer, dict):
        return []
    found = _envelope(answer) + _result_messages(answer.get("resultMessages"))
    responses = answer.get("responses")
    for item in responses if isinstance(responses, list) else []:
        found += recipient_problems(item)
    return [problem for at, problem in enumerate(found) if problem not in found[:at]]


def recipient_problems(item: object) -> list[Problem]:
    """Why one recipient of a send was not taken: its own code (3.3, documented), or, with `hasErrors`, codes in
    `messageErrors` or words alone in `messages` (3.2, observed).
    """
    if not isinstance(item, dict):
        return []
    found = _envelope(item, of_recipient=True)
    if item.get("hasErrors") is not True:
        return found
    errors, words = item.get("messageErrors"), item.get("messages")
    for one in errors if isinstance(errors, list) else []:
        if isinstance(one, dict):
            found.append(Problem(_code(one.get("messageErrorCode")), str(one.get("messageErrorStatus") or "")))
    found += [Problem(0, str(one)) for one in (words if isinstance(words, list) else [])]
    return found or [Problem(0, "It has errors, of which the answer says nothing.")]


def _envelope(answer: dict[str, object], *, of_recipient: bool = False) -> list[Problem]:
    """The envelope's own error and those inside. The code 0 beside words is one, but not of a recipient: there it is
    what the whole answer has where all went well (3.3, documented).
    """
    members = {name.lower(): value for name, value in answer.items()}
    found = []
    code, text = _code(members.get("errorcode")), str(members.get("message") or "")
    if code or ("errorcode" in members and text and not of_recipient):
        found.append(Problem(code, text))
    for name in ("additionalerrors", "validationerrors"):
        listed = members.get(name)
        for item in listed if isinstance(listed, list) else []:
            if isinstance(item, dict):
                found += _envelope(item) or [Problem(0, str(item.get("message") or item))]
            elif item:
                found.append(Problem(0, str(item)))
    return found


def _result_messages(listed: object) -> list[Problem]:
    found = []
    for item in listed if isinstance(listed, list) else []:
        entry = item.get("resultMessage", item) if isinstance(item, dict) else None
        if isinstance(entry, dict) and str(entry.get("resultClass", "")).lower() == "error":
            found.append(Problem(_code(entry.get("resultCode")), str(entry.get("message") or "")))
    return found


def _code(value: object) -> int | str:
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value
    return value if isinstance(value, int) else 0
