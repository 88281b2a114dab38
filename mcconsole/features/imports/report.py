"""What came of an import: the figures that always add up, and the file of rows that did not land."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from mcconsole.core import paths, tables
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.journal import Journal, Kind, Outcome
from mcconsole.features.imports.plan import Plan

_STEM = 50
"""Characters of the source's name in that of the file of failed rows: a name may have 255 bytes, temporary or not."""


class State(StrEnum):
    """How an import ended."""

    DONE = "done"
    """Everything was tried; the figures tell the rest."""
    CHECKED = "checked"
    """A dry run: nothing was sent."""
    REFUSED = "refused"
    """Rows failed the check and none was to be left out: nothing was sent."""
    TRIED = "tried"
    """The first rows were sent as a trial; the others wait."""
    STOPPED = "stopped"
    """An error ended it early."""
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The console ended before the import did."""
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Result:
    """The end of an import. `rows_read` is the sum of left out, not sent, succeeded, failed and unknown, always."""

    import_id: str
    state: State
    route: str
    rows_read: int
    rows_left_out: int
    rows_succeeded: int
    rows_failed: int
    rows_unknown: int
    seconds: float
    failed_file: Path | None = None
    reasons: tuple[tuple[str, str, int], ...] = ()
    """(kind, reason, rows) of the most frequent reasons."""
    error: ConsoleError | None = None
    warnings: tuple[str, ...] = ()
    route_reason: str = ""
    resumable: bool = False
    """Whether rows are left that can still be sent, or asked after."""

    @property
    def rows_sent(self) -> int:
        """Rows that left for Marketing Cloud."""
        return self.rows_succeeded + self.rows_failed + self.rows_unknown

    @property
    def rows_not_sent(self) -> int:
        """Good rows that never left."""
        return self.rows_read - self.rows_left_out - self.rows_sent

    @property
    def exit_code(self) -> int:
        """As the command line answers: 130 before 3, 3 before 1."""
        if self.state is State.CANCELLED:
            return 130
        if self.state is State.REFUSED:
            return 2
        if self.rows_unknown:
            return 3
        not_sent = self.rows_not_sent if self.state not in (State.CHECKED, State.TRIED) else 0
        if self.error is not None and not self.rows_sent:
            return self.error.exit_code
        return 1 if self.error is not None or self.rows_failed or self.rows_left_out or not_sent else 0

    def as_json(self) -> dict[str, object]:
        """The contract's object, with the state and the reasons beside it."""
        return {
            "import_id": self.import_id,
            "route": self.route,
            "route_reason": self.route_reason,
            "rows_read": self.rows_read,
            "rows_left_out": self.rows_left_out,
            "rows_sent": self.rows_sent,
            "rows_succeeded": self.rows_succeeded,
            "rows_failed": self.rows_failed,
            "rows_unknown": self.rows_unknown,
            "rows_not_sent": self.rows_not_sent,
            "seconds": round(self.seconds, 3),
            "failed_file": str(self.failed_file) if self.failed_file else None,
            "state": self.state.value,
            "resumable": self.resumable,
            "reasons": [{"kind": kind, "reason": reason, "rows": rows} for kind, reason, rows in self.reasons],
            "warnings": list(self.warnings),
            "error": error_json(self.error),
        }


def from_json(data: Any) -> Result:
    """The result that `as_json` gave. KeyError, TypeError or ValueError when it is none."""
    error, failed_file = data["error"], data["failed_file"]
    return Result(
        import_id=data["import_id"],
        state=State(data["state"]),
        route=data["route"],
        rows_read=data["rows_read"],
        rows_left_out=data["rows_left_out"],
        rows_succeeded=data["rows_succeeded"],
        rows_failed=data["rows_failed"],
        rows_unknown=data["rows_unknown"],
        seconds=data["seconds"],
        failed_file=Path(failed_file) if failed_file else None,
        reasons=tuple((one["kind"], one["reason"], one["rows"]) for one in data["reasons"]),
        error=ConsoleError(error["what"], said=error["said"], advice=error["advice"]) if error else None,
        warnings=tuple(data["warnings"]),
        route_reason=data["route_reason"],
        resumable=data["resumable"],
    )


def error_json(error: ConsoleError | None) -> dict[str, str] | None:
    """An error as an object: what happened, what Marketing Cloud said, what to do next."""
    return None if error is None else {"what": str(error), "said": error.said, "advice": error.advice}


def write_failed(plan: Plan, journal: Journal) -> Path | None:
    """Write the rows that were left out, failed or are unknown: original columns and cells, then `_row`, `_reason`.

    UTF-8 with BOM and the source's delimiter, ready to be loaded again. None when there is no such row.
    """
    rows = _failed_rows(plan, journal)
    first = next(rows, None)
    if first is None:
        return None
    path = (journal.folder / f"{plan.path.stem[:_STEM]}.failed.csv").absolute()
    width = len(plan.headers)
    with paths.atomic_write(path) as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        write = _writer(text, plan.dialect.delimiter)
        write([*plan.headers, "_row", "_reason"])
        for listed in ([first], rows):
            for cells, outcome in listed:
                padded = cells + [""] * (width - len(cells))
                write([*padded[:width], str(outcome.row), outcome.reason, *padded[width:]])
        text.flush()
        text.detach()
    return path


def _writer(text: io.TextIOBase, delimiter: str):  # type: ignore[no-untyped-def]
    if len(delimiter) <= 1:
        return csv.writer(text, delimiter=delimiter or ",", lineterminator="\r\n").writerow

    def write(cells: list[str]) -> None:
        text.write(delimiter.join(_quoted(cell, delimiter) for cell in cells) + "\r\n")

    return write


def _quoted(cell: str, delimiter: str) -> str:
    if any(mark in cell for mark in (*delimiter, '"', "\r", "\n")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _failed_rows(plan: Plan, journal: Journal) -> Iterator[tuple[list[str], Outcome]]:
    sent = _AsSent(plan, journal)
    for (first, offset, length), outcomes in groupby(journal.outcomes(), lambda o: journal.piece_of(o.row)):
        cells: dict[int, list[str]] | None = None
        for outcome in outcomes:
            kept = journal.faulty_cells(outcome.row) if outcome.kind is Kind.LEFT_OUT else None
            if kept is None:
                if cells is None:
                    cells = _cells(plan, offset, length, first)
                kept = cells[outcome.row] if outcome.row in cells else sent.cells(outcome.row)
            yield kept, outcome


def _cells(plan: Plan, offset: int, length: int, first: int) -> dict[int, list[str]]:
    """The cells of a piece by row; empty when the file is no longer the one that was read."""
    try:
        if tables.identity(plan.path) != plan.identity:
            return {}
        piece = tables.read_piece(plan.path, plan.dialect, offset, length, first)
    except (BadInput, OSError):
        return {}
    return dict(zip(piece.numbers, piece.rows, strict=True))


class _AsSent:
    """Rows put together again from what was prepared for sending, for when the file changed or vanished."""

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self._plan = plan
        self._journal = journal
        self._rows: dict[int, dict[str, str]] = {}

    def cells(self, row: int) -> list[str]:
        if row not in self._rows:
            self._load(row)
        values = self._rows.get(row, {})
        columns = self._plan.mapping.columns
        return [values.get(columns.get(header) or "", "") for header in self._plan.headers]

    def _load(self, row: int) -> None:
        for batch in self._journal.batches():
            numbers = self._journal.numbers(batch)
            if row in numbers:
                self._rows = dict(zip(numbers, orjson.loads(self._journal.body(batch)), strict=True))
                return
