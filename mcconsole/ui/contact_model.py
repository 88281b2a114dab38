"""The contacts of a set as a table: their key, what became of them last, and a column for each field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QPalette

from mcconsole.core import payload
from mcconsole.core.contacts import ContactSet, TestContact
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Schema, type_of
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import ROOT, Index, Role, one_line
from mcconsole.ui.theme import Tone

KEY, LAST, WHEN, FIRST_FIELD = range(4)
Look = tuple[str, Tone, str]
"""Icon, tone and word of a verdict."""


class ContactModel(QAbstractTableModel):
    """One line for each contact. A field that is left out, null or empty is shown as such, each in its own way."""

    edited = Signal(object)
    """A ContactSet: what the set shall be."""

    def __init__(self, looks: Mapping[str, Look], parent: QObject | None = None) -> None:
        """`looks` of the verdicts that last results may have; the words are translated."""
        super().__init__(parent)
        self._looks = looks
        self._schema: Schema | None = None
        self._key_field = ""
        self._set: ContactSet | None = None
        self._names: list[str] = []
        self._faults: list[str] = []
        self._titles = (self.tr("Contact key"), self.tr("Last result"), self.tr("When"))

    def show(self, shown: ContactSet | None, schema: Schema | None, key_field: str) -> None:
        """Show a set. `key_field` takes the contact key where a contact has no value of its own for it."""
        self._key_field, self._schema = key_field, schema
        fields = [field.name for field in schema.fields] if schema is not None else []
        used = [name for contact in shown.contacts for name in contact.data] if shown is not None else []
        names = list(dict.fromkeys([*fields, *used]))
        before = self._set
        same = names == self._names and before is not None and shown is not None
        if same and before is not None and shown is not None and len(before.contacts) == len(shown.contacts):
            self._set, self._faults = shown, self._checked(shown)
            if shown.contacts:
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self._set, self._names = shown, names
        self._faults = self._checked(shown) if shown is not None else []
        self.endResetModel()

    def _checked(self, shown: ContactSet) -> list[str]:
        """What is wrong with each contact as it would be sent; "" where nothing is."""
        return [check(contact, self._schema, self._key_field) for contact in shown.contacts]

    def faults(self, row: int) -> str:
        """What is wrong with a contact, or ""."""
        return self._faults[row]

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() or self._set is None else len(self._set.contacts)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else FIRST_FIELD + len(self._names)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt's."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        rights = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return rights if index.column() in (LAST, WHEN) else rights | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        if self._set is None:
            return None
        contact = self._set.contacts[index.row()]
        if index.column() == KEY:
            return self._key_cell(contact, self._faults[index.row()], role)
        if index.column() in (LAST, WHEN):
            return self._last_cell(contact, index.column(), role)
        return self._field_cell(contact, self._names[index.column() - FIRST_FIELD], role)

    def _key_cell(self, contact: TestContact, faults: str, role: int) -> object:
        if role in (Role.DisplayRole, Role.EditRole):
            return contact.contact_key
        if role == Role.DecorationRole and faults:
            return icons.icon("error", Tone.ERROR)
        return faults or None if role == Role.ToolTipRole else None

    def _last_cell(self, contact: TestContact, column: int, role: int) -> object:
        last = contact.last
        if last is None:
            return None
        icon, tone, word = self._looks.get(last.verdict, ("unknown", Tone.NEUTRAL, last.verdict))
        if role == Role.DisplayRole:
            return word if column == LAST else _local(last.at)
        if role == Role.ToolTipRole:
            return f"{last.contact_key}: {last.reason}"
        if role == Role.DecorationRole and column == LAST:
            return icons.icon(icon, tone)
        return theme.ink(tone) if role == Role.ForegroundRole and column == LAST else None

    def _field_cell(self, contact: TestContact, name: str, role: int) -> object:
        there = name in contact.data
        value = contact.data.get(name)
        mirrored = not there and name == self._key_field
        plain = there and value not in (None, "")
        if role == Role.DisplayRole:
            if plain:
                return one_line(_text(value))
            if mirrored:
                return contact.contact_key
            return (self.tr("null") if value is None else self.tr("empty")) if there else ""
        if role == Role.EditRole:
            return _text(value) if plain else ""
        if role == Role.ToolTipRole:
            return self._hint(there=there, value=value, mirrored=mirrored)
        if role == Role.ForegroundRole and not plain:
            return QGuiApplication.palette().color(QPalette.ColorRole.PlaceholderText)
        if role == Role.FontRole and not plain:
            font = QFont()
            font.setItalic(True)
            return font
        return None

    def _hint(self, *, there: bool, value: object, mirrored: bool) -> str:
        if mirrored:
            return self.tr("Takes the contact key, as it has no value of its own.")
        if not there:
            return self.tr("Left out: the event does not name this field.")
        return _text(value) if value not in (None, "") else self.tr("Sent as it is: the field gets no value.")

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        """Qt's; an empty text leaves a field out (null and empty can be written in the JSON)."""
        if role != Role.EditRole or self._set is None or value == self.data(index, Role.EditRole):
            return False
        row, contact, text = index.row(), self._set.contacts[index.row()], str(value)
        if index.column() == KEY:
            changed = replace(contact, contact_key=text.strip())
        else:
            name = self._names[index.column() - FIRST_FIELD]
            data = {one: kept for one, kept in contact.data.items() if one != name or text}
            changed = replace(contact, data={**data, name: text} if text else data)
        self.edited.emit(with_contact(self._set, row, changed))
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        if orientation is Qt.Orientation.Vertical:
            return section + 1 if role == Role.DisplayRole else None
        if section < FIRST_FIELD:
            return self._titles[section] if role == Role.DisplayRole else None
        name = self._names[section - FIRST_FIELD]
        field = self._schema.field(name) if self._schema is not None else None
        exact = field is not None and field.name == name
        if role == Role.DisplayRole:
            return f"{name} *" if field is not None and exact and (field.required or field.primary_key) else name
        if role == Role.ToolTipRole:
            known = type_of(field) if field is not None and exact else self.tr("no field of the data extension")
            return f"{name}: {known}"
        return None


def with_contact(shown: ContactSet, row: int, contact: TestContact) -> ContactSet:
    """The set with another contact in a row."""
    contacts: Sequence[TestContact] = shown.contacts
    return replace(shown, contacts=(*contacts[:row], contact, *contacts[row + 1 :]))


def check(contact: TestContact, schema: Schema | None, key_field: str) -> str:
    """What is wrong with a contact as it would be sent, in sentences; "" for nothing."""
    if not contact.contact_key.strip():
        return "The contact key is empty."
    try:
        _, [(key, data)] = ContactSet("check", "", (contact,)).filled()
    except BadInput as error:
        return f"{error} {error.advice}"
    if schema is None:
        return ""
    given = {key_field: key, **data} if key_field else data
    return " ".join(fault.sentence for fault in payload.check(given, schema).faults)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _local(moment: str) -> str:
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M %Z}"
    except ValueError:
        return moment
