"""An import as jobs: prepare (read and check, nothing sent), then run (send, settle, report)."""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mcconsole.api.client import Client
from mcconsole.core import clock, paths, results, tables
from mcconsole.core.errors import ConsoleError, Refused
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.journal import TROUBLE, BatchState, FaultRow, Journal, trouble
from mcconsole.features.imports import known, reader, report, trial
from mcconsole.features.imports.bulk import BulkSender
from mcconsole.features.imports.plan import Choice, Invalid, Mode, Plan, Route, choose_route
from mcconsole.features.imports.reader import Summary
from mcconsole.features.imports.report import Result, State
from mcconsole.features.imports.sender import Pace, Sender

OPEN = (BatchState.PLANNED, BatchState.HELD, BatchState.SENDING, BatchState.ACCEPTED)
"""States of batches that a later run can still bring to an end."""
LATE = (
    "The answer to a request was lost, and its rows went again. Should Marketing Cloud carry out the first request "
    "late, an earlier row may take the place of the last one of its key: read back later (--verify all)."
)
ABANDONED_AFTER = 24 * 3600.0
"""Seconds after which a check that led to no import is deleted, as it holds people's data."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked file, its good rows spooled and ready to be sent. `discard` it when it is not run."""

    import_id: str
    folder: Path
    plan: Plan
    summary: Summary
    choice: Choice
    seconds: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know although it stops nothing."""
        if not self.summary.repeated:
            return ()
        rows = self.summary.repeated
        return (
            f"{rows:,} {'row repeats' if rows == 1 else 'rows repeat'} the key of an earlier row: "
            "they go after the others, so that the last row wins.",
        )

    def faults(
        self, code: str | None = None, field: str | None = None, *, offset: int = 0, limit: int = 1000
    ) -> list[FaultRow]:
        """Cells that failed the check, in file order."""
        with Journal(self.folder) as journal:
            return journal.faults(code, field, offset=offset, limit=limit)

    def cells(self, row: int) -> tuple[list[str], list[FaultRow]]:
        """The cells of a row that failed the check, exactly as in the file, and all that is wrong with them."""
        with Journal(self.folder) as journal:
            return journal.faulty_cells(row) or [], journal.faults_of(row)

    def write_faulty(self) -> Path | None:
        """Write the rows that failed the check to a file, with the reason; None when all are good."""
        with Journal(self.folder) as journal:
            journal.leave_out_faulty()
            return report.write_failed(self.plan, journal)

    def discard(self) -> None:
        """Delete what was prepared."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be done with a file once it is checked, so that a kill during the check can be made good."""

    tenant: str
    account_id: str
    invalid: Invalid

    @classmethod
    def into(cls, client: Client, invalid: Invalid = Invalid.SKIP) -> Intent:
        """The intent to send to the tenant and business unit of a client."""
        return cls(client.tenant.auth_url, client.credentials.account_id or "", invalid)


def imports() -> Path:
    """Where the journals of imports are."""
    return paths.home() / "imports"


def prepare(ctx: JobContext, plan: Plan, intent: Intent | None = None) -> Prepared:
    """Read and check the whole file in a process of its own. Sends nothing; on cancel or error nothing is left.

    With an `intent` it counts as begun: killed, it is listed, and resumed from the beginning of the file.
    """
    with begun(plan, intent) as journal:
        return check(ctx, plan, journal)


@contextmanager
def begun(plan: Plan, intent: Intent | None) -> Iterator[Journal]:
    """A new journal, deleted again when something is raised before any row has left."""
    folder = imports() / f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    left = False
    try:
        _tidy(folder.parent)
        with Journal.create(folder) as journal, journal.alone():
            journal.note(plan=plan.as_json(), created=clock.now().isoformat())
            if intent is not None:
                journal.note(**asdict(intent))
            try:
                yield journal
            except BaseException:
                left = bool(journal.runs_left())
                raise
    except BaseException as error:
        if not left:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, TROUBLE):
            raise trouble(folder, error) from None
        raise


