"""Whom a message is for and what it carries: address, subscriber key, and the attributes as a form and as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from mcconsole.features.sends.calls import Recipient
from mcconsole.features.sends.draft import same
from mcconsole.features.sends.situation import Situation
from mcconsole.ui import theme
from mcconsole.ui.form import comfortable
from mcconsole.ui.payload import PayloadEditor
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import plain


@dataclass(frozen=True, slots=True)
class Message:
    """What would be sent now."""

    situation: Situation
    recipient: Recipient


class RecipientForm(QWidget):
    """The form for one message. Without a data extension attributes are raw JSON, as nothing tells their names."""

    changed = Signal()
    """The message, or whether it can be sent, may have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.situation: Situation | None = None
        self.address = QLineEdit()
        self.subscriber = QLineEdit()
        self.editor = PayloadEditor()
        self.mirrored = plain("")
        theme.tint(self.mirrored, Tone.NEUTRAL)
        self.address.setPlaceholderText(self.tr("who gets the message"))
        self.subscriber.setPlaceholderText(self.tr("the subscriber that it is recorded for"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        for row, (text, name, line) in enumerate(
            (
                (self.tr("E-&mail address *"), self.tr("E-mail address"), self.address),
                (self.tr("Su&bscriber key *"), self.tr("Subscriber key"), self.subscriber),
            )
        ):
            label = QLabel(text)
            label.setBuddy(line)
            line.setMinimumHeight(comfortable(line))
            line.setAccessibleName(name)
            grid.addWidget(label, row, 0)
            grid.addWidget(line, row, 1)
            line.textChanged.connect(self._recipient_changed)
        grid.addWidget(self.mirrored, 2, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(8)
        column.addLayout(grid)
        column.addWidget(self.editor, 1)
        self.address.returnPressed.connect(self.subscriber.setFocus)
        self.subscriber.returnPressed.connect(self.editor.focus_first)
        self.editor.changed.connect(self.changed)

    def enter(self) -> None:
        """Put the keyboard where one begins."""
        self.address.setFocus()
        self.address.selectAll()

    def show_situation(self, known: Situation) -> None:
        """Take the fields of a definition; of another one with fields, what was typed is kept where the names agree."""
        other = self.situation is not None and not same(self.situation.definition, known.definition)
        fields = self.situation is not None and self.situation.described is not None
        self.situation = known
        schema = known.described.schema if known.described is not None else None
        if other and (schema is None or not fields):
            # What is named after the fields of another definition would go out here unchecked.
            self.editor.set_data({})
        self.editor.show_schema(schema)
        why = ""
        if known.obstacle is not None:
            why = self.tr("The fields of the data extension could not be read, so nothing can be compared with them.")
        elif schema is None:
            why = self.tr("There is no data extension: attributes are profile attributes. Leave it empty to send none.")
        self.editor.set_raw(schema is None, why)
        names = [f"“{name}”" for name in (known.address_field, known.subscriber_field) if name]
        self.mirrored.setText(self.tr("also fills {}").format(self.tr(" and ").join(names)))
        self.mirrored.setVisible(bool(names))
        self._recipient_changed()

    def message(self) -> Message | None:
        """What the form says; None while it says nothing that could be sent."""
        data = self.editor.data()
        if self.situation is None or data is None:
            return None
        return Message(self.situation, Recipient(self.subscriber.text().strip(), self.address.text().strip(), data))

    def fault(self) -> str:
        """Why this cannot be sent; "" when nothing in the form is in the way."""
        if not self.address.text().strip():
            return self.tr("The e-mail address is missing.")
        if not self.subscriber.text().strip():
            return self.tr("The subscriber key is missing.")
        if faults := self.editor.faults():
            more = self.tr(" And {} more.").format(len(faults) - 1) if len(faults) > 1 else ""
            return faults[0] + more
        return "" if self.message() is not None else self.tr("The attributes cannot be read.")

    @Slot()
    def _recipient_changed(self) -> None:
        """The fields that hold the recipient must agree with it."""
        known = self.situation
        if known is not None and not self.editor.raw:
            own = {known.address_field: self.address, known.subscriber_field: self.subscriber}
            for name, line in own.items():
                if name:
                    self.editor.set_value(name, line.text().strip())
        self.changed.emit()
