"""Lines of text of any number: only those in sight are read, laid out and painted. Selecting, copying, finding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from mcconsole.features.responses.lines import Lines
from mcconsole.ui import shortcuts, theme
from mcconsole.ui.table import fixed_font
from mcconsole.ui.theme import Tone

MARGIN = 8
COPY_LIMIT = 16 * 1024 * 1024
"""Characters copied at most."""
COPY_LINES = 200_000
_PARTS = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*+"(?=\s*:)|</?[\w:.-]+|/?>)|(?P<text>"(?:[^"\\]|\\.)*+"?)|(?P<number>-?\b\d[\d.eE+-]*)'
    r"|(?P<word>\b(?:true|false|null)\b)"
)
_TONES = {"key": Tone.INFO, "text": Tone.SUCCESS, "number": Tone.WARNING, "word": Tone.ERROR}

Place = tuple[int, int]
"""Line and column, from 0."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: a line, where in it, and how long."""

    line: int
    column: int
    length: int


class LinesView(QAbstractScrollArea):
    """Shows lines; the keyboard moves, selects and copies as in any text."""

    copied_short = Signal()
    """More was selected than is copied."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = Lines(b"")
        self._coloured = False
        self._anchor: Place = (0, 0)
        self._caret: Place = (0, 0)
        self._widest = 0.0
        self._hit: Hit | None = None
        self._laid: dict[int, QTextLayout] = {}
        self.setFont(fixed_font())
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        self.viewport().setAutoFillBackground(True)
        self._copy = QAction(self.tr("Copy"), self)
        self._copy.setShortcut(shortcuts.COPY)
        self._copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._copy.triggered.connect(self.copy)
        self._all = QAction(self.tr("Select all"), self)
        self._all.setShortcut(QKeySequence.StandardKey.SelectAll)
        self._all.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._all.triggered.connect(self.select_all)
        self.addActions([self._copy, self._all])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        theme.changed.connect(self._forget)

    @property
    def lines(self) -> Lines:
        """What is shown."""
        return self._lines

    def show_lines(self, lines: Lines, *, coloured: bool = False, keep: bool = False) -> None:
        """Show other lines, with `keep` at the same place: they are the same ones and more."""
        self._lines, self._coloured = lines, coloured
        if not keep:
            self._anchor = self._caret = (0, 0)
            self._hit, self._widest = None, 0.0
            self.verticalScrollBar().setValue(0)
            self.horizontalScrollBar().setValue(0)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """There may be more lines than before."""
        visible = max(1, self.viewport().height() // self._height())
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._lines.count - visible))
        bar.setPageStep(visible)
        self._forget()

    def text(self) -> str:
        """All of it: for what is known to be small."""
        return "".join(self._lines.read(0, self._lines.count))

    def show_hit(self, hit: Hit | None) -> None:
        """Mark something that was found and bring it in sight."""
        self._hit = hit
        if hit is not None:
            self._anchor = self._caret = (hit.line, hit.column)
            self._reveal(hit.line, hit.column + hit.length)
        self._forget()

    @property
    def caret(self) -> Place:
        """Where the keyboard is."""
        return self._caret

    def selected_text(self) -> str:
        """What is selected, bounded."""
        (first, start), (last, end) = sorted((self._anchor, self._caret))
        lines = self._lines.read(first, min(last - first + 1, COPY_LINES))
        if lines and last - first < COPY_LINES:
            lines[-1] = lines[-1][:end]
        if lines:
            lines[0] = lines[0][start:]
        text = "".join(lines)
        if last - first >= COPY_LINES or len(text) > COPY_LIMIT:
            self.copied_short.emit()
        return text[:COPY_LIMIT]

    @Slot()
    def copy(self) -> None:
        """Copy the selection."""
        if self._anchor != self._caret:
            QGuiApplication.clipboard().setText(self.selected_text())

    @Slot()
    def select_all(self) -> None:
        """Select everything there is."""
        self._anchor = (0, 0)
        self._caret = self._end()
        self._forget()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the lines in sight."""
        painter = QPainter(self.viewport())
        height, top = self._height(), self.verticalScrollBar().value()
        shift = MARGIN - self.horizontalScrollBar().value()
        number = self.viewport().height() // height + 2
        looks = {name: _look(theme.ink(tone)) for name, tone in _TONES.items()}
        for offset, received in enumerate(self._lines.read(top, number)):
            line = top + offset
            layout = self._layout(line, received)
            painter.setPen(self.palette().color(QPalette.ColorRole.Text))
            layout.draw(painter, QPointF(shift, 4 + offset * height), self._formats(line, received, looks))
            if line == self._caret[0] and self.hasFocus():
                layout.drawCursor(painter, QPointF(shift, 4 + offset * height), self._caret[1])
        painter.end()
        room = self.viewport().width() - 2 * MARGIN
        self.horizontalScrollBar().setRange(0, max(0, int(self._widest) - room))
        self.horizontalScrollBar().setPageStep(room)
        self.horizontalScrollBar().setSingleStep(self.fontMetrics().averageCharWidth() * 4)

    def scrollContentsBy(self, _dx: int, dy: int) -> None:
        """Paint again; layouts are kept for as long as lines are in sight."""
        if dy:
            self._laid.clear()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another number of lines is in sight."""
        super().resizeEvent(event)
        self.refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a selection, or with Shift extend it."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._caret = self._at(event.position())
            if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._anchor = self._caret
            self._hit = None
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Extend the selection, scrolling at the edges."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            y = event.position().y()
            if y < 0 or y > self.viewport().height():
                bar = self.verticalScrollBar()
                bar.setValue(bar.value() + (1 if y > 0 else -1))
            self._caret = self._at(event.position())
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select the word."""
        line, column = self._at(event.position())
        for match in re.finditer(r"[\w.@+-]+", self._line(line)):
            if match.start() <= column <= match.end():
                self._anchor, self._caret = (line, match.start()), (line, match.end())
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move as in any text; everything else is Qt's."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
            return
        place = self._moved(event)
        if place is None:
            super().keyPressEvent(event)
            return
        self._caret = place
        if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._anchor = place
        self._reveal(*place)
        self.setAccessibleDescription(self._line(place[0])[:500])
        self.viewport().update()

    def _moved(self, event: QKeyEvent) -> Place | None:
        line, column = self._caret
        last = max(0, self._lines.count - 1)
        page = self.verticalScrollBar().pageStep()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        steps = {
            Qt.Key.Key_Up: (line - 1, column),
            Qt.Key.Key_Down: (line + 1, column),
            Qt.Key.Key_PageUp: (line - page, column),
            Qt.Key.Key_PageDown: (line + page, column),
            Qt.Key.Key_Left: (line, column - 1) if column else (line - 1, 10**6),
            Qt.Key.Key_Right: (line, column + 1) if column < len(self._line(line)) else (line + 1, 0),
            Qt.Key.Key_Home: (0, 0) if control else (line, 0),
            Qt.Key.Key_End: self._end() if control else (line, 10**6),
        }
        wanted = steps.get(Qt.Key(event.key()))
        if wanted is None:
            return None
        if wanted[0] < 0:
            return 0, 0
        line = min(wanted[0], last)
        return line, max(0, min(wanted[1], len(self._line(line))))

    def _reveal(self, line: int, column: int) -> None:
        bar = self.verticalScrollBar()
        if line < bar.value():
            bar.setValue(line)
        elif line >= bar.value() + bar.pageStep():
            bar.setValue(line - bar.pageStep() + (bar.pageStep() // 2 if self._hit is not None else 1))
        received = self._line(line)
        x = _left(self._layout(line, received), min(column, len(received)))
        across, room = self.horizontalScrollBar(), self.viewport().width() - 3 * MARGIN
        if across.maximum() < x - room:
            across.setRange(0, int(x - room) + 4 * MARGIN)
        if x < across.value() or x > across.value() + room:
            across.setValue(max(0, int(x - room * 0.75)))

    def _at(self, point: QPointF) -> Place:
        line = self.verticalScrollBar().value() + int((point.y() - 4) // self._height())
        line = max(0, min(line, self._lines.count - 1))
        layout = self._layout(line, self._line(line))
        return line, layout.lineAt(0).xToCursor(point.x() - MARGIN + self.horizontalScrollBar().value())

    def _line(self, line: int) -> str:
        received = self._lines.read(line, 1)
        return _shown(received[0]) if received else ""

    def _end(self) -> Place:
        last = max(0, self._lines.count - 1)
        return last, len(self._line(last))

    def _layout(self, line: int, received: str) -> QTextLayout:
        layout = self._laid.get(line)
        if layout is None:
            layout = QTextLayout(_shown(received), self.font())
            option = QTextOption()
            option.setWrapMode(QTextOption.WrapMode.NoWrap)
            layout.setTextOption(option)
            layout.setCacheEnabled(True)
            layout.beginLayout()
            shown = layout.createLine()
            shown.setLineWidth(1e7)
            layout.endLayout()
            self._laid[line] = layout
            self._widest = max(self._widest, shown.naturalTextWidth() + MARGIN)
        return layout

    def _formats(self, line: int, received: str, looks: Mapping[str, QTextCharFormat]) -> list[QTextLayout.FormatRange]:
        ranges = []
        if self._coloured:
            for part in _PARTS.finditer(received):
                ranges += [_range(part.start(), part.end(), looks[part.lastgroup or "key"])]
        if self._hit is not None and self._hit.line == line:
            start = self._hit.column
            ranges.append(_marked(start, start + self._hit.length, self.palette()))
        (first, start), (last, end) = sorted((self._anchor, self._caret))
        if first <= line <= last and (first, start) != (last, end):
            begin = start if line == first else 0
            ranges.append(_marked(begin, end if line == last else len(received), self.palette()))
        return ranges

    def _height(self) -> int:
        return self.fontMetrics().height() + 2

    @Slot()
    def _forget(self) -> None:
        self._laid.clear()
        self.viewport().update()


def _left(layout: QTextLayout, column: int) -> float:
    """Pixels from the left edge to a column."""
    found: Any = layout.lineAt(0).cursorToX(column)  # the stub says object; it is a number, or one and the column
    return float(found[0] if isinstance(found, tuple) else found)


def _shown(received: str) -> str:
    """A line without its end; what a layout would stumble over is shown as a mark."""
    return received.rstrip("\r\n").replace("\x00", "␀").replace("\u2028", "␊").replace("\u2029", "␊")


def _range(start: int, end: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, max(0, end - start), look
    return made


def _look(ink: QColor) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(ink)
    return look


def _marked(start: int, end: int, palette: QPalette) -> QTextLayout.FormatRange:
    look = _look(palette.color(QPalette.ColorRole.HighlightedText))
    look.setBackground(palette.color(QPalette.ColorRole.Highlight))
    return _range(start, end, look)
