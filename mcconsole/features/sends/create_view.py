"""Making a definition: its name and key, and what it is made of, picked from what the tenant has."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mcconsole.api.client import Client
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.features.sends import choices
from mcconsole.features.sends.choices import Choice, Pick
from mcconsole.features.sends.definitions import Kind
from mcconsole.features.sends.draft import Draft
from mcconsole.features.sends.lifecycle import NewDefinition
from mcconsole.features.sends.pick import PickInput
from mcconsole.ui import icons, theme
from mcconsole.ui.fire_pane import place
from mcconsole.ui.form import comfortable
from mcconsole.ui.pages import heading
from mcconsole.ui.reading import Reading
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, MainButton, plain, small_button

USUAL_CLASSIFICATION = "Default Transactional"
"""Key of the send classification that is proposed where the tenant has it."""
WIDTH = 760
"""Pixels of the form at the most."""


class CreateView(QWidget):
    """The form of a new definition. Nothing is made before the button is pressed."""

    left = Signal()
    """Nothing shall be made."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.kind = QComboBox()
        self.name = QLineEdit()
        self.key = QLineEdit()
        self.picks = {
            Pick.EMAIL: PickInput(self.tr("E-mail"), self.tr("pick one, or type its id or key")),
            Pick.LIST: PickInput(self.tr("Subscriber list"), self.tr("Marketing Cloud's default")),
            Pick.CLASSIFICATION: PickInput(self.tr("Send classification"), self.tr("Marketing Cloud's default")),
            Pick.SENDER: PickInput(self.tr("Sender profile"), self.tr("that of the send classification")),
            Pick.DELIVERY: PickInput(self.tr("Delivery profile"), self.tr("that of the send classification")),
        }
        self.extension = QLineEdit()
        self.description = QLineEdit()
        self.add = QCheckBox(self.tr("Add subscribers that are not on the list"))
        self.update_them = QCheckBox(self.tr("Update subscribers with the attributes of a message"))
        self.error = Line()
        self.why = plain("")
        self.back = small_button(self.tr("Back"))
        self.main = MainButton()
        self.readings = {what: Reading(self.state.runner, f"sends.pick.{what}", self) for what in Pick}
        self._labels: dict[Pick, QLabel] = {}
        self._key_typed = False
        self._build()
        self._wire()
        self._look()

    def _build(self) -> None:
        self.kind.addItem(self.tr("Triggered send (SOAP): made as New, then started"), Kind.TRIGGERED)
        self.kind.addItem(self.tr("Transactional (REST): active at once"), Kind.TRANSACTIONAL)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        lines: tuple[tuple[str, str, QComboBox | QLineEdit], ...] = (
            (self.tr("&Kind"), self.tr("Kind"), self.kind),
            (self.tr("&Name *"), self.tr("Name"), self.name),
            (self.tr("E&xternal key *"), self.tr("External key"), self.key),
        )
        for text, name, widget in lines:
            self._add_row(form, text, name, widget)
        self.key.setPlaceholderText(self.tr("what a send names; made from the name unless you type one"))
        for what, text in (
            (Pick.EMAIL, self.tr("E-&mail *")),
            (Pick.LIST, self.tr("Subscriber &list")),
            (Pick.CLASSIFICATION, self.tr("Send &classification")),
            (Pick.SENDER, self.tr("&Sender profile")),
            (Pick.DELIVERY, self.tr("&Delivery profile")),
        ):
            self._labels[what] = self.picks[what].label(text)
            form.addRow(self._labels[what], self.picks[what])
        self._add_row(form, self.tr("D&ata extension"), self.tr("Data extension"), self.extension)
        self.extension.setPlaceholderText(self.tr("external key, where attributes are written; may be empty"))
        self._add_row(form, self.tr("Descri&ption"), self.tr("Description"), self.description)
        for box in (self.add, self.update_them):
            box.setChecked(True)
            form.addRow("", box)
        inside = QWidget()
        inside.setMaximumWidth(WIDTH)
        inside.setLayout(form)
        form.setContentsMargins(0, 0, 12, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inside)
        self.back.setToolTip(self.tr("Make nothing (Escape)"))
        self.back.setShortcut("Escape")
        icons.follow(self.back, "back")
        theme.tint(self.why, Tone.NEUTRAL)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.back)
        head.addWidget(heading(self.tr("New definition"), 1.2), 1)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.why, 1)
        foot.addWidget(self.main)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(scroll, 1)
        column.addWidget(self.error)
        column.addLayout(foot)

    def _add_row(self, form: QFormLayout, text: str, name: str, widget: QComboBox | QLineEdit) -> None:
        label = QLabel(text)
        label.setBuddy(widget)
        widget.setMinimumHeight(comfortable(widget))
        widget.setAccessibleName(name)
        form.addRow(label, widget)

    def _wire(self) -> None:
        self.back.clicked.connect(self.left)
        self.main.clicked.connect(self.run)
        self.kind.currentIndexChanged.connect(self._look)
        self.name.textChanged.connect(self._named)
        self.key.textEdited.connect(self._key_edited)
        for what, reading in self.readings.items():
            reading.changed.connect(partial(_show_choices, self.picks[what], reading))
            reading.changed.connect(self._propose)
            self.picks[what].changed.connect(self._look)
        for line in (self.key, self.extension):
            line.textChanged.connect(self._look)
        self.draft.refused.connect(self._refused)
        self.draft.changing.connect(self._look)
        self.state.connection_changed.connect(self._connection_changed)

    def enter(self) -> None:
        """Begin a new one, and list what it can be made of."""
        self.error.say(Tone.ERROR, "")
        for what, reading in self.readings.items():
            if reading.untouched and self.draft.connection is not None:
                job = partial(_choices, client=self.draft.client, what=what)
                reading.read(job, self.tr("Listing what a definition can be made of"))
        self._propose()
        self._look()
        self.name.setFocus()
        self.name.selectAll()

    def refresh(self) -> None:
        """F5: list what it can be made of again."""
        for reading in self.readings.values():
            reading.drop()
        self.enter()

    def clear(self) -> None:
        """Empty the form, for the next one."""
        for line in (self.name, self.key, self.extension, self.description):
            line.clear()
        for pick in self.picks.values():
            pick.clear()
        self._key_typed = False
        self.error.say(Tone.ERROR, "")

    @property
    def triggered(self) -> bool:
        """Whether a triggered send definition shall be made."""
        return Kind(self.kind.currentData()) is Kind.TRIGGERED

    def new(self) -> NewDefinition:
        """What the form says."""
        email, listed = self.picks[Pick.EMAIL], self.picks[Pick.LIST]
        by_id = email.id if self.triggered else ""
        return NewDefinition(
            kind=Kind(self.kind.currentData()),
            key=self.key.text().strip(),
            name=self.name.text().strip(),
            email_key="" if by_id else email.key,
            email_id=by_id,
            list_key=(listed.id or listed.text) if self.triggered else listed.key,
            classification=self.picks[Pick.CLASSIFICATION].key,
            sender_profile=self.picks[Pick.SENDER].key if self.triggered else "",
            delivery_profile=self.picks[Pick.DELIVERY].key if self.triggered else "",
            data_extension=self.extension.text().strip(),
            description=self.description.text().strip(),
            auto_add=self.add.isChecked(),
            auto_update=self.update_them.isChecked(),
        )

    @Slot()
    def run(self) -> None:
        """Ctrl+Return: make it."""
        if self.main.isEnabled():
            self.error.say(Tone.ERROR, "")
            self.draft.create(self.new())

    @Slot()
    def _propose(self) -> None:
        self.picks[Pick.CLASSIFICATION].propose(USUAL_CLASSIFICATION)

    @Slot()
    def _named(self) -> None:
        if not self._key_typed:
            self.key.setText(re.sub(r"[^\w.]+", "-", self.name.text().strip().lower()).strip("-")[:36])
        self._look()

    @Slot()
    def _key_edited(self) -> None:
        self._key_typed = bool(self.key.text())

    @Slot()
    def _look(self) -> None:
        for what in (Pick.SENDER, Pick.DELIVERY):
            for widget in (self._labels[what], self.picks[what]):
                widget.setVisible(self.triggered)
        why, connection = self._why_not(), self.draft.connection
        self.why.setText(why)
        name = self.name.text().strip() or self.tr("the definition")
        text = self.tr("Create {} in {}").format(name, place(connection)) if connection else self.tr("Create")
        self.main.say(text)
        self.main.setToolTip(f"{text} (Ctrl+Return)")
        self.main.setEnabled(not why)

    def _why_not(self) -> str:
        if self.draft.connection is None:
            return self.tr("No tenant is connected.")
        if self.draft.doing:
            return self.draft.doing
        needed = (
            (self.tr("The name is missing."), self.name.text()),
            (self.tr("The external key is missing."), self.key.text()),
            (self.tr("The e-mail is missing."), self.picks[Pick.EMAIL].text),
        )
        return next((text for text, value in needed if not value.strip()), "")

    @Slot(object)
    def _refused(self, error: ConsoleError) -> None:
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        self.error.say(Tone.ERROR, "\n".join(filter(None, (str(error), said, error.advice))))

    @Slot()
    def _connection_changed(self) -> None:
        for reading in self.readings.values():
            reading.drop()
        self._look()


def _show_choices(pick: PickInput, reading: Reading) -> None:
    if reading.running:
        pick.say(pick.tr("Listing…"))
    elif reading.error is not None:
        pick.show_error(reading.error)
    else:
        pick.show_choices(reading.value or ())


def _choices(ctx: JobContext, client: Client, what: Pick) -> list[Choice]:
    return choices.choices(client, what, ctx)
