"""Where a file is dropped or chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mcconsole.ui import icons, theme
from mcconsole.ui.pages import heading
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import plain


class DropZone(QWidget):
    """A dashed frame with an icon, words and a button."""

    choose = Signal()
    """The user wants a dialog."""

    def __init__(self, title: str, text: str, button: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = QLabel()
        self.button = QPushButton(button)
        icons.follow(self.button, "folder")
        self.button.clicked.connect(self.choose)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(heading(title, 1.15))
        words.addWidget(plain(text))
        row = QHBoxLayout(self)
        row.setContentsMargins(22, 18, 22, 18)
        row.setSpacing(18)
        row.addWidget(self._icon)
        row.addLayout(words, 1)
        row.addWidget(self.button)
        theme.changed.connect(self._repaint)
        self._repaint()

    def _repaint(self) -> None:
        self._icon.setPixmap(icons.pixmap("upload", 40, Tone.INFO))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1.6, Qt.PenStyle.DashLine))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)


def dropped_file(event: QDragEnterEvent | QDropEvent) -> Path | None:
    """The first local file of a drop."""
    urls = event.mimeData().urls()
    return next((Path(url.toLocalFile()) for url in urls if url.isLocalFile()), None)
