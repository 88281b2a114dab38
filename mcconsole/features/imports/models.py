"""The plain tables of the import tab: first rows of the file, fields of the target, reasons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt

from mcconsole.core.fields import Field, FieldType
from mcconsole.core.tables import Preview
from mcconsole.features.imports.plan import headers_of
from mcconsole.ui import icons, theme
from mcconsole.ui.theme import Tone

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Role = Qt.ItemDataRole
WIDTH_ROWS = 30


def one_line(text: str) -> str:
    """A cell as a table shows it: line ends as signs, and not longer than anybody reads."""
    return text[:500].replace("\r\n", "↵ ").replace("\n", "↵ ").replace("\r", "↵ ").replace("\t", "⇥ ")


class RowsModel(QAbstractTableModel):
    """The first rows of a file, each cell as it is written."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headers: Sequence[str] = ()
        self._named = 0
        self._rows: Sequence[Sequence[str]] = ()

    def show(self, preview: Preview | None) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self._headers = headers_of(preview) if preview is not None else ()
        self._rows = preview.rows if preview is not None else ()
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
        return section + 1 if role == Role.DisplayRole else None


def type_of(field: Field) -> str:
    """A field's type with its length, as `Text (50)` or `Decimal (18,2)`."""
    if field.type is FieldType.DECIMAL:
        return f"{field.type} ({field.length or 18},{field.scale or 0})"
    return f"{field.type} ({field.length:,})" if field.length else str(field.type)


class SchemaModel(QAbstractTableModel):
    """The fields of a data extension in their order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fields: Sequence[Field] = ()
        self._titles = (self.tr("Field"), self.tr("Type"), self.tr("Key"), self.tr("Required"), self.tr("Default"))

    def show(self, fields: Sequence[Field]) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self._fields = fields
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._fields)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        field = self._fields[index.row()]
        if role == Role.DisplayRole:
            return (
                field.name,
                type_of(field),
                self.tr("key") if field.primary_key else "",
                self.tr("required") if field.required else "",
                one_line(field.default),
            )[index.column()]
        if role == Role.ToolTipRole and index.column() == 0:
            return field.name
        if role == Role.DecorationRole and index.column() == 2 and field.primary_key:
            return icons.icon("credentials")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        shown = orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole
        return self._titles[section] if shown else None


KIND_LOOKS = {
    "failed": ("error", Tone.ERROR),
    "unknown": ("unknown", Tone.WARNING),
    "left out": ("skipped", Tone.NEUTRAL),
}


class ReasonsModel(QAbstractTableModel):
    """Why rows did not land: (kind, reason, rows)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reasons: Sequence[tuple[str, str, int]] = ()
        self._titles = (self.tr("What became of them"), self.tr("Rows"), self.tr("Reason"))
        self._words = {
            "failed": self.tr("failed"),
            "unknown": self.tr("unknown"),
            "left out": self.tr("left out"),
        }

    def show(self, reasons: Sequence[tuple[str, str, int]]) -> None:
        """Change everything that is shown."""
        self.beginResetModel()
        self._reasons = reasons
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._reasons)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        kind, reason, rows = self._reasons[index.row()]
        if role == Role.DisplayRole:
            return (self._words.get(kind, kind), f"{rows:,}", one_line(reason))[index.column()]
        if role == Role.ToolTipRole and index.column() == 2:
            return reason
        if role == Role.DecorationRole and index.column() == 0:
            return icons.icon(*KIND_LOOKS.get(kind, ("info", Tone.NEUTRAL)))
        if role == Role.TextAlignmentRole and index.column() == 1:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        shown = orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole
        return self._titles[section] if shown else None


CODES = {
    "InvalidNumber": "Not a whole number",
    "InvalidDate": "Not a date",
    "AmbiguousDate": "Date that can be read in two ways",
    "InvalidBoolean": "Not true or false",
    "InvalidDecimal": "Not a decimal number",
    "InvalidDecimalScale": "Too many digits after the decimal sign",
    "InvalidDecimalPrecision": "Too many digits",
    "InvalidEmailAddress": "Not an e-mail address",
    "InvalidPhone": "Not a phone number",
    "InvalidLocale": "Not a locale",
    "TooLong": "Too long",
    "Required": "Empty, but required",
    "Ragged": "Too few or too many cells",
    "DuplicateKey": "Key stands in the file before",
}


def words_of(code: str) -> str:
    """A fault's code in words, or the code where there are none."""
    return QCoreApplication.translate("Faults", CODES[code]) if code in CODES else code
