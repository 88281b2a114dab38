"""The imports so far, and how one that was cut goes on: nothing lost, nothing doubled, nothing unexplained."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mcconsole.api.client import Client
from mcconsole.core import tables
from mcconsole.core.errors import BadInput, Refused
from mcconsole.core.jobs import JobContext
from mcconsole.core.journal import TROUBLE, BatchState, Journal, trouble
from mcconsole.features.imports import known, report, service, trial
from mcconsole.features.imports import verify as verification
from mcconsole.features.imports.plan import Choice, Invalid, Plan, Route, choose_route
from mcconsole.features.imports.reader import Summary
from mcconsole.features.imports.report import Result, State
from mcconsole.features.imports.routes import all_unknown
from mcconsole.features.imports.sender import Pace
from mcconsole.features.imports.service import Intent, Prepared
from mcconsole.features.imports.verify import How, Verification

CUT = (
    "The console ended while this row was on its way; it may have been inserted. Reading back (--verify all) tells; "
    "look before sending it again."
)
_UNREADABLE = (KeyError, TypeError, ValueError, BadInput)
"""What a journal of another version, or one that was tampered with, may raise when it is understood."""

Confirm = Callable[[Prepared, int], None]
"""Asks before rows are sent: what was prepared, and how many rows would leave. Raises when it is not to be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An import as it stands in its journal."""

    result: Result
    file: str
    key: str
    """Of the data extension."""
    name: str
    mode: str
    tenant: str
    account_id: str
    created: str

    def as_json(self) -> dict[str, object]:
        """The contract's object in the list."""
        return {
            "import_id": self.result.import_id,
            "file": self.file,
            "de": self.key,
            "mode": self.mode,
            "created": self.created,
            **self.result.as_json(),
        }


def listed() -> list[Entry]:
    """Every import that was begun, newest first; a journal that cannot be read is left out."""
    found: list[Entry] = []
    for file in service.imports().glob("*/journal.sqlite"):
        try:
            with Journal(file.parent) as journal:
                about = journal.about()
                if "tenant" in about or about.get("result"):
                    found.append(_entry(journal, about))
        except (*TROUBLE, *_UNREADABLE):
            continue
    return sorted(found, key=lambda entry: (entry.created, entry.result.import_id), reverse=True)


def told(import_id: str) -> Entry:
    """An import as it stands, without any call; BadInput when there is none of this id."""
    with _opened(import_id) as journal, _understood(import_id):
        return _entry(journal, journal.about())


def forget(import_id: str) -> None:
    """Delete the journal of an import, with the people's data in it. Refused while it runs."""
    with _opened(import_id) as journal:
        with journal.alone():
            pass
        journal.discard()


def shown(import_id: str) -> tuple[Prepared, Result]:
    """What an import was prepared as, and how it stands, without any call."""
    with _opened(import_id) as journal, _understood(import_id):
        about = journal.about()
        result = _standing(journal, about, running=_is_running(journal))
        return _prepared(journal, about, Plan.from_json(about["plan"])), replace(
            result, reasons=result.reasons or tuple(journal.reasons())
        )


def resume(
    ctx: JobContext,
    client: Client,
    import_id: str,
    confirm: Confirm | None = None,
    pace: Pace | None = None,
    paused: threading.Event | None = None,
) -> Result:
    """Go on with an import that was cut, cancelled, stopped or tried; one that is finished is only told.

    Settled batches are left alone, accepted ones are asked after, upserts on their way are sent again; inserts on their
    way are unknown. BadInput, with nothing sent, when the file has changed or the import belongs to another tenant.
    """
    with _opened(import_id) as journal, journal.alone():
        with _understood(import_id):
            about = journal.about()
            entry = _entry(journal, about, running=False)
            plan = Plan.from_json(about["plan"])
            invalid = Invalid(str(about.get("invalid", Invalid.SKIP)))
        if not entry.result.resumable:
            return entry.result
        _demand_place(import_id, about, client)
        plan = _same_file(ctx, plan, str(about["digest"])) if "digest" in about else _come_back(plan)
        if "summary" not in about or not journal.spool_is_whole(ctx.check):
            _note_late(journal, plan, made.route if (made := _choice(about)) else plan.route)
            prepared = service.check(ctx, plan, journal)
            prepared = replace(prepared, choice=_choice(about) or prepared.choice)  # its first rows may have left
        else:
            with _understood(import_id):
                prepared = _prepared(journal, about, plan)
        if prepared.summary.faulty and (invalid is Invalid.REFUSE or not prepared.summary.good):
            return service.checked(prepared, invalid)
        _take_up(journal, plan, prepared.choice.route)
        trial.release(journal)
        if confirm is not None and (rows := journal.standing(BatchState.PLANNED).rows):
            confirm(prepared, rows)
        ctx.check()
        journal.note(started=about.get("started") or about["created"], choice=asdict(prepared.choice))
        return service.go_on(ctx, prepared, journal, client, pace, paused)


def verify(ctx: JobContext, client: Client, import_id: str, how: How) -> Verification:
    """Read back what an import sent. BadInput when its file has changed or it belongs to another tenant."""
    with _opened(import_id) as journal, journal.alone():
        with _understood(import_id):
            about = journal.about()
            plan = Plan.from_json(about["plan"])
        _demand_place(import_id, about, client)
        return verification.verify(ctx, client, _same_file(ctx, plan, str(about.get("digest", ""))), journal, how)


