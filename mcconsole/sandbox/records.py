"""Rows: how one is read against its schema and kept (API reference 4.4 to 4.7).

A row is stored as JSON text from field number to value, without the nulls, under the text of its primary key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from mcconsole.sandbox.schema import DataExtension, Field
from mcconsole.sandbox.switches import Switches
from mcconsole.sandbox.values import INVALID_CODE, NULL_CODE, Convert, Invalid, converter, default_of

_PARAMETERS = 30_000
"""SQLite takes 32,766 in one statement."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is refused: one sentence about one column."""

    column: str
    text: str
    code: int


class BadRow(Exception):
    """A row that is not stored, with every problem that it has."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].text if problems else "")
        self.problems = problems


class NoKey(BadRow):
    """A row without its primary key."""


class Duplicate(BadRow):
    """An insert of a key that is there already."""


@dataclass(frozen=True, slots=True)
class Record:
    """A checked row. `body` has the defaults in it; `patch` is set when fields were left out; `lacking` are the
    required ones among them, so that the row can only change one that exists."""

    key: str | None
    body: str
    patch: str | None
    lacking: tuple[Field, ...]


@dataclass(slots=True)
class Reader:
    """Reads rows against one data extension, with everything prepared that is the same for all of them."""

    extension: DataExtension
    switches: Switches
    _columns: dict[str, tuple[Field, str, Convert] | None] = field(default_factory=dict)
    _defaults: dict[str, str | None] = field(default_factory=dict)
    _numbers: frozenset[str] = frozenset()
    _key_numbers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        exact = self.switches["field_case"] == "exact"
        for column in self.extension.fields:
            convert = converter(column, self.switches)
            self._columns[column.name if exact else column.name.casefold()] = (column, str(column.number), convert)
            self._defaults[str(column.number)] = default_of(column, convert)
        self._numbers = frozenset(self._defaults)
        self._key_numbers = tuple(str(column.number) for column in self.extension.keys)

    def column(self, name: str) -> tuple[Field, str, Convert] | None:
        """Return the field that a name in a row means, or None."""
        try:
            return self._columns[name]
        except KeyError:
            found = None if self.switches["field_case"] == "exact" else self._columns.get(name.casefold())
            if len(self._columns) < 10_000:
                self._columns[name] = found
            return found

    def read(self, items: Iterable[tuple[str, object]]) -> Record:
        """Check one row; raises BadRow."""
        given: dict[str, str | None] = {}
        problems: list[Problem] = []
        columns = self._columns
        for name, value in items:
            found = columns.get(name) or self.column(name)
            if found is None:
                if self.switches["unknown_fields"] == "error":
                    problems.append(
                        Problem(name, f"The column [{name}] does not exist. Parse error [FieldNotFound]", INVALID_CODE)
                    )
                continue
            column, number, convert = found
            if value is None or value == "":
                given[number] = self._emptied(number)
                if column.required and given[number] is None and not column.primary_key:
                    problems.append(null_problem(column))
                continue
            try:
                given[number] = convert(value)
            except Invalid as invalid:
                problems.append(Problem(column.name, f"The value for column [{column.name}] {invalid}", INVALID_CODE))
        if any(given.get(number) is None for number in self._key_numbers):
            self._refuse_without_key(given, problems)
        if problems:
            raise BadRow(*problems)
        return self._record(given)

    def _emptied(self, number: str) -> str | None:
        return self._defaults[number] if self.switches["empty_default"] == "default" else None

    def _refuse_without_key(self, given: Mapping[str, str | None], problems: Sequence[Problem]) -> None:
        if not problems:
            empty = [f for f in self.extension.keys if given.get(str(f.number)) is None]
            raise NoKey(*(null_problem(column) for column in empty))

    def _record(self, given: dict[str, str | None]) -> Record:
        key = self._key(given)
        absent = self._numbers - given.keys()
        if not absent:
            return Record(key, dump({n: v for n, v in given.items() if v is not None}), None, ())
        fields = self.extension.fields
        filled = {n: v for n in absent if (v := self._defaults[n]) is not None}
        lacking = tuple(f for f in fields if f.required and (n := str(f.number)) in absent and n not in filled)
        body = dump({n: v for n, v in given.items() if v is not None} | filled)
        return Record(key, body, dump(given), lacking)

    def _key(self, given: Mapping[str, str | None]) -> str | None:
        numbers = self._key_numbers
        if len(numbers) == 1:
            return given[numbers[0]]
        return dump([given[number] for number in numbers]) if numbers else None


def dump(data: object) -> str:
    """Write compact JSON text."""
    return orjson.dumps(data).decode()


def null_problem(column: Field) -> Problem:
    """Say that a column must not be empty (API reference 4.5, observed)."""
    return Problem(column.name, f"Column [{column.name}] does not allow null value.", NULL_CODE)


def upsert(connection: sqlite3.Connection, extension: DataExtension, records: Sequence[Record]) -> dict[int, BadRow]:
    """Store records in order, the last of a key winning; returns the refused ones by position."""
    table, refused = extension.table, {}
    whole = f"INSERT INTO {table} (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body"  # noqa: S608
    partial = (
        f"INSERT INTO {table} (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = json_patch(body, ?)"  # noqa: S608
    )
    change = f"UPDATE {table} SET body = json_patch(body, ?) WHERE key = ?"  # noqa: S608
    for start, end in _runs(records, lambda record: (record.patch is None, bool(record.lacking))):
        run = records[start:end]
        if run[0].patch is None:
            connection.executemany(whole, [(r.key, r.body) for r in run])
        elif not run[0].lacking:
            connection.executemany(partial, [(r.key, r.body, r.patch) for r in run])
        else:
            for position, record in enumerate(run, start):
                if connection.execute(change, (record.patch, record.key)).rowcount == 0:
                    refused[position] = BadRow(*(null_problem(column) for column in record.lacking))
    return refused


def insert(connection: sqlite3.Connection, extension: DataExtension, records: Sequence[Record]) -> dict[int, BadRow]:
    """Store new records; returns the refused ones by position."""
    refused: dict[int, BadRow] = {}
    taken = present(connection, extension, [r.key for r in records if r.key is not None])
    good: list[tuple[str | None, str]] = []
    for position, record in enumerate(records):
        if record.key is not None and record.key in taken:
            refused[position] = Duplicate(Problem(extension.keys[0].name, _violation(extension, record), INVALID_CODE))
        elif record.lacking:
            refused[position] = BadRow(*(null_problem(column) for column in record.lacking))
        else:
            good.append((record.key, record.body))
            if record.key is not None:
                taken.add(record.key)
    connection.executemany(f"INSERT INTO {extension.table} (key, body) VALUES (?, ?)", good)  # noqa: S608
    return refused


def present(connection: sqlite3.Connection, extension: DataExtension, keys: Sequence[str]) -> set[str]:
    """Return those of the keys that have a row."""
    found: set[str] = set()
    for start in range(0, len(keys), _PARAMETERS):
        part = keys[start : start + _PARAMETERS]
        query = f"SELECT key FROM {extension.table} WHERE key IN ({','.join('?' * len(part))})"  # noqa: S608
        found.update(row[0] for row in connection.execute(query, part))
    return found


def _violation(extension: DataExtension, record: Record) -> str:
    return (
        f"Violation of PRIMARY KEY constraint 'PK_{extension.name}'. Cannot insert duplicate key in object "
        f"'{extension.name}'. The duplicate key value is ({record.key})."
    )


def _runs(records: Sequence[Record], kind: Callable[[Record], object]) -> Iterable[tuple[int, int]]:
    start = 0
    for position in range(1, len(records) + 1):
        if position == len(records) or kind(records[position]) != kind(records[start]):
            yield start, position
            start = position
