"""The page before there is a file: where to drop one, and those that were opened lately."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from mcconsole.features.imports.draft import short
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import heading
from mcconsole.ui.relay import Relay
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import plain


class Welcome(QWidget):
    """Where a file is dropped or chosen."""

    choose = Signal()
    earlier = Signal()
    """Show the imports so far."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = _Zone()
        self.button = QPushButton(self.tr("Open a file…"))
        self.button.setDefault(True)
        icons.follow(self.button, "folder")
        self.button.clicked.connect(self.choose)
        self.past = QPushButton(self.tr("Earlier imports"))
        icons.follow(self.past, "clock")
        self.past.clicked.connect(self.earlier)
        title = heading(self.tr("Drop a CSV file here, or anywhere on the window"), 1.25)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text = plain(
            self.tr(
                "Any delimiter and encoding. You see how it is read before anything is sent, and every cell stays "
                "exactly as it is written."
            )
        )
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setMinimumHeight(text.heightForWidth(_Zone.WIDTH - 90))
        theme.tint(text, Tone.NEUTRAL)
        inner = QVBoxLayout(self._zone)
        inner.setContentsMargins(40, 84, 40, 36)
        inner.setSpacing(10)
        inner.addWidget(title)
        inner.addWidget(text)
        inner.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        buttons.addWidget(self.button)
        buttons.addWidget(self.past)
        buttons.addStretch(1)
        inner.addLayout(buttons)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(self._zone, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(18)
        column.addLayout(self._recent)
        column.addStretch(2)

    def show_recent(self, recent: list[Path], open_file: Callable[[Path], None]) -> None:
        """List the files that were opened lately."""
        while (item := self._recent.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if not recent:
            return
        holder = QWidget()
        holder.setFixedWidth(_Zone.WIDTH)
        lines = QVBoxLayout(holder)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(2)
        lines.addWidget(heading(self.tr("Recent files"), 1.0))
        for path in recent:
            line = QPushButton()
            words = f"{path.name}   —   {short(path.parent)}"
            room = _Zone.WIDTH - 50
            line.setText(line.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room).replace("&", "&&"))
            line.setAccessibleName(words)
            line.setFlat(True)
            line.setStyleSheet("text-align: left; padding: 4px 6px;")
            line.setToolTip(str(path))
            line.setCursor(Qt.CursorShape.PointingHandCursor)
            icons.follow(line, "file")
            line.clicked.connect(Relay(partial(open_file, path), line).do)
            lines.addWidget(line)
        self._recent.addWidget(holder, 0, Qt.AlignmentFlag.AlignHCenter)


class _Zone(QWidget):
    WIDTH = 620

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(self.WIDTH)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1.6, Qt.PenStyle.DashLine))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
        painter.drawPixmap((self.width() - 48) // 2, 30, icons.pixmap("upload", 48, Tone.INFO))

    def sizeHint(self) -> QSize:
        inside = self.layout()
        return QSize(self.WIDTH, inside.totalHeightForWidth(self.WIDTH) if inside is not None else 240)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
