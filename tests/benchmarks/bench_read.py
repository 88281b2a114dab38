"""Rows per second of reading 1,000,000 × 12 cells of mixed text: ours, csv.reader, and pandas where it is installed.

Run: python -m tests.benchmarks.bench_read [ROWS]
"""

from __future__ import annotations

import csv
import importlib
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mcconsole.core.tables import pieces, preview, sniff

COLUMNS = 12
RUNS = 3


def write(path: Path, rows: int, quoting: int) -> None:
    """Make a file of names, addresses, dates, numbers and text, the same in every run."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=quoting)  # type: ignore[arg-type]
        writer.writerow([f"Column {i}" for i in range(COLUMNS)])
        for i in range(rows):
            writer.writerow(
                [
                    f"{i:09}",
                    f"person{i % 9973}@example.com",
                    ("Anna", "Jürgen", "Zoë", "O’Neil")[i % 4],
                    "Example Street 12",
                    f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}",
                    str(i * 7919 % 100_003),
                    f"{i % 1000}.{i % 100:02}",
                    "true" if i % 3 else "false",
                    "DE",
                    "" if i % 5 else "note, with a comma" if quoting == csv.QUOTE_MINIMAL else "note",
                    f"+49 30 {i % 10**7:07}",
                    "some words of text",
                ]
            )


def ours(path: Path) -> int:
    """Pieces, with dialect found."""
    return sum(len(piece.rows) for piece in pieces(path, sniff(path)))


def with_csv(path: Path) -> int:
    """The csv module over the open file: what Python can do at best."""
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def with_pandas(path: Path) -> int:
    """Chunks of text columns, given back as rows."""
    pandas = importlib.import_module("pandas")  # not a dependency: only for this comparison

    count = 0
    for chunk in pandas.read_csv(
        path, header=None, skiprows=1, dtype=object, keep_default_na=False, skip_blank_lines=False, chunksize=10_000
    ):
        count += len(list(zip(*(chunk[name].tolist() for name in chunk.columns), strict=True)))
    return count


def measure(name: str, read: Callable[[Path], int], path: Path, rows: int) -> None:
    """Print the median of a few runs."""
    seconds = []
    for _ in range(RUNS):
        start = time.process_time()
        count = read(path)
        seconds.append(time.process_time() - start)
        if count != rows:
            raise AssertionError(f"{name} read {count:,} rows of {rows:,}")
    print(f"  {name:12} {rows / statistics.median(seconds):>10,.0f} rows/s")


def main(rows: int) -> None:
    """Write the files, read them, print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        for title, quoting in (("some cells quoted", csv.QUOTE_MINIMAL), ("nothing quoted", csv.QUOTE_NONE)):
            path = Path(folder) / "bench.csv"
            write(path, rows, quoting)
            print(f"{title}: {path.stat().st_size / 2**20:,.0f} MiB")
            start = time.perf_counter()
            preview(path)
            print(f"  preview      {time.perf_counter() - start:>10.3f} s")
            measure("ours", ours, path, rows)
            print(f"  peak memory  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>10,.0f} MiB")
            measure("csv.reader", with_csv, path, rows)
            try:
                measure("pandas", with_pandas, path, rows)
            except ImportError:
                print("  pandas is not installed")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
