"""The part of an import's journal that knows which rows failed the check, with their cells as in the file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from mcconsole.core.run_journal import RunJournal

_SCHEMA = """
CREATE TABLE faults(id INTEGER PRIMARY KEY, row INTEGER NOT NULL, column TEXT NOT NULL, field TEXT NOT NULL,
                    code TEXT NOT NULL, text TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX faults_by_code ON faults(code, row);
CREATE INDEX faults_by_row ON faults(row);
CREATE TABLE faulty(row INTEGER PRIMARY KEY, cells TEXT NOT NULL);
CREATE TABLE outcomes(row INTEGER PRIMARY KEY, kind TEXT NOT NULL, reason TEXT NOT NULL);
"""


class Kind(StrEnum):
    """Why a row is listed among the outcomes; rows that landed are only counted."""

    LEFT_OUT = "left out"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A cell that failed the check, as kept."""

    row: int
    column: str
    field: str
    code: str
    text: str
    value: str


class FaultJournal(RunJournal):
    """A journal of rows that failed, and of what is told of them in the end."""

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Start a journal in a new private folder."""
        journal = super().create(folder)
        journal._db.executescript(_SCHEMA)
        return journal

    def add_faults(self, faults: Iterable[FaultRow], cells: Iterable[tuple[int, list[str]]]) -> None:
        """Keep cells that failed the check, and (row, cells) of the rows they stand in, all or nothing."""
        with self.together():
            self._db.executemany(
                'INSERT INTO faults(row, "column", field, code, text, value) VALUES (?, ?, ?, ?, ?, ?)',
                ((f.row, f.column, f.field, f.code, f.text, f.value) for f in faults),
            )
            self._db.executemany(
                "INSERT OR IGNORE INTO faulty VALUES (?, ?)", ((row, json.dumps(listed)) for row, listed in cells)
            )

    def fault_counts(self) -> dict[tuple[str, str], int]:
        """How many faults of each (code, field)."""
        rows = self._db.execute("SELECT code, field, count(*) FROM faults GROUP BY code, field ORDER BY 3 DESC")
        return {(str(code), str(field)): int(count) for code, field, count in rows}

    def faults(
        self, code: str | None = None, field: str | None = None, *, offset: int = 0, limit: int = 1000
    ) -> list[FaultRow]:
        """Faults in file order, all or those of one code (and field)."""
        where = [clause for clause, value in (("code = ?", code), ("field = ?", field)) if value is not None]
        values: list[object] = [value for value in (code, field) if value is not None]
        rows = self._db.execute(
            'SELECT row, "column", field, code, text, value FROM faults '  # noqa: S608  (only our own clauses)
            + (f"WHERE {' AND '.join(where)} " if where else "")
            + "ORDER BY row, id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [FaultRow(*row) for row in rows]

    def faults_of(self, row: int) -> list[FaultRow]:
        """All faults of one row."""
        rows = self._db.execute(
            'SELECT row, "column", field, code, text, value FROM faults WHERE row = ? ORDER BY id', (row,)
        )
        return [FaultRow(*found) for found in rows]

    def faulty_cells(self, row: int) -> list[str] | None:
        """The cells of a row that failed the check, exactly as in the file."""
        found = self._db.execute("SELECT cells FROM faulty WHERE row = ?", (row,)).fetchone()
        return None if found is None else list(json.loads(found[0]))

    def count_faulty(self) -> int:
        """How many rows failed the check."""
        return int(self._db.execute("SELECT count(*) FROM faulty").fetchone()[0])

    def leave_out_faulty(self) -> None:
        """Turn every row that failed the check into an outcome of kind `left out`."""
        self._db.execute(
            "INSERT OR REPLACE INTO outcomes "
            "SELECT row, ?, group_concat(CASE WHEN field = '' THEN text ELSE field || ': ' || text END, '; ') "
            "FROM (SELECT * FROM faults ORDER BY row, id) GROUP BY row",
            (Kind.LEFT_OUT,),
        )
