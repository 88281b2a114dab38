"""What should be in the data extension after an import: every row that landed, or may have, by its key and meaning.

It is put together from the file, in a process of its own, into an SQLite file beside the journal, so that memory does
not grow with the file. The last row of a key wins, as in the import.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mcconsole.core import meaning, tables
from mcconsole.core.aside import Tell, aside
from mcconsole.core.checks import Checker
from mcconsole.core.fields import Field
from mcconsole.core.jobs import JobContext
from mcconsole.core.journal import TROUBLE, BatchState, Journal, Kind, trouble
from mcconsole.features.imports.plan import Plan
from mcconsole.features.imports.reader import PIECE_BYTES, Reading, progress

_SCHEMA = """
CREATE TABLE expected(key TEXT PRIMARY KEY, loose TEXT NOT NULL, row INTEGER NOT NULL, words TEXT NOT NULL,
                      unknown INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1, seen INTEGER NOT NULL DEFAULT 0)
                      WITHOUT ROWID;
CREATE INDEX expected_by_loose ON expected(loose);
"""
_VARIABLES = 500

Words = list[str | None]
"""The meaning of each compared field; None where the field was left alone."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A row that should be there. `unknown` where nobody knew whether it landed."""

    key: str
    row: int
    words: Words
    unknown: bool


