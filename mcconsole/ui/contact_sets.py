"""Named sets of test contacts, edited as a table or as JSON; each step can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core import json_text, payload
from mcconsole.core.contacts import ContactSet, TestContact
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Schema
from mcconsole.ui import icons, theme
from mcconsole.ui.contact_model import KEY, ContactModel, Look, with_contact
from mcconsole.ui.contact_store import ContactKeeper
from mcconsole.ui.pages import Pages, heading
from mcconsole.ui.payload.json_view import JsonEdit
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, plain, small_button

STEPS = 100
"""Changes that can be taken back."""
NEW = TestContact("test-{{counter}}")


class ContactSets(QWidget):
    """The sets for one event or send definition: choose one, edit its contacts, see what became of them last."""

    changed = Signal()
    """Another set is shown, or the one that is shown was changed."""

    def __init__(self, state: AppState, looks: Mapping[str, Look], parent: QWidget | None = None) -> None:
        """`looks` of the verdicts that last results may have."""
        super().__init__(parent)
        self.keeper = ContactKeeper(state, self)
        self._key = ""
        self._schema: Schema | None = None
        self._key_field = ""
        self._name = ""
        self._json_row = -1
        """Of the contact whose JSON is shown."""
        self._before: list[tuple[str, tuple[ContactSet, ...]]] = []
        self.choice = QComboBox()
        self.name = QLineEdit()
        self.new = small_button(self.tr("New set"))
        self.delete_set = small_button(self.tr("Delete the set"))
        self.undo = small_button(self.tr("Undo"))
        self.add = small_button(self.tr("Add"))
        self.copy = small_button(self.tr("Duplicate"))
        self.remove = small_button(self.tr("Delete"))
        self.model = ContactModel(looks, self)
        self.table = TableView(self.model, name=self.tr("Test contacts"), widths=(190, 130, 130), cells=True)
        self.json = JsonEdit(_take_nothing)
        self.take = small_button(self.tr("Take over"))
        self.fault = Line()
        self.last = plain("", selectable=True)
        self.hint = plain(
            self.tr(
                "{{uuid}}, {{now}} and {{counter}} may stand in a key or a text, such as "
                "name+{{counter}}@example.com. They are new at every firing and alike within a contact."
            )
        )
        self._build()
        self._wire()
        self.keeper.load()

    def _build(self) -> None:
        edit = QAbstractItemView.EditTrigger
        self.table.setEditTriggers(edit.EditKeyPressed | edit.AnyKeyPressed | edit.DoubleClicked)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.choice.setAccessibleName(self.tr("Set of test contacts"))
        self.choice.setMinimumWidth(180)
        self.name.setAccessibleName(self.tr("Name of the set"))
        self.name.setPlaceholderText(self.tr("Name of the set"))
        self.json.setAccessibleName(self.tr("Data of the contact as JSON"))
        theme.tint(self.hint, Tone.NEUTRAL)
        for button, icon in (
            (self.new, "add"),
            (self.delete_set, "delete"),
            (self.undo, "back"),
            (self.add, "add"),
            (self.copy, "copy"),
            (self.remove, "delete"),
            (self.take, "check"),
        ):
            icons.follow(button, icon)
        sets = QHBoxLayout()
        sets.setSpacing(8)
        self.table.horizontalHeader().setDefaultSectionSize(150)
        for widget, stretch in ((self.choice, 1), (self.name, 1), (self.new, 0), (self.delete_set, 0)):
            sets.addWidget(widget, stretch)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        for button in (self.add, self.copy, self.remove, self.undo):
            tools.addWidget(button)
        tools.addStretch(1)
        detail = QWidget()
        head = QHBoxLayout()
        head.addWidget(heading(self.tr("Data as JSON"), 1.0), 1)
        head.addWidget(self.take)
        beside = QVBoxLayout(detail)
        beside.setContentsMargins(0, 4, 0, 0)
        beside.setSpacing(6)
        beside.addWidget(self.last)
        beside.addLayout(head)
        beside.addWidget(self.json, 1)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(detail)
        self.split.setSizes([320, 180])
        self.split.setStretchFactor(0, 1)
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self.split, 1)
        inside.addWidget(self.hint)
        self.pages = Pages(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(sets)
        column.addLayout(tools)
        column.addWidget(self.fault)
        column.addWidget(self.pages, 1)

    def _wire(self) -> None:
        self.keeper.loaded.connect(self._loaded)
        self.choice.activated.connect(self._choose)
        self.name.editingFinished.connect(self._rename)
        self.new.clicked.connect(self.new_set)
        self.delete_set.clicked.connect(self._delete_set)
        self.undo.clicked.connect(self.take_back)
        self.add.clicked.connect(self.add_contact)
        self.copy.clicked.connect(self._duplicate)
        self.remove.clicked.connect(self._remove)
        self.take.clicked.connect(self.take_over)
        self.json.edited.connect(self._json_edited)
        self.json.installEventFilter(self)
        self.model.edited.connect(self._edit)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        for keys, slot in ((QKeySequence.StandardKey.Undo, self.take_back), (QKeySequence("Del"), self._remove)):
            shortcut = QShortcut(QKeySequence(keys), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(slot)

    @property
    def chosen(self) -> ContactSet | None:
        """The set that is shown."""
        return self.keeper.find(self._name) if self._name else None

    def show_for(self, key: str, schema: Schema | None, key_field: str = "") -> None:
        """Show the sets for an event or send definition. `key_field` takes the contact key where it has no value."""
        self._schema, self._key_field = schema, key_field
        if key != self._key:
            self.take_over()
            self.take.setEnabled(False)
            self._key = key
            self._before.clear()
            self._name = next((one.name for one in self._mine()), "")
        self._show()

    def _mine(self) -> list[ContactSet]:
        return [one for one in self.keeper.sets if one.event_key == self._key]

    def note(self, changed: ContactSet) -> None:
        """The set came back with results; it is saved already, and what was fired cannot be taken back."""
        self._before.clear()
        self.keeper.put(changed, save=False)
        self._show()

    def faults(self) -> list[str]:
        """What is wrong with the contacts as they would be sent, the contact named; what was typed is taken over."""
        shown = self.chosen
        if shown is None or not self.take_over():
            return [self.fault.text.text()] if shown is not None else []
        shown = self.chosen or shown
        found = [(one.contact_key, self.model.faults(row)) for row, one in enumerate(shown.contacts)]
        return [f"{key}: {text}" for key, text in found if text]

    @Slot()
    def _loaded(self) -> None:
        self._name = next((one.name for one in self._mine()), "")
        self._show()

    def _show(self) -> None:
        shown = self.chosen
        with QSignalBlocker(self.choice):
            self.choice.clear()
            for one in self._mine():
                self.choice.addItem(self.tr("{} ({})").format(one.name, f"{len(one.contacts):,}"), one.name)
            self.choice.setCurrentIndex(self.choice.findData(shown.name) if shown is not None else -1)
        self.choice.setEnabled(self.choice.count() > 0)
        self.name.setText(shown.name if shown is not None else "")
        self.model.show(shown, self._schema, self._key_field)
        self.new.setEnabled(self.keeper.ready and bool(self._key))
        for widget in (self.name, self.delete_set, self.add):
            widget.setEnabled(shown is not None)
        self.undo.setEnabled(bool(self._before))
        self._show_page(shown)
        if shown is not None and shown.contacts and not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.model.index(0, KEY))
        self._show_contact()
        self.changed.emit()

    def _show_page(self, shown: ContactSet | None) -> None:
        if shown is not None or not self.keeper.ready or not self._key:
            self.pages.show_content()
            return
        self.pages.show_empty(
            self.tr("No set of contacts yet"),
            self.tr(
                "A set is kept on this machine and sent as a whole, as often as you like: placeholders such as "
                "{{counter}} make each time new, and the last result stands beside each contact."
            ),
            (self.tr("New set"), self.new_set),
            icon="add",
        )

    @property
    def _row(self) -> int:
        """The contact that is chosen, or -1."""
        shown, row = self.chosen, self.table.currentIndex().row()
        return row if shown is not None and 0 <= row < len(shown.contacts) else -1

    @Slot()
    def _row_changed(self) -> None:
        if self.take.isEnabled():
            QTimer.singleShot(0, self._leave_json)
        else:
            self._show_contact()

    @Slot()
    def _leave_json(self) -> None:
        """JSON that cannot be read keeps its contact in front, so that it is not lost."""
        row = self._row
        if not self.take_over():
            self.table.setCurrentIndex(self.model.index(self._json_row, KEY))
        elif row != self._json_row:
            self.table.setCurrentIndex(self.model.index(row, KEY))
            self._show_contact()

    @Slot()
    def _show_contact(self) -> None:
        shown, row = self.chosen, self._row
        contact = shown.contacts[row] if shown is not None and row >= 0 else None
        for widget in (self.copy, self.remove, self.json):
            widget.setEnabled(contact is not None)
        if self.take.isEnabled() and contact is not None and row == self._json_row:
            return
        self.json.show_text(json_text.written(dict(contact.data)) if contact is not None else "")
        self.take.setEnabled(False)
        self._json_row = row
        self.fault.say(Tone.ERROR, self.model.faults(row) if contact is not None else "")
        last = contact.last if contact is not None else None
        self.last.setText(
            self.tr("Last result, as {}: {}").format(last.contact_key, last.reason) if last is not None else ""
        )
        self.last.setVisible(last is not None)

    # Changes, each of which can be taken back

    @Slot(object)
    def _edit(self, changed: ContactSet, *, instead_of: str = "") -> None:
        self._remember()
        self._name = changed.name
        self.keeper.put(changed, instead_of=instead_of)
        self._show()

    def _remember(self) -> None:
        """Keep how everything is, to come back to it."""
        self._before = [*self._before[-STEPS:], (self._name, self.keeper.sets)]

    @Slot()
    def take_back(self) -> None:
        """Undo the last change."""
        if self._before:
            self.take.setEnabled(False)
            self._name, before = self._before.pop()
            self.keeper.restore(before)
            self._show()

    @Slot()
    def new_set(self) -> None:
        """Begin a set with one contact, and let it be named."""
        if not self.take_over():
            return
        self._edit(ContactSet(self._new_name(), self._key, (NEW,)))
        self.table.setCurrentIndex(self.model.index(0, KEY))
        self.name.setFocus()
        self.name.selectAll()

    def _new_name(self) -> str:
        number = 1
        while self.keeper.find(name := self.tr("Set {}").format(number)) is not None:
            number += 1
        return name

    @Slot()
    def _delete_set(self) -> None:
        if (shown := self.chosen) is None:
            return
        self._remember()
        self.take.setEnabled(False)
        self.keeper.delete(shown.name)
        self._name = next((one.name for one in self._mine()), "")
        self._show()
        self.fault.say(Tone.INFO, self.tr("“{}” was deleted.").format(shown.name), (self.tr("Undo"), self.take_back))

    @Slot()
    def _choose(self) -> None:
        if not self.take_over():
            self.choice.setCurrentIndex(self.choice.findData(self._name))
            return
        self._name = str(self.choice.currentData() or "")
        self.table.setCurrentIndex(QModelIndex())
        self._show()

    @Slot()
    def _rename(self) -> None:
        shown, name = self.chosen, self.name.text().strip()
        if shown is None or name == shown.name:
            return
        other = self.keeper.find(name)
        if not name or (other is not None and other.name != shown.name):
            self.name.setText(shown.name)
            text = self.tr("There is another set “{}”.").format(name) if name else self.tr("The set needs a name.")
            self.fault.say(Tone.ERROR, text)
            return
        self._edit(replace(shown, name=name), instead_of=shown.name)

    @Slot()
    def add_contact(self) -> None:
        """Add a contact at the end and edit its key."""
        self.put_contact(NEW)

    def put_contact(self, contact: TestContact) -> None:
        """Add a contact to the set that is shown, or to a new one."""
        if not self.take_over():
            return
        shown = self.chosen or ContactSet(self._new_name(), self._key)
        self._edit(replace(shown, contacts=(*shown.contacts, contact)))
        self.table.setCurrentIndex(self.model.index(len(shown.contacts), KEY))
        self.table.setFocus()

    @Slot()
    def _duplicate(self) -> None:
        if not self.take_over():
            return
        shown, row = self.chosen, self._row
        if shown is not None and row >= 0:
            twin = replace(shown.contacts[row], last=None)
            self._edit(replace(shown, contacts=(*shown.contacts[: row + 1], twin, *shown.contacts[row + 1 :])))
            self.table.setCurrentIndex(self.model.index(row + 1, KEY))

    @Slot()
    def _remove(self) -> None:
        shown, row = self.chosen, self._row
        if shown is not None and row >= 0:
            self.take.setEnabled(False)
            self._edit(replace(shown, contacts=(*shown.contacts[:row], *shown.contacts[row + 1 :])))
            left = len(shown.contacts) - 1
            self.table.setCurrentIndex(self.model.index(min(row, left - 1), KEY) if left else QModelIndex())
            self._show_contact()

    @Slot()
    def _json_edited(self) -> None:
        self.take.setEnabled(True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """JSON that was typed is taken over when it is left, so that nothing done next drops it."""
        if watched is self.json and event.type() is QEvent.Type.FocusOut:
            self.take_over()
        return super().eventFilter(watched, event)

    @Slot()
    def take_over(self) -> bool:
        """Make what the JSON says the contact's data; False when it cannot be read."""
        shown, row = self.chosen, self._json_row
        if shown is None or not 0 <= row < len(shown.contacts) or not self.take.isEnabled():
            return True
        try:
            given = payload.as_json(payload.parse(self.json.text(), self.tr("The data")))
        except BadInput as error:
            self.fault.say(Tone.ERROR, f"{error} {error.advice}")
            return False
        self.take.setEnabled(False)
        if isinstance(given, dict):
            self._edit(with_contact(shown, row, replace(shown.contacts[row], data=given)))
        return True


def _take_nothing(_: str) -> bool:
    return False
