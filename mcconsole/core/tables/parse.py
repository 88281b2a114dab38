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
from mcconsole.core.tables.repair import likeliest_row, repaired_row

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
    """Records with stray quotes that were read by `repaired_row`, and lines that were passed over."""
    doubtful: tuple[int, ...] = ()
    """Positions in `rows` of lines that were read by `likeliest_row`."""
    passed: int = 0
    """Lines that were passed over."""


def split_lines(text: str) -> list[str]:
    """Physical lines with their ends: LF, CR LF or CR (str.splitlines would cut at other characters too)."""
    return io.StringIO(text, newline="").readlines()


def parse(text: str, dialect: Dialect, *, final: bool, limit: int | None = None, skip: int = 0) -> Parsed:
    """Read the whole records (at most `limit`) of a text that begins with one and holds no NUL.

    Unless it is `final`, a last line without a certain end is left for later, as is a record with an open quote. Up
    to `skip` lines where a quote is opened and never closed are passed over, which is for guessing, not for reading.
    """
    csv.field_size_limit(2 * RECORD_LIMIT)  # the record limit is ours to check, with a better message
    if limit is None:
        quick = _parse_lines(text, dialect, final=final)
        if quick is not None:
            return quick
    lines = split_lines(text)
    if lines and not final and not lines[-1].endswith("\n"):  # a CR may be half of CR LF
        lines.pop()
    reader = _Reader(lines, text, dialect)
    rows, used, stop = reader.read(limit, skip, final=final)
    if used <= len(lines) // 2:
        length = sum(map(len, lines[:used]))
    else:
        length = sum(map(len, lines)) - sum(map(len, lines[used:]))
    return Parsed(rows, length, used, stop, reader.repaired, tuple(reader.doubtful), reader.passed)


def _parse_lines(text: str, dialect: Dialect, *, final: bool) -> Parsed | None:
    """The same, twice as fast, where every line is a record: most lines hold no quote and need only be cut.

    None where it is not so: line ends of several kinds, escapes, a cell that goes over several lines, stray quotes.
    """
    end = _line_end(text)
    delimiter, quote = dialect.delimiter, dialect.quotechar
    if not end or not delimiter or dialect.skip_space or (dialect.escapechar and dialect.escapechar in text):
        return None
    lines = text.split(end)
    rest = lines.pop()
    if final and rest:
        lines.append(rest)
        rest = ""
    if quote and quote in text:
        if len(delimiter) != 1:
            return None
        quoted = [line for line in lines if quote in line]
        try:
            read = list(csv.reader(quoted, **_options(dialect, "")))
        except csv.Error:
            return None
        if len(read) != len(quoted):
            return None
        cells = iter(read)
        rows = [next(cells) if quote in line else line.split(delimiter) if line else [] for line in lines]
    else:
        rows = [line.split(delimiter) if line else [] for line in lines]
    return Parsed(rows, len(text) - len(rest), len(lines), Stop.END)


def _line_end(text: str) -> str:
    """The line end, where all are alike."""
    line_feeds, returns = text.count("\n"), text.count("\r")
    if not returns:
        return "\n" if line_feeds else ""
    return "\r\n" if line_feeds == returns == text.count("\r\n") else ""


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
        self.repaired = 0
        self.passed = 0
        self.doubtful: list[int] = []

    def read(self, limit: int | None, skip: int, *, final: bool) -> tuple[list[list[str]], int, Stop]:
        """Rows, number of physical lines used, and why it stopped."""
        rows: list[list[str]] = []
        line = 0
        while True:
            line, stop = self._read_on(rows, line, limit)
            if stop is Stop.END:
                break
            row = self._repaired(line) if stop is Stop.BROKEN or (final and line == len(self._lines) - 1) else None
            if row is None and (stop is Stop.BROKEN or final) and (row := self._likeliest(line)) is not None:
                self.doubtful.append(len(rows))
            if row is not None:
                rows.append(row)
            elif self.passed < skip:
                self.passed += 1
            else:
                break
            line, self.repaired = line + 1, self.repaired + 1
        return self._restored(rows), line, stop

    def _likeliest(self, line: int) -> list[str] | None:
        """The cells of a line whose quotes cannot be read; None where that does not give about a row's width."""
        if self._dialect.width < 2 or self._dialect.escapechar:
            return None
        return likeliest_row(
            self._lines[line],
            self._dialect.width,
            delimiter=self._options["delimiter"],
            quotechar=self._dialect.quotechar or "",
        )

    def _repaired(self, line: int) -> list[str] | None:
        return repaired_row(
            self._lines[line],
            delimiter=self._options["delimiter"],
            quotechar=self._dialect.quotechar or "",
            escapechar=self._dialect.escapechar,
            skip_space=self._dialect.skip_space,
        )

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
    return {
        "delimiter": stand_in or dialect.delimiter,
        "quotechar": dialect.quotechar,
        "escapechar": dialect.escapechar,
        "doublequote": dialect.doublequote,
        "skipinitialspace": dialect.skip_space,
        "quoting": csv.QUOTE_MINIMAL if dialect.quotechar else csv.QUOTE_NONE,
        "strict": True,
    }
