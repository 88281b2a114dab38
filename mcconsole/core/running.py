"""A run over many people while it goes on: its counts, told as progress; and its results as a file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcconsole.core import paths
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.members import MemberJournal, MemberState


@dataclass(frozen=True, slots=True)
class Running:
    """A run while it goes on: members by (state, verdict)."""

    counts: Mapping[tuple[str, str], int]

    @property
    def total(self) -> int:
        """All members."""
        return sum(self.counts.values())

    @property
    def fired(self) -> int:
        """Members for whom something has left."""
        return self.total - self.of(MemberState.PLANNED)

    def of(self, *states: MemberState) -> int:
        """Members in these states."""
        return sum(number for (state, _), number in self.counts.items() if state in states)

    def judged(self, verdict: str) -> int:
        """Members with a verdict."""
        return sum(number for (_, judged), number in self.counts.items() if judged == verdict)

    def open(self, states: Container[str], certain: Container[str]) -> int:
        """Members in one of some states whose verdict is none of the certain ones."""
        return sum(n for (state, judged), n in self.counts.items() if state in states and judged not in certain)


class Meter:
    """Counts along, so that telling how far a run is asks the journal once only. `what` says what was done to them."""

    def __init__(self, ctx: JobContext, journal: MemberJournal, what: str) -> None:
        self._ctx = ctx
        self._what = what
        self._counts = Counter(journal.counts())

    def move(self, before: tuple[str, str], after: tuple[str, str]) -> None:
        """One member changed its (state, verdict)."""
        self._counts[before] -= 1
        self._counts[after] += 1

    def tell(self) -> None:
        """Report how far it is."""
        standing = Running(dict(self._counts))
        done, total = standing.fired, standing.total
        self._ctx.report(Progress(done, total, f"{done:,} of {total:,} {self._what}", standing))


def write_csv(rows: Iterable[Mapping[str, object]], header: Sequence[str], path: Path) -> None:
    """Write results, UTF-8 with BOM; ConsoleError when the file cannot be written."""
    try:
        with paths.atomic_write(path) as file:
            text = io.TextIOWrapper(file, "utf-8-sig", newline="")
            write = csv.writer(text, lineterminator="\r\n").writerow
            write(header)
            for one in rows:
                write([_cell(one[name]) for name in header])
            text.detach()
    except OSError as error:
        raise ConsoleError(f"{path}: the results could not be saved: {error.strerror or error}.") from None


def _cell(value: object) -> object:
    return {True: "yes", False: "no", None: ""}.get(value, value) if isinstance(value, bool | None) else value
