"""The real window with the import tab, driven as a user would."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mcconsole.core.matching import Matching
from mcconsole.features import imports
from mcconsole.features.imports.report import Result
from mcconsole.features.imports.sender import Pace
from mcconsole.features.imports.tab import RESULT, ImportsTab
from mcconsole.features.imports.tree import TARGET_ROLE
from tests.features.console_window import ConsoleWindow


class ImportWindow(ConsoleWindow):
    """A window with the import tab in front."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(qtbot, imports.MANIFEST)
        tab = self.window.tab("imports")
        assert isinstance(tab, ImportsTab)
        self.tab = tab
        tab.run_step.pace = Pace(first_poll=0.05, longest_poll=0.2, cancel_grace=0.5, not_found_grace=5)

    def drop(self, path: Path) -> None:
        """Drop a file on the window and wait until it was looked at."""
        self.drop_only(path)
        self.settle()

    def drop_only(self, path: Path) -> None:
        """Drop a file on the window."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(50, 200), copy, data, left, none)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        drop = QDropEvent(QPointF(50, 200), copy, data, left, none, QEvent.Type.Drop)
        QApplication.sendEvent(self.window, drop)

    def go_on(self) -> None:
        """Ctrl+Return, wherever the keyboard is."""
        assert self.tab.main.isEnabled(), self.tab.why.text()
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)
        QTest.keyClick(self.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def choose_target(self, key: str) -> None:
        """Search for a data extension by its key and choose it with the keyboard."""
        target = self.tab.target
        self.settle()
        target.search.clear()
        QTest.keyClicks(target.search, key)
        self.wait(lambda: not target._filter_timer.isActive())
        self.window.activateWindow()
        target.tree.setFocus()
        target.tree.setCurrentIndex(target.found.index(0, 0))
        for _ in range(50):
            found = target.tree.currentIndex().siblingAtColumn(0).data(TARGET_ROLE)
            if found is not None and found.key == key:
                break
            QTest.keyClick(target.tree, Qt.Key.Key_Down)
        self.settle()
        assert self.tab.draft.schema is not None, self.texts()
        assert self.tab.draft.schema.key == key

    def load(self, path: Path, key: str) -> None:
        """Drop a file, choose its target, and stop at the mapping."""
        self.drop(path)
        self.go_on()
        self.choose_target(key)
        self.go_on()
        self.settle()

    def run_to_the_end(self) -> Result:
        """From a finished check through the run to the result."""
        self.go_on()
        self.go_on()
        self.settle(120)
        assert self.tab.current == RESULT, self.texts()
        return self.result

    @property
    def result(self) -> Result:
        """What the import came to; its parts add up."""
        found = self.tab.draft.result
        assert found is not None
        parts = found.rows_left_out + found.rows_not_sent + found.rows_succeeded + found.rows_failed
        assert found.rows_read == parts + found.rows_unknown
        return found

    @property
    def matching(self) -> Matching:
        """The mapping as it is being made."""
        assert self.tab.draft.matching is not None
        return self.tab.draft.matching
