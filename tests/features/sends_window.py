"""The real window with the sends tab, driven as a user would."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mcconsole.features import sends
from mcconsole.features.sends.definitions import Definition
from mcconsole.features.sends.one_view import OneView
from mcconsole.features.sends.run import Receipt
from mcconsole.features.sends.tab import SendsTab
from tests.features.console_window import ConsoleWindow


class SendsWindow(ConsoleWindow):
    """A window with the sends tab in front."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(qtbot, sends.MANIFEST)
        tab = self.window.tab("sends")
        assert isinstance(tab, SendsTab)
        self.tab = tab

    @property
    def one(self) -> OneView:
        """The pane for one recipient."""
        return self.tab.work.one

    @property
    def definition(self) -> Definition:
        """What is chosen, as it was read last."""
        assert self.tab.draft.situation is not None, self.texts()
        return self.tab.draft.situation.definition

    def open(self, text: str) -> None:
        """Search for a definition and open it with Return."""
        self.tab.show_list()
        self.settle()
        search = self.tab.list.search
        search.clear()
        QTest.keyClicks(search, text)
        QTest.keyClick(search, Qt.Key.Key_Return)
        self.settle()
        assert self.tab.draft.situation is not None, self.texts()

    def fill(self, address: str, subscriber: str, attributes: Mapping[str, object] | None = None) -> None:
        """Fill the form and wait for the checklist."""
        self.one.form.address.setText(address)
        self.one.form.subscriber.setText(subscriber)
        if attributes:
            self.one.form.editor.set_data({**(self.one.form.editor.data() or {}), **attributes})
        self.checked()

    def checked(self) -> None:
        """Wait until the checklist was gone through."""
        self.wait(lambda: not self.one._timer.isActive())
        self.settle()

    def confirm(self) -> str:
        """Answer yes to the question that is asked; returns the question."""
        work = self.tab.work
        box = self.one.question or work.question or work.people.question or work.many.question
        assert box is not None, self.texts()
        text, yes = box.text(), box.findChild(QPushButton, "confirm")
        assert yes is not None
        QTest.mouseClick(yes, Qt.MouseButton.LeftButton)
        self.settle()
        return text

    def fire(self) -> Receipt:
        """Send and wait for the end."""
        self.press_run()
        self.settle(90)
        receipt = self.one.sent.receipt
        assert receipt is not None, self.texts()
        return receipt
