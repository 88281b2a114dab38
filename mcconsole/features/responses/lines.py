"""A text as numbered lines, of any size: where every few dozen lines begin is noted, and what is looked at is read."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

LINE_LIMIT = 400
"""Bytes after which a line is broken for display: a line is laid out as a whole."""
STRIDE = 64
"""Lines between two marks."""
PIECE = 256 * 1024

_LINE = rb"(?:[^\n]{1,%d}+[\x80-\xbf]{0,3}+\n?+|\n)" % LINE_LIMIT
_line = re.compile(_LINE)
_stride = re.compile(rb"(?:%b){%d}+" % (_LINE, STRIDE))


class Text(Protocol):
    """Bytes that can be read in part."""

    def __len__(self) -> int:
        """How many there are by now."""

    def __getitem__(self, part: slice, /) -> bytes | bytearray:
        """Some of them."""


class FileText:
    """A file that may still grow; nothing of it is kept in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self.size)
        with self._path.open("rb", buffering=0) as file:
            file.seek(start)
            return file.read(max(0, stop - start))


@dataclass(slots=True)
class Lines:
    """The lines of a text. `count` grows while it is being written or passed over."""

    text: Text
    marks: array[int] = field(default_factory=lambda: array("Q", (0,)))
    """Where lines number 0, 64, 128 … begin."""
    count: int = 0
    end: int = 0
    """Offset up to which lines are counted."""
    broken: bool = False
    """Whether a line was broken for display."""
    complete: bool = False

    def read(self, first: int, number: int) -> list[str]:
        """Lines as text, each with the line end that it has."""
        return [received.decode("utf-8", "replace") for _, received in self.walk(first, number)]

    def walk(self, first: int, number: int) -> Iterator[tuple[int, bytes]]:
        """Offset and bytes of lines."""
        last = min(first + number, self.count)
        while first < last:
            at = self.marks[first // STRIDE]
            block = bytes(self.text[at : min(at + STRIDE * (LINE_LIMIT + 4), self.end)])
            for place, match in enumerate(_line.finditer(block)):
                line = first // STRIDE * STRIDE + place
                if line >= last or place >= STRIDE:
                    break
                if line >= first:
                    yield at + match.start(), match[0]
            first = (first // STRIDE + 1) * STRIDE

    def line_at(self, offset: int) -> int:
        """The number of the line in which an offset lies."""
        from bisect import bisect_right

        line = (bisect_right(self.marks, offset) - 1) * STRIDE
        for begin, received in self.walk(line, STRIDE):
            if begin + len(received) > offset:
                return line
            line += 1
        return max(0, min(line, self.count - 1))

    def take(self, counted: Counted) -> None:
        """Add lines that were counted elsewhere."""
        self.marks.extend(counted.marks)
        self.count, self.end, self.broken = counted.count, counted.end, self.broken or counted.broken


@dataclass(frozen=True, slots=True)
class Counted:
    """Lines counted so far, with the marks that are new."""

    marks: array[int]
    count: int
    end: int
    broken: bool


class Counter:
    """Counts the lines of a text that comes in pieces."""

    def __init__(self, tell: Callable[[Counted], object]) -> None:
        self._tell = tell
        self._count = self._end = self._ends = 0
        self._rest = b""

    def add(self, piece: bytes, *, last: bool = False) -> None:
        """Count the lines of a piece; the last one waits for the next piece unless this is the last."""
        data = self._rest + piece
        marks = array("Q")
        at = 0
        size = len(data) if last else data.rfind(b"\n") + 1 or max(0, len(data) - LINE_LIMIT - 4)
        while at < size:
            if self._count % STRIDE == 0 and self._count:
                marks.append(self._end + at)
            match = _stride.match(data, at) if self._count % STRIDE == 0 else None
            if match is not None and match.end() <= size:
                self._count += STRIDE
            elif (match := _line.match(data, at)) is not None:
                self._count += 1
            else:
                break
            at = match.end()
        open_end = at > 0 and data[at - 1] != 10
        self._rest = data[at:]
        self._end += at
        self._ends += data.count(b"\n", 0, at)
        self._tell(Counted(marks, self._count, self._end, self._count > self._ends + open_end))
