"""The whole window, from opening it to the verdict on a contact, with pictures to be looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mcconsole.features.journeys.verdict import Verdict
from tests.features.journeys_window import JourneysWindow
from tests.tenant import Tenant

LONG = "Very long name of an entry source that somebody wrote to tell everything about its journey at once, and more"


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[JourneysWindow]:
    opened = JourneysWindow(qtbot)
    opened.window.docks["responses"].hide()
    yield opened
    opened.close()


def test_from_the_open_window_to_a_proven_entry(window: JourneysWindow, tenant: Tenant) -> None:
    tenant.switch(entry_delay=0.6)
    window.shoot("journeys-no-tenant")
    window.window.show_tab("credentials")
    window.connect(tenant)
    window.window.activateWindow()
    window.wait(window.window.isActiveWindow)
    QTest.keyClick(window.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    window.wait(window.tab.finder.search.hasFocus)
    window.settle()
    window.shoot("journeys-find")
    _type(window, "vip offer")
    window.shoot("journeys-search")
    _type(window, "", Qt.Key.Key_Return)
    window.wait(window.one.contact.hasFocus)
    window.shoot("journeys-chosen")
    _type(window, "N-1", Qt.Key.Key_Return)
    _type(window, "ann@example")
    window.checked()
    window.shoot("journeys-faults")
    _type(window, ".com")
    window.one.editor.set_value("Points", "1200")
    window.checked()
    window.shoot("journeys-filled")
    window.press_run()
    window.wait(lambda: len(window.one.verdict.timeline.stages) > 3)
    window.shoot("journeys-watching")
    window.settle(90)
    receipt = window.one.verdict.receipt
    assert receipt is not None
    assert receipt.verdict is Verdict.ENTERED, window.texts()
    window.shoot("journeys-entered")
    window.one.editor.set_value("Points", "12")
    window.one.budget.setValue(1)
    assert window.fire().verdict is Verdict.NOT_ENTERED
    assert "entry filter" in window.texts()
    window.shoot("journeys-not-entered")


def test_long_names_few_fields_and_refusals_fit_the_window(window: JourneysWindow, tenant: Tenant) -> None:
    definition = tenant.call("GET", "interaction/v1/eventDefinitions/key:APIEvent-survey").json()
    body = {"name": LONG, "eventDefinitionKey": "APIEvent-" + "long-" * 20, "type": "APIEvent", "mode": "Production"}
    made = tenant.call(
        "POST",
        "interaction/v1/eventDefinitions",
        {**body, "dataExtensionId": definition["dataExtensionId"], "arguments": definition["arguments"]},
    )
    assert made.ok, made.text
    window.connect(tenant)
    window.choose(LONG)
    window.fill("contact-" + "x" * 90 + "@example.com", {"EmailAddress": "a@example.com"})
    assert not window.one.main.isEnabled()
    window.shoot("journeys-too-long")
    window.fill("contact-" + "x" * 30 + "@example.com", {})
    window.one.budget.setValue(1)
    assert window.fire().verdict is Verdict.NOT_ENTERED
    window.shoot("journeys-long")
    window.fill("C-1007", {})
    assert window.fire().accepted is False
    window.shoot("journeys-refused")
    window.window.resize(1024, 700)
    window.shoot("journeys-small")
    assert window.window.size().toTuple() == (1024, 700)
    told = window.one._told
    inside = told.widget()
    assert inside is not None
    assert inside.width() == told.viewport().width()
    window.choose_again("APIEvent-store-visit")
    window.shoot("journeys-no-schema")
    tenant.fail("/interaction/v1/", "status", status=403)
    window.tab.show_list()
    window.tab.refresh()
    window.settle()
    window.shoot("journeys-failed")


def _type(window: JourneysWindow, text: str, *keys: Qt.Key) -> None:
    """Type where the keyboard is."""
    focused = window.window.focusWidget()
    assert isinstance(focused, QWidget)
    QTest.keyClicks(focused, text)
    for key in keys:
        QTest.keyClick(focused, key)
    if window.tab.finder._filter_timer.isActive():
        window.wait(lambda: not window.tab.finder._filter_timer.isActive())
