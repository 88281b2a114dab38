"""The keys, in one place."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

Key = str | QKeySequence.StandardKey
"""Portable text, or Qt's name for what the system uses. A QKeySequence itself cannot be made before the application."""

OPEN: Key = QKeySequence.StandardKey.Open
SAVE: Key = QKeySequence.StandardKey.Save
FIND: Key = QKeySequence.StandardKey.Find
COPY: Key = QKeySequence.StandardKey.Copy
REFRESH: Key = "F5"
RUN: tuple[Key, ...] = ("Ctrl+Return", "Ctrl+Enter")
SETTINGS: Key = "Ctrl+,"
QUIT: Key = "Ctrl+Q"
PROFILE: Key = "Ctrl+P"
RESPONSES: Key = "Ctrl+Shift+R"
NEXT_TAB: Key = "Ctrl+Tab"
PREVIOUS_TAB: Key = "Ctrl+Shift+Tab"


def tab(number: int) -> Key:
    """Ctrl+1 for the first tab, and so on."""
    return f"Ctrl+{number}"
