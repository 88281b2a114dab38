"""A CSV file of recipients, read and checked with the import's own parts, into the members of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingView
from dataclasses import dataclass, replace
from pathlib import Path

from mcconsole.core import allow_list, guard, mapping, tables
from mcconsole.core.checks import Checker, Fault
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.mapping import Mapping
from mcconsole.core.members import Member
from mcconsole.core.readable import Row, checked_rows, decide, headers_of
from mcconsole.features.sends import sending
from mcconsole.features.sends.calls import Recipient
from mcconsole.features.sends.situation import (
    ADDRESS,
    ADDRESS_NAMES,
    SUBSCRIBER,
    SUBSCRIBER_NAMES,
    Situation,
    plain,
)

MODE = "insert"
"""A send writes one row, so every field that must be filled must be there, a primary key is not demanded."""


@dataclass(frozen=True, slots=True)
class RecipientsFile:
    """How a file is read for a definition."""

    preview: tables.Preview
    situation: Situation
    schema: Schema
    """The fields of the data extension, and where it lacks them those of the recipient itself; without a data
    extension every other column is an attribute of its own name.
    """
    headers: tuple[str, ...]
    mapping: Mapping
    address_field: str
    subscriber_field: str

    @property
    def attributes(self) -> frozenset[str]:
        """The fields that are sent as attributes."""
        own = self.situation.described.schema.fields if self.situation.described is not None else ()
        names = {field.name for field in (own or self.schema.fields)}
        return frozenset(names if own else names - {self.address_field, self.subscriber_field})


def plan(path: Path, situation: Situation, chosen: Mapping | None = None) -> RecipientsFile:
    """Decide how a file is read. BadInput or Refused when it cannot be, or when it has no column for the address."""
    return planned(tables.preview(path), situation, chosen)


def planned(preview: tables.Preview, situation: Situation, chosen: Mapping | None = None) -> RecipientsFile:
    """The same for a file that was looked at."""
    headers = headers_of(preview)
    schema = schema_for(situation, headers)
    address = situation.address_field or ADDRESS.name
    subscriber = situation.subscriber_field or SUBSCRIBER.name
    decided = decide(preview, schema, chosen or proposed(situation, headers), mode=MODE)
    return RecipientsFile(preview, situation, schema, headers, decided, address, subscriber)


def proposed(situation: Situation, headers: Sequence[str]) -> Mapping:
    """Columns matched by name, those of the recipient by their usual names too."""
    found = mapping.automatic(headers, schema_for(situation, headers))
    address = situation.address_field or ADDRESS.name
    subscriber = situation.subscriber_field or SUBSCRIBER.name
    own = _columns_of(headers, address, subscriber, found.columns)
    return replace(found, columns={**found.columns, **own})


def schema_for(situation: Situation, headers: Sequence[str]) -> Schema:
    """What the columns of a file may go into."""
    if situation.described is not None:
        schema = situation.described.schema
        lacking = [(ADDRESS, situation.address_field), (SUBSCRIBER, situation.subscriber_field)]
        extra = [one for one, found in lacking if not found]
        needed = {situation.address_field, situation.subscriber_field}
        fields = [replace(one, required=True, default="") if one.name in needed else one for one in schema.fields]
        return replace(schema, fields=(*fields, *extra))
    own = _columns_of(headers, ADDRESS.name, SUBSCRIBER.name, {})
    others = [Field(header, FieldType.TEXT) for header in headers if header.strip() and header not in own]
    return Schema("", situation.definition.name, (ADDRESS, SUBSCRIBER, *others))


def _columns_of(
    headers: Sequence[str], address: str, subscriber: str, taken: MappingView[str, str | None]
) -> dict[str, str]:
    """The columns of the address and the subscriber key by their usual names, the likeliest first."""
    found: dict[str, str] = {}
    for field, names in ((address, ADDRESS_NAMES), (subscriber, SUBSCRIBER_NAMES)):
        if field not in taken.values():
            free = (header for name in names for header in headers if plain(header) == name and header not in taken)
            found |= dict.fromkeys(list(free)[:1], field)
    return found


def members(planned: RecipientsFile, allowed: tuple[str, ...] = ()) -> Iterator[Member]:
    """Every row as a member, in file order. FaultyRows when any row fails the check, or is a message that stands there
    before: nobody gets the same twice.
    """
    checker = Checker(planned.schema, planned.mapping, planned.headers, mode=MODE)
    first: dict[str, int] = {}

    def fault(row: Row) -> Fault | None:
        number, values, _ = row
        before = first.setdefault(mark(_recipient(planned, values)), number)
        if before != number:
            return Fault(number, "", "", "Repeated", f"the same message to the same recipient as in row {before:,}", "")
        return allow_list.fault(allowed, number, values)

    for number, values, _ in checked_rows(planned.preview, checker, fault):
        yield sending.planned(planned.situation.definition, number, _recipient(planned, values))


def _recipient(planned: RecipientsFile, values: MappingView[str, str]) -> Recipient:
    key = values[planned.subscriber_field].strip()
    attributes = {name: value for name, value in values.items() if name in planned.attributes}
    own = {planned.subscriber_field: key} if planned.subscriber_field in attributes else {}
    return Recipient(key, values[planned.address_field].strip(), attributes | own)


def mark(to: Recipient) -> str:
    """What makes two messages of a definition the same one."""
    address = to.address.strip().casefold()
    same = {name: "" if str(value).strip().casefold() == address else value for name, value in to.attributes.items()}
    return guard.fingerprint(to.subscriber_key.strip(), address, same)
