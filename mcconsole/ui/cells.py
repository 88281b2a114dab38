"""What every table model needs."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Role = Qt.ItemDataRole


def one_line(text: str) -> str:
    """A cell as a table shows it: line ends as signs, and not longer than anybody reads."""
    return text[:500].replace("\r\n", "↵ ").replace("\n", "↵ ").replace("\r", "↵ ").replace("\t", "⇥ ")
