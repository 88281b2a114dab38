"""The mapping as tables: columns of the file with their fields, and the fields that have no column."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QPalette

from mcconsole.core import dates
from mcconsole.core.fields import Field, FieldType, type_of
from mcconsole.core.mapping import Empty, is_needed
from mcconsole.core.matching import Column, Matching, Source
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import ROOT, Index, Role, TitledTable, one_line
from mcconsole.ui.theme import Tone

CHOICES_ROLE = Qt.ItemDataRole.UserRole + 20
"""What may be chosen in a cell: a list of (text, value); None where nothing can be chosen."""
FREE_ROLE = Qt.ItemDataRole.UserRole + 21
"""Whether a text of one's own may be entered beside the choices."""

_FORMATS = (*dates.FORMATS[:12], *(form for form in dates.FORMATS[12:] if form.endswith(("HH:mm", "HH:mm:ss", "A"))))
_LOOKS = {
    Source.EXACT: ("success", Tone.SUCCESS),
    Source.CASE: ("success", Tone.SUCCESS),
    Source.LOOSE: ("success", Tone.SUCCESS),
    Source.SUGGESTED: ("unknown", Tone.WARNING),
    Source.CHOSEN: ("user", Tone.INFO),
    Source.NONE: ("skipped", Tone.NEUTRAL),
}
_RIGHTS = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled


class Part(IntEnum):
    """The columns of the mapping table."""

    HEADER = 0
    SAMPLES = 1
    FIELD = 2
    TYPE = 3
    MATCH = 4
    EMPTY = 5
    FORMAT = 6
    ZONE = 7


class MappingModel(QAbstractTableModel):
    """One line for each column of the file."""

    edited = Signal()
    refused = Signal(str)
    """Why an entry was not taken."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._matching: Matching | None = None
        self._titles = (
            self.tr("File column"),
            self.tr("Sample values"),
            self.tr("Target field"),
            self.tr("Type"),
            self.tr("Match"),
            self.tr("Empty cells"),
            self.tr("Format"),
            self.tr("Zone"),
        )
        self._sources = {
            Source.EXACT: self.tr("exact"),
            Source.CASE: self.tr("other case"),
            Source.LOOSE: self.tr("similar"),
            Source.SUGGESTED: self.tr("suggestion"),
            Source.CHOSEN: self.tr("chosen"),
            Source.NONE: self.tr("left out"),
        }
        self._empty = {Empty.CLEAR: self.tr("clear the field"), Empty.LEAVE: self.tr("leave as it is")}

    def show(self, matching: Matching | None) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self._matching = matching
        self.endResetModel()

    def refresh(self) -> None:
        """The matching was changed from outside."""
        if rows := self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, len(self._titles) - 1))

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() or self._matching is None else len(self._matching.columns)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._titles)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt's."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _RIGHTS | Qt.ItemFlag.ItemIsEditable if self._choices(index) is not None else _RIGHTS

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        if self._matching is None:
            return None
        column = self._matching.columns[index.row()]
        if role == Role.DisplayRole:
            return one_line(self._text(column, index.column()))
        if role == Role.EditRole:
            return self._value(column, index.column())
        if role == Role.ToolTipRole:
            return self._hint(column, index.column())
        if role == Role.DecorationRole and index.column() == Part.MATCH:
            return icons.icon(*_LOOKS[self._source(column)])
        if role == Role.DecorationRole and index.column() == Part.FORMAT and self._asks(column):
            return icons.icon("warning", Tone.WARNING)
        if role == Role.ForegroundRole:
            return self._ink(column, index.column())
        if role == CHOICES_ROLE:
            return self._choices(index)
        if role == FREE_ROLE:
            return index.column() in (Part.FORMAT, Part.ZONE) and self._type(column) is FieldType.DATE
        return None

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        """Qt's; takes a value of CHOICES_ROLE, or a text."""
        if role != Role.EditRole or self._matching is None:
            return False
        accepts = index.column() == Part.FIELD and self._matching.columns[index.row()].waits
        if value == self.data(index, Role.EditRole) and not accepts:
            return False
        try:
            self._set(index.row(), Part(index.column()), str(value or ""))
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        self.refresh()
        self.edited.emit()
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        if orientation is Qt.Orientation.Vertical:
            return section + 1 if role == Role.DisplayRole else None
        if role == Role.ToolTipRole and section == Part.EMPTY:
            return self.tr("What an empty cell does to the field. A field left as it is gets its default in a new row.")
        if role == Role.ToolTipRole and section == Part.ZONE:
            return self.tr("The zone of times that state none. The platform's own is UTC−06:00 all year.")
        return self._titles[section] if role == Role.DisplayRole else None

    def _set(self, row: int, part: Part, value: str) -> None:
        matching = self._matching
        if matching is None:
            return
        field = matching.columns[row].field or ""
        if part is Part.FIELD:
            matching.assign(row, value or None)
        elif part is Part.EMPTY:
            matching.set_empty(field, Empty(value))
        elif part is Part.ZONE:
            matching.set_date(field, zone=value)
        elif part is Part.FORMAT and self._type(matching.columns[row]) is FieldType.DECIMAL:
            matching.set_decimal(field, value)
        elif part is Part.FORMAT:
            matching.set_date(field, form=value)

    def _field(self, column: Column) -> Field | None:
        return self._matching.field(column.field) if self._matching is not None and column.field else None

    def _type(self, column: Column) -> FieldType | None:
        field = self._field(column)
        return field.type if field is not None else None

    def _source(self, column: Column) -> Source:
        return column.source if column.field is not None else Source.NONE

    def _text(self, column: Column, part: int) -> str:
        field = self._field(column)
        if part == Part.HEADER:
            return column.header or self.tr("(no name)")
        if part == Part.SAMPLES:
            return "  ·  ".join(column.samples) or self.tr("(empty)")
        if part == Part.FIELD:
            return field.name if field is not None else self.tr("Leave out")
        if part == Part.MATCH:
            return self._sources[self._source(column)]
        if field is None or self._matching is None:
            return ""
        if part == Part.TYPE:
            return type_of(field)
        if part == Part.EMPTY:
            return self._empty[self._matching.empty(field.name)]
        if field.type is FieldType.DECIMAL and part == Part.FORMAT:
            return self._sign(self._matching.decimal(field.name))
        if field.type is FieldType.DATE:
            zone = self._matching.date_zone(field.name)
            shown = self.tr("platform") if zone == dates.PLATFORM else zone
            return shown if part == Part.ZONE else self._format(column, field)
        return ""

    def _format(self, column: Column, field: Field) -> str:
        chosen = self._matching.date_format(field.name) if self._matching is not None else ""
        return chosen or (self.tr("choose…") if self._asks(column) else self.tr("by each value"))

    def _sign(self, sign: str) -> str:
        return self.tr("1,5 (comma)") if sign == "," else self.tr("1.5 (point)")

    def _value(self, column: Column, part: int) -> str:
        field = self._field(column)
        if part == Part.FIELD or field is None or self._matching is None:
            return column.field or ""
        if part == Part.EMPTY:
            return self._matching.empty(field.name).value
        if part == Part.ZONE:
            return self._matching.date_zone(field.name)
        if part == Part.FORMAT and field.type is FieldType.DECIMAL:
            return self._matching.decimal(field.name)
        return self._matching.date_format(field.name) if part == Part.FORMAT else self._text(column, part)

    def _asks(self, column: Column) -> bool:
        return self._matching is not None and self._matching.asks(column)

    def _hint(self, column: Column, part: int) -> str:
        if part == Part.SAMPLES:
            return "\n".join(sample[:300] for sample in column.samples)
        if part == Part.MATCH and column.waits:
            return self.tr("The names are only alike. Accept the suggestion, choose another field, or leave it out.")
        return self._text(column, part)

    def _ink(self, column: Column, part: int) -> object:
        if part == Part.FORMAT and self._asks(column):
            return theme.ink(Tone.WARNING)
        if part == Part.SAMPLES or column.field is None:
            return QGuiApplication.palette().color(QPalette.ColorRole.PlaceholderText)
        return theme.ink(_LOOKS[self._source(column)][1]) if part == Part.MATCH else None

    def _choices(self, index: Index) -> list[tuple[str, str]] | None:
        if self._matching is None:
            return None
        column = self._matching.columns[index.row()]
        field = self._field(column)
        if index.column() == Part.FIELD:
            named = [(f.name, f.name) for f in self._matching.schema.fields]
            return [(self.tr("Leave out"), ""), *named]
        if field is None:
            return None
        if index.column() == Part.EMPTY:
            return [(text, empty.value) for empty, text in self._empty.items()]
        if field.type is FieldType.DATE and index.column() == Part.ZONE:
            return [
                (self.tr("platform (UTC−06:00)") if zone == dates.PLATFORM else zone, zone)
                for zone in dates.OFFERED_ZONES
            ]
        if field.type is FieldType.DATE and index.column() == Part.FORMAT:
            possible = self._matching.possible_formats(field.name)
            return [(form, form) for form in (*possible, *(f for f in _FORMATS if f not in possible))]
        if field.type is FieldType.DECIMAL and index.column() == Part.FORMAT:
            return [(self._sign(sign), sign) for sign in ".,"]
        return None


