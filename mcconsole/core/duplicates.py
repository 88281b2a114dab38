"""Which rows of a file have a key that an earlier row had, in bounded memory for any number of rows.

Of a key its 64-bit hash is kept, salted anew in each process, beside the number of its row, in a temporary file that is
parted into buckets by hash; each bucket is then looked at by itself. Among ten million different keys the chance that
any two have the same hash is about three in a million.
"""

from __future__ import annotations

import heapq
import os
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

BUCKETS = 256
BUFFERED = 200_000
"""Rows that are held in memory before they go to the file."""


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

    def __init__(self, folder: Path, *, buckets: int = BUCKETS, buffered: int = BUFFERED) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder, prefix=".keys.")  # noqa: SIM115 - closed by close()
        self._limit = buffered
        self._buckets = buckets
        self._segments: list[list[_Segment]] = [[] for _ in range(buckets)]
        self._clear()

    def __enter__(self) -> KeyLedger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()

    def add(self, numbers: Sequence[int], keys: Sequence[str]) -> None:
        """Take rows by their numbers, which are larger than all before, and the keys of these rows."""
        buckets, hashes, rows = self._buckets, self._hashes, self._rows
        for key_hash, number in zip(map(hash, keys), numbers, strict=True):
            bucket = key_hash % buckets
            hashes[bucket].append(key_hash)
            rows[bucket].append(number)
        self._held += len(keys)
        if self._held >= self._limit:
            self._spill()

    def repeated(self) -> Repeated:
        """The rows whose key occurred before among all that were taken so far."""
        self._spill()
        rows = keys = 0
        runs: list[tuple[_Segment, ...]] = []
        for segments in self._segments:
            if self._all_differ(segments):
                continue
            run, different = self._resolve(segments)
            runs.append(run)
            rows += sum(segment.count for segment in run)
            keys += different
        return Repeated(rows, keys, self._file, tuple(runs))

    def _clear(self) -> None:
        self._held = 0
        self._hashes = [array("q") for _ in range(self._buckets)]
        self._rows = [array("q") for _ in range(self._buckets)]

    def _spill(self) -> None:
        if not self._held:
            return
        for bucket, (hashes, rows) in enumerate(zip(self._hashes, self._rows, strict=True)):
            if hashes:
                self._segments[bucket].append(_write(self._file, hashes, rows))
        self._clear()

    def _all_differ(self, segments: list[_Segment]) -> bool:
        seen: set[int] = set()
        for segment in segments:
            seen.update(_read(self._file, segment)[0])
        return len(seen) == sum(segment.count for segment in segments)

    def _resolve(self, segments: list[_Segment]) -> tuple[tuple[_Segment, ...], int]:
        """Write the repeated rows of a bucket with their occurrences; also says how many keys they have."""
        occurrences: dict[int, int] = {}
        run: list[_Segment] = []
        for segment in segments:
            later, times = array("q"), array("q")
            for key_hash, row in zip(*_read(self._file, segment), strict=True):
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


def _read(file: IO[bytes], segment: _Segment) -> tuple[array[int], array[int]]:
    file.seek(segment.offset)
    one, other = array("q"), array("q")
    one.frombytes(file.read(segment.count * one.itemsize))
    other.frombytes(file.read(segment.count * one.itemsize))
    return one, other


def _pairs(file: IO[bytes], run: tuple[_Segment, ...]) -> Iterator[tuple[int, int]]:
    for segment in run:
        yield from zip(*_read(file, segment), strict=True)
