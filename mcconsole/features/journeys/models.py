"""The table of entry sources and journeys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QColor

from mcconsole.features.journeys.catalog import Row
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import Index, TitledTable
from mcconsole.ui.table import FILTER_ROLE, SORT_ROLE
from mcconsole.ui.theme import Tone

NAME, EVENT_KEY, TYPE, JOURNEY, JOURNEY_KEY, VERSION, STATUS, ENTRY_MODE, EXTENSION = range(9)

_STATUS = {"Published": ("success", Tone.SUCCESS), "Paused": ("warning", Tone.WARNING)}


class SourcesModel(TitledTable):
    """A row for each entry source with each journey that it feeds."""

    rows: Sequence[Row]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        told = (
            (self.tr("Entry source"), self.tr("The name of the event definition")),
            (self.tr("Event definition key"), self.tr("The key that an event names: this one is fired")),
            (self.tr("Type"), self.tr("Only an APIEvent can be fired")),
            (self.tr("Journey"), self.tr("The name of a journey that takes its contacts from this entry source")),
            (self.tr("Journey key"), self.tr("The key of the journey, which an event does not name")),
            (self.tr("Version"), self.tr("Versions that run, and the newest of each journey")),
            (self.tr("Status"), self.tr("Contacts enter published versions only")),
            (self.tr("Entry mode"), self.tr("Whether a contact may enter again")),
            (self.tr("Data extension"), self.tr("Where the data of an event are written")),
        )
        self.titles, self.tips = zip(*told, strict=True)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's question for one cell."""
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == SORT_ROLE:
            return row.journey.version if column == VERSION and row.journey else _text(row, column)
        if role == FILTER_ROLE and column == NAME:
            return _search_text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column)
        if role == Qt.ItemDataRole.DecorationRole:
            return _icon(row, column)
        if role == Qt.ItemDataRole.ForegroundRole and not row.fireable and column in (NAME, EVENT_KEY, TYPE):
            return QColor(theme.ink(Tone.NEUTRAL))
        if role == Qt.ItemDataRole.ForegroundRole and column == STATUS and row.journey is not None:
            return QColor(theme.ink(_status(row)[1]))
        return None

    def _tip(self, row: Row, column: int) -> str:
        if column == TYPE and row.source is not None and not row.fireable:
            return self.tr("Of type {}: only an API event can be fired").format(row.source.type)
        if column == NAME and row.source is None:
            return self.tr("The entry source of this journey is not in this business unit")
        return _text(row, column)


def why_not(row: Row) -> str:
    """Why a row cannot be fired, as a sentence; "" when it can."""
    if row.source is None:
        name = row.journey.name if row.journey is not None else ""
        return QCoreApplication.translate(
            "Journeys", "The journey “{}” has no entry source in this business unit that could be fired."
        ).format(name)
    if row.source.fireable:
        return ""
    return QCoreApplication.translate("Journeys", "“{}” is of type {}; only an API event can be fired.").format(
        row.source.name, row.source.type
    )


def _text(row: Row, column: int) -> str:
    source, journey = row.source, row.journey
    if column in (NAME, EVENT_KEY, TYPE, EXTENSION):
        if source is None:
            return ""
        return {
            NAME: source.name,
            EVENT_KEY: source.key,
            TYPE: source.type,
            EXTENSION: source.data_extension_name or source.data_extension_id,
        }[column]
    if journey is None:
        return QCoreApplication.translate("Journeys", "none") if column == JOURNEY else ""
    return {
        JOURNEY: journey.name,
        JOURNEY_KEY: journey.key,
        VERSION: str(journey.version),
        STATUS: journey.status,
        ENTRY_MODE: journey.entry_mode,
    }[column]


def _search_text(row: Row) -> str:
    """Every cell, and the ids that people paste."""
    parts = [_text(row, column) for column in range(EXTENSION + 1)]
    if row.source is not None:
        parts += [row.source.id, row.source.data_extension_id]
    if row.journey is not None:
        parts += [row.journey.id, row.journey.definition_id]
    return "\n".join(parts).casefold()


def _status(row: Row) -> tuple[str, Tone]:
    return _STATUS.get(row.journey.status if row.journey is not None else "", ("skipped", Tone.NEUTRAL))


def _icon(row: Row, column: int) -> object:
    if column == TYPE and row.source is not None:
        return icons.icon("run", Tone.SUCCESS) if row.fireable else icons.icon("lock", Tone.NEUTRAL)
    if column == STATUS and row.journey is not None:
        return icons.icon(*_status(row))
    return None
