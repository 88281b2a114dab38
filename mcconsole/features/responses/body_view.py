"""One body: as a tree, in lines, or as it came; what was not kept; copy. Large ones are passed over in a job."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QTabBar, QToolButton, QVBoxLayout, QWidget

from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Body
from mcconsole.core.jobs import Progress
from mcconsole.features.responses import bodies
from mcconsole.features.responses.bodies import OpenBody
from mcconsole.features.responses.lines import Lines
from mcconsole.features.responses.lines_view import COPY_LIMIT, LinesView
from mcconsole.features.responses.models import size_text
from mcconsole.features.responses.tree_view import TreeView
from mcconsole.ui import icons, theme
from mcconsole.ui.tasks import TaskRunner
from mcconsole.ui.theme import Tone

TREE, PRETTY, RAW = range(3)


class BodyView(QWidget):
    """Shows a body: its beginning at once, the rest as it is passed over. The latest one asked for wins."""

    def __init__(self, runner: TaskRunner, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._key = f"responses.layout.{name}"
        self.opened = bodies.open_body(Body())
        self._error = ""
        self.layouts = QTabBar()
        self.layouts.setDrawBase(False)
        self.layouts.setExpanding(False)
        self.layouts.setAccessibleName(self.tr("How the body is laid out"))
        for text in (self.tr("Tree"), self.tr("Pretty"), self.tr("Raw")):
            self.layouts.addTab(text)
        self._note = QLabel()
        theme.tint(self._note, Tone.NEUTRAL)
        self._note.setMinimumWidth(40)
        copy = QToolButton()
        copy.setAutoRaise(True)
        copy.setToolTip(self.tr("Copy the whole body"))
        copy.setAccessibleName(self.tr("Copy the whole body"))
        icons.follow(copy, "copy")
        copy.clicked.connect(self.copy)
        self.limits = QLabel()
        self.limits.setWordWrap(True)
        self.limits.setContentsMargins(10, 5, 10, 5)
        self.limits.setAccessibleName(self.tr("What is not shown"))
        theme.paint_ground(self.limits, Tone.WARNING)
        self.tree = TreeView(name)
        self.pretty = LinesView(name)
        self.raw = LinesView(name)
        self._stack = QStackedWidget()
        for view in (self.tree, self.pretty, self.raw):
            self._stack.addWidget(view)
        row = QHBoxLayout()
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(6)
        row.addWidget(self.layouts)
        row.addSpacing(8)
        row.addWidget(self._note, 1)
        row.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.limits)
        column.addWidget(self._stack, 1)
        self.layouts.setCurrentIndex(PRETTY)
        self.layouts.currentChanged.connect(self._choose)
        self._wanted = PRETTY
        self._show(keep=False)

    def show_body(self, body: Body) -> None:
        """Show another body."""
        if body is self.opened.body:
            return
        self._error = ""
        self.opened = bodies.open_body(body)
        self._show(keep=False)
        if self.opened.complete:
            self._runner.cancel(self._key)
        else:
            self._lay_out()

    def text(self) -> str:
        """What is shown, as text: for what is known to be small."""
        return (self.raw if self.layouts.currentIndex() == RAW else self.pretty).text()

    @Slot()
    def copy(self) -> None:
        """Copy the body, laid out as it is shown, up to a limit."""
        lines = self._lines(RAW if self.layouts.currentIndex() == RAW else PRETTY)
        QGuiApplication.clipboard().setText(bytes(lines.text[:COPY_LIMIT]).decode("utf-8", "replace"))

    def _lay_out(self) -> None:
        opened = self.opened
        started = self._runner.start(
            partial(bodies.lay_out, opened=opened),
            key=self._key,
            label=self.tr("Reading a body of {}").format(size_text(len(opened.data))),
            on_progress=self._progress,
            on_result=self._arrived,
            on_error=self._failed,
            on_done=self._done,
        )
        if started is None:
            self._runner.cancel(self._key)

    def _progress(self, progress: Progress) -> None:
        if isinstance(progress.detail, OpenBody):
            self._arrived(progress.detail)

    def _arrived(self, made: OpenBody) -> None:
        """More of the body can be seen; nothing of it is shown as less than before."""
        if made.body is not self.opened.body:
            return
        before = self.opened
        if made.document is None:
            made.document, made.kind = before.document, before.kind
        if made is not before:
            same = made.complete or made.raw.count >= before.raw.count
            if not same:
                return
            self.opened = made
        self._show(keep=True)

    def _failed(self, error: ConsoleError) -> None:
        self._error = str(error)
        self._say()

    def _done(self) -> None:
        if not self.opened.complete and not self._error:
            self._lay_out()

    def _show(self, *, keep: bool) -> None:
        """Put what there is into the views."""
        self.tree.show_document(self.opened.document, keep=keep)
        self.pretty.show_lines(self._lines(PRETTY), coloured=self.opened.pretty is not None, keep=keep)
        self.raw.show_lines(self.opened.raw, keep=keep)
        structured = self.opened.document is not None
        self.layouts.blockSignals(True)
        for tab in (TREE, PRETTY):
            self.layouts.setTabEnabled(tab, structured)
        self.layouts.setCurrentIndex(self._wanted if structured else RAW)
        self.layouts.blockSignals(False)
        self._stack.setCurrentIndex(self.layouts.currentIndex())
        self._say()

    def _lines(self, layout: int) -> Lines:
        pretty = self.opened.pretty
        return pretty if layout == PRETTY and pretty is not None else self.opened.raw

    @Slot(int)
    def _choose(self, layout: int) -> None:
        self._wanted = layout
        self._stack.setCurrentIndex(layout)
        self._say()

    def _say(self) -> None:
        opened = self.opened
        kind = f"{opened.kind} · {size_text(opened.body.size)}" if opened.kind else self.tr("No body")
        parts = [kind]
        if not opened.complete and not self._error:
            parts.append(self.tr("still reading…"))
        if self._lines(self.layouts.currentIndex()).broken and self.layouts.currentIndex() != TREE:
            parts.append(self.tr("long lines are broken"))
        self._note.setText(" · ".join(parts))
        said = [self._error] if self._error else []
        if kept := bodies.note(opened.body):
            said.append(kept)
        if opened.complete and opened.problem:
            at = opened.document.outline.end if opened.document is not None else 0
            said.append(
                self.tr("Not readable as {} from byte {:,} on: {}. What comes before is shown.").format(
                    opened.kind, at, opened.problem
                )
            )
        elif opened.complete and opened.kind == "text" and "json" in opened.body.content_type.lower():
            said.append(self.tr("It claims to be JSON and is not; it is shown as it came."))
        if opened.limited:
            said.append(self.tr("The layout in lines ends at {}.").format(size_text(bodies.PRETTY_MOST)))
        self.limits.setText("\n".join(said))
        self.limits.setVisible(bool(said))
