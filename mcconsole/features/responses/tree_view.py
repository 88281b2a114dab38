"""The tree of a body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QTreeView, QWidget

from mcconsole.features.responses.index import Document, Kind, Node
from mcconsole.features.responses.tree_model import NAME, Item, TreeModel
from mcconsole.ui.relay import Relay
from mcconsole.ui.table import fixed_font

COPY_LIMIT = 16 * 1024 * 1024
"""Bytes copied at most."""


class TreeView(QTreeView):
    """Opens at the top; what was open stays open when more of the body arrives."""

    filter_wanted = Signal(str)
    """A JSONPath to filter by."""
    table_wanted = Signal(str, object)
    """A path and the Node of a list."""
    export_wanted = Signal(object)
    """The Node of a list to be written as CSV."""

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
        self.copy_value = self._action(self.tr("Copy value"), "Ctrl+C", self._copy_value)
        self.copy_received = self._action(self.tr("Copy as received"), "Ctrl+Shift+C", self._copy_received)
        self.copy_key = self._action(self.tr("Copy key"), "Ctrl+K", self._copy_key)
        self.copy_path = self._action(self.tr("Copy path"), "Ctrl+Alt+C", self._copy_path)
        self.filter_by = self._action(self.tr("Filter by this"), "Ctrl+Alt+F", self._filter_by)
        self.as_table = self._action(self.tr("Show as table"), "Ctrl+T", self._as_table)
        self.export = self._action(self.tr("Export list as CSV…"), "Ctrl+Shift+E", self._export)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """All of QTreeView's keys but the one that opens everything below: there may be millions of nodes."""
        if event.key() != Qt.Key.Key_Asterisk:
            super().keyPressEvent(event)

    def show_document(self, document: Document | None, *, keep: bool = False) -> None:
        """Show another document; with `keep` it is more of the same one."""
        if document is self.nodes.document and not self.nodes.filtered:
            return
        opened = self._opened() if keep else set()
        at = self.verticalScrollBar().value()
        self.nodes.show_document(document)
        top = self.nodes.index(0, 0)
        self.expand(top)
        if keep:
            self._open(top, opened)
            self.verticalScrollBar().setValue(at)

    def _opened(self) -> set[int]:
        """Where the nodes that are open begin."""
        found: set[int] = set()
        waiting = [QModelIndex()]
        while waiting:
            above = waiting.pop()
            item = self.nodes.item(above)
            for row in range(len(item.children) if item is not None else 0):
                index = self.nodes.index(row, 0, above)
                if self.isExpanded(index):
                    below: Item = index.internalPointer()
                    found.add(below.node.start if below.span is None else -1)
                    waiting.append(index)
        return found

    def _open(self, top: QModelIndex, opened: set[int]) -> None:
        waiting = [top]
        while waiting:
            above = waiting.pop()
            item: Item = above.internalPointer()
            for row, child in enumerate(item.children):
                if child is not None and child.node.kind.holds and child.node.start in opened:
                    index = self.nodes.index(row, 0, above)
                    self.expand(index)
                    waiting.append(index)

    def show_matches(self, document: Document, matches: Sequence[tuple[str, Node]]) -> None:
        """Show what a path leads to, below each other."""
        self.nodes.show_matches(document, matches)
        if len(matches) == 1:
            self.expand(self.nodes.index(0, 0))

    def reveal(self, offset: int) -> None:
        """Choose the innermost node that holds an offset of the body, and bring it in sight."""
        index = self.nodes.index_at(offset)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index, QTreeView.ScrollHint.PositionAtCenter)

    @property
    def current(self) -> Item | None:
        """The chosen node."""
        index = self.currentIndex()
        return index.internalPointer() if index.isValid() else None

    def _action(self, text: str, key: str, act: Callable[[Item], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(key)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(Relay(partial(self._act, act), action).do)
        self.addAction(action)
        return action

    def _act(self, act: Callable[[Item], object]) -> None:
        if (item := self.current) is not None:
            act(item)

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        item = self.current
        if item is None:
            return
        lists = item.node.kind in (Kind.ARRAY, Kind.ELEMENT) and item.document.holds(item.node)
        for action in (self.as_table, self.export):
            action.setEnabled(lists)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.actions())
        menu.popup(self.viewport().mapToGlobal(place))

    def _copy_value(self, item: Item) -> None:
        if item.node.kind.holds:
            self._copy_received(item)
        else:
            QGuiApplication.clipboard().setText(item.document.text(item.node, COPY_LIMIT))

    def _copy_received(self, item: Item) -> None:
        received = item.document.data[item.node.start : min(item.node.end, item.node.start + COPY_LIMIT)]
        QGuiApplication.clipboard().setText(received.decode("utf-8", "replace"))

    def _copy_key(self, item: Item) -> None:
        QGuiApplication.clipboard().setText(item.document.name(item.node) or f"{item.node.place}")

    def _copy_path(self, item: Item) -> None:
        QGuiApplication.clipboard().setText(item.path)

    def _filter_by(self, item: Item) -> None:
        self.filter_wanted.emit(item.filter_path)

    def _as_table(self, item: Item) -> None:
        self.table_wanted.emit(item.path, item.node)

    def _export(self, item: Item) -> None:
        if item.node.kind in (Kind.ARRAY, Kind.ELEMENT):
            self.export_wanted.emit(item.node)