def check(ctx: JobContext, plan: Plan, journal: Journal) -> Prepared:
    """Read the file of a journal's plan into the journal, from the beginning. Sends nothing."""
    started = clock.monotonic()
    journal.clear(repeatable=plan.repeatable, notes=("summary", known.NOTED))
    trial.ask_again(journal)
    hashing = JobContext()
    with ThreadPoolExecutor(1, "digest") as pool:
        digest = pool.submit(tables.digest, plan.path, hashing.check)
        try:
            summary = reader.in_process(ctx, plan, journal.folder)
            while not digest.done():
                ctx.sleep(0.05)
        except BaseException:
            hashing.cancel()
            raise
    seconds = clock.monotonic() - started
    journal.note(digest=digest.result(), summary=summary.as_json(), seconds=seconds)
    choice = choose_route(plan, summary.good)
    return Prepared(journal.folder.name, journal.folder, plan, summary, choice, seconds)


def checked(prepared: Prepared, invalid: Invalid = Invalid.SKIP) -> Result:
    """The result of a dry run, or of a file that is refused: figures and the file of faulty rows, nothing sent."""
    summary = prepared.summary
    refused = bool(summary.faulty) and invalid is Invalid.REFUSE
    failed_file = prepared.write_faulty() if summary.faulty else None
    with Journal(prepared.folder) as journal:
        reasons = tuple(journal.reasons())
    result = Result(
        import_id=prepared.import_id,
        state=State.REFUSED if refused else State.CHECKED,
        route=prepared.choice.route.value,
        rows_read=summary.rows,
        rows_left_out=summary.faulty,
        rows_succeeded=0,
        rows_failed=0,
        rows_unknown=0,
        seconds=prepared.seconds,
        failed_file=failed_file,
        reasons=reasons,
        warnings=prepared.warnings,
        route_reason=prepared.choice.reason,
    )
    if failed_file is None:
        prepared.discard()
    else:
        with Journal(prepared.folder) as journal:
            journal.note(result=result.as_json())
            journal.spool.unlink(missing_ok=True)
    return result