class Expected:
    """The file of expected rows of one import; a context manager that deletes it at the end."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.path = folder / "expected.sqlite"
        self.path.touch(mode=0o600)
        self._db = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        self.fields = compared(plan)
        self._keys = plan.schema.keys

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
        self.path.unlink(missing_ok=True)

    def count(self, *, unknown: bool = False, missing: bool = False) -> int:
        """How many rows are expected; of those that are `unknown`, or not, the `missing` ones if wished."""
        what = "max(0, times - seen)" if missing else "times"
        query = f"SELECT total({what}) FROM expected WHERE unknown = ?"  # noqa: S608  (our own words)
        return int(self._db.execute(query, (unknown,)).fetchone()[0])

    def keys(self) -> int:
        """How many different rows are expected."""
        return int(self._db.execute("SELECT count(*) FROM expected").fetchone()[0])

    def key_of(self, row: Mapping[str, str]) -> str:
        """The key of a row that was read back; without a primary key it is all that the row means."""
        if self._keys:
            return meaning.key_read(self._keys, row)
        return json.dumps([meaning.read_back(field, row.get(field.name.lower(), "")) for field in self.fields])

    def find(self, keys: Sequence[str]) -> dict[str, Expectation]:
        """The expected rows of these keys, as far as there are any; letter by letter first, then whatever the case."""
        found: dict[str, Expectation] = {}
        for at in range(0, len(keys), _VARIABLES):
            part = keys[at : at + _VARIABLES]
            marks = ",".join("?" * len(part))
            for key, row, words, unknown in self._db.execute(
                f"SELECT key, row, words, unknown FROM expected WHERE key IN ({marks})",  # noqa: S608  (only marks)
                part,
            ):
                found[key] = Expectation(key, row, json.loads(words), bool(unknown))
        for key in keys if self._keys else ():
            if key not in found and (one := self._loosely(key)):
                found[key] = one
        return found

    def _loosely(self, key: str) -> Expectation | None:
        query = "SELECT key, row, words, unknown FROM expected WHERE loose = ? AND seen = 0"
        one = self._db.execute(query, (_loose(key),)).fetchone()
        return Expectation(one[0], one[1], json.loads(one[2]), bool(one[3])) if one else None

    def see(self, keys: Iterable[str]) -> None:
        """Note rows as found, by their own keys."""
        self._db.execute("BEGIN")
        self._db.executemany("UPDATE expected SET seen = seen + 1 WHERE key = ?", ((key,) for key in keys))
        self._db.execute("COMMIT")

    def missing(self) -> Iterator[Expectation]:
        """Rows that were not found, in file order; those of which nobody knew are not among them."""
        query = "SELECT key, row, words FROM expected WHERE seen < times AND NOT unknown ORDER BY row"
        with closing(self._db.execute(query)) as rows:
            for key, row, words in rows:
                yield Expectation(key, row, json.loads(words), unknown=False)

    def sample(self, size: int) -> list[Expectation]:
        """Some rows by chance."""
        query = "SELECT key, row, words, unknown FROM expected ORDER BY random() LIMIT ?"
        return [
            Expectation(k, row, json.loads(words), bool(u)) for k, row, words, u in self._db.execute(query, (size,))
        ]

    def keep_only(self, keys: Sequence[str]) -> None:
        """Forget all rows but these."""
        self._db.execute("CREATE TEMP TABLE chosen(key TEXT PRIMARY KEY)")
        self._db.executemany("INSERT INTO chosen VALUES (?)", ((key,) for key in keys))
        self._db.execute("DELETE FROM expected WHERE key NOT IN (SELECT key FROM chosen)")

    def fill(self, plan: Plan, journal: Journal, report: Tell) -> int:
        """Read the file again and keep its rows, but for those that were never sent or failed; returns how many."""
        self._db.executescript("PRAGMA synchronous = OFF; DROP TABLE IF EXISTS expected;" + _SCHEMA)
        checker = Checker(plan.schema, plan.mapping, plan.headers, mode=plan.mode.checks_as)
        rows = 0
        for piece in tables.pieces(plan.path, plan.dialect, target_bytes=PIECE_BYTES, expected=plan.identity):
            checked = checker.check_piece(piece)
            if piece.numbers:
                kinds = journal.kinds(piece.numbers[0], piece.numbers[-1])
                self._add(zip(checked.numbers, checked.rows(), strict=True), kinds)
            rows += len(piece.numbers)
            report(Reading(piece.offset + piece.length, rows, 0))
        self._forget_unsent(journal)
        return self.keys()

    def _add(self, rows: Iterable[tuple[int, dict[str, str]]], kinds: Mapping[int, Kind]) -> None:
        made = []
        for number, row in rows:
            kind = kinds.get(number)
            if kind in (None, Kind.UNKNOWN):
                words = [meaning.sent(field, row[field.name]) if field.name in row else None for field in self.fields]
                key = meaning.key_sent(self._keys, row) if self._keys else json.dumps([word or "" for word in words])
                made.append((key, _loose(key), number, json.dumps(words), kind is Kind.UNKNOWN))
        again = (
            "row = excluded.row, words = excluded.words, unknown = excluded.unknown"
            if self._keys
            else "times = times + 1"
        )
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO expected(key, loose, row, words, unknown) VALUES (?, ?, ?, ?, ?) "  # noqa: S608  (ours)
            f"ON CONFLICT (key) DO UPDATE SET {again}",
            made,
        )
        self._db.execute("COMMIT")

    def _forget_unsent(self, journal: Journal) -> None:
        for state in (BatchState.PLANNED, BatchState.HELD):
            for batch in journal.batches(state=state):
                self._db.executemany(
                    "DELETE FROM expected WHERE row = ?", ((number,) for number in journal.numbers(batch))
                )


def compared(plan: Plan) -> tuple[Field, ...]:
    """The fields that the import fills, in the order of the schema."""
    names = {*plan.mapping.columns.values(), *plan.mapping.constants}
    return tuple(field for field in plan.schema.fields if field.name in names)


def in_process(ctx: JobContext, plan: Plan, folder: Path) -> int:
    """Note in a process of its own what every row should be; returns how many rows were read."""
    return aside(ctx, work, plan, folder, heard=progress(ctx, plan))


def work(tell: Tell, plan: Plan, folder: Path) -> int:
    """What the process does."""
    try:
        with Journal(folder) as journal:
            return Expected(plan, folder).fill(plan, journal, tell)
    except TROUBLE as error:
        raise trouble(folder, error) from None


def _loose(key: str) -> str:
    return "\0".join(part.rstrip(" ").casefold() for part in key.split("\0"))
