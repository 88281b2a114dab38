"""One body: pretty or raw, what was not kept, copy."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Body
from mcconsole.core.jobs import JobContext
from mcconsole.features.responses import bodies
from mcconsole.features.responses.bodies import Shown
from mcconsole.features.responses.models import size_text
from mcconsole.ui import icons, theme
from mcconsole.ui.table import fixed_font
from mcconsole.ui.tasks import TaskRunner
from mcconsole.ui.theme import Tone

AT_ONCE = 16 * 1024
"""Bytes that are laid out at once; more is a job."""
RAW = 1
"""Index of the raw layout."""
PIECE = 50_000
"""Characters of the rest that are added at a time, so that the window goes on."""
SHOWN_FIRST = 200_000
"""Characters put into the text widget before "Show all": it takes a millisecond for some ten thousand."""


class BodyView(QWidget):
    """Shows a body; large ones are laid out in the background, and the latest asked for wins."""

    def __init__(self, runner: TaskRunner, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._key = f"responses.layout.{name}"
        self._body = Body()
        self._shown = Shown("", "", "")
        self._wanted: Body | None = None
        self.layouts = QTabBar()
        self.layouts.setDrawBase(False)
        self.layouts.setExpanding(False)
        self.layouts.setAccessibleName(self.tr("How the body is laid out"))
        for text in (self.tr("Pretty"), self.tr("Raw")):
            self.layouts.addTab(text)
        self.layouts.currentChanged.connect(self._toggled)
        self._note = QLabel()
        theme.tint(self._note, Tone.NEUTRAL)
        self._note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._all = QPushButton(self.tr("Show all"))
        self._all.clicked.connect(self._show_all)
        copy = QToolButton()
        copy.setAutoRaise(True)
        copy.setToolTip(self.tr("Copy what is shown"))
        copy.setAccessibleName(self.tr("Copy what is shown"))
        icons.follow(copy, "copy")
        copy.clicked.connect(self._copy)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(fixed_font())
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(name)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        row = QHBoxLayout()
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(6)
        row.addWidget(self.layouts)
        row.addSpacing(8)
        row.addWidget(self._note, 1)
        row.addWidget(self._all)
        row.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.text, 1)
        self._rest = ""
        self._more = QTimer(self)
        self._more.setInterval(0)
        self._more.timeout.connect(self._add_piece)
        self._put("")

    def show_body(self, body: Body) -> None:
        """Show another body."""
        if body is self._body:
            return
        self._body = body
        if len(body.data) <= AT_ONCE:
            self._wanted = None
            self._display(bodies.show(body))
            return
        self._wanted = body
        self.text.setPlainText(self.tr("Laying out {}…").format(size_text(len(body.data))))
        self._lay_out()

    def _lay_out(self) -> None:
        body = self._wanted
        if body is not None:
            self._runner.start(
                partial(_lay_out, body=body),
                key=self._key,
                label=self.tr("Laying out a body"),
                on_result=self._laid_out,
                on_error=self._failed,
            )

    def _laid_out(self, result: tuple[Body, Shown]) -> None:
        body, shown = result
        if body is self._wanted:
            self._wanted = None
            self._display(shown)
        else:
            self._lay_out()

    def _failed(self, error: ConsoleError) -> None:
        self._wanted = None
        self.text.setPlainText(str(error))

    def _display(self, shown: Shown) -> None:
        self._shown = shown
        self._toggled()

    @Slot()
    def _toggled(self) -> None:
        self._put(self._text())

    def _put(self, text: str) -> None:
        self._more.stop()
        more = len(text) > SHOWN_FIRST
        self.text.setPlainText(text[:SHOWN_FIRST])
        self._all.setVisible(more)
        parts = [f"{self._shown.kind} · {size_text(self._body.size)}" if self._shown.kind else self.tr("No body")]
        if more:
            parts.append(self.tr("the first {:,} characters are shown").format(SHOWN_FIRST))
        if self._shown.broken:
            parts.append(self.tr("long lines are broken"))
        if kept := bodies.note(self._body):
            parts.append(kept)
        self._note.setText(" · ".join(parts))

    @Slot()
    def _show_all(self) -> None:
        self._all.hide()
        self._rest = self._text()[SHOWN_FIRST:]
        self._more.start()

    @Slot()
    def _add_piece(self) -> None:
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(self._rest[:PIECE])
        self._rest = self._rest[PIECE:]
        if not self._rest:
            self._more.stop()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text())

    def _text(self) -> str:
        return self._shown.raw if self.layouts.currentIndex() == RAW else self._shown.pretty


def _lay_out(ctx: JobContext, *, body: Body) -> tuple[Body, Shown]:
    ctx.check()
    return body, bodies.show(body)
