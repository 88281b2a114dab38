"""The journal of a run that names people: one line for each, what was sent for it, and what became of it.

Like every journal it survives a kill. Members leave in batches; intent is durable before a batch leaves, the answer
before the next one. A member is `sending` after a crash when nobody knows whether it was taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from mcconsole.core.run_journal import RunJournal

_SCHEMA = """
CREATE TABLE members(row INTEGER PRIMARY KEY, batch INTEGER NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL,
                     state TEXT NOT NULL, reference TEXT NOT NULL DEFAULT '', request TEXT NOT NULL DEFAULT '',
                     at TEXT NOT NULL DEFAULT '', before TEXT NOT NULL DEFAULT '{}',
                     verdict TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
                     address TEXT NOT NULL DEFAULT '');
CREATE INDEX members_by_batch ON members(batch);
CREATE INDEX members_by_state ON members(state);
"""
_COLUMNS = "row, key, data, state, reference, request, at, before, verdict, reason, address"


class MemberState(StrEnum):
    """How far a member is."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the run."""

    row: int
    """Record number in the file."""
    key: str
    """Contact key, or subscriber key."""
    data: Mapping[str, Any]
    """What was sent for it, as plain JSON by name."""
    state: MemberState = MemberState.PLANNED
    reference: str = ""
    """The tenant's own id of what was sent for it; or a key made for it beforehand, under which it is taken once."""
    request: str = ""
    """The tenant's id of the call."""
    at: str = ""
    """When it was accepted at the earliest, by the tenant's clock, ISO 8601."""
    before: Mapping[str, object] | None = None
    """What was known of it before, as JSON."""
    verdict: str = ""
    reason: str = ""
    address: str = ""
    """Where a message goes; "" for what is no message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the tenant said of one member of a batch."""

    row: int
    state: MemberState
    reference: str = ""
    verdict: str = ""
    reason: str = ""


class MemberJournal(RunJournal):
    """A journal with members. It belongs to the thread that opened it."""

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Start a journal in a new private folder."""
        journal = super().create(folder)
        journal._db.executescript(_SCHEMA)
        return journal

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        columns = [column for _, column, *_ in self._db.execute("PRAGMA table_info(members)")]
        if columns and "address" not in columns:
            self._db.execute("ALTER TABLE members ADD COLUMN address TEXT NOT NULL DEFAULT ''")

    def add(self, batch: int, members: Iterable[Member]) -> None:
        """Plan a batch of members."""
        with self.together():
            self._db.executemany(
                "INSERT INTO members(row, batch, key, data, state, reference, address) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (one.row, batch, one.key, json.dumps(one.data), one.state, one.reference, one.address)
                    for one in members
                ),
            )

    def planned(self) -> list[int]:
        """The batches that wait to be sent, in file order."""
        found = self._db.execute(
            "SELECT DISTINCT batch FROM members WHERE state = ? ORDER BY 1", (MemberState.PLANNED,)
        )
        return [batch for (batch,) in found]

    def members(self, *states: MemberState, batch: int | None = None) -> Iterator[Member]:
        """Members in file order, of some states or all, of one batch or all."""
        query = (
            f"SELECT {_COLUMNS} FROM members WHERE (?1 IS NULL OR batch = ?1) "  # noqa: S608  (only our own names)
            f"AND state IN ({','.join('?' * len(states or tuple(MemberState)))}) ORDER BY row"
        )
        with closing(self._db.execute(query, (batch, *(states or tuple(MemberState))))) as rows:
            for row, key, data, state, reference, request, at, before, verdict, reason, address in rows:
                yield Member(
                    *(row, key, json.loads(data), MemberState(state), reference, request, at),
                    *(json.loads(before), verdict, reason, address),
                )

    def left(self) -> Iterator[tuple[int, str, str]]:
        """(row, key, verdict) of every member for whom something left and was not refused."""
        yield from self._db.execute(
            "SELECT row, key, verdict FROM members WHERE state NOT IN (?, ?)",
            (MemberState.PLANNED, MemberState.REFUSED),
        )

    def shared_addresses(self) -> int:
        """How many addresses more than one member has; case does not count."""
        query = "SELECT count(*) FROM (SELECT 1 FROM members GROUP BY lower(address) HAVING count(*) > 1)"
        return int(self._db.execute(query).fetchone()[0])

    def begin(self, batch: int, before: Mapping[str, Mapping[str, object]]) -> bool:
        """Note, durably, that a batch is about to leave, and what is known of its members by key.

        False when it is not there to be sent any more.
        """
        with self.together():
            changed = self._db.execute(
                "UPDATE members SET state = ? WHERE batch = ? AND state = ?",
                (MemberState.SENDING, batch, MemberState.PLANNED),
            ).rowcount
            self._db.executemany(
                "UPDATE members SET before = ? WHERE batch = ? AND key = ?",
                ((json.dumps(known), batch, key) for key, known in before.items()),
            )
        return changed > 0

    def answer(self, answers: Sequence[Answer], *, request: str = "", at: str = "") -> None:
        """Note what the tenant said of a batch, all or nothing."""
        with self.together():
            self._db.executemany(
                "UPDATE members SET state = ?, reference = ?, request = ?, at = ?, verdict = ?, reason = ? "
                "WHERE row = ?",
                ((one.state, one.reference, request, at, one.verdict, one.reason, one.row) for one in answers),
            )

    def put_back(self, batch: int) -> None:
        """A batch was certainly not carried out: it is planned as before."""
        self._db.execute(
            "UPDATE members SET state = ? WHERE batch = ? AND state = ?",
            (MemberState.PLANNED, batch, MemberState.SENDING),
        )

    def plan_again(self, rows: Iterable[int]) -> None:
        """Members whose outcome was unknown are planned as before, as it cannot happen twice."""
        with self.together():
            self._db.executemany(
                "UPDATE members SET state = ?, verdict = '', reason = '' WHERE row = ? AND state = ?",
                ((MemberState.PLANNED, row, MemberState.UNKNOWN) for row in rows),
            )

    def give_up_sending(self, reason: str) -> int:
        """Members that were on their way when the run was cut are unknown from now on; returns how many."""
        return self._db.execute(
            "UPDATE members SET state = ?, reason = ? WHERE state = ?",
            (MemberState.UNKNOWN, reason, MemberState.SENDING),
        ).rowcount

    def judge(self, row: int, verdict: str, reason: str) -> None:
        """Note the verdict on a member."""
        self._db.execute("UPDATE members SET verdict = ?, reason = ? WHERE row = ?", (verdict, reason, row))

    def counts(self) -> dict[tuple[str, str], int]:
        """How many members there are of each (state, verdict)."""
        rows = self._db.execute("SELECT state, verdict, count(*) FROM members GROUP BY 1, 2")
        return {(state, verdict): count for state, verdict, count in rows}
