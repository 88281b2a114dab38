"""The checklist as lines with icon, word and sentence."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from mcconsole.core.findings import Item, State
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import heading
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import narrow, plain

_STATES = {
    State.GOOD: ("success", Tone.SUCCESS, "in order"),
    State.WARNING: ("warning", Tone.WARNING, "warning"),
    State.FAULT: ("error", Tone.ERROR, "fault"),
    State.OPEN: ("clock", Tone.NEUTRAL, "not looked at"),
}


class ChecklistView(QWidget):
    """What was looked at before anything leaves."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: tuple[Item, ...] = ()
        self.note = QLabel()
        self._rows: list[tuple[QLabel, QLabel, QLabel]] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(2, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(heading(title, 1.05))
        column.addWidget(self.note)
        column.addLayout(self._grid)
        theme.tint(self.note, Tone.NEUTRAL)
        theme.changed.connect(self._paint)

    def show_items(self, items: Sequence[Item], note: str = "") -> None:
        """Show these lines; `note` says what is being done about them."""
        self.items = tuple(items)
        self.say(note)
        while len(self._rows) < len(items):
            self._add_row()
        for number, widgets in enumerate(self._rows):
            item = items[number] if number < len(items) else None
            for widget in widgets:
                widget.setVisible(item is not None)
            if item is not None:
                _, topic, text = widgets
                _, _, word = _look(item.state)
                topic.setText(QCoreApplication.translate("Checklist", item.topic.capitalize()))
                shown = " ".join(part for part in (item.text, item.advice) if part)
                text.setText(shown if item.state is State.GOOD else f"{word.capitalize()}: {shown}")
                text.setToolTip(shown)
                text.setAccessibleName(f"{topic.text()}, {word}: {shown}")
        self._paint()

    def say(self, note: str) -> None:
        """Say what is being done."""
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _add_row(self) -> None:
        icon, topic, text = QLabel(), QLabel(), narrow(plain("", selectable=True))
        for column, label in enumerate((icon, topic, text)):
            self._grid.addWidget(label, len(self._rows), column)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        theme.tint(topic, Tone.NEUTRAL)
        self._rows.append((icon, topic, text))

    @Slot()
    def _paint(self) -> None:
        for item, (icon, _, text) in zip(self.items, self._rows, strict=False):
            name, tone, word = _look(item.state)
            icon.setPixmap(icons.pixmap(name, 18, tone))
            icon.setToolTip(word)
            theme.tint(text, tone if item.state in (State.FAULT, State.WARNING) else Tone.NEUTRAL)


def _look(state: State) -> tuple[str, Tone, str]:
    """Icon, tone and translated word of a line."""
    icon, tone, word = _STATES[state]
    return icon, tone, QCoreApplication.translate("Checklist", word)
