"""A list of objects as a table: rows are read as they come in sight."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from mcconsole.features.responses import rows
from mcconsole.features.responses.index import Document, Node
from mcconsole.features.responses.tree_model import shortened
from mcconsole.ui.table import COPY_CHARACTERS, COPY_ROLE

CELL_LIMIT = 300
"""Bytes of a value that are shown."""
BLOCK = 50
_ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, COPY_ROLE)
Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractTableModel):
    """One list of a document."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document: Document | None = None
        self.node: Node | None = None
        self._names: list[str] = []
        self.more = False
        """Whether there are more names than columns."""
        self._count = 0
        self.first = 0
        """Number of the child of the node that is the first row."""
        self._block = lru_cache(maxsize=64)(self._read)

    def show_list(self, document: Document | None, node: Node | None) -> None:
        """Show another list, or none."""
        self.beginResetModel()
        self._block.cache_clear()
        self._document, self.node = document, node
        self._names, self._count, self.more = [], 0, False
        if document is not None and node is not None:
            self._names = rows.sample(document, node)
            self.first, last = rows.span(document, node)
            self._count = last - self.first
            self.more = len(self._names) > rows.MOST_COLUMNS
            del self._names[rows.MOST_COLUMNS :]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        """Items of the list."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Names that the first items have."""
        return 0 if parent.isValid() else len(self._names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Names across, numbers down (from 0, as in paths)."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return shortened(self._names[section]) if orientation is Qt.Orientation.Horizontal else f"{section:,}"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's question for one cell."""
        if role not in _ROLES or self._document is None:
            return None
        found = self._block(index.row() // BLOCK)[index.row() % BLOCK].get(self._names[index.column()])
        if found is None:
            return None
        if role == COPY_ROLE:
            return rows.cell_text(self._document, found, COPY_CHARACTERS)
        if role == Qt.ItemDataRole.ToolTipRole:
            return rows.cell_text(self._document, found, 2000) if found.end - found.start > CELL_LIMIT else None
        text = rows.cell_text(self._document, found, CELL_LIMIT)
        return " ".join(text.splitlines()) + ("…" if found.end - found.start > CELL_LIMIT else "")

    def cell(self, index: Index) -> Node | None:
        """The value in a cell."""
        if not index.isValid():
            return None
        return self._block(index.row() // BLOCK)[index.row() % BLOCK].get(self._names[index.column()])

    def column_of(self, row: int, node: Node) -> int | None:
        """The column in which a value of a row stands."""
        for name, found in self._block(row // BLOCK)[row % BLOCK].items():
            if found.start == node.start and name in self._names:
                return self._names.index(name)
        return None

    def _read(self, block: int) -> list[dict[str, Node]]:
        document, node = self._document, self.node
        if document is None or node is None:
            return []
        return [rows.cells(document, row) for row in document.children(node, self.first + block * BLOCK, BLOCK)]
