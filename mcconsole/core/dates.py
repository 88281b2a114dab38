"""Dates as files write them, and the one form in which they are sent.

A date without a time goes out as `YYYY-MM-DD`, unconverted: an offset could move it by a day. A time goes out as
ISO 8601 with an offset: its own, or else that of the zone stated for its column (API reference 4.7: `Z` and offsets are
honoured, no zone means server time, observed). Of a fraction of a second three digits are sent and the rest is cut off,
as a SQL datetime (documented as the type of the field) holds no more.

A format is written with these tokens; everything else but letters and digits stands for itself, as does `T`:

    YYYY  year                      HH  hour 0-23           SSS  fraction of a second, 1 to 9 digits
    YY    year 1969-2068            hh  hour 1-12, with A   A    AM or PM
    MM    month                     mm  minute              Z    offset: Z, +02:00, +0200 or +02
    MMM   month as Jan, Feb, ...    ss  second
    DD    day

MM, DD, HH and hh take one digit too unless another number is right beside them. `ISO 8601` is a format of its own:
`YYYY-MM-DD`, alone or with `HH:mm`, `HH:mm:ss` or `HH:mm:ss.SSS` behind a `T` or a blank, and an offset or none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from mcconsole.core.clock import PLATFORM_ZONE

ISO = "ISO 8601"
PLATFORM = "platform"
"""The zone of Marketing Cloud's own server time: UTC-06:00 all year."""
OFFERED_ZONES = (PLATFORM, "UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Chicago",
                 "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney")  # fmt: skip
"""Zones that people are given to choose from; any other may be stated."""

_DAYS = (
    *("DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "MM.DD.YYYY", "DD-MM-YYYY", "MM-DD-YYYY"),
    *("YYYY/MM/DD", "YYYY.MM.DD", "YYYYMMDD", "DD-MMM-YYYY", "DD MMM YYYY"),
)
_TIMES = ("", " HH:mm", " HH:mm:ss", " HH:mm:ss.SSS", " hh:mm A", " hh:mm:ss A")
FORMATS = (ISO, *(day + time for time in _TIMES for day in _DAYS))
"""The formats that are recognised by themselves; a mapping may state others of the same vocabulary."""

_FIRST = date(1753, 1, 1)
_WIDEST_OFFSET = timedelta(hours=14)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TOKEN = re.compile(r"YYYY|YY|MMM|MM|M|DD|D|HH|H|hh|h|mm|ss|S+|A|Z|[^A-Za-z0-9]|T")
_PATTERNS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "YY": "(?P<short_year>[0-9]{2})",
    "MMM": f"(?P<month_name>{'|'.join(_MONTHS)})",
    "MM": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{1,2})",
    "HH": "(?P<hour>[0-9]{1,2})",
    "hh": "(?P<half_hour>[0-9]{1,2})",
    "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})",
    "S": "(?P<fraction>[0-9]{1,9})",
    "A": "(?P<half>[AP])M",
    "Z": "(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)",
}
_NUMBERS = _PATTERNS.keys() - {"MMM", "A", "Z"}
_ISO_PATTERN = re.compile(
    "(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    "(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    f" ?{_PATTERNS['Z']}?)?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DateRule:
    """How a column writes dates, and the zone of times without an offset.

    `format`: `ISO 8601` or the vocabulary of this module. `zone`: an IANA name such as `Europe/Berlin`, `UTC`, an
    offset such as `+02:00`, or `platform`.
    """

    format: str = ISO
    zone: str = PLATFORM


class UnclearTime(ValueError):
    """A local time that the clocks show twice."""


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """The zone of this name; ValueError says what is wrong with it."""
    if name == PLATFORM:
        return PLATFORM_ZONE
    if name == "UTC":
        return UTC
    if re.fullmatch(r"[+-][0-9]{2}:[0-9]{2}", name):
        offset = _offset(name)
        return timezone(offset)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"“{name}” is no zone; write an IANA name such as Europe/Berlin, UTC, an offset such as +02:00, or platform"
        ) from None


@lru_cache(maxsize=256)
def pattern(form: str) -> re.Pattern[str]:
    """The regular expression of a format; ValueError says what is wrong with the format."""
    if form == ISO:
        return _ISO_PATTERN
    tokens = _TOKEN.findall(form)
    if "".join(tokens) != form:
        raise ValueError(f"“{form}” is no date format: use {ISO}, or YYYY, MM, DD, HH, hh, mm, ss, SSS, A, Z and signs")
    names = [_name(token) for token in tokens]
    _demand_sense(form, [name for name in names if name in _PATTERNS])
    parts = []
    for before, name, after in zip(["", *names], names, [*names[1:], ""], strict=False):
        part = _PATTERNS.get(name, re.escape(name))
        beside_a_number = before in _NUMBERS or after in _NUMBERS
        parts.append(part.replace("{1,2}", "{2}") if beside_a_number else part)
    return re.compile("".join(parts), re.ASCII | re.IGNORECASE)


def _name(token: str) -> str:
    if token in ("M", "D", "H", "h"):
        return token * 2
    return "S" if token.startswith("S") else token


def _demand_sense(form: str, names: list[str]) -> None:
    """Refuse a format that does not give a moment, or gives a part of it twice."""
    groups = [("YYYY", "YY"), ("MM", "MMM"), ("DD",), ("HH", "hh"), ("mm",), ("ss",), ("S",), ("A",), ("Z",)]
    counts = [sum(names.count(name) for name in group) for group in groups]
    year, month, day, hour, minute, second, fraction, half, offset = counts
    if max(counts) > 1 or not (year and month and day):
        raise ValueError(f"“{form}” is no date format: it needs a year, a month and a day, each once")
    if hour != minute or second > minute or fraction > second or offset > hour:
        raise ValueError(f"“{form}” is no date format: a time needs HH:mm at least")
    if half != names.count("hh"):
        raise ValueError(f"“{form}” is no date format: hh and A belong together")


def read(form: str, text: str) -> date | datetime:
    """What a text in this format means: a date, or a datetime that is aware when the text has an offset.

    ValueError when it is not in this format or names no day or time that exists.
    """
    found = pattern(form).fullmatch(text)
    if found is None:
        raise ValueError(f"is not a date in the form {form}")
    parts = found.groupdict()
    year, month, day, hour = _year(parts), _month(parts), int(parts["day"]), _hour(parts)
    if hour is None:
        return date(year, month, day)
    fraction = parts.get("fraction")
    microsecond = int(fraction.ljust(3, "0")[:3]) * 1000 if fraction else 0
    moment = datetime(year, month, day, hour, int(parts["minute"]), int(parts.get("second") or 0), microsecond)
    offset = parts.get("offset")
    return moment.replace(tzinfo=timezone(_offset(offset))) if offset else moment


def _year(parts: dict[str, str]) -> int:
    if "year" in parts:
        return int(parts["year"])
    short = int(parts["short_year"])
    return short + (1900 if short >= 69 else 2000)


def _month(parts: dict[str, str]) -> int:
    return int(parts["month"]) if "month" in parts else _MONTHS.index(parts["month_name"].lower()) + 1


def _hour(parts: dict[str, str]) -> int | None:
    if "half_hour" in parts:
        hour = int(parts["half_hour"])
        if not 1 <= hour <= 12:
            raise ValueError("is not a time that exists")
        return hour % 12 + (12 if parts["half"] in "Pp" else 0)
    text = parts.get("hour")
    return int(text) if text else None


def _offset(text: str) -> timedelta:
    if text in "Zz":
        return timedelta(0)
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:].lstrip(":") or 0))
    if offset > _WIDEST_OFFSET or int(text[3:].lstrip(":") or 0) > 59:
        raise ValueError(f"“{text}” is no offset from UTC")
    return -offset if text[0] == "-" else offset


