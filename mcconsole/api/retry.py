"""Whether to try again, and when: a pure decision without clock, sleep or network."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from decimal import Decimal
from email.utils import parsedate_to_datetime

from mcconsole.api.operations import Operation
from mcconsole.core import clock

BLOCKED = 50200
"""“Your requests are temporarily blocked”: no end is announced (API reference 7.2, documented)."""
CONTENTION = 10006
"""Without additionalErrors it is transient contention (API reference 4.4, observed)."""
AGAIN = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended, as far as repeating it goes."""

    sent: bool = True
    """Whether any byte of the request may have left this machine."""
    hopeless: bool = False
    """It would end the same way again: a bad certificate, an unknown host."""
    status: int | None = None
    """None when no whole answer came."""
    codes: tuple[int, ...] = ()
    retry_after: float | None = None
    """Seconds that Marketing Cloud asked to wait."""
    contention: bool = False

    @property
    def maybe_executed(self) -> bool:
        """Whether it may have been carried out although no answer says so."""
        return self.sent and (self.status is None or self.status >= 500)


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient to be; times in seconds."""

    attempts: int = 5
    base: float = 0.5
    longest: float = 30.0
    patience: float = 60.0
    """A longer wait is not waited for but told."""


def backoff(attempt: int, limits: Limits, jitter: float) -> float:
    """Seconds before the attempt after `attempt` (from 1); `jitter` in 0..1 spreads them over the upper half."""
    return min(limits.longest, limits.base * 2.0 ** (attempt - 1)) * (0.5 + 0.5 * jitter)


def decide(operation: Operation, attempt: int, outcome: Outcome, limits: Limits, jitter: float) -> float | None:
    """Seconds to wait before trying again, or None to stop. 401 is not decided here: it takes a new token first."""
    if attempt >= limits.attempts or outcome.hopeless or BLOCKED in outcome.codes:
        return None
    if operation.once and (outcome.maybe_executed or outcome.contention):
        return None
    transient = outcome.status is None or outcome.status == 429 or outcome.status in AGAIN or outcome.contention
    if not transient:
        return None
    asked = outcome.retry_after
    wait = backoff(attempt, limits, jitter) if asked is None else asked + min(1.0, limits.base) * jitter
    return None if wait > limits.patience else wait


def seconds_asked(header: str | None, body: object) -> float | None:
    """The wait that an answer asks for: `Retry-After` as seconds or as a date, else `retryAfter` in the body."""
    if header:
        with contextlib.suppress(ValueError):
            return _seconds(float(header))
        with contextlib.suppress(ValueError, TypeError):
            return _seconds((parsedate_to_datetime(header) - clock.now()).total_seconds())
    found = body.get("retryAfter") if isinstance(body, dict) else None
    if isinstance(found, (int, float, Decimal)) and not isinstance(found, bool):
        with contextlib.suppress(OverflowError):
            return _seconds(float(found))
    return None


def _seconds(number: float) -> float | None:
    return max(0.0, number) if math.isfinite(number) else None
