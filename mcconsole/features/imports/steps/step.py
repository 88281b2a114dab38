"""What every step is, and the bar that shows them all."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from mcconsole.features.imports.draft import Draft
from mcconsole.ui import icons, theme
from mcconsole.ui.confirm import Asking
from mcconsole.ui.theme import Tone


@dataclass(frozen=True, slots=True)
class Action:
    """The main action of a step. `why_not` says what is in the way when it is not possible."""

    text: str
    possible: bool = True
    why_not: str = ""


class Step(Asking):
    """One step: a page, a main action, and a few words on what was chosen."""

    advanced = Signal()
    """This step is done: show the next one."""
    looked = Signal()
    """The action or the summary may have changed."""

    def __init__(self, draft: Draft, title: str) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.title = title
        draft.changed.connect(self.look)

    def look(self) -> None:
        """Show what the draft says now. Called at every change of it."""

    def enter(self) -> None:
        """The step comes to the front."""

    def action(self) -> Action:
        """The main action."""
        raise NotImplementedError

    def act(self) -> None:
        """Do the main action."""
        self.advanced.emit()

    def open(self) -> bool:
        """Whether the step can be shown: what it rests on is there."""
        return True

    def done(self) -> bool:
        """Whether the next step can follow."""
        return False

    def summary(self) -> str:
        """What was chosen here, in a few words."""
        return ""

    def refresh(self) -> None:
        """F5."""


class StepBar(QWidget):
    """The steps from the left: which is in front, which are done, and what was chosen in them."""

    chosen = Signal(int)

    def __init__(self, titles: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons = [_StepButton(number, title, len(titles), self) for number, title in enumerate(titles)]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for button in self.buttons:
            row.addWidget(button, 1)
            button.picked.connect(self.chosen)
        theme.changed.connect(self.update)

    def show_states(self, current: int, states: list[tuple[bool, bool, str]]) -> None:
        """`states` are (can be shown, is done, summary) of each step."""
        for number, (button, (reachable, done, summary)) in enumerate(zip(self.buttons, states, strict=True)):
            button.show_state(current=number == current, reachable=reachable, done=done, summary=summary)


class _StepButton(QAbstractButton):
    picked = Signal(int)

    def __init__(self, number: int, title: str, count: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._number, self._count = number, count
        self._done = False
        self._summary = ""
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._pick)

    def show_state(self, *, current: bool, reachable: bool, done: bool, summary: str) -> None:
        self._done, self._summary = done, summary
        self.setChecked(current)
        self.setEnabled(reachable or current)
        words = self.tr("Step {} of {}: {}").format(self._number + 1, self._count, self.text())
        parts = (words, summary, self.tr("done") if done else "", self.tr("current step") if current else "")
        self.setAccessibleName(", ".join(part for part in parts if part))
        self.setToolTip(summary)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(140, 2 * self.fontMetrics().height() + 18)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _pick(self) -> None:
        self.picked.emit(self._number)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Accent)
        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        text = palette.color(QPalette.ColorRole.WindowText)
        current = self.isChecked()
        size = self.fontMetrics().height() + 8
        circle = QRectF(10, (self.height() - size) / 2, size, size)
        if self._done and not current:
            icons.icon("success", Tone.SUCCESS).paint(painter, circle.toRect())
        else:
            painter.setBrush(accent if current else Qt.GlobalColor.transparent)
            painter.setPen(QPen(accent if current else quiet, 1.4))
            painter.drawEllipse(circle)
            painter.setPen(palette.color(QPalette.ColorRole.HighlightedText) if current else quiet)
            painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(self._number + 1))
        self._paint_words(painter, circle.right() + 9, text if self.isEnabled() else quiet, quiet)
        if current:
            painter.fillRect(QRectF(8, self.height() - 3, self.width() - 16, 3), accent)
        if self.hasFocus():
            painter.setPen(QPen(accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -5), 5, 5)

    def _paint_words(self, painter: QPainter, left: float, text: QColor, quiet: QColor) -> None:
        room = QRectF(left, 6, self.width() - left - 8, self.height() - 12)
        font = self.font()
        font.setWeight(font.Weight.DemiBold if self.isChecked() else font.Weight.Normal)
        painter.setFont(font)
        painter.setPen(text)
        where = Qt.AlignmentFlag.AlignVCenter if not self._summary else Qt.AlignmentFlag.AlignTop
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | where, self.text())
        if self._summary:
            font = self.font()
            font.setPointSizeF(font.pointSizeF() * 0.9)
            painter.setFont(font)
            painter.setPen(quiet)
            shown = painter.fontMetrics().elidedText(
                self._summary, Qt.TextElideMode.ElideMiddle, max(0, int(room.width()))
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, shown)
