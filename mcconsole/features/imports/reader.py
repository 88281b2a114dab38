"""The reader process: reads the file once, checks every row and spools the good ones as JSON, ready to be sent.

Reading, checking and serialising hold the interpreter lock, so they run in a spawned process; the window's own process
only sends the bytes. What crosses the border is the plan on the way in, and progress and a summary on the way out.
"""

from __future__ import annotations

import gc
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgspec

from mcconsole.core import clock, tables
from mcconsole.core.aside import Tell, aside
from mcconsole.core.checks import Checker
from mcconsole.core.duplicates import KeyLedger
from mcconsole.core.errors import BadInput
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.journal import TROUBLE, Batch, FaultRow, Journal, trouble
from mcconsole.core.mapping import INSERT
from mcconsole.features.imports.plan import ASYNC_BYTES, Plan

DUPLICATE = "DuplicateKey"
PIECE_BYTES = 64 * 1024
"""Of the file at a time; as Python objects it takes about fifteen times that. Of more, the lists and texts are so large
that the system gives their memory anew for each piece, which costs a tenth of the time."""
_TELL_EVERY = 0.05
"""Seconds between two reports of how far it is."""
_AT_ONCE = 5_000
"""Repeated rows whose cells are read again at once."""
_ENVELOPE = len(b'{"items":}')
_JSON = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Reading:
    """Progress: bytes of the file read, rows read, and rows that failed the check."""

    bytes_read: int
    rows: int
    faulty: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What the whole file came to."""

    rows: int
    """Data rows in the file."""
    faulty: int
    """Rows that failed the check."""
    repeated: int
    """Upsert only: rows whose key stood in the file before; they are sent later, so that the last row wins."""
    faults: dict[tuple[str, str], int] = field(default_factory=dict)
    """Faults by (code, field)."""

    @property
    def good(self) -> int:
        """Rows ready to be sent."""
        return self.rows - self.faulty

    def as_json(self) -> dict[str, int]:
        """The figures, for the journal; the faults are there already."""
        return {"rows": self.rows, "faulty": self.faulty, "repeated": self.repeated}


def in_process(ctx: JobContext, plan: Plan, folder: Path) -> Summary:
    """Read the file into the journal of a folder in a process of its own, and report how far it is."""
    return aside(ctx, work, plan, folder, heard=progress(ctx, plan))


def progress(ctx: JobContext, plan: Plan) -> Callable[[Reading], None]:
    """What hears from a process that reads the plan's file."""

    def heard(reading: Reading) -> None:
        ctx.report(Progress(reading.bytes_read, plan.size, f"{reading.rows:,} rows read", reading))

    return heard


def work(tell: Tell, plan: Plan, folder: Path) -> Summary:
    """What the process does."""
    gc.disable()  # rows hold no cycles, and looking for some costs a fifth of the time
    try:
        with Journal(folder, durable=False) as journal:
            return read(plan, journal, tell)
    except TROUBLE as error:
        raise trouble(folder, error) from None


def read(plan: Plan, journal: Journal, report: Tell) -> Summary:
    """Check every row of the file into the journal and its spool; rows that have left already are not spooled again.

    A batch can be sent as soon as the journal has it. A row whose key may have occurred before waits until all is read.
    """
    checker = Checker(plan.schema, plan.mapping, plan.headers, mode=plan.mode.checks_as)
    keyed = bool(plan.schema.keys)
    left = journal.runs_left()
    rows = faulty = 0
    told = 0.0
    unnoted: list[tuple[int, int, int]] = []
    journal.spool.touch(mode=0o600)
    with KeyLedger(journal.folder) as ledger, journal.spool.open("ab") as spool:
        spooler = _Spooler(spool, plan.batch_rows)
        for piece in tables.pieces(plan.path, plan.dialect, target_bytes=PIECE_BYTES, expected=plan.identity):
            checked = checker.check_piece(piece)
            numbers, good = checked.numbers, checked.records()
            later = set(ledger.add(numbers, checker.keys(checked))) if keyed else set()
            gone = _within(left, numbers) if left else set()
            waiting: list[tuple[int, bytes]] = []
            if later or gone:
                waiting = [(numbers[at], _JSON.encode(good[at])) for at in sorted(later - gone)]
                stay = [at for at in range(len(good)) if at not in later and at not in gone]
                numbers, good = [numbers[at] for at in stay], [good[at] for at in stay]
            batches = spooler.add(good, numbers)
            unnoted.append((piece.numbers[0], piece.offset, piece.length))
            if batches or waiting:
                spooler.sync()
                journal.add_pieces(unnoted, batches, waiting)
                unnoted.clear()
            if checked.faults:
                bad = sorted({fault.row for fault in checked.faults})
                journal.add_faults((_kept(fault) for fault in checked.faults), _cells(piece, bad))
                faulty += len(bad)
            rows += len(piece.numbers)
            if clock.monotonic() - told >= _TELL_EVERY:
                told = clock.monotonic()
                report(Reading(piece.offset + piece.length, rows, faulty))
        journal.add_pieces(unnoted, ())
        _plan(journal, spooler, spooler.flush())
        repeated = _sort_out_repeated(plan, journal, ledger, spooler) if keyed else 0
    if not rows:
        raise BadInput("the file has no rows.", path=plan.path)
    if plan.mode.checks_as == INSERT:
        faulty, repeated = faulty + repeated, 0
    return Summary(rows, faulty, repeated, journal.fault_counts())


