"""Which rows of a file have a key that an earlier row had, in bounded memory for any number of rows.

Of a key its 64-bit hash is kept, salted anew in each process, beside the number of its row, in a temporary file. As
long as keys come in order, as most exports write them, no two are alike. From the first that does not, a set in memory,
and beyond a hundred thousand keys a table of bits, tells at once whether a key may have occurred before.
What only seems so by its bit (four of a hundred among ten million keys) is found out at the end, when the file is
looked through for these keys alone. Among ten million different keys the chance that any two have the same hash is
about three in a million.
"""

from __future__ import annotations

import heapq
import os
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import lt
from pathlib import Path
from typing import IO

SLOTS = 1 << 24
"""Bytes of the table; a power of two."""
FEW = 100_000
"""Keys that are held in a set, before the table takes their place."""
BUFFERED = 50_000
"""Rows that are held in memory before they go to the file."""
SUSPECTS = 200_000
"""Keys that are looked for at once at the end."""
_BITS = tuple(1 << bit for bit in range(8))


@dataclass(frozen=True, slots=True)
class _Segment:
    """Where two columns of 64-bit numbers stand in the file, one after the other."""

    offset: int
    count: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """Rows whose key occurred before. Iterate while the ledger is open; it may be done more than once."""

    rows: int
    """How many they are."""
    keys: int
    """How many different keys they have."""
    _file: IO[bytes]
    _runs: tuple[tuple[_Segment, ...], ...]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """(row, occurrence) by row; the second row with a key is its occurrence 1, the third 2, and so on."""
        return heapq.merge(*(_pairs(self._file, run) for run in self._runs))


class KeyLedger:
    """Takes the keys of a file's rows in order; a context manager, as it holds a temporary file in `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        few: int = FEW,
        slots: int = SLOTS,
        buffered: int = BUFFERED,
        suspects: int = SUSPECTS,
    ) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder, prefix=".keys.")  # noqa: SIM115 - closed by close()
        self._latest: str | None = ""
        """The latest key, as long as keys come in order; None once they did not."""
        self._few: set[int] | None = set()
        self._most = few
        self._slots = slots
        self._seen = bytearray()
        self._buffered = buffered
        self._at_once = suspects
        self._hashes, self._rows = array("q"), array("q")
        self._segments: list[_Segment] = []
        self._suspects = array("q")
        self._suspected: list[_Segment] = []

    def __enter__(self) -> KeyLedger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()

    def add(self, numbers: Sequence[int], keys: Sequence[str]) -> list[int]:
        """Take rows by their numbers, which are larger than all before, and the keys of these rows.

        Returns the positions of those whose key may have occurred before: every one whose key did, and few others.
        """
        if self._latest is not None and not self._in_order(self._latest, keys):
            self._latest = None
            for segment in self._segments:
                self._seen_before(_read(self._file, segment, 1)[0])
            self._seen_before(self._hashes)
        hashes = array("q", list(map(hash, keys)))  # an array takes a list in half the time of any other iterable
        self._hashes += hashes
        self._rows += array("q", list(numbers))
        if len(self._hashes) >= self._buffered:
            self._spill()
        if self._latest is not None:
            self._latest = keys[-1] if keys else self._latest
            return []
        maybe = self._seen_before(hashes)
        if maybe:
            self._suspects.extend(hashes[at] for at in maybe)
            if len(self._suspects) >= self._buffered:
                self._spill_suspects()
        return maybe

    def repeated(self) -> Repeated:
        """The rows whose key occurred before among all that were taken so far."""
        self._spill()
        self._spill_suspects()
        rows = keys = 0
        runs: list[tuple[_Segment, ...]] = []
        parts = -(-sum(segment.count for segment in self._suspected) // self._at_once)
        for part in range(parts):
            run, different = self._resolve(part, parts)
            runs.append(run)
            rows += sum(segment.count for segment in run)
            keys += different
        return Repeated(rows, keys, self._file, tuple(runs))

    @staticmethod
    def _in_order(latest: str, keys: Sequence[str]) -> bool:
        return not keys or (latest < keys[0] and all(map(lt, keys, islice(keys, 1, None))))

    def _seen_before(self, hashes: array[int]) -> list[int]:
        return self._look(hashes) if self._few is None else self._look_among_few(self._few, hashes)

    def _look_among_few(self, few: set[int], hashes: array[int]) -> list[int]:
        maybe = []
        for at, key_hash in enumerate(hashes):
            if key_hash in few:
                maybe.append(at)
            else:
                few.add(key_hash)
        if len(few) > self._most:
            self._seen = bytearray(self._slots)
            self._look(few)
            self._few = None
        return maybe

    def _look(self, hashes: Iterable[int]) -> list[int]:
        seen, bits, last = self._seen, _BITS, len(self._seen) - 1
        maybe = []
        for at, key_hash in enumerate(hashes):
            slot, bit = key_hash & last, bits[(key_hash >> 40) & 7]
            known = seen[slot]
            if known & bit:
                maybe.append(at)
            else:
                seen[slot] = known | bit
        return maybe

    def _spill(self) -> None:
        if self._rows:
            self._segments.append(_write(self._file, self._hashes, self._rows))
            self._hashes, self._rows = array("q"), array("q")

    def _spill_suspects(self) -> None:
        if self._suspects:
            self._suspected.append(_write(self._file, self._suspects, array("q")))
            self._suspects = array("q")

    def _resolve(self, part: int, parts: int) -> tuple[tuple[_Segment, ...], int]:
        """Write the repeated rows among some of the suspects with their occurrences; also how many keys they have."""
        wanted: set[int] = set()
        for segment in self._suspected:
            wanted.update(one for one in _read(self._file, segment, 1)[0] if one % parts == part)
        occurrences: dict[int, int] = {}
        run: list[_Segment] = []
        for segment in self._segments:
            hashes, rows = _read(self._file, segment, 2)
            if wanted.isdisjoint(hashes):
                continue
            later, times = array("q"), array("q")
            for key_hash, row in zip(hashes, rows, strict=True):
                if key_hash not in wanted:
                    continue
                occurrence = occurrences.get(key_hash, -1) + 1
                occurrences[key_hash] = occurrence
                if occurrence:
                    later.append(row)
                    times.append(occurrence)
            if later:
                run.append(_write(self._file, later, times))
        return tuple(run), sum(1 for occurrence in occurrences.values() if occurrence)


def _write(file: IO[bytes], one: array[int], other: array[int]) -> _Segment:
    offset = file.seek(0, os.SEEK_END)
    file.write(one.tobytes())
    file.write(other.tobytes())
    return _Segment(offset, len(one))


def _read(file: IO[bytes], segment: _Segment, columns: int) -> list[array[int]]:
    file.seek(segment.offset)
    found = [array("q") for _ in range(columns)]
    for column in found:
        column.frombytes(file.read(segment.count * column.itemsize))
    return found


def _pairs(file: IO[bytes], run: tuple[_Segment, ...]) -> Iterator[tuple[int, int]]:
    for segment in run:
        yield from zip(*_read(file, segment, 2), strict=True)
