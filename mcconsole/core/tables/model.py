"""What is known of a CSV file: how it is written, which file it was, and some of its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024

RECORD_LIMIT = 16 * MIB
"""Bytes that one record may have; more means a quote that is never closed, or not a table at all."""

PIECE_BYTES = 128 * 1024
"""Bytes that a piece has unless told otherwise; what stays in the processor's cache is read twice as fast."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written: everything that is needed to read it, and nothing that depends on its size."""

    encoding: str
    """Python codec name. A byte order mark is named by `utf-8-sig` and `utf-16`, and never part of the first cell."""
    delimiter: str
    """One character or several; "" when there is a single column."""
    quotechar: str | None
    escapechar: str | None
    """None where a quote inside quotes is written twice."""
    has_header: bool
    skipped_lines: int = 0
    """Physical lines before the header, or before the first row where there is no header."""
    header_rows: int = 1
    """Records that make up the header; 0 without one."""
    doublequote: bool = True
    skip_space: bool = False
    """Whether blanks after a delimiter belong to the delimiter."""
    width: int = 0
    """Cells that the rows have: what tells how to read a line whose quotes make no sense. 0 reads no such line."""
    skip_empty: bool = False
    """Whether a record of empty cells, which spreadsheets write for unused lines, is as blank as an empty line."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file it was: two of these differ when the file was written to or replaced."""

    size: int
    modified_ns: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some consecutive records of the file."""

    offset: int
    """Where its first byte is in the file."""
    length: int
    """Bytes, always whole records."""
    numbers: Sequence[int]
    """Record number of each row, from 1 in the file; preamble lines, header and blank records count."""
    cells: list[list[str]]
    """Exactly as in the file, without quotes, blank records left out: by row, or by column where it is `even`."""
    even: bool
    """Whether all rows have the same number of cells, and the cells stand by column."""
    doubtful: frozenset[int]
    """Numbers of the rows whose quotes make no sense; each was read as one line, in the likeliest way."""
    next_number: int
    """Record number of the first record after the piece."""

    @property
    def rows(self) -> list[list[str]]:
        """The cells by row."""
        return list(map(list, zip(*self.cells, strict=True))) if self.even else self.cells


@dataclass(frozen=True, slots=True)
class Preview:
    """How a file will be read, and its first rows. Rows are delivered as they are: some may be short or long."""

    path: Path
    size: int
    """Bytes."""
    identity: Identity
    dialect: Dialect
    columns: list[str]
    """Word for word; several header rows joined by a space; [] without a header."""
    rows: list[list[str]]
    """Of the first table."""
    numbers: list[int]
    """Record number of each of `rows`, as in `Piece.numbers`."""
    tables: int
    """How many tables lie below each other."""
    estimated_rows: int
    """Rows of the file, exact when `complete`."""
    complete: bool
    """Whether `rows` are all rows of the first table."""
    warnings: list[str]
