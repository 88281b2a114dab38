"""Tables of runs, of rows that failed the check, and of people with what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QObject, Qt

from mcconsole.core.checks import Fault
from mcconsole.core.members import Member, MemberState
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import ROOT, Index, Role, one_line
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
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


Person = tuple[Member, str]
"""Somebody in a run, and the word for what became of it."""


class _Table(QAbstractTableModel):
    """A table of which only the titles, the rows and the cells differ."""

    titles: tuple[str, ...] = ()

    def columnCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        shown = orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole
        return self.titles[section] if shown else None


class FaultsModel(_Table):
    """What is wrong with the rows of a file."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles = (self.tr("Row"), self.tr("Column"), self.tr("Value"), self.tr("What is wrong"))
        self._faults: Sequence[Fault] = ()

    def show(self, faults: Sequence[Fault]) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self._faults = faults
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._faults)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        fault = self._faults[index.row()]
        if role == Role.DisplayRole:
            return (f"{fault.row:,}", fault.column, one_line(fault.value), one_line(fault.text))[index.column()]
        if role == Role.ToolTipRole:
            return (None, fault.field, fault.value, fault.text)[index.column()]
        if role == Role.DecorationRole and index.column() == 3:
            return icons.icon("error", Tone.ERROR)
        return _RIGHT if role == Role.TextAlignmentRole and index.column() == 0 else None


class RunsModel(_Table):
    """The runs so far, newest first, as `many.listed` tells them."""

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        counts = (title for title, _ in words.counts)
        self.titles = (self.tr("Started"), self.tr("State"), self.tr("File"), words.about_title, *counts)
        self.runs: Sequence[Mapping[str, object]] = ()
        self._states = {"finished": self.tr("finished"), "unfinished": self.tr("unfinished")}

    def show(self, runs: Sequence[Mapping[str, object]]) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self.runs = runs
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self.runs)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        run, column = self.runs[index.row()], index.column()
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
        return _RIGHT if role == Role.TextAlignmentRole and column >= 4 else None


def _local(moment: str) -> str:
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M:%S %Z}"
    except ValueError:
        return moment


class PeopleModel(_Table):
    """The people of a run, those of one outcome or all, and with a text in their key, address or reason."""

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
        self._shown: Sequence[Person] = ()

    def show(self, people: Sequence[Person]) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self._all = self._shown = people
        self.endResetModel()

    def filter(self, outcome: str | None, text: str) -> None:
        """Show those with an outcome, None for any, whose key, address or reason contains a text."""
        wanted = text.casefold()
        self.beginResetModel()
        self._shown = [
            (one, word)
            for one, word in self._all
            if (not wanted or any(wanted in part.casefold() for part in (one.key, one.address, one.reason)))
            and outcome in (None, word)
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        one, outcome = self._shown[index.row()]
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
        return _RIGHT if role == Role.TextAlignmentRole and index.column() == 0 else None
