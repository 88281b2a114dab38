"""Did the contact enter? Evidence is gathered until it proves something or the time is over.

A contact entered when the tenant shows something that was not there before the event: a membership in a journey where
the contact was not, or a line of journey history that is younger than the event by the tenant's own clock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mcconsole.api.client import Client
from mcconsole.core import clock
from mcconsole.core.errors import ApiError, BadAnswer, NotSent, Rejected
from mcconsole.core.findings import Mark, Stage, Watching
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.journeys import criteria, evidence
from mcconsole.features.journeys.before import Before, rows_of, versions
from mcconsole.features.journeys.calls import Journey
from mcconsole.features.journeys.evidence import Fate, Step
from mcconsole.features.journeys.situation import Situation, named, state_reason

FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0
"""Seconds between two looks; each wait doubles the one before."""


class Verdict(StrEnum):
    """What is known of a fired event."""

    ENTERED = "entered"
    NOT_ENTERED = "not_entered"
    NOT_PROVEN = "not_proven"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Fired:
    """An event that was fired, and what was known of its contact before."""

    id: int
    """The caller's own number, such as a row of a file."""
    contact_key: str
    data: Mapping[str, str | None]
    before: Before
    event_instance_id: str = ""
    request_id: str = ""
    """Of the async route; "" for the other."""
    at: datetime | None = None
    """When it was accepted at the earliest, by the tenant's clock."""
    accepted: bool | None = True
    """None: nobody can say."""

    @property
    def since(self) -> datetime | None:
        """Evidence must not be older than this."""
        return self.at or self.before.at


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one event."""

    verdict: Verdict
    reason: str
    advice: str = ""
    """What to do next."""
    stages: tuple[Stage, ...] = ()


@dataclass(slots=True)
class _Seen:
    """What one look showed."""

    inside: dict[str, set[tuple[str, int]]] = field(default_factory=lambda: defaultdict(set))
    steps: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    fates: dict[str, Fate] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    """Stage of a timeline to why the tenant does not tell of it."""


def watch(
    ctx: JobContext,
    client: Client,
    situation: Situation,
    fired: Sequence[Fired],
    budget: float,
    *,
    rows: bool = False,
) -> Iterator[tuple[Fired, Judged]]:
    """Look again and again, and yield each verdict as soon as it is certain, the rest when `budget` seconds are over.

    Where nobody can enter as things stand, one look is enough. With `rows` the timeline tells of the row in the entry
    data extension, which takes a call for each contact. The progress of a single event has its timeline so far.
    Raises Cancelled between looks.
    """

    def row(one: Fired) -> list[Stage]:
        return [_row_stage(client, situation, one, ctx)] if rows else []

    begun = clock.monotonic()
    end = begun + (0.0 if state_reason(situation) else budget)
    open_ones, wait, last = list(fired), FIRST_WAIT, _Seen()
    events_of = Counter(one.contact_key for one in fired)
    while open_ones:
        try:
            last = _look(client, situation, open_ones, ctx)
        except (NotSent, BadAnswer, Rejected) as error:
            left = end - clock.monotonic()
            if left <= 0 or not evidence.passing(error):
                raise
            ctx.sleep(min(wait, left))
            wait = min(wait * 2, LONGEST_WAIT)
            continue
        proofs = _proofs(situation, fired, last)
        remaining: list[Fired] = []
        for one in open_ones:
            if judged := _certain(one, proofs.get(one.id, ()), last, events_of[one.contact_key]):
                entered = judged.verdict is Verdict.ENTERED
                yield one, replace(judged, stages=_stages(situation, one, last, row(one), entered=entered))
            else:
                remaining.append(one)
        open_ones = remaining
        left = end - clock.monotonic()
        if left <= 0:
            break
        so_far = {one.id: _stages(situation, one, last, row(one)) for one in open_ones if len(fired) == 1}
        watching = Watching(clock.monotonic() - begun, budget, so_far)
        ctx.report(Progress(len(fired) - len(open_ones), len(fired), f"{len(open_ones):,} not proven yet", watching))
        if open_ones:
            ctx.sleep(min(wait, left))
        wait = min(wait * 2, LONGEST_WAIT)
    for one in open_ones:
        judged = _explained(situation, one, last, budget)
        yield one, replace(judged, stages=_stages(situation, one, last, row(one)))


def _look(client: Client, situation: Situation, fired: Sequence[Fired], ctx: JobContext) -> _Seen:
    seen = _Seen()
    contacts = list(dict.fromkeys(one.contact_key for one in fired))
    with evidence.tolerated(seen.unread, "in the journey"):
        for membership in evidence.memberships(client, contacts, ctx).memberships:
            seen.inside[membership.contact_key].add((membership.journey_key, membership.version))
    times = [one.since for one in fired]
    since = min((time for time in times if time is not None), default=None) if None not in times else None
    with evidence.tolerated(seen.unread, "history"):
        for step in evidence.history(client, versions(situation), contacts, ctx, since=since):
            seen.steps[step.contact_key].append(step)
    with evidence.tolerated(seen.unread, "processed"):
        seen.fates = _fates(client, fired, ctx)
    return seen


def _fates(client: Client, fired: Sequence[Fired], ctx: JobContext) -> dict[str, Fate]:
    """Fates by event instance id; of many by request, of one by itself. Only what the async route took has one."""
    found: list[Fate] = []
    states = ("errored", "processed", "queued") if len(fired) == 1 else ("errored", "processed")
    for request in dict.fromkeys(one.request_id for one in fired if one.request_id):
        found += evidence.fates(client, ctx, states=states, requestId=request)
    if len(fired) == 1 and not fired[0].request_id and fired[0].event_instance_id:
        found += evidence.fates(client, ctx, states=states, eventInstanceId=fired[0].event_instance_id)
    return {fate.event_instance_id: fate for fate in found}


def _proofs(situation: Situation, fired: Sequence[Fired], seen: _Seen) -> dict[int, list[str]]:
    """Proofs of entry by event. A proof counts for one event only: of those of its contact that were not lost, the
    earliest that meets the entry filter.
    """
    by_contact: dict[str, list[Fired]] = defaultdict(list)
    for one in fired:
        by_contact[one.contact_key].append(one)
    proofs: dict[int, list[str]] = {}
    for contact, events in by_contact.items():
        found = _entries(situation, events[0], seen.inside[contact], seen.steps[contact])
        rivals = [one for one in events if not _errored(one, seen)]
        rivals.sort(key=lambda one: _filtered_out(situation, one))
        for at, one in enumerate(rivals):
            proofs[one.id] = [lines[at] for lines in found.values() if len(lines) > at]
    return proofs


def _errored(one: Fired, seen: _Seen) -> bool:
    fate = seen.fates.get(one.event_instance_id)
    return fate is not None and fate.state == "errored"


def _filtered_out(situation: Situation, one: Fired) -> bool:
    return bool(situation.published) and all(_unmet(situation, journey, one) for journey in situation.published)


def _unmet(situation: Situation, journey: Journey, one: Fired) -> bool:
    """Whether the entry filter of a journey is not met, as far as that is certain."""
    return any(criteria.holds(text, one.data) is False for text in (situation.source.criteria, *journey.filters))


Lines = dict[str, list[str]]


def _entries(situation: Situation, one: Fired, inside: set[tuple[str, int]], steps: Sequence[Step]) -> Lines:
    """What shows that a contact came in after an event, by the name of the journey a line for each entry."""
    young = [step for step in steps if _is_young(step, one) and not (step.is_entry and step.failed)]
    found: Lines = defaultdict(list)
    for step in young:
        if step.is_entry:
            found[step.journey].append(_line_of(step))
    if found or not one.before.seen:
        return found
    fed = {(journey.key, journey.version): journey for journey in situation.journeys}
    new = [fed[place] for place in sorted(inside - one.before.inside) if place in fed]
    if new:
        return {journey.name: [f"in {named(journey)} now, and not before"] for journey in new}
    was_in = {key for key, _ in one.before.inside} & {journey.key for journey in situation.journeys}
    # Someone who was in already leaves lines of the old entry, so only lines about coming in count then.
    return {} if was_in else {step.journey: [_line_of(step)] for step in young[:1]}


def _line_of(step: Step) -> str:
    return f"the history of “{step.journey}” has “{step.activity or step.event}” at {_shown(step.at)}"


def _is_young(step: Step, one: Fired) -> bool:
    if step.at is None or (one.since is None and not one.before.seen):
        return False
    if one.before.latest is not None and step.at <= one.before.latest:
        return False
    return one.since is None or step.at >= one.since


def _shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}" if moment is not None else ""


def _certain(one: Fired, proofs: Sequence[str], seen: _Seen, events: int) -> Judged | None:
    """The verdict where there is no doubt. Of a contact with several `events` an error in the history may be any's."""
    if proofs:
        return Judged(Verdict.ENTERED, proofs[0])
    if _errored(one, seen):
        said = seen.fates[one.event_instance_id].said or "no reason given"
        return Judged(Verdict.NOT_ENTERED, f"Errored event: {said}", _ERRORED)
    failed = [step for step in seen.steps[one.contact_key] if step.is_entry and step.failed and _is_young(step, one)]
    if len(failed) >= events:
        return Judged(Verdict.NOT_ENTERED, f"Errored event: {failed[0].said or failed[0].status}", _ERRORED)
    return None


