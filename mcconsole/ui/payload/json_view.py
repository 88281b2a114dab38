"""The JSON that will be sent, as text to be edited, with what is wrong marked where it stands."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QMimeData, Qt, Signal, Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from mcconsole.core.values import utf16_length
from mcconsole.ui import theme
from mcconsole.ui.payload.inputs import Take
from mcconsole.ui.table import fixed_font
from mcconsole.ui.theme import Tone

PARAGRAPH, LINE = "\u2029", "\u2028"
"""What Qt puts between lines, and what Shift+Return types."""

Span = tuple[int, int]
"""Characters of the text, the end exclusive."""


class JsonEdit(QPlainTextEdit):
    """A text editor for JSON."""

    edited = Signal()
    """The user changed the text."""

    def __init__(self, take: Take, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._take = take
        self._quiet = False
        self._spans: list[Span] = []
        self.setFont(fixed_font())
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setAccessibleName(self.tr("The JSON that will be sent"))
        self.textChanged.connect(self._changed)
        theme.changed.connect(self._paint)

    def text(self) -> str:
        """The text with every character as it was typed; `toPlainText` would change blanks that do not break."""
        return self.document().toRawText().replace(PARAGRAPH, "\n").replace(LINE, "\n")

    def show_text(self, text: str) -> None:
        """Replace what differs, so that Undo and the cursor live on; nothing is emitted."""
        before = self.text()
        if text == before:
            return
        start = _common(before, text)
        same_end = _common(before[start:][::-1], text[start:][::-1])
        cursor = QTextCursor(self.document())
        cursor.setPosition(utf16_length(before[:start]))
        cursor.setPosition(utf16_length(before[: len(before) - same_end]), QTextCursor.MoveMode.KeepAnchor)
        self._quiet = True
        cursor.insertText(text[start : len(text) - same_end])
        self._quiet = False

    def mark(self, spans: Iterable[Span]) -> None:
        """Mark these characters as wrong."""
        self._spans = list(spans)
        self._paint()

    @Slot()
    def _paint(self) -> None:
        text = self.text()
        wrong = QTextCharFormat()
        wrong.setForeground(theme.ink(Tone.ERROR))
        wrong.setBackground(theme.wash(Tone.ERROR))
        wrong.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        wrong.setUnderlineColor(theme.ink(Tone.ERROR))
        marked = []
        for start, end in self._spans:
            selection = QTextEdit.ExtraSelection()
            selection.format = wrong
            cursor = QTextCursor(self.document())
            cursor.setPosition(utf16_length(text[:start]))
            cursor.setPosition(utf16_length(text[:end]), QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            marked.append(selection)
        self.setExtraSelections(marked)

    def go_to(self, at: int) -> None:
        """Put the cursor before a character."""
        cursor = self.textCursor()
        cursor.setPosition(utf16_length(self.text()[:at]))
        self.setTextCursor(cursor)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def all_selected(self) -> bool:
        """Whether a paste would replace everything."""
        return len(self.textCursor().selectedText()) >= len(self.text().strip())

    def insertFromMimeData(self, source: QMimeData) -> None:
        """A pasted row or object is matched with the schema; everything else is inserted as it is."""
        if not self._take(source.text()):
            super().insertFromMimeData(source)

    @Slot()
    def _changed(self) -> None:
        if not self._quiet:
            self.edited.emit()


def _common(one: str, other: str) -> int:
    """How many characters from the start are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
