"""A file with every field type, and what it means when it is read back from a tenant."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

FIELDS: list[dict[str, object]] = [
    {"name": "CustomerId", "type": "Text", "length": 36, "isNullable": False, "isPrimaryKey": True},
    {"name": "Region", "type": "Locale", "length": 5, "isNullable": False, "isPrimaryKey": True},
    {"name": "FullName", "type": "Text", "length": 100, "isNullable": True},
    {"name": "EmailAddress", "type": "EmailAddress", "length": 254, "isNullable": True},
    {"name": "Mobile", "type": "Phone", "length": 50, "isNullable": True},
    {"name": "Visits", "type": "Number", "isNullable": True},
    {"name": "Balance", "type": "Decimal", "length": 18, "scale": 2, "isNullable": True},
    {"name": "Subscribed", "type": "Boolean", "isNullable": True},
    {"name": "Birthday", "type": "Date", "isNullable": True},
    {"name": "LastSeen", "type": "Date", "isNullable": True},
    {"name": "Note", "type": "Text", "length": 400, "isNullable": True},
    {"name": "Plan", "type": "Text", "length": 20, "defaultValue": "basic", "isNullable": True},
]
"""As REST creates a data extension (API reference 4.3)."""
HEADER = "customerID,REGION,full name,EMAILADDRESS,mobile,visits,Balance,subscribed,birthday,LASTSEEN,note,plan".split(
    ","
)
"""Other case, a space: it must not matter."""

_NAMES = ("Ann Lee", "Zoë Müller", "O'Brien, Pat", 'The "Duke"', "李小龍", "Иван Петров", "=1+1", "NA", "null", "007")
_NOTES = ("", "two\nlines", "semi;colon", "tab\there", " padded ", "emoji 🎉", "1e5", "00123", "TRUE", "2024-01-02")


def good_row(number: int, chance: random.Random) -> list[str]:
    """A row that passes every check; `number` makes its key."""
    seen = datetime(2020, 1, 1) + timedelta(seconds=chance.randrange(150_000_000))
    zone = chance.choice(["", "Z", "+02:00", "-05:30"])
    return [
        f"C{number:07}",
        chance.choice(["en-US", "de-DE", "fr-FR"]),
        chance.choice(_NAMES),
        f"person{number}@example.com",
        f"+49 (30) {number:07}",
        str(chance.choice([0, -7, 42, 2_147_483_647, -2_147_483_648, number])),
        f"{chance.randrange(-(10**9), 10**9) / 100:.2f}",
        chance.choice(["true", "False", "1", "0", "Yes", "no"]),
        (datetime(1930, 1, 1) + timedelta(days=chance.randrange(30_000))).strftime("%Y-%m-%d"),
        seen.strftime("%Y-%m-%dT%H:%M:%S") + zone,
        chance.choice(_NOTES),
        chance.choice(["gold", "silver", "a, b", ""]),
    ]


def spoil(row: list[str], chance: random.Random) -> str:
    """Break one cell of a row; returns the field that is now wrong."""
    column, value = chance.choice(
        [
            (3, "not-an-address"),
            (5, "12.5"),
            (5, "2147483648"),
            (6, "1.005"),
            (7, "maybe"),
            (8, "2023-02-30"),
            (2, "x" * 101),
            (0, ""),
            (1, "english"),
        ]
    )
    row[column] = value
    return str(FIELDS[column]["name"])


def write(path: Path, rows: int, *, bad_share: float = 0.0, seed: int = 1) -> dict[int, str]:
    """Write the file; returns the record number (header is 1) of each bad row and the field that is wrong."""
    chance = random.Random(seed)
    bad: dict[int, str] = {}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            row = good_row(number, chance)
            if chance.random() < bad_share:
                bad[number + 2] = spoil(row, chance)
            writer.writerow(row)
    return bad


def read(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(record number, cells) of each data row."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        yield from enumerate(reader, start=2)


def meaning_of_cells(cells: Sequence[str]) -> dict[str, object]:
    """What a row of the file means, by lower-cased field name."""
    return {str(field["name"]).lower(): _cell(field, cell) for field, cell in zip(FIELDS, cells, strict=True)}


def _cell(field: dict[str, object], cell: str) -> object:
    if cell == "":
        return None
    kind = field["type"]
    if kind == "Number":
        return int(cell)
    if kind == "Decimal":
        return Decimal(cell)
    if kind == "Boolean":
        return cell.lower() in ("true", "1", "yes")
    if kind == "Date":
        moment = datetime.fromisoformat(cell)
        if moment.tzinfo is not None:
            moment = (moment - moment.utcoffset()).replace(tzinfo=None) - timedelta(hours=6)  # type: ignore[operator]
        return moment
    return cell


def meaning_of_read_back(row: dict[str, str]) -> dict[str, object]:
    """What a row read from the tenant means: lower-cased names, strings, US dates in server time (reference 4.6)."""
    return {str(field["name"]).lower(): _read(field, row[str(field["name"]).lower()]) for field in FIELDS}


def _read(field: dict[str, object], text: str) -> object:
    if text == "":
        return None
    kind = field["type"]
    if kind == "Number":
        return int(text)
    if kind == "Decimal":
        return Decimal(text)
    if kind == "Boolean":
        return {"True": True, "False": False}[text]
    if kind == "Date":
        return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p")
    return text
