"""How fast an import sends, how patient it is, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to send and how long to wait, in seconds."""

    posts: int = 4
    """Batches on their way at once, to begin with."""
    most_posts: int = 12
    """Batches on their way at once, at the most."""
    asks: int = 8
    """Questions on their way at once."""
    first_poll: float = 0.5
    longest_poll: float = 30.0
    not_found_grace: float = 300.0
    """How long `AsyncRequestStatusNotFound` means "not picked up yet"; not published (API reference 4.5)."""
    settle_limit: float = 3600.0
    """After this an accepted batch counts as unknown."""
    cancel_grace: float = 10.0
    """How long a cancelled import still asks after what was accepted."""
    failures_in_a_row: int = 3
    """Batches that end badly, one after another, before sending stops."""
    lost_in_a_row: int = 6
    """Questions without a usable answer, one after another, before nobody asks after a batch any more."""
    repeats: int = 6
    """How often rows go again: upserts whose end is unknown, and rows that others were in the way of."""
    fruitless: int = 30
    """Batches in a row that are parted to find the bad rows, and none landed, before whole ones count as failed."""


@dataclass(frozen=True, slots=True)
class Running:
    """Progress of a run. Rows, except where said otherwise."""

    total: int
    succeeded: int
    failed: int
    unknown: int
    accepted: int
    """Taken by Marketing Cloud, end not known yet."""
    accepted_batches: int
    rate: float | None
    """Settled rows a second."""
    seconds_left: float | None
    """None until the rate is stable."""
    cancelling: bool = False
    paused: bool = False

    @property
    def settled(self) -> int:
        """Rows whose end is known, or known to be unknowable."""
        return self.succeeded + self.failed + self.unknown
