"""The check of a file's rows against the schema, and the values that are sent. Nothing here talks to the tenant."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import compress
from pathlib import Path
from typing import Any

import msgspec

from mcconsole.core import dates
from mcconsole.core.clock import PLATFORM_ZONE
from mcconsole.core.dates import DateRule
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.mapping import Empty, Mapping
from mcconsole.core.tables import Piece
from mcconsole.core.values import SEPARATOR, Problem, Rule, rule_for

VALUE_LIMIT = 200
"""Characters of a faulty value that are kept."""
CHUNK = 32
"""Cells of a column that failed which are looked at together once more."""
CACHE_LIMIT = 50_000
"""Different values of one column whose outcome is remembered."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell that cannot be sent, or a whole row (then `column` and `field` are "")."""

    row: int
    """Record number in the file, from 1."""
    column: str
    """Header."""
    field: str
    code: str
    text: str
    value: str
    """As in the file, its first 200 characters."""


class FaultyRows(BadInput):
    """Rows of a file failed the check, so nothing of it is sent; `faults` are the first ones, in file order."""

    SHOWN, KEPT = 5, 1000

    def __init__(self, path: Path, faults: Sequence[Fault], count: int) -> None:
        named = [
            f"row {one.row:,}{f', {one.column}' if one.column else ''}: {one.text}" for one in faults[: self.SHOWN]
        ]
        more = f" (and {count - self.SHOWN:,} more)" if count > self.SHOWN else ""
        super().__init__(f"{'; '.join(named)}{more}.", path=path)
        self.faults = tuple(faults[: self.KEPT])
        self.count = count


@dataclass(frozen=True, slots=True)
class Checked:
    """The good rows of a batch as columns of values ready to be sent, and the faults of the others.

    Good and bad rows together are the rows that were given, in the same order. `faults` are sorted by row, then column,
    at least one for each bad row.
    """

    names: tuple[str, ...]
    """Fields, in the tenant's case."""
    columns: list[Sequence[str]]
    """One for each name, all as long as `numbers`."""
    numbers: Sequence[int]
    faults: list[Fault]
    left: frozenset[str] = frozenset()
    """Fields that are left out of a row where they are empty."""

    def records(self) -> list[Any]:
        """What `msgspec` writes as one JSON object a row, and makes three times as fast as dicts; see `rows`."""
        made = _record_type(self.names, self.left)
        if made is None:
            return self.rows()
        order = sorted(range(len(self.names)), key=lambda at: self.names[at] in self.left)
        return list(map(made, *(self.columns[at] for at in order)))

    def rows(self) -> list[dict[str, str]]:
        """One dict of field and value a row; a field that is empty and to be left alone is absent."""
        if not self.columns:
            return [{} for _ in self.numbers]
        names = self.names
        rows = [dict(zip(names, row)) for row in zip(*self.columns)]  # noqa: B905 - strict costs a tenth here
        for name, column in zip(names, self.columns, strict=True):
            if name in self.left and "" in column:
                for row, value in zip(rows, column, strict=True):
                    if not value:
                        del row[name]
        return rows


@lru_cache(maxsize=4)
def _record_type(names: tuple[str, ...], left: frozenset[str]) -> type[msgspec.Struct] | None:
    """A type of a row, its fields in order, but those at the end that are left out where they are empty.

    None where a name cannot be that of a field in `msgspec`, as it needs escapes in JSON.
    """
    if not names or not all(name.isprintable() and not {'"', "\\"} & set(name) for name in names):
        return None
    fields: list[Any] = [(f"f{at}", str) for at, name in enumerate(names) if name not in left]
    fields += [(f"f{at}", str, "") for at, name in enumerate(names) if name in left]
    called = {f"f{at}": name for at, name in enumerate(names)}
    return msgspec.defstruct("Record", fields, rename=called, omit_defaults=True, gc=False)


@dataclass(frozen=True, slots=True)
class _Source:
    """A column of the file on its way to a field."""

    index: int
    header: str
    field: Field
    rule: Rule
    filled: bool
    """Whether an empty value is a fault."""
    seen: dict[str, str | Problem]

    def one(self, cell: str) -> str | Problem:
        found = self.seen.get(cell)
        if found is None:
            found = self.rule.one(cell)
            if not found and self.filled:
                kind = "part of the primary key" if self.field.primary_key else "required"
                found = Problem("Required", f"is empty, and the field is {kind}")
            if len(self.seen) >= CACHE_LIMIT:
                self.seen.clear()
            self.seen[cell] = found
        return found

    def whole(self, cells: Sequence[str]) -> Sequence[str] | None:
        sent = self.rule.whole(cells)
        return None if sent is not None and self.filled and "" in sent else sent


