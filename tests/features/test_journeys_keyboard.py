"""The journeys tab with the keyboard alone, and as a screen reader tells of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mcconsole.core.contacts import TestContact
from mcconsole.features.journeys.work_view import SETS
from mcconsole.ui.widgets import has_keyboard
from tests.features.journeys_window import JourneysWindow
from tests.tenant import Tenant


@pytest.fixture
def window(qtbot: QtBot, tenant: Tenant) -> Iterator[JourneysWindow]:
    tenant.switch(entry_delay=0)
    opened = JourneysWindow(qtbot)
    opened.connect(tenant)
    opened.settle()
    yield opened
    opened.close()


def test_whatever_takes_the_keyboard_has_a_name(window: JourneysWindow) -> None:
    window.choose("APIEvent-order-confirmation")
    work = window.tab.work
    for number in range(len(work.panes)):
        work.show_pane(number)
        window.settle()
        stops = [one for one in window.tab.findChildren(QWidget) if one.isVisible() and one.focusProxy() is None]
        stops = [one for one in stops if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
        assert len(stops) > 5
        assert not [one for one in stops if not QAccessible.queryAccessibleInterface(one).text(QAccessible.Text.Name)]


def test_the_keyboard_is_in_the_pane_that_was_chosen(window: JourneysWindow) -> None:
    window.choose("APIEvent-welcome")
    window.window.activateWindow()
    window.wait(window.window.isActiveWindow)
    work = window.tab.work
    work.reload.setFocus()
    window.wait(work.reload.hasFocus)
    for number in range(len(work.panes)):
        work.show_pane((number + 1) % len(work.panes))
        work.reload.setFocus()
        work.show_pane(number)
        assert has_keyboard(work.stack), number
    for number in (2, 1, 3, 1):  # a set of contacts has nothing but buttons yet
        work.show_pane(number)
        assert has_keyboard(work.stack), number
    work.choice.setFocus()
    QTest.keyClick(work.choice, Qt.Key.Key_Left)
    assert work.choice.hasFocus()


def test_the_keyboard_comes_back_to_a_set_that_was_fired(window: JourneysWindow) -> None:
    window.choose("APIEvent-welcome")
    window.window.activateWindow()
    window.wait(window.window.isActiveWindow)
    window.tab.work.show_pane(SETS)
    view = window.tab.work.contacts
    view.sets.put_contact(TestContact("N-1", {"EmailAddress": "ann@example.com"}))
    view.sets.table.setFocus()
    window.press_run()
    assert has_keyboard(view)
    window.settle(90)
    assert view.sets.table.hasFocus()


def test_a_long_reason_takes_the_room_beside_the_button(window: JourneysWindow) -> None:
    window.window.resize(1500, 950)
    window.choose("APIEvent-order-confirmation")
    window.fill("N-1", {"Wrong": "x"})
    assert "whose fields are" in window.one.why.text()
    window.wait(lambda: window.one.why.height() <= 4 * window.one.why.fontMetrics().lineSpacing())
