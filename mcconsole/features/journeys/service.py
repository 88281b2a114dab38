"""Firing one event: check, guard, fire, and watch what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mcconsole.api.client import Client
from mcconsole.core import guard, payload
from mcconsole.core.errors import ApiError, BadAnswer, BadInput, ConsoleError, OutcomeUnknown, Refused, Rejected
from mcconsole.core.exchange import Exchange
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.features.journeys import calls, situation, verdict
from mcconsole.features.journeys.situation import Finding, Level, Situation
from mcconsole.features.journeys.verdict import Before, Fired, Stage, Verdict


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
        if self.accepted is False:
            return 1
        return 1 if self.verdict is Verdict.NOT_ENTERED else 0

    def as_json(self) -> dict[str, object]:
        """The contract's object, with the timeline beside it."""
        return {
            "contact_key": self.contact_key,
            "event_definition_key": self.event_definition_key,
            "event_instance_id": self.event_instance_id or None,
            "accepted": self.accepted,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "stages": [{"name": one.name, "mark": one.mark.value, "text": one.text} for one in self.stages],
            "warnings": list(self.warnings),
        }

    def lines(self) -> list[str]:
        """The same in words."""
        head = f"{self.verdict.replace('_', ' ').capitalize()}: {self.contact_key} → {self.event_definition_key}"
        return [head, self.reason, *(f"{one.name:>16}  {one.mark:<7} {one.text}" for one in self.stages)]


def check(
    ctx: JobContext,
    client: Client,
    known: Situation,
    contact_key: str,
    data: Mapping[str, object],
    *,
    raw: bool = False,
) -> Checked:
    """Go through the checklist for one contact; reads only. In `raw` mode nothing is said of the data."""
    granted = client.token(ctx).scope
    findings = situation.checklist(known, granted, [contact_key])
    if not raw:
        findings = situation.data_findings(known, contact_key, data) + findings
    before = Before()
    sent: Mapping[str, object] = data
    if not any(one.level is Level.REFUSE for one in findings):
        seen = verdict.before(client, known, [contact_key], ctx)
        before = seen[contact_key]
        inside = situation.journey_findings(known, verdict.memberships_of(seen))
        findings += [one for one in inside if one not in findings]
        sent = {name: payload.as_json(one) for name, one in data.items()} if raw else situation.values(known, data)
    return Checked(known, contact_key, sent, tuple(findings), before, raw)


def demand(checked: Checked) -> None:
    """Raise BadInput when something refuses; all of it is named."""
    if refusals := checked.refusals:
        advice = " ".join(dict.fromkeys(one.advice for one in refusals if one.advice))
        raise BadInput(" ".join(one.text for one in refusals), advice=advice)


def print_of(client: Client, event_key: str, contact_key: str, data: Mapping[str, object]) -> str:
    """What the guard remembers of an event."""
    place = (client.tenant.auth_url, client.credentials.account_id)
    return guard.fingerprint("event", *place, event_key, contact_key, data)


def claim(prints: Sequence[str], *, force: bool) -> None:
    """Refuse what was fired within the last minute, or is there twice, unless it is meant."""
    if repeated := guard.claim(prints, force=force):
        many = f"{len(repeated):,} of the events were" if len(prints) > 1 else "The same event was"
        raise Refused(
            f"{many} fired for the same contact with the same data within the last minute, or stand there twice.",
            advice="Wait a minute, or confirm that it is meant (--yes).",
        )


def fire(
    ctx: JobContext, client: Client, checked: Checked, *, budget: float | None = None, force: bool = False
) -> Receipt:
    """Fire a checked event once, and watch it for `budget` seconds; None does not look what became of it.

    BadInput or Refused when it must not be fired: then nothing was sent. Never fired twice by itself. Cancelled is
    raised only where nothing was sent; later it ends the watching.
    """
    demand(checked)
    source = checked.situation.source
    mark = print_of(client, source.key, checked.contact_key, checked.data)
    claim([mark], force=force)
    try:
        accepted = calls.fire(client, source.key, checked.contact_key, checked.data, ctx)
    except (OutcomeUnknown, BadAnswer) as error:
        return _watched(ctx, client, checked, None, error, budget)
    except Rejected as error:
        guard.release([mark])
        return _refused(checked, error)
    except (ConsoleError, Cancelled):
        guard.release([mark])
        raise
    return _watched(ctx, client, checked, accepted, None, budget)


def _refused(checked: Checked, error: Rejected) -> Receipt:
    reason = f"Refused: {error.said or error}"
    return Receipt(
        checked.contact_key,
        checked.situation.source.key,
        "",
        False,
        Verdict.NOT_ENTERED,
        reason,
        warnings=checked.warnings,
        error=error,
        exchange=error.exchange,
    )


def _watched(
    ctx: JobContext,
    client: Client,
    checked: Checked,
    accepted: calls.Accepted | None,
    error: ApiError | None,
    budget: float | None,
) -> Receipt:
    source = checked.situation.source
    instance = accepted.event_instance_id if accepted is not None else ""
    shown = {name: None if value is None else str(value) for name, value in checked.data.items()}
    one = Fired(
        id=0,
        contact_key=checked.contact_key,
        data=shown,
        before=checked.before,
        event_instance_id=instance,
        at=accepted.at if accepted is not None else None,
        accepted=True if accepted is not None else None,
    )
    unknown = f"{error} It may have been accepted." if error is not None else ""
    judged = verdict.Judged(Verdict.NOT_CHECKED, unknown or "Accepted; whether the contact entered was not looked for.")
    failure: ConsoleError | None = error
    cancelled = False
    if budget is not None:
        try:
            for _, found in verdict.watch(ctx, client, checked.situation, [one], budget):
                judged = found
        except Cancelled:
            cancelled = True
            judged = verdict.Judged(Verdict.NOT_PROVEN, f"{unknown} The watching was cancelled.".strip())
        except ApiError as trouble:
            failure = failure or trouble
            judged = verdict.Judged(Verdict.NOT_PROVEN, f"{unknown} It could not be looked for: {trouble}".strip())
    return Receipt(
        contact_key=checked.contact_key,
        event_definition_key=source.key,
        event_instance_id=instance,
        accepted=True if judged.verdict is Verdict.ENTERED else one.accepted,
        verdict=judged.verdict,
        reason=judged.reason,
        stages=judged.stages,
        warnings=checked.warnings,
        error=failure,
        exchange=error.exchange if error is not None else accepted.exchange if accepted is not None else None,
        cancelled=cancelled,
    )
