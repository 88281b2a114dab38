"""Data that somebody typed or pasted against the schema it must fit: exact names, mended case, values as they are sent.

Nothing of it is lost: every name that was given is either among the values of a check or among its faults.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from mcconsole.core import dates, json_text, mapping
from mcconsole.core.dates import DateRule
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.json_text import LIMIT as LIMIT
from mcconsole.core.json_text import parse as parse
from mcconsole.core.mapping import How, Match
from mcconsole.core.values import Problem, rule_for

NAME_CODES = ("FieldName", "FieldNotFound", "FieldTwice")
"""Codes of faults that are about a name, not a value."""
SHOWN = 128
"""Characters of a name that a sentence shows; no field has a longer one."""
WRITTEN = "YYYY-MM-DD, or with a time as YYYY-MM-DD HH:mm"
"""How a date is asked for."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a payload cannot be sent as it is. `field` is the name as it was given, or a field that is missing."""

    code: str
    field: str
    text: str
    suggestion: str = ""
    """The schema's name that was probably meant; "" for none."""

    @property
    def sentence(self) -> str:
        """The field and what is wrong with it."""
        return f"“{short(self.field)}” {self.text}" + ("" if self.text.endswith("?") else ".")


@dataclass(frozen=True, slots=True)
class Checked:
    """A payload after the check: `values` in the schema's own case, and what is wrong with it."""

    values: dict[str, str | None]
    """Field to the value that is sent; None is null. Faulty values and unknown names are not among them."""
    faults: tuple[Fault, ...]


def pasted(text: str, schema: Schema) -> dict[str, object]:
    """A JSON object, a header and one row, or a block of two columns (name, value), as copied from a file or a sheet.

    Of two ways to read a table the one that names more fields of the schema is taken. BadInput for everything else.
    """
    refusal = BadInput(
        "The pasted text is no JSON object, no header with one row, and no block of names and values.",
        advice="Copy the header together with the row, or the columns with names and values.",
    )
    if text.lstrip().startswith("{"):
        try:
            return parse(text, "The pasted text")
        except BadInput as error:
            refusal = error
    if len(text) > LIMIT:
        raise BadInput(f"The pasted text has more than {LIMIT:,} characters.")
    named = [reading for reading in _readings(text) if any(_known(reading, schema))]
    if not named:
        raise refusal
    best = max(named, key=lambda reading: _known(reading, schema))
    if repeated := json_text.twice(name for name, _ in best):
        raise BadInput(f"In the pasted text the name “{short(repeated[0])}” occurs twice.")
    return dict(best)


def _readings(text: str) -> Iterator[list[tuple[str, object]]]:
    """The names and values that a text may hold, by each delimiter and direction."""
    for delimiter in "\t,;":
        table = csv.reader(io.StringIO(text.strip("\r\n"), newline=""), delimiter=delimiter, strict=True)
        try:
            rows = [row for row in table if any(row)]
        except csv.Error:
            continue
        if len(rows) == 2 and len(rows[0]) == len(rows[1]):
            yield list(zip(rows[0], rows[1], strict=True))
        if rows and all(len(row) == 2 for row in rows):
            yield [(row[0], row[1]) for row in rows]


def _known(reading: Sequence[tuple[str, object]], schema: Schema) -> tuple[int, int]:
    """How many names are fields of the schema but for their case, and how many but for blanks and punctuation too."""
    names = tuple(dict.fromkeys(name for name, _ in reading))
    hows = [match.how for match in _matched(names, schema)]
    near = sum(how in (How.EXACT, How.CASE) for how in hows)
    return near, near + hows.count(How.LOOSE)


@lru_cache(maxsize=8)
def _matched(names: tuple[str, ...], schema: Schema) -> tuple[Match, ...]:
    """Kept for a while: likeness is dear where many names are wrong, and most edits change a value only."""
    return tuple(mapping.match(names, schema))


def mend(given: Mapping[str, object], schema: Schema, *, guesses: bool = True) -> dict[str, object]:
    """The payload under the schema's own names, as far as they can be told; the rest as it was given.

    With `guesses` a name is also taken for the one that it is likest to. A name is never given to two values; one that
    says once more what stands under another writing of it is left out.
    """
    again = _again(given, schema)
    taken = {
        match.header: match.field
        for match in _matched(tuple(given), schema)
        if match.field and match.header not in again and _applies(match.how, guesses)
    }
    return {taken.get(name) or name: value for name, value in given.items() if not (name in again and again[name].same)}


@dataclass(frozen=True, slots=True)
class _Again:
    """A field for which another name stands already, and whether that has the same value."""

    field: str
    same: bool


