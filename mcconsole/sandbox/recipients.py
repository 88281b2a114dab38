"""Who gets a message and who does not, and why (API reference 3.2: subscriber reasons, documented).

An address says by its name what becomes of it, so that every outcome can be shown: see `NAMED`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mcconsole.sandbox.records import BadRow, Reader
from mcconsole.sandbox.schema import DataExtension
from mcconsole.sandbox.switches import Switches
from mcconsole.sandbox.values import NULL_CODE

SENT, BOUNCED, NOT_SENT = "sent", "bounced", "not_sent"
INVALID_ADDRESS = 5

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\".]+(?:\.[^\s@<>()\[\],;:\\\".]+)+")
_OWN_FIELDS = ("subscriberkey", "contactkey", "_subscriberkey", "emailaddress", "email", "_emailaddress")
"""Fields that are filled from the recipient itself, not from attributes (unverified)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a subscriber gets nothing: a subscriber code, its name, and what it is about if that can be said."""

    code: int
    name: str
    about: str = ""

    @property
    def text(self) -> str:
        """The name, and what it is about."""
        return f"{self.name}: {self.about}" if self.about else self.name


@dataclass(frozen=True, slots=True)
class Named:
    """What an address that begins with `prefix` stands for."""

    prefix: str
    state: str
    code: int
    reason: str
    meaning: str


NAMED = (
    Named("unsubscribed", NOT_SENT, 1, "Unsubscribed", "is unsubscribed, and is refused at once"),
    Named("held", NOT_SENT, 2, "Held", "is held after bounces, and is refused at once"),
    Named("blocked", NOT_SENT, 24, "ListDetectiveExclusion", "is accepted, but not sent (List Detective)"),
    Named("bounce", BOUNCED, 550, "5.1.1 User unknown", "is sent, and bounces for good"),
    Named("softbounce", BOUNCED, 452, "4.2.2 Mailbox full", "is sent, and bounces for now"),
)
_AT_ONCE = (1, 2)


def named(address: str) -> Named | None:
    """Return what the name of an address asks for, if it asks for something."""
    return next((one for one in NAMED if address.lower().startswith(one.prefix)), None)


def address_failure(address: str) -> Failure | None:
    """Return why this address cannot be accepted, or None."""
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        return Failure(INVALID_ADDRESS, "InvalidEmailAddress")
    found = named(address)
    return Failure(found.code, found.reason) if found and found.code in _AT_ONCE else None


def attribute_failure(
    extension: DataExtension | None, switches: Switches, contact: str, address: str, attributes: Mapping[str, object]
) -> Failure | None:
    """Return what is wrong with the attributes for a send data extension, or None. Unknown names are ignored."""
    if extension is None:
        return None
    own = {
        field.name: address if "email" in field.name.lower() else contact
        for field in extension.fields
        if field.name.casefold() in _OWN_FIELDS
    }
    exact = switches["send_attribute_case"] == "exact"
    names = {field.name if exact else field.name.casefold(): field.name for field in extension.fields}
    known = {names[found]: value for name, value in attributes.items() if (found := fold(name, exact)) in names}
    try:
        missing = [column.name for column in Reader(extension, switches).read((own | known).items()).lacking]
    except BadRow as bad:
        missing = [problem.column for problem in bad.problems if problem.code == NULL_CODE]
        if not missing:
            return Failure(20, "InvalidFieldValue", " ".join(problem.text for problem in bad.problems))
    return Failure(19, "MissingRequiredFields", ", ".join(missing)) if missing else None


def unknown_attributes(extension: DataExtension | None, attributes: Mapping[str, object]) -> list[str]:
    """Return the names that a send data extension does not have."""
    if extension is None:
        return []
    names = {field.name.casefold() for field in extension.fields}
    return [name for name in attributes if name.casefold() not in names]


def fold(name: str, exact: bool) -> str:
    """Return a name as it is compared."""
    return name if exact else name.casefold()


def delivery(address: str) -> tuple[str, int, str]:
    """Return what becomes of an accepted message: its state, with code and reason of one that does not arrive."""
    found = named(address)
    return (found.state, found.code, found.reason) if found else (SENT, 0, "")
