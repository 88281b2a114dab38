"""The mapping as it is being made: what was matched, what the user chose, and what is still in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mcconsole.core import dates, mapping, tables
from mcconsole.core.checks import Ambiguous, Checker
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.mapping import DateRule, Empty, Mapping, is_needed
from mcconsole.core.readable import headers_of

SAMPLES = 3
"""Different values of a column that are shown."""


class Source(StrEnum):
    """Why a column has its field, or has none."""

    EXACT = "exact"
    CASE = "case"
    LOOSE = "loose"
    SUGGESTED = "suggested"
    """A guess that waits for a yes; nothing is sent by it."""
    CHOSEN = "chosen"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file and its field."""

    header: str
    samples: tuple[str, ...]
    field: str | None
    source: Source

    @property
    def waits(self) -> bool:
        """Whether the field is a guess that nobody has accepted."""
        return self.source is Source.SUGGESTED


class Matching:
    """Columns, constants and rules for one file and one data extension, changed by the mapping table only.

    Making one compares every header with every field, which takes a second for hundreds: make it in a job.
    """

    def __init__(self, preview: tables.Preview, schema: Schema) -> None:
        self.schema = schema
        self.path = preview.path
        self.headers = headers_of(preview)
        self._rows = preview.rows
        self.columns = [
            Column(match.header, tuple(_samples(preview.rows, index)), match.field, Source(match.how.value))
            for index, match in enumerate(mapping.match(self.headers, schema))
        ]
        self.constants: dict[str, str] = {}
        self._dates: dict[str, DateRule] = {}
        self._decimals: dict[str, str] = {}
        self._empty: dict[str, Empty] = {}
        self._readable: dict[int, list[str]] = {}
        self._fields = {field.name: field for field in schema.fields}
        for index, column in enumerate(self.columns):
            if column.field and self._is_date(column.field):
                self._formats(index)

    def assign(self, index: int, field: str | None) -> None:
        """Give a column a field, or leave it out; another source of that field gives it up."""
        if field is not None:
            self.constants.pop(field, None)
            for other, column in enumerate(self.columns):
                if other != index and column.field == field:
                    self.columns[other] = replace(column, field=None, source=Source.NONE)
        self.columns[index] = replace(self.columns[index], field=field, source=Source.CHOSEN)

    def accept_suggestions(self) -> None:
        """Take every guess as it is."""
        self.columns = [replace(c, source=Source.CHOSEN) if c.waits else c for c in self.columns]

    def leave_out_unmatched(self) -> None:
        """Leave out every column whose field was not certain."""
        self.columns = [
            replace(c, field=None, source=Source.CHOSEN) if c.source in (Source.SUGGESTED, Source.NONE) else c
            for c in self.columns
        ]

    def set_constant(self, field: str, value: str) -> None:
        """The same value for every row; "" takes it away."""
        if value:
            self.constants[field] = value
        else:
            self.constants.pop(field, None)

    def set_empty(self, field: str, empty: Empty) -> None:
        """What an empty cell does."""
        self._empty[field] = empty

    def empty(self, field: str) -> Empty:
        """What an empty cell does; it clears unless told otherwise."""
        return self._empty.get(field, Empty.CLEAR)

    def set_decimal(self, field: str, sign: str) -> None:
        """The decimal sign of a column."""
        self._decimals[field] = sign

    def decimal(self, field: str) -> str:
        """The decimal sign of a column."""
        return self._decimals.get(field, ".")

    def set_date(self, field: str, *, form: str | None = None, zone: str | None = None) -> None:
        """The date format, the zone, or both. ValueError when it makes no sense."""
        before = self._dates.get(field) or DateRule(self.date_format(field) or "", dates.PLATFORM)
        rule = DateRule(before.format if form is None else form, before.zone if zone is None else zone)
        if rule.format:
            dates.sender(rule)
        else:
            dates.zone(rule.zone)
        self._dates[field] = rule

    def date_format(self, field: str) -> str:
        """The format in which a date column is read: chosen, or the only one its samples fit; "" when open."""
        if (rule := self._dates.get(field)) is not None and rule.format:
            return rule.format
        forms = self.possible_formats(field)
        return forms[0] if len(forms) == 1 else ""

    def date_zone(self, field: str) -> str:
        """The zone of times that state none."""
        rule = self._dates.get(field)
        return rule.zone if rule is not None else dates.PLATFORM

    def possible_formats(self, field: str) -> list[str]:
        """The formats that fit every sample of the field's column; [] when none does, or there is no date in it."""
        index = next((i for i, column in enumerate(self.columns) if column.field == field), None)
        return self._formats(index) if index is not None else []

    def _formats(self, index: int) -> list[str]:
        if index not in self._readable:
            self._readable[index] = dates.detect_date(row[index] for row in self._rows if index < len(row))
        return self._readable[index]

    def keep(self, before: Matching) -> None:
        """Keep what was chosen before when the same file is read in another way, with the same header and target."""
        if (before.path, before.headers, before.schema) != (self.path, self.headers, self.schema):
            return
        self.columns = [
            replace(column, field=other.field, source=other.source)
            for column, other in zip(self.columns, before.columns, strict=True)
        ]
        self.constants = before.constants
        self._dates, self._decimals, self._empty = before._dates, before._decimals, before._empty

    def adopt(self, saved: Mapping, *, leaving_out: Sequence[str] = ()) -> None:
        """Take over a saved mapping. BadInput when it names a column or field that is not there."""
        fields = {name: self._field(name) for name in [*filter(None, saved.columns.values()), *saved.constants]}
        for header in saved.columns:
            if saved.columns[header] is not None and header not in self.headers:
                raise BadInput(f"The mapping names the column “{header}”, which the file does not have.")
        if saved.columns:
            self.columns = [self._adopted(column, saved.columns.get(column.header), fields) for column in self.columns]
        self.columns = [
            replace(c, field=None, source=Source.CHOSEN) if c.header in leaving_out else c for c in self.columns
        ]
        self.constants = {fields[name].name: value for name, value in saved.constants.items()}
        self._dates = {self._field(name).name: rule for name, rule in saved.dates.items()}
        self._decimals = {self._field(name).name: sign for name, sign in saved.decimals.items()}
        self._empty = {self._field(name).name: empty for name, empty in saved.empty.items()}

    def _adopted(self, column: Column, name: str | None, fields: dict[str, Field]) -> Column:
        return replace(column, field=fields[name].name if name else None, source=Source.CHOSEN)

    def _field(self, name: str) -> Field:
        found = self.schema.field(name)
        if found is None:
            raise BadInput(f"The mapping names the field “{name}”, which “{self.schema.name}” does not have.")
        return found

    def mapping(self) -> Mapping:
        """The mapping as it stands; guesses that nobody accepted are left out."""
        columns = {c.header: None if c.waits else c.field for c in self.columns}
        filled = {name for name in columns.values() if name} | set(self.constants)
        date_fields = [f.name for f in self.schema.fields if f.type is FieldType.DATE and f.name in filled]
        return Mapping(
            columns,
            {name: value for name, value in self.constants.items() if name in filled},
            {name: DateRule(form, self.date_zone(name)) for name in date_fields if (form := self._sent_format(name))},
            {name: sign for name, sign in self._decimals.items() if name in filled},
            {name: empty for name, empty in self._empty.items() if name in filled},
        )

    def _sent_format(self, field: str) -> str:
        if form := self.date_format(field):
            return form
        return dates.ISO if self.date_zone(field) != dates.PLATFORM and field in self.constants else ""

    def unfilled(self) -> list[Field]:
        """Fields without a column, those that are needed first."""
        taken = {column.field for column in self.columns if column.field}
        free = [field for field in self.schema.fields if field.name not in taken]
        return sorted(free, key=lambda field: not (field.required or field.primary_key))

    def missing(self, mode: str) -> list[Field]:
        """Fields that must have a column or a constant and have neither."""
        columns = {column.field for column in self.columns if column.field and not column.waits}
        return [
            field
            for field in self.schema.fields
            if field.name not in columns and field.name not in self.constants and is_needed(field, mode)
        ]

    def questions(self) -> list[Ambiguous]:
        """Columns of dates that fit more than one format, of which the user must be asked."""
        return [
            Ambiguous(column.header, column.field, tuple(self.possible_formats(column.field)))
            for column in self.columns
            if column.field and self.asks(column)
        ]

    def asks(self, column: Column) -> bool:
        """Whether the user must be asked for the date format of this column."""
        if not column.field or column.waits or not self._is_date(column.field):
            return False
        return not self.date_format(column.field) and len(self.possible_formats(column.field)) > 1

    def _is_date(self, name: str) -> bool:
        return self._fields[name].type is FieldType.DATE

    def field(self, name: str) -> Field:
        """The field of this very name."""
        return self._fields[name]

    @property
    def suggestions(self) -> list[Column]:
        """Columns whose field is a guess."""
        return [column for column in self.columns if column.waits]

    @property
    def left_out(self) -> int:
        """How many columns go nowhere."""
        return sum(column.field is None for column in self.columns)

    def resolved(self, mode: str) -> Mapping:
        """The mapping as it will be used, constants checked. BadInput says what is in the way."""
        found = mapping.resolve(self.mapping(), self.headers, self.schema, mode=mode)
        Checker(self.schema, found, self.headers, mode=mode)
        return found


def _samples(rows: Sequence[Sequence[str]], index: int) -> Iterator[str]:
    seen: set[str] = set()
    for row in rows:
        value = row[index] if index < len(row) else ""
        if value and value not in seen:
            seen.add(value)
            yield value
            if len(seen) == SAMPLES:
                return
