"""What the window knows of a tab: its entry before it is built, and what its page can do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from mcconsole.ui.entry import Manifest as Manifest


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
