"""Background work: the one place that runs a job off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import shiboken6
from PySide6.QtCore import QDeadlineTimer, QObject, QThread, QTimer, Signal, Slot

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import Cancelled, JobContext, Progress
from mcconsole.ui import crash

T = TypeVar("T")

PROGRESS_EVERY = 100
"""Milliseconds between two looks at a job's progress: a job may report as often as it likes."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a job ended: exactly one of the three. `fault` is an error of our own, beside the `error` shown for it."""

    result: object = None
    error: ConsoleError | None = None
    cancelled: bool = False
    fault: Exception | None = None


def _carry_out(job: Callable[[JobContext], object], context: JobContext) -> _Outcome:
    try:
        return _Outcome(result=job(context))
    except Cancelled:
        return _Outcome(cancelled=True)
    except ConsoleError as error:
        return _Outcome(error=error)
    except Exception as fault:  # the job runner is where an error of our own is met
        return _Outcome(error=crash.in_words(fault), fault=fault)


@dataclass(frozen=True, slots=True)
class Callbacks(Generic[T]):
    """Whom to tell, always in the GUI thread. A callback of a widget that is gone is left out."""

    on_result: Callable[[T], object] | None = None
    on_error: Callable[[ConsoleError], object] | None = None
    on_cancelled: Callable[[], object] | None = None
    on_progress: Callable[[Progress], object] | None = None
    on_done: Callable[[], object] | None = None


class Task:
    """A running job, as whoever started it and the status bar see it."""

    def __init__(self, key: str, label: str, *, uninterruptible: bool, quiet: bool, context: JobContext) -> None:
        self.key = key
        self.label = label
        self.quiet = quiet
        self.uninterruptible = uninterruptible
        """Cutting this short would leave something half done: closing waits for it to come to a clean stop."""
        self.progress = Progress()
        self._context = context

    def cancel(self) -> None:
        """Ask the job to stop; returns at once."""
        self._context.cancel()

    @property
    def cancelling(self) -> bool:
        """Whether it was asked to stop."""
        return self._context.cancelled


class _Latest:
    """The newest progress a job reported, from any thread; older ones are forgotten."""

    def __init__(self) -> None:
        self.value: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        self.value = progress

    def take(self) -> Progress | None:
        value, self.value = self.value, None
        return value


class _Worker(QThread):
    """One thread for one job. It sends no signal of its own: `finished` is Qt's, and the outcome is then at rest."""

    def __init__(self, job: Callable[[JobContext], object], context: JobContext, parent: QObject) -> None:
        super().__init__(parent)
        self._job = job
        self._context = context
        self.outcome = _Outcome(error=crash.in_words(None))

    def run(self) -> None:
        """Carry out the job in this thread."""
        self.outcome = _carry_out(self._job, self._context)


@dataclass(slots=True)
class _Live:
    task: Task
    latest: _Latest
    callbacks: Callbacks[object]
    worker: _Worker | None = None


class TaskRunner(QObject):
    """Starts jobs, keeps them until they have ended, and tells how they ended.

    Of `on_result`, `on_error` and `on_cancelled` exactly one is called, then `on_done`, all in the GUI thread. From the
    first of them on, the key is free again.
    """

    started = Signal(object)
    progressed = Signal(object)
    finished = Signal(object)
    """Each with the Task."""
    idle = Signal()
    """The last running job has ended."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live: dict[str, _Live] = {}
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(PROGRESS_EVERY)
        self._timer.timeout.connect(self._look)

    def start(
        self,
        job: Callable[[JobContext], T],
        *,
        key: str,
        label: str,
        on_result: Callable[[T], object] | None = None,
        on_error: Callable[[ConsoleError], object] | None = None,
        on_cancelled: Callable[[], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_done: Callable[[], object] | None = None,
        uninterruptible: bool = False,
        quiet: bool = False,
    ) -> Task | None:
        """Run `job(ctx)` in the background. None, and nothing is started, while a job with this key is live.

        This refusal, not a greyed button, is what prevents a double send. It also refuses once the window closes.
        A quiet job, such as one that reads a page of a list, is not shown among the running ones.
        """
        if key in self._live or self._closed:
            return None
        latest = _Latest()
        context = JobContext(latest, label=label)
        task = Task(key, label, uninterruptible=uninterruptible, quiet=quiet, context=context)
        callbacks = Callbacks(on_result, on_error, on_cancelled, on_progress, on_done)
        live = self._live[key] = _Live(task, latest, callbacks)  # type: ignore[arg-type]
        self.started.emit(task)
        self._begin(live, job, context)
        return task

    def running(self) -> tuple[Task, ...]:
        """The jobs that have not ended, oldest first."""
        return tuple(live.task for live in self._live.values())

    def cancel(self, key: str) -> None:
        """Ask the job with this key, if there is one, to stop."""
        if live := self._live.get(key):
            live.task.cancel()
            self.progressed.emit(live.task)

    def cancel_all(self) -> None:
        """Ask every job to stop."""
        for key in tuple(self._live):
            self.cancel(key)

    def close(self) -> None:
        """Start nothing any more and ask every job to stop; `idle` follows when the last one has."""
        self._closed = True
        self.cancel_all()

    def wait(self, milliseconds: int) -> bool:
        """Block until every thread has ended, for the very end of the program. True when none is left running."""
        deadline = QDeadlineTimer(milliseconds)
        workers = [live.worker for live in self._live.values() if live.worker is not None]
        return all(worker.wait(deadline) for worker in workers)

    def _begin(self, live: _Live, job: Callable[[JobContext], object], context: JobContext) -> None:
        worker = live.worker = _Worker(job, context, self)
        worker.setObjectName(live.task.key)
        worker.finished.connect(self._reap)
        self._timer.start()
        worker.start()

    @Slot()
    def _reap(self) -> None:
        for live in tuple(self._live.values()):
            worker = live.worker
            if worker is not None and worker.isFinished() and worker.wait():
                worker.deleteLater()
                self._end(live, worker.outcome)

    def _end(self, live: _Live, outcome: _Outcome) -> None:
        self._report(live)
        del self._live[live.task.key]
        if not self._live:
            self._timer.stop()
        if outcome.fault is not None:
            crash.report(outcome.fault)
        callbacks = live.callbacks
        try:
            if outcome.cancelled:
                _call(callbacks.on_cancelled)
            elif outcome.error is not None:
                _call(callbacks.on_error, outcome.error)
            else:
                _call(callbacks.on_result, outcome.result)
        finally:
            try:
                _call(callbacks.on_done)
            finally:
                self.finished.emit(live.task)
                if not self._live:
                    self.idle.emit()

    @Slot()
    def _look(self) -> None:
        for live in tuple(self._live.values()):
            self._report(live)

    def _report(self, live: _Live) -> None:
        progress = live.latest.take()
        if progress is not None:
            live.task.progress = progress
            _call(live.callbacks.on_progress, progress)
            self.progressed.emit(live.task)


class InlineRunner(TaskRunner):
    """The same, but a job has ended when `start` returns. For tests."""

    def _begin(self, live: _Live, job: Callable[[JobContext], object], context: JobContext) -> None:
        self._end(live, _carry_out(job, context))


def _call(callback: Callable[..., object] | None, *arguments: object) -> None:
    if callback is None:
        return
    bound = callback
    while isinstance(bound, partial):
        bound = bound.func
    owner = getattr(bound, "__self__", None)
    if isinstance(owner, QObject) and not shiboken6.isValid(owner):
        return
    callback(*arguments)
