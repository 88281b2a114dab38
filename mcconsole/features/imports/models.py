"""The plain tables of the import tab: fields of the target, reasons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QObject

from mcconsole.core.fields import Field, type_of
from mcconsole.ui import icons
from mcconsole.ui.cells import RIGHT, Index, Role, TitledTable, one_line
from mcconsole.ui.theme import Tone


class SchemaModel(TitledTable):
    """The fields of a data extension in their order."""

    rows: Sequence[Field]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles = (self.tr("Field"), self.tr("Type"), self.tr("Key"), self.tr("Required"), self.tr("Default"))

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        field = self.rows[index.row()]
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


KIND_LOOKS = {
    "failed": ("error", Tone.ERROR),
    "unknown": ("unknown", Tone.WARNING),
    "left out": ("skipped", Tone.NEUTRAL),
}


class ReasonsModel(TitledTable):
    """Why rows did not land: (kind, reason, rows)."""

    rows: Sequence[tuple[str, str, int]]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles = (self.tr("What became of them"), self.tr("Rows"), self.tr("Reason"))
        self._words = {
            "failed": self.tr("failed"),
            "unknown": self.tr("unknown"),
            "left out": self.tr("left out"),
        }

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        kind, reason, rows = self.rows[index.row()]
        if role == Role.DisplayRole:
            return (self._words.get(kind, kind), f"{rows:,}", one_line(reason))[index.column()]
        if role == Role.ToolTipRole and index.column() == 2:
            return reason
        if role == Role.DecorationRole and index.column() == 0:
            return icons.icon(*KIND_LOOKS.get(kind, ("info", Tone.NEUTRAL)))
        if role == Role.TextAlignmentRole and index.column() == 1:
            return RIGHT
        return None


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
