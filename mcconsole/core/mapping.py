"""Which column of the file goes into which field of the data extension, and how its cells are read.

The mapping file is JSON, every part optional; without columns they are matched by name:

    {"columns": {header: field or null}, "constants": {field: value}, "dates": {field: {"format": …, "zone": …}},
     "decimals": {field: "," or "."}, "empty": {field: "clear" or "leave"}}
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from mcconsole.core import dates
from mcconsole.core.dates import DateRule as DateRule
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.paths import atomic_write

FILE_LIMIT = 1024 * 1024
"""Bytes that a mapping file may have."""
ALIKE = 0.75
"""How alike two names must be, of 1, for a suggestion."""
INSERT, UPDATE = "insert", "update"

T = TypeVar("T")


class Empty(StrEnum):
    """What an empty cell does: send "", which stores null, or leave the field out, which applies its default.

    API reference 4.7: that "" stores null is observed; that a left-out field gets its default is unverified.
    """

    CLEAR = "clear"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where the values of the fields come from. A header that is absent or maps to None is left out."""

    columns: dict[str, str | None] = field(default_factory=dict)
    """Header to field; empty means that columns are matched by name."""
    constants: dict[str, str] = field(default_factory=dict)
    dates: dict[str, DateRule] = field(default_factory=dict)
    decimals: dict[str, str] = field(default_factory=dict)
    """Field to its decimal sign; "." where there is none."""
    empty: dict[str, Empty] = field(default_factory=dict)
    """Field to what an empty cell does; it clears where there is none."""


class How(StrEnum):
    """By what a column was matched, from certain to not at all."""

    EXACT = "exact"
    CASE = "case"
    LOOSE = "loose"
    SUGGESTED = "suggested"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """A header and its field. A suggested field is for the user to accept; it is never applied by itself."""

    header: str
    field: str | None
    how: How


def match(headers: Sequence[str], schema: Schema) -> list[Match]:
    """Match each header: exactly, then ignoring case, then ignoring spaces and punctuation, then by likeness.

    One Match a header, in their order. A field is given to one header only, the first that claims it.
    """
    found: dict[int, Match] = {}
    free = [field.name for field in schema.fields]
    for how, key in _PASSES:
        by_key = {key(name): name for name in reversed(free)}
        for index, header in enumerate(headers):
            name = by_key.get(key(header)) if index not in found and key(header) else None
            if name is not None and name in free:
                found[index] = Match(header, name, how)
                free.remove(name)
    for index, name in _suggestions({i: h for i, h in enumerate(headers) if i not in found}, free):
        found[index] = Match(headers[index], name, How.SUGGESTED)
    return [found.get(index, Match(header, None, How.NONE)) for index, header in enumerate(headers)]


