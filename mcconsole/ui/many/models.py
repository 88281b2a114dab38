"""Tables of runs, of rows that failed the check, and of people with what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject

from mcconsole.core.checks import Fault
from mcconsole.core.members import Member, MemberState
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import RIGHT, Index, Role, TitledTable, one_line
from mcconsole.ui.many.words import Words
from mcconsole.ui.theme import Tone

EVENTS = {
    MemberState.PLANNED: ("cancel", Tone.NEUTRAL),
    MemberState.SENDING: ("unknown", Tone.WARNING),
    MemberState.ACCEPTED: ("check", Tone.INFO),
    MemberState.REFUSED: ("error", Tone.ERROR),
    MemberState.UNKNOWN: ("unknown", Tone.WARNING),
}
"""Icon and tone of what became of an event; that it was accepted proves no entry."""


Person = tuple[Member, str]
"""Somebody in a run, and the word for what became of it."""


class FaultsModel(TitledTable):
    """What is wrong with the rows of a file."""

    rows: Sequence[Fault]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles = (self.tr("Row"), self.tr("Column"), self.tr("Value"), self.tr("What is wrong"))

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        fault = self.rows[index.row()]
        if role == Role.DisplayRole:
            return (f"{fault.row:,}", fault.column, one_line(fault.value), one_line(fault.text))[index.column()]
        if role == Role.ToolTipRole:
            return (None, fault.field, fault.value, fault.text)[index.column()]
        if role == Role.DecorationRole and index.column() == 3:
            return icons.icon("error", Tone.ERROR)
        return RIGHT if role == Role.TextAlignmentRole and index.column() == 0 else None


class RunsModel(TitledTable):
    """The runs so far, newest first, as `many.listed` tells them."""

    rows: Sequence[Mapping[str, object]]

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        counts = (title for title, _ in words.counts)
        self.titles = (self.tr("Started"), self.tr("State"), self.tr("File"), words.about_title, *counts)
        self._states = {"finished": self.tr("finished"), "unfinished": self.tr("unfinished")}

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        run, column = self.rows[index.row()], index.column()
        finished = run["state"] == "finished"
        if role == Role.DisplayRole:
            if column >= 4:
                return f"{run[self._words.counts[column - 4][1]]:,}"
            return (
                _local(str(run["started"])),
                self._states[str(run["state"])],
                Path(str(run["file"] or "")).name or self._words.one,
                str(run[self._words.about]),
            )[column]
        if role == Role.ToolTipRole and column == 2:
            return str(run["file"] or "")
        if role == Role.DecorationRole and column == 1:
            return icons.icon("success", Tone.SUCCESS) if finished else icons.icon("warning", Tone.WARNING)
        return RIGHT if role == Role.TextAlignmentRole and column >= 4 else None


def _local(moment: str) -> str:
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M:%S %Z}"
    except ValueError:
        return moment


class PeopleModel(TitledTable):
    """The people of a run, those of one outcome or all, and with a text in their key, address or reason."""

    rows: Sequence[Person]

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._looks = words.outcomes
        self.titles = tuple(words.titles)
        self._states = {
            MemberState.PLANNED: self.tr("not sent"),
            MemberState.SENDING: self.tr("unknown"),
            MemberState.ACCEPTED: self.tr("accepted"),
            MemberState.REFUSED: self.tr("refused"),
            MemberState.UNKNOWN: self.tr("unknown"),
        }
        self._all: Sequence[Person] = ()

    def show(self, people: Sequence[Person]) -> None:
        """Change everything that is shown."""
        self._all = people
        self.show_rows(people)

    def filter(self, outcome: str | None, text: str) -> None:
        """Show those with an outcome, None for any, whose key, address or reason contains a text."""
        wanted = text.casefold()
        shown = [
            (one, word)
            for one, word in self._all
            if (not wanted or any(wanted in part.casefold() for part in (one.key, one.address, one.reason)))
            and outcome in (None, word)
        ]
        self.show_rows(shown)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        one, outcome = self.rows[index.row()]
        icon, tone, word = self._looks[outcome]
        if role == Role.DisplayRole:
            who = " · ".join(filter(None, (one.address, one.key)))
            return (f"{one.row:,}", who, self._states[one.state], word, one_line(one.reason), one.reference)[
                index.column()
            ]
        if role == Role.ToolTipRole and index.column() == 4:
            return one.reason
        if role == Role.DecorationRole and index.column() == 2:
            return icons.icon(*EVENTS[one.state])
        if role == Role.DecorationRole and index.column() == 3:
            return icons.icon(icon, tone)
        if role == Role.ForegroundRole and index.column() == 3:
            return theme.ink(tone)
        return RIGHT if role == Role.TextAlignmentRole and index.column() == 0 else None
