"""The messages of a run on their way: each leaves once, and what was said of it is noted before the next one leaves.

A triggered send whose answer was lost is unknown and never repeated. A transactional message has a key of its own,
made and noted beforehand, under which the tenant takes it once (API reference 3.3, documented): where the tenant does
not know the key, the message was not taken and leaves again under the same key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mcconsole.api.client import Client
from mcconsole.core import clock, guard
from mcconsole.core.errors import (
    ApiError,
    AuthFailed,
    BadAnswer,
    ConsoleError,
    NotFound,
    NotPermitted,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from mcconsole.core.exchange import Exchange
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.journal import TROUBLE, trouble
from mcconsole.core.members import Answer, Member, MemberJournal, MemberState
from mcconsole.core.running import Meter
from mcconsole.core.runs import Runs
from mcconsole.features.sends import calls, explain, follow, rivals
from mcconsole.features.sends.calls import Answered, Recipient
from mcconsole.features.sends.definitions import Definition, Kind, Status
from mcconsole.features.sends.follow import Fired, Judged, Outcome

RUNS = Runs("sends", "send")
CUT = "The console ended while this was on its way; it may have been accepted."
KEY_LIFE = timedelta(hours=48)
"""How long a message key is trusted to keep a message from being taken twice; 72 hours are documented (3.3)."""
_UNKNOWN_IN_A_ROW = 3
"""Calls that end unknown, one after another, after which a run stops: something is wrong with the way to the tenant."""
_MEANT_FOR_ALL = (AuthFailed, NotPermitted, NotFound, RateLimited)


@dataclass(slots=True)
class Ended:
    """How a run ended. `exchange` is the last sending call's, `lost` the last error after which nobody can say."""

    error: ConsoleError | None = None
    lost: ConsoleError | None = None
    cancelled: bool = False
    exchange: Exchange | None = None
    judged: dict[int, Judged] = field(default_factory=dict)


def batch_size(definition: Definition, *, attributes: bool) -> int:
    """Recipients of one call: a triggered send has one, as its batch route is undocumented (API reference 3.2)."""
    if definition.kind is Kind.TRIGGERED:
        return 1
    return calls.MESSAGES_WITH_ATTRIBUTES if attributes else calls.MESSAGES


def planned(definition: Definition, row: int, to: Recipient) -> Member:
    """A recipient as a member of a run; a transactional message gets its key here, once and for all."""
    key = calls.new_message_key() if definition.kind is Kind.TRANSACTIONAL else ""
    return Member(row, to.subscriber_key, dict(to.attributes), reference=key, address=to.address)


def claim(client: Client, definition: Definition, members: Sequence[Member], *, force: bool) -> None:
    """Refuse what was sent within the last minute, or is there twice, unless it is meant."""
    marks = [_print(client, definition, one) for one in members]
    repeated = guard.claim(marks, force=force)
    if not repeated:
        return
    what = "to the same recipient with the same attributes within the last minute"
    if len(marks) == 1:
        text = f"The same message was sent {what}."
    else:
        text = f"Of these messages {len(repeated):,} were sent {what}, or stand there twice."
    raise guard.Repeated(text, advice="Wait a minute, or confirm that it is meant (on the command line: --yes).")


def release(client: Client, definition: Definition, members: Sequence[Member]) -> None:
    """What never left, or was refused, may be sent at once by another run."""
    guard.release([_print(client, definition, one) for one in members])


def _print(client: Client, definition: Definition, one: Member) -> str:
    place = (*client.place.values(), definition.kind, definition.key)
    return guard.fingerprint("send", *place, one.key, one.address, one.data)


def go_on(
    ctx: JobContext, client: Client, journal: MemberJournal, definition: Definition, budget: float | None
) -> Ended:
    """Send what is planned and watch it for `budget` seconds; None does not look what became of it.

    Cancelling, and errors that the next message would meet as well, end it too; then a resume goes on.
    """
    run = _Run(ctx, client, journal, definition, Meter(ctx, journal, "messages sent"))
    try:
        run.settle()
        run.send_all()
        if run.settle():
            run.send_all()
        run.watch(budget)
        journal.note(finished=clock.now().isoformat())
    except Cancelled:
        run.ended.cancelled = True
    except ApiError as error:
        run.ended.error = error
    except TROUBLE as error:
        raise trouble(journal.folder, error) from None
    release(client, definition, list(journal.members(MemberState.PLANNED, MemberState.REFUSED)))
    return run.ended