class Checker:
    """Checks batches of rows. Made from what can be pickled, so another process can make its own.

    `mapping` is a resolved one. BadInput when a constant does not fit its field or a date rule makes no sense.
    """

    def __init__(self, schema: Schema, mapping: Mapping, headers: Sequence[str], *, mode: str) -> None:
        self._headers = tuple(headers)
        self._width = len(headers)
        self._loose_keys = mode != "insert"
        self._sources = [
            _Source(index, header, field, _rule(field, mapping), _must_be_filled(field, mapping, mode), {})
            for index, header in enumerate(headers)
            if (field := schema.field(mapping.columns.get(header) or "")) is not None
        ]
        self._constants = {
            name: _constant(schema, mapping, name, value, mode) for name, value in mapping.constants.items()
        }
        self._names = (*(source.field.name for source in self._sources), *self._constants)
        self._left = frozenset(name for name, empty in mapping.empty.items() if empty is Empty.LEAVE)
        self._keys = schema.keys

    def check(
        self, rows: Sequence[list[str]], numbers: Sequence[int], doubtful: Container[int] = frozenset()
    ) -> Checked:
        """Check rows and their record numbers; both must be of one length. No number in `doubtful` gets through."""
        faults: list[Fault] = []
        if doubtful:
            faults = [_unclear(row, number) for row, number in zip(rows, numbers, strict=True) if number in doubtful]
            sure = [number not in doubtful for number in numbers]
            rows, numbers = list(compress(rows, sure)), list(compress(numbers, sure))
        if any(width != self._width for width in set(map(len, rows))):
            faults += [
                self._ragged(row, number) for row, number in zip(rows, numbers, strict=True) if len(row) != self._width
            ]
            even = [len(row) == self._width for row in rows]
            rows, numbers = list(compress(rows, even)), list(compress(numbers, even))
        if not rows:
            faults.sort(key=lambda fault: fault.row)
            return Checked(self._names, [() for _ in self._names], [], faults, self._left)
        return self._check_cells(list(zip(*rows, strict=True)) if self._width else [], numbers, faults)

    def check_piece(self, piece: Piece) -> Checked:
        """Check a piece of a file."""
        if piece.even and len(piece.cells) == self._width:
            return self._check_cells(piece.cells, piece.numbers, [])
        return self.check(piece.rows, piece.numbers, piece.doubtful)

    def _check_cells(self, cells: Sequence[Sequence[str]], numbers: Sequence[int], faults: list[Fault]) -> Checked:
        """Check cells by column, of rows that are wide enough; `faults` are those of other rows."""
        columns: list[Sequence[str]] = []
        good = [True] * len(numbers)
        sound = len(faults)
        for at in self._headers_again(cells):
            good[at] = False
            faults.append(_header_again(numbers[at], self._headers[0]))
        for source in self._sources:
            sent, problems = _check_column(source, cells[source.index])
            columns.append(sent)
            for at, problem in problems:
                good[at] = False
                value = cells[source.index][at][:VALUE_LIMIT]
                faults.append(Fault(numbers[at], source.header, source.field.name, problem.code, problem.text, value))
        columns += [[value] * len(numbers) for value in self._constants.values()]
        if len(faults) > sound:
            numbers = list(compress(numbers, good))
            columns = [list(compress(column, good)) for column in columns]
        faults.sort(key=lambda fault: fault.row)
        return Checked(self._names, columns, numbers, faults, self._left)

    def _headers_again(self, cells: Sequence[Sequence[str]]) -> list[int]:
        """Positions of rows that are the header once more: another table may begin there. One name is no header."""
        if self._width < 2 or self._headers[0] not in cells[0]:
            return []
        return [at for at, row in enumerate(zip(*cells, strict=True)) if row == self._headers]

    def _ragged(self, row: Sequence[str], number: int) -> Fault:
        cells = f"{len(row):,} {'cell' if len(row) == 1 else 'cells'}"
        return Fault(number, "", "", "Ragged", f"the row has {cells}, the header has {self._width:,}", "")

    def keys(self, checked: Checked) -> list[str]:
        """The primary key of each good row as one string: the same for values that are the same to the platform.

        Numbers, dates and booleans are compared by what they mean. For upsert and update, texts are compared whatever
        their case and blanks at their end, as SQL collations do (unverified); for insert exactly.
        """
        parts = [self._key_part(field, checked) for field in self._keys]
        return parts[0] if len(parts) == 1 else list(map("\0".join, zip(*parts, strict=True)))

    def _key_part(self, field: Field, checked: Checked) -> list[str]:
        if field.name not in checked.names:
            return [""] * len(checked.numbers)
        column = checked.columns[checked.names.index(field.name)]
        plain = _PLAIN_KEYS.get(field.type)
        if plain is not None:
            return [value and plain(value) for value in column]
        return _loosely(column) if self._loose_keys else list(column)


