"""When to ask after each batch that was accepted: one timetable for all jobs of an import.

At once, then after 0.5 s, doubling to 30 s (API reference 4.5); and as soon as another job has ended, as a tenant does
them one after another.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from mcconsole.core.journal import Batch


@dataclass(slots=True)
class Waiting:
    """An accepted batch that is asked after again and again. Times are seconds of the monotonic clock."""

    batch: Batch
    numbers: Sequence[int]
    since: float
    delay: float = 0.0
    """How long to wait after an answer that is no end; 0 before the first."""
    earlier: bool = False
    """Whether an earlier run handed it over."""
    lost: int = 0
    """Questions without an answer, one after another."""
    ended: int = 0
    """Jobs that had ended when it was asked last."""


class Questions:
    """Accepted batches by the time when to ask after them."""

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self._due: list[tuple[float, int, Waiting]] = []
        self._ended = 0

    def __len__(self) -> int:
        return len(self._due)

    @property
    def next(self) -> float | None:
        """When the next one is due."""
        return self._due[0][0] if self._due else None

    def add(self, waiting: Waiting, due: float) -> None:
        """Ask after it at this time."""
        heapq.heappush(self._due, (due, waiting.batch.id, waiting))

    def take(self, now: float) -> Waiting | None:
        """One that is due."""
        if not self._due or self._due[0][0] > now:
            return None
        waiting = heapq.heappop(self._due)[2]
        waiting.ended = self._ended
        return waiting

    def again(self, waiting: Waiting, now: float) -> None:
        """Ask once more after its delay, and twice as late the next time."""
        delay = waiting.delay or self._first
        self.add(waiting, now + delay)
        waiting.delay = min(delay * 2, self._longest)

    def hurry(self, waiting: Waiting) -> None:
        """It has not ended, but another job has since it was asked after: its back-off begins anew."""
        if waiting.ended != self._ended:
            waiting.delay = 0.0

    def one_ended(self, now: float) -> None:
        """The first of those that wait may have ended, too, however far its own back-off has come."""
        self._ended += 1
        if self._due:
            at = min(range(len(self._due)), key=lambda at: self._due[at][1])
            _, number, waiting = self._due[at]
            waiting.delay = 0.0
            self._due[at] = (now, number, waiting)
            heapq.heapify(self._due)

    def all_now(self) -> None:
        """Let none wait for its turn any more."""
        for _, _, waiting in self._due:
            waiting.delay = 0.0
        self._due = sorted((0.0, number, waiting) for _, number, waiting in self._due)
