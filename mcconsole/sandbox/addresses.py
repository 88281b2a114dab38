"""Addresses that say by their name what becomes of a message, so that every outcome can be shown.

Subscriber codes and names are documented (API reference 3.2); codes and reasons of bounces are those of SMTP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SENT, BOUNCED, NOT_SENT = "sent", "bounced", "not_sent"
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\".]+(?:\.[^\s@<>()\[\],;:\\\".]+)+")


@dataclass(frozen=True, slots=True)
class Named:
    """What addresses that begin with `prefix` stand for."""

    prefix: str
    state: str
    code: int
    reason: str
    meaning: str
    at_once: bool = False
    """Whether a triggered send refuses it; else it shows only when the message is due."""


NAMED = (
    Named("unsubscribed", NOT_SENT, 1, "Unsubscribed", "gets nothing: unsubscribed", at_once=True),
    Named("held", NOT_SENT, 2, "Held", "gets nothing: held after bounces", at_once=True),
    Named("blocked", NOT_SENT, 24, "ListDetectiveExclusion", "is accepted, but nothing is sent"),
    Named("bounce", BOUNCED, 550, "5.1.1 User unknown", "is sent to, and bounces for good"),
    Named("softbounce", BOUNCED, 452, "4.2.2 Mailbox full", "is sent to, and bounces for now"),
)


def is_valid(address: str) -> bool:
    """Whether this can be an address at all."""
    return len(address) <= 254 and _ADDRESS.fullmatch(address) is not None


def named(address: str) -> Named | None:
    """Return what the name of an address asks for, if it asks for something."""
    return next((one for one in NAMED if address.lower().startswith(one.prefix)), None)


def delivery(address: str) -> tuple[str, int, str]:
    """Return what becomes of an accepted message: its state, with code and reason of one that does not arrive."""
    found = named(address)
    return (found.state, found.code, found.reason) if found else (SENT, 0, "")


def described() -> str:
    """Describe the names in a sentence each."""
    return "; ".join(f"{one.prefix}…@ {one.meaning}" for one in NAMED)
