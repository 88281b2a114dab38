"""How many requests should be on their way at once, found out while they are: more as long as that brings more."""

from __future__ import annotations

from dataclasses import dataclass

BETTER = 1.05
"""How many times the throughput must grow for one more request to be worth it."""
SLOWER = 1.5
"""How many times longer an answer may take, with nothing gained, before there is one request fewer."""
PATIENCE = 8
"""Windows after which one more request is tried once again."""


@dataclass(slots=True)
class _Window:
    """As many answers as there are requests at once."""

    began: float
    answers: int = 0
    amount: float = 0.0
    waited: float = 0.0


class Flow:
    """The number of requests at once, from 1 to `most`. Times are seconds of any monotonic clock."""

    def __init__(self, start: int, most: int, now: float) -> None:
        self._limit = max(1, min(start, most))
        self._most = most
        self._window = _Window(now)
        self._rate = self._wait = 0.0
        self._quiet = PATIENCE
        """Windows since the limit was changed."""
        self._raised = False
        """Whether the last change was upwards, and has to prove itself."""

    @property
    def limit(self) -> int:
        """How many may be on their way now."""
        return self._limit

    def answered(self, amount: float, seconds: float, now: float, *, waiting: bool = True) -> None:
        """A request for so much ended well after so many seconds; unless more is `waiting`, more at once is no help."""
        window = self._window
        window.answers += 1
        window.amount += amount
        window.waited += seconds
        if window.answers < self._limit or now <= window.began:
            return
        rate, wait = window.amount / (now - window.began), window.waited / window.answers
        better = rate > self._rate * BETTER
        self._quiet += 1
        if self._raised and not better:
            self._change(self._limit - 1)
        else:
            slower = wait > self._wait * SLOWER and rate < self._rate
            self._rate, self._wait = rate, wait
            if slower and not self._raised:
                self._change(self._limit - 1)
            elif waiting and (self._raised or self._quiet >= PATIENCE):
                self._raised = self._change(self._limit + 1)
        self._window = _Window(now)

    def troubled(self, now: float) -> None:
        """A request met 429, a server error or a contention: half as many, and measure anew."""
        self._change(self._limit // 2)
        self._rate = self._wait = 0.0
        self._window = _Window(now)

    def _change(self, limit: int) -> bool:
        """Set the limit within its bounds; whether it is higher now."""
        before, self._limit = self._limit, max(1, min(limit, self._most))
        self._quiet = 0
        self._raised = False
        return self._limit > before
