"""Rows per second of the check: 12 columns of every field type, to rows ready to be sent.

Each figure is also given as a ratio to a baseline of the same run: rows made into dicts without any check.

Run: python -m tests.benchmarks.bench_check [ROWS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mcconsole.core.checks import Checker
from mcconsole.core.duplicates import KeyLedger
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.mapping import automatic

BATCH = 5_000
RUNS = 5

FIELDS = (
    Field("CustomerId", FieldType.TEXT, 36, required=True, primary_key=True),
    Field("FirstName", FieldType.TEXT, 50),
    Field("City", FieldType.TEXT, 50),
    Field("Note", FieldType.TEXT, 400),
    Field("Email", FieldType.EMAIL, 254, required=True),
    Field("Mobile", FieldType.PHONE, 50),
    Field("Visits", FieldType.NUMBER),
    Field("Balance", FieldType.DECIMAL, 18, 2),
    Field("Subscribed", FieldType.BOOLEAN),
    Field("Birthday", FieldType.DATE),
    Field("LastSeen", FieldType.DATE),
    Field("Language", FieldType.LOCALE, 5),
)
SCHEMA = Schema("Customers", "Customers", FIELDS)
HEADERS = [field.name for field in FIELDS]


def row(number: int, *, bad: bool) -> list[str]:
    """A row like those of real files; a bad one has one wrong cell."""
    return [
        f"C{number:09}",
        ("Anna", "Jürgen", "Zoë", "O’Neil")[number % 4],
        ("Berlin", "Paris", "")[number % 3],
        "" if number % 5 else "note, with a comma",
        f"person{number}@example.com",
        f"+49 30 {number % 10**7:07}",
        "many" if bad else str(number * 7919 % 100_003 - 50_000),
        f"{number % 1000}.{number % 100:02}",
        ("true", "False", "1", "no")[number % 4],
        f"{1940 + number % 70}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:{number % 59:02}",
        ("en-US", "de-DE")[number % 2],
    ]


def bare(batches: list[list[list[str]]]) -> None:
    """The baseline: dicts without any check."""
    for batch in batches:
        assert len([dict(zip(HEADERS, cells, strict=True)) for cells in batch]) == len(batch)


def checked(batches: list[list[list[str]]]) -> None:
    """Every row checked and made ready, as an import does it."""
    checker = Checker(SCHEMA, automatic(HEADERS, SCHEMA), HEADERS, mode="upsert")
    for number, batch in enumerate(batches):
        result = checker.check(batch, range(number * BATCH, number * BATCH + len(batch)))
        assert len(result.records()) + len(result.faults) == len(batch)


def keyed(batches: list[list[list[str]]]) -> None:
    """Only the search for repeated keys, from cells to the answer."""
    with tempfile.TemporaryDirectory() as folder, KeyLedger(Path(folder)) as ledger:
        for number, batch in enumerate(batches):
            ledger.add(range(number * BATCH, number * BATCH + len(batch)), [cells[0] for cells in batch])
        assert ledger.repeated().rows == 0


def timed(work: Callable[[list[list[list[str]]]], None], batches: list[list[list[str]]]) -> float:
    started = time.perf_counter()
    work(batches)
    return time.perf_counter() - started


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    files = {
        share: [
            [row(n, bad=bool(every) and n % every == 0) for n in range(start, min(start + BATCH, rows))]
            for start in range(0, rows, BATCH)
        ]
        for share, every in (("", 0), (", 1 % bad", 100))
    }
    works = [
        ("baseline", bare, ""),
        ("check", checked, ""),
        ("check, 1 % bad", checked, ", 1 % bad"),
        ("keys", keyed, ""),
    ]
    times: dict[str, list[float]] = {name: [] for name, _, _ in works}
    for _ in range(RUNS):
        for name, work, file in works:
            times[name].append(timed(work, files[file]))
    baseline = statistics.median(times["baseline"])
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{name:16} {rows / middle:>12,.0f} rows/s   {middle / baseline:5.2f} × the baseline")


if __name__ == "__main__":
    main()
