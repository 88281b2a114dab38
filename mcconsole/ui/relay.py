"""A slot for any callable, so that a signal never holds a lambda that outlives its widget."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot


class Relay(QObject):
    """Calls a callable from a signal, without what the signal carries; dies with its parent."""

    def __init__(self, act: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._act = act

    @Slot()
    def do(self) -> None:
        """Call it."""
        self._act()