def _demand_place(import_id: str, about: dict[str, Any], client: Client) -> None:
    where = Intent.into(client)
    if (about.get("tenant", ""), about.get("account_id", "")) != (where.tenant, where.account_id):
        raise BadInput(
            f"The import {import_id} belongs to {about.get('tenant')}, business unit {about.get('account_id') or '-'}.",
            advice="Choose the profile that it was started with.",
        )


def _note_late(journal: Journal, plan: Plan, route: Route) -> None:
    """Note that a request on its way when the import was cut may yet be carried out, though its rows go again."""
    if plan.repeatable and route is not Route.BULK and journal.batches(state=BatchState.SENDING):
        journal.note(late=True)


def _take_up(journal: Journal, plan: Plan, route: Route) -> None:
    """Decide on the batches that were on their way when the import was cut."""
    _note_late(journal, plan, route)
    for batch in journal.batches(state=BatchState.SENDING):
        if plan.repeatable or route is Route.BULK:  # what was staged and not begun has no effect
            journal.settle(batch, 0, (), BatchState.PLANNED)
        else:
            journal.settle(batch, 0, all_unknown(journal.numbers(batch), CUT).outcomes)


def _same_file(ctx: JobContext, plan: Plan, digest: str) -> Plan:
    """The plan with the file as it is now. Its content must be the same; when it is gone, its rows were kept."""
    try:
        now = tables.identity(plan.path)
    except OSError:
        return plan
    if now.size != plan.size or tables.digest(plan.path, ctx.check) != digest:
        raise BadInput(
            "the file has changed since this import was begun, so it cannot go on with it.",
            path=plan.path,
            advice="Bring back the file as it was, or import the file as a new one; nothing was sent now.",
        )
    return replace(plan, identity=now)


def _come_back(plan: Plan) -> Plan:
    """The plan of a file that was not read to its end: on a drive that comes back it has other numbers of its own."""
    with suppress(OSError):
        now = tables.identity(plan.path)
        if (now.size, now.modified_ns) == (plan.identity.size, plan.identity.modified_ns):
            return replace(plan, identity=now)
    return plan


def _prepared(journal: Journal, about: dict[str, Any], plan: Plan) -> Prepared:
    figures = about.get("summary") or service.read_so_far(journal).as_json()
    summary = Summary(**figures, faults=journal.fault_counts())
    choice = _choice(about) or choose_route(plan, summary.good)
    return Prepared(journal.folder.name, journal.folder, plan, summary, choice, float(about.get("seconds", 0.0)))


def _choice(about: dict[str, Any]) -> Choice | None:
    made = about.get("choice")
    return Choice(Route(made["route"]), made["reason"]) if made else None


@contextmanager
def _opened(import_id: str) -> Iterator[Journal]:
    folder = service.imports() / import_id
    if not import_id or Path(import_id).name != import_id or not (folder / "journal.sqlite").is_file():
        raise BadInput(f"There is no import {import_id}.", advice="mcconsole import --list shows them.")
    try:
        with Journal(folder) as journal:
            yield journal
    except TROUBLE as error:
        raise trouble(folder, error) from None


@contextmanager
def _understood(import_id: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise BadInput(
            f"The journal of the import {import_id} cannot be understood ({type(error).__name__}: {error}).",
            advice="It may have been written by another version of mcconsole; import the file anew.",
        ) from None


def _entry(journal: Journal, about: dict[str, Any], *, running: bool | None = None) -> Entry:
    plan = about["plan"]
    return Entry(
        result=_standing(journal, about, running=_is_running(journal) if running is None else running),
        file=plan["path"],
        key=plan["schema"]["key"],
        name=plan["schema"]["name"],
        mode=plan["mode"],
        tenant=str(about.get("tenant", "")),
        account_id=str(about.get("account_id", "")),
        created=str(about["created"]),
    )


def _standing(journal: Journal, about: dict[str, Any], *, running: bool) -> Result:
    """The noted result, unless the import goes on or was cut since: then the figures of its batches."""
    if about.get("result") and not running:
        return report.from_json(about["result"])
    summary = about.get("summary") or service.read_so_far(journal).as_json()
    counted = journal.standing()
    on_their_way = journal.standing(BatchState.SENDING, BatchState.ACCEPTED)
    doubtful = on_their_way.rows - on_their_way.succeeded - on_their_way.failed - on_their_way.unknown
    return Result(
        import_id=journal.folder.name,
        state=State.RUNNING if running else State.INTERRUPTED,
        route=about.get("choice", {}).get("route", about["plan"]["route"]),
        rows_read=summary["rows"],
        rows_left_out=summary["faulty"] + about.get(known.NOTED, 0),
        rows_succeeded=counted.succeeded,
        rows_failed=counted.failed,
        rows_unknown=counted.unknown + doubtful,
        seconds=float(about.get("seconds", 0.0)),
        resumable=not running,
    )


def _is_running(journal: Journal) -> bool:
    try:
        with journal.alone(patience=0):
            return False
    except Refused:
        return True
