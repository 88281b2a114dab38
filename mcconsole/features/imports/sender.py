"""Sends the spooled batches, asks after those that were accepted, and notes every row's end in the journal."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import orjson

from mcconsole.api.client import Client
from mcconsole.core import clock
from mcconsole.core.errors import ConsoleError, OutcomeUnknown, RateLimited
from mcconsole.core.flow import Flow
from mcconsole.core.jobs import Cancelled, JobContext, Progress
from mcconsole.core.journal import TROUBLE, Batch, BatchState, Damaged, Journal, trouble
from mcconsole.features.imports import routes
from mcconsole.features.imports.calls import Handed, JobStatus
from mcconsole.features.imports.pace import Pace as Pace
from mcconsole.features.imports.pace import Running as Running
from mcconsole.features.imports.plan import Plan, Route
from mcconsole.features.imports.questions import Questions, Waiting
from mcconsole.features.imports.routes import Settled

_BEAT = 0.2
"""Seconds between looks at cancel and clock."""
_READING_BEAT = 0.02
"""The same while the reader plans batches."""


_Post = tuple[Batch, Sequence[int], float]
"""A batch on its way, its rows, and since when."""


class Sender:
    """One run over the planned batches of a journal. Use once, from one thread."""

    def __init__(
        self,
        client: Client,
        plan: Plan,
        journal: Journal,
        route: Route,
        total: int,
        pace: Pace,
        paused: threading.Event,
        reading: Callable[[], bool] = lambda: False,
    ) -> None:
        """`reading` says whether the first wave may still grow, or raises a ConsoleError when that came to nothing."""
        self._client = client
        self._plan = plan
        self._journal = journal
        self._route = route
        self.total = total
        """Rows to send; an estimate while they are read."""
        self._pace = pace
        self._paused = paused
        self._reading = reading
        self.error: ConsoleError | None = None
        """Why sending stopped before the end, if it did."""
        self.cancelled = False
        known = journal.standing(BatchState.SETTLED)
        self.succeeded, self.failed, self.unknown = known.succeeded, known.failed, known.unknown
        """Rows whose end is known, or known to be unknowable; right even where the journal could not be written."""
        self._known_before, self._unknown_before = self._settled, self.unknown
        self._accepted = 0
        self._doubtful: dict[int, tuple[Batch, Settled]] = {}
        """Upserts whose last attempt may or may not have been carried out, by batch."""
        self._repeats: Counter[int] = Counter()
        self._contended: Counter[int] = Counter()
        """How often the rows of a batch went again because others were in their way."""
        self._fruitless = 0
        self._planned: deque[Batch] = deque()
        self._newest = 0
        """Id of the latest batch that was taken up from the journal."""
        self._parts: set[int] = set()
        """Batches that were planned here."""
        self._questions = Questions(pace.first_poll, pace.longest_poll)
        self._bad_in_a_row = 0
        self._late = False
        self._started = clock.monotonic()
        self._flow = Flow(pace.posts, pace.most_posts, self._started)
        self._resume_at = 0.0
        self._posting = JobContext()
        self._asking = JobContext()
        self._deadline: float | None = None

    def run(self, ctx: JobContext) -> None:
        """Send every wave to its end; ends early on cancel or when nothing more can be sent."""
        self._posting, self._asking = ctx.apart(), ctx.apart()
        with ThreadPoolExecutor(self._pace.most_posts + self._pace.asks, "import") as pool:
            self._wave(ctx, pool, 0)
            for wave in filter(None, self._journal.waves()):
                if self.unknown > self._unknown_before and self.error is None:
                    self.error = OutcomeUnknown(
                        "Rows whose key stands in the file more than once were held back, as the end of an earlier one "
                        "is unknown and could overwrite them later."
                    )
                if self.error is not None or self.cancelled:
                    break
                self._wave(ctx, pool, wave)
        self.cancelled = self.cancelled or (ctx.cancelled and self._settled < self.total)

    @property
    def _settled(self) -> int:
        return self.succeeded + self.failed + self.unknown

    def _wave(self, ctx: JobContext, pool: ThreadPoolExecutor, wave: int) -> None:
        planned = self._planned = deque[Batch]()
        self._newest = 0
        posts: dict[Future[Handed | Settled], _Post] = {}
        asks: dict[Future[JobStatus | Settled], Waiting] = {}
        questions = self._questions
        for batch in self._journal.batches(wave, BatchState.ACCEPTED):
            self._ask_after(batch, self._journal.numbers(batch), earlier=True)
        reading = True
        while posts or asks or questions or ((planned or reading) and self._may_send(ctx)):
            self._watch_cancel(ctx)
            reading = reading and self._take_up(wave)
            now = clock.monotonic()
            room = self._flow.limit - len(posts) if self._may_send(ctx) and self._is_time(now) else 0
            if planned and room > 0:
                posts |= self._post(pool, [planned.popleft() for _ in range(min(room, len(planned)))], now)
            while len(asks) < self._pace.asks and (waiting := questions.take(now)):
                asks[pool.submit(self._ask, waiting.batch.request_id, waiting.numbers)] = waiting
            patience = _READING_BEAT if reading else _BEAT
            if questions.next is not None and len(asks) < self._pace.asks:
                patience = min(patience, max(0.0, questions.next - now))
            flights: list[Future[Any]] = [*posts, *asks]
            done, _ = wait(flights, timeout=patience, return_when=FIRST_COMPLETED)
            if not posts and not asks:
                self._rest(ctx, patience)
            for future in done:
                if future in posts:
                    batch, numbers, since = posts.pop(future)
                    self._pace_by(future.result(), len(numbers), since)
                    self._posted(future.result(), batch, numbers)
                else:
                    self._asked(future, asks.pop(future))
            self._report(ctx, len(questions) + len(asks))
        for batch, ending in self._doubtful.values():
            self._settle(batch, ending, BatchState.SENDING)
        self._doubtful.clear()

    def _take_up(self, wave: int) -> bool:
        """Take up what was planned since the last look; False when that was all."""
        reading = False
        try:
            reading = not wave and self._reading()
        except ConsoleError as error:
            self.error = self.error or error
        with self._noting():
            for batch in self._journal.batches(wave, BatchState.PLANNED, self._newest):
                self._newest = max(self._newest, batch.id)
                if batch.id not in self._parts:
                    self._planned.append(batch)
        return reading

    def _post(
        self, pool: ThreadPoolExecutor, batches: Sequence[Batch], now: float
    ) -> dict[Future[Handed | Settled], _Post]:
        """Send batches, once it is noted that they are on their way."""
        ready = []
        with self._noting():
            loaded = [(batch, self._journal.numbers(batch), self._journal.body(batch)) for batch in batches]
            with self._journal.together():
                for batch in batches:
                    self._journal.move(batch, BatchState.SENDING)
            ready = loaded
        return {pool.submit(self._hand_over, body, numbers): (batch, numbers, now) for batch, numbers, body in ready}

    def _ask_after(self, batch: Batch, numbers: Sequence[int], *, earlier: bool = False) -> None:
        """A batch was accepted, by an `earlier` run or now: ask at once what became of it."""
        now = clock.monotonic()
        self._accepted += len(numbers)
        self._questions.add(Waiting(batch, numbers, now, earlier=earlier), now)

    def _may_send(self, ctx: JobContext) -> bool:
        return self.error is None and not ctx.cancelled

    def _is_time(self, now: float) -> bool:
        return now >= self._resume_at and not self._paused.is_set()

    def _watch_cancel(self, ctx: JobContext) -> None:
        if not ctx.cancelled:
            return
        self.cancelled = True
        self._posting.cancel()
        now = clock.monotonic()
        if self._deadline is None:
            self._deadline = now + self._pace.cancel_grace
            self._questions.all_now()
        elif now > self._deadline and not self._asking.cancelled:
            self._asking.cancel()
            self._questions.all_now()

    def _rest(self, ctx: JobContext, seconds: float) -> None:
        try:
            (self._asking if ctx.cancelled else ctx).sleep(seconds)
        except Cancelled:
            return

    def _hand_over(self, rows: bytes, numbers: Sequence[int]) -> Handed | Settled:
        return routes.hand_over(self._client, self._plan, self._route, rows, numbers, self._posting)

    def _ask(self, request_id: str, numbers: Sequence[int]) -> JobStatus | Settled:
        return routes.ask(self._client, self._route, request_id, numbers, self._asking)

    def _pace_by(self, ending: Handed | Settled, rows: int, since: float) -> None:
        """Learn from an answer how many should be on their way at once."""
        now = clock.monotonic()
        if isinstance(ending, Handed) or (ending.error is None and ending.succeeded):
            self._flow.answered(rows, now - since, now, waiting=bool(self._planned))
        elif ending.doubtful or isinstance(ending.error, RateLimited):
            self._flow.troubled(now)

    def _posted(self, ending: Handed | Settled, batch: Batch, numbers: Sequence[int]) -> None:
        if self._plan.repeatable and (ending.twice or (isinstance(ending, Settled) and ending.doubtful)):
            self._may_land_late()
        if isinstance(ending, Handed):
            self._bad_in_a_row = 0
            self._doubtful.pop(batch.id, None)
            with self._noting():
                self._journal.move(batch, BatchState.ACCEPTED, ending.request_id)
            self._ask_after(replace(batch, request_id=ending.request_id), numbers)
            return
        error = ending.error
        whole = ending.succeeded + len(ending.outcomes) == len(numbers)
        if not ending.succeeded and not ending.outcomes:
            if batch.id not in self._doubtful:
                with self._noting():
                    self._journal.move(batch, BatchState.PLANNED)
            if isinstance(error, RateLimited) and not error.blocked:
                self._resume_at = clock.monotonic() + self._wait_for(error)
                self._planned.appendleft(batch)
                return
        elif self._plan.repeatable and (ending.doubtful or not whole):
            self._doubtful[batch.id] = (batch, ending)
            hopeless = not whole or isinstance(error, routes.TURNED_AWAY)
            if not hopeless and self._repeats[batch.id] < self._pace.repeats:
                self._repeats[batch.id] += 1
                wait = self._pace.first_poll * 2.0 ** self._repeats[batch.id]
                self._resume_at = clock.monotonic() + min(wait, self._pace.longest_poll)
                self._planned.appendleft(batch)
                return
        elif ending.refused and self._part(batch, numbers):
            return
        else:
            self._doubtful.pop(batch.id, None)
            self._settle(batch, ending)
        if error is None or (ending.refused and 0 < self._fruitless < self._pace.fruitless):
            self._bad_in_a_row = 0
            return
        self._bad_in_a_row += 1
        if isinstance(error, routes.TURNED_AWAY) or not whole or self._bad_in_a_row >= self._pace.failures_in_a_row:
            self.error = self.error or error

    def _may_land_late(self) -> None:
        """Note that a request without an answer may yet be carried out, after rows that are sent later."""
        if not self._late:
            with self._noting():
                self._journal.note(late=True)
                self._late = True

    def _asked(self, future: Future[JobStatus | Settled], waiting: Waiting) -> None:
        now = clock.monotonic()
        age = now - waiting.since
        reason, state = "", BatchState.ACCEPTED
        try:
            answer = future.result()
        except Cancelled:
            reason = "You cancelled before Marketing Cloud said what became of this row; it had accepted it."
        except ConsoleError as error:
            ending = self.cancelled or self.error is not None or age > self._pace.settle_limit
            if isinstance(error, RateLimited) and not error.blocked and not ending:
                waiting.delay = self._wait_for(error)
            else:
                waiting.lost += 1
            if ending or waiting.lost >= self._pace.lost_in_a_row:
                reason = f"Accepted, and then Marketing Cloud could not be asked: {routes.words(error)}"
                self.error = self.error or error
        else:
            if isinstance(answer, Settled):
                waiting.lost += answer.doubtful
                self._questions.one_ended(now)
                if not answer.doubtful or waiting.lost >= self._pace.failures_in_a_row or self.cancelled:
                    self._accepted -= len(waiting.numbers)
                    self._judged(waiting.batch, waiting.numbers, answer)
                    return
            elif age > (self._pace.settle_limit if answer.request_status else self._pace.not_found_grace):
                said = answer.request_status or answer.said or "not found"
                reason = f"Accepted, and after {age:,.0f} s Marketing Cloud still says: {said}"
                if waiting.earlier and not answer.request_status:
                    state = BatchState.SETTLED  # it is forgotten, and to ask again another day would not help
            else:
                waiting.lost = 0
                self._questions.hurry(waiting)
        if reason:
            self._accepted -= len(waiting.numbers)
            again = state is BatchState.SETTLED and self._plan.repeatable
            if again and self._part(waiting.batch, waiting.numbers):
                self._may_land_late()
            else:
                self._settle(waiting.batch, routes.all_unknown(waiting.numbers, reason), state)
            return
        self._questions.again(waiting, 0.0 if self._asking.cancelled else now)

    def _judged(self, batch: Batch, numbers: Sequence[int], answer: Settled) -> None:
        """An accepted batch has ended: settle it, but for rows that go again because that may help."""
        if answer.doubtful:
            if not (self._plan.repeatable and self._part(batch, numbers)):
                self._settle(batch, answer, BatchState.ACCEPTED)
            return
        if answer.succeeded:
            self._fruitless = 0
        before = self._contended.pop(batch.id, 0)
        if answer.again and before < self._pace.repeats and not self.cancelled:
            self._flow.troubled(clock.monotonic())
            self._resume_at = clock.monotonic() + self._pace.first_poll
            parts = self._divide(batch, numbers, [[outcome.row for outcome in answer.again]], answer)
            self._contended.update({part.id: before + 1 for part in parts})
            if parts:
                return
        elif answer.refused and self._part(batch, numbers):
            return
        self._settle(batch, replace(answer, outcomes=answer.outcomes + answer.again))

    def _part(self, batch: Batch, numbers: Sequence[int]) -> bool:
        """Send the halves of a batch by themselves, to find the rows that are bad; False where that would not help."""
        if self.cancelled or self._fruitless >= self._pace.fruitless:
            return False
        self._fruitless += 1
        if len(numbers) == 1:
            return False
        half = len(numbers) // 2
        return bool(self._divide(batch, numbers, [numbers[:half], numbers[half:]]))

    def _divide(
        self, batch: Batch, numbers: Sequence[int], parts: Sequence[Sequence[int]], ending: Settled | None = None
    ) -> list[Batch]:
        """Plan parts of a batch as batches of their own; the other rows have come to their `ending`.

        None where its rows are not there any more to be sent again, and all have come to an end by that.
        """
        made: list[Batch] = []
        with self._noting():
            try:
                body = self._journal.body(batch)
            except Damaged:
                return []
            rows = dict(zip(numbers, orjson.loads(body), strict=True))
            bodies = [orjson.dumps([rows.pop(number) for number in part]) for part in parts]
            planned = [self._journal.spooled(body, part, batch.wave) for body, part in zip(bodies, parts, strict=True)]
            succeeded, outcomes = (ending.succeeded, ending.outcomes) if ending else (0, ())
            made = self._journal.divide(batch, planned, list(rows), succeeded, outcomes)
            self._planned.extendleft(reversed(made))
            self._parts.update(part.id for part in made)
            self.succeeded += succeeded
            self.failed += len(outcomes)
        return made

    def _wait_for(self, error: RateLimited) -> float:
        return 60.0 if error.retry_after is None else max(self._pace.first_poll, error.retry_after)

    def _settle(self, batch: Batch, ending: Settled, state: BatchState = BatchState.SETTLED) -> None:
        """Count and note an ending; with another state than settled a later run may learn more."""
        unknown = sum(outcome.kind == "unknown" for outcome in ending.outcomes)
        self.succeeded += ending.succeeded
        self.failed += len(ending.outcomes) - unknown
        self.unknown += unknown
        with self._noting():
            self._journal.settle(batch, ending.succeeded, ending.outcomes, state)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """When the journal cannot be written no further batch is sent; what is on its way is followed to its end."""
        try:
            yield
        except TROUBLE as error:
            self.error = self.error or trouble(self._journal.folder, error)

    def _report(self, ctx: JobContext, accepted_batches: int) -> None:
        elapsed = clock.monotonic() - self._started
        settled = self._settled - self._known_before
        rate = settled / elapsed if elapsed > 1 and settled else None
        stable = rate is not None and elapsed > 5 and self._settled * 20 > self.total
        detail = Running(
            total=self.total,
            succeeded=self.succeeded,
            failed=self.failed,
            unknown=self.unknown,
            accepted=self._accepted,
            accepted_batches=accepted_batches,
            rate=rate,
            seconds_left=(self.total - self._settled) / rate if stable and rate else None,
            cancelling=self.cancelled,
            paused=self._paused.is_set(),
        )
        ctx.report(Progress(self._settled, self.total, f"{self._settled:,} of {self.total:,} rows", detail))
