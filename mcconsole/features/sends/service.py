"""Sending to one recipient: check, guard, send, and watch what becomes of it. It is a journalled run of one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace

from mcconsole.api.client import Client
from mcconsole.core import clock
from mcconsole.core.errors import ConsoleError
from mcconsole.core.findings import Finding, Level, demand
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.members import MemberJournal, MemberState
from mcconsole.features.sends import follow, many, sending, situation
from mcconsole.features.sends.calls import Recipient
from mcconsole.features.sends.follow import Judged
from mcconsole.features.sends.run import Receipt, receipt
from mcconsole.features.sends.situation import Situation


@dataclass(frozen=True, slots=True)
class Checked:
    """One recipient, looked at from all sides and ready to be sent to where nothing refuses."""

    situation: Situation
    recipient: Recipient
    """As it is sent."""
    findings: tuple[Finding, ...]

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """Findings that keep it from being sent."""
        return tuple(one for one in self.findings if one.level is Level.REFUSE)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may keep the message from arriving although it will be accepted."""
        return tuple(one.text for one in self.findings if one.level is Level.WARN)


Looked = tuple[Checked, Receipt]
"""What was checked and sent, and what is known of it."""


def check(ctx: JobContext, client: Client, known: Situation, to: Recipient) -> Checked:
    """Go through the checklist for one recipient; reads only."""
    to = situation.trimmed(to)
    findings = situation.checklist(known, client.token(ctx).scope)
    findings += situation.recipient_findings(known, to, client.allow_list)
    refused = any(one.level is Level.REFUSE for one in findings)
    return Checked(known, to if refused else situation.ready(known, to), tuple(findings))


def refused(checked: Checked, error: ConsoleError) -> Receipt:
    """The receipt of a message that was kept from leaving."""
    definition = checked.situation.definition
    planned = sending.planned(definition, 1, checked.recipient)
    found = receipt(planned, definition.key, definition.kind, "")
    return replace(found, reason=str(error), advice=error.advice, warnings=checked.warnings, error=error)


def send(
    ctx: JobContext, client: Client, checked: Checked, *, budget: float | None = None, force: bool = False
) -> Receipt:
    """Send a checked message once, and watch it for `budget` seconds; None does not look what became of it.

    BadInput or Refused when it must not be sent: then nothing was. Cancelled is raised only where nothing was sent;
    later it ends the watching. What kept it from leaving is raised. The journal stays, so that a message whose fate
    is unknown can be resumed by its `send_id`.
    """
    demand(checked.findings)
    definition = checked.situation.definition
    sending.RUNS.tidy()
    with sending.RUNS.new() as journal:
        member = sending.planned(definition, 1, checked.recipient)
        journal.add(1, [member])
        journal.note(definition=definition.key, kind=definition.kind, file="", budget=budget, **client.place)
        folder = journal.folder
        sending.claim(client, definition, [member], force=force)
    with MemberJournal(folder) as journal, journal.alone():
        journal.note(started=clock.now().isoformat())
        ended = sending.go_on(ctx, client, journal, definition, budget)
        (after,) = journal.members()
    if after.state is MemberState.PLANNED:
        shutil.rmtree(folder, ignore_errors=True)
        raise ended.error if ended.error is not None else Cancelled
    return replace(
        _judged(receipt(after, definition.key, definition.kind, folder.name), ended.judged.get(1)),
        warnings=checked.warnings,
        error=ended.error or (ended.lost if after.state is MemberState.UNKNOWN else None),
        exchange=ended.exchange,
        cancelled=ended.cancelled,
    )


def _judged(found: Receipt, judged: Judged | None) -> Receipt:
    """A receipt with what was found out by looking; without a look what to do follows from the answer alone."""
    if judged is None:
        return replace(found, advice=follow.ADVICE.get(found.accepted, ""))
    return replace(found, stages=judged.stages, advice=judged.advice)


def look_again(ctx: JobContext, client: Client, checked: Checked, before: Receipt, *, budget: float) -> Looked:
    """Look again what became of a message, as a resumed run of one does."""
    found = many.resume(ctx, client, before.send_id, budget=budget)
    told = next(found.receipts())
    now = _judged(told, found.judged.get(told.row))
    return checked, replace(
        now, warnings=checked.warnings, error=found.error, exchange=before.exchange, cancelled=found.cancelled
    )


def check_and_send(
    ctx: JobContext,
    client: Client,
    known: Situation,
    to: Recipient,
    *,
    budget: float | None = None,
    force: bool = False,
) -> Looked:
    """Look at everything once more, the status of the definition too, then send and watch."""
    checked = check(ctx, client, situation.anew(client, known, ctx), to)
    return checked, send(ctx, client, checked, budget=budget, force=force)