def loose(name: str) -> str:
    """A name without case, blanks and punctuation."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


_PASSES: tuple[tuple[How, Callable[[str], str]], ...] = (
    (How.EXACT, str),
    (How.CASE, str.casefold),
    (How.LOOSE, loose),
)


def _suggestions(headers: dict[int, str], names: Iterable[str]) -> list[tuple[int, str]]:
    """(index of the header, field) of the likeliest pairs, no header and no field twice."""
    written = {index: loose(header) for index, header in headers.items()}
    pairs = []
    for name in names:
        likeness = _likeness_to(loose(name))
        pairs += [(likely, -index, name) for index, one in written.items() if (likely := likeness(one)) >= ALIKE]
    chosen: dict[int, str] = {}
    taken: set[str] = set()
    for _, index, name in sorted(pairs, reverse=True):
        if -index not in chosen and name not in taken:
            chosen[-index] = name
            taken.add(name)
    return sorted(chosen.items())


def _likeness_to(other: str) -> Callable[[str], float]:
    """How like a name is to this one, of 1; 0 when it is less than what a suggestion needs."""
    matcher = SequenceMatcher(None, "", other, autojunk=False)

    def likeness(one: str) -> float:
        shorter, longer = sorted((one, other), key=len)
        if len(shorter) >= 4 and shorter in longer:
            return max(ALIKE, len(shorter) / len(longer))
        if len(shorter) / max(len(longer), 1) < ALIKE / (2 - ALIKE):
            return 0.0
        matcher.set_seq1(one)
        return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0

    return likeness


def automatic(headers: Sequence[str], schema: Schema) -> Mapping:
    """The mapping of the headers that match by name; suggestions are not applied."""
    return Mapping({m.header: m.field for m in match(headers, schema) if m.how is not How.SUGGESTED and m.field})


def resolve(mapping: Mapping, headers: Sequence[str], schema: Schema, *, mode: str) -> Mapping:
    """The mapping with every name as the file and the tenant write it, columns in the order of the file.

    BadInput when it cannot work: a blank or repeated header, a name that does not exist, a field with two sources, a
    required field or part of the primary key without any, or an upsert into a data extension without a primary key.
    """
    _demand_clear_headers(headers)
    keys = {key.name for key in schema.keys}
    if mode != INSERT and not keys:
        raise BadInput(
            f"The data extension “{schema.name}” has no primary key, so rows can only be inserted.",
            advice="Use --mode insert.",
        )
    constants = _by_field(schema, "constants", mapping.constants)
    columns = _columns(mapping, headers, schema, constants)
    resolved = Mapping(
        columns,
        constants,
        _by_field(schema, "dates", mapping.dates, FieldType.DATE),
        _by_field(schema, "decimals", mapping.decimals, FieldType.DECIMAL),
        _by_field(schema, "empty", mapping.empty),
    )
    for name, rule in resolved.dates.items():
        _demand_sense(rule, f"The date rule of the field “{name}”")
    supplied = set(columns.values()) | set(constants)
    if not supplied:
        raise BadInput(
            f"No column of the file goes into a field of “{schema.name}”.",
            advice=f"Its fields are: {_listed(f.name for f in schema.fields)}. State the columns in a mapping.",
        )
    missing = [f for f in schema.fields if f.name not in supplied and is_needed(f, mode)]
    if missing:
        kind = "field of the primary key" if missing[0].primary_key else "required field"
        others = f" (and {len(missing) - 1:,} more: {_listed(f.name for f in missing[1:])})" if missing[1:] else ""
        raise BadInput(
            f"The {kind} “{missing[0].name}”{others} has no column and no constant.",
            advice="Map a column to it, or give it a constant.",
        )
    return resolved


def is_needed(field: Field, mode: str) -> bool:
    """Whether a field must have a column or a constant: keys always but in an insert, others without a default."""
    if mode == UPDATE or (field.primary_key and mode != INSERT):
        return field.primary_key
    return (field.required or field.primary_key) and not field.default


def _demand_clear_headers(headers: Sequence[str]) -> None:
    for number, header in enumerate(headers, 1):
        if not header.strip():
            raise BadInput(
                f"Column {number} has a blank header, so it cannot be told what it is.",
                advice="Name it in the file, or remove the column.",
            )
    for header, times in Counter(headers).items():
        if times > 1:
            places = _listed(str(number) for number, other in enumerate(headers, 1) if other == header)
            raise BadInput(
                f"The header “{header}” occurs {times} times (columns {places}).",
                advice="Rename all but one in the file.",
            )


def _columns(
    mapping: Mapping, headers: Sequence[str], schema: Schema, constants: dict[str, str]
) -> dict[str, str | None]:
    if not mapping.columns:
        matched = automatic(headers, schema).columns
        return {header: name for header, name in matched.items() if name not in constants}
    sources: dict[str, str] = {}
    for header, wanted in mapping.columns.items():
        if wanted is None:
            continue
        if header not in headers:
            raise BadInput(
                f"The mapping names the column “{header}”, which the file does not have.",
                advice=f"Its columns are: {_listed(headers)}.",
            )
        name = _field(schema, "columns", wanted).name
        if name in sources or name in constants:
            other = f"the column “{sources[name]}”" if name in sources else "a constant"
            raise BadInput(f"The mapping fills the field “{name}” twice: from the column “{header}” and from {other}.")
        sources[name] = header
    by_header = {header: name for name, header in sources.items()}
    return {header: by_header[header] for header in headers if header in by_header}


def _field(schema: Schema, part: str, name: str) -> Field:
    found = schema.field(name)
    if found is None:
        raise BadInput(
            f"The mapping names the field “{name}” (under “{part}”), which “{schema.name}” does not have.",
            advice=f"Its fields are: {_listed(f.name for f in schema.fields)}.",
        )
    return found


def _by_field(schema: Schema, part: str, given: dict[str, T], kind: FieldType | None = None) -> dict[str, T]:
    """The entries under the tenant's own names."""
    entries: dict[str, T] = {}
    for name, value in given.items():
        found = _field(schema, part, name)
        if kind is not None and found.type is not kind:
            raise BadInput(f"The field “{found.name}” (under “{part}”) is of type {found.type}, not {kind}.")
        if found.name in entries:
            raise BadInput(f"The mapping names the field “{found.name}” twice under “{part}”.")
        entries[found.name] = value
    return entries


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:30]) + (f" and {len(listed) - 30:,} more" if len(listed) > 30 else "")


