"""One thing that is read in the background, and may be wished for anew while it is being read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.ui.tasks import TaskRunner

Job = Callable[[JobContext], Any]


class Reading(QObject):
    """The newest answer, or why there is none. An answer to an older wish is dropped."""

    changed = Signal()
    """Something was read, could not be read, or is being read now."""

    def __init__(self, runner: TaskRunner, key: str, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self.key = key
        self.value: Any = None
        self.error: ConsoleError | None = None
        self.running = False
        self.progress = Progress()
        self._next: tuple[Job, str] | None = None
        self._stale = False

    @property
    def untouched(self) -> bool:
        """Whether nobody has begun to read it."""
        return not self.running and self.value is None and self.error is None

    def read(self, job: Job, label: str) -> None:
        """Carry out a job for the value; the former value stays until then."""
        if self.running:
            self._next = job, label
            self._runner.cancel(self.key)
        else:
            self._begin(job, label)

    def drop(self) -> None:
        """Forget everything, and what is being read."""
        self.value, self.error, self._next, self._stale = None, None, None, True
        self._runner.cancel(self.key)
        self.changed.emit()

    def stop(self) -> None:
        """Stop reading; what was read before stays."""
        self._next = None
        self._runner.cancel(self.key)

    def take(self, value: object) -> None:
        """What was learnt in another way."""
        self.value, self.error = value, None
        self.changed.emit()

    def _begin(self, job: Job, label: str) -> None:
        self.running, self.error, self._stale, self.progress = True, None, False, Progress()
        task = self._runner.start(
            job,
            key=self.key,
            label=label,
            on_result=self._arrived,
            on_error=self._failed,
            on_progress=self._moved,
            on_done=self._done,
        )
        self.running = task is not None and self.running
        self.changed.emit()

    @property
    def _wanted(self) -> bool:
        return not self._stale and self._next is None

    def _arrived(self, value: object) -> None:
        if self._wanted:
            self.value = value

    def _failed(self, error: ConsoleError) -> None:
        if self._wanted:
            self.error = error

    def _moved(self, progress: Progress) -> None:
        if self._wanted:
            self.progress = progress
            self.changed.emit()

    def _done(self) -> None:
        self.running = False
        wish, self._next = self._next, None
        if wish is not None:
            self._begin(*wish)
        else:
            self.changed.emit()
