"""What a value becomes by its field's type, and why it is refused (API reference 4.4 and 4.7).

The texts for e-mail, phone, length and null are observed; those for the other types are built alike and unverified,
as the reference has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from mcconsole.core.clock import PLATFORM_ZONE, now
from mcconsole.sandbox.schema import Field
from mcconsole.sandbox.switches import Switches

NULL_CODE = 70001
INVALID_CODE = 10000
"""The code for anything but null in async results is not in the reference; this is the general validation code."""

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\".]+(?:\.[^\s@<>()\[\],;:\\\".]+)+")
_PHONE = re.compile(r"[0-9+\-() ]*[0-9][0-9+\-() ]*", re.ASCII)
_LOCALE = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z]{2})?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_US_DATE = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,7})?)?(?: *([AP])M)?)?", re.I | re.ASCII
)
_ISO_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?)?", re.I | re.ASCII
)
_WORDS = {"true": "True", "false": "False", "1": "True", "0": "False"}
_MORE_WORDS = {"yes": "True", "no": "False"}


class Invalid(ValueError):
    """A value that its field does not take; the text goes behind the name of the column."""


Convert = Callable[[object], str]


def converter(field: Field, switches: Switches) -> Convert:
    """Return the function that turns a value, neither null nor "", into what is stored; it raises Invalid."""
    match field.type:
        case "Number":
            return _number(switches["number_decimals"] == "round")
        case "Decimal":
            return _decimal(field, switches["decimal_scale"] == "round")
        case "Boolean":
            return _boolean(_WORDS | _MORE_WORDS if switches["boolean_words"] == "accept" else _WORDS)
        case "Date":
            return _date
        case "EmailAddress":
            return _text(field, _EMAIL, "is not a valid email address. Parse error [InvalidEmailAddress]")
        case "Phone":
            reason = "is not a valid phone number. Parse error [ExactTarget.Core.Validation.ValidationResult[]]"
            return _text(field, _PHONE, reason)
        case "Locale":
            return _text(field, _LOCALE, "is not a valid locale. Parse error [InvalidLocale]")
    return _text(field, None, "")


def default_of(field: Field, convert: Convert) -> str | None:
    """Return what a left-out field is filled with; a default that does not fit its type fills nothing."""
    if not field.default:
        return None
    if field.type == "Date" and field.default.upper() in ("GETDATE()", "CURRENT DATE"):
        return convert(now().isoformat(timespec="seconds"))
    try:
        return convert(field.default)
    except Invalid:
        return None


def shown(field: Field, stored: str | None) -> str:
    """Return a stored value as row reads show it: null is "", a date is US style (API reference 4.6, observed)."""
    if stored is None:
        return ""
    if field.type != "Date":
        return stored
    moment = datetime.fromisoformat(stored)
    hour = moment.hour % 12 or 12
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment.minute:02}:{moment.second:02} {half}"


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int | float):
        return repr(value)
    raise Invalid("is not a single value.")


def _text(field: Field, pattern: re.Pattern[str] | None, reason: str) -> Convert:
    limit = field.length or 0

    def convert(value: object) -> str:
        text = value if isinstance(value, str) else _plain(value)
        if len(text) > limit or (not text.isascii() and len(text.encode("utf-16-le")) > 2 * limit):
            raise Invalid("exceeds the column's maximum length.")
        if pattern and not pattern.fullmatch(text):
            raise Invalid(reason)
        return text

    return convert


def _number(rounding: bool) -> Convert:
    reason = "is not a valid number. Parse error [InvalidNumber]"

    def convert(value: object) -> str:
        text = _plain(value).strip()
        if rounding and _DECIMAL.fullmatch(text):
            text = str(Decimal(text).to_integral_value(ROUND_HALF_UP))
        if len(text) > 20 or not _WHOLE.fullmatch(text) or not -(2**31) <= int(text) < 2**31:
            raise Invalid(reason)
        return str(int(text))

    return convert


def _decimal(field: Field, rounding: bool) -> Convert:
    precision, scale = field.length or 18, field.scale or 0
    step = Decimal(1).scaleb(-scale)
    limit = Decimal(10) ** (precision - scale)

    def convert(value: object) -> str:
        text = _plain(value).strip()
        if isinstance(value, float):
            text = format(Decimal(text), "f")
        if len(text) > 100 or not _DECIMAL.fullmatch(text):
            raise Invalid("is not a valid decimal. Parse error [InvalidDecimal]")
        number = Decimal(text)
        try:
            fitted = number.quantize(step, ROUND_HALF_UP)
        except InvalidOperation:
            raise Invalid("is out of range. Parse error [InvalidDecimalPrecision]") from None
        if fitted != number and not rounding:
            raise Invalid("has too many decimal places. Parse error [InvalidDecimalScale]")
        if abs(fitted) >= limit:
            raise Invalid("is out of range. Parse error [InvalidDecimalPrecision]")
        return format(fitted if fitted else abs(fitted), "f")

    return convert


def _boolean(words: dict[str, str]) -> Convert:
    def convert(value: object) -> str:
        found = words.get(_plain(value).strip().lower())
        if found is None:
            raise Invalid("is not a valid boolean. Parse error [InvalidBoolean]")
        return found

    return convert


def _date(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    try:
        moment = (
            datetime.fromisoformat(text.upper().replace(" +", "+").replace(" Z", "Z"))
            if _ISO_DATE.fullmatch(text)
            else _us_date(text)
        )
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).astimezone(PLATFORM_ZONE)
    except (ValueError, OverflowError):
        raise Invalid("is not a valid date. Parse error [InvalidDate]") from None
    if moment.year < 1753:
        raise Invalid("is not a valid date. Parse error [InvalidDate]")
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


def _us_date(text: str) -> datetime:
    match = _US_DATE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if match[7]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if match[7] in "Pp" else 0)
    return datetime(year, month, day, hour, minute, second)