def sender(rule: DateRule) -> Callable[[str], str]:
    """The function that turns a text into the form that is sent.

    The function raises ValueError when the text is not in the rule's format, names no day or time that exists, or lies
    outside of 1753 to 9999; UnclearTime when the zone's clocks show that time twice. Raises ValueError itself when the
    rule makes no sense.
    """
    pattern(rule.format)
    local = zone(rule.zone)

    def send(text: str) -> str:
        meant = read(rule.format, text)
        if not isinstance(meant, datetime):
            if meant < _FIRST:
                raise ValueError("is before the year 1753")
            return meant.isoformat()
        inside = _FIRST.year < meant.year < 9999
        if inside and meant.tzinfo is None:
            text = _written(meant)
            if offset := offset_of_day(rule.zone, text[:10]):
                return text + offset
        moment = meant if meant.tzinfo is not None else _place(meant, local, rule.zone)
        if not inside:
            _demand_range(moment)
        return _written(moment)

    return send


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def _demand_range(moment: datetime) -> None:
    """Refuse a moment that server time has outside of what a SQL datetime holds."""
    try:
        stored = moment.astimezone(PLATFORM_ZONE).date()
    except OverflowError:
        raise ValueError("is after the year 9999") from None
    if stored < _FIRST:
        raise ValueError("is before the year 1753")


def _place(moment: datetime, local: tzinfo, name: str) -> datetime:
    """The moment in its zone, unless the clocks jump over that time (PEP 495: then the later offset is the larger)."""
    first = moment.replace(tzinfo=local).utcoffset() or timedelta(0)
    second = moment.replace(tzinfo=local, fold=1).utcoffset() or timedelta(0)
    if first < second:
        raise ValueError(f"does not exist in {name}: the clocks went forward over it")
    if first > second:
        raise UnclearTime(f"happened twice in {name}, as the clocks went back; write it with its offset")
    placed = moment.replace(tzinfo=timezone(first))
    return placed.astimezone(UTC) if first % timedelta(minutes=1) else placed


def fixed_offset(name: str) -> str:
    """The offset that a zone always has, as `+02:00`; "" for one whose clocks may change."""
    found = zone(name)
    return datetime(2000, 1, 1, tzinfo=found).isoformat()[19:] if isinstance(found, timezone) else ""


@lru_cache(maxsize=100_000)
def offset_of_day(name: str, day: str) -> str | None:
    """The offset that a zone has on a whole day `YYYY-MM-DD`, as `+02:00`; None when the clocks change on it."""
    start, local = datetime.fromisoformat(day), zone(name)
    moments = [start, start + timedelta(days=1)]
    offsets = {moment.replace(tzinfo=local, fold=fold).isoformat()[19:] for moment in moments for fold in (0, 1)}
    offset = offsets.pop()
    return offset if not offsets and len(offset) == len("+02:00") else None


def detect_date(samples: Iterable[str]) -> list[str]:
    """The known formats that read every sample (blank ones count for nothing); [] when none does or all are blank."""
    forms: Sequence[str] | None = None
    for text in {sample.strip() for sample in samples} - {""}:
        candidates = _forms_of_shape(_DIGIT.sub("0", text)) if forms is None else forms
        forms = [form for form in candidates if _reads(form, text)]
    return list(forms or ())


_DIGIT = re.compile("[0-9]")


@lru_cache(maxsize=1024)
def _forms_of_shape(shape: str) -> tuple[str, ...]:
    """The known formats in which such a text may be; they differ in what they make of a digit, not in where it is."""
    return tuple(form for form in FORMATS if pattern(form).fullmatch(shape))


def _reads(form: str, text: str) -> bool:
    try:
        read(form, text)
    except ValueError:
        return False
    return True
