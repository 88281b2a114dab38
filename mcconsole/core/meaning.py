"""What a value means, whether it is about to be sent or was read back: two values mean the same when their words do.

Rows are read back with lower-cased names, US dates in server time and "True" (API reference 4.6, observed).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from mcconsole.core.clock import PLATFORM_ZONE
from mcconsole.core.fields import Field, FieldType

_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d{2}):(\d{2}) ([AP])M)?", re.ASCII)


def sent(field: Field, text: str) -> str:
    """The meaning of a value as it is sent, as one word; "" for nothing. Dates are told apart to the second."""
    if not text:
        return ""
    match field.type:
        case FieldType.NUMBER:
            return str(int(text))
        case FieldType.DECIMAL:
            return _decimal(text)
        case FieldType.BOOLEAN:
            return text.lower()
        case FieldType.DATE:
            return _moment(datetime.fromisoformat(text))
        case _:
            return text


def read_back(field: Field, text: str) -> str:
    """The meaning of a value that was read back. A text that is not what its type promises stays as it is."""
    try:
        if field.type is FieldType.DATE and (found := _US.fullmatch(text)):
            month, day, year, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
            if found[7]:
                hour = hour % 12 + (12 if found[7] == "P" else 0)
            return _moment(datetime(year, month, day, hour, minute, second))
        return sent(field, text)
    except ValueError:
        return text


def key_sent(keys: Sequence[Field], row: Mapping[str, str]) -> str:
    """The primary key of a row that is sent, by the tenant's names, as one word."""
    return "\0".join(sent(field, row.get(field.name, "")) for field in keys)


def key_read(keys: Sequence[Field], row: Mapping[str, str]) -> str:
    """The primary key of a row that was read back, by lower-cased names, as one word."""
    return "\0".join(read_back(field, row.get(field.name.lower(), "")) for field in keys)


def _decimal(text: str) -> str:
    whole, _, fraction = text.removeprefix("-").partition(".")
    digits = f"{int(whole or 0)}.{fraction.rstrip('0')}".rstrip(".")
    return f"-{digits}" if text.startswith("-") and digits != "0" else digits


def _moment(moment: datetime) -> str:
    return str(int((moment if moment.tzinfo is not None else moment.replace(tzinfo=PLATFORM_ZONE)).timestamp()))