@dataclass(slots=True)
class _Run:
    ctx: JobContext
    client: Client
    journal: MemberJournal
    definition: Definition
    meter: Meter
    ended: Ended = field(default_factory=Ended)
    _in_a_row: int = 0

    def send_all(self) -> None:
        """Send batch after batch."""
        batches = self.journal.planned()
        started = self._tenant_time() if batches else None
        began = clock.monotonic()
        for batch in batches:
            self.ctx.check()
            self.meter.tell()
            members = list(self.journal.members(MemberState.PLANNED, batch=batch))
            at = started + timedelta(seconds=clock.monotonic() - began) if started is not None else None
            noted = {"at": at.isoformat() if at is not None else "", "tried": clock.now().isoformat()}
            # A message key counts from the first attempt under it.
            before = {one.key: (one.before if one.reference else None) or noted for one in members}
            if not self.journal.begin(batch, before):
                continue
            for answer in self._send(batch, members):
                self.meter.move((MemberState.PLANNED, ""), (answer.state, answer.verdict))
        self.meter.tell()

    def _tenant_time(self) -> datetime | None:
        """For tracking events to be compared with, which only triggered sends are followed by."""
        if self.definition.kind is not Kind.TRIGGERED:
            return None
        try:
            return calls.tenant_time(self.client, self.ctx)
        except (Rejected, BadAnswer):
            return None

    def _send(self, batch: int, members: Sequence[Member]) -> list[Answer]:
        """Send one batch and note what was answered. Raises what the next batch would meet as well."""
        request = at = ""
        stop: ApiError | None = None
        try:
            answered = self._call(members)
        except (OutcomeUnknown, BadAnswer) as error:
            self._in_a_row += 1
            self.ended.exchange, self.ended.lost = error.exchange, error
            answers = [Answer(one.row, MemberState.UNKNOWN, one.reference, reason=_in_words(error)) for one in members]
            stop = error if self._in_a_row >= _UNKNOWN_IN_A_ROW else None
        except (Cancelled, NotSent, *_MEANT_FOR_ALL):
            self.journal.put_back(batch)
            raise
        except Rejected as error:
            self._in_a_row = 0
            self.ended.exchange = error.exchange
            answers = _refusals(members, error)
            stop = error if not explain.OF_THE_DEFINITION.isdisjoint(error.codes) else None
        else:
            self._in_a_row = 0
            self.ended.exchange = answered.exchange
            request, at = answered.request_id, answered.at.isoformat() if answered.at is not None else ""
            answers = [_answer(one, taken) for one, taken in zip(members, answered.taken, strict=True)]
        self.journal.answer(answers, request=request, at=at)
        if stop is not None:
            raise stop
        return answers

    def _call(self, members: Sequence[Member]) -> Answered:
        people = [Recipient(one.key, one.address, one.data) for one in members]
        if self.definition.kind is Kind.TRIGGERED:
            return calls.send_triggered(self.client, self.definition.key, people[0], self.ctx)
        if len(members) == 1:
            return calls.send_message(self.client, self.definition.key, members[0].reference, people[0], self.ctx)
        messages = [(one.reference, to) for one, to in zip(members, people, strict=True)]
        return calls.send_messages(self.client, self.definition.key, messages, self.ctx)

    def settle(self) -> bool:
        """Ask after transactional messages whose fate is unknown; those that the tenant does not know leave again.

        True when any are planned again. One that was tried too long ago stays unknown.
        """
        if self.definition.kind is not Kind.TRANSACTIONAL:
            return False
        again: list[Member] = []
        for one in list(self.journal.members(MemberState.UNKNOWN)):
            self.ctx.check()
            try:
                calls.message_status(self.client, one.reference, self.ctx)
            except NotFound:
                if _fresh(one):
                    again.append(one)
                continue
            self.journal.answer([Answer(one.row, MemberState.ACCEPTED, one.reference, reason="")], at=_before(one))
            self.meter.move((MemberState.UNKNOWN, one.verdict), (MemberState.ACCEPTED, ""))
        self.journal.plan_again(one.row for one in again)
        for one in again:
            self.meter.move((MemberState.UNKNOWN, one.verdict), (MemberState.PLANNED, ""))
        return bool(again)

    def watch(self, budget: float | None) -> None:
        """Watch what became of the messages. What goes to a paused definition waits, whether anybody looks or not."""
        if budget is None and self.definition.status != Status.INACTIVE:
            return
        sent = self.journal.members(MemberState.ACCEPTED, MemberState.UNKNOWN)
        open_ones = {one.row: one for one in sent if not one.verdict or one.verdict == Outcome.NOT_KNOWN}
        fired = [_fired(one) for one in open_ones.values()]
        try:
            self._follow(open_ones, fired, budget or 0.0)
        except (Cancelled, ApiError) as error:
            why = str(error) if isinstance(error, ApiError) else "the watching was cancelled."
            for row in open_ones.keys() - self.ended.judged.keys():
                self.journal.judge(row, Outcome.NOT_KNOWN, f"It could not be looked for: {why}")
            raise

    def _follow(self, members: Mapping[int, Member], fired: Sequence[Fired], budget: float) -> None:
        about = {"definition": self.definition.key, "kind": self.definition.kind, **self.client.place}

        def rivals_now() -> Mapping[int, follow.Rivals]:
            return rivals.find(RUNS, self.journal.folder.name, about, fired)

        for one, judged in follow.watch(self.ctx, self.client, self.definition, fired, budget, rivals_now):
            member = members[one.id]
            state = MemberState.ACCEPTED if judged.accepted else member.state
            if state is not member.state:
                self.journal.answer([Answer(one.id, state, member.reference)], request=member.request, at=member.at)
            self.journal.judge(one.id, judged.outcome, judged.reason)
            self.ended.judged[one.id] = judged
            self.meter.move((member.state, member.verdict), (state, judged.outcome))
            self.meter.tell()


