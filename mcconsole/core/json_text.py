"""A JSON object as people type it: read with the place of every fault, written so that every character is seen.

Numbers with a fraction stay decimals, so that nothing is rounded on the way.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mcconsole.core.errors import BadInput

LIMIT = 1024 * 1024
"""Bytes that a text may have."""
DEEPEST = 50
"""Objects and lists within each other."""
FARTHEST = 400
"""Zeros before or behind the digits of a number."""
EXAMPLE = 'Write it like {"FirstName": "Ann"}.'

_SPACE = re.compile(r"[ \t\n\r]*")
_JOINERS = "\u200c\u200d"
"""They hold letters of Persian and Hindi, and many emoji, together."""


class NotJson(BadInput):
    """The text is no JSON object. `at` is the character where reading ended; None when that says nothing."""

    at: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Where a name and its value stand in the text of an object; ends are exclusive."""

    name: str
    start: int
    end: int
    value_start: int
    value_end: int


def parse(text: str, source: str = "The data") -> dict[str, object]:
    """A JSON object; NotJson for everything else, a name that occurs twice included."""
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT:
        raise NotJson(f"{source} has more than {LIMIT:,} bytes.")
    repeated: list[str] = []

    def gather(pairs: list[tuple[str, object]]) -> dict[str, object]:
        repeated.extend(twice(name for name, _ in pairs))
        return dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=gather, parse_float=_decimal, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise _misread(text, source, f"is not JSON: {error.msg}", error.pos) from None
    except RecursionError:
        raise NotJson(f"{source} is nested too deep.") from None
    except ValueError as error:
        raise NotJson(f"{source} is not JSON: {error}.", advice=EXAMPLE) from None
    if not isinstance(found, dict):
        raise NotJson(f"{source} is not a JSON object.", advice=EXAMPLE)
    if repeated:
        places = [member.start for member in members(text) if member.name == repeated[0]]
        raise _misread(text, source, f"has the name “{repeated[0]}” twice", places[1] if places[1:] else None)
    if _depth(found) > DEEPEST:
        raise NotJson(f"{source} is nested too deep.")
    return found


def _misread(text: str, source: str, what: str, at: int | None) -> NotJson:
    place = ""
    if at is not None:
        place = f", line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"
    error = NotJson(f"{source} {what}{place}.", advice=EXAMPLE)
    error.at = at
    return error


def twice(names: Iterable[str]) -> list[str]:
    """The names that occur more than once."""
    return [name for name, times in Counter(names).items() if times > 1]


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if number is None or abs(number.adjusted()) > FARTHEST:
        raise ValueError(f"the number {text[:40]} is beyond every range")
    return number


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not a JSON value")


def _depth(value: object) -> int:
    """How many objects and lists are within each other; counted without recursion."""
    depth, layer = 0, [value]
    while layer := [one for one in layer if isinstance(one, (dict, list))]:
        depth += 1
        layer = [inner for one in layer for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def members(text: str) -> Iterator[Member]:
    """The members of an object that `parse` accepts, or refuses for nothing but a name that occurs twice."""
    decoder = json.JSONDecoder()
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        name, end = decoder.raw_decode(text, at)
        value_start = _skip(text, _skip(text, end) + 1)
        _, value_end = decoder.raw_decode(text, value_start)
        yield Member(name, at, end, value_start, value_end)
        at = _skip(text, value_end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def written(value: object, indent: int = 0) -> str:
    """JSON that `parse` reads as the same value, a line for each member; what is not seen is escaped."""
    inner, outer = "\n" + "  " * (indent + 1), "\n" + "  " * indent
    match value:
        case Mapping() if value:
            lines = (f"{_quoted(str(name))}: {written(one, indent + 1)}" for name, one in value.items())
            return f"{{{inner}{f',{inner}'.join(lines)}{outer}}}"
        case list() if value:
            return f"[{inner}{f',{inner}'.join(written(one, indent + 1) for one in value)}{outer}]"
        case str():
            return _quoted(value)
        case Decimal():
            return str(value)
    return json.dumps(value, allow_nan=False)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(one if one.isprintable() or one in _JOINERS else json.dumps(one)[1:-1] for one in quoted)
