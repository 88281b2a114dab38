"""A body as a tree: nodes are made as they are looked at, and long lists come in groups."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from mcconsole.features.responses.index import Document, Kind, Node
from mcconsole.ui import theme
from mcconsole.ui.theme import Tone

NAME, VALUE = range(2)
GROUP = 500
"""Children shown below one node; more come in groups of so many, and groups of groups."""
MOST_LEVELS = 1000
"""Levels that the tree opens: Qt goes down a tree by recursion, and tens of thousands of levels end the process."""
VALUE_LIMIT = 300
"""Bytes of a value that are shown."""
NODE_ROLE = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex
_TONES = {Kind.STRING: Tone.SUCCESS, Kind.NUMBER: Tone.WARNING, Kind.WORD: Tone.ERROR, Kind.BROKEN: Tone.ERROR}


class Item:
    """A node in the tree, or with `span` a group of its children: from the first, up to but without the last."""

    __slots__ = ("_children", "depth", "document", "label", "node", "parent", "row", "span")

    def __init__(
        self,
        document: Document,
        node: Node,
        parent: Item | None,
        row: int,
        span: tuple[int, int] | None = None,
        label: str = "",
    ) -> None:
        self.document = document
        self.node = node
        self.parent = parent
        self.row = row
        self.span = span
        self.label = label
        self.depth: int = parent.depth + 1 if parent is not None else 0
        self._children: list[Item | None] | None = None

    @property
    def opens(self) -> bool:
        """Whether there is something below that the tree shows."""
        return self.depth < MOST_LEVELS and (self.span is not None or self.document.holds(self.node))

    @property
    def children(self) -> list[Item | None]:
        """Those below, made when asked for; None stands for a group that nobody has looked at."""
        if self._children is None:
            self._children = self._made()
        return self._children

    def child(self, row: int) -> Item:
        """The one in a row."""
        item = self.children[row]
        if item is None:
            first, last = self._bounds()
            step = _step(last - first)
            start = first + row * step
            item = self._children[row] = Item(  # type: ignore[index]
                self.document, self.node, self, row, (start, min(start + step, last))
            )
        return item

    def below(self, node: Node) -> Item:
        """The item of a child, through groups."""
        item, first = self, 0
        while item.children and (item.children[0] is None or item.child(0).span is not None):
            begin, end = item._bounds()
            item = item.child((node.place - begin) // _step(end - begin))
            first = item._bounds()[0]
        return item.child(node.place - first)

    @property
    def path(self) -> str:
        """The normalized path (RFC 9535) that leads to the node; in XML the one by which it can be queried."""
        steps: list[str] = []
        item: Item | None = self
        while item is not None:
            if item.span is None:
                if item.label:
                    steps.append(item.label)
                    break
                steps.append(item._step_here)
            item = item.parent if item.span is not None else item._holder
        return "".join(reversed(steps))

    @property
    def _step_here(self) -> str:
        """The last step of the path."""
        holder, xml = self._holder, self.document.outline.language == "XML"
        if holder is None:
            return f"$['{quoted(self.document.query_name(self.node))}']" if xml else "$"
        if holder.node.kind is Kind.ARRAY:
            return f"[{self.node.place}]"
        if not xml:
            return f"['{quoted(self.document.name(self.node))}']"
        name = self.document.query_name(self.node)
        alike = [n.place for n in self.document.walk(holder.node) if self.document.query_name(n) == name]
        place = f"[{alike.index(self.node.place)}]" if len(alike) > 1 else ""
        return f"['{quoted(name)}']{place}"

    @property
    def filter_path(self) -> str:
        """A path to everything in the same list that has the same value here, or to the node itself."""
        holder = self._holder
        above = holder._holder if holder is not None else None
        if self.node.kind.holds or holder is None or above is None or above.node.kind is not Kind.ARRAY:
            return self.path
        value = self.document.text(self.node)
        literal = f"'{quoted(value)}'" if self.node.kind is Kind.STRING else value
        return f"{above.path}[?@['{quoted(self.document.name(self.node))}'] == {literal}]"

    @property
    def _holder(self) -> Item | None:
        """The item of the container that this is in; None for the root."""
        above = self.parent
        while above is not None and above.span is not None:
            above = above.parent
        return above if above is not None and above.parent is not None else None

    def _bounds(self) -> tuple[int, int]:
        return self.span if self.span is not None else (0, self.document.count(self.node))

    def _made(self) -> list[Item | None]:
        if not self.node.kind.holds or self.depth >= MOST_LEVELS:
            return []
        first, last = self._bounds()
        if last - first > GROUP:
            step = _step(last - first)
            return [None] * -(-(last - first) // step)
        nodes = self.document.children(self.node, first, last - first)
        return [Item(self.document, node, self, row) for row, node in enumerate(nodes)]


def shortened(name: str) -> str:
    """A name as it is painted: a hostile one may be as long as the body."""
    return name if len(name) <= VALUE_LIMIT else name[:VALUE_LIMIT] + "…"


def quoted(text: str) -> str:
    """A text as it stands between single quotes in a path."""
    return json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")


def _step(number: int) -> int:
    """How many children each group holds, so that there are at most GROUP groups."""
    step = GROUP
    while -(-number // step) > GROUP:
        step *= GROUP
    return step


class TreeModel(QAbstractItemModel):
    """Two columns: name and value."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root: Item | None = None
        self.filtered = False
        """Whether only what a path leads to is shown."""

    def show_document(self, document: Document | None) -> None:
        """Show another document, or none."""
        self.beginResetModel()
        self._root, self.filtered = None, False
        if document is not None:
            # A scalar stands alone; of a container what is in it is shown below a line for the whole.
            top = Item(document, document.root, None, 0)
            self._root = Item(document, document.root, None, 0)
            self._root._children = [top]
            top.parent = self._root
        self.endResetModel()

    def show_matches(self, document: Document, matches: Sequence[tuple[str, Node]]) -> None:
        """Show nodes of a document below each other, each by its path."""
        self.beginResetModel()
        self.filtered = True
        self._root = Item(document, document.root, None, 0)
        self._root._children = [
            Item(document, node, self._root, row, label=path) for row, (path, node) in enumerate(matches)
        ]
        self.endResetModel()

    def index_at(self, offset: int) -> QModelIndex:
        """The index of the innermost node that holds an offset of the body."""
        if self._root is None or self.filtered:
            return QModelIndex()
        item = self._root.child(0)
        for node in item.document.path_to(offset, MOST_LEVELS + 1)[1:]:
            if not item.opens:
                break
            item = item.below(node)
        return self.createIndex(item.row, 0, item)

    @property
    def document(self) -> Document | None:
        """What is shown."""
        return self._root.document if self._root is not None else None

    def item(self, index: Index) -> Item | None:
        """The item of an index."""
        return index.internalPointer() if index.isValid() else self._root

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008  (Qt's own)
        """Qt's question for a place."""
        above = self.item(parent)
        if above is None or not 0 <= row < len(above.children) or not 0 <= column < 2:
            return QModelIndex()
        return self.createIndex(row, column, above.child(row))

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        """Qt's question for what is above."""
        item = self.item(index)
        if item is None or item.parent is None or item.parent is self._root or item is self._root:
            return QModelIndex()
        return self.createIndex(item.parent.row, 0, item.parent)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Children of a node."""
        item = self.item(parent)
        return len(item.children) if item is not None and parent.column() <= 0 else 0

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        """Cheaper than counting."""
        item = self.item(parent)
        if item is None or parent.column() > 0:
            return False
        return item is self._root or item.opens

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Always the same."""
        return 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The titles."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Name"), self.tr("Value"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's question for one cell."""
        item = self.item(index)
        if item is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._name(item) if index.column() == NAME else self._value(item)
        if role == Qt.ItemDataRole.ForegroundRole:
            return _ink(item, index.column())
        if role == NODE_ROLE:
            return item
        return None

    def _name(self, item: Item) -> str:
        if item.span is not None:
            return f"[{item.span[0]:,} … {item.span[1] - 1:,}]"
        name = item.label or item.document.name(item.node)
        if name or item.parent is self._root:
            return shortened(name) or "$"
        above = item.document.root if item.parent is None else item.parent.node
        if item.node.kind is Kind.BROKEN:
            return self.tr("not readable")
        return (
            f"[{item.node.place:,}]" if above.kind is Kind.ARRAY else ("#text" if above.kind is Kind.ELEMENT else '""')
        )

    def _value(self, item: Item) -> str:
        if item.span is not None:
            return ""
        node = item.node
        if node.kind.holds:
            count = item.document.count(node)
            shown = {Kind.OBJECT: "{%s}", Kind.ARRAY: "[%s]", Kind.ELEMENT: "<%s>"}[node.kind]
            deeper = self.tr("deeper than is shown here") if item.depth >= MOST_LEVELS and count else ""
            return f"{shown % f'{count:,}'} {deeper}".rstrip()
        if node.kind in (Kind.TEXT, Kind.ATTRIBUTE):
            text = item.document.text(node, VALUE_LIMIT)
        else:
            text = item.document.shown(node, VALUE_LIMIT)
        more = "…" if node.end - node.start > VALUE_LIMIT else ""
        return " ".join(text.splitlines()) + more


def _ink(item: Item, column: int) -> QColor | None:
    if item.span is not None or item.node.kind.holds:
        return theme.ink(Tone.NEUTRAL) if column == VALUE or item.span is not None else None
    tone = _TONES.get(item.node.kind) if column == VALUE else None
    return theme.ink(tone) if tone is not None else None
