"""One body: as a tree, in lines, as a table or as it came, with a filter and a search. Large ones are read in a job."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Body
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.responses import bodies, query, rows
from mcconsole.features.responses.bodies import OpenBody
from mcconsole.features.responses.find_bar import FindBar
from mcconsole.features.responses.finder import Finder
from mcconsole.features.responses.index import Node
from mcconsole.features.responses.lines import Lines, Text
from mcconsole.features.responses.lines_view import COPY_LIMIT, Hit, LinesView
from mcconsole.features.responses.models import size_text
from mcconsole.features.responses.query import Matches
from mcconsole.features.responses.rows_view import RowsView
from mcconsole.features.responses.tree_view import TreeView
from mcconsole.ui import icons, shortcuts, theme
from mcconsole.ui.tasks import TaskRunner
from mcconsole.ui.theme import Tone

TREE, PRETTY, TABLE, RAW = range(4)


class BodyView(QWidget):
    """Shows a body: its beginning at once, the rest as it is passed over. The latest one asked for wins."""

    def __init__(self, runner: TaskRunner, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._key = f"responses.layout.{name}"
        self.opened = bodies.open_body(Body())
        self._error = ""
        self._told = ""
        self._matches: Matches | None = None
        self.layouts = QTabBar()
        self.layouts.setDrawBase(False)
        self.layouts.setExpanding(False)
        self.layouts.setAccessibleName(self.tr("How the body is laid out"))
        for text in (self.tr("Tree"), self.tr("Pretty"), self.tr("Table"), self.tr("Raw")):
            self.layouts.addTab(text)
        self._note = QLabel()
        theme.tint(self._note, Tone.NEUTRAL)
        self._note.setContentsMargins(10, 3, 10, 4)
        self._note.setMinimumWidth(40)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("JSONPath, such as $.items[?@.hasErrors == true]"))
        self.filter.setAccessibleName(self.tr("Filter the tree by a JSONPath"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(80)
        self.filter.returnPressed.connect(self.apply_filter)
        self.filter.textChanged.connect(self._filter_cleared)
        self._find = QAction(self.tr("Find"), self)
        self._find.setShortcut(shortcuts.FIND)
        self._find.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._find.setToolTip(self.tr("Find in this body"))
        self.addAction(self._find)
        icons.follow(self._find, "search")
        find = QToolButton()
        find.setAutoRaise(True)
        find.setDefaultAction(self._find)
        find.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        find.setAccessibleName(self.tr("Find in this body"))
        copy = QToolButton()
        copy.setAutoRaise(True)
        copy.setToolTip(self.tr("Copy the whole body"))
        copy.setAccessibleName(self.tr("Copy the whole body"))
        icons.follow(copy, "copy")
        copy.clicked.connect(self.copy)
        self.bar = FindBar()
        self.finder = Finder(runner, f"{self._key}.find", self.bar, self._searched, self._show_hit)
        self._find.triggered.connect(self.bar.open_bar)
        self.limits = QLabel()
        self.limits.setWordWrap(True)
        self.limits.setContentsMargins(10, 5, 10, 5)
        self.limits.setAccessibleName(self.tr("What is not shown"))
        theme.paint_ground(self.limits, Tone.WARNING)
        self.tree = TreeView(name)
        self.pretty = LinesView(name)
        self.table = RowsView(name)
        self.raw = LinesView(name)
        self.tree.filter_wanted.connect(self.filter_by)
        self.tree.table_wanted.connect(self._show_table)
        self.tree.export_wanted.connect(self._choose_export)
        self.table.export_wanted.connect(self._choose_export)
        self._stack = QStackedWidget()
        for view in (self.tree, self.pretty, self.table, self.raw):
            self._stack.addWidget(view)
        row = QHBoxLayout()
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(6)
        row.addWidget(self.layouts)
        row.addSpacing(4)
        row.addWidget(self.filter, 1)
        row.addWidget(find)
        row.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.limits)
        column.addWidget(self._stack, 1)
        column.addWidget(self.bar)
        column.addWidget(self._note)
        self.layouts.setCurrentIndex(PRETTY)
        self.layouts.currentChanged.connect(self._choose)
        self._wanted = PRETTY
        self._show(keep=False)

    def show_body(self, body: Body) -> None:
        """Show another body."""
        if body is self.opened.body:
            return
        self._error = self._told = ""
        self._matches = None
        self.filter.clear()
        self.opened = bodies.open_body(body)
        self._show(keep=False)
        self._runner.cancel(f"{self._key}.query")
        if self.bar.isVisible():
            self.finder.search()
        if self.opened.complete:
            self._runner.cancel(self._key)
        else:
            self._lay_out()

    def reveal(self, offset: int) -> None:
        """Show the node of the tree that holds an offset of the body."""
        self.filter.clear()
        self.layouts.setCurrentIndex(TREE)
        self.tree.reveal(offset)
        self.tree.setFocus()

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
        if made.complete and self.bar.isVisible():
            self.finder.search()

    def _failed(self, error: ConsoleError) -> None:
        self._error = str(error)
        self._say()

    def _done(self) -> None:
        if not self.opened.complete and not self._error:
            self._lay_out()

    def _show(self, *, keep: bool) -> None:
        """Put what there is into the views."""
        if self._matches is None:
            self.tree.show_document(self.opened.document, keep=keep)
        self.pretty.show_lines(self._lines(PRETTY), coloured=self.opened.pretty is not None, keep=keep)
        self.raw.show_lines(self.opened.raw, keep=keep)
        structured = self.opened.document is not None
        self.layouts.blockSignals(True)
        tabular = self.table.show_document(self.opened.document)
        for tab, there in ((TREE, structured), (PRETTY, structured), (TABLE, tabular)):
            self.layouts.setTabEnabled(tab, there)
        self.filter.setEnabled(structured)
        self.layouts.setCurrentIndex(self._wanted if self.layouts.isTabEnabled(self._wanted) else RAW)
        if structured and not self.layouts.isTabEnabled(self._wanted):
            self.layouts.setCurrentIndex(PRETTY)
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
        if self.bar.isVisible():
            self.finder.search()

    def _searched(self) -> Text:
        """What a search goes through in the current view."""
        layout = self.layouts.currentIndex()
        return self._lines(layout).text if layout in (PRETTY, RAW) else self.opened.data

    def _show_hit(self, span: tuple[int, int] | None) -> None:
        layout = self.layouts.currentIndex()
        if layout in (PRETTY, RAW):
            view = self.raw if layout == RAW else self.pretty
            view.show_hit(self._hit(view.lines, *span) if span is not None else None)
        elif span is not None and layout == TREE:
            self.tree.reveal(span[0])
        elif span is not None:
            self.table.reveal(span[0])

    @staticmethod
    def _hit(lines: Lines, at: int, length: int) -> Hit:
        """Where a span of bytes stands in lines."""
        line = lines.line_at(at)
        begin = next((begin for begin, _ in lines.walk(line, 1)), at)
        before = bytes(lines.text[begin:at]).decode("utf-8", "replace")
        found = bytes(lines.text[at : at + length]).decode("utf-8", "replace")
        return Hit(line, len(before), len(found))

    @Slot()
    def apply_filter(self) -> None:
        """Show in the tree what the path leads to."""
        path, opened = self.filter.text().strip(), self.opened
        if not path:
            self._filter_cleared("")
            return
        self._runner.cancel(f"{self._key}.query")
        self._runner.start(
            partial(_query, opened=opened, path=path),
            key=f"{self._key}.query",
            label=self.tr("Following a JSONPath"),
            on_result=self._matched,
            on_error=self._not_matched,
        )

    @Slot(str)
    def filter_by(self, path: str) -> None:
        """Filter by a path."""
        self.filter.setText(path)
        self.apply_filter()

    def _matched(self, result: tuple[OpenBody, str, Matches]) -> None:
        opened, path, matches = result
        if opened.body is not self.opened.body or path != self.filter.text().strip() or opened.document is None:
            return
        self._matches, self._told = matches, ""
        self.tree.show_matches(opened.document, matches.found)
        self.layouts.setCurrentIndex(TREE)
        self._say()

    def _not_matched(self, error: ConsoleError) -> None:
        self._told = " ".join(part for part in (str(error), error.advice) if part)
        self._say()

    @Slot(str)
    def _filter_cleared(self, text: str) -> None:
        if not text and self._matches is not None:
            self._matches, self._told = None, ""
            self.tree.show_document(self.opened.document)
            self._say()

    @Slot(str, object)
    def _show_table(self, path: str, node: Node) -> None:
        self.layouts.setTabEnabled(TABLE, True)
        self.table.show_node(path, node)
        self.layouts.setCurrentIndex(TABLE)

    @Slot(object)
    def _choose_export(self, node: Node) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Export as CSV"), "answer.csv", "CSV (*.csv)")
        if chosen:
            self.export(node, Path(chosen))

    def export(self, node: Node, path: Path) -> None:
        """Write a list as CSV in the background."""
        self._told = self.tr("Writing {}…").format(path)
        self._say()
        self._runner.start(
            partial(_export, opened=self.opened, node=node, path=path),
            key=f"{self._key}.export",
            label=self.tr("Writing {}").format(path.name),
            on_result=self._exported,
            on_error=self._not_matched,
            on_cancelled=self._not_exported,
        )

    def _exported(self, result: tuple[int, Path]) -> None:
        self._told = self.tr("{:,} rows written to {}").format(*result)
        self._say()

    def _not_exported(self) -> None:
        self._told = self.tr("Cancelled; no file was written.")
        self._say()

    def _say(self) -> None:
        opened = self.opened
        kind = f"{opened.kind} · {size_text(opened.body.size)}" if opened.kind else self.tr("No body")
        parts = [kind]
        if not opened.complete and not self._error:
            parts.append(self.tr("still reading…"))
        layout = self.layouts.currentIndex()
        if layout in (PRETTY, RAW) and self._lines(layout).broken:
            parts.append(self.tr("long lines are broken"))
        said = [part for part in (self._error, self._told) if part]
        if self._matches is not None:
            number = len(self._matches.found)
            some = self.tr("{:,} matches") if number != 1 else self.tr("1 match")
            some = self.tr("the first {:,} matches") if self._matches.more else some
            parts.append(some.format(number))
        self._note.setText(" · ".join(parts))
        if kept := bodies.note(opened.body):
            said.append(kept)
        if opened.complete and opened.problem:
            at = opened.document.outline.end if opened.document is not None else 0
            said.append(
                self.tr("Not readable as {} from byte {:,} on: {}. What comes before is shown.").format(
                    opened.kind, at, opened.problem
                )
            )
        elif opened.complete and opened.kind not in ("JSON", "") and "json" in opened.body.content_type.lower():
            said.append(self.tr("It claims to be JSON and is not; it is shown as it came."))
        if opened.limited:
            said.append(self.tr("The layout in lines ends at {}.").format(size_text(bodies.PRETTY_MOST)))
        self.limits.setText("\n".join(said))
        self.limits.setVisible(bool(said))


def _query(ctx: JobContext, *, opened: OpenBody, path: str) -> tuple[OpenBody, str, Matches]:
    return opened, path, query.query(ctx, opened, path)


def _export(ctx: JobContext, *, opened: OpenBody, node: Node, path: Path) -> tuple[int, Path]:
    return rows.export(ctx, opened, node, path), path
