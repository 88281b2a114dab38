"""Two calls side by side, with what differs marked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Exchange
from mcconsole.core.jobs import JobContext
from mcconsole.features.responses import models, pairs
from mcconsole.features.responses.compare import USUAL, Compared, Mark, Row
from mcconsole.features.responses.pairs import Pair
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import Index, TitledTable
from mcconsole.ui.pages import Notice, Pages
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, plain, small_button

KEY = "responses.compare"
IGNORED = "compare_ignored"
"""The setting with the names and paths that make no difference."""
MARK, NAME, FIRST, SECOND = range(4)
LOOKS = {
    Mark.SAME: ("check", Tone.NEUTRAL),
    Mark.CHANGED: ("warning", Tone.WARNING),
    Mark.ADDED: ("add", Tone.SUCCESS),
    Mark.REMOVED: ("cancel", Tone.ERROR),
    Mark.IGNORED: ("skipped", Tone.NEUTRAL),
}


class CompareDialog(QDialog):
    """Compares in the background; does not stand in the way of the window."""

    def __init__(self, state: AppState, pair: Pair, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._pair = pair
        self._again = False
        self.setWindowTitle(self.tr("Compare two calls"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.first, self.second = plain("", selectable=True), plain("", selectable=True)
        titles = QHBoxLayout()
        titles.setSpacing(16)
        for word, label in ((self.tr("First"), self.first), (self.tr("Second"), self.second)):
            column = QVBoxLayout()
            column.setSpacing(2)
            name = QLabel(word)
            theme.tint(name, Tone.NEUTRAL)
            column.addWidget(name)
            column.addWidget(label)
            titles.addLayout(column, 1)
        self.only = QCheckBox(self.tr("Only &differences"))
        self.only.setChecked(True)
        self.only.toggled.connect(self._show)
        self.ignored = QLineEdit(", ".join(ignored(state)))
        self.ignored.setAccessibleName(self.tr("Names and paths that make no difference"))
        self.ignored.setToolTip(
            self.tr(
                "Names such as requestId, or paths such as answer.items[*].id, with commas between them;"
                " * stands for anything"
            )
        )
        self.ignored.setCursorPosition(0)
        self.ignored.editingFinished.connect(self._ignored_edited)
        self.usual = small_button(self.tr("&Usual"))
        self.usual.setToolTip(self.tr("Ignore again what usually differs each time"))
        self.usual.setAutoDefault(False)  # Return in the line beside it means the line
        self.usual.clicked.connect(self._take_usual)
        label = QLabel(self.tr("&Ignore"))
        label.setBuddy(self.ignored)
        options = QHBoxLayout()
        options.setSpacing(8)
        options.addWidget(self.only)
        options.addSpacing(12)
        options.addWidget(label)
        options.addWidget(self.ignored, 1)
        options.addWidget(self.usual)
        self.notes = Line()
        self.model = RowsModel(self)
        self.table = TableView(self.model, name=self.tr("Differences"), widths=(120, 260, 310), sortable=False)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.count = QLabel()
        theme.tint(self.count, Tone.NEUTRAL)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(titles)
        column.addLayout(options)
        column.addWidget(self.notes)
        self.same = Notice()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.same)
        column.addWidget(self.stack, 1)
        column.addWidget(self.count)
        self.pages = Pages(content)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setIcon(QIcon())
        close.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 12)
        whole.addWidget(self.pages, 1)
        whole.addWidget(buttons)
        self.resize(1040, 640)
        self.compared = Compared()
        self.pages.show_working(self.tr("Comparing two calls…"), self._cancel)
        self._compare()

    def reject(self) -> None:
        """Close, and stop what is going on."""
        self._again = False
        self._cancel()
        super().reject()

    @Slot()
    def _cancel(self) -> None:
        self._state.runner.cancel(KEY)

    def _compare(self) -> None:
        started = self._state.runner.start(
            partial(_compared, pair=self._pair, ignored=ignored(self._state)),
            key=KEY,
            label=self.tr("Comparing two calls"),
            on_result=self._found,
            on_error=self._failed,
            on_cancelled=self._cancelled,
            on_done=self._done,
        )
        if started is None:  # with what was ignored before, or of another dialog
            self._again = True
            self._cancel()

    def _found(self, result: tuple[Exchange, Exchange, Compared]) -> None:
        first, second, self.compared = result
        self.first.setText(_title(first))
        self.second.setText(_title(second))
        self.notes.say(Tone.WARNING, " ".join(self.compared.notes))
        self._show()
        self.pages.show_content()
        self.table.setFocus()

    @Slot()
    def _show(self) -> None:
        self.model.show_compared(self.compared.rows, only=self.only.isChecked())
        counts = {mark: self.compared.count(mark) for mark in Mark}
        differing = sum(counts[mark] for mark in (Mark.CHANGED, Mark.ADDED, Mark.REMOVED))
        none = not differing and self.only.isChecked()
        if none:
            words = self.tr("{:,} values are the same, {:,} are ignored.")
            text = words.format(counts[Mark.SAME], counts[Mark.IGNORED])
            actions = ((self.tr("Show them"), self._show_all),)
            self.same.say("success", Tone.SUCCESS, self.tr("No difference"), text, actions=actions)
        self.stack.setCurrentWidget(self.same if none else self.table)
        words = self.tr("{:,} changed, {:,} only in the first, {:,} only in the second; {:,} the same, {:,} ignored.")
        order = (Mark.CHANGED, Mark.REMOVED, Mark.ADDED, Mark.SAME, Mark.IGNORED)
        self.count.setText(words.format(*(counts[mark] for mark in order)))

    def _show_all(self) -> None:
        self.only.setChecked(False)
        self.table.setFocus()

    def _failed(self, error: ConsoleError) -> None:
        self.pages.show_error(error)

    def _cancelled(self) -> None:
        if not self._again:
            self.pages.show_empty(self.tr("Cancelled"), self.tr("Nothing was compared."))

    def _done(self) -> None:
        if self._again:
            self._again = False
            self._compare()

    @Slot()
    def _ignored_edited(self) -> None:
        wanted = [part.strip() for part in self.ignored.text().split(",") if part.strip()]
        if wanted != ignored(self._state):
            self._state.settings.set(**{IGNORED: wanted})
            self._compare()

    @Slot()
    def _take_usual(self) -> None:
        self.ignored.setText(", ".join(USUAL))
        self.ignored.setCursorPosition(0)
        self._ignored_edited()


class RowsModel(TitledTable):
    """The rows of a comparison: what became of a value, its name, and both values."""

    rows: Sequence[Row]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.titles = (self.tr("Difference"), self.tr("Where"), self.tr("First"), self.tr("Second"))
        self._words = {
            Mark.SAME: self.tr("same"),
            Mark.CHANGED: self.tr("changed"),
            Mark.ADDED: self.tr("only second"),
            Mark.REMOVED: self.tr("only first"),
            Mark.IGNORED: self.tr("ignored"),
        }

    def show_compared(self, rows: Sequence[Row], *, only: bool) -> None:
        """Show these, or of these only what differs and what holds it."""
        self.show_rows([row for row in rows if not only or row.mark not in (Mark.SAME, Mark.IGNORED)])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's question for one cell."""
        row, column = self.rows[index.row()], index.column()
        icon, tone = LOOKS[row.mark]
        told = not row.holds or row.mark in (Mark.ADDED, Mark.REMOVED)
        marked = told and row.mark not in (Mark.SAME, Mark.IGNORED)
        if role == Qt.ItemDataRole.DisplayRole:
            name = "    " * row.depth + (row.name or row.path[row.path.rfind("[") :])
            return (self._words[row.mark] if told else "", name, row.left, row.right)[column]
        if role == Qt.ItemDataRole.DecorationRole and column == MARK and told:
            return icons.icon(icon, tone)
        if role == Qt.ItemDataRole.ForegroundRole and column == MARK:
            return QColor(theme.ink(tone))
        if role == Qt.ItemDataRole.BackgroundRole and column in (FIRST, SECOND) and marked:
            return theme.wash(tone)
        if role == Qt.ItemDataRole.ToolTipRole:
            return (row.path, row.path, row.left, row.right)[column]
        return None


def ignored(state: AppState) -> list[str]:
    """What makes no difference, as the user has it."""
    return state.settings.texts(IGNORED) if state.settings.get(IGNORED) is not None else list(USUAL)


def _title(exchange: Exchange) -> str:
    status = models.whole_status(exchange)
    where = " · ".join(part for part in (models.full_time(exchange), status, exchange.profile) if part)
    return f"{exchange.label or exchange.method}\n{where}"


def _compared(ctx: JobContext, *, pair: Pair, ignored: Sequence[str]) -> tuple[Exchange, Exchange, Compared]:
    return pairs.compared(ctx, pair, ignored)
