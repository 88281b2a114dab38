"""A trial: the first rows are sent and settled, and the others are held back until somebody says to go on."""

from __future__ import annotations

from enum import StrEnum

import orjson

from mcconsole.core.journal import BatchState, Journal


class Trial(StrEnum):
    """How far a trial is."""

    ASKED = "asked"
    """The rows that are to wait may not all be held back yet."""
    RUNNING = "running"
    DONE = "done"
    RELEASED = "released"


def ask(journal: Journal, rows: int) -> None:
    """Note that only the first rows are to be sent for now."""
    journal.note(trial=Trial.ASKED, trial_rows=rows)


def ask_again(journal: Journal) -> None:
    """The file is read anew, which holds nothing back: `begin` is to do that once more, where the trial goes on."""
    if journal.about().get("trial") == Trial.RUNNING:
        journal.note(trial=Trial.ASKED)


def begin(journal: Journal) -> None:
    """Hold back what is not among the first rows, where a trial was asked for. After a kill it is done once more."""
    about = journal.about()
    if about.get("trial") == Trial.ASKED:
        left = journal.standing(BatchState.SENDING, BatchState.ACCEPTED, BatchState.SETTLED).rows
        _hold_back(journal, max(0, int(str(about["trial_rows"])) - left))
        journal.note(trial=Trial.RUNNING)


def end(journal: Journal) -> bool:
    """Note that the first rows have come to their end; whether others wait."""
    if journal.about().get("trial") != Trial.RUNNING or not journal.standing(BatchState.HELD).rows:
        return False
    journal.note(trial=Trial.DONE)
    return True


def release(journal: Journal) -> None:
    """Plan the rows that were held back, where the trial has ended."""
    if journal.about().get("trial") == Trial.DONE:
        for batch in journal.batches(state=BatchState.HELD):
            journal.move(batch, BatchState.PLANNED)
        journal.note(trial=Trial.RELEASED)


def _hold_back(journal: Journal, rows: int) -> None:
    planned = [(batch, journal.numbers(batch)) for batch in journal.batches(state=BatchState.PLANNED)]
    planned.sort(key=lambda one: (one[0].wave, one[1][0]))
    for batch, numbers in planned:
        held = batch
        if 0 < rows < len(numbers):
            bodies = orjson.loads(journal.body(batch))
            parts = [
                journal.spooled(orjson.dumps(bodies[part]), numbers[part], batch.wave)
                for part in (slice(None, rows), slice(rows, None))
            ]
            _, held = journal.divide(batch, parts, (), 0, ())
        if rows < len(numbers):
            journal.move(held, BatchState.HELD)
        rows = max(0, rows - len(numbers))
