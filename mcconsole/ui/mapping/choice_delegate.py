"""Cells with a choice: drawn as such, and a searchable list when edited."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QCompleter, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from mcconsole.ui import icons
from mcconsole.ui.cells import Index
from mcconsole.ui.mapping.models import CHOICES_ROLE, FREE_ROLE

_ARROW = 12


class ChoiceDelegate(QStyledItemDelegate):
    """For models that answer CHOICES_ROLE: a small arrow where a choice can be made, a combo box to make it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt's."""
        super().paint(painter, option, index)
        if index.data(CHOICES_ROLE) is None:
            return
        room = option.rect
        place = room.adjusted(room.width() - _ARROW - 6, 0, -6, 0)
        icons.icon("down").paint(painter, place, Qt.AlignmentFlag.AlignCenter)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Keep the text off the arrow."""
        super().initStyleOption(option, index)
        if index.data(CHOICES_ROLE) is not None:
            metrics = option.fontMetrics
            width = option.rect.width() - _ARROW - 18
            if not option.icon.isNull():
                width -= option.decorationSize.width() + 6
            option.text = metrics.elidedText(option.text, Qt.TextElideMode.ElideRight, max(width, 0))

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Qt's."""
        editor = ChoiceBox(parent)
        for text, value in index.data(CHOICES_ROLE) or []:
            editor.addItem(text, value)
        editor.free = bool(index.data(FREE_ROLE))
        editor.setAccessibleName(str(index.model().headerData(index.column(), Qt.Orientation.Horizontal)))
        editor.chosen.connect(self._chosen)
        QTimer.singleShot(0, editor, editor.open_list)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Qt's."""
        if isinstance(editor, ChoiceBox):
            editor.choose(str(index.data(Qt.ItemDataRole.EditRole) or ""))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Qt's."""
        if not isinstance(editor, ChoiceBox) or (value := editor.value()) is None:
            return
        # What was there is only an answer when it was picked, not when the list was merely looked at.
        if editor.picked or value != index.data(Qt.ItemDataRole.EditRole):
            model.setData(index, value, Qt.ItemDataRole.EditRole)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for the arrow."""
        return super().sizeHint(option, index) + QSize(_ARROW + 12, 0)

    @Slot()
    def _chosen(self) -> None:
        editor = self.sender()
        if isinstance(editor, ChoiceBox):
            editor.picked = True
            self.commitData.emit(editor)
            self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)


class ChoiceBox(QComboBox):
    """A combo box in which one can type any part of an entry to find it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.free = False
        """Whether a text that is no entry is taken as it is."""
        self.picked = False
        """Whether the user picked an entry."""
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setFrame(False)
        self.setMaxVisibleItems(14)
        found = QCompleter(self.model(), self)
        found.setFilterMode(Qt.MatchFlag.MatchContains)
        found.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        found.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        found.setMaxVisibleItems(14)
        self.setCompleter(found)
        self.chosen = self.activated

    def choose(self, value: str) -> None:
        """Show the entry with this value, or the text where it is none."""
        at = self.findData(value)
        self.setCurrentIndex(at)
        if at < 0 and value:
            self.setEditText(value)
        if (line := self.lineEdit()) is not None:
            line.selectAll()

    def value(self) -> str | None:
        """The value of the entry whose text is shown; a text of one's own where that is allowed; else None."""
        text = self.currentText().strip()
        at = self.findText(text, Qt.MatchFlag.MatchFixedString)
        if at >= 0:
            return str(self.itemData(at))
        return text if self.free and text else None

    @Slot()
    def open_list(self) -> None:
        """Show every entry at once, while typing still finds."""
        if self.isVisible() and (found := self.completer()) is not None:
            found.setCompletionPrefix("")
            found.complete()
