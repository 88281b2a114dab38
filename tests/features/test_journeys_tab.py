"""The journeys tab over real HTTP against the sandbox: finding, checking, firing, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mcconsole.core.exchange import Exchange
from mcconsole.core.findings import Mark, State
from mcconsole.core.snippets import Form
from mcconsole.core.tenant import Environment
from mcconsole.features.journeys.models import SourcesModel
from mcconsole.features.journeys.situation import Topic
from mcconsole.features.journeys.verdict import Verdict
from tests.features.journeys_window import JourneysWindow
from tests.tenant import Tenant

EVENTS = "/interaction/v1/events"
PERSON = {"EmailAddress": "a@example.com", "FirstName": "Ann"}


@pytest.fixture
def bare(qtbot: QtBot) -> Iterator[JourneysWindow]:
    """A window without a connection."""
    opened = JourneysWindow(qtbot)
    yield opened
    opened.close()


@pytest.fixture
def window(bare: JourneysWindow, tenant: Tenant) -> JourneysWindow:
    """A connected window with the list read."""
    tenant.switch(entry_delay=0)
    bare.connect(tenant)
    bare.settle()
    return bare


def fired(tenant: Tenant) -> int:
    """How many events arrived."""
    return len(tenant.journal(EVENTS, "POST"))


def states(window: JourneysWindow) -> dict[str, State]:
    """How the lines of the checklist stand."""
    return {item.topic: item.state for item in window.one.checklist.items}


def test_without_a_tenant_the_tab_says_what_to_do(bare: JourneysWindow) -> None:
    assert "No tenant connected" in bare.texts()


def test_every_entry_source_is_listed_with_its_journey(window: JourneysWindow, qtbot: QtBot) -> None:
    finder = window.tab.finder
    QAbstractItemModelTester(finder.model, QAbstractItemModelTester.FailureReportingMode.Fatal, finder)
    rows = finder.model.rows
    assert rows[0].fireable
    assert not rows[-1].fireable
    shown = {row.source.key: row.journey and (row.journey.version, row.journey.status) for row in rows if row.source}
    assert shown["APIEvent-welcome"] == (2, "Published")
    assert shown["APIEvent-survey"] is None
    assert shown["APIEvent-spring-campaign"] == (1, "Draft")
    window.window.activateWindow()
    window.wait(finder.search.hasFocus)


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("welcome-series", "is the key of the journey"),
        ("apievent-WELCOME", "in other case"),
        ("APIEvent-welcome-entries", "external key of an entry data extension"),
    ],
)
def test_a_pasted_key_leads_to_its_entry_source(window: JourneysWindow, pasted: str, said: str) -> None:
    window.choose(pasted)
    assert window.tab.draft.chosen == "APIEvent-welcome"
    assert said in window.tab.work.explanation.text.text()


def test_escape_leads_back_to_the_list_and_what_was_typed_is_kept(window: JourneysWindow) -> None:
    window.choose("APIEvent-welcome")
    window.fill("N-1", PERSON)
    window.window.activateWindow()
    window.wait(window.one.contact.hasFocus)
    QTest.keyClick(window.one.contact, Qt.Key.Key_Escape)
    window.wait(window.tab.finder.search.hasFocus)
    window.choose("APIEvent-loyalty")
    assert window.one.contact.text() == "N-1"
    assert window.one.editor.data() == {**PERSON, "SubscriberKey": "N-1"}


def test_what_cannot_be_fired_says_why(window: JourneysWindow) -> None:
    search = window.tab.finder.search
    QTest.keyClicks(search, "win-back")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert "only an API event can be fired" in window.texts()
    assert not window.tab.draft.chosen
    search.clear()
    QTest.keyClicks(search, "no such thing at all")
    QTest.keyClick(search, Qt.Key.Key_Return)
    window.settle()
    assert "Nothing in this business unit has the name, key or id" in window.texts()


def test_from_the_search_to_a_proven_entry_with_the_keyboard_alone(window: JourneysWindow, tenant: Tenant) -> None:
    window.window.activateWindow()
    window.wait(window.window.isActiveWindow)
    search = window.tab.finder.search
    assert search.hasFocus()
    QTest.keyClicks(search, "welcome-ser")
    QTest.keyClick(search, Qt.Key.Key_Return)
    window.wait(window.one.contact.hasFocus)
    QTest.keyClicks(window.one.contact, "N-77")
    QTest.keyClick(window.one.contact, Qt.Key.Key_Return)
    QTest.keyClicks(window.window.focusWidget(), "a@example.com")
    window.press_run()
    window.settle(90)
    receipt = window.one.verdict.receipt
    assert receipt is not None, window.texts()
    assert receipt.verdict is Verdict.ENTERED
    assert "Entered: N-77" in window.texts()
    assert fired(tenant) == 1
    assert tenant.journeys_of("N-77") == {"N-77": ["welcome-series"]}
    row = next(row for row in tenant.rows("APIEvent-welcome-entries") if row["subscriberkey"] == "N-77")
    assert row["emailaddress"] == "a@example.com"


def test_the_checklist_is_gone_through_as_one_types(window: JourneysWindow) -> None:
    window.choose("loyalty")
    window.checked()
    assert states(window)[Topic.CONTACT] is State.FAULT
    assert not window.one.main.isEnabled()
    window.fill("N-1", PERSON)
    assert set(states(window).values()) == {State.GOOD}
    assert window.one.main.isEnabled()
    window.fill("C-1002", PERSON)
    assert states(window)[Topic.ENTRY] is State.WARNING
    assert window.one.main.isEnabled()
    window.fill("C-1002", {"Nonsense": "1"})
    assert not window.one.main.isEnabled()


@pytest.mark.parametrize(
    ("event", "contact", "verdict", "reason", "next_step"),
    [
        ("APIEvent-spring-campaign", "N-1", "Not entered", "is Draft", "Publish the journey"),
        ("APIEvent-first-purchase", "C-1001", "Not entered", "lets a contact enter once", "never in"),
        ("APIEvent-loyalty", "C-1002", "Not entered", "only after leaving", "Take the contact out"),
        ("APIEvent-welcome", "C-1006", "Not proven", "Nothing shows an entry", "See the journey's history"),
    ],
)
def test_a_contact_that_vanishes_is_told_with_its_reason(
    window: JourneysWindow, event: str, contact: str, verdict: str, reason: str, next_step: str
) -> None:
    window.choose(event)
    window.one.budget.setValue(1)
    window.fill(contact, PERSON)
    receipt = window.fire()
    assert receipt.accepted
    shown = window.texts()
    assert f"{verdict}: {contact}" in shown
    assert reason in shown
    assert next_step in shown


def test_what_marketing_cloud_refuses_is_said_word_for_word(window: JourneysWindow, tenant: Tenant) -> None:
    window.choose("APIEvent-welcome")
    window.fill("C-1007", PERSON)
    receipt = window.fire()
    assert receipt.accepted is False
    assert "Not accepted: C-1007" in window.texts()
    assert receipt.error is not None
    assert receipt.error.said in window.texts()


def test_the_receipt_leads_to_the_call_and_copies_it(window: JourneysWindow) -> None:
    window.choose("APIEvent-welcome")
    window.fill("N-1", PERSON)
    receipt = window.fire()
    view = window.one.verdict
    QTest.mouseClick(view.copy_id, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == receipt.event_instance_id
    view.copy_as.forms[Form.JSON].trigger()
    assert json.loads(QGuiApplication.clipboard().text()) == {
        "ContactKey": "N-1",
        "EventDefinitionKey": "APIEvent-welcome",
        "Data": {**PERSON, "SubscriberKey": "N-1"},
    }
    wanted: list[Exchange] = []
    window.state.exchange_wanted.connect(wanted.append)
    window.press("Show in Responses")
    assert wanted == [receipt.exchange]
    assert view.timeline.stages[0].mark is Mark.YES


def test_a_double_click_fires_once_and_the_same_again_asks(window: JourneysWindow, tenant: Tenant) -> None:
    window.choose("APIEvent-welcome")
    window.fill("N-1", PERSON)
    QTest.mouseClick(window.one.main, Qt.MouseButton.LeftButton)
    window.one.run()
    window.one.run()
    window.settle(90)
    assert fired(tenant) == 1
    window.press_run()
    window.settle()
    assert fired(tenant) == 1
    assert "Not fired again" in window.texts()
    window.press("Fire again…")
    question = window.one.question
    assert question is not None
    assert "The same was fired a moment ago" in question.text()
    yes = question.findChild(QPushButton, "confirm")
    assert isinstance(yes, QPushButton)
    QTest.mouseClick(yes, Qt.MouseButton.LeftButton)
    window.settle(90)
    assert fired(tenant) == 2


def test_an_answer_that_was_lost_is_looked_for_and_never_fired_again(window: JourneysWindow, tenant: Tenant) -> None:
    window.choose("APIEvent-welcome")
    window.fill("N-1", PERSON)
    tenant.fail(EVENTS, "reset_after", times=1)
    assert window.fire().verdict is Verdict.ENTERED
    assert fired(tenant) == 1
    tenant.fail(EVENTS, "reset_before", times=1)
    window.one.budget.setValue(1)
    window.fill("N-2", {})
    receipt = window.fire()
    assert (receipt.accepted, receipt.verdict) == (None, Verdict.NOT_PROVEN)
    assert "Whether the event was accepted is not known" in window.texts()
    assert "N-2" not in str(tenant.rows("APIEvent-welcome-entries"))


def test_what_never_left_is_not_called_fired(window: JourneysWindow, tenant: Tenant) -> None:
    tenant.fail("/interaction/v1/interactions/contactMembership", "status", status=401)
    window.choose("APIEvent-welcome")
    window.fill("N-1", PERSON)
    assert "The checklist could not be gone through" in window.texts()
    window.press_run()
    window.settle(90)
    assert "Not fired" in window.texts()
    assert window.one.verdict.receipt is None
    assert fired(tenant) == 0


def test_production_asks_and_cancel_sends_nothing(bare: JourneysWindow, tenant: Tenant) -> None:
    bare.connect(tenant, Environment.PRODUCTION)
    bare.choose("APIEvent-welcome")
    bare.fill("N-1", PERSON)
    bare.press_run()
    question = bare.one.question
    assert question is not None
    assert question.text().startswith("Fire Welcome series for N-1 in PRODUCTION / ")
    question.reject()
    bare.settle()
    assert fired(tenant) == 0


def test_without_a_schema_only_raw_data_can_be_fired(window: JourneysWindow, tenant: Tenant) -> None:
    window.choose("APIEvent-store-visit")
    window.checked()
    assert "The fields cannot be read" in window.texts()
    window.one.contact.setText("N-1")
    window.checked()
    assert not window.one.main.isEnabled()
    window.press("Use raw JSON")
    window.one.editor.set_data({"SubscriberKey": "N-1"})
    window.checked()
    assert states(window)[Topic.DATA] is State.WARNING
    assert window.fire().accepted is False
    assert fired(tenant) == 1


def test_raw_data_are_sent_as_they_are_and_nothing_is_looked_for_without_a_budget(
    window: JourneysWindow, tenant: Tenant
) -> None:
    window.choose("APIEvent-welcome")
    assert window.one.form.mirrored.isVisible()
    window.one.raw.setChecked(True)
    assert not window.one.form.mirrored.isVisible()
    window.one.contact.setText("N-1")
    window.one.editor.set_data({**PERSON, "SubscriberKey": "N-1", "Unknown": 3})
    window.checked()
    assert states(window)[Topic.DATA] is State.WARNING
    window.one.budget.setValue(0)
    assert window.fire().verdict is Verdict.NOT_CHECKED
    assert "Accepted; whether the contact entered was not looked for." in window.texts()
    assert fired(tenant) == 1


def test_watching_can_be_stopped(window: JourneysWindow, tenant: Tenant) -> None:
    tenant.switch(entry_delay=600)
    window.choose("APIEvent-welcome")
    window.fill("N-1", PERSON)
    window.press_run()
    timeline = window.one.verdict.timeline
    window.wait(lambda: len(timeline.stages) > 3)
    assert timeline.stages[0].mark is Mark.YES
    window.press("Stop watching")
    window.settle()
    receipt = window.one.verdict.receipt
    assert receipt is not None
    assert receipt.verdict is Verdict.NOT_PROVEN
    assert "The watching was cancelled" in window.texts()
    assert fired(tenant) == 1


def test_the_list_is_used_while_it_is_being_read_and_can_be_stopped(bare: JourneysWindow, tenant: Tenant) -> None:
    tenant.fail("/interaction/v1/interactions", "delay", seconds=2, times=1)
    bare.connect_only(tenant)
    finder = bare.tab.finder
    bare.wait(lambda: finder.model.rowCount() == 15)
    assert bare.tab.draft.listing
    assert "so far" in bare.texts()
    bare.press("Stop")
    bare.settle()
    assert "the list is not whole" in bare.texts()
    bare.choose("APIEvent-welcome")
    assert [one.status for one in bare.tab.draft.situation.running] == ["Published"]  # type: ignore[union-attr]


def test_a_list_that_cannot_be_read_says_so_and_can_be_tried_again(bare: JourneysWindow, tenant: Tenant) -> None:
    tenant.fail("/interaction/v1/eventDefinitions", "status", status=403)
    bare.connect(tenant)
    bare.settle()
    assert "The journeys could not be listed" in bare.texts()
    tenant.heal()
    bare.press("Try again")
    bare.settle()
    assert bare.tab.finder.model.rowCount() == 15


def test_another_business_unit_has_other_journeys(window: JourneysWindow, tenant: Tenant) -> None:
    window.choose("APIEvent-welcome")
    europe = next(unit for unit in window.state.connection.business_units if "Europe" in unit.name)  # type: ignore[union-attr]
    window.connector.switch_business_unit(europe.account_id)
    window.settle()
    assert window.tab.draft.situation is None
    assert window.tab.finder.isVisible()
    assert [row.source.key for row in window.tab.finder.model.rows if row.source] == ["APIEvent-welcome-europe"]


def test_refresh_reads_the_state_of_the_journey_again(window: JourneysWindow, tenant: Tenant) -> None:
    window.choose("APIEvent-loyalty")
    tenant.call("POST", "interaction/v1/interactions/pause/key:loyalty-programme?versionNumber=1", {})
    window.tab.refresh()
    window.settle()
    window.fill("N-1", PERSON)
    assert states(window)[Topic.JOURNEY] is State.WARNING
    assert "is paused" in window.texts()


def test_a_journey_that_was_made_meanwhile_is_there_after_a_refresh(window: JourneysWindow, tenant: Tenant) -> None:
    window.choose("APIEvent-survey")
    assert "feeds no journey" in window.texts()
    trigger = {"key": "T", "type": "APIEvent", "metaData": {"eventDefinitionKey": "APIEvent-survey"}}
    made = tenant.call("POST", "interaction/v1/interactions", {"name": "New one", "key": "new", "triggers": [trigger]})
    assert made.status_code == 201, made.text
    window.tab.refresh()
    window.settle()
    assert "feeds “New one” (version 1): Draft" in window.texts()


def test_a_model_without_rows_is_a_model(qtbot: QtBot) -> None:
    model = SourcesModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show_rows(())
    assert model.rowCount() == 0


def test_a_pasted_contact_key_is_taken_and_outlives_a_refresh(window: JourneysWindow, tenant: Tenant) -> None:
    window.connect(tenant)
    window.choose("APIEvent-welcome")
    window.one.editor.set_data({"SubscriberKey": "P-9", "EmailAddress": "ann@example.com"})
    assert window.one.contact.text() == "P-9"
    window.tab.refresh()
    window.settle()
    assert window.one.editor.data() == {"SubscriberKey": "P-9", "EmailAddress": "ann@example.com"}
    window.one.editor.set_value("SubscriberKey", "P-10")
    assert window.one.contact.text() == "P-10"
    window.one.contact.setText("P-11")
    assert (window.one.editor.data() or {})["SubscriberKey"] == "P-11"
    window.one.editor.set_value("SubscriberKey", "P-12")
    assert window.one.contact.text() == "P-11"


def test_firing_once_more_by_a_slip_keeps_the_receipt(window: JourneysWindow, tenant: Tenant) -> None:
    window.connect(tenant)
    window.choose("APIEvent-welcome")
    window.fill("N-1", {"EmailAddress": "ann@example.com"})
    window.one.budget.setValue(0)
    receipt = window.fire()
    window.press_run()
    window.settle()
    assert len(tenant.journal("/interaction/v1/events", "POST")) == 1
    assert "Not fired again" in window.texts()
    assert receipt.event_instance_id in window.texts()


def test_a_verdict_of_another_business_unit_is_not_shown_as_of_this_one(window: JourneysWindow, tenant: Tenant) -> None:
    tenant.switch(entry_delay=1)
    window.connect(tenant)
    window.choose("APIEvent-welcome")
    window.fill("N-1", {"EmailAddress": "ann@example.com"})
    window.press_run()
    window.wait(lambda: tenant.journal("/interaction/v1/events", "POST"))
    connection = window.state.connection
    assert connection is not None
    other = next(one for one in connection.business_units if one.account_id != connection.account_id)
    window.connector.switch_business_unit(other.account_id)
    window.settle(90)
    view = window.one.verdict
    assert view.title.text() == "Entered: N-1"
    assert connection.business_unit_name in view.note.text.text()
    window.connector.switch_business_unit(connection.account_id)
    window.settle()
    window.connector.switch_business_unit(other.account_id)
    window.settle()
    assert view.title.text() == "Verdict"
