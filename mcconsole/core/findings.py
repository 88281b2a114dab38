"""Lines of a checklist that are not in order, and the stages of a timeline with how they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mcconsole.core.errors import BadInput


class Level(StrEnum):
    """What a finding does to what is about to be sent."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the checklist that is not in order."""

    level: Level
    text: str
    advice: str = ""
    topic: str = ""
    """The line of the checklist that it belongs to, where there are such."""


def demand(findings: Iterable[Finding]) -> None:
    """Raise BadInput when something refuses; all of it is named."""
    refusals = [one for one in findings if one.level is Level.REFUSE]
    if refusals:
        advice = " ".join(dict.fromkeys(one.advice for one in refusals if one.advice))
        raise BadInput(" ".join(one.text for one in refusals), advice=advice)


class State(StrEnum):
    """How a line of the checklist stands."""

    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"
    OPEN = "open"
    """Looked at only when nothing is at fault."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist as it is shown, in order or not."""

    topic: str
    state: State
    text: str
    advice: str = ""


_STATES = {Level.REFUSE: State.FAULT, Level.WARN: State.WARNING}


def items(findings: Sequence[Finding], topics: Iterable[str], in_order: Callable[[str], Item]) -> list[Item]:
    """The findings of each topic from the top; where there are none, what `in_order` says of it."""
    found: list[Item] = []
    for topic in topics:
        lines = [Item(topic, _STATES[one.level], one.text, one.advice) for one in findings if one.topic == topic]
        found += lines or [in_order(topic)]
    return found


class Mark(StrEnum):
    """How a stage of a timeline stands."""

    YES = "yes"
    NO = "no"
    UNSEEN = "unseen"
    """Nothing shows it so far."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a timeline, such as accepted, queued, sent."""

    name: str
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Watching:
    """How far the watching is: seconds of the budget, and the timelines of what is open by their numbers."""

    elapsed: float
    budget: float
    stages: Mapping[int, tuple[Stage, ...]]