def _again(given: Mapping[str, object], schema: Schema) -> dict[str, _Again]:
    """Names that are only another writing of a name that stands for the same field."""
    matched = _matched(tuple(given), schema)
    sure = {match.field: match.header for match in matched if match.field and _applies(match.how, guesses=False)}
    written = {mapping.loose(field): field for field in sure if mapping.loose(field)}
    found: dict[str, _Again] = {}
    for match in matched:
        field = written.get(mapping.loose(match.header))
        if field is not None and sure[field] != match.header and match.header not in sure.values():
            one, other = given[match.header], given[sure[field]]
            found[match.header] = _Again(field, one is other or (plain(one) is not None and plain(one) == plain(other)))
    return found


def _applies(how: How, guesses: bool) -> bool:
    return how not in (How.NONE, How.SUGGESTED) or (guesses and how is How.SUGGESTED)


def check(given: Mapping[str, object], schema: Schema) -> Checked:
    """Compare a payload with the schema: names in their exact case, types, lengths, and fields that must be filled."""
    values: dict[str, str | None] = {}
    faults: list[Fault] = []
    fields = {field.name: field for field in schema.fields}
    again = _again(given, schema)
    for match in _matched(tuple(given), schema):
        field = fields.get(match.header)
        if field is None:
            faults.append(_misnamed(match, again.get(match.header), schema))
            continue
        value = given[match.header]
        text = plain(value)
        if text is None and value is not None:
            faults.append(Fault("NotPlain", field.name, "must be a text, a number, true, false or null"))
            continue
        sent = sent_form(field, text) if text is not None else None
        if isinstance(sent, Problem):
            faults.append(Fault(sent.code, field.name, sent.text))
        elif not sent and (field.required or field.primary_key):
            faults.append(Fault("Required", field.name, "is empty, and the field must be filled"))
        else:
            values[field.name] = sent
    named = {schema_name for fault in faults for schema_name in (fault.field, fault.suggestion)} | set(given)
    faults += [
        Fault("Missing", field.name, "is missing, and the field must be filled")
        for field in schema.fields
        if (field.required or field.primary_key) and not field.default and field.name not in named
    ]
    return Checked(values, tuple(faults))


def sent_form(field: Field, text: str, zone: str = dates.PLATFORM) -> str | Problem:
    """What goes out for a text, or why nothing can. A date is ISO 8601; its time is in `zone` unless it says itself."""
    if field.type is not FieldType.DATE:
        return rule_for(field).one(text)
    sent = rule_for(field, DateRule(zone=zone)).one(text)
    forms = dates.detect_date([text]) if isinstance(sent, Problem) else []
    if not isinstance(sent, Problem) or sent.code != "InvalidDate" or dates.ISO in forms:
        return sent
    if len(forms) > 1:
        return Problem("AmbiguousDate", f"can be read as {' or '.join(forms)}; write it as {WRITTEN}")
    return Problem("InvalidDate", f"is not a date written as {WRITTEN}")


def placed(given: Mapping[str, object], name: str, value: object, schema: Schema) -> dict[str, object]:
    """The payload with one more value: where the name stands already, else before the fields that follow it."""
    if name in given:
        return {**given, name: value}
    order = [field.name for field in schema.fields]
    later = set(order[order.index(name) :]) if name in order else set()
    names = list(given)
    at = next((index for index, other in enumerate(names) if other in later), len(names))
    names.insert(at, name)
    return {one: value if one == name else given[one] for one in names}


def short(name: str) -> str:
    """A name that somebody gave, cut to what a sentence can hold."""
    return name if len(name) <= SHOWN else f"{name[:SHOWN]}…"


def _misnamed(match: Match, again: _Again | None, schema: Schema) -> Fault:
    if again is not None and not again.same:
        text = f"is another writing of “{again.field}”, which stands there with another value"
        return Fault("FieldTwice", match.header, text)
    suggestion = again.field if again is not None else match.field
    if suggestion is None:
        names = ", ".join(field.name for field in schema.fields[:20])
        return Fault("FieldNotFound", match.header, f"is no field of “{schema.name}”, whose fields are {names}")
    return Fault(
        "FieldName",
        match.header,
        f"is no field of “{schema.name}”; did you mean “{suggestion}”?",
        suggestion,
    )


def plain(value: object) -> str | None:
    """A plain JSON value as a text; None for null and for what is not plain."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (int, str)):
        return str(value)
    return repr(value) if isinstance(value, float) else None


def as_json(value: object) -> object:
    """What `parse` gave, as plain JSON can carry it: a decimal that a float cannot hold exactly becomes a text."""
    if isinstance(value, dict):
        return {name: as_json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    if not isinstance(value, Decimal):
        return value
    number = float(value)
    return number if Decimal(repr(number)) == value else str(value)
