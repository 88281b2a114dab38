"""Firing one event or a few: check, guard, fire, and watch what becomes of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from mcconsole.api.client import Client
from mcconsole.core import allow_list, guard, payload, redact
from mcconsole.core.errors import (
    ApiError,
    AuthFailed,
    BadAnswer,
    ConsoleError,
    NotPermitted,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from mcconsole.core.exchange import Exchange
from mcconsole.core.findings import Finding, Level, Stage, Watching, demand
from mcconsole.core.jobs import Cancelled, JobContext, Progress
from mcconsole.features.journeys import calls, situation, verdict
from mcconsole.features.journeys.before import Before, memberships_of
from mcconsole.features.journeys.before import before as before_of
from mcconsole.features.journeys.situation import Situation, Topic
from mcconsole.features.journeys.verdict import Fired, Verdict


@dataclass(frozen=True, slots=True)
class Checked:
    """One event, looked at from all sides and ready to be fired where nothing refuses."""

    situation: Situation
    contact_key: str
    data: Mapping[str, object]
    """As it is sent."""
    findings: tuple[Finding, ...]
    before: Before
    raw: bool = False

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """Findings that keep it from being fired."""
        return tuple(one for one in self.findings if one.level is Level.REFUSE)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the contact may not enter although the event will be accepted."""
        return tuple(one.text for one in self.findings if one.level is Level.WARN)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of one event. `accepted` None: nobody can say; it may have been."""

    contact_key: str
    event_definition_key: str
    event_instance_id: str
    accepted: bool | None
    verdict: Verdict
    reason: str
    advice: str = ""
    """What to do next."""
    stages: tuple[Stage, ...] = ()
    warnings: tuple[str, ...] = ()
    error: ConsoleError | None = None
    exchange: Exchange | None = field(default=None, repr=False)
    cancelled: bool = False

    @property
    def exit_code(self) -> int:
        """As the command line answers (design section 6)."""
        if self.cancelled:
            return 130
        if self.verdict is Verdict.NOT_PROVEN or self.accepted is None:
            return 3
        if self.verdict is Verdict.NOT_ENTERED:
            return 1
        return 0 if self.accepted else 2

    def as_json(self) -> dict[str, object]:
        """The contract's object, with the timeline beside it."""
        return {
            "contact_key": self.contact_key,
            "event_definition_key": self.event_definition_key,
            "event_instance_id": self.event_instance_id or None,
            "accepted": self.accepted,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "advice": self.advice,
            "stages": [{"name": one.name, "mark": one.mark.value, "text": one.text} for one in self.stages],
            "warnings": list(self.warnings),
        }

    def lines(self) -> list[str]:
        """The same in words."""
        head = f"{self.verdict.replace('_', ' ').capitalize()}: {self.contact_key} → {self.event_definition_key}"
        words = [head, self.reason, *([self.advice] if self.advice else [])]
        return [*words, *(f"{one.name:>16}  {one.mark:<7} {one.text}" for one in self.stages)]


def check(
    ctx: JobContext,
    client: Client,
    known: Situation,
    contact_key: str,
    data: Mapping[str, object],
    *,
    raw: bool = False,
    before: Before | None = None,
) -> Checked:
    """Go through the checklist for one contact; reads only. In `raw` mode nothing is said of the data.

    `before` is what was read of the contact a moment ago, and is not read again.
    """
    granted = client.token(ctx).scope
    findings = situation.checklist(known, granted, [contact_key])
    if not raw:
        findings += situation.data_findings(known, contact_key, data)
    findings += allow_list.findings(client.allow_list, data.values(), Topic.DATA)
    findings.sort(key=lambda one: list(Topic).index(Topic(one.topic)))
    seen = before or Before(seen=False)
    sent: Mapping[str, object] = data
    if not any(one.level is Level.REFUSE for one in findings):
        seen = before or before_of(client, known, [contact_key], ctx, rows=True)[contact_key]
        sent = {name: payload.as_json(one) for name, one in data.items()} if raw else situation.values(known, data)
        inside = situation.journey_findings(known, memberships_of({contact_key: seen}))
        inside += situation.filter_findings(known, sent)
        findings += [one for one in inside if one not in findings]
        findings += [Finding(Level.WARN, f"Not looked at: {text}", topic=Topic.ENTRY) for text in seen.unread]
    return Checked(known, contact_key, sent, tuple(findings), seen, raw)


