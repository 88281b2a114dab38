"""The whole window, from opening it to the verdict on a contact, with pictures to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mcconsole.features.journeys.verdict import Verdict
from mcconsole.ui import theme
from tests.features.journeys_window import JourneysWindow
from tests.tenant import Tenant

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
"""Screenshots to be looked at; not kept in the repository."""
LONG = "Very long name of an entry source that somebody wrote to tell everything about its journey at once, and more"


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[JourneysWindow]:
    opened = JourneysWindow(qtbot)
    opened.window.docks["responses"].hide()
    yield opened
    opened.close()


def shoot(window: JourneysWindow, name: str) -> None:
    """A picture in light and one in dark."""
    ARTIFACTS.mkdir(exist_ok=True)
    for scheme in (theme.Scheme.DARK, theme.Scheme.LIGHT):
        theme.apply(scheme)
        for _ in range(3):
            QApplication.processEvents()
        assert window.window.grab().save(str(ARTIFACTS / f"journeys-{name}-{scheme}.png"))


def test_from_the_open_window_to_a_proven_entry(window: JourneysWindow, tenant: Tenant) -> None:
    tenant.switch(entry_delay=0.6)
    shoot(window, "no-tenant")
    window.window.show_tab("credentials")
    window.connect(tenant)
    window.window.activateWindow()
    window.wait(window.window.isActiveWindow)
    QTest.keyClick(window.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    window.wait(window.tab.finder.search.hasFocus)
    window.settle()
    shoot(window, "find")
    _type(window, "vip offer")
    shoot(window, "search")
    _type(window, "", Qt.Key.Key_Return)
    window.wait(window.one.contact.hasFocus)
    shoot(window, "chosen")
    _type(window, "N-1", Qt.Key.Key_Return)
    _type(window, "ann@example")
    window.checked()
    shoot(window, "faults")
    _type(window, ".com")
    window.one.editor.set_value("Points", "1200")
    window.checked()
    shoot(window, "filled")
    window.press_run()
    window.wait(lambda: len(window.one.verdict.timeline.stages) > 3)
    shoot(window, "watching")
    window.settle(90)
    receipt = window.one.verdict.receipt
    assert receipt is not None
    assert receipt.verdict is Verdict.ENTERED, window.texts()
    shoot(window, "entered")
    window.one.editor.set_value("Points", "12")
    window.one.budget.setValue(1)
    assert window.fire().verdict is Verdict.NOT_ENTERED
    assert "entry filter" in window.texts()
    shoot(window, "not-entered")


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
    shoot(window, "too-long")
    window.fill("contact-" + "x" * 30 + "@example.com", {})
    window.one.budget.setValue(1)
    assert window.fire().verdict is Verdict.NOT_ENTERED
    shoot(window, "long")
    window.fill("C-1007", {})
    assert window.fire().accepted is False
    shoot(window, "refused")
    window.window.resize(1024, 700)
    shoot(window, "small")
    assert window.window.size().toTuple() == (1024, 700)
    told = window.one._told
    inside = told.widget()
    assert inside is not None
    assert inside.width() == told.viewport().width()
    window.choose_again("APIEvent-store-visit")
    shoot(window, "no-schema")
    tenant.fail("/interaction/v1/", "status", status=403)
    window.tab.show_list()
    window.tab.refresh()
    window.settle()
    shoot(window, "failed")


def _type(window: JourneysWindow, text: str, *keys: Qt.Key) -> None:
    """Type where the keyboard is."""
    focused = window.window.focusWidget()
    assert isinstance(focused, QWidget)
    QTest.keyClicks(focused, text)
    for key in keys:
        QTest.keyClick(focused, key)
    if window.tab.finder._filter_timer.isActive():
        window.wait(lambda: not window.tab.finder._filter_timer.isActive())
