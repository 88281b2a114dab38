"""Light, dark or the system's: the palette, and the few colours that mean something."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from enum import StrEnum

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from mcconsole.core.tenant import Environment


class Scheme(StrEnum):
    """The choice in the settings."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Tone(StrEnum):
    """What a colour says. Never alone: an icon and a word always say it too."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Look:
    """How an environment is shown: a colour, an icon and a word."""

    tone: Tone
    icon: str
    word: str


ENVIRONMENTS = {
    Environment.PRODUCTION: Look(Tone.ERROR, "production", "PRODUCTION"),
    Environment.TEST: Look(Tone.SUCCESS, "test", "TEST"),
    Environment.DEVELOPMENT: Look(Tone.INFO, "development", "DEVELOPMENT"),
}

_INK = {
    Tone.INFO: ("#1257c4", "#8ab8ff"),
    Tone.SUCCESS: ("#14703c", "#6fd49a"),
    Tone.WARNING: ("#8a5200", "#f2bd5c"),
    Tone.ERROR: ("#b3202a", "#ff8f8a"),
    Tone.NEUTRAL: ("#5b6472", "#a2abb9"),
}
"""Text and icons, on light and on dark ground; each at least 4.5 to 1 on the wash below and on the window."""

_WASH = {
    Tone.INFO: ("#e6effd", "#1c2c46"),
    Tone.SUCCESS: ("#e2f4e9", "#183423"),
    Tone.WARNING: ("#fdf1da", "#3b2e14"),
    Tone.ERROR: ("#fde7e7", "#45201f"),
    Tone.NEUTRAL: ("#eceef2", "#2d323b"),
}

_ROLES = {
    QPalette.ColorRole.Window: ("#f5f6f8", "#1c1f25"),
    QPalette.ColorRole.WindowText: ("#1b1f26", "#e6e9ee"),
    QPalette.ColorRole.Base: ("#ffffff", "#272b33"),
    QPalette.ColorRole.AlternateBase: ("#f8f9fb", "#2b303a"),
    QPalette.ColorRole.Text: ("#1b1f26", "#e6e9ee"),
    QPalette.ColorRole.Button: ("#fbfbfc", "#343944"),
    QPalette.ColorRole.ButtonText: ("#1b1f26", "#e6e9ee"),
    QPalette.ColorRole.BrightText: ("#ffffff", "#ffffff"),
    QPalette.ColorRole.Highlight: ("#2563d9", "#3b78e7"),
    QPalette.ColorRole.HighlightedText: ("#ffffff", "#ffffff"),
    QPalette.ColorRole.Accent: ("#2563d9", "#5b93f5"),
    QPalette.ColorRole.Link: ("#1d5fd1", "#86b4ff"),
    QPalette.ColorRole.LinkVisited: ("#6a3fb5", "#bda1f0"),
    QPalette.ColorRole.ToolTipBase: ("#232833", "#343a45"),
    QPalette.ColorRole.ToolTipText: ("#f4f6f9", "#f0f2f6"),
    QPalette.ColorRole.PlaceholderText: ("#6b7482", "#8f98a7"),
    QPalette.ColorRole.Light: ("#ffffff", "#464d5a"),
    QPalette.ColorRole.Midlight: ("#e9ebef", "#3d434f"),
    QPalette.ColorRole.Mid: ("#c3c8d1", "#4f5765"),
    QPalette.ColorRole.Dark: ("#9aa2af", "#101216"),
    QPalette.ColorRole.Shadow: ("#4a515e", "#000000"),
}
_DISABLED = ("#a0a7b3", "#666e7b")
_MARK = "#687180"


_tinted: weakref.WeakKeyDictionary[QWidget, Tone] = weakref.WeakKeyDictionary()


class _Notifier(QObject):
    changed = Signal()


_notifier = _Notifier()
changed = _notifier.changed
"""The palette changed: colours taken from here should be taken again."""


def apply(scheme: Scheme) -> None:
    """Show the window light, dark, or as the system is.

    Where the platform cannot switch by itself (a bare X server has no say in it), the palette is ours.
    """
    hints = QGuiApplication.styleHints()
    wanted = {Scheme.LIGHT: Qt.ColorScheme.Light, Scheme.DARK: Qt.ColorScheme.Dark}.get(scheme, Qt.ColorScheme.Unknown)
    hints.setColorScheme(wanted)
    QApplication.setPalette(QPalette())
    platform_has_none = hints.colorScheme() is Qt.ColorScheme.Unknown
    if platform_has_none or (wanted is not Qt.ColorScheme.Unknown and hints.colorScheme() is not wanted):
        palette = _palette(dark=scheme is Scheme.DARK)
        QApplication.setPalette(palette)
        _light_up_marks(palette, dark=scheme is Scheme.DARK)
    for widget, tone in tuple(_tinted.items()):
        if shiboken6.isValid(widget):
            tint(widget, tone)
    changed.emit()


def _palette(*, dark: bool) -> QPalette:
    palette = QPalette()
    for role, shades in _ROLES.items():
        palette.setColor(role, QColor(shades[dark]))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.HighlightedText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(_DISABLED[dark]))
    palette.setColor(
        QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(_ROLES[QPalette.ColorRole.Mid][dark])
    )
    return palette


def _light_up_marks(palette: QPalette, *, dark: bool) -> None:
    """Give empty radio buttons and check boxes a ground that is seen: Qt draws their edge darker than the window.

    In the light too, as what was set for the dark stays otherwise.
    """
    marks = QPalette(palette)
    if dark:
        marks.setColor(QPalette.ColorRole.Base, QColor(_MARK))
    for name in ("QRadioButton", "QCheckBox"):
        QApplication.setPalette(marks, name)  # type: ignore[arg-type]  # the stub says bytes, which it refuses


def is_dark() -> bool:
    """Whether the ground is darker than the text."""
    palette = QGuiApplication.palette()
    return palette.window().color().lightness() < palette.windowText().color().lightness()


def ink(tone: Tone) -> QColor:
    """The colour of text and icons of this tone."""
    return QColor(_INK[tone][is_dark()])


def wash(tone: Tone) -> QColor:
    """The ground behind them."""
    return QColor(_WASH[tone][is_dark()])


@dataclass(frozen=True, slots=True)
class _Ground:
    tone: Tone
    radius: int


class _GroundPainter(QObject):
    """Paints below what a widget paints itself. A style sheet would cut its children off from palette changes."""

    def eventFilter(self, widget: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(widget, QWidget) and (ground := _grounds.get(widget)):
            edge = ink(ground.tone)
            edge.setAlpha(70)
            painter = QPainter(widget)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(edge)
            painter.setBrush(wash(ground.tone))
            painter.drawRoundedRect(QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), ground.radius, ground.radius)
            painter.end()
        return False


_grounds: weakref.WeakKeyDictionary[QWidget, _Ground] = weakref.WeakKeyDictionary()
_ground_painter = _GroundPainter()


def paint_ground(widget: QWidget, tone: Tone, *, radius: int = 6) -> None:
    """Give a widget the ground of a tone, now and after the theme changes; its icon and words are the caller's."""
    if widget not in _grounds:
        widget.installEventFilter(_ground_painter)
    _grounds[widget] = _Ground(tone, radius)
    widget.update()


def word(environment: Environment) -> str:
    """The environment's word, translated."""
    return QCoreApplication.translate("Environment", ENVIRONMENTS[environment].word)


def tint(widget: QWidget, tone: Tone) -> None:
    """Colour a widget's text, now and after the theme changes."""
    _tinted[widget] = tone
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.WindowText, ink(tone))
    widget.setPalette(palette)
