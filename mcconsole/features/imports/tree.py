"""The tree of folders and data extensions, with the recently used ones on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from mcconsole.features.imports.calls import DataExtension, Folder
from mcconsole.ui import icons
from mcconsole.ui.cells import RIGHT, ROOT, Index, Role
from mcconsole.ui.table import FILTER_ROLE

TARGET_ROLE = Qt.ItemDataRole.UserRole + 10
"""The DataExtension, or None for a folder."""


@dataclass(slots=True, eq=False)
class _Node:
    name: str
    parent: _Node | None = None
    target: DataExtension | None = None
    icon: str = "folder"
    children: list[_Node] = field(default_factory=list)
    place: int = 0

    def adopt(self, child: _Node) -> None:
        child.parent, child.place = self, len(self.children)
        self.children.append(child)


class TargetTree(QAbstractItemModel):
    """Folders and data extensions by name; folders that hold none are left out."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = _Node("")
        self._titles = (self.tr("Name"), self.tr("External key"), self.tr("Fields"), self.tr("Rows"))

    def show(self, folders: Sequence[Folder], targets: Sequence[DataExtension], recent: Sequence[str]) -> None:
        """Change everything that is shown; `recent` are external keys, latest first."""
        self.beginResetModel()
        self._root = _grown(folders, targets)
        by_key = {target.key: target for target in targets}
        lately = [by_key[key] for key in recent if key in by_key]
        if lately:
            group = _Node(self.tr("Recent"), icon="clock")
            for target in lately:
                group.adopt(_Node(target.name, target=target, icon="table"))
            old, self._root = self._root, _Node("")
            for node in (group, *old.children):
                self._root.adopt(node)
        self.endResetModel()

    def find(self, key: str) -> QModelIndex:
        """Where the data extension with this key is first; invalid when it is not there."""
        waiting = list(reversed(self._root.children))
        while waiting:
            node = waiting.pop()
            if node.target is not None and node.target.key == key:
                return self.createIndex(node.place, 0, node)
            waiting += reversed(node.children)
        return QModelIndex()

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        """Qt's."""
        children = self._node(parent).children
        return self.createIndex(row, column, children[row]) if 0 <= row < len(children) else QModelIndex()

    def parent(self, index: Index = ROOT) -> QModelIndex:  # type: ignore[override]
        """Qt's."""
        above = self._node(index).parent if index.isValid() else None
        return QModelIndex() if above is None or above is self._root else self.createIndex(above.place, 0, above)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Qt's."""
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: ARG002  (Qt calls it by name)
        """Qt's."""
        return len(self._titles)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        node = self._node(index)
        target = node.target
        if role == Role.DisplayRole:
            if target is None:
                return node.name if index.column() == 0 else None
            return (target.name, target.key, _count(target.field_count), _count(target.row_count))[index.column()]
        if role == Role.DecorationRole and index.column() == 0:
            return icons.icon(node.icon)
        if role == Role.TextAlignmentRole and index.column() >= 2:
            return RIGHT
        if role == Role.ToolTipRole and target is not None:
            return f"{target.name}\n{target.key}"
        if role == TARGET_ROLE:
            return target
        if role == FILTER_ROLE:
            return f"{target.name} {target.key}".casefold() if target is not None else node.name.casefold()
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        shown = orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole
        return self._titles[section] if shown else None

    def _node(self, index: Index) -> _Node:
        node = index.internalPointer() if index.isValid() else self._root
        return node if isinstance(node, _Node) else self._root


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _grown(folders: Sequence[Folder], targets: Sequence[DataExtension]) -> _Node:
    nodes = {folder.id: _Node(folder.name) for folder in folders}
    above = {folder.id: folder.parent_id for folder in folders}
    members: dict[str, list[_Node]] = {}
    for target in targets:
        members.setdefault(target.folder_id if target.folder_id in nodes else "", []).append(
            _Node(target.name, target=target, icon="table")
        )
    used: set[str] = set()
    for identity in members:
        while identity and identity not in used:
            used.add(identity)
            identity = above[identity] if above[identity] in nodes else ""
    for identity in used:
        members.setdefault(above[identity] if above[identity] in nodes else "", []).append(nodes[identity])
    root = _Node("")
    for identity, children in members.items():
        holder = nodes.get(identity, root)
        for child in sorted(children, key=lambda node: (node.target is not None, node.name.casefold())):
            holder.adopt(child)
    return root