class ConstantsModel(TitledTable):
    """The fields that have no column: what they need, and the same value for every row."""

    edited = Signal()
    rows: Sequence[Field]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._matching: Matching | None = None
        self._mode = ""
        self.titles = (
            self.tr("Field"),
            self.tr("Type"),
            self.tr("Needs"),
            self.tr("Constant for every row"),
        )

    def show(self, matching: Matching | None, mode: str) -> None:
        """Change everything that is shown."""
        fields = matching.unfilled() if matching is not None else []
        if matching is self._matching and fields == self.rows and mode == self._mode:
            if fields:
                self.dataChanged.emit(self.index(0, 0), self.index(len(fields) - 1, 3))
            return
        self._matching, self._mode = matching, mode
        self.show_rows(fields)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt's."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _RIGHTS | Qt.ItemFlag.ItemIsEditable if index.column() == 3 else _RIGHTS

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        field = self.rows[index.row()]
        constant = self._matching.constants.get(field.name, "") if self._matching is not None else ""
        needed = is_needed(field, self._mode)
        if role == Role.DisplayRole:
            return (field.name, type_of(field), self._need(field, needed), constant)[index.column()]
        if role == Role.EditRole:
            return constant if index.column() == 3 else None
        if role == Role.DecorationRole and index.column() == 2 and needed:
            return icons.icon("success", Tone.SUCCESS) if constant else icons.icon("error", Tone.ERROR)
        if role == Role.FontRole and index.column() == 0 and needed:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        if role == Role.ForegroundRole and index.column() == 2 and needed and not constant:
            return theme.ink(Tone.ERROR)
        return None

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        """Qt's."""
        if role != Role.EditRole or self._matching is None or index.column() != 3:
            return False
        if value == self.data(index, Role.EditRole):
            return False
        self._matching.set_constant(self.rows[index.row()].name, str(value))
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), 3))
        self.edited.emit()
        return True

    def _need(self, field: Field, needed: bool) -> str:
        if needed:
            return self.tr("key: needs a value") if field.primary_key else self.tr("required: needs a value")
        return self.tr("default: {}").format(one_line(field.default)) if field.default else ""
