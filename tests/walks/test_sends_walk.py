"""The whole window, from opening it to a message that was sent, with pictures to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mcconsole.features.sends.choices import Pick
from mcconsole.features.sends.definitions import Status
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.work_view import MANY, ONE, SETS
from tests.features.sends_window import SendsWindow
from tests.tenant import Tenant

LONG = "Very long name of a definition that somebody wrote to tell everything about its message"


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[SendsWindow]:
    opened = SendsWindow(qtbot)
    opened.window.docks["responses"].hide()
    yield opened
    opened.close()


def test_a_newcomer_creates_starts_and_fires_a_definition(window: SendsWindow, tenant: Tenant) -> None:
    tenant.switch(delivery_delay=0.6, record_delay=0, tracking_delay=0)
    window.shoot("sends-no-tenant")
    window.connect(tenant)
    window.window.show_tab("credentials")
    window.window.activateWindow()
    window.wait(window.window.isActiveWindow)
    QTest.keyClick(window.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    window.wait(window.tab.list.search.hasFocus)
    window.settle()
    window.shoot("sends-list")
    window.press("New definition…")
    window.settle()
    create = window.tab.create_page
    window.wait(create.name.hasFocus)
    QTest.keyClicks(create.name, "Autumn greeting")
    assert create.key.text() == "autumn-greeting"
    assert not create.main.isEnabled()
    email = create.picks[Pick.EMAIL].combo
    email.setCurrentIndex(email.findText("Welcome", Qt.MatchFlag.MatchStartsWith))
    window.shoot("sends-create")
    window.press_run()
    window.settle()
    assert window.definition.status == Status.NEW, window.texts()
    window.fill("ann@example.com", "C-1")
    assert not window.one.main.isEnabled()
    window.shoot("sends-new")
    window.press("Start it…")
    assert "Start “Autumn greeting”" in window.confirm()
    assert window.definition.status == Status.ACTIVE, window.texts()
    window.checked()
    window.shoot("sends-ready")
    window.press_run()
    window.wait(lambda: len(window.one.sent.timeline.stages) > 2)
    window.shoot("sends-watching")
    window.settle(90)
    receipt = window.one.sent.receipt
    assert receipt is not None
    assert receipt.outcome is Outcome.SENT, window.texts()
    assert "Sent: ann@example.com" in window.texts()
    window.shoot("sends-sent")
    (message,) = tenant.outbox(definition="autumn-greeting")
    assert message["to"] == "ann@example.com"


def test_every_pane_fits_the_window(window: SendsWindow, tenant: Tenant, tmp_path: Path) -> None:
    tenant.switch(delivery_delay=0, record_delay=0, tracking_delay=0)
    tenant.definition("long-" * 7, Name=LONG)
    window.connect(tenant)
    window.open("order-confirmation-send")
    window.fill("not an address", "")
    window.shoot("sends-faults")
    window.fill("held@example.com", "C-2", {"OrderNumber": "A-1", "OrderTotal": "12.50"})
    window.shoot("sends-filled")
    assert window.fire().accepted is False
    window.shoot("sends-refused")
    window.open("shipping-notice-send")
    window.fill("ann@example.com", "C-1")
    window.fire()
    window.shoot("sends-paused")
    window.tab.work.show_pane(SETS)
    window.shoot("sends-sets")
    window.tab.work.show_pane(MANY)
    window.settle()
    window.shoot("sends-many")
    path = tmp_path / "recipients.csv"
    path.write_text("Email,SubscriberKey\nann@example.com,P-1\nbounce@example.com,P-2\n", encoding="utf-8")
    window.tab.work.many.open_file(path)
    window.settle()
    window.shoot("sends-map")
    window.press_run()
    window.settle()
    window.press_run()
    window.settle(60)
    window.shoot("sends-result")
    window.tab.work.show_pane(ONE)
    window.open(LONG)
    window.fill("a" * 60 + "@example.com", "contact-" + "x" * 90)
    window.shoot("sends-long")
    window.window.resize(1024, 700)
    window.shoot("sends-small")
    assert window.window.size().toTuple() == (1024, 700)
    tenant.fail("/messaging/v1/email/definitions", "status", status=403)
    window.tab.show_list()
    window.tab.refresh()
    window.settle()
    window.shoot("sends-obstacle")
    window.window.resize(1024, 700)
    window.press("New definition…")
    window.settle()
    window.shoot("sends-create-small")
    assert window.window.size().toTuple() == (1024, 700)
