"""The first rows of a file as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QObject, Qt
from PySide6.QtWidgets import QWidget

from mcconsole.core.readable import headers_of
from mcconsole.core.tables import Preview
from mcconsole.ui import theme
from mcconsole.ui.cells import ROOT, Index, Role, one_line
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone

WIDTH_ROWS = 30


class PreviewTable(TableView):
    """The first rows of a file, columns as wide as what they hold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        rows = RowsModel()
        super().__init__(
            rows, name=QCoreApplication.translate("PreviewTable", "First rows of the file"), cells=True, parent=parent
        )
        rows.setParent(self)
        self.rows = rows

    def show_preview(self, preview: Preview | None) -> None:
        """Change everything that is shown."""
        self.rows.show(preview)
        letter = self.fontMetrics().averageCharWidth()
        for column, letters in enumerate(self.rows.widths()):
            self.setColumnWidth(column, min(max(letters * letter + 20, 60), 260))


class RowsModel(QAbstractTableModel):
    """The first rows of a file, each cell as it is written, with the record numbers that faults are told by."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headers: Sequence[str] = ()
        self._named = 0
        self._rows: Sequence[Sequence[str]] = ()
        self._numbers: Sequence[int] = ()

    def show(self, preview: Preview | None) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self._headers = headers_of(preview) if preview is not None else ()
        self._rows = preview.rows if preview is not None else ()
        self._numbers = preview.numbers if preview is not None else ()
        widest = max((len(row) for row in self._rows), default=0)
        self._named = len(self._headers)
        self._headers = [*self._headers, *[""] * (widest - self._named)]
        self.endResetModel()

    def widths(self) -> list[int]:
        """The length of the longest text at the top of each column."""
        top = [self._headers, *self._rows[:WIDTH_ROWS]]
        return [max(len(row[at]) if at < len(row) else 0 for row in top) for at in range(len(self._headers))]

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._headers)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        row = self._rows[index.row()]
        missing = index.column() >= len(row)
        if role == Role.DisplayRole:
            return "" if missing else one_line(row[index.column()])
        if role == Role.ToolTipRole:
            return self.tr("The row has no such cell.") if missing else row[index.column()][:2000]
        if role == Role.BackgroundRole and (missing or index.column() >= self._named):
            return theme.wash(Tone.WARNING)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        if orientation is Qt.Orientation.Horizontal:
            if role == Role.DisplayRole:
                return one_line(self._headers[section]) or self.tr("(no name)")
            return self._headers[section] if role == Role.ToolTipRole else None
        return self._numbers[section] if role == Role.DisplayRole else None
