"""What Marketing Cloud's codes about sends mean, in plain words. Its own words are always shown beside these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mcconsole.core.errors import Rejected

_SUBSCRIBER = {
    1: "the subscriber is unsubscribed",
    2: "the subscriber is held, as mails to it bounced",
    3: "the subscriber is unsubscribed in the partner's system",
    4: "the subscriber has no e-mail address",
    5: "the e-mail address is not valid",
    6: "the address belongs to another subscriber of the same send",
    7: "the subscriber id is not valid",
    8: "neither subscriber key nor subscriber id was given",
    9: "the business unit of the subscriber is missing",
    10: "a required profile attribute is missing",
    11: "the subscriber is not on All Subscribers",
    12: "the business unit named does not belong to this enterprise",
    13: "the subscriber key is not the one that Marketing Cloud holds",
    14: "the address is not the one that Marketing Cloud holds for the subscriber",
    15: "the subscriber did not pass a check that is not named",
    16: "the value of an attribute does not fit the attribute's type",
    17: "the value of an attribute is too long",
    18: "the number of attributes is not the expected one",
    19: "a required field of the send's data extension is missing",
    20: "the value of a field does not fit its type in the send's data extension",
    24: "the address is on the list of addresses that are never sent to (List Detective)",
}
"""API reference 3.2 (documented): numbers in `SubscriberFailures`, messages and asynchronous results."""

_DEFINITION = {
    17000: "it could not be started; look whether its e-mail, list and send classification are still there",
    17001: "it could not be canceled",
    17002: "it could not be paused",
    17003: "it could not be changed; some parts change only while it is paused",
    17004: "it could not be deleted",
    17005: "its content could not be refreshed; that needs it to be paused",
    17010: "there is no definition with this key or id in this business unit",
    17011: "the type of triggered send is missing",
    17012: "an object id was given for something that is to be created",
    17013: "there is no e-mail with this id or key in this business unit",
    17014: "there is no such send classification in this business unit",
    17015: "there is no such definition in this business unit",
    17016: "there is no such e-mail in this business unit",
    17017: "there is no such subscriber list in this business unit",
    17018: "the header content is not there",
    17019: "the footer content is not there",
    17020: "no From name is set; a sender profile gives one",
    17021: "no From address is set; a sender profile gives one",
    17022: "it needs a subscriber list",
    17023: "auto-add and auto-update are not said",
    17024: "the delivery profile's header content is not there",
    17025: "the delivery profile's footer content is not there",
    17100: "the external key is not valid, or taken",
    17101: "the name is not valid, or taken",
    17102: "the subject is not valid",
    17103: "the e-mail's key is not valid",
    17104: "the list's key is not valid",
    17105: "the From name is not valid",
    17106: "the From address is not valid",
    18000: "the request held no triggered send",
    18001: "the definition is not started, or not completely set up",
    18002: "the key is not right in this business unit, or the definition is not started",
    18003: "Marketing Cloud had an error of its own while it took the send",
    18004: "Marketing Cloud had an error of its own while it took the send",
    18005: "Marketing Cloud had an error of its own while it took the send",
    18006: "the subscriber could not be processed: excluded, or with a bad From address",
    180007: "the message could not be queued",
    180008: "the message could not be queued, as no valid subscriber was left: unsubscribed, held, excluded or without "
    "a required attribute",
}
"""Triggered send definitions and sends (API reference 3.1 and 3.2; “Triggered send error codes”, documented)."""

_TRANSACTIONAL = {
    10000: "the request is not as it should be",
    10001: "a value has the wrong type",
    10002: "a required part is missing",
    10003: "a part has the wrong format",
    10005: "a value is not allowed",
    30000: "Marketing Cloud had an error while it did it",
    30001: "this cannot be done in the present status",
    30003: "there is no such definition or message in this business unit",
    30004: "there is one with this key already",
    40000: "the token is not accepted",
    40001: "the token is not accepted",
    109001: "some of the recipients could not be queued; each has its own reason",
    109101: "more recipients than one call may hold",
    109102: "there was no recipient",
    109103: "none of the recipients is valid",
    109104: "the message key is missing",
    109105: "the contact key is missing",
    109106: "the address is missing",
    109108: "the message key is not valid",
    109110: "a message with this message key was taken before; it is not sent again",
    109111: "there is no definition with this key, or it cannot send",
    109121: "the address is not valid",
    109122: "the definition has no field of this name",
}
"""Transactional messaging (API reference 3.3, documented)."""

_WORDS = {
    "invalidormissingtoaddress": "the address is missing or not valid",
    "unsubscribed": _SUBSCRIBER[1],
    "held": _SUBSCRIBER[2],
    "invalidemailaddress": _SUBSCRIBER[5],
    "missingrequiredfields": _SUBSCRIBER[19],
    "missingrequiredattributes": _SUBSCRIBER[10],
    "invalidattributevalue": _SUBSCRIBER[16],
    "invalidfieldvalue": _SUBSCRIBER[20],
    "listdetectiveexclusion": _SUBSCRIBER[24],
    "duplicatemessagekey": _TRANSACTIONAL[109110],
    "name already exists": "another one has this name; names are unique in a business unit",
    "unable to queue": "the message could not be queued",
}
"""The same where only words come."""

OF_THE_DEFINITION = frozenset({17010, 17015, 18000, 18001, 18002, 30001, 30003, 109111})
"""Codes that the next recipient would meet as well."""
DUPLICATE_KEY = 109110


def meaning(code: int | str, words: str = "") -> str:
    """What a code means, or what words mean where the code says nothing; "" when neither is known here."""
    number = int(code) if isinstance(code, int) or code.isdigit() else 0
    known = _SUBSCRIBER.get(number) or _DEFINITION.get(number) or _TRANSACTIONAL.get(number)
    if known is None and 17000 <= number <= 17205:
        known = "the definition could not be made or changed; the words beside the code name the part"
    if known is None:
        plain = words.lower()
        known = next((text for word, text in _WORDS.items() if re.search(rf"\b{word}\b", plain)), None)
    return known or ""


def sentence(code: int | str, words: str) -> str:
    """Marketing Cloud's own words with the code, and what they mean."""
    if not words:
        words = f"code {code}" if code else "no reason given"
    said = f"{words} ({code})" if code and str(code) not in words else words
    plain = meaning(code, words)
    return f"{said}: {plain}" if plain else said


@contextmanager
def explained() -> Iterator[None]:
    """Give a refusal that has no advice yet the meaning of its codes."""
    try:
        yield
    except Rejected as error:
        meanings = [meaning(code) for code in error.codes if meaning(code)] or [meaning(0, error.said)]
        if not error.advice and any(meanings):
            error.advice = "That means: " + "; ".join(dict.fromkeys(filter(None, meanings))) + "."
        raise
