"""The cells that failed the check: counts by reason, and the cells themselves, fetched page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from mcconsole.core.journal import FaultRow
from mcconsole.features.imports.models import words_of
from mcconsole.features.imports.reader import Summary
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import RIGHT, ROOT, Index, Role, TitledTable, one_line
from mcconsole.ui.theme import Tone

PAGE = 500
"""Cells fetched at a time."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and a field, and how many cells."""

    code: str
    field: str
    count: int


class ReasonModel(TitledTable):
    """Faults by reason, the most frequent first."""

    rows: Sequence[Reason]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles = (self.tr("Reason"), self.tr("Field"), self.tr("Cells"))

    def show(self, summary: Summary | None) -> None:
        """Change everything that is shown."""
        counts = summary.faults.items() if summary is not None else ()
        found = (Reason(code, field, count) for (code, field), count in counts)
        self.show_rows(sorted(found, key=lambda reason: -reason.count))

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        reason = self.rows[index.row()]
        if role == Role.DisplayRole:
            return (words_of(reason.code), reason.field, f"{reason.count:,}")[index.column()]
        if role == Role.ToolTipRole and index.column() == 0:
            return f"{words_of(reason.code)} ({reason.code})"
        if role == Role.DecorationRole and index.column() == 0:
            return icons.icon("error", Tone.ERROR)
        if role == Role.TextAlignmentRole and index.column() == 2:
            return RIGHT
        return None


class FaultModel(TitledTable):
    """Cells of one reason in file order. Asks for the next page by `wanted` when it is scrolled to."""

    wanted = Signal(int)
    """The number of cells to skip."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[FaultRow] = []
        self._complete = True
        self.waiting = False
        """Whether a page was asked for and has not come."""
        self.titles = (self.tr("Row"), self.tr("Column"), self.tr("Value"), self.tr("What is wrong"))

    def start(self) -> None:
        """Forget everything and ask for the first page."""
        self.beginResetModel()
        self.rows = []
        self._complete = self.waiting = False
        self.endResetModel()
        self.fetchMore()

    def clear(self) -> None:
        """Show nothing."""
        self.beginResetModel()
        self.rows, self._complete, self.waiting = [], True, False
        self.endResetModel()

    def add(self, offset: int, page: Sequence[FaultRow]) -> None:
        """A page that was asked for has come."""
        if offset != len(self.rows):
            return
        self.waiting = False
        self._complete = len(page) < PAGE
        if page:
            self.beginInsertRows(ROOT, offset, offset + len(page) - 1)
            self.rows += page
            self.endInsertRows()

    def fault(self, row: int) -> FaultRow | None:
        """The cell in this line."""
        return self.rows[row] if 0 <= row < len(self.rows) else None

    def canFetchMore(self, parent: Index = ROOT) -> bool:
        """Qt's."""
        return not parent.isValid() and not self._complete and not self.waiting

    def fetchMore(self, parent: Index = ROOT) -> None:
        """Qt's; the page comes later."""
        if self.canFetchMore(parent):
            self.waiting = True
            self.wanted.emit(len(self.rows))

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        fault = self.rows[index.row()]
        if role == Role.DisplayRole:
            return (f"{fault.row:,}", fault.column, one_line(fault.value), one_line(fault.text))[index.column()]
        if role == Role.ToolTipRole:
            return (str(fault.row), fault.column, fault.value, fault.text)[index.column()]
        if role == Role.TextAlignmentRole and index.column() == 0:
            return RIGHT
        return None


class CellsModel(TitledTable):
    """One row of the file, standing: column, value, and what is wrong with it."""

    rows: Sequence[tuple[str, str]]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wrong: dict[str, str] = {}
        self.titles = (self.tr("Column"), self.tr("Value"))

    def show(self, headers: Sequence[str], cells: Sequence[str], wrong: dict[str, str]) -> int:
        """Change everything that is shown; returns the line of the first wrong cell, or -1."""
        width = max(len(headers), len(cells))
        named = [*headers, *[""] * (width - len(headers))]
        self._wrong = wrong
        self.show_rows(list(zip(named, [*cells, *[""] * (width - len(cells))], strict=True)))
        return next((line for line, (header, _) in enumerate(self.rows) if header in wrong), -1)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        header, value = self.rows[index.row()]
        wrong = self._wrong.get(header)
        if role == Role.DisplayRole:
            return (header, one_line(value))[index.column()]
        if role == Role.ToolTipRole:
            return "\n".join(filter(None, ((header, value)[index.column()][:2000], wrong)))
        if role == Role.BackgroundRole and wrong:
            return theme.wash(Tone.ERROR)
        if role == Role.ForegroundRole and wrong:
            return theme.ink(Tone.ERROR)
        if role == Role.DecorationRole and wrong and index.column() == 0:
            return icons.icon("error", Tone.ERROR)
        return None
