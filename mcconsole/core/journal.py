"""What was read, sent and answered in one run: a folder with an SQLite file that survives a kill, and the rows to send.

The reader process fills `pieces`, `faults` and `batches` (state `planned`) and the spool; the sender moves each batch
on and notes what became of its rows. Intent is durable before a request leaves, the answer before the next step.
"""

from __future__ import annotations

import os
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from mcconsole.core.fault_journal import FaultJournal
from mcconsole.core.fault_journal import FaultRow as FaultRow
from mcconsole.core.fault_journal import Kind as Kind
from mcconsole.core.run_journal import TROUBLE as TROUBLE
from mcconsole.core.run_journal import Damaged as Damaged
from mcconsole.core.run_journal import trouble as trouble

_VARIABLES = 500
"""Marks in one statement; SQLite takes more."""
_PAGE = 1000
"""Postponed rows that are read at once."""

_SCHEMA = """
CREATE TABLE pieces(first_row INTEGER PRIMARY KEY, offset INTEGER NOT NULL, length INTEGER NOT NULL);
CREATE TABLE postponed(wave INTEGER NOT NULL, row INTEGER NOT NULL, body BLOB NOT NULL,
                       PRIMARY KEY(wave, row)) WITHOUT ROWID;
CREATE TABLE batches(id INTEGER PRIMARY KEY, wave INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
                     digest INTEGER, count INTEGER NOT NULL, rows BLOB NOT NULL, state TEXT NOT NULL,
                     request_id TEXT NOT NULL DEFAULT '', succeeded INTEGER NOT NULL DEFAULT 0,
                     failed INTEGER NOT NULL DEFAULT 0, unknown INTEGER NOT NULL DEFAULT 0);
CREATE TABLE known(key TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class BatchState(StrEnum):
    """How far a batch is; `sending` after a crash means that nobody knows."""

    PLANNED = "planned"
    HELD = "held"
    """Planned, and not to be sent for now."""
    SENDING = "sending"
    ACCEPTED = "accepted"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that travel together. `offset` and `length` (bytes) find them in the spool as a JSON array of flat rows."""

    id: int
    wave: int
    offset: int
    length: int
    numbers: Sequence[int]
    """Record number in the file of each row."""
    request_id: str = ""
    digest: int | None = 0
    """CRC-32 of these bytes, where it is known: after a power cut the spool may hold something else."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Rows of a run by what is known of them: of every batch, or of those in one state."""

    rows: int = 0
    succeeded: int = 0
    failed: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row that did not land for certain, and why."""

    row: int
    kind: Kind
    reason: str


class Journal(FaultJournal):
    """One import's folder. A Journal belongs to the thread that opened it."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        super().__init__(folder, durable=durable)
        columns = {name for _, name, *_ in self._db.execute("PRAGMA table_info(batches)")}
        if columns and "digest" not in columns:  # written before there were digests
            self._db.execute("ALTER TABLE batches ADD COLUMN digest INTEGER")

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Start a journal in a new private folder."""
        journal = super().create(folder)
        journal._db.executescript(_SCHEMA)
        return journal

    @property
    def spool(self) -> Path:
        """The file of rows to send: JSON arrays one after another, found by a batch's offset and length."""
        return self.folder / "rows.spool"

    def clear(self, *, repeatable: bool, notes: Iterable[str] = ()) -> None:
        """Forget what was read of the file, so that it can be read anew; what has left, and what became of it, stays.

        What was on its way is forgotten as well where it is `repeatable`: then it is read and sent anew. The `notes`
        that tell of the reading are forgotten at the same moment, for the new one may be cut.
        """
        forgotten = [BatchState.PLANNED, BatchState.HELD, *([BatchState.SENDING] if repeatable else [])]
        with self.together():
            for table in ("pieces", "faults", "faulty", "postponed", "known"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608  (our own names)
            self._db.execute("DELETE FROM outcomes WHERE kind = ?", (Kind.LEFT_OUT,))
            self._db.executemany("DELETE FROM about WHERE name = ?", ((name,) for name in notes))
            for state in forgotten:
                for batch in self.batches(state=state):
                    self._forget_outcomes(batch)
                    self._db.execute("DELETE FROM batches WHERE id = ?", (batch.id,))
        if not self.batches():
            self.spool.unlink(missing_ok=True)

    def spool_is_whole(self, go_on: Callable[[], None] = lambda: None) -> bool:
        """Whether the rows of every batch that is to be sent are there as they were written.

        `go_on` is called now and then and may raise.
        """
        states = (BatchState.PLANNED, BatchState.HELD, BatchState.SENDING)
        unsent = [batch for state in states for batch in self.batches(state=state)]
        try:
            for batch in unsent:
                go_on()
                self.body(batch)
        except OSError:
            return False
        return True

    def runs_left(self) -> list[tuple[int, int]]:
        """Runs (first, one after the last) of the rows in batches that have left, by row."""
        found = self._db.execute(
            "SELECT rows FROM batches WHERE state NOT IN (?, ?)", (BatchState.PLANNED, BatchState.HELD)
        )
        packed = array("q", b"".join(rows for (rows,) in found))
        return sorted((packed[at], packed[at] + packed[at + 1]) for at in range(0, len(packed), 2))

    def add_pieces(
        self,
        pieces: Iterable[tuple[int, int, int]],
        batches: Iterable[Batch],
        postponed: Iterable[tuple[int, bytes]] = (),
    ) -> None:
        """Keep where pieces of the file lie (first row, offset, length), the batches that they filled, and (row, JSON
        bytes) of rows that wait until all is read, all or nothing.
        """
        with self.together():
            self._db.executemany("INSERT INTO pieces VALUES (?, ?, ?)", pieces)
            self._db.executemany("INSERT INTO postponed VALUES (0, ?, ?)", postponed)
            for batch in batches:
                self.add_batch(batch)

    def add_batch(self, batch: Batch) -> int:
        """Keep a batch as planned; returns its id."""
        made = self._db.execute(
            "INSERT INTO batches(wave, offset, length, digest, count, rows, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(batch.wave, batch.offset, batch.length, batch.digest),
                *(len(batch.numbers), _pack(batch.numbers), BatchState.PLANNED),
            ),
        )
        return int(made.lastrowid or 0)

    def postpone(self, waves: Iterable[tuple[int, int]]) -> None:
        """Rows that wait are to go in a later wave; `waves` are (row, wave)."""
        with self.together():
            self._db.executemany(
                "UPDATE postponed SET wave = ? WHERE wave = 0 AND row = ?", ((wave, row) for row, wave in waves)
            )

    def replace_batch(self, batch: Batch, remaining: Batch | None, outcomes: Iterable[Outcome] = ()) -> None:
        """Take rows out of a planned batch; `outcomes` tell the end of those that never go."""
        with self.together():
            self._db.execute("DELETE FROM batches WHERE id = ?", (batch.id,))
            if remaining is not None:
                self.add_batch(remaining)
            self._db.executemany("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)", map(_as_row, outcomes))

    def divide(
        self, batch: Batch, parts: Sequence[Batch], rest: Sequence[int], succeeded: int, outcomes: Iterable[Outcome]
    ) -> list[Batch]:
        """Plan rows of a batch anew as batches of their own, all or nothing; the `rest` has landed or failed."""
        self.demand_there()
        listed = list(outcomes)
        with self.together():
            self._forget_outcomes(batch)
            made = [replace(part, id=self.add_batch(part)) for part in parts]
            self._db.executemany("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)", map(_as_row, listed))
            self._db.execute(
                "UPDATE batches SET state = ?, count = ?, rows = ?, succeeded = ?, failed = ?, unknown = 0 "
                "WHERE id = ?",
                (BatchState.SETTLED, len(rest), _pack(rest), succeeded, len(listed), batch.id),
            )
        return made

    def postponed(self) -> Iterator[tuple[int, int, bytes]]:
        """(wave, row, JSON bytes) of the rows that wait, in the order of sending.

        Those of wave 0 wait until all is read, those of a later one for an earlier row of the same key.
        """
        # Page by page: with a query left open, nothing could be noted here once another process has noted something.
        last = (0, 0)
        query = "SELECT wave, row, body FROM postponed WHERE (wave, row) > (?, ?) ORDER BY wave, row LIMIT ?"
        while page := self._db.execute(query, (*last, _PAGE)).fetchall():
            yield from page
            last = page[-1][:2]

    def piece_of(self, row: int) -> tuple[int, int, int]:
        """(first row, offset, length) of the piece of the file that holds a row."""
        found = self._db.execute(
            "SELECT first_row, offset, length FROM pieces WHERE first_row <= ? ORDER BY first_row DESC LIMIT 1", (row,)
        ).fetchone()
        if found is None:
            raise KeyError(row)
        first, offset, length = found
        return int(first), int(offset), int(length)

    def waves(self) -> list[int]:
        """The waves that batches belong to, in order."""
        return [wave for (wave,) in self._db.execute("SELECT DISTINCT wave FROM batches ORDER BY wave")]

    def batches(self, wave: int | None = None, state: BatchState | None = None, after: int = 0) -> list[Batch]:
        """Batches in file order, of one wave or state or all, with an id beyond `after`; row numbers are read later by
        `numbers`.
        """
        found = self._db.execute(
            "SELECT id, wave, offset, length, request_id, digest FROM batches "
            "WHERE id > ?3 AND (?1 IS NULL OR wave = ?1) AND (?2 IS NULL OR state = ?2) ORDER BY wave, offset",
            (wave, state, after),
        )
        return [Batch(i, w, offset, length, (), *others) for i, w, offset, length, *others in found]

    def numbers(self, batch: Batch) -> Sequence[int]:
        """Record numbers of a batch's rows, in the order of sending."""
        (packed,) = self._db.execute("SELECT rows FROM batches WHERE id = ?", (batch.id,)).fetchone()
        return _unpack(packed)

    def move(self, batch: Batch, state: BatchState, request_id: str = "") -> None:
        """Note how far a batch is, durably."""
        self.demand_there()
        self._db.execute(
            "UPDATE batches SET state = ?, request_id = CASE WHEN ? = '' THEN request_id ELSE ? END WHERE id = ?",
            (state, request_id, request_id, batch.id),
        )

    def accept(self, wave: int, request_id: str) -> None:
        """Note, durably, that all planned batches of a wave are about to be taken under one id."""
        self.demand_there()
        self._db.execute(
            "UPDATE batches SET state = ?, request_id = ? WHERE wave = ? AND state = ?",
            (BatchState.ACCEPTED, request_id, wave, BatchState.PLANNED),
        )

    def put_back(self, wave: int) -> None:
        """The accepted batches of a wave are planned as before."""
        self._db.execute(
            "UPDATE batches SET state = ?, request_id = '' WHERE wave = ? AND state = ?",
            (BatchState.PLANNED, wave, BatchState.ACCEPTED),
        )

    def settle(
        self, batch: Batch, succeeded: int, outcomes: Iterable[Outcome], state: BatchState = BatchState.SETTLED
    ) -> None:
        """Note what became of a batch's rows, all or nothing: how many landed, and each that did not.

        It takes the place of what was noted of them before. With another `state` than settled it is how things stand:
        a later run asks or sends again.
        """
        self.demand_there()
        listed = list(outcomes)
        failed = sum(outcome.kind is Kind.FAILED for outcome in listed)
        with self.together():
            self._forget_outcomes(batch)
            self._db.executemany("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)", map(_as_row, listed))
            self._db.execute(
                "UPDATE batches SET state = ?, succeeded = ?, failed = ?, unknown = ? WHERE id = ?",
                (state, succeeded, failed, len(listed) - failed, batch.id),
            )

    def _forget_outcomes(self, batch: Batch) -> None:
        found = self._db.execute("SELECT rows FROM batches WHERE id = ?", (batch.id,)).fetchone()
        runs = array("q", found[0] if found else b"")
        self._db.executemany(
            "DELETE FROM outcomes WHERE row >= ? AND row < ? AND kind <> ?",
            ((runs[at], runs[at] + runs[at + 1], Kind.LEFT_OUT) for at in range(0, len(runs), 2)),
        )

    def add_known(self, keys: Iterable[str]) -> None:
        """Keep keys that the target has."""
        with self.together():
            self._db.executemany("INSERT OR IGNORE INTO known VALUES (?)", ((key,) for key in keys))

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that the target has."""
        found: set[str] = set()
        for at in range(0, len(keys), _VARIABLES):
            part = keys[at : at + _VARIABLES]
            query = f"SELECT key FROM known WHERE key IN ({','.join('?' * len(part))})"  # noqa: S608  (only marks)
            found.update(key for (key,) in self._db.execute(query, part))
        return found

    def forget_known(self) -> None:
        """Let go of the target's keys."""
        self._db.execute("DELETE FROM known")

    def count_left_out_good(self) -> int:
        """How many rows were left out although they passed the check."""
        query = "SELECT count(*) FROM outcomes WHERE kind = ? AND row NOT IN (SELECT row FROM faulty)"
        return int(self._db.execute(query, (Kind.LEFT_OUT,)).fetchone()[0])

    def standing(self, *states: BatchState, wave: int | None = None) -> Standing:
        """What is known of the rows of all batches, or of those of a wave or in these states."""
        wanted = states or tuple(BatchState)
        sums = self._db.execute(
            "SELECT total(count), total(succeeded), total(failed), total(unknown) FROM batches "  # noqa: S608  (marks)
            f"WHERE (?1 IS NULL OR wave = ?1) AND state IN ({','.join('?' * len(wanted))})",
            (wave, *wanted),
        ).fetchone()
        return Standing(*map(int, sums))

    def outcomes(self) -> Iterator[Outcome]:
        """Every row that did not land for certain, in file order."""
        with closing(self._db.execute("SELECT row, kind, reason FROM outcomes ORDER BY row")) as rows:
            for row, kind, reason in rows:
                yield Outcome(row, Kind(kind), reason)

    def kinds(self, first: int, last: int) -> dict[int, Kind]:
        """What became of the rows from `first` to `last` that did not land for certain."""
        found = self._db.execute("SELECT row, kind FROM outcomes WHERE row BETWEEN ? AND ?", (first, last))
        return {row: Kind(kind) for row, kind in found}

    def reasons(self, limit: int = 20) -> list[tuple[str, str, int]]:
        """(kind, reason, rows) of the most frequent reasons."""
        return list(
            self._db.execute(
                "SELECT kind, reason, count(*) FROM outcomes GROUP BY kind, reason ORDER BY 3 DESC, 2 LIMIT ?", (limit,)
            )
        )

    def spooled(self, body: bytes, numbers: Sequence[int], wave: int = 0) -> Batch:
        """A batch whose rows, a JSON array of flat objects, are in the spool from now on, durably."""
        with self.spool.open("ab") as spool:
            offset = spool.tell()
            spool.write(body)
            spool.flush()
            os.fsync(spool.fileno())
        return Batch(0, wave, offset, len(body), numbers, digest=zlib.crc32(body))

    def body(self, batch: Batch) -> bytes:
        """A batch's rows: a JSON array of flat objects, UTF-8. Damaged where they are not what was written."""
        with self.spool.open("rb") as spool:
            spool.seek(batch.offset)
            body = spool.read(batch.length)
        if len(body) != batch.length or batch.digest not in (None, zlib.crc32(body)):
            raise Damaged(f"The rows that wait to be sent, in {self.spool}, were damaged since they were written")
        return body


def _as_row(outcome: Outcome) -> tuple[int, str, str]:
    return outcome.row, outcome.kind, outcome.reason


def _pack(numbers: Sequence[int]) -> bytes:
    """Runs of consecutive numbers as pairs (first, count) of 64-bit integers; the numbers are in order."""
    if numbers and numbers[-1] - numbers[0] == len(numbers) - 1:
        return array("q", (numbers[0], len(numbers))).tobytes()
    runs = array("q")
    for number in numbers:
        if runs and runs[-2] + runs[-1] == number:
            runs[-1] += 1
        else:
            runs.extend((number, 1))
    return runs.tobytes()


def _unpack(packed: bytes) -> Sequence[int]:
    runs = array("q", packed)
    if len(runs) == 2:
        return range(runs[0], runs[0] + runs[1])
    return [n for at in range(0, len(runs), 2) for n in range(runs[at], runs[at] + runs[at + 1])]
