"""Banners instead of boxes: a message above the tabs that stays until it is closed or replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mcconsole.ui import icons, theme
from mcconsole.ui.relay import Relay
from mcconsole.ui.theme import Tone

SHOWN_LIMIT = 4
"""Banners shown at a time; a further one takes the place of the oldest."""

Action = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Banner:
    """One message. A later banner with the same `key` takes its place."""

    level: Tone
    text: str
    said: str = ""
    """Marketing Cloud's own words."""
    advice: str = ""
    details: str = ""
    """Long text behind a button, such as a traceback."""
    actions: tuple[Action, ...] = ()
    key: str = ""


class Messages(QObject):
    """Where anybody posts a message; the window shows them, a test records them."""

    posted = Signal(object)
    withdrawn = Signal(str)

    def post(self, banner: Banner) -> None:
        """Show a banner."""
        self.posted.emit(banner)

    def withdraw(self, key: str) -> None:
        """Take away the banner with this key, if it is shown."""
        self.withdrawn.emit(key)

    def info(self, text: str, *, key: str = "", advice: str = "", actions: tuple[Action, ...] = ()) -> None:
        """Tell something."""
        self.post(Banner(Tone.INFO, text, advice=advice, actions=actions, key=key))

    def success(self, text: str, *, key: str = "", advice: str = "", actions: tuple[Action, ...] = ()) -> None:
        """Tell that something was done."""
        self.post(Banner(Tone.SUCCESS, text, advice=advice, actions=actions, key=key))

    def warning(self, text: str, *, key: str = "", advice: str = "", actions: tuple[Action, ...] = ()) -> None:
        """Tell something that deserves care."""
        self.post(Banner(Tone.WARNING, text, advice=advice, actions=actions, key=key))

    def error(
        self,
        text: str,
        *,
        said: str = "",
        advice: str = "",
        details: str = "",
        actions: tuple[Action, ...] = (),
        key: str = "",
    ) -> None:
        """Tell that something did not work."""
        self.post(Banner(Tone.ERROR, text, said, advice, details, actions, key))


class BannerArea(QWidget):
    """Shows banners below each other; takes no room when there is none."""

    def __init__(self, messages: Messages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 8, 12, 0)
        self._layout.setSpacing(6)
        self._shown: list[BannerWidget] = []
        self.hide()
        messages.posted.connect(self.add)
        messages.withdrawn.connect(self.remove)

    @Slot(object)
    def add(self, banner: Banner) -> None:
        """Show a banner in the place of the one with its key, or below the others."""
        place = len(self._shown)
        for index, shown in enumerate(self._shown):
            if (banner.key and shown.banner.key == banner.key) or shown.banner == banner:
                place = index
                self._drop(shown)
                break
        while len(self._shown) >= SHOWN_LIMIT:
            self._drop(self._shown[0])
            place = max(0, place - 1)
        widget = BannerWidget(banner, self)
        widget.dismissed.connect(self._dismiss)
        self._shown.insert(place, widget)
        self._layout.insertWidget(place, widget)
        self.show()

    @Slot(str)
    def remove(self, key: str) -> None:
        """Take away the banner with this key."""
        for shown in [one for one in self._shown if key and one.banner.key == key]:
            self._drop(shown)

    def banners(self) -> list[Banner]:
        """What is shown, from the top."""
        return [shown.banner for shown in self._shown]

    @Slot(object)
    def _dismiss(self, widget: BannerWidget) -> None:
        if widget in self._shown:
            self._drop(widget)

    def _drop(self, widget: BannerWidget) -> None:
        self._shown.remove(widget)
        self._layout.removeWidget(widget)
        widget.hide()
        widget.deleteLater()
        self.setVisible(bool(self._shown))


class BannerWidget(QFrame):
    """One banner: icon, text, Marketing Cloud's words, advice, actions, close."""

    dismissed = Signal(object)

    def __init__(self, banner: Banner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = banner
        self.setAccessibleName(" ".join(part for part in (banner.text, banner.said, banner.advice) if part))
        self._icon = QLabel()
        self._icon.setAccessibleName(banner.level.value)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(_line(banner.text, strong=True))
        if banner.said:
            words.addWidget(_line(self.tr("Marketing Cloud says: “{}”").format(banner.said)))
        if banner.advice:
            words.addWidget(_line(banner.advice))
        row = QHBoxLayout()
        row.setContentsMargins(12, 9, 8, 9)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        for text, act in banner.actions:
            button = QPushButton(text)
            button.clicked.connect(self._close)
            button.clicked.connect(Relay(act, self).do)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._details = QPlainTextEdit(banner.details)
        self._details.setReadOnly(True)
        self._details.setMaximumHeight(180)
        self._details.setAccessibleName(self.tr("Details"))
        self._details.hide()
        if banner.details:
            more = QPushButton(self.tr("Details"))
            more.setCheckable(True)
            more.toggled.connect(self._details.setVisible)
            row.addWidget(more, 0, Qt.AlignmentFlag.AlignTop)
            copy = QPushButton(self.tr("Copy details"))
            copy.clicked.connect(self._copy)
            row.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        close = QToolButton()
        close.setAutoRaise(True)
        close.setAccessibleName(self.tr("Close this message"))
        close.setToolTip(self.tr("Close this message"))
        icons.follow(close, "close")
        close.clicked.connect(self._close)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(row)
        whole.addWidget(self._details)
        theme.changed.connect(self._paint)
        self._paint()

    @Slot()
    def _paint(self) -> None:
        theme.paint_ground(self, self.banner.level)
        self._icon.setPixmap(icons.pixmap(self.banner.level.value, 20, self.banner.level))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.banner.details)

    @Slot()
    def _close(self) -> None:
        self.dismissed.emit(self)


def _line(text: str, *, strong: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if strong:
        font = label.font()
        font.setWeight(font.Weight.DemiBold)
        label.setFont(font)
    return label