def print_of(client: Client, event_key: str, contact_key: str, data: Mapping[str, object]) -> str:
    """What the guard remembers of an event."""
    return guard.fingerprint("event", *client.place.values(), event_key, contact_key, data)


def claim(prints: Sequence[str], *, force: bool) -> None:
    """Refuse what was fired within the last minute, or is there twice, unless it is meant."""
    if repeated := guard.claim(prints, force=force):
        verb = "was" if len(repeated) == 1 else "were"
        many = f"{len(repeated):,} of the events {verb}" if len(prints) > 1 else "The same event was"
        twice = ", or stand there twice" if len(prints) > 1 else ""
        raise guard.Repeated(
            f"{many} fired for the same contact with the same data within the last minute{twice}.",
            advice="Wait a minute, or confirm that it is meant (--yes).",
        )


def fire(
    ctx: JobContext, client: Client, checked: Checked, *, budget: float | None = None, force: bool = False
) -> Receipt:
    """Fire a checked event once, and watch it for `budget` seconds; None does not look what became of it.

    BadInput or Refused when it must not be fired: then nothing was sent. Never fired twice by itself. Cancelled is
    raised only where nothing was sent; later it ends the watching. An error before it was taken is raised.
    """
    (receipt,) = fire_all(ctx, client, [checked], budget=budget, force=force)
    if receipt.error is not None and receipt.accepted is False and not isinstance(receipt.error, Rejected):
        raise receipt.error
    return receipt


def check_and_fire(
    ctx: JobContext,
    client: Client,
    known: Situation,
    contact_key: str,
    data: Mapping[str, object],
    *,
    raw: bool = False,
    budget: float | None = None,
    force: bool = False,
) -> tuple[Checked, Receipt]:
    """Look at everything once more, the entry source too, then fire and watch: what was `known` may be hours old."""
    checked = check(ctx, client, situation.again(client, known, ctx), contact_key, data, raw=raw)
    return checked, fire(ctx, client, checked, budget=budget, force=force)


def fire_all(
    ctx: JobContext, client: Client, events: Sequence[Checked], *, budget: float | None = None, force: bool = False
) -> list[Receipt]:
    """Fire checked events of one entry source one after another, such as a set of test contacts; watch them together.

    BadInput or Refused, with nothing sent, when any of them must not be fired. An event that cannot be sent ends the
    firing; it and the rest have receipts that say so. Cancelled is raised only where nothing was sent.
    """
    for checked in events:
        demand(checked.findings)
    marks = [print_of(client, one.situation.source.key, one.contact_key, one.data) for one in events]
    claim(marks, force=force)
    sent: list[_Sent] = []
    stopped: ConsoleError | None = None
    cancelled = False
    for number, checked in enumerate(events):
        try:
            sent.append(_send(ctx, client, checked, number))
            _tell(ctx, sent, len(events), budget)
        except Cancelled:
            cancelled = True
            break
        except ConsoleError as error:
            stopped = error
            break
    refused = [mark for mark, one in zip(marks, sent, strict=False) if one.fired is None]
    _forget([*refused, *marks[len(sent) :]])
    if cancelled and not sent:
        raise Cancelled
    judged, failure, cut = _judge(ctx, client, sent, budget)
    receipts = [_receipt(one, judged.get(number), failure, cut) for number, one in enumerate(sent)]
    return receipts + [_unsent(one, stopped, cancelled=cancelled) for one in events[len(sent) :]]


def _forget(marks: Sequence[str]) -> None:
    """Let the guard forget what did not leave. A claim that stays costs a question; a lost receipt costs more."""
    with suppress(ConsoleError):
        if marks:
            guard.release(marks)


@dataclass(frozen=True, slots=True)
class _Sent:
    """An event that left. `fired` None: Marketing Cloud refused it."""

    checked: Checked
    fired: Fired | None
    error: ApiError | None = None
    exchange: Exchange | None = None


