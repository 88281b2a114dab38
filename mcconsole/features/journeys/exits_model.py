"""What Marketing Cloud says of an exit, version by version."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from mcconsole.features.journeys.exits import Exit
from mcconsole.ui import icons
from mcconsole.ui.cells import Index, Role, TitledTable, one_line
from mcconsole.ui.theme import Tone


class ExitsModel(TitledTable):
    """A line for each version of the journey."""

    rows: Sequence[Exit]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles = (self.tr("Journey"), self.tr("Version"), self.tr("Marketing Cloud says"))
        self._name = ""

    def show(self, name: str, exits: Sequence[Exit]) -> None:
        """Change everything that is shown."""
        self._name = name
        self.show_rows(exits)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        one = self.rows[index.row()]
        if role == Role.DisplayRole:
            return (self._name, str(one.version or ""), one_line(one.message))[index.column()]
        if role == Role.ToolTipRole and index.column() == 2:
            return one.message
        if role == Role.DecorationRole and index.column() == 2:
            return icons.icon("success", Tone.SUCCESS) if one.completed else icons.icon("clock", Tone.INFO)
        return None
