"""An input that offers what the tenant has, and takes a key that is typed where it cannot be listed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QCompleter, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mcconsole.core.errors import ConsoleError
from mcconsole.features.sends.choices import Choice
from mcconsole.ui import theme
from mcconsole.ui.form import comfortable
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import plain


class PickInput(QWidget):
    """A combo box that can be typed into, with a line below that says what is wrong or being read."""

    changed = Signal()

    def __init__(self, name: str, placeholder: str) -> None:
        super().__init__()
        self.combo = QComboBox()
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(24)
        self.combo.setMinimumHeight(comfortable(self.combo))
        self.combo.setAccessibleName(name)
        self._choices: Sequence[Choice] = ()
        self.note = plain("")
        self.note.hide()
        if (line := self.combo.lineEdit()) is not None:
            line.setPlaceholderText(placeholder)
            line.setAccessibleName(name)
        completer = self.combo.completer()
        if completer is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.combo)
        column.addWidget(self.note)
        self.combo.editTextChanged.connect(self._edited)

    def label(self, text: str) -> QLabel:
        """A label that leads to the input."""
        label = QLabel(text)
        label.setBuddy(self.combo)
        return label

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Offer these; what was typed stays."""
        typed = self.combo.currentText()
        with QSignalBlocker(self.combo):
            self.combo.clear()
            for one in choices:
                self.combo.addItem(shown(one))
            self.combo.setCurrentIndex(-1)
            self.combo.setEditText(typed)
        self._choices = tuple(choices)
        self.say("")

    def propose(self, key: str) -> None:
        """Pick this one where nothing is typed, and the tenant has it."""
        found = next((one for one in self._choices if one.key == key), None)
        if found is not None and not self.text:
            self.combo.setEditText(shown(found))

    def show_error(self, error: ConsoleError) -> None:
        """They cannot be listed."""
        said = self.tr(" Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        self.say(self.tr("They cannot be listed; type the key. {}{}").format(error, said), Tone.WARNING)

    def say(self, text: str, tone: Tone = Tone.NEUTRAL) -> None:
        """Change the line below."""
        self.note.setText(text)
        self.note.setVisible(bool(text))
        theme.tint(self.note, tone)

    @property
    def text(self) -> str:
        """What is typed or picked."""
        return self.combo.currentText().strip()

    def picked(self) -> Choice | None:
        """What is meant of the list, by its line, id or key; None for what is not in it."""
        text = self.text
        for one in self._choices:
            if text and text in (shown(one), one.id, one.key):
                return one
        return None

    @property
    def key(self) -> str:
        """The external key."""
        found = self.picked()
        return found.key if found is not None else self.text

    @property
    def id(self) -> str:
        """The id; "" for what is neither in the list nor a number."""
        found = self.picked()
        if found is not None:
            return found.id
        return self.text if self.text.isascii() and self.text.isdigit() else ""

    def clear(self) -> None:
        """Empty it."""
        self.combo.setCurrentIndex(-1)
        self.combo.setEditText("")

    @Slot()
    def _edited(self) -> None:
        self.changed.emit()


def shown(one: Choice) -> str:
    """A choice as a line: its name, and what tells it from others of the name."""
    own = " · ".join(part for part in (one.key, one.id) if part and part != one.name)
    return f"{one.name} ({own})" if own else one.name