_ERRORED = "Change the data as it says, and fire again."


def _explained(situation: Situation, one: Fired, seen: _Seen, budget: float) -> Judged:
    """The verdict when the time is over: not entered where a reason is known, else not proven."""
    accepted = "" if one.accepted else "Whether the event was accepted is not known. "
    if reason := state_reason(situation):
        verb = "Resume" if situation.running else "Publish"
        advice = f"{verb} the journey in Journey Builder, then fire again." if situation.journeys else ""
        return Judged(Verdict.NOT_ENTERED, accepted + reason, advice)
    reasons = [_why_out(situation, journey, one, seen) for journey in situation.published]
    if reasons and all(reason for reason, _ in reasons):
        text, advice = (" ".join(dict.fromkeys(part)) for part in zip(*reasons, strict=True))
        return Judged(Verdict.NOT_ENTERED, accepted + text, advice)
    fate = seen.fates.get(one.event_instance_id)
    processed = "The event was processed, but nothing" if fate and fate.state == "processed" else "Nothing"
    hint = "The contact may be inactive or restricted, the entry slow, or a filter not met."
    advice = "See the journey's history in Marketing Cloud, or fire for another contact and watch longer."
    if seen.unread:
        hint = " ".join(["Not everything could be looked at.", *seen.unread.values()])
    return Judged(Verdict.NOT_PROVEN, f"{accepted}{processed} shows an entry within {budget:g} s. {hint}", advice)


