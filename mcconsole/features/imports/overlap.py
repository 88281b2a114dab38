"""An import whose first rows are sent while the others are still read, where bad rows are only left out."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Self

from mcconsole.api.client import Client
from mcconsole.core import clock, tables
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.journal import TROUBLE, Journal, trouble
from mcconsole.features.imports import reader, service
from mcconsole.features.imports.plan import ASYNC_ROWS, Invalid, Mode, Plan, Route, choose_route
from mcconsole.features.imports.reader import Summary
from mcconsole.features.imports.report import Result
from mcconsole.features.imports.sender import Pace, Sender
from mcconsole.features.imports.service import Intent, Prepared, Sent


def possible(plan: Plan, rows: int) -> bool:
    """Whether so many rows, an estimate, can be sent while they are read: no batch needs anything of the others."""
    return (
        plan.mode in (Mode.UPSERT, Mode.INSERT) and rows > ASYNC_ROWS and choose_route(plan, rows).route is Route.ASYNC
    )


class _Reading:
    """The reader's process, looked after by a thread; leaving the context ends it."""

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self._journal = journal
        self._ctx = JobContext()
        self._started = clock.monotonic()
        self._pool = ThreadPoolExecutor(2, "reading")
        self._read = self._pool.submit(reader.in_process, self._ctx, plan, journal.folder)
        self._digest = self._pool.submit(tables.digest, plan.path, self._ctx.check)
        self.summary: Summary | None = None
        """Once all is read, and noted."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ctx.cancel()
        self._pool.shutdown()

    def going_on(self) -> bool:
        """Whether more rows may come; the end is noted. A ConsoleError when the file cannot be read to its end."""
        if self.summary is not None:
            return False
        if not (self._read.done() and (self._digest.done() or self._read.exception())):
            return True
        try:
            summary = self._read.result()
            seconds = clock.monotonic() - self._started
            self._journal.note(digest=self._digest.result(), summary=summary.as_json(), seconds=seconds)
        except TROUBLE as error:
            raise trouble(self._journal.folder, error) from None
        self.summary = summary
        return False

    def wait(self, ctx: JobContext) -> ConsoleError | None:
        """Let it come to its end, though nothing more is sent."""
        try:
            while self.going_on():
                ctx.sleep(0.05)
        except ConsoleError as error:
            return error
        except Cancelled:
            return None
        return None


def run(
    ctx: JobContext,
    plan: Plan,
    client: Client,
    rows: int,
    pace: Pace | None = None,
    paused: threading.Event | None = None,
) -> Result:
    """Read, check, send and account for every row; of the `rows` there is an estimate only. Bad rows are left out.

    Raises, with nothing left behind, what ends it before anything was sent.
    """
    started = clock.monotonic()
    choice = choose_route(plan, rows, estimated=True)
    with service.begun(plan, Intent.into(client, Invalid.SKIP)) as journal:
        journal.note(started=clock.now().isoformat(), choice=asdict(choice))
        with _Reading(plan, journal) as reading:

            def may_grow() -> bool:
                if reading.going_on():
                    return True
                sender.total = reading.summary.good if reading.summary else sender.total
                return False

            sender = Sender(
                client, plan, journal, choice.route, rows, pace or Pace(), paused or threading.Event(), may_grow
            )
            sender.run(ctx)
            error = sender.error if sender.cancelled else reading.wait(ctx) or sender.error
        if reading.summary is None and not journal.runs_left():
            ctx.check()
            raise error or Cancelled
        summary = reading.summary or service.read_so_far(journal)
        prepared = Prepared(journal.folder.name, journal.folder, plan, summary, choice, 0.0)
        cancelled = sender.cancelled or (reading.summary is None and ctx.cancelled)
        return service.conclude(
            prepared, journal, Sent(choice, sender, 0, error, cancelled), clock.monotonic() - started
        )
