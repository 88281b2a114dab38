"""Icons: our own SVGs, drawn in the colour of the text around them."""

from __future__ import annotations

import functools
import weakref
from typing import Protocol

import shiboken6
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPalette, QPixmap

from mcconsole.core import paths
from mcconsole.ui import theme
from mcconsole.ui.theme import Tone

SIZES = (16, 20, 24, 32, 48)


class HasIcon(Protocol):
    """An action or a button."""

    def setIcon(self, icon: QIcon, /) -> None:
        """Qt's own."""


_followers: weakref.WeakKeyDictionary[HasIcon, tuple[str, Tone | None]] = weakref.WeakKeyDictionary()


def icon(name: str, tone: Tone | None = None) -> QIcon:
    """The icon in the present palette (or in a tone's colour). Cheap when asked for again."""
    palette = QGuiApplication.palette()
    selected = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText)
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
    return _drawn(name, _colour(tone), selected.name(), disabled.name(), _ratio())


def follow(target: HasIcon, name: str, tone: Tone | None = None) -> None:
    """Set the icon of an action or button now, and again whenever the theme changes."""
    _followers[target] = (name, tone)
    target.setIcon(icon(name, tone))


def pixmap(name: str, size: int, tone: Tone | None = None) -> QPixmap:
    """The icon as a picture of `size` logical pixels, for a label."""
    return _pictured(name, _colour(tone), size, _ratio())


def application_icon() -> QIcon:
    """The program's own icon."""
    shown = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        shown.addPixmap(_render((paths.resources() / "mcconsole.svg").read_bytes(), size, 1.0))
    return shown


def _colour(tone: Tone | None) -> str:
    if tone is not None:
        return theme.ink(tone).name()
    return QGuiApplication.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.ButtonText).name()


def _ratio() -> float:
    """Physical pixels in a logical one, on the sharpest screen."""
    return max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)


@functools.lru_cache(maxsize=512)
def _drawn(name: str, normal: str, selected: str, disabled: str, ratio: float) -> QIcon:
    shown = QIcon()
    for mode, colour in (
        (QIcon.Mode.Normal, normal),
        (QIcon.Mode.Selected, selected),
        (QIcon.Mode.Disabled, disabled),
    ):
        drawing = _coloured(name, colour)
        for size in SIZES:
            shown.addPixmap(_render(drawing, size, ratio), mode)
    return shown


@functools.lru_cache(maxsize=512)
def _pictured(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """One picture takes a fifteenth of the time of an icon."""
    return _render(_coloured(name, colour), size, ratio)


def _coloured(name: str, colour: str) -> bytes:
    return _source(name).replace(b'stroke="#000"', f'stroke="{colour}"'.encode())


@functools.cache
def _source(name: str) -> bytes:
    return (paths.resources() / "icons" / f"{name}.svg").read_bytes()


def _render(drawing: bytes, size: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def _redraw() -> None:
    for target, (name, tone) in tuple(_followers.items()):
        if shiboken6.isValid(target):
            target.setIcon(icon(name, tone))


theme.changed.connect(_redraw)
