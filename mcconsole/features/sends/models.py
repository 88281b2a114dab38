"""The table of the definitions of both send systems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex
from PySide6.QtGui import QColor

from mcconsole.features.sends.definitions import Definition, Kind
from mcconsole.features.sends.looks import kind_word, status_look
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import Index, Role, TitledTable
from mcconsole.ui.table import FILTER_ROLE, SORT_ROLE, FilterProxy

NAME, KEY, KIND, STATUS, EMAIL, LIST, EXTENSION, MODIFIED = range(8)


class DefinitionsModel(TitledTable):
    """A row for each definition."""

    rows: Sequence[Definition]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        told = (
            (self.tr("Name"), self.tr("The name of the definition")),
            (self.tr("External key"), self.tr("What a send names")),
            (self.tr("Kind"), self.tr("Which of the two send systems it belongs to")),
            (self.tr("Status"), self.tr("Active sends, Inactive keeps what it is given, New was never started")),
            (self.tr("E-mail"), self.tr("The id of the e-mail, or its key for a transactional definition")),
            (self.tr("List"), self.tr("The id of the subscriber list, or its key for a transactional definition")),
            (self.tr("Data extension"), self.tr("Where the attributes of a message are written")),
            (self.tr("Modified"), self.tr("When it was changed last, in the time of this computer")),
        )
        self.titles, self.tips = zip(*told, strict=True)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        one, column = self.rows[index.row()], index.column()
        if role in (Role.DisplayRole, Role.ToolTipRole):
            return _text(one, column)
        if role == SORT_ROLE:
            return one.modified.timestamp() if column == MODIFIED and one.modified else _text(one, column)
        if role == FILTER_ROLE and column == NAME:
            parts = [_text(one, number) for number in range(MODIFIED)]
            return "\n".join([*parts, one.object_id, one.description, one.subject]).casefold()
        if column == STATUS and role == Role.DecorationRole:
            icon, tone, _ = status_look(one.status)
            return icons.icon(icon, tone)
        if column == STATUS and role == Role.ForegroundRole:
            return QColor(theme.ink(status_look(one.status)[1]))
        if column == KIND and role == Role.DecorationRole:
            return icons.icon("sends" if one.kind is Kind.TRIGGERED else "forward")
        return None


def _text(one: Definition, column: int) -> str:
    return (
        one.name,
        one.key,
        kind_word(one),
        status_look(one.status)[2],
        one.email,
        one.list_key,
        one.data_extension,
        _local(one.modified),
    )[column]


def _local(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}" if moment is not None else ""


class DefinitionsProxy(FilterProxy):
    """Keeps the definitions of a status as well."""

    def __init__(self, source: DefinitionsModel) -> None:
        super().__init__(source)
        self.setRecursiveFilteringEnabled(False)
        self._model = source
        self._status = ""

    def set_status(self, status: str) -> None:
        """Keep this status only; "" keeps all."""
        self._status = status
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Qt's."""
        if self._status and self._model.rows[row].status != self._status:
            return False
        return super().filterAcceptsRow(row, parent)

    def definition(self, index: Index) -> Definition:
        """What a row shows."""
        return self._model.rows[self.mapToSource(index).row()]
