"""The real window with the journeys tab, driven as a user would."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mcconsole.features import journeys
from mcconsole.features.journeys.one_view import OneView
from mcconsole.features.journeys.service import Receipt
from mcconsole.features.journeys.tab import JourneysTab
from tests.features.console_window import ConsoleWindow


class JourneysWindow(ConsoleWindow):
    """A window with the journeys tab in front."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(qtbot, journeys.MANIFEST)
        tab = self.window.tab("journeys")
        assert isinstance(tab, JourneysTab)
        self.tab = tab

    @property
    def one(self) -> OneView:
        """The pane for one contact."""
        return self.tab.work.one

    def choose(self, text: str) -> None:
        """Search for an entry source and take it with Return."""
        self.settle()
        search = self.tab.finder.search
        search.clear()
        QTest.keyClicks(search, text)
        QTest.keyClick(search, Qt.Key.Key_Return)
        self.settle()
        assert self.tab.draft.situation is not None, self.texts()

    def choose_again(self, text: str) -> None:
        """Back to the list, and another entry source."""
        self.tab.show_list()
        self.choose(text)

    def fill(self, contact: str, data: Mapping[str, object]) -> None:
        """Fill the form and wait for the checklist."""
        self.one.contact.setText(contact)
        self.one.editor.set_data({**data, **(self.one.editor.data() or {})})
        self.checked()

    def checked(self) -> None:
        """Wait until the checklist was gone through."""
        self.wait(lambda: not self.one._timer.isActive())
        self.settle()

    def fire(self) -> Receipt:
        """Fire and wait for the verdict."""
        self.press_run()
        self.settle(90)
        receipt = self.one.verdict.receipt
        assert receipt is not None, self.texts()
        return receipt
