"""What the window knows of a tab before the tab is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from mcconsole.ui.state import AppState


@dataclass(frozen=True, slots=True)
class Manifest:
    """One tab. `factory` imports what it needs itself, so that a tab costs nothing until it is shown."""

    id: str
    title: str
    icon: str
    order: int
    factory: Callable[[AppState], QWidget]


class Tab(QWidget):
    """A tab's page. The window owns the keys and calls these on the tab in front; each does nothing by default."""

    def refresh(self) -> None:
        """F5: read the lists of this tab again."""

    def run(self) -> None:
        """Ctrl+Return: do the main thing of this tab."""

    def open_file(self, path: Path) -> None:
        """A file was chosen with Ctrl+O, from the recent files, or dropped on the window."""

    def prepare_close(self) -> None:
        """The window is about to close: let go of what is only prepared. Must return at once."""
