"""The table of a body: which of its lists, its rows, and the way to a CSV file."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mcconsole.features.responses import rows
from mcconsole.features.responses.index import Document, Node
from mcconsole.features.responses.rows import Listed
from mcconsole.features.responses.rows_model import RowsModel
from mcconsole.ui import icons, theme
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone


class RowsView(QWidget):
    """One list of objects as a table."""

    export_wanted = Signal(object)
    """A Node whose items are to be written as CSV."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document: Document | None = None
        self._lists: list[Listed] = []
        self.model = RowsModel(self)
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Which list is shown"))
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(16)
        self.choice.currentIndexChanged.connect(self._chosen)
        self.count = QLabel()
        theme.tint(self.count, Tone.NEUTRAL)
        self.export = QPushButton(self.tr("Export as CSV…"))
        icons.follow(self.export, "save")
        self.export.clicked.connect(self._export)
        self.table = TableView(self.model, name=name, cells=True)
        self.table.setFrameShape(TableView.Shape.NoFrame)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 6)
        row.setSpacing(8)
        row.addWidget(self.choice, 1)
        row.addWidget(self.count)
        row.addWidget(self.export)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.table, 1)

    def show_document(self, document: Document | None) -> bool:
        """Offer the lists of a document; False when there is none."""
        if document is self._document:
            return bool(self._lists)
        before = self.choice.currentText()
        self._document = document
        self._lists = rows.lists(document) if document is not None else []
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems([listed.path for listed in self._lists])
        self.choice.setCurrentIndex(max(0, self.choice.findText(before)) if self._lists else -1)
        self.choice.blockSignals(False)
        self._chosen(self.choice.currentIndex())
        return bool(self._lists)

    def show_node(self, path: str, node: Node) -> None:
        """Show a list that was chosen elsewhere."""
        at = self.choice.findText(path)
        if at < 0:
            self._lists.append(Listed(path, node))
            self.choice.addItem(path)
            at = self.choice.count() - 1
        self.choice.setCurrentIndex(at)

    def reveal(self, offset: int) -> None:
        """Bring the row and cell in sight that hold an offset of the body."""
        if self._document is None or self.model.node is None:
            return
        path = self._document.path_to(offset)
        starts = [node.start for node in path]
        if self.model.node.start not in starts[:-1]:
            return
        at = starts.index(self.model.node.start) + 1
        row, column = path[at].place - self.model.first, 0
        if not 0 <= row < self.model.rowCount():
            return
        if len(path) > at + 1:
            found = self.model.column_of(row, path[at + 1])
            column = found if found is not None else 0
        index = self.model.index(row, column)
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index)

    @Slot(int)
    def _chosen(self, at: int) -> None:
        listed = self._lists[at] if 0 <= at < len(self._lists) else None
        self.model.show_list(self._document, listed.node if listed is not None else None)
        told = self.tr("{:,} rows").format(self.model.rowCount(QModelIndex()))
        if self.model.more:
            told += " · " + self.tr("first {:,} columns").format(self.model.columnCount())
        self.count.setText(told)
        for column in range(self.model.columnCount()):
            self.table.setColumnWidth(column, 150)

    @Slot()
    def _export(self) -> None:
        if self.model.node is not None:
            self.export_wanted.emit(self.model.node)
