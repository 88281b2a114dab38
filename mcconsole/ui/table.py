"""Tables: read-only views with copying, sorting, filtering and sensible columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QFont, QFontDatabase, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from mcconsole.ui import shortcuts

SORT_ROLE = Qt.ItemDataRole.UserRole + 1
"""The role a model answers with a value that sorts rightly (a number, a time)."""

FILTER_ROLE = Qt.ItemDataRole.UserRole + 2
"""The role column 0 may answer with the text that a filter searches, in small letters; else the shown cells are."""

COPY_ROLE = Qt.ItemDataRole.UserRole + 3
"""The role a model may answer with what is copied, where a cell shows less than it holds."""

COPY_LIMIT = 100_000
"""Cells copied at most: a clipboard is no place for a million rows."""
COPY_CHARACTERS = 16 * 1024 * 1024
"""Characters copied at most, to the end of the cell that reaches it."""


class TableView(QTableView):
    """A table of rows that can be copied as text and walked through with the keyboard."""

    activated_row = Signal(object)
    """A QModelIndex: Return or a double click on a row."""

    def __init__(
        self,
        model: QAbstractItemModel,
        *,
        name: str,
        widths: Sequence[int] = (),
        stretch: int | None = None,
        cells: bool = False,
        sortable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`name` is the accessible name; `widths` in pixels from the first column; `cells` selects cells, not rows."""
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(name)
        self.setAlternatingRowColors(True)
        self.setShowGrid(cells)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        behavior = QAbstractItemView.SelectionBehavior
        self.setSelectionBehavior(behavior.SelectItems if cells else behavior.SelectRows)
        rows = self.verticalHeader()
        rows.setVisible(cells)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 12)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setMinimumSectionSize(36)
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
        if stretch is not None:
            columns.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
        self.setSortingEnabled(sortable)
        self._copy = QAction(self.tr("Copy"), self)
        self._copy.setShortcut(shortcuts.COPY)
        self._copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._copy.triggered.connect(self.copy)
        self.addAction(self._copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.doubleClicked.connect(self._activate)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return activates the row, the copy key copies all that is chosen; everything else is Qt's."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and self.currentIndex().isValid():
            self.activated_row.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _activate(self, index: QModelIndex) -> None:
        self.activated_row.emit(index)

    @Slot()
    def copy(self) -> None:
        """Copy the selected cells: tabs between columns, line ends between rows; one cell alone is copied as it is.

        A cell that holds a tab or a line end is put in quotes, as spreadsheets do and read it.
        """
        columns = [c for c in range(self.model().columnCount()) if not self.isColumnHidden(c)]
        chosen: dict[int, dict[int, str]] = {}
        cells = size = 0
        for span in self.selectionModel().selection().toList():
            for row in range(span.top(), span.bottom() + 1):
                for column in range(span.left(), span.right() + 1):
                    if cells >= COPY_LIMIT or size >= COPY_CHARACTERS:
                        break
                    text = _copied(self.model().index(row, column))
                    chosen.setdefault(row, {})[column] = text
                    cells += 1
                    size += len(text)
        used = [c for c in columns if any(c in row for row in chosen.values())]
        quote = _quoted if cells > 1 else str
        lines = ("\t".join(quote(chosen[row].get(c, "")) for c in used) for row in sorted(chosen))
        QGuiApplication.clipboard().setText("\n".join(lines))


def _copied(index: QModelIndex) -> str:
    text = index.data(COPY_ROLE)
    text = index.data(Qt.ItemDataRole.DisplayRole) if text is None else text
    return "" if text is None else str(text)


def _quoted(text: str) -> str:
    if not any(c in text for c in "\t\r\n"):
        return text
    return '"' + text.replace('"', '""') + '"'


class FilterProxy(QSortFilterProxyModel):
    """Keeps the rows in which every word of the filter occurs, in any column; sorts by SORT_ROLE."""

    def __init__(self, source: QAbstractItemModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setSortRole(SORT_ROLE)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setRecursiveFilteringEnabled(True)
        self.setSourceModel(source)

    @Slot(str)
    def set_filter(self, text: str) -> None:
        """Filter by these words."""
        self._words = tuple(text.casefold().split())
        self.invalidate()

    @property
    def filtering(self) -> bool:
        """Whether there is a word to look for."""
        return bool(self._words)

    def accepts(self, text: str) -> bool:
        """Whether every word occurs in a text of small letters."""
        return all(word in text for word in self._words)

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Qt's question for each row."""
        if not self._words:
            return True
        source = self.sourceModel()
        text = source.index(row, 0, parent).data(FILTER_ROLE)
        if text is not None:
            return self.accepts(text)
        shown = (source.index(row, column, parent).data() for column in range(source.columnCount(parent)))
        text = "\n".join(str(value) for value in shown if value is not None).casefold()
        return self.accepts(text)


def fixed_font() -> QFont:
    """The system's font of fixed width, for data."""
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
