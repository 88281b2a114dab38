"""The whole window, from opening it to a message that was sent, with pictures to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mcconsole.features.sends.choices import Pick
from mcconsole.features.sends.definitions import Status
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.work_view import MANY, ONE, SETS
from mcconsole.ui import theme
from tests.features.sends_window import SendsWindow
from tests.tenant import Tenant

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
"""Screenshots to be looked at; not kept in the repository."""


LONG = "Very long name of a definition that somebody wrote to tell everything about its message"


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[SendsWindow]:
    opened = SendsWindow(qtbot)
    opened.window.docks["responses"].hide()
    yield opened
    opened.close()


def shoot(window: SendsWindow, name: str) -> None:
    """A picture in light and one in dark."""
    ARTIFACTS.mkdir(exist_ok=True)
    for scheme in (theme.Scheme.DARK, theme.Scheme.LIGHT):
        theme.apply(scheme)
        for _ in range(3):
            QApplication.processEvents()
        assert window.window.grab().save(str(ARTIFACTS / f"sends-{name}-{scheme}.png"))


def test_a_newcomer_creates_starts_and_fires_a_definition(window: SendsWindow, tenant: Tenant) -> None:
    tenant.switch(delivery_delay=0.6, record_delay=0, tracking_delay=0)
    shoot(window, "no-tenant")
    window.connect(tenant)
    window.window.show_tab("credentials")
    window.window.activateWindow()
    window.wait(window.window.isActiveWindow)
    QTest.keyClick(window.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    window.wait(window.tab.list.search.hasFocus)
    window.settle()
    shoot(window, "list")
    window.press("New definition…")
    window.settle()
    create = window.tab.create_page
    window.wait(create.name.hasFocus)
    QTest.keyClicks(create.name, "Autumn greeting")
    assert create.key.text() == "autumn-greeting"
    assert not create.main.isEnabled()
    email = create.picks[Pick.EMAIL].combo
    email.setCurrentIndex(email.findText("Welcome", Qt.MatchFlag.MatchStartsWith))
    shoot(window, "create")
    window.press_run()
    window.settle()
    assert window.definition.status == Status.NEW, window.texts()
    window.fill("ann@example.com", "C-1")
    assert not window.one.main.isEnabled()
    shoot(window, "new")
    window.press("Start it…")
    assert "Start “Autumn greeting”" in window.confirm()
    assert window.definition.status == Status.ACTIVE, window.texts()
    window.checked()
    shoot(window, "ready")
    window.press_run()
    window.wait(lambda: len(window.one.sent.timeline.stages) > 2)
    shoot(window, "watching")
    window.settle(90)
    receipt = window.one.sent.receipt
    assert receipt is not None
    assert receipt.outcome is Outcome.SENT, window.texts()
    assert "Sent: ann@example.com" in window.texts()
    shoot(window, "sent")
    (message,) = tenant.outbox(definition="autumn-greeting")
    assert message["to"] == "ann@example.com"


def test_every_pane_fits_the_window(window: SendsWindow, tenant: Tenant, tmp_path: Path) -> None:
    tenant.switch(delivery_delay=0, record_delay=0, tracking_delay=0)
    tenant.definition("long-" * 7, Name=LONG)
    window.connect(tenant)
    window.open("order-confirmation-send")
    window.fill("not an address", "")
    shoot(window, "faults")
    window.fill("held@example.com", "C-2", {"OrderNumber": "A-1", "OrderTotal": "12.50"})
    shoot(window, "filled")
    assert window.fire().accepted is False
    shoot(window, "refused")
    window.open("shipping-notice-send")
    window.fill("ann@example.com", "C-1")
    window.fire()
    shoot(window, "paused")
    window.tab.work.show_pane(SETS)
    shoot(window, "sets")
    window.tab.work.show_pane(MANY)
    window.settle()
    shoot(window, "many")
    path = tmp_path / "recipients.csv"
    path.write_text("Email,SubscriberKey\nann@example.com,P-1\nbounce@example.com,P-2\n", encoding="utf-8")
    window.tab.work.many.open_file(path)
    window.settle()
    shoot(window, "map")
    window.press_run()
    window.settle()
    window.press_run()
    window.settle(60)
    shoot(window, "result")
    window.tab.work.show_pane(ONE)
    window.open(LONG)
    window.fill("a" * 60 + "@example.com", "contact-" + "x" * 90)
    shoot(window, "long")
    window.window.resize(1024, 700)
    shoot(window, "small")
    assert window.window.size().toTuple() == (1024, 700)
    tenant.fail("/messaging/v1/email/definitions", "status", status=403)
    window.tab.show_list()
    window.tab.refresh()
    window.settle()
    shoot(window, "obstacle")
    window.window.resize(1024, 700)
    window.press("New definition…")
    window.settle()
    shoot(window, "create-small")
    assert window.window.size().toTuple() == (1024, 700)
