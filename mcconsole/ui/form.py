"""Forms from data: a Field says what it is, the form makes the widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from mcconsole.ui import icons, theme
from mcconsole.ui.theme import Tone

PADDING = 7
"""Pixels above and below the text of an input."""

Kind = Literal["text", "secret", "choice", "json"]


@dataclass(frozen=True, slots=True)
class Field:
    """One input. Texts are already translated."""

    name: str
    label: str
    kind: Kind = "text"
    required: bool = False
    help: str = ""
    placeholder: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    """For a choice: value, text and icon name (or "")."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields from the top."""

    fields: tuple[Field, ...]


class FormWidget(QWidget):
    """The inputs of a form, each with a line below for help or for what is wrong."""

    changed = Signal(str)
    """The name of the field that the user changed."""

    def __init__(self, form: Form, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = {field.name: _Row(field, self) for field in form.fields}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(16)
        layout.setVerticalSpacing(10)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for row in self.rows.values():
            label = QLabel(row.field.label + (" *" if row.field.required else ""))
            label.setBuddy(row.input)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            label.setContentsMargins(0, PADDING, 0, 0)
            layout.addRow(label, row)
            row.edited.connect(self.changed)

    def values(self) -> dict[str, str]:
        """What is entered, by field name."""
        return {name: row.value() for name, row in self.rows.items()}

    def set_values(self, values: Mapping[str, str]) -> None:
        """Fill the inputs; fields that are not named are emptied. Nothing is emitted."""
        for name, row in self.rows.items():
            row.set_value(values.get(name, ""))
            row.note("", Tone.NEUTRAL)

    def set_placeholder(self, name: str, text: str) -> None:
        """Change what an empty input shows."""
        widget = self.rows[name].input
        if isinstance(widget, QLineEdit):
            widget.setPlaceholderText(text)

    def note(self, name: str, text: str, tone: Tone = Tone.NEUTRAL) -> None:
        """Say something below an input; "" shows its help again."""
        self.rows[name].note(text, tone)

    def missing(self) -> Sequence[str]:
        """Labels of required fields that are empty."""
        return [row.field.label for row in self.rows.values() if row.field.required and not row.value().strip()]

    def focus(self, name: str) -> None:
        """Put the cursor there."""
        self.rows[name].input.setFocus(Qt.FocusReason.OtherFocusReason)


class _Words(QLabel):
    """Wrapped text that is never squeezed: a QFormLayout keeps heights of a width or a text that is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.measure()

    def measure(self) -> None:
        self.setMinimumHeight(0)  # else it counts as needed
        self.setMinimumHeight(max(0, self.heightForWidth(self.width())))


class _Row(QWidget):
    edited = Signal(str)

    def __init__(self, field: Field, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = field
        self.input: QLineEdit | QComboBox | QPlainTextEdit = _input(field)
        if not isinstance(self.input, QPlainTextEdit):
            self.input.setMinimumHeight(comfortable(self.input))
        self.input.setAccessibleName(field.label)
        self.input.setAccessibleDescription(field.help)
        if isinstance(self.input, QComboBox):
            self.input.activated.connect(self._tell)
        elif isinstance(self.input, QLineEdit):
            self.input.textEdited.connect(self._tell)
        else:
            self.input.textChanged.connect(self._tell)
        self._mark = QLabel()
        self._words = _Words()
        self._words.setMinimumWidth(1)  # a long word must not widen the form
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.input)
        column.addLayout(line)
        self._noted = ("", Tone.NEUTRAL)
        self.note("", Tone.NEUTRAL)
        theme.changed.connect(self._paint)

    def value(self) -> str:
        if isinstance(self.input, QComboBox):
            return str(self.input.currentData() or "")
        return self.input.text() if isinstance(self.input, QLineEdit) else self.input.toPlainText()

    def set_value(self, value: str) -> None:
        if isinstance(self.input, QComboBox):
            self.input.setCurrentIndex(max(0, self.input.findData(value)))
        elif isinstance(self.input, QLineEdit):
            self.input.setText(value)
        else:
            self.input.blockSignals(True)
            self.input.setPlainText(value)
            self.input.blockSignals(False)

    def note(self, text: str, tone: Tone) -> None:
        self._noted = (text, tone)
        self._words.setText(text or self.field.help)
        self._words.measure()
        self._words.setVisible(bool(text or self.field.help))
        self._mark.setVisible(bool(text) and tone is not Tone.NEUTRAL)
        self.input.setAccessibleDescription(text or self.field.help)
        self._paint()

    @Slot()
    def _tell(self) -> None:
        self.edited.emit(self.field.name)

    @Slot()
    def _paint(self) -> None:
        text, tone = self._noted
        shown = tone if text else Tone.NEUTRAL
        theme.tint(self._words, shown)
        if text and tone is not Tone.NEUTRAL:
            self._mark.setPixmap(icons.pixmap(tone.value, 16, tone))
        if isinstance(self.input, QComboBox):
            for index, (_, _, icon) in enumerate(self.field.choices):
                if icon:
                    self.input.setItemIcon(index, icons.icon(icon))


def comfortable(widget: QWidget) -> int:
    """The height in pixels of an input that is easy to hit and to read."""
    return widget.fontMetrics().height() + 2 * PADDING


def _input(field: Field) -> QLineEdit | QComboBox | QPlainTextEdit:
    if field.kind == "choice":
        combo = QComboBox()
        for value, text, _ in field.choices:
            combo.addItem(text, value)
        return combo
    if field.kind == "json":
        area = QPlainTextEdit()
        area.setTabChangesFocus(True)
        area.setPlaceholderText(field.placeholder)
        return area
    line = QLineEdit()
    line.setPlaceholderText(field.placeholder)
    if field.kind == "secret":
        line.setEchoMode(QLineEdit.EchoMode.Password)
        line.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
        )
    return line
