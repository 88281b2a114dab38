"""Small parts that several tabs show: a line with an icon, a tile with a figure, the main button."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from mcconsole.ui import icons, theme
from mcconsole.ui.banner import Action
from mcconsole.ui.relay import Relay
from mcconsole.ui.theme import Tone

NARROWEST = 60
"""Pixels."""
BUDGET = 60
"""Seconds that something is watched where nothing else is chosen."""


def has_keyboard(page: QWidget) -> bool:
    """Whether the keyboard is somewhere on a page."""
    focused = QApplication.focusWidget()
    return focused is not None and page.isAncestorOf(focused)


def enter_page(page: QWidget | None) -> None:
    """Give the keyboard to the widget of a page that had it last, else to the first that takes it."""
    if page is None:
        return
    ring, one = [page.focusWidget()], page.nextInFocusChain()
    while one is not None and one is not page:
        ring.append(one)
        one = one.nextInFocusChain()
    for one in ring:
        if one is not None and page.isAncestorOf(one) and _takes_keyboard(one, page):
            one.setFocus()
            return


def _takes_keyboard(one: QWidget, page: QWidget) -> bool:
    return one.isVisibleTo(page) and one.isEnabledTo(page) and bool(one.focusPolicy() & Qt.FocusPolicy.TabFocus)


class Line(QFrame):
    """An icon and a sentence on the ground of its tone, with buttons; hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("line")
        self._tone = Tone.NEUTRAL
        self._icon = QLabel()
        self.text = narrow(plain(""))
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(6)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 8, 6)
        row.setSpacing(9)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)
        row.addLayout(self._buttons)
        theme.changed.connect(self._paint)
        self.hide()

    def say(self, tone: Tone, text: str, *actions: Action) -> None:
        """Change everything that is shown; "" hides it."""
        self._tone = tone
        self.text.setText(text)
        self.setAccessibleName(text)
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for words, act in actions:
            button = small_button(words)
            button.clicked.connect(Relay(act, button).do)
            self._buttons.addWidget(button)
        self._paint()
        self.setVisible(bool(text))

    @Slot()
    def _paint(self) -> None:
        theme.paint_ground(self, self._tone)
        name = "info" if self._tone is Tone.NEUTRAL else self._tone.value
        self._icon.setPixmap(icons.pixmap(name, 18, self._tone))


class Figures(QLabel):
    """A line that changes many times a second: without more room than it ever had, only the line is painted anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def say(self, text: str) -> None:
        """Change the text."""
        self.setText(text)
        size = self.sizeHint().expandedTo(self.minimumSize())
        if size != self.minimumSize():
            self.setFixedSize(size)  # one whose size is fixed does not ask for a new layout of all the window


class Tile(QFrame):
    """A figure with its word and icon."""

    def __init__(self, icon: str, tone: Tone, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tile")
        self._look = (icon, tone)
        self._number = 0
        self._word = word
        self._icon = QLabel()
        self.figure = Figures()
        font = self.figure.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        font.setWeight(font.Weight.DemiBold)
        self.figure.setFont(font)
        words = QLabel(word)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._icon)
        top.addWidget(self.figure)
        top.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(words)
        theme.changed.connect(self._paint)
        self._say(0)
        self._paint()

    def show_number(self, number: int) -> None:
        """Show this figure; nothing is coloured at 0."""
        if number == self._number:  # colours are costly, and a run tells its figures many times a second
            return
        recoloured = not (number and self._number)
        self._say(number)
        if recoloured:
            self._paint()

    def _say(self, number: int) -> None:
        self._number = number
        self.figure.say(f"{number:,}")
        self.setAccessibleName(f"{number:,} {self._word}")

    @Slot()
    def _paint(self) -> None:
        icon, tone = self._look
        shown = tone if self._number else Tone.NEUTRAL
        self._icon.setPixmap(icons.pixmap(icon, 24, shown))
        theme.tint(self.figure, shown)
        theme.paint_ground(self, shown)


def plain(text: str, *, selectable: bool = False) -> QLabel:
    """A wrapped label that never takes text for HTML."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if selectable:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def narrow(label: QLabel) -> QLabel:
    """Let a label be narrower than its longest word, such as a key: it must not push what is beside it out of view."""
    label.setMinimumWidth(NARROWEST)
    return label


def small_button(text: str) -> QPushButton:
    """A push button that is not the main action."""
    button = QPushButton(text)
    button.setAutoDefault(True)
    return button


def seconds_box(name: str, longest: int, unlooked: str = "") -> QSpinBox:
    """For how long something is watched; `unlooked` are the words for 0, where it need not be."""
    box = QSpinBox()
    box.setRange(0 if unlooked else 1, longest)
    box.setValue(BUDGET)
    box.setSuffix(box.tr(" s"))
    box.setSpecialValueText(unlooked)
    box.setAccessibleName(name)
    return box


class Elided(QLabel):
    """A line of plain text that is cut in the middle where there is too little room; all of it is in its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        """Hardly anything, whatever the text."""
        return QSize(60, super().minimumSizeHint().height())

    def paintEvent(self, _: QPaintEvent) -> None:
        """Cut the text to the room there is."""
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room.width())
        QPainter(self).drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


MAIN_WIDTH, MAIN_LEAST, MAIN_PADDING = 560, 180, 21
"""Pixels of text that the main button shows at the most (the rest is in its tooltip), of the button at the least, and
beside its text."""


class MainButton(QPushButton):
    """The one button that goes on, filled with the accent of the palette."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("main")
        self.setDefault(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setStyleSheet(
            "#main { padding: 8px 20px; border-radius: 5px; border: 1px solid palette(mid); }"
            "#main:enabled { background: palette(highlight); color: palette(highlighted-text);"
            " border-color: palette(highlight); font-weight: 600; }"
            "#main:enabled:hover { border-color: palette(window-text); }"
            "#main:enabled:focus { border: 2px solid palette(window-text); padding: 7px 19px; }"
        )

    def say(self, text: str) -> None:
        """Change the text; one that is too long is cut in the middle."""
        self.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, MAIN_WIDTH))
        self.setAccessibleName(text)

    def minimumSizeHint(self) -> QSize:
        """A long text must not widen the window."""
        return QSize(min(MAIN_LEAST, super().sizeHint().width()), super().sizeHint().height())

    def paintEvent(self, _: QPaintEvent) -> None:
        """Cut the text once more where there is less room."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        font = self.font()
        font.setWeight(font.Weight.DemiBold)
        room = self.width() - 2 * MAIN_PADDING
        option.text = QFontMetrics(font).elidedText(option.text, Qt.TextElideMode.ElideMiddle, room)
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)


def at_most(width: int, content: QWidget) -> QWidget:
    """The content, no wider than this, and as high as that width makes it: alone it would be asked about any width."""
    content.setMaximumWidth(width)
    bounded = QWidget()
    bounded.setMaximumWidth(width)
    row = QHBoxLayout(bounded)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(content)
    return bounded
