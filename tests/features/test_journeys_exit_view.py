"""Taking a contact out in the window, over real HTTP: asked in one sentence, followed word for word."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from mcconsole.features.journeys.exit_view import ExitView
from tests.features.journeys_parts import Parts
from tests.tenant import Tenant

EXIT = "/interaction/v1/interactions/contactexit$"


@pytest.fixture
def parts(qtbot: QtBot, tenant: Tenant) -> Iterator[Parts]:
    tenant.switch(entry_delay=0, exit_delay=0.2)
    made = Parts(qtbot, tenant)
    yield made
    made.close()


@pytest.fixture
def view(parts: Parts, tenant: Tenant) -> ExitView:
    data = {"SubscriberKey": "N-1", "EmailAddress": "n1@example.com"}
    assert tenant.fire("APIEvent-welcome", "N-1", data).status_code == 201
    tenant.until(lambda: "welcome-series" in tenant.journeys_of("N-1")["N-1"])
    made = ExitView(parts.draft)
    QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    parts.show(made)
    return made


def test_a_contact_is_found_taken_out_and_told_word_for_word(parts: Parts, view: ExitView, tenant: Tenant) -> None:
    view.show_contact("N-1")
    parts.settle()
    assert view.inside.text.text() == "N-1 is in “welcome-series” (version 2)."
    assert view.main.text() == "Take N-1 out of “welcome-series”"
    view.run()
    assert view.question is not None
    assert view.question.text().startswith("Take N-1 out of “welcome-series”, every version, in TEST / ")
    assert not tenant.journal(EXIT, "POST")
    parts.press(view.question, "Take it out")
    parts.settle()
    assert view.line.text.text() == "N-1: The contact is not in the journey any more."
    words = {view.model.index(row, 2).data() for row in range(view.model.rowCount())}
    assert words == {"Exit process Completed."}
    assert tenant.journeys_of("N-1")["N-1"] == []
    assert len(tenant.journal(EXIT, "POST")) == 1
    assert view.focusWidget() is view.contact


def test_no_asks_nothing_of_the_tenant(parts: Parts, view: ExitView, tenant: Tenant) -> None:
    parts.choose("APIEvent-welcome")
    view.contact.setText("N-1")
    assert view.journey.currentData() == "welcome-series"
    view.run()
    assert view.question is not None
    view.question.reject()
    parts.settle()
    assert not tenant.journal(EXIT, "POST")
    assert view.question is None


def test_following_can_be_stopped_and_nothing_is_claimed(parts: Parts, view: ExitView, tenant: Tenant) -> None:
    tenant.switch(exit_delay=60)
    parts.choose("APIEvent-welcome")
    view.contact.setText("N-1")
    view.run()
    assert view.question is not None
    parts.press(view.question, "Take it out")
    parts.wait(view.model.rowCount)
    parts.press(view, "Stop following")
    parts.settle()
    assert "not followed to the end" in view.line.text.text()
    assert view.main.isEnabled()


def test_who_is_in_no_journey_is_told_so(parts: Parts, view: ExitView) -> None:
    assert not view.main.isEnabled()
    assert "Enter a contact key" in view.note.text()
    view.show_contact("nobody")
    parts.settle()
    assert view.inside.text.text() == "nobody is in no journey now."
    view.contact.setText("nobody-2")
    assert view.inside.isHidden()
