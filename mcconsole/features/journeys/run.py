"""A run of many contacts as it stands, and every contact at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from mcconsole.core import running
from mcconsole.core.errors import ConsoleError
from mcconsole.core.members import Member, MemberState
from mcconsole.features.journeys.verdict import Verdict

HEADER = ("row", "contact_key", "event_definition_key", "event_instance_id", "accepted", "verdict", "reason")


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands. The four counts and `not_checked` add up to all its contacts."""

    fire_id: str
    event_definition_key: str
    file: str
    contacts: tuple[Member, ...]
    error: ConsoleError | None = None
    cancelled: bool = False
    finished: bool = False

    def tally(self) -> dict[Verdict | None, int]:
        """How many contacts have each verdict, counted in one go; None is for those whose event never left."""
        return tally(Counter(map(attrgetter("state", "verdict"), self.contacts)))

    def count(self, wanted: Verdict) -> int:
        """How many contacts have a verdict; those that were not sent have none."""
        return self.tally()[wanted]

    @property
    def not_sent(self) -> int:
        """Contacts whose event never left."""
        return self.tally()[None]

    @property
    def unknown(self) -> int:
        """Contacts of whom nobody knows whether the event was accepted, and no evidence tells."""
        states = (MemberState.UNKNOWN, MemberState.SENDING)
        told = (Verdict.ENTERED, Verdict.NOT_ENTERED)
        return sum(one.state in states and one.verdict not in told for one in self.contacts)

    @property
    def exit_code(self) -> int:
        """As the command line answers (design section 6): 130 before 3, 3 before 1."""
        if self.cancelled:
            return 130
        unchecked = [one for one in self.contacts if verdict_of(one) is Verdict.NOT_CHECKED]
        unknown = any(one.state is not MemberState.ACCEPTED for one in unchecked)
        if unknown or self.count(Verdict.NOT_PROVEN) or (unchecked and self.error is not None):
            return 3
        if self.error is not None and self.not_sent == len(self.contacts):
            return self.error.exit_code
        return 1 if self.count(Verdict.NOT_ENTERED) or self.not_sent else 0

    def as_json(self) -> dict[str, object]:
        """The contract's object."""
        return {
            "fire_id": self.fire_id,
            "event_definition_key": self.event_definition_key,
            "contacts": list(self.rows()),
            "entered": self.count(Verdict.ENTERED),
            "not_entered": self.count(Verdict.NOT_ENTERED),
            "not_proven": self.count(Verdict.NOT_PROVEN),
            "not_checked": self.count(Verdict.NOT_CHECKED),
            "not_sent": self.not_sent,
        }

    def rows(self) -> Iterator[dict[str, object]]:
        """The contract's object of each contact, in file order."""
        return map(self._contact, self.contacts)

    def lines(self) -> list[str]:
        """The same in words: the counts, and every contact that did not enter for certain."""
        state = "Cancelled" if self.cancelled else "Finished" if self.finished else "Unfinished"
        found = [f"{state}: {self.file} → {self.event_definition_key} (run {self.fire_id})"]
        found += [f"{self.count(one):>14,} {one.replace('_', ' ')}" for one in Verdict]
        found.append(f"{self.not_sent:>14,} not sent")
        open_ones = (
            one for one in self.contacts if verdict_of(one) not in (Verdict.ENTERED, Verdict.NOT_CHECKED, None)
        )
        found += [f"row {one.row:,}, {one.key}: {one.verdict.replace('_', ' ')}: {one.reason}" for one in open_ones]
        return found

    def _contact(self, one: Member) -> dict[str, object]:
        accepted = {MemberState.ACCEPTED: True, MemberState.UNKNOWN: None, MemberState.SENDING: None}
        entered = one.verdict == Verdict.ENTERED  # which shows that the event was accepted, lost answer or not
        return {
            "row": one.row,
            "contact_key": one.key,
            "event_definition_key": self.event_definition_key,
            "event_instance_id": one.reference or None,
            "accepted": entered or accepted.get(one.state, False),
            "verdict": (verdict_of(one) or Verdict.NOT_CHECKED).value,
            "reason": one.reason or ("Not sent." if one.state is MemberState.PLANNED else ""),
        }


def tally(counts: Mapping[tuple[str, str], int]) -> dict[Verdict | None, int]:
    """How many contacts have each verdict, from how many there are of each (state, verdict); None is for not sent."""
    found: dict[Verdict | None, int] = dict.fromkeys((*Verdict, None), 0)
    for (state, verdict), number in counts.items():
        found[_known(state, verdict)] += number
    return found


def verdict_of(one: Member) -> Verdict | None:
    """None for a contact whose event never left."""
    return _known(one.state, one.verdict)


def _known(state: str, verdict: str) -> Verdict | None:
    if state == MemberState.PLANNED:
        return None
    return Verdict(verdict) if verdict else Verdict.NOT_CHECKED


def write_csv(found: Run, path: Path) -> None:
    """Write every contact with its verdict."""
    running.write_csv(found.rows(), HEADER, path)