def _in_words(error: ApiError) -> str:
    said = f" Marketing Cloud says: {error.said}" if error.said else ""
    return f"{error}{said} It may have been accepted."


def _answer(one: Member, taken: calls.Taken | None) -> Answer:
    if taken is None:
        reason = "The answer does not say whether this one was taken."
        return Answer(one.row, MemberState.UNKNOWN, one.reference, reason=reason)
    if any(problem.code == explain.DUPLICATE_KEY for problem in taken.problems):
        # The key is ours alone, so what was taken under it before is this message.
        return Answer(one.row, MemberState.ACCEPTED, one.reference)
    if taken.problems:
        said = "; ".join(explain.sentence(problem.code, problem.text) for problem in taken.problems)
        return _refused(one, said, taken.reference)
    return Answer(one.row, MemberState.ACCEPTED, taken.reference or one.reference)


def _refused(one: Member, said: str, reference: str = "") -> Answer:
    reason = f"Refused: {said}"
    return Answer(one.row, MemberState.REFUSED, reference or one.reference, Outcome.NOT_SENT, reason)


def _refusals(members: Sequence[Member], error: Rejected) -> list[Answer]:
    """A refused call, recipient by recipient as far as it names them."""
    if explain.DUPLICATE_KEY in error.codes and len(members) == 1:
        return [Answer(members[0].row, MemberState.ACCEPTED, members[0].reference)]
    named = calls.items_of_refusal(error)
    # A redirect is not from Marketing Cloud, whatever it says.
    redirected = 300 <= error.status < 400
    words = str(error) if redirected else error.said or str(error)
    untold = ", ".join(str(code) for code in error.codes if str(code) not in words)
    meanings = "; ".join(dict.fromkeys(filter(None, map(explain.meaning, error.codes)))) or explain.meaning(0, words)
    said = ": ".join(filter(None, (f"{words} ({untold})" if untold else words, meanings)))
    return [
        _answer(one, taken) if (taken := named.get(one.reference)) and taken.problems else _refused(one, said)
        for one in members
    ]


def _before(one: Member) -> str:
    return str((one.before or {}).get("at") or "")


def _fresh(one: Member) -> bool:
    """Whether the key of a message still keeps it from being taken twice."""
    tried = clock.moment((one.before or {}).get("tried"))
    return tried is not None and clock.now() - tried < KEY_LIFE


def _fired(one: Member) -> Fired:
    since = one.at or _before(one)
    # The reason of one that was watched before holds more than the doubt.
    doubt = one.reason if one.state is MemberState.UNKNOWN and not one.verdict else ""
    return Fired(
        id=one.row,
        subscriber_key=one.key,
        reference=one.reference,
        since=datetime.fromisoformat(since) if since else None,
        accepted=True if one.state is MemberState.ACCEPTED else None,
        left=clock.moment((one.before or {}).get("tried")),
        **({"doubt": doubt} if doubt else {}),
    )
