"""The keys, in one place."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

OPEN = QKeySequence(QKeySequence.StandardKey.Open)
REFRESH = QKeySequence(Qt.Key.Key_F5)
RUN = (
    QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Return),
    QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Enter),
)
SETTINGS = QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Comma)
QUIT = QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Q)
PROFILE = QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_P)
RESPONSES = QKeySequence(Qt.Modifier.CTRL | Qt.Modifier.SHIFT | Qt.Key.Key_R)
FIND = QKeySequence(QKeySequence.StandardKey.Find)
SAVE = QKeySequence(QKeySequence.StandardKey.Save)
COPY = QKeySequence(QKeySequence.StandardKey.Copy)
NEXT_TAB = QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Tab)
PREVIOUS_TAB = QKeySequence(Qt.Modifier.CTRL | Qt.Modifier.SHIFT | Qt.Key.Key_Tab)


def tab(number: int) -> QKeySequence:
    """Ctrl+1 for the first tab, and so on."""
    return QKeySequence(f"Ctrl+{number}")