def load(path: Path) -> Mapping:
    """Read a mapping file. BadInput names the file and what is wrong."""
    try:
        with path.open("rb") as file:
            content = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise BadInput(f"the mapping cannot be read: {error.strerror or error}.", path=path) from None
    if len(content) > FILE_LIMIT:
        raise BadInput(f"the file has more than {FILE_LIMIT:,} bytes, so it is no mapping.", path=path)
    try:
        data = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_unique)
    except _Repeated as error:
        raise BadInput(f"the name “{error}” occurs twice in one object.", path=path) from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"the mapping is not JSON: {error}.", path=path) from None
    return parse(data, str(path))


class _Repeated(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        raise _Repeated(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return unique


def as_json(mapping: Mapping) -> dict[str, object]:
    """The mapping as the JSON object that `parse` reads."""
    return {
        "columns": mapping.columns,
        "constants": mapping.constants,
        "dates": {name: {"format": rule.format, "zone": rule.zone} for name, rule in mapping.dates.items()},
        "decimals": mapping.decimals,
        "empty": {name: empty.value for name, empty in mapping.empty.items()},
    }


def save(mapping: Mapping, path: Path) -> None:
    """Write a mapping file, or leave what was there as it was; OSError when it cannot be written."""
    with atomic_write(path) as file:
        file.write(json.dumps(as_json(mapping), indent=2).encode() + b"\n")


def parse(data: object, source: str) -> Mapping:
    """The mapping that JSON data states; `source` is what errors call it. BadInput for everything that is malformed."""
    try:
        return _parse(data)
    except _Malformed as error:
        raise BadInput(f"{source}: {error}.") from None


class _Malformed(Exception):
    pass


def _parse(data: object) -> Mapping:
    parts = _object(data, "a mapping")
    if unknown := [name for name in parts if name not in _PARTS]:
        raise _Malformed(f"a mapping has no part “{unknown[0]}”; its parts are {', '.join(_PARTS)}")
    read = {name: _object(part, f"“{name}”") for name, part in parts.items()}
    return Mapping(
        {
            header: None if to is None else _word(to, header, "columns")
            for header, to in read.get("columns", {}).items()
        },
        {name: _word(value, name, "constants") for name, value in read.get("constants", {}).items()},
        {name: _date_rule(value, name) for name, value in read.get("dates", {}).items()},
        {name: _one_of(value, name, "decimals", (".", ",")) for name, value in read.get("decimals", {}).items()},
        {name: Empty(_one_of(value, name, "empty", tuple(Empty))) for name, value in read.get("empty", {}).items()},
    )


_PARTS = ("columns", "constants", "dates", "decimals", "empty")


def _object(data: object, what: str) -> dict[str, object]:
    if not isinstance(data, dict) or not all(isinstance(name, str) for name in data):
        raise _Malformed(f"{what} must be a JSON object, {{…}}")
    return data


def _word(data: object, name: str, part: str) -> str:
    if not isinstance(data, str):
        raise _Malformed(f"“{name}” under “{part}” must be a text in quotes")
    return data


def _one_of(data: object, name: str, part: str, allowed: tuple[str, ...]) -> str:
    if data not in allowed or not isinstance(data, str):
        raise _Malformed(f"“{name}” under “{part}” must be one of " + ", ".join(f"“{choice}”" for choice in allowed))
    return data


def _date_rule(data: object, name: str) -> DateRule:
    parts = _object(data, f"“{name}” under “dates”")
    if unknown := [part for part in parts if part not in ("format", "zone")]:
        raise _Malformed(f"“{name}” under “dates” has “{unknown[0]}”; it may have format and zone")
    rule = DateRule(**{part: _word(value, f"{name}.{part}", "dates") for part, value in parts.items()})
    try:
        dates.sender(rule)
    except ValueError as error:
        raise _Malformed(f"“{name}” under “dates”: {error}") from None
    return rule


def _demand_sense(rule: DateRule, what: str) -> None:
    try:
        dates.sender(rule)
    except ValueError as error:
        raise BadInput(f"{what}: {error}.") from None
