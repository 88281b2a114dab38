"""An import as jobs: prepare (read and check, nothing sent), then run (send, settle, report)."""

from __future__ import annotations

import multiprocessing
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mcconsole.api.client import Client
from mcconsole.core import clock, paths
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.journal import TROUBLE, FaultRow, Journal, trouble
from mcconsole.features.imports import reader, report
from mcconsole.features.imports.plan import Choice, Invalid, Plan, choose_route
from mcconsole.features.imports.reader import Reading, Summary
from mcconsole.features.imports.report import Result, State
from mcconsole.features.imports.sender import Pace, Sender

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
            "they are sent afterwards, so that the last row wins.",
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


def prepare(ctx: JobContext, plan: Plan) -> Prepared:
    """Read and check the whole file in a process of its own. Sends nothing; on cancel or error nothing is left."""
    started = clock.monotonic()
    import_id = f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    folder = paths.home() / "imports" / import_id
    try:
        _tidy(folder.parent)
        Journal.create(folder).close()
        summary = _read(ctx, plan, folder)
    except TROUBLE as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise trouble(folder, error) from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Prepared(import_id, folder, plan, summary, choose_route(plan, summary.good), clock.monotonic() - started)


def _read(ctx: JobContext, plan: Plan, folder: Path) -> Summary:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=reader.child_main, args=(theirs, plan, folder), daemon=True, name="reader")
    try:
        process.start()
        theirs.close()
        while True:
            ctx.check()
            if not ours.poll(0.1):
                continue
            try:
                message = ours.recv()
            except EOFError:
                process.join(5)
                ctx.check()
                raise ConsoleError(
                    f"The process that reads the file ended unexpectedly (code {process.exitcode}); nothing was sent.",
                    advice="Try again; if it happens again, the machine may be short of memory.",
                ) from None
            if isinstance(message, Reading):
                ctx.report(Progress(message.bytes_read, plan.size, f"{message.rows:,} rows read", message))
            elif isinstance(message, Summary):
                return message
            else:
                raise message
    finally:
        process.terminate()
        process.join()
        process.close()
        ours.close()


def checked(prepared: Prepared, invalid: Invalid = Invalid.SKIP) -> Result:
    """The result of a dry run, or of a file that is refused: figures and the file of faulty rows, nothing sent."""
    summary = prepared.summary
    refused = bool(summary.faulty) and invalid is Invalid.REFUSE
    failed_file = prepared.write_faulty() if summary.faulty else None
    with Journal(prepared.folder) as journal:
        reasons = tuple(journal.reasons())
    if failed_file is None:
        prepared.discard()
    else:
        prepared.folder.joinpath("rows.spool").unlink(missing_ok=True)
    return Result(
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
    )


def run(ctx: JobContext, prepared: Prepared, client: Client, pace: Pace | None = None) -> Result:
    """Send the good rows and account for every one; cancelling ends with a Result too, as rows are on their way."""
    started = clock.monotonic()
    summary, plan = prepared.summary, prepared.plan
    with Journal(prepared.folder) as journal:
        journal.note(started=clock.now().isoformat(), file=str(plan.path), de=plan.schema.key, mode=plan.mode.value)
        sender = Sender(client, plan, journal, prepared.choice.route, summary.good, pace)
        sender.run(ctx)
        error, failed_file = sender.error, None
        reasons: tuple[tuple[str, str, int], ...] = ()
        try:
            journal.leave_out_faulty()
            reasons = tuple(journal.reasons())
            failed_file = report.write_failed(plan, journal)
        except TROUBLE as failure:
            error = error or trouble(prepared.folder, failure)
        state = State.CANCELLED if sender.cancelled else State.STOPPED if sender.error else State.DONE
        result = Result(
            import_id=prepared.import_id,
            state=state,
            route=prepared.choice.route.value,
            rows_read=summary.rows,
            rows_left_out=summary.faulty,
            rows_succeeded=sender.succeeded,
            rows_failed=sender.failed,
            rows_unknown=sender.unknown,
            seconds=prepared.seconds + clock.monotonic() - started,
            failed_file=failed_file,
            reasons=reasons,
            error=error,
            warnings=prepared.warnings,
        )
        with suppress(*TROUBLE):  # the figures are told in any case
            journal.note(result=result.as_json())
            journal.spool.unlink()
    return result


def _tidy(imports: Path) -> None:
    """Delete what checks that led to no import have left; what cannot be read or deleted stays."""
    for spool in imports.glob("*/rows.spool"):
        with suppress(*TROUBLE):
            if time.time() - spool.stat().st_mtime < ABANDONED_AFTER:
                continue
            with Journal(spool.parent) as journal:
                started = "started" in journal.about()
            if not started:
                shutil.rmtree(spool.parent)
