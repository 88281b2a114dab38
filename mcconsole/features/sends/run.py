"""A run of sends as it stands, and every recipient at its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mcconsole.core import running
from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Exchange
from mcconsole.core.findings import Stage
from mcconsole.core.members import Member, MemberState
from mcconsole.features.sends.definitions import Kind
from mcconsole.features.sends.follow import Judged, Outcome

HEADER = ("row", "to", "subscriber_key", "definition_key", "request_id", "reference", "accepted", "outcome", "reason")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of one recipient. `accepted` None: nobody can say; it may have been."""

    row: int
    subscriber_key: str
    address: str
    definition_key: str
    kind: Kind
    request_id: str
    reference: str
    """recipientSendId of a triggered send, messageKey of a transactional message."""
    accepted: bool | None
    outcome: Outcome
    reason: str
    advice: str = ""
    """What to do next."""
    fired: bool = True
    """Whether anything left for it."""
    send_id: str = ""
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
        if not self.fired and self.error is not None:
            return self.error.exit_code
        if self.outcome is Outcome.NOT_KNOWN or self.accepted is None:
            return 3
        return 1 if self.accepted is False or self.outcome is Outcome.NOT_SENT else 0

    def as_json(self) -> dict[str, object]:
        """The contract's object, with the timeline beside it."""
        reference = "recipient_send_id" if self.kind is Kind.TRIGGERED else "message_key"
        return {
            "definition_key": self.definition_key,
            "kind": self.kind.value,
            "to": self.address,
            "subscriber_key": self.subscriber_key,
            "request_id": self.request_id or None,
            reference: self.reference or None,
            "accepted": self.accepted,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "advice": self.advice,
            "stages": [{"name": one.name, "mark": one.mark.value, "text": one.text} for one in self.stages],
            "warnings": list(self.warnings),
            "send_id": self.send_id or None,
        }

    def lines(self) -> list[str]:
        """The same in words; nothing of what never left, whose error says it all."""
        if not self.fired:
            return []
        head = f"{self.outcome.replace('_', ' ').capitalize()}: {self.address} → {self.definition_key}"
        words = [head, self.reason, *([self.advice] if self.advice else [])]
        return [*words, *(f"{one.name:>16}  {one.mark:<7} {one.text}" for one in self.stages)]


_ACCEPTED = {MemberState.ACCEPTED: True, MemberState.UNKNOWN: None, MemberState.SENDING: None}


def receipt(one: Member, definition_key: str, kind: Kind, send_id: str) -> Receipt:
    """A member of a run as a receipt, as far as the journal tells."""
    fired = one.state is not MemberState.PLANNED
    words = {
        MemberState.PLANNED: "Not sent.",
        MemberState.ACCEPTED: "Accepted; whether it was sent was not looked for.",
        MemberState.SENDING: "It is on its way.",
    }
    return Receipt(
        row=one.row,
        subscriber_key=one.key,
        address=one.address,
        definition_key=definition_key,
        kind=kind,
        request_id=one.request,
        reference=one.reference if fired else "",
        accepted=_ACCEPTED.get(one.state, False),
        outcome=_outcome(one) or Outcome.NOT_CHECKED,
        reason=one.reason or words.get(one.state, ""),
        fired=fired,
        send_id=send_id,
    )


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands. The counts of the four outcomes and `not_fired` add up to all its recipients."""

    send_id: str
    definition_key: str
    kind: Kind
    file: str
    recipients: tuple[Member, ...]
    error: ConsoleError | None = None
    cancelled: bool = False
    finished: bool = False
    judged: Mapping[int, Judged] = field(default_factory=dict, compare=False)
    """What was found out just now, with the timelines, by row."""

    def count(self, wanted: Outcome) -> int:
        """How many recipients have an outcome; those for whom nothing left have none."""
        return sum(_outcome(one) is wanted for one in self.recipients)

    @property
    def not_fired(self) -> int:
        """Recipients for whom nothing left."""
        return sum(one.state is MemberState.PLANNED for one in self.recipients)

    @property
    def may_leave(self) -> int:
        """Recipients for whom something may leave when it goes on; transactional messages may leave again."""
        states = [MemberState.PLANNED]
        if self.kind is Kind.TRANSACTIONAL:
            states += [MemberState.SENDING, MemberState.UNKNOWN]
        return sum(one.state in states for one in self.recipients)

    @property
    def exit_code(self) -> int:
        """As the command line answers (design section 6): 130 before 3, 3 before 1."""
        if self.cancelled:
            return 130
        if self.count(Outcome.NOT_KNOWN):
            return 3
        if self.error is not None and self.not_fired == len(self.recipients):
            return self.error.exit_code
        return 1 if self.count(Outcome.NOT_SENT) or self.not_fired else 0

    def as_json(self) -> dict[str, object]:
        """The contract's object."""
        return {
            "send_id": self.send_id,
            "definition_key": self.definition_key,
            "kind": self.kind.value,
            "recipients": [{"row": one.row, **_short(one)} for one in self.receipts()],
            **{one.value: self.count(one) for one in Outcome},
            "not_fired": self.not_fired,
        }

    def receipts(self) -> Iterator[Receipt]:
        """Every recipient, in file order."""
        return (receipt(one, self.definition_key, self.kind, self.send_id) for one in self.recipients)

    def lines(self) -> list[str]:
        """The same in words: the counts, and every recipient of whom it is not certain that it was sent."""
        state = "Cancelled" if self.cancelled else "Finished" if self.finished else "Unfinished"
        found = [f"{state}: {self.file or 'one recipient'} → {self.definition_key} (run {self.send_id})"]
        found += [f"{self.count(one):>14,} {one.replace('_', ' ')}" for one in Outcome]
        found.append(f"{self.not_fired:>14,} not fired")
        open_ones = (one for one in self.receipts() if one.outcome in (Outcome.NOT_SENT, Outcome.NOT_KNOWN))
        found += [f"row {one.row:,}, {one.address}: {one.outcome.replace('_', ' ')}: {one.reason}" for one in open_ones]
        return found


def _outcome(one: Member) -> Outcome | None:
    return outcome(one.state, one.verdict)


def outcome(state: str, verdict: str) -> Outcome | None:
    """None where nothing left; not known where nobody can say whether it was accepted."""
    if state == MemberState.PLANNED:
        return None
    if verdict:
        return Outcome(verdict)
    return Outcome.NOT_CHECKED if state == MemberState.ACCEPTED else Outcome.NOT_KNOWN


def _short(one: Receipt) -> dict[str, object]:
    return {
        name: value for name, value in one.as_json().items() if name not in ("advice", "stages", "warnings", "send_id")
    }


def write_csv(found: Run, path: Path) -> None:
    """Write every recipient with its outcome."""
    rows = ({"row": one.row, "reference": one.reference, **one.as_json()} for one in found.receipts())
    running.write_csv(rows, HEADER, path)
