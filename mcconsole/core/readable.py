"""How the rows of a file are read for a schema: its headers, the mapping with everything decided, and the check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from mcconsole.core import mapping as mappings
from mcconsole.core import tables
from mcconsole.core.checks import Checker, Fault, FaultyRows, suggest_dates
from mcconsole.core.errors import BadInput, Refused
from mcconsole.core.fields import Schema
from mcconsole.core.mapping import Mapping


def headers_of(preview: tables.Preview) -> tuple[str, ...]:
    """The names of the columns; `Column 1`, `Column 2` … for a file without a header."""
    if preview.columns:
        return tuple(preview.columns)
    width = max((len(row) for row in preview.rows), default=0)
    return tuple(f"Column {number}" for number in range(1, width + 1))


def decide(preview: tables.Preview, schema: Schema, chosen: Mapping | None, *, mode: str) -> Mapping:
    """The mapping in the tenant's own case, with every date rule decided; columns are matched by name without one.

    BadInput or Refused says what is in the way.
    """
    if preview.tables > 1:
        raise Refused(
            f"{preview.path}: the file holds {preview.tables} tables below each other.",
            advice="Save the wanted table to a file of its own, or choose the lines to skip.",
        )
    if not preview.rows:
        raise BadInput(
            "the file has a header and no rows." if preview.columns else "the file has no rows.", path=preview.path
        )
    headers = headers_of(preview)
    given = chosen if chosen is not None else mappings.automatic(headers, schema)
    return _with_dates(mappings.resolve(given, headers, schema, mode=mode), headers, preview, schema)


def _with_dates(mapping: Mapping, headers: tuple[str, ...], preview: tables.Preview, schema: Schema) -> Mapping:
    """The mapping with a date rule wherever the first rows leave no doubt; BadInput where they do."""
    rules, ambiguous = suggest_dates(headers, preview.rows, mapping, schema)
    if ambiguous:
        first = ambiguous[0]
        raise BadInput(
            f"its dates can be read in more than one way: {' or '.join(first.formats)}.",
            path=preview.path,
            column=first.header,
            advice=f"State the format of “{first.field}” under “dates” in the mapping.",
        )
    return replace(mapping, dates={**mapping.dates, **rules})


Row = tuple[int, dict[str, str], Sequence[str]]
"""Record number in the file, the checked values by field, and the cells as they stand there."""


def checked_rows(preview: tables.Preview, checker: Checker, more: Callable[[Row], Fault | None]) -> Iterator[Row]:
    """Every row of a file in its order, as long as none fails; FaultyRows at the end when any does.

    `more` finds what the checker cannot see in a row that passed it. BadInput for a file without rows.
    """
    faults: list[Fault] = []
    faulty = count = 0
    for piece in tables.pieces(preview.path, preview.dialect, expected=preview.identity):
        checked = checker.check_piece(piece)
        found = list(checked.faults)
        cells = dict(zip(piece.numbers, piece.rows, strict=True))
        for number, values in zip(checked.numbers, checked.rows(), strict=True):
            row = (number, values, cells[number])
            fault = more(row)
            if fault is not None:
                found.append(fault)
            elif not faulty:
                count += 1
                yield row
        faulty += len(found)
        faults += sorted(found, key=lambda one: one.row)[: FaultyRows.KEPT - len(faults)]
    if faulty:
        raise FaultyRows(preview.path, faults, faulty)
    if not count:
        raise BadInput("the file has no rows.", path=preview.path)
