"""How a file will be read, and its first rows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mcconsole.core.tables.detect import detect
from mcconsole.core.tables.layout import Layout, lay_out_as_told, lay_out_further
from mcconsole.core.tables.model import PIECE_BYTES, Dialect, Preview
from mcconsole.core.tables.records import Sample, columns, pieces, read_sample

_FIRST = 64 * 1024
_CERTAIN = frozenset({"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"})


def sniff(path: Path) -> Dialect:
    """The most likely dialect of a file, from a bounded sample of its beginning; raises BadInput."""
    return detect(read_sample(path)).dialect


def preview(path: Path, dialect: Dialect | None = None, *, limit: int | None = 100) -> Preview:
    """The file's dialect (found, unless given), columns and first `limit` rows of its first table (None: all of them).

    Raises BadInput for a file that cannot be read; a header without rows is none of these.
    """
    sample = read_sample(path, dialect)
    layout = detect(sample) if dialect is None else lay_out_as_told(sample, dialect)
    dialect = layout.dialect
    names = columns(path, dialect)
    rows, numbers, seen, read_bytes, at_end = _first_rows(sample, dialect, limit, layout.first_table_rows)
    if limit is None and at_end and not sample.whole:
        layout = lay_out_further(layout, [names] if names else [], rows, numbers)
        rows, numbers = rows[: layout.first_table_rows], numbers[: layout.first_table_rows]
    known = layout.first_table_rows if layout.first_table_rows is not None else seen if at_end else None
    return Preview(
        path=path,
        size=sample.identity.size,
        identity=sample.identity,
        dialect=dialect,
        columns=names,
        rows=rows,
        numbers=numbers,
        tables=layout.tables,
        estimated_rows=round(seen * sample.identity.size / read_bytes) if known is None else known,
        complete=known is not None and len(rows) >= known,
        warnings=_warnings(sample, names, rows, layout),
    )


def _first_rows(
    sample: Sample, dialect: Dialect, limit: int | None, end: int | None
) -> tuple[list[list[str]], list[int], int, int, bool]:
    """At most `limit` rows not beyond `end`, their numbers, how many were read, from how many bytes, was it all."""
    wanted = limit if end is None else end if limit is None else min(limit, end)
    rows: list[list[str]] = []
    numbers: list[int] = []
    read_bytes = 0
    target = PIECE_BYTES if limit is None else _FIRST
    for piece in pieces(sample.path, dialect, target_bytes=target, expected=sample.identity):
        rows += piece.rows
        numbers += piece.numbers
        read_bytes += piece.length
        if wanted is not None and len(rows) >= wanted:
            return (
                rows[:wanted],
                numbers[:wanted],
                len(rows),
                read_bytes,
                piece.offset + piece.length >= sample.identity.size,
            )
    return rows, numbers, len(rows), read_bytes, True


def _warnings(sample: Sample, names: list[str], rows: list[list[str]], layout: Layout) -> list[str]:
    found: list[str] = []
    width = len(names) or (Counter(map(len, rows)).most_common(1)[0][0] if rows else 0)
    ragged = sum(len(row) != width for row in rows)
    if ragged:
        found.append(f"{ragged:,} of the first {len(rows):,} rows do not have {width:,} cells.")
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        found.append(f"The header has {', '.join(f'“{name}”' for name in twice)} more than once.")
    if names and not all(name.strip() for name in names):
        found.append(f"{sum(not name.strip() for name in names):,} columns have no name.")
    if sample.encoding not in _CERTAIN:
        found.append("A file like this does not say its encoding; the one that is shown is a guess.")
    if rows and not layout.dialect.has_header:
        found.append("There seems to be no header: the first line is read as a row.")
    if layout.tables > 1:
        found.append(f"There are {layout.tables} tables below each other; these rows are the first one's.")
    if layout.repaired:
        found.append(f"{layout.repaired:,} rows have stray quotes, which are read as part of the text.")
    return found
