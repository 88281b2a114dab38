"""A CSV file of contacts, read and checked with the import's own parts, into the members of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mcconsole.core import tables
from mcconsole.core.checks import Checker
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Schema
from mcconsole.core.mapping import Mapping
from mcconsole.core.members import Member
from mcconsole.core.readable import decide, headers_of
from mcconsole.features.journeys.situation import CONTACT_NAMES, Situation, plain

_MODE = "insert"
"""An event writes one row, so every field that must be filled must be there, a primary key is not demanded."""
SHOWN_FAULTS = 5


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
    if situation.described is None:
        why = str(situation.obstacle) if situation.obstacle is not None else ""
        raise BadInput(f"The fields of the entry source are not known: {why}")
    schema = situation.described.schema
    preview = tables.preview(path)
    mapping = decide(preview, schema, chosen, mode=_MODE)
    headers = headers_of(preview)
    filled = {name for name in mapping.columns.values() if name} | set(mapping.constants)
    field = next((name for name in situation.contact_fields if name in filled), "")
    named = [
        at for at, header in enumerate(headers) if plain(header) in CONTACT_NAMES and header not in mapping.columns
    ]
    if not field and not named:
        raise BadInput(
            "no column holds the contact key.",
            path=path,
            advice="Name it ContactKey, or map a column to the field that is related to the contact.",
        )
    return ContactsFile(preview, situation, schema, headers, mapping, field, named[0] if named else -1)


def members(planned: ContactsFile) -> Iterator[Member]:
    """Every row as a member, in file order. BadInput names the first faults when any row fails the check."""
    path = planned.preview.path
    checker = Checker(planned.schema, planned.mapping, planned.headers, mode=_MODE)
    faults: list[str] = []
    count = 0
    pieces = tables.pieces(path, planned.preview.dialect, expected=planned.preview.identity)
    for piece in pieces:
        checked = checker.check(piece.rows, piece.numbers, piece.doubtful)
        faults += [f"row {one.row:,}, {one.column or 'the row'}: {one.text}" for one in checked.faults]
        cells = dict(zip(piece.numbers, piece.rows, strict=True))
        for number, values in zip(checked.numbers, checked.rows(), strict=True):
            key = values.get(planned.contact_field, "")
            column = cells[number][planned.contact_column].strip() if planned.contact_column >= 0 else key
            if planned.contact_field and column != key:
                faults.append(f"row {number:,}: the contact key is {column}, but “{planned.contact_field}” is {key}")
            elif not column:
                faults.append(f"row {number:,}: the contact key is empty")
            elif not faults:
                count += 1
                yield Member(number, column, values)
    if faults:
        more = f" (and {len(faults) - SHOWN_FAULTS:,} more)" if len(faults) > SHOWN_FAULTS else ""
        raise BadInput(f"{'; '.join(faults[:SHOWN_FAULTS])}{more}.", path=path)
    if not count:
        raise BadInput("the file has no rows.", path=path)
