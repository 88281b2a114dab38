"""What a cell of the file becomes by the type of its field, and why it cannot (API reference 4.7).

A Text value is sent exactly as it stands in the file. For every other type blanks around the value are dropped, and
what is left goes out in the form that the reference documents: "yes" becomes "true", "1,5" of a column with decimal
commas becomes "1.5". An empty value is always passed on as ""; whether it may be empty is decided elsewhere.

A rule can look at a whole column at once, which takes a fraction of a microsecond a cell, and at a single value.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Annotated, Any

import msgspec

from mcconsole.core import dates
from mcconsole.core.dates import DateRule
from mcconsole.core.fields import Field, FieldType

SEPARATOR = "\n"
"""Stands between the cells of a joined column. The patterns below know that it ends a cell, so a column in which a cell
contains it has to be looked at one by one."""

LONGEST_EMAIL = 254
LONGEST_PHONE = 50
LONGEST_LOCALE = 5
DEFAULT_PRECISION = 18
"""Lengths and precision where the schema states none (API reference 4.7, documented)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value cannot be sent: one of the code words of API reference 4.7, or our own, and a text for the user."""

    code: str
    text: str


One = Callable[[str], "str | Problem"]
Whole = Callable[[Sequence[str]], "Sequence[str] | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`one` gives the value to send, or the Problem. `whole` gives all values to send, or None: look one by one."""

    one: One
    whole: Whole


def rule_for(field: Field, date_rule: DateRule | None = None, decimal_sign: str = ".") -> Rule:
    """The rule of a field. Without a `date_rule` only ISO 8601 is read. ValueError when the rule makes no sense."""
    match field.type:
        case FieldType.TEXT:
            return _text(field.length)
        case FieldType.NUMBER:
            return _number()
        case FieldType.DECIMAL:
            return _decimal(field.length or DEFAULT_PRECISION, field.scale or 0, decimal_sign)
        case FieldType.BOOLEAN:
            return _boolean()
        case FieldType.DATE:
            return _date(date_rule)
        case FieldType.EMAIL:
            return _email(min(field.length or LONGEST_EMAIL, LONGEST_EMAIL))
        case FieldType.PHONE:
            return _phone(field.length or LONGEST_PHONE)
        case FieldType.LOCALE:
            return _locale(field.length or LONGEST_LOCALE)