def _loosely(column: Sequence[str]) -> list[str]:
    """Texts without blanks at their end and whatever their case, all at once where none has such blanks."""
    text = SEPARATOR.join(column)
    if text.count(SEPARATOR) == len(column) - 1 and f" {SEPARATOR}" not in text and not text.endswith(" "):
        return text.casefold().split(SEPARATOR)
    return [value.rstrip(" ").casefold() for value in column]


def _check_column(source: _Source, cells: Sequence[str]) -> tuple[Sequence[str], Sequence[tuple[int, Problem]]]:
    """The values to send and the problems by position; the value of a problem is "" and never sent."""
    whole = source.whole(cells)
    if whole is not None:
        return whole, ()
    sent: list[str] = []
    problems: list[tuple[int, Problem]] = []
    for start in range(0, len(cells), CHUNK):
        chunk = cells[start : start + CHUNK]
        values = source.whole(chunk)
        if values is not None:
            sent += values
            continue
        for at, cell in enumerate(chunk, start):
            value = source.one(cell)
            if isinstance(value, Problem):
                problems.append((at, value))
                value = ""
            sent.append(value)
    return sent, problems


def _rule(field: Field, mapping: Mapping) -> Rule:
    try:
        return rule_for(field, mapping.dates.get(field.name), mapping.decimals.get(field.name, "."))
    except ValueError as error:
        raise BadInput(f"The date rule of the field “{field.name}”: {error}.") from None


def _unclear(row: Sequence[str], number: int) -> Fault:
    odd = next((cell for cell in row if '"' in cell), "")
    text = "the row has a quote that is not closed as it should be"
    return Fault(number, "", "", "Quotes", text, odd[:VALUE_LIMIT])


def _header_again(number: int, value: str) -> Fault:
    text = "the row is the header once more; another table may begin here"
    return Fault(number, "", "", "RepeatedHeader", text, value[:VALUE_LIMIT])


def _must_be_filled(field: Field, mapping: Mapping, mode: str) -> bool:
    if field.primary_key and mode != "insert":
        return True
    defaulted = bool(field.default) and mapping.empty.get(field.name) is Empty.LEAVE
    return (field.required or field.primary_key) and not defaulted


def _constant(schema: Schema, mapping: Mapping, name: str, value: str, mode: str) -> str:
    field = schema.field(name)
    if field is None:
        raise BadInput(
            f"The data extension “{schema.name}” has no field “{name}” for the constant “{value[:VALUE_LIMIT]}”."
        )
    filled = _must_be_filled(field, mapping, mode)
    sent = _Source(0, "", field, _rule(field, mapping), filled, {}).one(value)
    if isinstance(sent, Problem):
        raise BadInput(f"The constant “{value[:VALUE_LIMIT]}” for the field “{name}” {sent.text}.")
    return sent


def _plain_date(value: str) -> str:
    moment = datetime.fromisoformat(value)
    return str((moment if moment.tzinfo is not None else moment.replace(tzinfo=PLATFORM_ZONE)).timestamp())


def _plain_decimal(value: str) -> str:
    whole, _, fraction = value.removeprefix("-").partition(".")
    digits = f"{whole.lstrip('0')}.{fraction.rstrip('0')}"
    return f"-{digits}" if value.startswith("-") and digits != "." else digits


_PLAIN_KEYS: dict[FieldType, Callable[[str], str]] = {
    FieldType.NUMBER: lambda value: str(int(value)),
    FieldType.DECIMAL: _plain_decimal,
    FieldType.BOOLEAN: str,
    FieldType.DATE: _plain_date,
}


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A column of dates that can be read in several formats."""

    header: str
    field: str
    formats: tuple[str, ...]


def suggest_dates(
    headers: Sequence[str], rows: Sequence[Sequence[str]], mapping: Mapping, schema: Schema
) -> tuple[dict[str, DateRule], list[Ambiguous]]:
    """Date rules for the fields that have none, by the sample rows, and the columns of which the user must be asked.

    A field whose samples are all blank, or are no dates, is in neither.
    """
    rules: dict[str, DateRule] = {}
    ambiguous: list[Ambiguous] = []
    for index, header in enumerate(headers):
        field = schema.field(mapping.columns.get(header) or "")
        if field is None or field.type is not FieldType.DATE or field.name in mapping.dates:
            continue
        forms = dates.detect_date(row[index] for row in rows if index < len(row))
        if len(forms) > 1:
            ambiguous.append(Ambiguous(header, field.name, tuple(forms)))
        elif forms:
            rules[field.name] = DateRule(forms[0])
    return rules, ambiguous
