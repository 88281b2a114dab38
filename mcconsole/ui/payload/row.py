"""One field of the form: its exact name, its input, what of it is sent, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from mcconsole.core import dates, json_text, payload
from mcconsole.core.fields import Field, FieldType, type_of
from mcconsole.core.payload import Fault
from mcconsole.core.values import (
    LONGEST_EMAIL,
    LONGEST_LOCALE,
    LONGEST_PHONE,
    utf16_length,
)
from mcconsole.ui import icons, theme
from mcconsole.ui.payload.inputs import Take, YesNo, input_for
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import plain

NAME_WIDTH = 200
"""Pixels for the names; a longer one is cut in the middle, and whole in its tooltip."""
SIDE_WIDTH = 74
"""Pixels for the counter or the zone."""
STATE_WIDTH = 96
INPUT_WIDTH = 110
"""Pixels that an input has at least."""

KEY_ICON, REQUIRED_ICON = "credentials", "required"
MARK, MARK_GAP = 16, 4
"""Pixels of an icon, and between it and its word."""

_LONGEST = {FieldType.EMAIL: LONGEST_EMAIL, FieldType.PHONE: LONGEST_PHONE, FieldType.LOCALE: LONGEST_LOCALE}


class State(StrEnum):
    """What of a field is sent."""

    VALUE = "value"
    EMPTY = "empty"
    NULL = "null"
    LEFT_OUT = "left out"


class FieldRow(QWidget):
    """Shows what a payload has for one field, and lets it be changed."""

    edited = Signal(object)
    """The row; `state` and `value` say what the user wants."""
    menu_wanted = Signal(object)

    def __init__(self, field: Field, take: Take, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.state = State.LEFT_OUT
        self.value: object = None
        self.zone = dates.PLATFORM
        self._blank = State.LEFT_OUT
        self._kept = ""
        self._fault: Fault | None = None
        self._visited = False
        self._limit = _limit(field)
        self.input = input_for(field, take)
        self.input.installEventFilter(self)
        self.side = QLabel()
        self.state_button = QToolButton()
        self._words: QLabel | None = None
        self._mark: QLabel | None = None
        self._required: QLabel | None = None
        self._build()
        self._show()

    def _build(self) -> None:
        name = _cut(self.field.name, NAME_WIDTH, bold=True)
        name.setBuddy(self.input)
        icon = KEY_ICON if self.field.primary_key else REQUIRED_ICON if self.field.required else ""
        kind = _cut(self.kind(), NAME_WIDTH - (MARK + MARK_GAP if icon else 0))
        theme.tint(kind, Tone.NEUTRAL)
        head = QGridLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(0)
        head.addWidget(name, 0, 0, 1, 2)
        head.addWidget(kind, 1, 1)
        head.setColumnStretch(1, 1)
        if icon:
            self._required = QLabel()
            self._required.setContentsMargins(0, 0, MARK_GAP, 0)
            head.addWidget(self._required, 1, 0)
        for label in (name, kind):
            label.setToolTip("\n".join((self.field.name, self.kind())))
        holder = QWidget()
        holder.setLayout(head)
        holder.setFixedWidth(NAME_WIDTH)
        self.side.setFixedWidth(SIDE_WIDTH)
        theme.tint(self.side, Tone.NEUTRAL)
        self.state_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.state_button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.state_button.setAutoRaise(True)
        self.state_button.setFixedWidth(STATE_WIDTH)
        self.state_button.clicked.connect(self._ask)
        self.input.setMinimumWidth(INPUT_WIDTH)
        self.input.setAccessibleName(self.field.name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 3, 0, 3)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.addWidget(holder, 0, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self.input, 0, 1, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self.side, 0, 2)
        self._grid.addWidget(self.state_button, 0, 3)
        self._grid.setColumnStretch(1, 1)
        self.input.edited.connect(self._typed)
        self.input.left.connect(self._visit)
        self.paint_marks()

    def paint_marks(self) -> None:
        """Draw the icons in the colours of the present theme."""
        if self._required is not None:
            icon = KEY_ICON if self.field.primary_key else REQUIRED_ICON
            self._required.setPixmap(icons.pixmap(icon, MARK, Tone.NEUTRAL))
        if self._mark is not None:
            self._mark.setPixmap(icons.pixmap("error", MARK, Tone.ERROR))

    def kind(self) -> str:
        """Type, length and marks in words."""
        marks = [type_of(self.field)]
        if self.field.primary_key:
            marks.append(self.tr("key"))
        if self.field.required:
            marks.append(self.tr("required"))
        return " · ".join(marks)

    def show_given(self, given: Mapping[str, object], fault: Fault | None) -> None:
        """Show what the payload has for the field. What the user is typing stays as long as it says the same."""
        value = given.get(self.field.name)
        state = _state(given, self.field.name)
        if (state, value, fault) == (self.state, self.value, self._fault) and type(value) is type(self.value):
            return
        if state is not self.state:
            self._kept = ""
        self.state, self.value, self._fault = state, value, fault
        if state is State.VALUE and self.wanted(self.input.shown()) != (text := self._text()):
            self.input.show_text(self.wanted(text) if isinstance(self.input, YesNo) else text)
        self._show()

    def _text(self) -> str:
        text = payload.plain(self.value)
        return text if text is not None else json_text.written(self.value)

    def wanted(self, text: str) -> str:
        """What a typed text asks to be sent: in the form that goes out, or as it is where it is wrong."""
        sent = payload.sent_form(self.field, text, self.zone)
        return sent if isinstance(sent, str) and sent else text

    def set_zone(self, zone: str) -> None:
        """Read times without an offset in another zone."""
        before, self.zone = self.wanted(self.input.shown()), zone
        if self.state is State.VALUE and self.wanted(self.input.shown()) != before:
            self._typed()
        self._show()

    def choose(self, state: State) -> None:
        """Send a value, an empty text or null, or leave the field out."""
        if state is State.VALUE:
            if self.state is not State.VALUE and self._kept:
                self.input.show_text(self._kept)
                self._typed()
            self.input.setFocus(Qt.FocusReason.OtherFocusReason)
        elif state is not self.state:
            self._kept = self.input.shown() or self._kept
            self._want(state, "" if state is State.EMPTY else None)

    @Slot()
    def _typed(self) -> None:
        text = self.input.shown()
        if text:
            self._want(State.VALUE, self.wanted(text))
        else:
            self._kept = ""
            self._want(self._blank, "" if self._blank is State.EMPTY else None)

    def _want(self, state: State, value: object) -> None:
        self.state, self.value = state, value
        self._show()
        self.edited.emit(self)

    @Slot()
    def _visit(self) -> None:
        if not self._visited:
            self._visited = True
            self._show_fault()

    @Slot()
    def _ask(self) -> None:
        self.menu_wanted.emit(self)

    def eventFilter(self, _input: QObject, event: QEvent) -> bool:
        """Alt+Down on the input opens the menu of states."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        wanted = event.key() == Qt.Key.Key_Down and bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if wanted:
            self._ask()
        return wanted

    def state_words(self) -> dict[State, str]:
        """Each state in a word or two."""
        return {
            State.VALUE: self.tr("Value"),
            State.EMPTY: self.tr("Empty text"),
            State.NULL: self.tr("Null"),
            State.LEFT_OUT: self.tr("Left out"),
        }

    def _show(self) -> None:
        if self.state is not State.VALUE:
            self._blank = self.state
            self.input.show_text("")
        word = self.state_words()[self.state]
        self.state_button.setText(f"{word} ▾")
        self.state_button.setAccessibleName(self.tr("{}: {}").format(self.field.name, word))
        self.state_button.setToolTip(self.tr("Value, empty text, null or left out (Alt+Down in the field)"))
        self.input.setPlaceholderText(self._placeholder())
        self.side.setText(self._side())
        self._show_fault()

    def _placeholder(self) -> str:
        if self.state is State.EMPTY:
            return self.tr("empty text")
        if self.state is State.NULL:
            return self.tr("null")
        if self.field.default:
            return self.tr("default: {}").format(self.field.default)
        if self.field.type is FieldType.DATE:
            return self.tr("YYYY-MM-DD [HH:mm]")
        if self.field.type is FieldType.DECIMAL and self.field.scale:
            return "0." + "0" * self.field.scale
        return {
            FieldType.NUMBER: "0",
            FieldType.EMAIL: "name@example.com",
            FieldType.PHONE: "+1 555 0100",
            FieldType.LOCALE: "en-US",
            FieldType.BOOLEAN: self.tr("yes or no"),
        }.get(self.field.type, "")

    def _side(self) -> str:
        text = self.input.shown()
        if self.field.type is not FieldType.DATE:
            return f"{utf16_length(text):,}/{self._limit:,}" if self._limit and text else ""
        sent = payload.sent_form(self.field, self._text()) if self.state is State.VALUE else ""
        if isinstance(sent, str) and "T" in sent:
            return f"UTC{sent[-6:]}".replace("-", "−")
        if isinstance(sent, str) and sent:
            return self.tr("date only")
        return self.tr("UTC−06:00") if self.zone == dates.PLATFORM else self.zone.rpartition("/")[2]

    def _show_fault(self) -> None:
        fault = self._fault
        if fault is not None and fault.code == "Missing" and not self._visited:
            fault = None
        text = fault.text if fault is not None else ""
        self.input.setAccessibleDescription(" · ".join(filter(None, (self.kind(), self._placeholder(), text))))
        if self._words is None and text:
            self._words, self._mark = plain(""), QLabel()
            theme.tint(self._words, Tone.ERROR)
            self.paint_marks()
            line = QHBoxLayout()
            line.setSpacing(5)
            line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(self._words, 1)
            self._grid.addLayout(line, 1, 1, 1, 3)
        if self._words is not None and self._mark is not None:
            self._words.setText(text)
            self._words.setVisible(bool(text))
            self._mark.setVisible(bool(text))


def _cut(text: str, width: int, *, bold: bool = False) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    font = label.font()
    font.setWeight(font.Weight.DemiBold if bold else font.Weight.Normal)
    label.setFont(font)
    label.setText(QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, width))
    return label


def _limit(field: Field) -> int | None:
    """UTF-16 units that the field takes; None for what is no text, or is not limited."""
    if field.type is FieldType.TEXT:
        return field.length
    longest = _LONGEST.get(field.type)
    return min(field.length or longest, longest) if longest else None


def _state(given: Mapping[str, object], name: str) -> State:
    if name not in given:
        return State.LEFT_OUT
    value = given[name]
    if value is None:
        return State.NULL
    return State.EMPTY if value == "" else State.VALUE