def _send(ctx: JobContext, client: Client, checked: Checked, number: int) -> _Sent:
    """Fire one event. Raises what says that it was not carried out and that the next would fare no better."""
    ctx.check()
    accepted: calls.Accepted | None = None
    error: ApiError | None = None
    try:
        accepted = calls.fire(client, checked.situation.source.key, checked.contact_key, checked.data, ctx)
    except (OutcomeUnknown, BadAnswer) as unknown:
        error = unknown
    except (AuthFailed, NotPermitted, RateLimited):
        raise
    except Rejected as refusal:
        return _Sent(checked, None, refusal, refusal.exchange)
    fired = Fired(
        id=number,
        contact_key=checked.contact_key,
        data={name: None if value is None else str(value) for name, value in checked.data.items()},
        before=checked.before,
        event_instance_id=accepted.event_instance_id if accepted is not None else "",
        at=accepted.at if accepted is not None else None,
        accepted=True if accepted is not None else None,
    )
    exchange = accepted.exchange if accepted is not None else error.exchange if error is not None else None
    return _Sent(checked, fired, error, exchange)


def _tell(ctx: JobContext, sent: Sequence[_Sent], total: int, budget: float | None) -> None:
    fired = {one.fired.id: (verdict.accepted_stage(one.fired),) for one in sent if one.fired is not None}
    ctx.report(Progress(len(sent), total, f"{len(sent):,} of {total:,} fired", Watching(0.0, budget or 0.0, fired)))


def _judge(
    ctx: JobContext, client: Client, sent: Sequence[_Sent], budget: float | None
) -> tuple[dict[int, verdict.Judged], ConsoleError | None, bool]:
    """The verdicts by number, what kept from looking further, and whether that was a cancel. Whatever fails here, an
    event that left has its receipt.
    """
    judged: dict[int, verdict.Judged] = {}
    fired = [one.fired for one in sent if one.fired is not None]
    if budget is None or not fired:
        return judged, None, False
    try:
        for one, found in verdict.watch(ctx, client, sent[0].checked.situation, fired, budget, rows=True):
            judged[one.id] = found
    except Cancelled:
        return _not_proven(judged, fired, "The watching was cancelled."), None, True
    except ConsoleError as error:
        return _not_proven(judged, fired, f"It could not be looked for: {error}"), error, False
    except Exception as fault:
        sys.stderr.write(redact.told(fault))
        own = ConsoleError(f"This is an error of mcconsole itself ({type(fault).__name__}).", advice="Report it.")
        return _not_proven(judged, fired, f"It could not be looked for: {own}"), own, False
    return judged, None, False


def _not_proven(judged: Mapping[int, verdict.Judged], fired: Sequence[Fired], why: str) -> dict[int, verdict.Judged]:
    return {one.id: judged.get(one.id, verdict.Judged(Verdict.NOT_PROVEN, why)) for one in fired}


def _receipt(one: _Sent, judged: verdict.Judged | None, failure: ConsoleError | None, cancelled: bool) -> Receipt:
    fired = one.fired
    error: ConsoleError | None = one.error
    if fired is None:
        judged = verdict.Judged(
            Verdict.NOT_ENTERED,
            f"Refused: {error.said or error}" if error is not None else "Refused",
            (error.advice if error is not None else "") or "Change what it complains of and fire again.",
        )
    elif judged is None:
        unknown = f"{error} It may have been accepted." if error is not None else ""
        judged = verdict.Judged(
            Verdict.NOT_CHECKED, unknown or "Accepted; whether the contact entered was not looked for."
        )
    accepted = False if fired is None else True if judged.verdict is Verdict.ENTERED else fired.accepted
    error = error or (failure if judged.verdict is Verdict.NOT_PROVEN else None)
    return Receipt(
        contact_key=one.checked.contact_key,
        event_definition_key=one.checked.situation.source.key,
        event_instance_id=fired.event_instance_id if fired is not None else "",
        accepted=accepted,
        verdict=judged.verdict,
        reason=judged.reason,
        advice=judged.advice,
        stages=judged.stages,
        warnings=one.checked.warnings,
        error=None if judged.verdict is Verdict.ENTERED else error,
        exchange=one.exchange,
        cancelled=cancelled and judged.verdict is Verdict.NOT_PROVEN,
    )


def _unsent(checked: Checked, error: ConsoleError | None, *, cancelled: bool) -> Receipt:
    return Receipt(
        contact_key=checked.contact_key,
        event_definition_key=checked.situation.source.key,
        event_instance_id="",
        accepted=False,
        verdict=Verdict.NOT_CHECKED,
        reason="Not sent." if error is None else f"Not sent: {error}",
        warnings=checked.warnings,
        error=error,
        cancelled=cancelled,
    )
