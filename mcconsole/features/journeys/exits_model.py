"""What Marketing Cloud says of an exit, version by version."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QObject, Qt

from mcconsole.features.journeys.exits import Exit
from mcconsole.ui import icons
from mcconsole.ui.cells import ROOT, Index, Role, one_line
from mcconsole.ui.theme import Tone


class ExitsModel(QAbstractTableModel):
    """A line for each version of the journey."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._titles = (self.tr("Journey"), self.tr("Version"), self.tr("Marketing Cloud says"))
        self._name = ""
        self._exits: Sequence[Exit] = ()

    def show(self, name: str, exits: Sequence[Exit]) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self._name, self._exits = name, exits
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._exits)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        one = self._exits[index.row()]
        if role == Role.DisplayRole:
            return (self._name, str(one.version or ""), one_line(one.message))[index.column()]
        if role == Role.ToolTipRole and index.column() == 2:
            return one.message
        if role == Role.DecorationRole and index.column() == 2:
            return icons.icon("success", Tone.SUCCESS) if one.completed else icons.icon("clock", Tone.INFO)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        shown = orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole
        return self._titles[section] if shown else None