def _why_out(situation: Situation, journey: Journey, one: Fired, seen: _Seen) -> tuple[str, str]:
    """Why a contact does not enter a published version, as far as it is certain, and what to do; else ("", "")."""
    if _unmet(situation, journey, one):
        return f"The entry filter of {named(journey)} is not met.", "Fire with data that meet the filter."
    was_in = any(key == journey.key for key, _ in one.before.inside)
    still_in = any(key == journey.key for key, _ in seen.inside[one.contact_key])
    if journey.entry_mode == "OnceAndDone" and (was_in or journey.name in one.before.been):
        text = f"Re-entry: {named(journey)} lets a contact enter once, and this one was in before."
        return text, "Fire for a contact that was never in."
    if journey.entry_mode == "SingleEntryAcrossAllVersions" and was_in and still_in:
        text = f"Re-entry: the contact is in {named(journey)} already and may enter again only after leaving."
        return text, "Take the contact out of the journey, or fire for another one."
    if any(criteria.holds(text, one.data) for text in journey.endings):
        text = f"The goal or exit criteria of {named(journey)} are met at once."
        return text, "Fire with data that do not meet them."
    return "", ""


def accepted_stage(one: Fired, *, entered: bool = False) -> Stage:
    """The first stage of a timeline."""
    if one.accepted is None and entered:
        return Stage("accepted", Mark.YES, "the answer was lost; the entry shows it")
    mark = {True: Mark.YES, False: Mark.NO, None: Mark.UNSEEN}[one.accepted]
    return Stage("accepted", mark, one.event_instance_id or "no event instance id")


def _stages(
    situation: Situation, one: Fired, seen: _Seen, row: Sequence[Stage], *, entered: bool = False
) -> tuple[Stage, ...]:
    """The timeline of an event."""
    fate = seen.fates.get(one.event_instance_id)
    inside = sorted(seen.inside[one.contact_key] & {(j.key, j.version) for j in situation.journeys})
    young = [step for step in seen.steps[one.contact_key] if _is_young(step, one)]
    unread = seen.unread
    lines = "; ".join(f"{s.activity} {s.status} {_shown(s.at)}" for s in young[:5])
    old = " (since before the event)" if set(inside) <= one.before.inside else ""
    return (
        accepted_stage(one, entered=entered),
        *row,
        Stage("processed", _fate_mark(fate), unread.get("processed") or _fate_text(fate)),
        Stage(
            "in the journey",
            _mark(entered),
            unread.get("in the journey") or (f"{len(inside)} membership{old}" if inside else "no membership now"),
        ),
        Stage(
            "history",
            Mark.NO if young and all(step.is_entry and step.failed for step in young) else _mark(bool(young)),
            unread.get("history") or lines or "no line that is younger than the event",
        ),
    )


def _fate_mark(fate: Fate | None) -> Mark:
    return {"processed": Mark.YES, "errored": Mark.NO}.get(fate.state, Mark.UNSEEN) if fate is not None else Mark.UNSEEN


def _mark(shown: bool) -> Mark:
    return Mark.YES if shown else Mark.UNSEEN


def _fate_text(fate: Fate | None) -> str:
    return f"{fate.state} {fate.said}".strip() if fate is not None else "the status of events does not list it"


def _row_stage(client: Client, situation: Situation, one: Fired, ctx: JobContext) -> Stage:
    """Whether the event wrote a row into the entry data extension; a row that was there before shows nothing (2.5)."""
    if situation.described is None or not situation.contact_fields:
        return Stage("row", Mark.UNSEEN, "which field holds the contact key is not known")
    try:
        found = rows_of(client, situation, one.contact_key, ctx)
    except ApiError as error:
        return Stage("row", Mark.UNSEEN, str(error))
    rows = "1 row" if len(found) == 1 else f"{len(found):,} rows"
    text = f"{rows} of the contact in {situation.described.schema.name}"
    if not found or (one.before.rows is not None and found != one.before.rows):
        return Stage("row", _mark(bool(found)), text)
    old = "as before the event" if one.before.rows is not None else "which may be older than the event"
    return Stage("row", Mark.UNSEEN, f"{text}, {old}")
