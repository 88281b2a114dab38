"""The Responses dock: the list of all calls, and the one that is chosen."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Exchange
from mcconsole.core.history import Facets, History, Line, forget
from mcconsole.core.history.reader import Found
from mcconsole.core.jobs import JobContext
from mcconsole.features.responses.exchange_view import ExchangeDetail
from mcconsole.features.responses.filter_bar import FilterBar
from mcconsole.features.responses.forget_dialog import ForgetDialog
from mcconsole.features.responses.handing import HandingOn
from mcconsole.features.responses.models import HistoryModel
from mcconsole.ui import icons, theme
from mcconsole.ui.feed import Feed
from mcconsole.ui.pages import Notice
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone

NARROW = 900
"""Below this width in pixels the detail goes under the list."""
LOW = 130
"""Pixels that the detail is content with, so that the window fits a small screen."""
BANNER = "history"
LOAD_KEY, FIND_KEY, FACETS_KEY = "responses.load", "responses.find", "responses.facets"
CLEAR_KEY = "responses.clear"


class ResponsesView(QWidget):
    """List and detail side by side, or above each other where it is narrow."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.history: History = state.history
        self._shown: Line | None = None
        self._wanted: Exchange | None = None
        self._select = -1
        self._told: ConsoleError | None = None
        self.model = HistoryModel(self.history, state.runner, self)
        self.table = TableView(
            self.model,
            name=self.tr("Calls to Marketing Cloud"),
            widths=(104, 128, 62, 226, 50, 68, 88, 96, 260),
            sortable=False,
        )
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.filter = FilterBar()
        self.count = QLabel()
        theme.tint(self.count, Tone.NEUTRAL)
        self.count.setContentsMargins(10, 2, 10, 4)
        self.job = _JobBar()
        self.detail = ExchangeDetail(state)
        self.notice = Notice()
        self.right = QStackedWidget()
        self.right.addWidget(self.detail)
        self.right.addWidget(self.notice)
        self.right.setMinimumHeight(LOW)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.filter, self.job, self.table, self.count):
            column.addWidget(widget, 1 if widget is self.table else 0)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.right)
        self.splitter.setSizes([620, 580])
        self.splitter.setChildrenCollapsible(False)
        self.handing = HandingOn(state, self.table, self.detail, self)
        self.filter.menu.addActions((self.handing.export, self.handing.compare))
        self.filter.menu.addSeparator()
        for icon, text, act in (
            ("user", self.tr("Forget a person…"), self.forget_person),
            ("delete", self.tr("Clear the history…"), self.ask_to_clear),
        ):
            action = self.filter.menu.addAction(text)
            icons.follow(action, icon)
            action.triggered.connect(act)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)
        self._connect()
        self.model.ask(self.filter.query())

    def _connect(self) -> None:
        self.filter.changed.connect(self._ask)
        self.filter.opened.connect(self._want_facets)
        self.job.back.clicked.connect(self.leave_job)
        self.table.activated_row.connect(self._open)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self.model.counted.connect(self._counted)
        self.model.dataChanged.connect(self._read)
        self.model.failed.connect(self._unreadable)
        self._state.exchange_wanted.connect(self.show_exchange)
        self._news = Feed(self)
        self._news.arrived.connect(self.model.heard)
        self._news.arrived.connect(self._tell_trouble)
        self._unsubscribe = self.history.subscribe(self._news.put)
        self.destroyed.connect(self._unsubscribe)
        self._tell_trouble()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn the splitter with the room there is."""
        super().resizeEvent(event)
        wide = self.width() >= NARROW
        self.splitter.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    @Slot(object)
    def show_exchange(self, exchange: Exchange) -> None:
        """Show an exchange at once, and choose it on the list of its job as soon as it is there."""
        self._shown = None
        self._wanted = exchange
        dock = self.parentWidget()
        if isinstance(dock, QDockWidget):
            dock.show()
            dock.raise_()
        self._show(exchange)
        self._find()

    def open_job(self, job: int, label: str) -> None:
        """List the calls of one job."""
        self.job.of(job, label)
        self.filter.by_job.setEnabled(False)
        self.filter.clear()

    @Slot()
    def leave_job(self) -> None:
        """List all calls again."""
        self.job.of(None)
        self.filter.by_job.setEnabled(True)
        self._ask()
        self.table.setFocus()

    @Slot()
    def forget_person(self) -> ForgetDialog:
        """Ask whom to forget."""
        dialog = ForgetDialog(self._state, self)
        dialog.forgotten.connect(self._forgotten)
        dialog.open()
        return dialog

    @Slot()
    def ask_to_clear(self) -> QMessageBox:
        """Ask whether to remove everything."""
        box = QMessageBox(QMessageBox.Icon.Warning, self.tr("Clear the history"), "", parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setText(self.tr("Remove every call of every profile from the history?"))
        box.setInformativeText(self.tr("This cannot be undone. Marketing Cloud itself is not changed."))
        yes = box.addButton(self.tr("Clear the history"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        yes.clicked.connect(self._clear)
        box.open()
        return box

    @Slot()
    def _clear(self) -> None:
        self._state.runner.start(
            partial(forget.clear, history=self.history),
            key=CLEAR_KEY,
            label=self.tr("Clearing the history"),
            on_result=self._cleared,
            on_error=self._unreadable,
        )

    def _cleared(self, _: object) -> None:
        self._show_nothing()
        self._state.messages.success(self.tr("The history is empty."), key=BANNER)

    @Slot(object)
    def _forgotten(self, count: int) -> None:
        self._show_nothing()
        told = self.tr("{:,} calls were removed from the history.") if count != 1 else self.tr("1 call was removed.")
        self._state.messages.success(told.format(count), key=BANNER)

    def _show_nothing(self) -> None:
        self._shown = None
        self.table.clearSelection()
        self.detail.show_exchange(None)
        self.right.setCurrentWidget(self.detail)

    @Slot()
    def _ask(self) -> None:
        self.model.ask(self.filter.query(self.job.row))
        self._counted()

    @Slot()
    def _counted(self) -> None:
        """Say how many there are, and choose what was to be chosen."""
        rows, query = self.model.rowCount(), self.model.query
        if self.model.searching:
            self.count.setText(self.tr("Searching…"))
            return
        if query.grouped:
            words = self.tr("{:,} jobs and single calls").format(rows) if rows != 1 else self.tr("1 job or call")
        else:
            words = self.tr("{:,} calls").format(rows) if rows != 1 else self.tr("1 call")
        if not rows:
            words = self.tr("No calls yet. Every call to Marketing Cloud appears here.")
            if query.filtered:
                words = self.tr("No call matches. Take a word or a filter away.")
        self.count.setText(words)
        if 0 <= self._select < rows and query.job == self.job.row:
            self.table.setCurrentIndex(self.model.index(self._select, 0))
            self.table.scrollTo(self.model.index(self._select, 0), TableView.ScrollHint.PositionAtCenter)
            self._select = -1

    @Slot(QModelIndex)
    def _chosen(self, index: QModelIndex) -> None:
        line = self.model.line(index.row()) if index.isValid() else None
        if line is not None and line != self._shown:
            self._shown = line
            self._show_line(line)

    @Slot()
    def _read(self) -> None:
        """Show the chosen line if it was not read yet when it was chosen, or how many calls its job has by now."""
        index, shown = self.table.currentIndex(), self._shown
        line = self.model.line(index.row()) if index.isValid() else None
        if line is not None and shown is not None and line.job == shown.job and line.count > 1 and shown.count == 1:
            return  # the job of the call that is being looked at goes on
        self._chosen(index)

    def _show_line(self, line: Line) -> None:
        if line.count > 1:
            self._show_job(line)
            return
        self._state.runner.start(
            partial(_load, history=self.history, line=line),
            key=LOAD_KEY,
            label=self.tr("Reading a call from the history"),
            on_result=self._loaded,
            on_error=self._unreadable,
            quiet=True,
        )

    def _loaded(self, result: tuple[Line, Exchange | None]) -> None:
        line, exchange = result
        if self._shown is None or self._shown.count > 1:
            return
        if line.exchange != self._shown.exchange:
            self._show_line(self._shown)
        elif exchange is not None:
            self._show(exchange)
        else:
            self.notice.say("info", Tone.NEUTRAL, self.tr("Gone"), self.tr("This call is no longer in the history."))
            self.right.setCurrentWidget(self.notice)

    def _show(self, exchange: Exchange) -> None:
        self.detail.show_exchange(exchange)
        self.right.setCurrentWidget(self.detail)

    def _show_job(self, line: Line) -> None:
        bad = (
            self.tr("{:,} of them with errors.").format(line.bad) if line.bad else self.tr("None of them with errors.")
        )
        self.notice.say(
            "group",
            Tone.NEUTRAL,
            line.label,
            f"{self.tr('{:,} calls.').format(line.count)} {bad}",
            actions=(
                (self.tr("List them"), partial(self.open_job, line.job, line.label)),
                (self.tr("Export them…"), self.handing.export_chosen),
            ),
        )
        self.right.setCurrentWidget(self.notice)

    @Slot(object)
    def _open(self, index: QModelIndex) -> None:
        line = self.model.line(index.row())
        if line is not None and line.count > 1:
            self.open_job(line.job, line.label)

    def _find(self) -> None:
        exchange = self._wanted
        if exchange is not None:
            self._state.runner.start(
                partial(_find, history=self.history, exchange=exchange),
                key=FIND_KEY,
                label=self.tr("Looking for a call in the history"),
                on_result=self._found,
                on_error=self._unreadable,
                quiet=True,
            )

    def _found(self, result: tuple[Exchange, Found | None]) -> None:
        exchange, found = result
        if exchange is not self._wanted:
            self._find()
            return
        self._wanted = None
        if found is not None:
            self._select = found.newer
            self.open_job(found.job, found.label)

    @Slot()
    def _want_facets(self) -> None:
        self._state.runner.start(
            partial(_facets, history=self.history),
            key=FACETS_KEY,
            label=self.tr("Looking what there is to filter by"),
            on_result=self._offer,
            on_error=self._unreadable,
            quiet=True,
        )

    def _offer(self, facets: Facets) -> None:
        self.filter.offer(facets)

    def _unreadable(self, error: ConsoleError) -> None:
        self._state.show_error(error, key=BANNER)

    @Slot()
    def _tell_trouble(self) -> None:
        trouble = self.history.trouble
        if trouble is self._told:
            return
        self._told = trouble
        if trouble is None:
            self._state.messages.withdraw(BANNER)
        else:
            actions = ((self.tr("Try again"), self.history.retry),)
            self._state.messages.warning(str(trouble), advice=trouble.advice, actions=actions, key=BANNER)


class _JobBar(QWidget):
    """Says whose calls are listed, and leads back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row: int | None = None
        self.back = QToolButton()
        self.back.setAutoRaise(True)
        self.back.setText(self.tr("All calls"))
        self.back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.back.setShortcut(QKeySequence(Qt.Modifier.ALT | Qt.Key.Key_Left))
        self.back.setToolTip(self.tr("Back to the list of all calls (Alt+Left)"))
        icons.follow(self.back, "back")
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 0, 8, 6)
        line.addWidget(self.back)
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setMinimumWidth(1)
        line.addWidget(self._words, 1)
        self.hide()

    def of(self, row: int | None, label: str = "") -> None:
        """Show whose they are; None hides it."""
        self.row = row
        self._words.setText(label)
        self._words.setToolTip(label)
        self.setVisible(row is not None)


def _load(ctx: JobContext, *, history: History, line: Line) -> tuple[Line, Exchange | None]:
    return line, history.exchange(line.exchange, line.key, ctx)


def _find(ctx: JobContext, *, history: History, exchange: Exchange) -> tuple[Exchange, Found | None]:
    history.flush()
    with history.reader(ctx) as reader:
        return exchange, reader.find(exchange.id)


def _facets(ctx: JobContext, *, history: History) -> Facets:
    with history.reader(ctx) as reader:
        return reader.facets()
