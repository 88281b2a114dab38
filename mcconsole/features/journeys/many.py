"""Firing for many contacts, by the async route, journalled: nothing is fired twice, and every contact has a verdict."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mcconsole.api.client import Client
from mcconsole.api.schemas import Described
from mcconsole.core import clock, guard
from mcconsole.core.errors import (
    ApiError,
    BadAnswer,
    ConsoleError,
    NotSent,
    OutcomeUnknown,
    Refused,
    Rejected,
)
from mcconsole.core.findings import demand
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.journal import TROUBLE, trouble
from mcconsole.core.members import Answer, Member, MemberJournal, MemberState
from mcconsole.core.running import Meter
from mcconsole.core.runs import Runs, Started, demand_resumable, fill
from mcconsole.features.journeys import calls, contacts_file, service, situation, verdict
from mcconsole.features.journeys.before import Before
from mcconsole.features.journeys.before import before as before_of
from mcconsole.features.journeys.contacts_file import ContactsFile
from mcconsole.features.journeys.run import Run, tally
from mcconsole.features.journeys.situation import Situation
from mcconsole.features.journeys.verdict import Fired, Verdict

RUNS = Runs("fires", "fire")
CUT = "The console ended while this was on its way; it may have been accepted."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run whose contacts were checked and journalled, and of which nothing was sent yet."""

    fire_id: str
    folder: Path
    situation: Situation
    count: int
    warnings: tuple[str, ...]

    def discard(self) -> None:
        """Delete what was prepared."""
        shutil.rmtree(self.folder, ignore_errors=True)


def prepare(ctx: JobContext, client: Client, planned: ContactsFile, *, budget: float | None) -> Prepared:
    """Go through the checklist, check every row and journal the contacts. Sends nothing.

    BadInput when anything refuses; then, and when cancelled, nothing is left.
    """
    known = planned.situation
    findings = situation.checklist(known, client.token(ctx).scope, [])
    demand(findings)
    RUNS.tidy()
    with RUNS.new() as journal:
        count = fill(ctx, journal, contacts_file.members(planned, client.allow_list), calls.MEMBERS)
        journal.note(event=known.source.key, file=str(planned.preview.path), budget=budget, **client.place)
        return Prepared(journal.folder.name, journal.folder, known, count, tuple(one.text for one in findings))


def run(
    ctx: JobContext, client: Client, prepared: Prepared, *, budget: float | None = None, force: bool = False
) -> Run:
    """Fire for every contact and, with a `budget` in seconds, watch what becomes of them.

    Refused, with nothing sent, when the fields have changed since the check, or when any of it was fired within the
    last minute. Cancelling ends with a Run too; Cancelled is raised only where nothing was sent.
    """
    with MemberJournal(prepared.folder) as journal, journal.alone():
        known = situation.again(client, prepared.situation, ctx)
        demand(situation.checklist(known, client.token(ctx).scope, []))
        _demand_same_fields(known, prepared.situation.described)
        listed = list(journal.members())
        service.claim([_print(client, known, one) for one in listed], force=force)
        journal.note(started=clock.now().isoformat(), budget=budget)
        return _go_on(ctx, client, journal, known, budget)


class FieldsChanged(Refused):
    """What was checked no longer fits the entry source; nothing was sent."""


def _demand_same_fields(known: Situation, checked: Described | None) -> None:
    if known.described is None:
        demand(situation.data_findings(known, "", {}))
    if known.described != checked:
        raise FieldsChanged(
            f"The fields of “{known.source.name}” have changed since the rows were checked. Nothing was sent.",
            advice="Check the file again.",
        )


def _demand_fitting(journal: MemberJournal, known: Situation) -> None:
    """Refuse to fire what is left of a run when it no longer fits the fields: the tenant would drop it in silence."""
    for one in journal.members(MemberState.PLANNED):
        faults = situation.data_findings(known, one.key, one.data)
        if faults:
            raise FieldsChanged(
                f"The fields of “{known.source.name}” are not those that row {one.row:,} was checked against: "
                f"{faults[0].text} What is left of the run was not sent.",
                advice="Save the results, and fire the contacts that are left from a new file.",
            )


def _print(client: Client, known: Situation, one: Member) -> str:
    return service.print_of(client, known.source.key, one.key, one.data)


def resume(ctx: JobContext, client: Client, fire_id: str, *, budget: float | None = None) -> Run:
    """Go on with a run that was cut: what was accepted is known, what was on its way is unknown and never repeated.

    `budget` None takes the run's own. A finished run is only told. BadInput when there is none of this id, or when it
    belongs to another tenant or business unit.
    """
    with RUNS.open(fire_id) as journal:
        about = journal.about()
        if "finished" in about:
            return _told(journal)
        demand_resumable(about, fire_id, client.place)
        with journal.alone():
            journal.give_up_sending(CUT)
            try:
                known = situation.look(client, str(about["event"]), ctx)
                _demand_fitting(journal, known)
            except Cancelled:
                return _told(journal, cancelled=True)
            noted = about.get("budget")
            own = float(noted) if isinstance(noted, (int, float)) else None
            return _go_on(ctx, client, journal, known, own if budget is None else budget)


def told(fire_id: str) -> Run:
    """A run as it stands, without any call."""
    with RUNS.open(fire_id) as journal:
        return _told(journal)


def listed() -> list[dict[str, object]]:
    """Every run that was started, newest first, with its counts; what cannot be read is left out."""
    return [_line(one) for one in RUNS.started()]


