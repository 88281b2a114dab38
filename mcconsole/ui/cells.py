"""What every table model needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Role = Qt.ItemDataRole
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class TitledTable(QAbstractTableModel):
    """A table of which only the titles, the rows and the cells differ."""

    titles: Sequence[str] = ()
    tips: Sequence[str] = ()
    """Of the titles, where they need any."""
    rows: Sequence[Any] = ()

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        if orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return self.titles[section]
        if orientation is Qt.Orientation.Horizontal and role == Role.ToolTipRole and self.tips:
            return self.tips[section]
        return None


def one_line(text: str) -> str:
    """A cell as a table shows it: line ends as signs, and not longer than anybody reads."""
    return text[:500].replace("\r\n", "↵ ").replace("\n", "↵ ").replace("\r", "↵ ").replace("\t", "⇥ ")
