"""A CSV file of recipients, read and checked with the import's own parts, into the members of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingView
from dataclasses import dataclass, replace
from pathlib import Path

from mcconsole.core import allow_list, mapping, tables
from mcconsole.core.checks import Checker
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.mapping import Mapping
from mcconsole.core.members import Member
from mcconsole.core.readable import checked_rows, decide, headers_of
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
    wished = chosen
    if wished is None:
        found = mapping.automatic(headers, schema)
        own = _columns_of(headers, address, subscriber, found.columns)
        wished = replace(found, columns={**found.columns, **own})
    decided = decide(preview, schema, wished, mode=MODE)
    return RecipientsFile(preview, situation, schema, headers, decided, address, subscriber)


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
    """Every row as a member, in file order. FaultyRows when any row fails the check."""
    checker = Checker(planned.schema, planned.mapping, planned.headers, mode=MODE)
    rows = checked_rows(planned.preview, checker, lambda row: allow_list.fault(allowed, *row[:2]))
    names = planned.attributes
    for number, values, _ in rows:
        attributes = {name: value for name, value in values.items() if name in names}
        to = Recipient(values[planned.subscriber_field], values[planned.address_field], attributes)
        yield sending.planned(planned.situation.definition, number, to)
