"""The Responses dock: the list, and the one that is chosen."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mcconsole.features.responses import models
from mcconsole.features.responses.exchange_view import ExchangeDetail
from mcconsole.features.responses.models import ExchangeModel
from mcconsole.ui import icons
from mcconsole.ui.state import AppState
from mcconsole.ui.table import FilterProxy, TableView

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