def run(
    ctx: JobContext,
    prepared: Prepared,
    client: Client,
    pace: Pace | None = None,
    *,
    trial_rows: int = 0,
    paused: threading.Event | None = None,
) -> Result:
    """Send the good rows and account for every one; cancelling ends with a Result too, as rows are on their way.

    With `trial_rows` only so many are sent, and the others wait for the import to be resumed. While `paused` is set
    nothing more is sent, and what was accepted is followed to its end.
    """
    if trial_rows and prepared.choice.route is Route.BULK:
        if prepared.plan.route is Route.BULK or prepared.plan.empties:
            raise Refused(
                "A trial is not possible by bulk jobs, as they name no row.", advice="Choose the route “async”."
            )
        prepared = replace(prepared, choice=Choice(Route.ASYNC, "a bulk job names no row that fails in a trial"))
    with Journal(prepared.folder) as journal, journal.alone():
        where = asdict(Intent.into(client))
        del where["invalid"]
        if trial_rows:
            trial.ask(journal, trial_rows)
        journal.note(started=clock.now().isoformat(), choice=asdict(prepared.choice), **where)
        return go_on(ctx, prepared, journal, client, pace, paused)


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending came to."""

    choice: Choice
    by: Sender | BulkSender | None
    """Who counted the rows; None where nothing could be sent."""
    left_out: int = 0
    """Rows that passed the check and were left out all the same."""
    error: ConsoleError | None = None
    cancelled: bool = False


def go_on(
    ctx: JobContext,
    prepared: Prepared,
    journal: Journal,
    client: Client,
    pace: Pace | None = None,
    paused: threading.Event | None = None,
) -> Result:
    """Bring every batch of the journal to its end, as far as possible, and note the result."""
    started = clock.monotonic()
    journal.note(result=None)
    results.mark(prepared.folder, ctx.id)
    sent = _send(ctx, prepared, journal, client, pace or Pace(), paused or threading.Event())
    return conclude(prepared, journal, sent, prepared.seconds + clock.monotonic() - started)


def read_so_far(journal: Journal) -> Summary:
    """What is known of a file that was not read to its end: rows that were planned, and rows that failed the check."""
    faulty = journal.count_faulty()
    return Summary(journal.standing().rows + faulty, faulty, 0, journal.fault_counts())


def conclude(prepared: Prepared, journal: Journal, sent: Sent, seconds: float) -> Result:
    """Account for every row, and note the result."""
    counted = sent.by or journal.standing(BatchState.SETTLED)
    error, failed_file, warnings = sent.error, None, prepared.warnings
    reasons: tuple[tuple[str, str, int], ...] = ()
    try:
        journal.leave_out_faulty()
        reasons = tuple(journal.reasons())
        failed_file = report.write_failed(prepared.plan, journal)
        if warnings and journal.about().get("late"):
            warnings = (*warnings, LATE)
    except TROUBLE as failure:
        error = error or trouble(prepared.folder, failure)
    result = Result(
        import_id=prepared.import_id,
        state=State.CANCELLED if sent.cancelled else State.STOPPED if sent.error else State.DONE,
        route=sent.choice.route.value,
        rows_read=prepared.summary.rows,
        rows_left_out=prepared.summary.faulty + sent.left_out,
        rows_succeeded=counted.succeeded,
        rows_failed=counted.failed,
        rows_unknown=counted.unknown,
        seconds=seconds,
        failed_file=failed_file,
        reasons=reasons,
        error=error,
        warnings=warnings,
        route_reason=sent.choice.reason,
        resumable=sent.cancelled or sent.error is not None,
    )
    with suppress(*TROUBLE):  # the figures are told in any case
        journal.demand_there()
        if result.state is State.DONE and trial.end(journal):
            result = replace(result, state=State.TRIED)
        done = error is None and "summary" in journal.about()  # read to its end
        left = bool(journal.standing(*OPEN).rows)
        result = replace(result, resumable=left or (result.resumable and not done))
        journal.note(result=result.as_json(), seconds=result.seconds)
        if not result.resumable:
            journal.spool.unlink(missing_ok=True)
    return result


def _send(
    ctx: JobContext, prepared: Prepared, journal: Journal, client: Client, pace: Pace, paused: threading.Event
) -> Sent:
    """Send by the chosen route; where the tenant has no bulk ingest, or it names no row, by the asynchronous one."""
    plan, choice, left_out = prepared.plan, prepared.choice, 0
    try:
        if plan.mode is Mode.UPDATE:
            left_out = known.leave_out_unknown(ctx, client, plan, journal)
        trial.begin(journal)
        held = journal.standing(BatchState.HELD).rows
    except Cancelled:
        return Sent(choice, None, _left_out(journal), cancelled=True)
    except ConsoleError as error:
        return Sent(choice, None, _left_out(journal), error)
    except TROUBLE as failure:
        return Sent(choice, None, _left_out(journal), trouble(journal.folder, failure))
    total = prepared.summary.good - left_out - held
    if choice.route is Route.BULK:
        bulk = BulkSender(client, plan, journal, total, pace, paused)
        bulk.run(ctx)
        reason = bulk.unavailable or bulk.unnamed
        if not reason:
            return Sent(choice, bulk, left_out, bulk.error, bulk.cancelled)
        if plan.mode is Mode.OVERWRITE:
            return Sent(choice, bulk, left_out, Refused(f"The data extension was not overwritten: {reason}."))
        choice = Choice(Route.ASYNC, reason)
        journal.note(choice=asdict(choice))
    sender = Sender(client, plan, journal, choice.route, total, pace, paused)
    sender.run(ctx)
    return Sent(choice, sender, left_out, sender.error, sender.cancelled)


def _left_out(journal: Journal) -> int:
    """Good rows that are left out so far, as far as that can be read."""
    with suppress(*TROUBLE):
        return journal.count_left_out_good()
    return 0


def _tidy(imports: Path) -> None:
    """Delete what checks that led to no import have left; what cannot be read or deleted stays."""
    for spool in imports.glob("*/rows.spool"):
        with suppress(*TROUBLE):
            if time.time() - spool.stat().st_mtime < ABANDONED_AFTER:
                continue
            with Journal(spool.parent) as journal:
                kept = journal.about().keys() & {"started", "tenant"}
            if not kept:
                shutil.rmtree(spool.parent)
