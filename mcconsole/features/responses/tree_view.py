"""The tree of a body."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QHeaderView, QTreeView, QWidget

from mcconsole.features.responses.index import Document
from mcconsole.features.responses.tree_model import NAME, Item, TreeModel
from mcconsole.ui.table import fixed_font


class TreeView(QTreeView):
    """Opens at the top; what was open stays open when more of the body arrives."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.nodes = TreeModel(self)
        self.setModel(self.nodes)
        self.setAccessibleName(name)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setFont(fixed_font())
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.header().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Interactive)
        self.header().setStretchLastSection(True)
        self.header().resizeSection(NAME, 260)

    def show_document(self, document: Document | None, *, keep: bool = False) -> None:
        """Show another document; with `keep` it is more of the same one."""
        if document is self.nodes.document:
            return
        opened = self._opened(QModelIndex()) if keep else set()
        at = self.verticalScrollBar().value()
        self.nodes.show_document(document)
        top = self.nodes.index(0, 0)
        self.expand(top)
        if keep:
            self._open(top, opened)
            self.verticalScrollBar().setValue(at)

    def _opened(self, above: QModelIndex) -> set[int]:
        """Where the nodes that are open begin."""
        found: set[int] = set()
        item = self.nodes.item(above)
        for row in range(len(item.children) if item is not None else 0):
            index = self.nodes.index(row, 0, above)
            if self.isExpanded(index):
                below: Item = index.internalPointer()
                found.add(below.node.start if below.span is None else -1)
                found |= self._opened(index)
        return found

    def _open(self, above: QModelIndex, opened: set[int]) -> None:
        item: Item = above.internalPointer()
        for row, child in enumerate(item.children):
            if child is not None and child.node.kind.holds and child.node.start in opened:
                index = self.nodes.index(row, 0, above)
                self.expand(index)
                self._open(index, opened)
