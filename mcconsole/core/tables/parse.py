"""From text to records with the `csv` module, in any dialect, and knowing where the last whole record ends."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from mcconsole.core.tables.model import RECORD_LIMIT, Dialect
from mcconsole.core.tables.repair import repaired_row

_CHUNK = 512
_END = "\0"  # the text holds none: the caller has looked
_STAND_INS = [chr(code) for code in (0x1F, 0x1E, 0x1D, *range(0xE000, 0xE100))]


class Stop(StrEnum):
    """Why parsing stopped."""

    END = "end"
    """At the end of the last whole line, or at the limit."""
    OPEN = "open"
    """In a record whose quote has not been closed: more text may close it."""
    BROKEN = "broken"
    """At a record whose quotes make no sense, whatever follows."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The whole records at the beginning of a text. A blank record is []."""

    rows: list[list[str]]
    length: int
    """Characters that the whole records take."""
    lines: int
    """Physical lines that they take."""
    stop: Stop
    repaired: int = 0
    """Records with stray quotes that were read by `repaired_row`."""


def split_lines(text: str) -> list[str]:
    """Physical lines with their ends: LF, CR LF or CR (str.splitlines would cut at other characters too)."""
    return io.StringIO(text, newline="").readlines()


def parse(text: str, dialect: Dialect, *, final: bool, limit: int | None = None) -> Parsed:
    """Read the whole records (at most `limit`) of a text that begins with one and holds no NUL.

    Unless it is `final`, a last line without a certain end is left for later, as is a record with an open quote.
    """
    lines = split_lines(text)
    if lines and not final and not lines[-1].endswith("\n"):  # a CR may be half of CR LF
        lines.pop()
    if limit is None and _plain(text, dialect):
        rows, used, stop, repaired = _split_plain(lines, dialect.delimiter), len(lines), Stop.END, 0
    else:
        rows, used, stop, repaired = _Reader(lines, text, dialect).read(limit)
    if used <= len(lines) // 2:
        length = sum(map(len, lines[:used]))
    else:
        length = sum(map(len, lines)) - sum(map(len, lines[used:]))
    return Parsed(rows, length, used, stop, repaired)


def _plain(text: str, dialect: Dialect) -> bool:
    """Whether nothing in the text is quoted, escaped or trimmed, so that cutting at delimiters is reading it."""
    return (
        not dialect.skip_space
        and not (dialect.quotechar and dialect.quotechar in text)
        and not (dialect.escapechar and dialect.escapechar in text)
    )


def _split_plain(lines: list[str], delimiter: str) -> list[list[str]]:
    bare = [line.rstrip("\r\n") for line in lines]
    if not delimiter:
        return [[line] if line else [] for line in bare]
    return [line.split(delimiter) if line else [] for line in bare]


class _Reader:
    """csv.reader in strict mode over lines, going on after a record that it refuses."""

    def __init__(self, lines: list[str], text: str, dialect: Dialect) -> None:
        self._dialect = dialect
        self._stand_in = ""
        self._lines = lines
        if len(dialect.delimiter) != 1:
            self._stand_in = next(character for character in _STAND_INS if character not in text)
        if self._stand_in and dialect.delimiter:
            self._lines = [line.replace(dialect.delimiter, self._stand_in) for line in lines]
        self._options = _options(dialect, self._stand_in)

    def read(self, limit: int | None) -> tuple[list[list[str]], int, Stop, int]:
        """Rows, number of physical lines used, why it stopped, and how many rows were repaired."""
        rows: list[list[str]] = []
        line, repaired = 0, 0
        while True:
            line, stop = self._read_on(rows, line, limit)
            if stop is not Stop.BROKEN:
                break
            row = repaired_row(
                self._lines[line],
                delimiter=self._options["delimiter"],
                quotechar=self._dialect.quotechar or "",
                escapechar=self._dialect.escapechar,
                skip_space=self._dialect.skip_space,
            )
            if row is None:
                break
            rows.append(row)
            line, repaired = line + 1, repaired + 1
        return self._restored(rows), line, stop, repaired

    def _read_on(self, rows: list[list[str]], start: int, limit: int | None) -> tuple[int, Stop]:
        """Append rows from line `start` on; returns the line after the last one that was used, and why it ended."""
        reader = csv.reader(chain(islice(self._lines, start, None), (_END,)), **self._options)
        while limit is None or len(rows) < limit:
            known, line = len(rows), start + reader.line_num
            room = _CHUNK if limit is None else min(_CHUNK, limit - known)
            try:
                rows.extend(islice(reader, room))
            except csv.Error:
                at_end = start + reader.line_num > len(self._lines)
                return self._up_to(rows, known, line, len(rows) - known), Stop.OPEN if at_end else Stop.BROKEN
            if start + reader.line_num > len(self._lines):
                if rows[-1] == [_END]:
                    rows.pop()
                    return len(self._lines), Stop.END
                return self._up_to(rows, known, line, len(rows) - known - 1), Stop.OPEN
        return start + reader.line_num, Stop.END

    def _up_to(self, rows: list[list[str]], known: int, line: int, count: int) -> int:
        """Read `count` records of the last chunk again to learn on which line the one after them begins."""
        del rows[known:]
        reader = csv.reader(islice(self._lines, line, None), **self._options)
        rows.extend(islice(reader, count))
        return line + reader.line_num

    def _restored(self, rows: list[list[str]]) -> list[list[str]]:
        """Put back the delimiters that were inside quotes."""
        if not (self._stand_in and self._dialect.delimiter):
            return rows
        return [[cell.replace(self._stand_in, self._dialect.delimiter) for cell in row] for row in rows]


@lru_cache(maxsize=64)
def _options(dialect: Dialect, stand_in: str) -> dict[str, Any]:
    """Arguments for csv.reader; a delimiter that it cannot have is replaced by `stand_in`."""
    csv.field_size_limit(2 * RECORD_LIMIT)  # the record limit is ours to check, with a better message
    return {
        "delimiter": stand_in or dialect.delimiter,
        "quotechar": dialect.quotechar,
        "escapechar": dialect.escapechar,
        "doublequote": dialect.doublequote,
        "skipinitialspace": dialect.skip_space,
        "quoting": csv.QUOTE_MINIMAL if dialect.quotechar else csv.QUOTE_NONE,
        "strict": True,
    }
