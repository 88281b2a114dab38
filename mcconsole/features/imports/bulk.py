"""Sends the batches of a journal as bulk jobs, one a wave: stage all, complete once, ask, settle.

Staged rows land only when their job is completed, so whatever goes wrong before that is begun anew, inserts too. From
then on the job's own status tells whether it began, so that nothing is ever begun twice.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from mcconsole.api.client import Client
from mcconsole.core import clock
from mcconsole.core.errors import (
    ApiError,
    AuthFailed,
    BadAnswer,
    ConsoleError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from mcconsole.core.jobs import Cancelled, JobContext, Progress
from mcconsole.core.journal import TROUBLE, Batch, BatchState, Journal, Kind, Outcome, trouble
from mcconsole.features.imports import bulk_calls, routes
from mcconsole.features.imports.plan import Mode, Plan
from mcconsole.features.imports.sender import Pace, Running

_ATTEMPTS = 3
"""Jobs that are begun anew after rows may or may not have been staged."""
_WAITING, _ENDED = ("New", "Staging"), ("Complete", "Error")


class BulkSender:
    """One run over the planned batches of a journal. Use once, from one thread."""

    def __init__(
        self, client: Client, plan: Plan, journal: Journal, total: int, pace: Pace, paused: threading.Event
    ) -> None:
        self._client = client
        self._plan = plan
        self._journal = journal
        self._total = total
        self._pace = pace
        self._paused = paused
        self.error: ConsoleError | None = None
        """Why sending stopped before the end, if it did."""
        self.cancelled = False
        self.unavailable = ""
        """Why the tenant cannot do it this way; then nothing was sent."""
        self.unnamed = ""
        """Why upserts were planned again: some did not land, and nobody says which."""
        known = journal.standing(BatchState.SETTLED)
        self.succeeded, self.failed, self.unknown = known.succeeded, known.failed, known.unknown
        self._staged = 0

    def run(self, ctx: JobContext) -> None:
        """Bring every wave to its end; ends early on cancel or when nothing more can be sent."""
        try:
            for wave in self._journal.waves():
                accepted = self._journal.batches(wave, BatchState.ACCEPTED)
                job = accepted[0].request_id if accepted else self._load(ctx, wave)
                if job:
                    self._follow(ctx, wave, job)
                if self.cancelled or self.error or self.unavailable or self.unnamed or self.unknown:
                    break
        except TROUBLE as error:
            self.error = self.error or trouble(self._journal.folder, error)
        self.cancelled = self.cancelled or ctx.cancelled

    def _load(self, ctx: JobContext, wave: int) -> str:
        """Stage all rows of a wave and begin the job; returns its id, or "" when nothing was begun."""
        batches = self._journal.batches(wave, BatchState.PLANNED)
        if not batches:
            return ""
        for attempt in itertools.count(1):
            job = ""
            try:
                job = bulk_calls.create(self._client, self._plan.schema.key, self._plan.mode, ctx)
                self._stage(ctx, job, batches)
                ctx.check()
                return self._begin(ctx, wave, job)
            except Cancelled:
                self.cancelled = True
            except (OutcomeUnknown, BadAnswer) as error:
                if job and attempt < _ATTEMPTS:
                    self._take_back(ctx, job)
                    continue
                self._cannot(error, begun=bool(job))
            except ConsoleError as error:
                self._cannot(error, begun=bool(job))
            self._take_back(ctx, job)
            return ""
        raise AssertionError("unreachable")

    def _cannot(self, error: ConsoleError, *, begun: bool) -> None:
        """A tenant that does not define the job has no bulk ingest; anything else is an error."""
        passing = isinstance(error, (AuthFailed, NotSent, RateLimited))
        if not begun and isinstance(error, (Rejected, BadAnswer)) and not passing:
            self.unavailable = f"this tenant does not take bulk jobs ({routes.words(error)})"
        else:
            self.error = error

    def _stage(self, ctx: JobContext, job: str, batches: list[Batch]) -> None:
        """Stage the batches, several at once; the first error ends it. No row lands by this."""
        waiting, under_way = deque(batches), dict[Future[None], int]()
        stop = ctx.apart()
        done_rows = 0
        with ThreadPoolExecutor(self._pace.posts, "bulk") as pool:
            try:
                while waiting or under_way:
                    ctx.check()
                    while waiting and len(under_way) < self._pace.posts and not self._paused.is_set():
                        batch = waiting.popleft()
                        body, rows = self._journal.body(batch), len(self._journal.numbers(batch))
                        future = pool.submit(
                            bulk_calls.stage, self._client, job, body, rows, stop, once=self._stages_once
                        )
                        under_way[future] = rows
                    if not under_way:
                        ctx.sleep(0.2)
                    done, _ = wait(under_way, timeout=0.2, return_when=FIRST_COMPLETED)
                    for future in done:
                        done_rows += under_way.pop(future)
                        future.result()
                    self._report(ctx, done_rows, f"{done_rows:,} of {self._total:,} rows staged")
            except BaseException:
                stop.cancel()
                raise

    def _begin(self, ctx: JobContext, wave: int, job: str) -> str:
        self._journal.accept(wave, job)
        try:
            bulk_calls.complete(self._client, job, ctx.apart())
        except (OutcomeUnknown, BadAnswer):
            return job  # its status will tell
        except ConsoleError:
            self._journal.put_back(wave)
            raise
        return job

    def _take_back(self, ctx: JobContext, job: str) -> None:
        """As far as possible: a job that is left behind has no effect and expires."""
        try:
            if job:
                bulk_calls.abort(self._client, job, ctx.apart())
        except ApiError:
            return

    def _follow(self, ctx: JobContext, wave: int, job: str) -> None:
        """Ask until the job has ended; what cannot be learnt is unknown, and asked again by a later run."""
        delay, lost, asking, deadline = self._pace.first_poll, 0, ctx.apart(), float("inf")
        rows = self._journal.standing(wave=wave).rows
        limit = clock.monotonic() + self._pace.settle_limit
        said = ""
        while clock.monotonic() < min(limit, deadline):
            if ctx.cancelled and not self.cancelled:
                self.cancelled, deadline = True, clock.monotonic() + self._pace.cancel_grace
            try:
                status = bulk_calls.status(self._client, job, asking)
                if status in _WAITING:
                    bulk_calls.complete(self._client, job, asking)
                elif status in _ENDED:
                    self._judge(wave, job, status, asking)
                    return
                said, lost = f"it still says {status}", 0
            except NotFound as error:
                said = f"Marketing Cloud does not know it any more: {routes.words(error)}"
                if self._again(wave, f"the bulk job was begun, and {said}"):
                    return
                break
            except ApiError as error:
                lost, said = lost + 1, f"it could not be asked: {routes.words(error)}"
                if lost >= self._pace.lost_in_a_row or isinstance(error, NotSent):
                    self.error = self.error or error
                    break
            self._report(ctx, rows, f"Marketing Cloud works on {rows:,} rows ({said})", accepted=rows)
            wake = clock.monotonic() + delay
            while clock.monotonic() < wake and not (ctx.cancelled and not self.cancelled):
                asking.sleep(min(0.1, delay))
            delay = min(delay * 2, 1.0 if self.cancelled else self._pace.longest_poll)
        self._leave(wave, said)

    def _again(self, wave: int, reason: str) -> bool:
        """Plan rows that may be sent twice without harm once more, by the other route; whether they are such."""
        if self._plan.repeatable:
            self._journal.put_back(wave)
            self._journal.note(late=True)
            self.unnamed = reason
        return self._plan.repeatable

    def _leave(self, wave: int, said: str) -> None:
        reason = f"The bulk job was begun, and {said or 'nothing more is known of it'}."
        for batch in self._journal.batches(wave, BatchState.ACCEPTED):
            ending = routes.all_unknown(self._journal.numbers(batch), reason)
            self._journal.settle(batch, 0, ending.outcomes, BatchState.ACCEPTED)
            self.unknown += len(ending.outcomes)

    def _judge(self, wave: int, job: str, status: str, asking: JobContext) -> None:
        batches = self._journal.batches(wave, BatchState.ACCEPTED)
        rows = self._journal.standing(BatchState.ACCEPTED, wave=wave).rows
        counts = bulk_calls.summary(self._client, job, asking)
        if status == "Complete" and self._all_landed(counts, rows):
            for batch in batches:
                number = len(self._journal.numbers(batch))
                self._journal.settle(batch, number, ())
                self.succeeded += number
            return
        told = f"{counts.succeeded:,} of {rows:,} rows landed" if counts.succeeded is not None else "no rows counted"
        words = "; ".join(bulk_calls.complaints(self._client, job, asking))[:1000]
        reason = f"The bulk job ended as {status}, {told}, and it names no row." + (
            f" It says: {words}" if words else ""
        )
        if self._again(wave, reason):
            return
        for batch in batches:
            outcomes = [Outcome(row, Kind.UNKNOWN, reason) for row in self._journal.numbers(batch)]
            self._journal.settle(batch, 0, outcomes)
            self.unknown += len(outcomes)

    @property
    def _stages_once(self) -> bool:
        """Whether rows that are staged twice would be there twice, or fail for it."""
        return self._plan.mode is Mode.INSERT or not self._plan.schema.keys

    def _all_landed(self, counts: bulk_calls.Counts, rows: int) -> bool:
        """Every batch was staged at least once; a repeated call may have staged some twice, which does no harm."""
        landed = counts.succeeded
        again = landed is not None and landed > rows and not self._stages_once
        return landed is not None and landed == counts.total and (landed == rows or again)

    def _report(self, ctx: JobContext, done: int, note: str, accepted: int = 0) -> None:
        detail = Running(
            total=self._total,
            succeeded=self.succeeded,
            failed=self.failed,
            unknown=self.unknown,
            accepted=accepted,
            accepted_batches=1 if accepted else 0,
            rate=None,
            seconds_left=None,
            cancelling=self.cancelled,
            paused=self._paused.is_set(),
        )
        ctx.report(Progress(self.succeeded + done, self._total, note, detail))
