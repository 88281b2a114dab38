"""The Responses dock: the list, and the one that is chosen."""

from __future__ import annotations

import html
from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.exchange import Exchange
from mcconsole.features.responses import models
from mcconsole.features.responses.body_view import BodyView
from mcconsole.features.responses.models import ExchangeModel
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import Notice
from mcconsole.ui.state import AppState
from mcconsole.ui.table import FilterProxy, TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.top_bar import Chip

NARROW = 900
"""Below this width in pixels the detail goes under the list."""


class _Filter(FilterProxy):
    """The word filter, and optionally only what did not go well. Asks the model itself: there may be 10,000 rows."""

    only_failed = False

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Qt's question for each row."""
        model = self.sourceModel()
        if not isinstance(model, ExchangeModel):
            return super().filterAcceptsRow(row, parent)
        exchange = model.exchange(row)
        if self.only_failed and not exchange.failed and exchange.status is not None and exchange.status < 400:
            return False
        return self.accepts(models.search_text(exchange)) if self.filtering else True


class ResponsesView(QWidget):
    """List and detail side by side, or above each other where it is narrow."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ExchangeModel(self)
        self.proxy = _Filter(self.model, self)
        self.proxy.setRecursiveFilteringEnabled(False)
        self.table = TableView(
            self.proxy,
            name=self.tr("Calls to Marketing Cloud"),
            widths=(98, 130, 66, 220, 56, 76, 96, 260),
            sortable=False,
        )
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter by path, status, tab or purpose"))
        self.filter.setAccessibleName(self.tr("Filter the calls"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self.proxy.set_filter)
        self.only_failed = QCheckBox(self.tr("Only errors"))
        self.only_failed.toggled.connect(self._filter_failed)
        clear = QPushButton(self.tr("Clear"))
        icons.follow(clear, "delete")
        clear.clicked.connect(self.clear)
        self.detail = ExchangeDetail(state)
        tools = QHBoxLayout()
        tools.setContentsMargins(8, 6, 8, 6)
        tools.setSpacing(10)
        tools.addWidget(self.filter, 1)
        tools.addWidget(self.only_failed)
        tools.addWidget(clear)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(tools)
        column.addWidget(self.table, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.detail)
        self.splitter.setSizes([620, 580])
        self.splitter.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        state.exchanges.arrived.connect(self.model.add)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn the splitter with the room there is."""
        super().resizeEvent(event)
        wide = self.width() >= NARROW
        self.splitter.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    @Slot()
    def clear(self) -> None:
        """Empty the list."""
        self.model.clear()
        self.detail.show_exchange(None)

    @Slot(bool)
    def _filter_failed(self, on: bool) -> None:
        self.proxy.only_failed = on
        self.proxy.invalidate()

    @Slot(QModelIndex)
    def _chosen(self, index: QModelIndex) -> None:
        source: QSortFilterProxyModel = self.proxy
        row = source.mapToSource(index).row()
        self.detail.show_exchange(self.model.exchange(row) if row >= 0 else None)


class ExchangeDetail(QWidget):
    """Status, times, headers and both bodies of one exchange."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exchange: Exchange | None = None
        self.status = Chip()
        self.target = QLabel()
        self.target.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.target.setMinimumWidth(60)
        self.times = QLabel()
        theme.tint(self.times, Tone.NEUTRAL)
        self.answer = BodyView(state.runner, self.tr("Answer"))
        self.request = BodyView(state.runner, self.tr("Request"))
        self.headers = QTextBrowser()
        self.headers.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.headers.setOpenLinks(False)
        self.headers.setAccessibleName(self.tr("Headers"))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.answer, self.tr("Answer"))
        self.tabs.addTab(self.request, self.tr("Request"))
        self.tabs.addTab(self.headers, self.tr("Headers and times"))
        line = QHBoxLayout()
        line.setContentsMargins(8, 6, 8, 4)
        line.setSpacing(10)
        line.addWidget(self.status)
        line.addWidget(self.target, 1)
        line.addWidget(self.times)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.tabs, 1)
        empty = Notice()
        empty.say(
            "responses",
            Tone.NEUTRAL,
            self.tr("Nothing chosen"),
            self.tr("Choose a call on the list to see what was sent and what came back."),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(empty)
        self._stack.addWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def show_exchange(self, exchange: Exchange | None) -> None:
        """Show another one, or that none is chosen."""
        self._exchange = exchange
        self._stack.setCurrentIndex(0 if exchange is None else 1)
        if exchange is None:
            return
        icon, tone = models.tone_of(exchange)
        self.status.show_look(icon, f"{models.status_text(exchange)} {exchange.reason}".strip(), tone)
        self.target.setText(f"{exchange.method} {exchange.url}")
        self.target.setToolTip(exchange.url)
        self.times.setText(f"{exchange.seconds * 1000:,.0f} ms · {models.size_text(exchange.response.size)}")
        self.answer.show_body(exchange.response)
        self.request.show_body(exchange.request)
        self.headers.setHtml(self._page(exchange))

    def _page(self, exchange: Exchange) -> str:
        first = exchange.seconds_to_first_byte
        facts = (
            (self.tr("Started"), models.full_time(exchange)),
            (self.tr("First byte after"), "" if first is None else f"{first * 1000:,.0f} ms"),
            (self.tr("Whole answer after"), f"{exchange.seconds * 1000:,.0f} ms"),
            (self.tr("Attempt"), str(exchange.attempt)),
            (self.tr("Profile"), exchange.profile),
            (self.tr("Business unit"), exchange.business_unit),
            (self.tr("Tab"), exchange.feature),
            (self.tr("What for"), exchange.label),
            (self.tr("No answer because"), exchange.error),
        )
        return "".join(
            (
                _section(self.tr("Call"), [fact for fact in facts if fact[1]]),
                _section(self.tr("Answer headers"), exchange.response_headers),
                _section(self.tr("Request headers"), exchange.request_headers),
            )
        )


def _section(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = "".join(
        f"<tr><td style='padding-right:16px'><b>{html.escape(name)}</b></td><td>{html.escape(value)}</td></tr>"
        for name, value in rows
    )
    return f"<h4>{html.escape(title)}</h4><table cellspacing='0' cellpadding='2'>{lines}</table>" if lines else ""
