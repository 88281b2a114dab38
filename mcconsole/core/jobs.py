"""What a background job may ask of whoever runs it. A job is a callable `job(ctx: JobContext) -> T`; it knows no Qt."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass


class Cancelled(Exception):
    """The user asked for this job to stop. Raised by `JobContext.check` and `sleep`, ends the job without error."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. `done` and `total` share a unit of the job's choosing; `total` None means unknown."""

    done: float = 0.0
    total: float | None = None
    note: str = ""
    detail: object = None
    """A frozen value of the job's own, for a screen that shows more than a bar."""


class JobContext:
    """Cancel, sleep and report, from any thread. `id` and `label` say which job a call to the tenant belongs to."""

    def __init__(self, report: Callable[[Progress], None] | None = None, *, label: str = "") -> None:
        self.id = uuid.uuid4().hex
        self.label = label
        self._cancel = threading.Event()
        self._report = report

    def apart(self) -> JobContext:
        """A context of the same job that is cancelled by itself only, and reports to nobody."""
        other = JobContext(label=self.label)
        other.id = self.id
        return other

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._cancel.is_set()

    def cancel(self) -> None:
        """Ask the job to stop; returns at once."""
        self._cancel.set()

    def check(self) -> None:
        """Raise Cancelled when asked to stop."""
        if self._cancel.is_set():
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        """Wait; raises Cancelled at once when asked to stop."""
        if self._cancel.wait(seconds):
            raise Cancelled

    def report(self, progress: Progress) -> None:
        """Tell how far the job is; cheap enough to call for every batch."""
        if self._report is not None:
            self._report(progress)
