"""Sending to many recipients, journalled: nobody gets two messages, and every recipient has an outcome."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mcconsole.api.client import Client
from mcconsole.core import allow_list, clock
from mcconsole.core.errors import ApiError
from mcconsole.core.findings import Finding, Level, demand
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.members import Member, MemberJournal, MemberState
from mcconsole.core.runs import Started, demand_resumable, fill
from mcconsole.features.sends import recipients_file, sending, situation
from mcconsole.features.sends.calls import Recipient
from mcconsole.features.sends.definitions import Definition, Kind
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.recipients_file import RecipientsFile
from mcconsole.features.sends.run import Run, outcome
from mcconsole.features.sends.sending import Ended
from mcconsole.features.sends.situation import Situation


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run whose recipients were checked and journalled, and of which nothing was sent yet."""

    send_id: str
    folder: Path
    definition: Definition
    count: int
    warnings: tuple[str, ...]

    def discard(self) -> None:
        """Delete what was prepared."""
        shutil.rmtree(self.folder, ignore_errors=True)


def prepare(ctx: JobContext, client: Client, planned: RecipientsFile, *, budget: float | None) -> Prepared:
    """Go through the checklist, check every row of a file and journal the recipients. Sends nothing.

    BadInput when anything refuses; then, and when cancelled, nothing is left.
    """
    members = recipients_file.members(planned, client.allow_list)
    attributes = bool(planned.attributes)
    return _prepare(ctx, client, planned.situation, members, str(planned.preview.path), budget, attributes=attributes)


def prepare_set(
    ctx: JobContext,
    client: Client,
    known: Situation,
    people: Sequence[Recipient],
    name: str,
    *,
    budget: float | None = None,
) -> Prepared:
    """The same for recipients at hand, such as a saved set of this `name`; they are numbered from 1."""
    people = [situation.trimmed(one) for one in people]
    findings = [
        replace(finding, text=f"{number}, {one.subscriber_key}: {finding.text}")
        for number, one in enumerate(people, 1)
        for finding in situation.recipient_findings(known, one, client.allow_list)
    ]
    demand(findings + _repeated(people))
    members = (
        sending.planned(known.definition, number, situation.ready(known, one)) for number, one in enumerate(people, 1)
    )
    return _prepare(ctx, client, known, members, name, budget, attributes=True)


def _repeated(people: Sequence[Recipient]) -> list[Finding]:
    """A refusal for each message that stands there before: nobody gets the same twice."""
    first: dict[str, int] = {}
    pairs = ((number, first.setdefault(recipients_file.mark(one), number)) for number, one in enumerate(people, 1))
    return [
        Finding(Level.REFUSE, f"{number}, {people[number - 1].subscriber_key}: the same message as {before}.")
        for number, before in pairs
        if before != number
    ]


def _prepare(
    ctx: JobContext,
    client: Client,
    known: Situation,
    members: Iterable[Member],
    name: str,
    budget: float | None,
    *,
    attributes: bool,
) -> Prepared:
    findings = situation.checklist(known, client.token(ctx).scope)
    demand(findings)
    sending.RUNS.tidy()
    definition = known.definition
    with sending.RUNS.new() as journal:
        count = fill(ctx, journal, members, sending.batch_size(definition, attributes=attributes))
        journal.note(definition=definition.key, kind=definition.kind, file=name, budget=budget, **client.place)
        warnings = [one.text for one in findings]
        if shared := journal.shared_addresses():
            warnings.append(f"Addresses that get more than one message, each line being one: {shared:,}.")
        return Prepared(journal.folder.name, journal.folder, definition, count, tuple(warnings))