def _line(one: Started) -> dict[str, object]:
    found = tally(one.counts)
    return {
        "fire_id": one.id,
        "file": one.about.get("file"),
        "event_definition_key": one.about.get("event"),
        "started": one.about.get("started"),
        "state": "finished" if "finished" in one.about else "unfinished",
        "contacts": sum(one.counts.values()),
        **{name.value: found[name] for name in Verdict},
        "not_sent": found[None],
    }


def _told(journal: MemberJournal, error: ConsoleError | None = None, *, cancelled: bool = False) -> Run:
    about = journal.about()
    return Run(
        fire_id=journal.folder.name,
        event_definition_key=str(about.get("event", "")),
        file=str(about.get("file", "")),
        contacts=tuple(journal.members()),
        error=error,
        cancelled=cancelled,
        finished="finished" in about,
    )


def _go_on(ctx: JobContext, client: Client, journal: MemberJournal, known: Situation, budget: float | None) -> Run:
    error: ConsoleError | None = None
    cancelled = False
    meter = Meter(ctx, journal, "contacts fired")
    try:
        _fire_all(ctx, client, journal, known, meter, look=budget is not None)
        if budget is not None:
            _watch(ctx, client, journal, known, budget, meter)
        journal.note(finished=clock.now().isoformat())
    except Cancelled:
        cancelled = True
    except ApiError as failure:
        error = failure
    except TROUBLE as failure:
        raise trouble(journal.folder, failure) from None
    if cancelled or error is not None:
        _release(client, journal, known)
    return _told(journal, error, cancelled=cancelled)


def _release(client: Client, journal: MemberJournal, known: Situation) -> None:
    """What never left may be fired at once by another run."""
    guard.release(_print(client, known, one) for one in list(journal.members(MemberState.PLANNED)))


def _fire_all(
    ctx: JobContext, client: Client, journal: MemberJournal, known: Situation, meter: Meter, *, look: bool
) -> None:
    for batch in journal.planned():
        ctx.check()
        meter.tell()
        members = list(journal.members(MemberState.PLANNED, batch=batch))
        before = before_of(client, known, [one.key for one in members], ctx) if look else {}
        if journal.begin(batch, {key: _noted(one) for key, one in before.items()}):
            for answer in _fire_batch(ctx, client, journal, known, batch, members):
                meter.move((MemberState.PLANNED, ""), (answer.state, answer.verdict))
    meter.tell()


def _fire_batch(
    ctx: JobContext, client: Client, journal: MemberJournal, known: Situation, batch: int, members: list[Member]
) -> list[Answer]:
    """Fire one batch and note what was answered. An outcome that nobody knows is noted, and the run goes on; errors
    that would meet the next batch as well are raised.
    """
    request = at = ""
    try:
        answer = calls.fire_many(client, known.source.key, [(one.key, one.data) for one in members], ctx)
    except (OutcomeUnknown, BadAnswer) as error:
        answers = [Answer(one.row, MemberState.UNKNOWN, reason=str(error)) for one in members]
    except (Cancelled, NotSent):
        journal.put_back(batch)
        raise
    except Rejected as error:
        if error.status in (401, 403, 404, 429):
            journal.put_back(batch)
            raise
        reason = f"Refused: {error.said or error}"
        journal.answer([_refused(one.row, reason) for one in members])
        raise
    else:
        request, at = answer.request_id, answer.at.isoformat() if answer.at else ""
        answers = [
            _refused(one.row, f"Refused: {of.said}")
            if of.said
            else Answer(one.row, MemberState.ACCEPTED, of.event_instance_id)
            for one, of in zip(members, answer.members, strict=True)
        ]
    journal.answer(answers, request=request, at=at)
    return answers


def _refused(row: int, reason: str) -> Answer:
    return Answer(row, MemberState.REFUSED, verdict=Verdict.NOT_ENTERED, reason=reason)


def _watch(
    ctx: JobContext, client: Client, journal: MemberJournal, known: Situation, budget: float, meter: Meter
) -> None:
    sent = journal.members(MemberState.ACCEPTED, MemberState.UNKNOWN)
    open_ones = {one.row: one for one in sent if not one.verdict or one.verdict == Verdict.NOT_PROVEN}
    for one, judged in verdict.watch(ctx, client, known, [_fired(one) for one in open_ones.values()], budget):
        journal.judge(one.id, judged.verdict, judged.reason)
        member = open_ones[one.id]
        meter.move((member.state, member.verdict), (member.state, judged.verdict))
        meter.tell()


def _fired(one: Member) -> Fired:
    return Fired(
        id=one.row,
        contact_key=one.key,
        data=one.data,
        before=_known(one.before or {}),
        event_instance_id=one.reference,
        request_id=one.request,
        at=datetime.fromisoformat(one.at) if one.at else None,
        accepted=True if one.state is MemberState.ACCEPTED else None,
    )


def _noted(before: Before) -> dict[str, object]:
    return {
        "inside": sorted(map(list, before.inside)),
        "latest": before.latest.isoformat() if before.latest else None,
        "been": sorted(before.been),
        "at": before.at.isoformat() if before.at else None,
        "seen": before.seen,
    }


def _known(noted: Mapping[str, object]) -> Before:
    def moment(name: str) -> datetime | None:
        value = noted.get(name)
        return datetime.fromisoformat(value) if isinstance(value, str) else None

    inside, been = noted.get("inside"), noted.get("been")
    return Before(
        frozenset((str(key), int(version)) for key, version in inside) if isinstance(inside, list) else frozenset(),
        moment("latest"),
        frozenset(map(str, been)) if isinstance(been, list) else frozenset(),
        moment("at"),
        seen=bool(noted) and bool(noted.get("seen", True)),
    )
