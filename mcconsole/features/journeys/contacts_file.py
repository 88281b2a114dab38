"""A CSV file of contacts, read and checked with the import's own parts, into the members of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingView
from dataclasses import dataclass
from pathlib import Path

from mcconsole.core import allow_list, tables
from mcconsole.core.checks import Checker, Fault
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Schema
from mcconsole.core.mapping import Mapping
from mcconsole.core.members import Member
from mcconsole.core.readable import checked_rows, decide, headers_of
from mcconsole.features.journeys.situation import CONTACT_NAMES, Situation, plain

MODE = "insert"
"""An event writes one row, so every field that must be filled must be there, a primary key is not demanded."""


@dataclass(frozen=True, slots=True)
class ContactsFile:
    """How a file is read for an entry source."""

    preview: tables.Preview
    situation: Situation
    schema: Schema
    headers: tuple[str, ...]
    mapping: Mapping
    contact_field: str
    """The field whose value is the contact key; "" where `contact_column` holds it."""
    contact_column: int
    """Index of a column that is no field of the data extension; -1 for none."""


def plan(path: Path, situation: Situation, chosen: Mapping | None = None) -> ContactsFile:
    """Decide how a file is read. BadInput or Refused when it cannot be, or when no column holds the contact key."""
    return planned(tables.preview(path), situation, chosen)


def planned(
    preview: tables.Preview, situation: Situation, chosen: Mapping | None = None, contact: str = ""
) -> ContactsFile:
    """The same for a file that was looked at. `contact` is the header of the column with the contact key, "" to
    find it.
    """
    if situation.described is None:
        why = str(situation.obstacle) if situation.obstacle is not None else ""
        raise BadInput(f"The fields of the entry source are not known: {why}")
    schema = situation.described.schema
    mapping = decide(preview, schema, chosen, mode=MODE)
    headers = headers_of(preview)
    field, column = contact_source(headers, mapping, situation, contact)
    if not field and column < 0:
        raise BadInput(
            "no column holds the contact key.",
            path=preview.path,
            advice="Name it ContactKey, or map a column to the field that is related to the contact.",
        )
    return ContactsFile(preview, situation, schema, headers, mapping, field, column)


def contact_source(
    headers: Sequence[str], mapping: Mapping, situation: Situation, contact: str = ""
) -> tuple[str, int]:
    """Where the contact key comes from: the field that holds it, and the column that does; "" and -1 for none."""
    columns = {header: name for header, name in mapping.columns.items() if name}
    filled = set(columns.values()) | set(mapping.constants)
    field = next((name for name in situation.contact_fields if name in filled), "")
    if contact:
        return field, headers.index(contact)
    named = (at for at, header in enumerate(headers) if plain(header) in CONTACT_NAMES and header not in columns)
    return field, next(named, -1)


def members(planned: ContactsFile, allowed: Sequence[str] = ()) -> Iterator[Member]:
    """Every row as a member, in file order. FaultyRows when any row fails the check, or holds an address that is not
    on the list of the `allowed`.
    """
    checker = Checker(planned.schema, planned.mapping, planned.headers, mode=MODE)
    rows = checked_rows(
        planned.preview, checker, lambda row: _contact_key(planned, *row)[1] or allow_list.fault(allowed, *row[:2])
    )
    return (Member(row[0], _contact_key(planned, *row)[0], row[1]) for row in rows)


def _contact_key(
    planned: ContactsFile, number: int, values: MappingView[str, str], cells: Sequence[str]
) -> tuple[str, Fault | None]:
    """The contact key of a row, and what is wrong with it."""
    field, at = planned.contact_field, planned.contact_column
    own = values.get(field, "")
    key = cells[at].strip() if at >= 0 else own
    header = planned.headers[at] if at >= 0 else field
    text = ""
    if field and key != own:
        text = f"the contact key is {key}, but “{field}” is {own}"
    elif not key:
        text = "the contact key is empty"
    return key, Fault(number, header, field, "ContactKey", text, key) if text else None
