"""How fast calls leave, for all threads of one tenant together."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mcconsole.core import clock


class Throttle:
    """A token bucket, and a pause for when Marketing Cloud said "too many".

    A full bucket and a minute's refill are just below the 2,500 REST calls a minute that practitioners advise (API
    reference 6, observed).
    """

    def __init__(self, rate: float = 37.0, burst: int = 250, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._now = monotonic
        self._lock = threading.Lock()
        self._free = float(burst)
        self._at = monotonic()
        self._paused_until = self._at

    def reserve(self) -> float:
        """Take the next place in the queue; the seconds to wait for it."""
        with self._lock:
            now = self._now()
            self._free = min(self._burst, self._free + (now - self._at) * self._rate)
            self._at = now
            self._free -= 1
            wait = -self._free / self._rate if self._free < 0 else 0.0
            return max(wait, self._paused_until - now)

    def pause(self, seconds: float) -> None:
        """Let nobody go before this many seconds have passed."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._now() + seconds)

    @property
    def paused(self) -> float:
        """Seconds that the pause still lasts; 0.0 without one."""
        with self._lock:
            return max(0.0, self._paused_until - self._now())
