"""One call from first attempt to last: wait, send, record, read, decide."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mcconsole.api import verdict
from mcconsole.api.exchanges import ExchangeLog, plain_body, row_body
from mcconsole.api.operations import Operation
from mcconsole.api.retry import Limits, decide
from mcconsole.api.throttle import Throttle
from mcconsole.api.tokens import Token
from mcconsole.api.verdict import Verdict
from mcconsole.api.wire import Reply, Request, Wire
from mcconsole.core import clock, redact
from mcconsole.core.errors import ApiError, OutcomeUnknown, Refused, Rejected
from mcconsole.core.exchange import Exchange
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.tenant import Tenant

Prepare = Callable[[], tuple[Request, Token | None]]
"""Makes the request of an attempt, and tells the token that is in it."""


@dataclass(slots=True)
class Shared:
    """What all calls of one tenant have in common."""

    wire: Wire
    log: ExchangeLog
    throttle: Throttle
    limits: Limits
    jitter: Callable[[], float]
    tokens_requested: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Call:
    """A call in progress. `names` is a pattern of its exchanges: whose call it is and what for."""

    shared: Shared
    operation: Operation
    read: Callable[[Reply], Verdict]
    ctx: JobContext
    tenant: Tenant
    names: Exchange
    maybe_executed: bool = False
    """Whether an attempt so far may have been carried out."""

    def run(self, prepare: Prepare, drop: Callable[[Token], None]) -> tuple[Reply, Exchange]:
        """Attempt until it ends. `prepare` makes each attempt's request; `drop` forgets a token that was refused.

        An error after an attempt that may have been carried out becomes OutcomeUnknown, unless the call only reads
        or Marketing Cloud judged the request itself (400): that judgement holds for the earlier attempt as well.
        """
        try:
            return self._attempts(prepare, drop)
        except (ApiError, Cancelled) as error:
            judged = isinstance(error, OutcomeUnknown) or (isinstance(error, Rejected) and error.status == 400)
            if not self.maybe_executed or self.operation.reads or judged:
                raise
            why = "it was cancelled" if isinstance(error, Cancelled) else str(error)
            raise OutcomeUnknown(
                f"{self.names.label}: an earlier attempt may have been carried out, then {why}",
                said=getattr(error, "said", ""),
                exchange=getattr(error, "exchange", None),
            ) from None

    def _attempts(self, prepare: Prepare, drop: Callable[[Token], None]) -> tuple[Reply, Exchange]:
        renewed = False
        for attempt in itertools.count(1):
            request, token = prepare()
            self._queue()
            reply, exchange, found = self._once(request, attempt)
            if found.status is not None and found.status < 300 and not found.contention:
                return reply, exchange
            if found.status == 401 and token is not None and not renewed:
                drop(token)
                renewed = True
                continue
            outcome = found.outcome(reply)
            self.maybe_executed = self.maybe_executed or outcome.maybe_executed
            wait = decide(self.operation, attempt, outcome, self.shared.limits, self.shared.jitter())
            if found.status == 429:
                self.shared.throttle.pause(wait if wait is not None else found.retry_after or 0.0)
            elif wait is not None:
                self.ctx.sleep(wait)
            if wait is None:
                granted = token.scope if token is not None else None
                raise verdict.error(self.operation, self.names.label, reply, found, exchange, granted)
        raise AssertionError("unreachable")

    def _queue(self) -> None:
        """Wait for a place in the tenant's queue; a pause that is too long is told instead."""
        paused = self.shared.throttle.paused
        if paused > self.shared.limits.patience:
            raise verdict.rate_limited(paused)
        self.ctx.check()
        wait = self.shared.throttle.reserve()
        if wait > 0:
            self.ctx.sleep(wait)

    def _once(self, request: Request, attempt: int) -> tuple[Reply, Exchange, Verdict]:
        if not self.tenant.owns(request.url):
            raise Refused(f"{redact.url(request.url)} is not a host of the tenant {self.tenant}; nothing was sent.")
        if self.operation.name == "token":
            with self.shared.lock:
                self.shared.tokens_requested += 1
        started = clock.now()
        reply = self.shared.wire.send(request, self.ctx, may_stop=self.operation.reads)
        found = self.read(reply)
        kind = request.headers.get("Content-Type", "")
        sent = request.body or b""
        exchange = replace(
            self.names,
            id=self.shared.log.next_id(),
            started=started,
            url=redact.url(request.url),
            request_headers=redact.headers(request.headers.items()),
            request=plain_body(sent, kind) if self.operation.keep_body else row_body(sent, kind),
            status=reply.status,
            reason=redact.SECRETS.mask_text(reply.reason),
            response_headers=redact.headers(reply.headers),
            response=plain_body(reply.content, reply.header("Content-Type") or ""),
            error=redact.SECRETS.mask_text(reply.trouble.what) if reply.trouble is not None else "",
            seconds_to_first_byte=reply.seconds_to_first_byte,
            seconds=reply.seconds,
            timings=reply.timings,
            attempt=attempt,
            failed=found.failed,
        )
        self.shared.log.record(exchange)
        if reply.trouble is not None and self.operation.reads:
            self.ctx.check()
        return reply, exchange, found
