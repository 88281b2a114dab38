"""What Marketing Cloud means by an answer, in plain words beside its own (API reference 7.1, 7.5, 4.5, 3.2). No Qt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from mcconsole.api.exchanges import problems
from mcconsole.core.exchange import Exchange

MOST_POINTS = 50
EXPLAINED = {
    10000: "Something in the request is not valid.",
    10001: "A value is of the wrong type; a data extension's key that does not exist looks like this too.",
    10002: "A required field is missing.",
    10003: "A value is not in the form that is expected.",
    10004: "The body is not in the form that is expected.",
    10005: "A value is not valid.",
    10006: "Not all rows were saved: those before the first bad one may have been, and no reason names its row.",
    18002: "The definition's key is not valid, or it is in the wrong state.",
    20002: "This is not permitted; most often the installed package lacks a scope for it.",
    30003: "There is no such object in this business unit.",
    30004: "An object like this exists already.",
    50100: "Too many calls; wait as long as it says.",
    50200: "Calls are blocked for a time that is not named. Send nothing more for now.",
    70001: "A field that must not be empty has no value.",
    109001: "Some of the recipients were not queued; the reasons follow.",
    109106: "A recipient has no address.",
    109110: "A message with this key was taken already.",
    180008: "The address or the subscriber is not one that can be sent to.",
}
"""Codes and what they amount to (API reference 7.1, 3.2, 3.3, 4.5)."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that an answer says: in our words, and in its own."""

    text: str
    said: str = ""
    error: bool = True


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer comes to. Without points there is nothing to explain."""

    points: tuple[Point, ...] = ()
    request_id: str = ""
    more: bool = False
    """Whether there are more points than these."""


def meaning(exchange: Exchange) -> Meaning:
    """Read what was kept of an answer. What cannot be read (cut off, of another kind) has no meaning."""
    from mcconsole.api import verdict  # with it come requests and lxml, which the window opens without

    data = exchange.response.data
    found: list[Point] = []
    identity = ""
    try:
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            found, identity = _soap(data)
        elif data:
            answer = verdict.parse_json(data)
            found = list(_rest(answer))
            members = answer if isinstance(answer, dict) else {}
            identity = str(members.get("requestId") or members.get("requestID") or "")
    except ValueError:
        if exchange.bad and not exchange.response.cut:
            found = [Point("The answer is not what Marketing Cloud promises.", verdict.plain(data))]
    identity = identity or next((v for k, v in exchange.response_headers if k.lower() == "x-request-id"), "")
    if exchange.error:
        found.insert(0, Point(f"There is no whole answer. {exchange.error}"))
    unique = list(dict.fromkeys(found))
    return Meaning(tuple(unique[:MOST_POINTS]), identity, more=len(unique) > MOST_POINTS)


def _rest(answer: object) -> Iterator[Point]:
    entries = [point for what in _LISTS for point in _entries(answer, what)]
    told = {point.said for point in entries}
    for problem in problems(answer):
        if problem.text in told:
            continue
        words = EXPLAINED.get(problem.code, "") if isinstance(problem.code, int) else ""
        yield Point(f"Error {problem.code}. {words}".strip() if problem.code else words or "An error.", problem.text)
    if not isinstance(answer, dict):
        return
    status = answer.get("status")
    for holder in (answer, status if isinstance(status, dict) else {}):
        if holder.get("hasErrors") is True:
            yield Point("It carries errors for some of what was sent, whatever the HTTP status says.")
    yield from entries


_LISTS = (("responses", "Recipient"), ("members", "Contact"), ("items", "Row"))
"""Members with one entry for each thing that was sent, and what that is."""


def _entries(answer: object, named: tuple[str, str]) -> Iterator[Point]:
    name, what = named
    for number, item in enumerate(_dicts(answer.get(name)) if isinstance(answer, dict) else []):
        yield from _entry(f"{what} {item.get('contactKey') or number + 1}", item)


def _entry(who: str, item: dict[str, object]) -> Iterator[Point]:
    """What one recipient, contact or row has to say; nothing where it went well."""
    told = [(e.get("messageErrorCode"), e.get("messageErrorStatus")) for e in _dicts(item.get("messageErrors"))]
    told += [(e.get("errorCode"), e.get("errorMessage")) for e in _dicts(item.get("errors"))]
    code = item.get("errorcode") or item.get("errorCode")
    if not told and (code or item.get("status") == "Error"):
        told.append((code, item.get("message")))
    if not told and item.get("hasErrors") is True:
        messages = item.get("messages")
        told.append((None, ", ".join(map(str, messages)) if isinstance(messages, list) else ""))
    for number, text in told:
        words = EXPLAINED.get(number, "") if isinstance(number, int) else ""
        shown = f" ({number})" if number else ""
        yield Point(f"{who} was not accepted{shown}. {words}".strip(), str(text or ""))


def _dicts(listed: object) -> list[dict[str, object]]:
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _soap(data: bytes) -> tuple[list[Point], str]:
    from mcconsole.api import envelope

    root = envelope.parse(data)
    body = envelope.child(root, "Body")
    if envelope.local(root) != "Envelope":
        raise ValueError(envelope.local(root))
    message = next(iter(body), None) if body is not None else None
    if message is None:
        return [], ""
    if envelope.local(message) == "Fault":
        return [Point("The call was refused (a SOAP fault).", envelope.text(message, "faultstring"))], ""
    found = []
    status = envelope.text(message, "OverallStatus")
    if status == "MoreDataAvailable":
        found.append(Point("There is more to read: this is the first part.", status, error=False))
    elif status and status != "OK":
        found.append(Point("It did not go well as a whole, although the HTTP status says so.", status))
    for number, result in enumerate(node for node in message if envelope.local(node) == "Results"):
        code = envelope.text(result, "StatusCode")
        if code and code != "OK":
            error = envelope.text(result, "ErrorCode")
            which = envelope.text(result, "OrdinalID") or str(number)
            shown = f" ({error})" if error else ""
            found.append(Point(f"Object {which} (from 0) failed{shown}.", envelope.text(result, "StatusMessage")))
    return found, envelope.text(message, "RequestID")


def place_of(data: bytes, words: str) -> int:
    """Where an answer says this, as it may be written there; -1 when it cannot be found."""
    for form in (words, json.dumps(words, ensure_ascii=False)[1:-1], json.dumps(words)[1:-1]):
        if (at := data.find(form.encode("utf-8", "surrogatepass"))) >= 0:
            return at
    return -1