def run(
    ctx: JobContext, client: Client, prepared: Prepared, *, budget: float | None = None, force: bool = False
) -> Run:
    """Send to every recipient and, with a `budget` in seconds, watch what becomes of it.

    Refused, with nothing sent, when any of it was sent within the last minute. Cancelling ends with a Run too.
    """
    with MemberJournal(prepared.folder) as journal, journal.alone():
        sending.claim(client, prepared.definition, list(journal.members()), force=force)
        journal.note(started=clock.now().isoformat())
        return _told(journal, sending.go_on(ctx, client, journal, prepared.definition, budget))


def resume(ctx: JobContext, client: Client, send_id: str, *, budget: float | None = None) -> Run:
    """Go on with a run that was cut. A triggered send that was on its way is unknown and never repeated; a
    transactional message is asked after, and leaves again under its own key where the tenant does not know it.

    `budget` None takes the run's own. A finished run is only told, but with a `budget` what is not known of it, or was
    not looked for, is looked for. BadInput when there is none of this id, when it belongs to another tenant or
    business unit, or when its definition takes no messages any more.
    """
    with sending.RUNS.open(send_id) as journal:
        about = journal.about()
        left = (MemberState.ACCEPTED, MemberState.UNKNOWN)
        to_look_for = any(state in left and verdict in ("", Outcome.NOT_KNOWN) for state, verdict in journal.counts())
        if "finished" in about and (budget is None or not to_look_for):
            return _told(journal)
        demand_resumable(about, send_id, client.place)
        with journal.alone():
            journal.give_up_sending(sending.CUT)
            try:
                known = situation.look(client, str(about["definition"]), ctx, kind=Kind(str(about["kind"])))
                _demand_fitting(ctx, client, journal, known)
            except Cancelled:
                return _told(journal, Ended(cancelled=True))
            except ApiError as error:
                return _told(journal, Ended(error=error))
            noted = about.get("budget")
            own = float(noted) if isinstance(noted, (int, float)) else None
            ended = sending.go_on(ctx, client, journal, known.definition, own if budget is None else budget)
            return _told(journal, ended)


def _demand_fitting(ctx: JobContext, client: Client, journal: MemberJournal, known: Situation) -> None:
    """BadInput when what is left must not be sent any more, as the definition or the allow-list is another now."""
    states = [MemberState.PLANNED]
    if known.definition.kind is Kind.TRANSACTIONAL:
        states.append(MemberState.UNKNOWN)  # one that the tenant does not know leaves again
    addresses = [one.address for one in journal.members(*states)]
    demand(allow_list.findings(client.allow_list, addresses))
    if next(journal.members(MemberState.PLANNED), None) is not None:
        demand(situation.checklist(known, client.token(ctx).scope))


def told(send_id: str) -> Run:
    """A run as it stands, without any call."""
    with sending.RUNS.open(send_id) as journal:
        return _told(journal)


def listed() -> list[dict[str, object]]:
    """Every run that was started, newest first, with its counts; what cannot be read is left out."""
    return [_line(one) for one in sending.RUNS.started()]


def _line(one: Started) -> dict[str, object]:
    def counted(wanted: Outcome | None) -> int:
        return sum(n for (state, verdict), n in one.counts.items() if outcome(state, verdict) is wanted)

    return {
        "send_id": one.id,
        "file": one.about.get("file") or None,
        "definition_key": one.about.get("definition"),
        "kind": one.about.get("kind"),
        "started": one.about.get("started"),
        "state": "finished" if "finished" in one.about else "unfinished",
        "recipients": sum(one.counts.values()),
        **{wanted.value: counted(wanted) for wanted in Outcome},
        "not_fired": counted(None),
    }


def _told(journal: MemberJournal, ended: Ended | None = None) -> Run:
    about = journal.about()
    return Run(
        send_id=journal.folder.name,
        definition_key=str(about.get("definition", "")),
        kind=Kind(str(about.get("kind"))),
        file=str(about.get("file") or ""),
        recipients=tuple(journal.members()),
        error=ended.error if ended is not None else None,
        cancelled=ended is not None and ended.cancelled,
        finished="finished" in about,
        judged=ended.judged if ended is not None else {},
    )