def utf16_length(text: str) -> int:
    """The length of a text as SQL's nvarchar counts it: a character beyond U+FFFF, such as most emoji, is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _all_match(pattern: re.Pattern[str], cells: Sequence[str]) -> bool:
    text = SEPARATOR.join(cells) + SEPARATOR
    return text.count(SEPARATOR) == len(cells) and pattern.fullmatch(text) is not None


def _column_pattern(cell: str) -> re.Pattern[str]:
    """A pattern for the cells of a column, some of them empty, each with a separator behind it.

    No part of `cell` may be repeated within another repetition that could take the same characters: then a column that
    does not match is soon given up. There are no possessive quantifiers, as Python before 3.11.5 lets them match what
    they must not.
    """
    return re.compile(f"(?:(?:{cell})?{SEPARATOR})*", re.ASCII)


def _too_long(text: str, limit: int) -> Problem | None:
    length = utf16_length(text)
    return Problem("TooLong", f"is {length:,} characters long, the field takes {limit:,}") if length > limit else None


_BEYOND = 1 << 31
"""More characters than any cell has; `msgspec` takes no limit beyond 63 bits."""


@lru_cache
def _texts(limit: int) -> Any:
    return list[Annotated[str, msgspec.Meta(max_length=limit)]]


def _within(cells: Sequence[str], limit: int) -> bool:
    """Whether every cell has at most so many characters; half the time of `max(map(len, cells))`."""
    try:
        msgspec.convert(cells, _texts(min(limit, _BEYOND)))
    except msgspec.ValidationError:
        return False
    return True


def _text(limit: int | None) -> Rule:
    def one(cell: str) -> str | Problem:
        if "\0" in cell:
            return Problem("InvalidText", "contains a NUL character")
        try:
            cell.encode()
        except UnicodeEncodeError:
            return Problem("InvalidText", "contains half of a character (a lone surrogate), which cannot be sent")
        return (_too_long(cell, limit) if limit is not None else None) or cell

    def whole(cells: Sequence[str]) -> Sequence[str] | None:
        text = "".join(cells)
        if "\0" in text:
            return None
        units = 1
        if not text.isascii():
            try:
                units = 1 if len(text.encode("utf-16-le")) == 2 * len(text) else 2
            except UnicodeEncodeError:
                return None
        return cells if limit is None or _within(cells, limit // units) else None

    return Rule(one, whole)


_WHOLE_NUMBER = re.compile(r"[+-]?([0-9]+)", re.ASCII)
_WHOLE_NUMBERS = _column_pattern("-?[0-9]{1,10}")


def _number() -> Rule:
    def one(cell: str) -> str | Problem:
        text = cell.strip()
        found = _WHOLE_NUMBER.fullmatch(text)
        if not found:
            return Problem("InvalidNumber", "is not a whole number") if text else ""
        digits = found[1].lstrip("0")
        if len(digits) > 10 or not -(2**31) <= int(text) < 2**31:
            return Problem("InvalidNumber", "is beyond the 32 bits of a number (-2,147,483,648 to 2,147,483,647)")
        return text.removeprefix("+")

    def whole(cells: Sequence[str]) -> Sequence[str] | None:
        if not _all_match(_WHOLE_NUMBERS, cells):
            return None
        if not _within(cells, 9):
            numbers = list(map(int, filter(None, cells)))
            if min(numbers) < -(2**31) or max(numbers) >= 2**31:
                return None
        return cells

    return Rule(one, whole)


_FRACTION = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?", re.ASCII)


def _decimal(precision: int, scale: int, sign: str) -> Rule:
    room = max(precision - scale, 0)
    integer = f"[0-9]{{1,{room}}}" if room else "0"
    fraction = rf"(?:\.[0-9]{{1,{scale}}})?" if scale else ""
    pattern = _column_pattern(f"-?{integer}{fraction}")

    def one(cell: str) -> str | Problem:
        text = cell.strip()
        if not text:
            return ""
        found = None if sign != "." and "." in text else _FRACTION.fullmatch(text.replace(sign, "."))
        if not found or not (found[2] or found[3]):
            return Problem("InvalidNumber", f"is not a number with the decimal sign “{sign}” and no thousands sign")
        if len(found[3] or "") > scale:
            return Problem("InvalidDecimalScale", f"has {len(found[3])} decimal places, the field takes {scale}")
        if len(found[2].lstrip("0")) > room:
            return Problem("InvalidDecimalPrecision", f"has more than {room} digits before the decimal sign")
        minus = "-" if found[1] == "-" else ""
        return minus + (found[2] or "0") + (f".{found[3]}" if found[3] else "")

    def whole(cells: Sequence[str]) -> Sequence[str] | None:
        if sign != ".":
            if "." in "".join(cells):
                return None
            cells = [cell.replace(sign, ".") for cell in cells]
        return cells if _all_match(pattern, cells) else None

    return Rule(one, whole)


_BOOLEANS = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false", "": ""}
_BOOLEAN_CELLS = _BOOLEANS | {
    written: sent for word, sent in _BOOLEANS.items() for written in (word.upper(), word.capitalize())
}


def _boolean() -> Rule:
    """Words and digits go out as "true" and "false": that the platform reads "yes" and "no" is unverified."""

    def one(cell: str) -> str | Problem:
        sent = _BOOLEANS.get(cell.strip().lower())
        return Problem("InvalidBoolean", "is none of true, false, yes, no, 1 and 0") if sent is None else sent

    def whole(cells: Sequence[str]) -> Sequence[str] | None:
        try:
            return list(map(_BOOLEAN_CELLS.__getitem__, cells))
        except KeyError:
            return None

    return Rule(one, whole)


_ISO_COLUMN = _column_pattern(
    "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
    "(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?)?"
)


_TO_SHAPE = str.maketrans("123456789 ", "000000000T")
_DAY, _LOCAL = "0000-00-00", "0000-00-00T00:00:00"
_DAY_LENGTH, _LOCAL_LENGTH = len(_DAY), len(_LOCAL)
"""What matches the pattern above and is so long has no offset."""


def _have_iso_shape(texts: Sequence[str], lengths: set[int]) -> bool:
    """Whether all match the pattern above, or may but for fields beyond their range, as `datetime` will tell."""
    for shape in (_DAY, _LOCAL):
        if lengths == {len(shape)}:  # the usual case, in a tenth of the pattern's time
            return SEPARATOR.join(texts).translate(_TO_SHAPE) == SEPARATOR.join([shape] * len(texts))
    return _all_match(_ISO_COLUMN, texts)


def _date(given: DateRule | None) -> Rule:
    rule = given or DateRule()
    send = dates.sender(rule)
    fixed = dates.fixed_offset(rule.zone)

    def one(cell: str) -> str | Problem:
        text = cell.strip()
        if not text:
            return ""
        try:
            return send(text)
        except dates.UnclearTime as error:
            return Problem("AmbiguousDate", str(error))
        except ValueError as error:
            return _unread(text, str(error)) if given is None else Problem("InvalidDate", _reason(error))

    if rule.format != dates.ISO:
        return Rule(one, lambda _: None)

    def whole(cells: Sequence[str]) -> Sequence[str] | None:
        different = set(cells)
        different.discard("")
        texts = list(different)
        if not texts:
            return cells
        lengths = set(map(len, texts))
        if min(texts) < "1754" or max(texts) > "9999-12-31" or not _have_iso_shape(texts, lengths):
            return None
        try:
            deque(map(datetime.fromisoformat, texts), maxlen=0)
        except ValueError:
            return None
        if lengths == {_DAY_LENGTH}:
            return cells
        text = SEPARATOR.join(cells).replace(" ", "T")
        if lengths == {_LOCAL_LENGTH} and fixed and "" not in cells:
            return (text.replace(SEPARATOR, fixed + SEPARATOR) + fixed).split(SEPARATOR)
        sent = text.split(SEPARATOR)
        if _LOCAL_LENGTH not in lengths:
            return sent
        days = {text[:_DAY_LENGTH] for text in texts if len(text) == _LOCAL_LENGTH}  # of a day alone none is needed
        offsets = {day: dates.offset_of_day(rule.zone, day) for day in days}
        if None in offsets.values():
            return None
        return [f"{text}{offsets[text[:_DAY_LENGTH]]}" if len(text) == _LOCAL_LENGTH else text for text in sent]

    return Rule(one, whole)


def _reason(error: ValueError) -> str:
    """Python's own words on a day or an hour that does not exist are not for users."""
    text = str(error)
    return text if text.startswith(("is ", "does ")) else "is not a day or a time that exists"


