"""The plain tables of the import tab: fields of the target, reasons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QObject, Qt

from mcconsole.core.fields import Field, type_of
from mcconsole.ui import icons
from mcconsole.ui.cells import ROOT, Index, Role, one_line
from mcconsole.ui.theme import Tone


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
    "RepeatedHeader": "The header once more",
    "Quotes": "A quote that is not closed",
    "DuplicateKey": "Key stands in the file before",
}


def words_of(code: str) -> str:
    """A fault's code in words, or the code where there are none."""
    return QCoreApplication.translate("Faults", CODES[code]) if code in CODES else code
