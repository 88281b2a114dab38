"""Who is refused a message, and why (API reference 3.2: subscriber reasons, documented)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcconsole.sandbox import addresses
from mcconsole.sandbox.records import BadRow, Reader
from mcconsole.sandbox.schema import DataExtension
from mcconsole.sandbox.switches import Switches
from mcconsole.sandbox.values import NULL_CODE

INVALID_ADDRESS = 5
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


def address_failure(address: str) -> Failure | None:
    """Return why this address cannot be accepted, or None."""
    if not addresses.is_valid(address):
        return Failure(INVALID_ADDRESS, "InvalidEmailAddress")
    found = addresses.named(address)
    return Failure(found.code, found.reason) if found and found.at_once else None


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
    known = {names[found]: value for name, value in attributes.items() if (found := _fold(name, exact)) in names}
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


def _fold(name: str, exact: bool) -> str:
    """Return a name as it is compared."""
    return name if exact else name.casefold()
