"""What became of messages: records by their own ids, and tracking events, looked at until the end is known.

Accepted, queued and sent are three things. A message is sent when its own record says so, or when a SentEvent of the
definition for the subscriber is not older than the send by the tenant's clock; a bounce counts likewise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from mcconsole.api.client import Client
from mcconsole.core import clock
from mcconsole.core.errors import BadAnswer, NotFound, NotPermitted, Rejected
from mcconsole.core.findings import Mark, Stage, Watching
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.sends import calls, explain
from mcconsole.features.sends.calls import Event, Record
from mcconsole.features.sends.definitions import Definition, Kind, Status

FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0
"""Seconds between two looks; each wait doubles the one before."""
ROUNDING = timedelta(seconds=2)
"""By so much the time of a send may be taken too early, as answers tell whole seconds only."""
CLOSE = timedelta(seconds=5)
"""An event so soon after a send may be of the message before, as calls take their time as well."""
ADVICE: Mapping[bool | None, str] = {
    None: "See its tracking in Marketing Cloud before you send it again.",
    False: "Mend what Marketing Cloud names, or read the definition again, then send it once more.",
}
"""What to do next, by whether a message was accepted."""
_CROWDED = "Tracking events do not tell which of several messages to this subscriber they are about."


class Outcome(StrEnum):
    """What is known of a message."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    """Refused, not sent, or bounced."""
    NOT_KNOWN = "not_known"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Fired:
    """A message that left."""

    id: int
    """The caller's own number, such as a row of a file."""
    subscriber_key: str
    reference: str = ""
    """recipientSendId or messageKey; "" where none came back."""
    since: datetime | None = None
    """When it was sent at the earliest, by the tenant's clock; without it no event proves anything."""
    accepted: bool | None = True
    """None: nobody can say."""
    doubt: str = "Whether it was accepted is not known."
    """The words for that."""
    left: datetime | None = None
    """When it first left, by this computer's clock."""


