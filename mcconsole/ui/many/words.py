"""What differs from one kind of run over many people to another, in words and in what its records are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcconsole.ui.theme import Tone

Look = tuple[str, Tone, str]
"""Icon, tone and word."""


@dataclass(frozen=True, slots=True)
class Words:
    """All texts are translated; `{}` in a text takes what its name says."""

    key: str
    """What job and message keys begin with, such as "journeys.many"."""
    tab: str
    mapping_key: str
    """Under which saved mappings are kept."""
    id: str
    """The field of a listed run with its id."""
    about: str
    """The field with the key of what was fired, and its title."""
    about_title: str
    counts: Sequence[tuple[str, str]]
    """Title and field of each count of a listed run."""
    outcomes: Mapping[str, Look]
    """How an outcome is shown by the word that is stored; those that are always counted come first."""
    always: Sequence[str]
    certain: Sequence[str]
    good: str
    """The outcome that everybody hopes for."""
    unlooked: str
    """The outcome of what was not looked for."""
    one: str
    several: str
    estimated: str
    """Numbers of people: "1 contact", "{} contacts", "about {} contacts"."""
    choose: str
    drop: str
    hint: str
    first: str
    """What to do before there can be a file."""
    seconds: str
    seconds_long: str
    fire: str
    again: str
    once_more: str
    another: str
    fired: str
    """"{} of {} contacts fired"."""
    rate: str
    waiting: str
    """The tile of what is accepted and not certain yet."""
    going_on: str
    """What resuming does and does not do."""
    recall: str
    """What cancelling cannot do."""
    good_of: str
    """"{} of {} entered"."""
    not_looked: str
    """"{} fired; whether they entered was not looked for"."""
    unknown: str
    """"Of {} nobody knows …"."""
    table: str
    titles: Sequence[str]
    """Of a person's line: row, key, event, outcome, reason, reference."""

    @property
    def unfinished_key(self) -> str:
        """Of the message about a run that was cut."""
        return f"{self.key}.unfinished"

    def count(self, number: int) -> str:
        """A number of people that is certain."""
        return self.one if number == 1 else self.several.format(f"{number:,}")
