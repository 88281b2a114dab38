"""What a value is typed into: a line for most types, a choice for yes and no."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from mcconsole.core.fields import Field, FieldType
from mcconsole.core.json_text import LIMIT
from mcconsole.ui.form import comfortable

_HINTS = {
    FieldType.NUMBER: Qt.InputMethodHint.ImhFormattedNumbersOnly,
    FieldType.DECIMAL: Qt.InputMethodHint.ImhFormattedNumbersOnly,
    FieldType.EMAIL: Qt.InputMethodHint.ImhEmailCharactersOnly,
    FieldType.PHONE: Qt.InputMethodHint.ImhDialableCharactersOnly,
    FieldType.DATE: Qt.InputMethodHint.ImhPreferNumbers,
}

Take = Callable[[str], bool]
"""Gets a text that is pasted, and says whether it was more than one value and is dealt with."""


class Entry(QLineEdit):
    """A line of text."""

    edited = Signal()
    left = Signal()

    def __init__(self, field: Field, take: Take, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._take = take
        self.setMaxLength(LIMIT)  # Qt's own limit would cut a longer value of the JSON at the first edit
        self.setInputMethodHints(_HINTS.get(field.type, Qt.InputMethodHint.ImhNone))
        self.setMinimumHeight(comfortable(self))
        self.textEdited.connect(self._tell)

    def shown(self) -> str:
        """The text."""
        return self.text()

    def show_text(self, text: str) -> None:
        """Replace the text; nothing is emitted."""
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A pasted row or object is not for this line alone; everything else is Qt's."""
        if not (event.matches(QKeySequence.StandardKey.Paste) and self._take(QGuiApplication.clipboard().text())):
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Left without a change counts too, which Qt's editingFinished does not tell."""
        super().focusOutEvent(event)
        self.left.emit()

    @Slot()
    def _tell(self) -> None:
        self.edited.emit()


class YesNo(QComboBox):
    """Yes, no, or what else a text says; turned by the wheel only where the keyboard is."""

    edited = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.addItem(self.tr("Yes"), "true")
        self.addItem(self.tr("No"), "false")
        self.setCurrentIndex(-1)
        self.setMinimumHeight(comfortable(self))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(self._tell)

    def shown(self) -> str:
        """`true`, `false`, the odd text, or ""."""
        return str(self.currentData() or "")

    def show_text(self, text: str) -> None:
        """Choose what the text means; nothing is emitted."""
        while self.count() > 2:
            self.removeItem(2)
        if text and self.findData(text) < 0:
            self.addItem(text, text)
        self.setCurrentIndex(self.findData(text))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell it too."""
        super().focusOutEvent(event)
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling over it must not change it."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @Slot()
    def _tell(self) -> None:
        self.edited.emit()


Input = Entry | YesNo


def input_for(field: Field, take: Take) -> Input:
    """The input of a field's type."""
    return YesNo() if field.type is FieldType.BOOLEAN else Entry(field, take)
