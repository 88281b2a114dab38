"""Whom an event is for and what it carries: the contact key, and the data as a form and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from mcconsole.core import payload
from mcconsole.features.journeys.situation import Situation
from mcconsole.ui import theme
from mcconsole.ui.form import comfortable
from mcconsole.ui.payload import PayloadEditor
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line


@dataclass(frozen=True, slots=True)
class Event:
    """What would be fired now."""

    situation: Situation
    contact_key: str
    data: dict[str, object]
    raw: bool


class EventForm(QWidget):
    """The form for one event. Without a schema it takes raw JSON only, when the user says so."""

    changed = Signal()
    """The event, or whether it can be fired, may have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.situation: Situation | None = None
        self.contact = QLineEdit()
        self.mirrored = QLabel()
        self._taken = ""
        """The contact key as it was taken from the data; "" once one was typed."""
        self.obstacle = Line()
        self.raw = QCheckBox(self.tr("&Raw JSON"))
        self.editor = PayloadEditor()
        label = QLabel(self.tr("&Contact key *"))
        label.setBuddy(self.contact)
        self.contact.setMinimumHeight(comfortable(self.contact))
        self.contact.setAccessibleName(self.tr("Contact key"))
        self.contact.setPlaceholderText(self.tr("the contact that should enter"))
        self.raw.setToolTip(self.tr("Send the JSON as it stands, without comparing it with the schema"))
        theme.tint(self.mirrored, Tone.NEUTRAL)
        contact = QHBoxLayout()
        contact.setSpacing(10)
        contact.addWidget(label)
        contact.addWidget(self.contact, 1)
        contact.addWidget(self.mirrored)
        contact.addWidget(self.raw)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(8)
        column.addLayout(contact)
        column.addWidget(self.obstacle)
        column.addWidget(self.editor, 1)
        self.contact.textChanged.connect(self._contact_changed)
        self.editor.changed.connect(self._take_contact)
        self.contact.returnPressed.connect(self.editor.focus_first)
        self.editor.changed.connect(self.changed)
        self.raw.toggled.connect(self._raw_toggled)

    def enter(self) -> None:
        """Put the keyboard where one begins."""
        self.contact.setFocus()
        self.contact.selectAll()

    def show_situation(self, known: Situation) -> None:
        """Take the fields of an entry source; what was typed is kept where the names agree."""
        other = self.situation is None or self.situation.source.key != known.source.key
        self.situation = known
        self.editor.show_schema(known.described.schema if known.described is not None else None)
        if other:
            self.raw.setChecked(False)
            self.editor.set_raw(False)
        self._show_obstacle(known)
        name = known.contact_fields[0] if known.contact_fields else ""
        self.mirrored.setText(self.tr("also fills “{}”").format(name) if name else "")
        self.mirrored.setVisible(not self.editor.raw)
        self._mirror()
        self.changed.emit()

    def event_now(self) -> Event | None:
        """What the form says; None while it says nothing that could be sent."""
        data = self.editor.data()
        if self.situation is None or data is None:
            return None
        return Event(self.situation, self.contact.text().strip(), data, self.editor.raw)

    def fault(self) -> str:
        """Why this cannot be fired; "" when nothing in the form is in the way."""
        if not self.contact.text().strip():
            return self.tr("The contact key is missing.")
        if faults := self.editor.faults():
            more = self.tr(" And {} more.").format(len(faults) - 1) if len(faults) > 1 else ""
            return faults[0] + more
        return "" if self.event_now() is not None else self.tr("The data cannot be read.")

    def _show_obstacle(self, known: Situation) -> None:
        self.raw.setVisible(self.raw.isChecked() or known.described is not None)
        error = known.obstacle
        if error is None or self.raw.isChecked():
            self.obstacle.say(Tone.WARNING, "")
            return
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        words = [self.tr("The fields cannot be read:"), str(error), said, error.advice]
        self.obstacle.say(
            Tone.WARNING,
            " ".join(part for part in words if part),
            (self.tr("Use raw JSON"), partial(self.raw.setChecked, True)),
        )

    @Slot(bool)
    def _raw_toggled(self, on: bool) -> None:
        known = self.situation
        why = self.tr("The fields of the entry source are not known.") if known and known.described is None else ""
        self.editor.set_raw(on, why)
        self.mirrored.setVisible(not self.editor.raw)
        if known is not None:
            self._show_obstacle(known)
        self.changed.emit()

    @Slot()
    def _contact_changed(self) -> None:
        """The field that holds the contact key must agree with it."""
        self._taken = ""
        if self.situation is not None and not self.editor.raw:
            for name in self.situation.contact_fields[:1]:
                self.editor.set_value(name, self.contact.text().strip())
        self.changed.emit()

    def _mirror(self) -> None:
        """The same for other fields; without a contact key what stands in the field is kept, and taken for it."""
        if self.contact.text().strip():
            taken = self._taken
            self._contact_changed()
            self._taken = taken
        else:
            self._take_contact()

    @Slot()
    def _take_contact(self) -> None:
        """Where no contact key was typed, it follows the field of the data that holds it, such as of a pasted row."""
        if self.situation is None or self.editor.raw or self.contact.text().strip() != self._taken:
            return
        data = self.editor.data() or {}
        key = next((payload.plain(data.get(name)) for name in self.situation.contact_fields[:1]), None)
        self._taken = (key or "").strip()
        with QSignalBlocker(self.contact):
            self.contact.setText(self._taken)
