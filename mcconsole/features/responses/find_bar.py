"""The line below a body in which words are looked for."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from mcconsole.features.responses.finding import LONGEST, MOST_HITS
from mcconsole.ui import icons


class FindBar(QWidget):
    """Words, how many there are, next and previous. Return goes on, Shift+Return goes back, Escape closes."""

    wanted = Signal(str)
    """Look for these words."""
    moved = Signal(int)
    """To the next one (1) or the one before (-1)."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = QLineEdit()
        self.words.setMaxLength(LONGEST)
        self.words.setClearButtonEnabled(True)
        self.words.setPlaceholderText(self.tr("Find in this body"))
        self.words.setAccessibleName(self.tr("Find in this body"))
        self.words.textChanged.connect(self.wanted)
        self.count = QLabel()
        self.count.setAccessibleName(self.tr("How often it was found"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(6)
        row.addWidget(self.words, 1)
        row.addWidget(self.count)
        self.previous = self._button("up", self.tr("Previous (Shift+Return)"), self._back)
        self.next = self._button("down", self.tr("Next (Return)"), self._on)
        self.close_button = self._button("close", self.tr("Close (Escape)"), self.close_bar)
        for button in (self.previous, self.next, self.close_button):
            row.addWidget(button)
        self.hide()

    def open_bar(self) -> None:
        """Show it, with its words chosen."""
        self.show()
        self.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.words.selectAll()

    def show_count(self, at: int | None, count: int, *, more: bool = False, searching: bool = False) -> None:
        """Say which of how many is shown; `at` counts from 0."""
        if searching:
            text = self.tr("Looking…")
        elif not self.words.text():
            text = ""
        elif not count:
            text = self.tr("Not found")
        elif more:
            text = self.tr("{:,} of more than {:,}").format((at or 0) + 1, MOST_HITS)
        else:
            text = self.tr("{:,} of {:,}").format((at or 0) + 1, count)
        self.count.setText(text)
        self.previous.setEnabled(count > 0)
        self.next.setEnabled(count > 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return, Shift+Return and Escape; everything else is Qt's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.moved.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    @Slot()
    def close_bar(self) -> None:
        """Hide it and forget what was found."""
        self.hide()
        self.words.clear()
        self.closed.emit()

    @Slot()
    def _back(self) -> None:
        self.moved.emit(-1)

    @Slot()
    def _on(self) -> None:
        self.moved.emit(1)

    def _button(self, icon: str, text: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setToolTip(text)
        button.setAccessibleName(text)
        icons.follow(button, icon)
        button.clicked.connect(act)
        return button