def _within(runs: list[tuple[int, int]], numbers: Sequence[int]) -> set[int]:
    """Positions of the numbers that lie in one of the runs; both are in order."""
    found: set[int] = set()
    for first, end in runs[max(0, bisect_right(runs, (numbers[0],)) - 1) :] if numbers else ():
        if first > numbers[-1]:
            break
        found.update(range(bisect_left(numbers, first), bisect_left(numbers, end)))
    return found


def _kept(fault: Any) -> FaultRow:
    return FaultRow(fault.row, fault.column, fault.field, fault.code, fault.text, fault.value)


def _cells(piece: tables.Piece, bad: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    wanted = set(bad)
    return ((n, row) for n, row in zip(piece.numbers, piece.rows, strict=True) if n in wanted)


class _Spooler:
    """Cuts rows into batches by count and bytes, and writes each as one JSON array."""

    def __init__(self, spool: IO[bytes], batch_rows: int) -> None:
        self._spool = spool
        self._batch_rows = batch_rows
        self._body = bytearray()
        """A JSON array of the rows that no batch has yet."""
        self._numbers = array("q")

    def add(self, rows: Sequence[object], numbers: Sequence[int], wave: int = 0) -> list[Batch]:
        made: list[Batch] = []
        at = 0
        while at < len(rows):
            end = min(len(rows), at + self._batch_rows - len(self._numbers))
            while not self._append(rows[at:end]):
                if self._body:
                    made += self.flush(wave)
                else:
                    end = (at + end) // 2
            self._numbers.extend(numbers[at:end])
            if len(self._numbers) == self._batch_rows:
                made += self.flush(wave)
            at = end
        return made

    def _append(self, rows: Sequence[object]) -> bool:
        """Whether the rows found room in the batch; one alone always does."""
        known = len(self._body)
        at = max(0, known - 1)  # the new array begins in the place of the bracket that closed the one before
        _JSON.encode_into(rows, self._body, at)
        if len(self._body) + _ENVELOPE > ASYNC_BYTES and (known or len(rows) > 1):
            del self._body[known:]
            self._body[at:known] = b"]" * bool(known)
            return False
        if known:
            self._body[at : at + 1] = b","
        return True

    def flush(self, wave: int = 0) -> list[Batch]:
        if not self._body:
            return []
        made = Batch(*(0, wave, self._spool.tell(), len(self._body), self._numbers), digest=zlib.crc32(self._body))
        self._spool.write(self._body)
        self._body.clear()
        self._numbers = array("q")
        return [made]

    def sync(self) -> None:
        """Let another handle read what was written."""
        self._spool.flush()


def _sort_out_repeated(plan: Plan, journal: Journal, ledger: KeyLedger, spooler: _Spooler) -> int:
    """Rows whose key occurred before are invalid in insert, and go in a later wave in upsert; the others that waited
    go with the rest.
    """
    repeated = ledger.repeated()
    journal.postpone(repeated)
    if plan.mode.checks_as == INSERT:
        rows = (row for row, _ in repeated)
        while part := list(islice(rows, _AT_ONCE)):
            _fault_duplicates(plan, journal, part)
    wave = 0
    for number_of_wave, row, body in journal.postponed():
        if number_of_wave and plan.mode.checks_as == INSERT:
            break
        if number_of_wave != wave:
            _plan(journal, spooler, spooler.flush(wave))
        wave = number_of_wave
        _plan(journal, spooler, spooler.add([msgspec.Raw(body)], [row], wave))
    _plan(journal, spooler, spooler.flush(wave))
    return repeated.rows


def _plan(journal: Journal, spooler: _Spooler, batches: Sequence[Batch]) -> None:
    if batches:
        spooler.sync()
    for batch in batches:
        journal.add_batch(batch)


def _fault_duplicates(plan: Plan, journal: Journal, rows: list[int]) -> None:
    names = ", ".join(key.name for key in plan.schema.keys)
    cells: dict[int, list[str]] = {}
    wanted = set(rows)
    for row in rows:
        if row not in cells:
            first, offset, length = journal.piece_of(row)
            piece = tables.read_piece(plan.path, plan.dialect, offset, length, first)
            cells.update((n, listed) for n, listed in zip(piece.numbers, piece.rows, strict=True) if n in wanted)
    text = "an earlier row of the file has the same primary key; an insert would be refused"
    journal.add_faults((FaultRow(row, "", names, DUPLICATE, text, "") for row in rows), cells.items())