def _unread(text: str, reason: str) -> Problem:
    """A date whose format nobody stated and that is not ISO 8601."""
    forms = dates.detect_date([text])
    if len(forms) > 1:
        return Problem("AmbiguousDate", f"can be read as {' or '.join(forms)}; state the format in the mapping")
    if forms and forms != [dates.ISO]:
        return Problem("InvalidDate", f"is not ISO 8601; if it is {forms[0]}, state that in the mapping")
    return Problem("InvalidDate", _reason(ValueError(reason)))


_ATOM = r"[^\s@<>()\[\],;:\\\".\x00-\x20\x7f]+"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})+")
_EMAILS = _column_pattern(
    r"[A-Za-z0-9_%+'-]+(?:\.[A-Za-z0-9_%+'-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
)
_PHONE = re.compile(r"[0-9+\-() ]*[0-9][0-9+\-() ]*", re.ASCII)
_PHONE_SIGNS, _DIGITS = b"+-() ", b"0123456789"
_LOCALE = re.compile(r"[A-Za-z]{2}(?:[-_][A-Za-z]{2})?", re.ASCII)


def _email(limit: int) -> Rule:
    """One @, a dot in the domain, no blank, no two dots in a row. The platform's own check is unverified in detail."""
    return _patterned(
        _EMAIL, partial(_all_match, _EMAILS), limit, Problem("InvalidEmailAddress", "is not an e-mail address")
    )


def _phone(limit: int) -> Rule:
    problem = Problem("InvalidPhone", "is not a phone number: digits, +, -, ( ) and blanks, at least one digit")
    return _patterned(_PHONE, _all_phones, limit, problem)


def _all_phones(cells: Sequence[str]) -> bool:
    """Whether all are empty or match the pattern and have no blank around them, by byte, in a third of its time."""
    text = f"\n{SEPARATOR.join(cells)}\n"
    if not text.isascii() or " \n" in text or "\n " in text:
        return False
    data = text.encode()
    if data.translate(None, _PHONE_SIGNS + _DIGITS) != b"\n" * (len(cells) + 1):
        return False
    digits = data.translate(None, _PHONE_SIGNS)
    return b"\n\n" not in digits or digits.split(b"\n").count(b"") == cells.count("") + 2


def _patterned(single: re.Pattern[str], column: Callable[[Sequence[str]], bool], limit: int, problem: Problem) -> Rule:
    def one(cell: str) -> str | Problem:
        text = cell.strip()
        if not text:
            return ""
        if not _sendable(text) or not single.fullmatch(text):
            return problem
        return _too_long(text, limit) or text

    def whole(cells: Sequence[str]) -> Sequence[str] | None:
        return cells if _within(cells, limit) and column(cells) else None

    return Rule(one, whole)


def _sendable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _locale(limit: int) -> Rule:
    """`en-US`; `en_US` goes out as `en-US`. That `en` alone, and small letters for the country, do is unverified."""

    def one(cell: str) -> str | Problem:
        text = cell.strip().replace("_", "-")
        if not text or _LOCALE.fullmatch(text):
            return _too_long(text, limit) or text
        return Problem("InvalidLocale", "is not a locale such as en-US")

    def whole(cells: Sequence[str]) -> Sequence[str] | None:
        sent = {cell: one(cell) for cell in set(cells)}
        known = {cell: value for cell, value in sent.items() if isinstance(value, str)}
        return list(map(known.__getitem__, cells)) if len(known) == len(sent) else None

    return Rule(one, whole)