@dataclass(frozen=True, slots=True)
class Rivals:
    """What other messages of this console went to the same subscriber through the same definition: a tracking event
    does not tell which of them it is about. Nothing is known of what others sent.
    """

    open: bool = False
    """Whether the end of one was not known when the message left, or one left later."""
    ended: frozenset[str] = frozenset()
    """How those ended that had just ended then."""

    def may_have_caused(self, event: Event, at: datetime, since: datetime) -> bool:
        """Whether an event may be about one of them as well."""
        like = self.ended if event.kind == "SentEvent" else self.ended & {Outcome.NOT_SENT}
        return self.open or (bool(like) and at < since + CLOSE)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of one message now. `accepted` may be known by now although it was not before."""

    outcome: Outcome
    reason: str
    stages: tuple[Stage, ...] = ()
    accepted: bool | None = True
    advice: str = ""
    """What to do next."""


@dataclass(slots=True)
class _Seen:
    """What was seen of one message so far."""

    record: Record | None = None
    sent: Event | None = None
    not_sent: Event | None = None
    bounced: Event | None = None
    rivals: Rivals = Rivals()

    def may_be(self, one: Fired, at: datetime, event: Event) -> bool:
        """Whether an event is about this message: not older, not against what the message's own record says, and not
        perhaps about another one.
        """
        if one.since is None or at < one.since or self.rivals.may_have_caused(event, at, one.since):
            return False
        state = self.record.state if self.record is not None else ""
        if state == "queued" and event.kind != "BounceEvent":
            return at >= one.since + ROUNDING
        return state != ("sent" if event.kind == "NotSentEvent" else "not_sent")

    def take(self, event: Event) -> None:
        """Keep an event of this message."""
        if event.kind == "SentEvent":
            self.sent = event
        elif event.kind == "NotSentEvent":
            self.not_sent = event
        else:
            self.bounced = event

    @property
    def outcome(self) -> Outcome | None:
        state = self.record.state if self.record is not None else ""
        if self.bounced is not None or self.not_sent is not None or state == "not_sent":
            return Outcome.NOT_SENT
        return Outcome.SENT if self.sent is not None or state == "sent" else None


@dataclass(slots=True)
class Watch:
    """The looks at some messages of one definition. The obstacles say why records or tracking events are not read."""

    client: Client
    definition: Definition
    fired: Sequence[Fired]
    rivals: Callable[[], Mapping[int, Rivals]]
    """The rivals as they are now, by the number of the message."""
    seen: dict[int, _Seen] = field(default_factory=lambda: defaultdict(_Seen))
    obstacle: str = ""
    no_records: str = ""

    def __post_init__(self) -> None:
        if self.definition.kind is Kind.TRANSACTIONAL:
            self.obstacle = "Tracking events of transactional messages do not tell which message they are about."
        elif not self.definition.object_id:
            self.obstacle = "Tracking events cannot be asked for, as the object id of the definition is not told."
        elif all(one.since is None for one in self.fired):
            self.obstacle = "Tracking events cannot be compared with, as no answer told the tenant's time."

    def look(self, ctx: JobContext, open_ones: Sequence[Fired], end: float) -> list[Fired]:
        """Look once at each, as far as time allows; returns those that were looked at."""
        looked: list[Fired] = []
        for one in open_ones:
            if looked and clock.monotonic() > end:
                break
            ctx.check()
            looked.append(one)
            if one.reference and not self.no_records:
                self.seen[one.id].record = self._record(ctx, one) or self.seen[one.id].record
        self._look_at_events(ctx, looked)
        return looked

    def _record(self, ctx: JobContext, one: Fired) -> Record | None:
        try:
            if self.definition.kind is Kind.TRIGGERED:
                return calls.delivery(self.client, self.definition.key, one.reference, ctx)
            return calls.message_status(self.client, one.reference, ctx)
        except NotFound:
            return None  # it may be there at the next look
        except NotPermitted as error:
            self.no_records = str(error)
            return None

    def _look_at_events(self, ctx: JobContext, looked: Sequence[Fired]) -> None:
        keys = [one.subscriber_key for one in looked if one.since is not None]
        if self.obstacle or not keys:
            return
        try:
            for number, found in self.rivals().items():
                self.seen[number].rivals = found
            for kind in calls.EVENTS:
                self._ascribe(list(calls.events(self.client, kind, self.definition.object_id, keys, ctx)))
        except (Rejected, BadAnswer) as error:
            self.obstacle = f"Tracking events could not be read: {error.said or error}"

    def _ascribe(self, events: Sequence[Event]) -> None:
        """Give each message the earliest event of its subscriber that is about it."""
        listed: dict[str, list[tuple[datetime, Event]]] = defaultdict(list)
        for event in events:
            if event.at is not None:
                listed[event.subscriber_key.casefold()].append((event.at, event))
        for one in self.fired:
            seen = self.seen[one.id]
            about = [pair for pair in listed[one.subscriber_key.casefold()] if seen.may_be(one, *pair)]
            if about:
                seen.take(min(about, key=lambda pair: pair[0])[1])

    def judged(self, one: Fired, why_open: str = "", advice: str = "") -> Judged:
        """What is known of a message; `why_open` is the reason where its end is not, `advice` what to do then."""
        seen = self.seen[one.id]
        outcome = seen.outcome
        accepted = True if seen.record is not None or outcome is not None else one.accepted
        doubt = "" if accepted else f"{one.doubt} "
        obstacle = self.obstacle or (_CROWDED if seen.rivals.open else "")
        obstacles = " ".join(filter(None, (self.no_records, obstacle)))
        stages = (
            Stage("accepted", Mark.YES if accepted else Mark.UNSEEN, one.reference or "no id came back"),
            _queued(seen, outcome),
            _sent(seen, obstacles),
            *([_delivered(seen, obstacle)] if outcome is Outcome.SENT or seen.bounced is not None else []),
        )
        reason = _reason(seen) if outcome is not None else f"{doubt}{_standing(seen)}{why_open}"
        if not accepted:
            advice = ADVICE[None]
        elif outcome is not None:
            advice = "Check the address, and the subscriber's status." if outcome is Outcome.NOT_SENT else ""
        return Judged(outcome or Outcome.NOT_KNOWN, reason, stages, accepted, advice)


def watch(
    ctx: JobContext,
    client: Client,
    definition: Definition,
    fired: Sequence[Fired],
    budget: float,
    rivals: Callable[[], Mapping[int, Rivals]] = dict,
) -> Iterator[tuple[Fired, Judged]]:
    """Look again and again; yield each message as soon as its end is known, the rest when `budget` seconds are over.

    While the definition is paused one look is enough. The progress of a single message has its timeline so far.
    Raises Cancelled between looks.
    """
    paused = definition.status == Status.INACTIVE
    begun = clock.monotonic()
    end = begun + budget
    watching = Watch(client, definition, fired, rivals)
    why, advice = (
        f"Nothing shows within {budget:g} s that it was sent, or that not.",
        "Look again later; the run can be resumed with another wait.",
    )
    if paused:
        why, advice = _why_paused(definition), "Start the definition."
    open_ones, wait, reached = list(fired), FIRST_WAIT, set[int]()
    while open_ones:
        looked = watching.look(ctx, open_ones, end)
        ended = {one.id for one in looked if watching.seen[one.id].outcome is not None}
        for one in looked:
            if one.id in ended:
                yield one, watching.judged(one)
        # Those that were not reached come first at the next look.
        passed = {one.id for one in looked}
        reached |= passed
        open_ones = [one for one in open_ones if one.id not in passed] + [one for one in looked if one.id not in ended]
        left = end - clock.monotonic()
        if paused or left <= 0:
            break
        stages = {one.id: watching.judged(one).stages for one in open_ones if len(fired) == 1}
        done, standing = len(fired) - len(open_ones), Watching(clock.monotonic() - begun, budget, stages)
        ctx.report(Progress(done, len(fired), f"{len(open_ones):,} not known yet", standing))
        if open_ones:
            ctx.sleep(min(wait, left))
        wait = min(wait * 2, LONGEST_WAIT)
    for one in open_ones:
        reason = (
            why if paused or one.id in reached else f"It was not looked for, as {budget:g} s were not enough for all."
        )
        yield one, watching.judged(one, reason, advice)


def _why_paused(definition: Definition) -> str:
    days = " within three days" if definition.kind is Kind.TRANSACTIONAL else ""
    return f"“{definition.name}” is paused ({definition.status}); the message waits, and goes out if started{days}."


def _standing(seen: _Seen) -> str:
    if seen.record is None:
        return ""
    return "It is queued. " if seen.record.state == "queued" else f"Marketing Cloud says “{seen.record.state}”. "


def _reason(seen: _Seen) -> str:
    if seen.bounced is not None:
        return f"Bounced: {seen.bounced.said or 'no reason given'}"
    if seen.record is not None and seen.record.state == "not_sent":
        return f"Not sent: {explain.sentence(seen.record.code, seen.record.said)}"
    if seen.not_sent is not None:
        return "Not sent: a NotSentEvent was recorded, which gives no reason."
    of_record = seen.record is not None and seen.record.state == "sent"
    told_by = clock.moment(seen.record.at) if seen.record is not None and of_record else None
    at = told_by or (seen.sent.at if seen.sent is not None else None)
    return f"Sent at {at.astimezone(UTC):%Y-%m-%d %H:%M:%S %Z}." if at is not None else "Sent."


def _queued(seen: _Seen, outcome: Outcome | None) -> Stage:
    queued = seen.record is not None and seen.record.state == "queued"
    return Stage("queued", Mark.YES if queued or outcome else Mark.UNSEEN, "waits to be sent" if queued else "")


def _sent(seen: _Seen, obstacle: str) -> Stage:
    if seen.outcome is None:
        return Stage("sent", Mark.UNSEEN, obstacle)
    refused = seen.outcome is Outcome.NOT_SENT and seen.bounced is None
    return Stage("sent", Mark.NO if refused else Mark.YES, _reason(seen) if seen.bounced is None else "")


def _delivered(seen: _Seen, obstacle: str) -> Stage:
    """Nothing in the API proves a delivery; a bounce proves the opposite."""
    if seen.bounced is not None:
        return Stage("delivered", Mark.NO, _reason(seen))
    return Stage("delivered", Mark.UNSEEN, obstacle or "no bounce so far; a delivery itself is not reported")
