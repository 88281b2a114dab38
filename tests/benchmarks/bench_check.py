"""Rows per second of the check, on one core: 12 columns of every field type.

"whole file" reads a CSV file and checks it, as a dry run does; "check" begins with rows that are read already. Both end
with rows ready to be sent. Each figure is also given as a ratio to a baseline of the same run: rows made into dicts
without any check.

Run: python -m tests.benchmarks.bench_check [ROWS]
"""

from __future__ import annotations

import csv
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mcconsole.core import tables
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


def whole(path: Path) -> int:
    """A file read and checked, piece by piece; how many rows."""
    checker, rows = Checker(SCHEMA, automatic(HEADERS, SCHEMA), HEADERS, mode="upsert"), 0
    for piece in tables.pieces(path, tables.sniff(path)):
        result = checker.check_piece(piece)
        rows += len(result.records()) + len(result.faults)
    return rows


def keyed(batches: list[list[list[str]]]) -> None:
    """Only the search for repeated keys, from cells to the answer."""
    with tempfile.TemporaryDirectory() as folder, KeyLedger(Path(folder)) as ledger:
        for number, batch in enumerate(batches):
            ledger.add(range(number * BATCH, number * BATCH + len(batch)), [cells[0] for cells in batch])
        assert ledger.repeated().rows == 0


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Read the command line, measure, print."""
    gc.disable()  # as the process that reads does
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    good, bad = (
        [
            [row(n, bad=bool(every) and n % every == 0) for n in range(start, min(start + BATCH, rows))]
            for start in range(0, rows, BATCH)
        ]
        for every in (0, 100)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADERS, *(cells for batch in good for cells in batch)])
        assert whole(path) == rows
        works: dict[str, Callable[[], object]] = {
            "baseline": partial(bare, good),
            "whole file": partial(whole, path),
            "check": partial(checked, good),
            "check, 1 % bad": partial(checked, bad),
            "keys": partial(keyed, good),
        }
        times: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(RUNS):
            for name, work in works.items():
                times[name].append(timed(work))
    baseline = statistics.median(times["baseline"])
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(
            f"{name:16} {rows / middle:>12,.0f} rows/s   {middle / baseline:5.2f} × the baseline"
            f"   (best {rows / min(seconds):,.0f} rows/s)"
        )


if __name__ == "__main__":
    main()
