"""The sends tab over real HTTP, driven as a user would: what is told, and that nobody gets two messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from mcconsole.core.findings import State
from mcconsole.core.jobs import JobContext
from mcconsole.core.members import MemberJournal
from mcconsole.core.tenant import Environment
from mcconsole.features.credentials import service
from mcconsole.features.credentials.tab import CredentialsTab
from mcconsole.features.sends import many, sending, situation
from mcconsole.features.sends.calls import Recipient
from mcconsole.features.sends.choices import Pick
from mcconsole.features.sends.definitions import Kind, Status
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.models import STATUS, DefinitionsModel
from mcconsole.features.sends.situation import Topic
from mcconsole.features.sends.work_view import MANY, SETS
from tests.features.sends_window import SendsWindow
from tests.tenant import Tenant

TRIGGER = "/messaging/v1/messageDefinitionSends"
MESSAGES = "/messaging/v1/email/messages"
ORDER = {"OrderNumber": "A-1"}


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    tenant.switch(delivery_delay=0, record_delay=0, tracking_delay=0)
    return tenant


@pytest.fixture
def unconnected(qtbot: QtBot) -> Iterator[SendsWindow]:
    opened = SendsWindow(qtbot)
    yield opened
    opened.close()


@pytest.fixture
def window(unconnected: SendsWindow, tenant: Tenant) -> SendsWindow:
    unconnected.connect(tenant)
    return unconnected


def states(window: SendsWindow) -> dict[str, State]:
    """How the lines of the checklist stand."""
    return {item.topic: item.state for item in window.one.checklist.items}


def shown(window: SendsWindow) -> list[str]:
    """Names in the list, as they are shown."""
    return [window.tab.list.found.index(row, 0).data() for row in range(window.tab.list.found.rowCount())]


def test_both_systems_are_listed_searched_and_filtered_by_status(window: SendsWindow, tenant: Tenant) -> None:
    page = window.tab.list
    assert "5 triggered send definitions, 3 transactional" in window.texts()
    QTest.keyClicks(page.search, "order")
    assert shown(window) == ["Order confirmation", "Order receipt"]
    page.search.clear()
    page.status.setCurrentIndex(page.status.findData(Status.INACTIVE))
    assert shown(window) == ["Delivery update (inactive)", "Shipping notice (paused)"]
    assert page.found.index(0, STATUS).data() == "Inactive"
    assert "2 of 8 shown" in window.texts()
    tenant.set_status("welcome-send", "Inactive")
    window.window.refresh()
    window.settle()
    assert "Welcome e-mail" in shown(window)
    QAbstractItemModelTester(DefinitionsModel())


def test_where_one_system_is_refused_the_other_is_listed_and_it_is_said(window: SendsWindow, tenant: Tenant) -> None:
    tenant.fail("/messaging/v1/email/definitions", "status", status=403)
    window.tab.refresh()
    window.settle()
    assert "Transactional definitions could not be listed" in window.texts()
    assert "5 triggered send definitions, transactional ones not listed" in window.texts()


def test_without_a_tenant_it_says_what_to_do(unconnected: SendsWindow) -> None:
    assert "No tenant connected" in unconnected.texts()


def test_what_marketing_cloud_refuses_to_make_is_said_word_for_word(window: SendsWindow) -> None:
    window.press("New definition…")
    window.settle()
    create = window.tab.create_page
    create.name.setText("Again")
    create.key.setText("welcome-send")
    create.picks[Pick.EMAIL].combo.setEditText("999999")
    window.press_run()
    window.settle()
    assert "Marketing Cloud says: “" in create.error.text.text(), window.texts()
    assert "That means:" in create.error.text.text()
    assert create.new().email_id == "999999"


def test_a_transactional_definition_is_made_and_active_at_once(window: SendsWindow, tenant: Tenant) -> None:
    window.press("New definition…")
    window.settle()
    create = window.tab.create_page
    create.kind.setCurrentIndex(1)
    assert not create.picks[Pick.SENDER].isVisible()
    create.name.setText("Gift card")
    email = create.picks[Pick.EMAIL].combo
    email.setCurrentIndex(email.findText("Welcome", Qt.MatchFlag.MatchStartsWith))
    window.press_run()
    window.settle()
    assert window.definition.kind is Kind.TRANSACTIONAL, window.texts()
    assert window.definition.status == Status.ACTIVE
    window.fill("ann@example.com", "C-1")
    assert window.fire().outcome is Outcome.SENT
    assert len(tenant.outbox(definition="gift-card")) == 1


def test_each_change_of_status_is_confirmed_and_read_again(window: SendsWindow) -> None:
    work = window.tab.work
    window.open("welcome-send")
    assert not work.start.isEnabled()
    window.press("Pause…")
    assert "wait until it is started" in window.confirm()
    assert window.definition.status == Status.INACTIVE
    assert work.status.text() == "Inactive"
    assert "what is sent waits" in window.texts()
    window.press("Start it…")
    assert "What is queued goes out" in window.confirm()
    assert window.definition.status == Status.ACTIVE
    window.press("Refresh content…")
    assert "as it is now" in window.confirm()
    assert window.definition.status == Status.ACTIVE
    window.press("Cancel it…")
    assert "This cannot be undone" in window.confirm()
    assert window.definition.status == Status.CANCELED
    assert not any(button.isEnabled() for button in (work.start, work.pause, work.renew, work.cancel))
    listing = window.tab.draft.listing
    assert listing is not None
    assert {one.key: one.status for one in listing.definitions}["welcome-send"] == Status.CANCELED


def test_what_keeps_it_from_leaving_stands_in_one_line_where_there_is_room(window: SendsWindow) -> None:
    window.open("birthday-send")
    window.fill("ann@example.com", "C-1")
    window.window.resize(2000, 900)
    why = window.one.why
    assert "is New" in why.text()
    window.wait(lambda: why.width() >= why.fontMetrics().horizontalAdvance(why.text()))
    gap = window.one.main.mapTo(window.one, QPoint()).x() - why.mapTo(window.one, QPoint(why.width(), 0)).x()
    assert gap < 20


def test_what_could_not_be_read_is_told_until_it_is_read(window: SendsWindow, tenant: Tenant) -> None:
    window.open("order-confirmation-send")
    tenant.fail("/service.asmx", "answer", answer="entity_bomb")
    window.press("Pause…")
    window.confirm()
    assert "it declares a document type" in window.texts()
    assert window.definition.status == Status.ACTIVE
    tenant.heal()
    window.press("Pause…")
    window.confirm()
    window.checked()
    assert "it declares a document type" not in window.texts()
    assert "“Order confirmation” is Inactive now." in window.texts()
    assert "“Order confirmation” is paused (Inactive)" in window.texts()


def test_the_checklist_tells_what_is_in_the_way(window: SendsWindow) -> None:
    window.open("order-confirmation-send")
    window.fill("ann@example", "C-1")
    assert states(window)[Topic.RECIPIENT] is State.FAULT
    assert states(window)[Topic.ATTRIBUTES] is State.FAULT
    assert not window.one.main.isEnabled()
    window.fill("ann@example.com", "C-1", ORDER)
    assert set(states(window).values()) == {State.GOOD}
    assert window.one.form.editor.data() == {"SubscriberKey": "C-1", "EmailAddress": "ann@example.com", **ORDER}
    assert window.one.main.isEnabled()


def test_a_bounce_and_a_refusal_inside_a_202_are_failures_with_their_reason(window: SendsWindow) -> None:
    window.open("welcome-send")
    window.fill("unsubscribed@example.com", "C-2")
    receipt = window.fire()
    assert receipt.accepted is False
    assert "Not accepted: unsubscribed@example.com" in window.texts()
    assert "the subscriber is unsubscribed" in window.texts()
    window.fill("bounce@example.com", "C-3")
    assert window.fire().outcome is Outcome.NOT_SENT
    assert "Bounced" in window.texts()


def test_what_is_sent_to_a_paused_definition_is_not_known_yet(window: SendsWindow, tenant: Tenant) -> None:
    window.open("shipping-notice-send")
    window.fill("ann@example.com", "C-1")
    assert states(window)[Topic.STATUS] is State.WARNING
    assert window.fire().outcome is Outcome.NOT_KNOWN
    assert "Not known yet: ann@example.com" in window.texts()
    assert tenant.outbox() == []
    window.tab.work.start.click()
    window.confirm()
    window.press("Look again")
    window.settle(60)
    assert "Sent: ann@example.com" in window.texts()
    assert not window.one.sent.again.isVisible()
    assert len(tenant.outbox()) == 1
    assert len(tenant.journal(TRIGGER, "POST")) == 1


def test_what_cannot_be_looked_for_again_keeps_what_is_known(window: SendsWindow, tenant: Tenant) -> None:
    tenant.fail(f"{TRIGGER}/.*/send", "reset_before", nth=1)
    window.open("welcome-send")
    window.one.budget.setValue(1)
    window.fill("ann@example.com", "C-1")
    assert window.fire().accepted is None
    tenant.fail("/service.asmx", "answer", answer="html")
    window.press("Look again")
    window.settle(60)
    assert "Not known yet: ann@example.com" in window.texts()
    assert "may have been accepted" in window.texts()
    assert window.one.sent.again.isVisible()
    assert len(tenant.journal(f"{TRIGGER}/.*/send", "POST")) == 1


def test_the_message_that_nobody_watched_is_looked_for_later(window: SendsWindow) -> None:
    window.open("password-reset")
    window.one.budget.setValue(0)
    window.fill("ann@example.com", "C-1")
    assert window.fire().outcome is Outcome.NOT_CHECKED
    window.press("Look again")
    window.settle(60)
    assert "Sent: ann@example.com" in window.texts()


def test_production_asks_first_and_a_double_click_sends_once(unconnected: SendsWindow, tenant: Tenant) -> None:
    window = unconnected
    window.connect(tenant, Environment.PRODUCTION)
    window.open("welcome-send")
    window.fill("ann@example.com", "C-1")
    window.press_run()
    window.press_run()
    assert tenant.journal(TRIGGER, "POST") == []
    assert "PRODUCTION" in window.confirm()
    assert len(tenant.outbox()) == 1
    window.press_run()
    window.confirm()
    assert "Not sent again" in window.texts()
    assert len(tenant.outbox()) == 1
    window.press("Send again…")
    window.confirm()
    assert len(tenant.outbox()) == 2


def test_two_clicks_send_one_message(window: SendsWindow, tenant: Tenant) -> None:
    window.open("welcome-send")
    window.fill("ann@example.com", "C-1")
    QTest.mouseDClick(window.one.main, Qt.MouseButton.LeftButton)
    window.one.run()
    window.settle(60)
    assert len(tenant.outbox()) == 1


@pytest.mark.parametrize(("definition", "route", "outcome"), [
    ("welcome-send", TRIGGER, Outcome.NOT_KNOWN),
    ("password-reset", MESSAGES, Outcome.SENT),
])  # fmt: skip
def test_an_answer_that_was_lost_is_settled_by_its_key_or_not_known(
    window: SendsWindow, tenant: Tenant, definition: str, route: str, outcome: Outcome
) -> None:
    tenant.fail(route, "reset_after", method="POST")
    window.open(definition)
    window.one.budget.setValue(1)
    window.fill("ann@example.com", "C-1")
    receipt = window.fire()
    assert receipt.outcome in (outcome, Outcome.SENT)
    assert len(tenant.outbox()) == 1
    assert len(tenant.journal(route, "POST")) == 1


def test_the_receipt_is_copied_in_four_forms_and_found_in_responses(window: SendsWindow) -> None:
    window.open("password-reset")
    window.fill("ann@example.com", "C-1")
    receipt = window.fire()
    for action in window.one.sent.copy_as.forms.values():
        action.trigger()
        copied = QApplication.clipboard().text()
        assert "password-reset" in copied
        assert "Bearer ey" not in copied
    window.one.sent.copy_id.click()
    assert QApplication.clipboard().text() == receipt.reference
    window.press("Show in Responses")
    assert window.window.docks["responses"].isVisible()


def test_a_set_of_test_contacts_is_sent_to_and_each_result_stands_beside(window: SendsWindow, tenant: Tenant) -> None:
    window.open("welcome-send")
    window.fill("ann+{{counter}}@example.com", "test-{{counter}}")
    window.press("Keep as test contact")
    people = window.tab.work.people
    assert window.tab.work.choice.currentIndex() == SETS
    people.keep("held-1", {"EmailAddress": "held@example.com"})
    window.settle()
    assert "Send Welcome e-mail to 2 recipients" in people.main.accessibleName()
    window.press_run()
    window.settle(60)
    assert "1 of 2 recipients sent" in window.texts()
    assert [one["to"] for one in tenant.outbox()] == ["ann+1@example.com"]
    assert [people.sets.model.index(row, 1).data() for row in range(2)] == ["sent", "not sent"]


def people_file(path: Path, count: int) -> Path:
    lines = [f"person{n}@example.com,P-{n},A-{n}" for n in range(1, count + 1)]
    path.write_text("\n".join(["Email,Subscriber Key,OrderNumber", *lines]), encoding="utf-8")
    return path


@pytest.mark.parametrize("definition", ["order-receipt", "order-confirmation-send", "password-reset"])
def test_a_csv_is_mapped_checked_sent_once_and_told(
    window: SendsWindow, tenant: Tenant, tmp_path: Path, definition: str
) -> None:
    window.open(definition)
    window.tab.work.show_pane(MANY)
    view = window.tab.work.many
    view.open_file(people_file(tmp_path / "people.csv", 5))
    window.settle()
    assert view.file.main.text() == "Check 5 recipients", window.texts()
    window.press_run()
    window.settle()
    assert view.prepared is not None, window.texts()
    assert tenant.outbox() == []
    view.run()
    view.run()
    window.settle(60)
    assert view.result.headline.text() == "5 of 5 recipients sent", window.texts()
    assert sorted(one["to"] for one in tenant.outbox()) == [f"person{n}@example.com" for n in range(1, 6)]
    assert view.start.model.index(0, 1).data() == "finished"


def test_faulty_rows_send_nothing_and_are_listed(window: SendsWindow, tenant: Tenant, tmp_path: Path) -> None:
    window.open("order-receipt")
    window.tab.work.show_pane(MANY)
    path = tmp_path / "people.csv"
    path.write_text("Email,SubscriberKey,OrderNumber\nnobody,P-1,A-1\nann@example.com,P-2,\n", encoding="utf-8")
    window.tab.work.many.open_file(path)
    window.settle()
    window.press_run()
    window.settle()
    assert "Nothing was sent: 2 faults" in window.texts()
    assert tenant.outbox() == []


def test_a_run_that_was_cut_is_told_of_and_resumed_without_a_second_message(
    qtbot: QtBot, window: SendsWindow, tenant: Tenant
) -> None:
    client = window.tab.draft.client
    known = situation.look(client, "password-reset", kind=Kind.TRANSACTIONAL)
    people = [Recipient(f"P-{n}", f"person{n}@example.com", {}) for n in (1, 2)]
    prepared = many.prepare_set(JobContext(), client, known, people, "cut", budget=5)
    with MemberJournal(prepared.folder) as journal:
        (first, second) = list(journal.members())
        journal.note(started="2026-01-02T03:04:05+00:00")
        assert journal.begin(1, {one.key: {"at": "", "tried": "2026-01-02T03:04:05+00:00"} for one in (first, second)})
    tenant.message("password-reset", first.reference, first.address, first.key)
    older = many.prepare_set(JobContext(), client, known, people[:1], "older", budget=5)
    with MemberJournal(older.folder) as journal:
        journal.note(started="2026-01-01T03:04:05+00:00")
    reopened = SendsWindow(qtbot)
    reopened.window.greet()
    reopened.connect(tenant)
    assert "A run of 2 recipients was not finished: cut. There is one more." in reopened.texts()
    reopened.press("Show it")
    reopened.press("Resume")
    reopened.settle(60)
    told = many.told(prepared.send_id)
    assert told.count(Outcome.SENT) == 1
    assert told.count(Outcome.NOT_KNOWN) == 1, "too long ago to be sent again under its key"
    assert [one["to"] for one in tenant.outbox()] == ["person1@example.com"]
    assert sending.RUNS.folder.is_dir()
    reopened.close()


def test_going_on_in_production_asks_first(unconnected: SendsWindow, tenant: Tenant) -> None:
    window = unconnected
    window.connect(tenant, Environment.PRODUCTION)
    client = window.tab.draft.client
    known = situation.look(client, "password-reset", kind=Kind.TRANSACTIONAL)
    prepared = many.prepare_set(JobContext(), client, known, [Recipient("P-1", "p@example.com", {})], "cut", budget=5)
    with MemberJournal(prepared.folder) as journal:
        journal.note(started="2026-01-02T03:04:05+00:00")
    view = window.tab.work.many
    view.resume(prepared.send_id)
    view.resume(prepared.send_id)
    window.settle()
    assert tenant.journal(MESSAGES, "POST") == []
    assert "PRODUCTION" in window.confirm()
    assert many.told(prepared.send_id).count(Outcome.SENT) == 1
    assert len(tenant.outbox()) == 1


def test_an_allow_list_saved_in_credentials_holds_at_once(window: SendsWindow, tenant: Tenant) -> None:
    tab = window.window.tab("credentials")
    assert isinstance(tab, CredentialsTab)
    window.window.show_tab("credentials")
    line = tab.form.rows["allow_list"].input
    assert isinstance(line, QLineEdit)
    line.setText("nonsense")
    tab.form.explain()
    assert any("neither an address nor a domain" in problem for problem in tab.form.problems())
    line.setText("@Example.org, ann@example.com")
    assert not any("neither" in problem for problem in tab.form.problems())
    changed = service.profile_from(tab.form.values(), window.connector.profile("Sandbox"))
    assert changed.allow_list == ("example.org", "ann@example.com")
    window.connector.limit(changed)
    window.window.show_tab("sends")
    window.open("welcome-send")
    window.fill("bob@example.com", "C-1")
    assert "bob@example.com is not on the allow-list" in window.texts()
    assert not window.one.main.isEnabled()
    window.fill("ann@example.com", "C-1")
    assert window.one.main.isEnabled()


def test_attributes_of_one_definition_are_not_taken_to_another_that_cannot_check_them(window: SendsWindow) -> None:
    window.open("order-confirmation-send")
    window.fill("ann@example.com", "C-1", ORDER)
    window.open("welcome-send")
    assert window.one.form.editor.data() == {}
    assert window.one.form.address.text() == "ann@example.com"


def test_everyone_sent_to_through_a_paused_definition_waits(
    window: SendsWindow, tenant: Tenant, tmp_path: Path
) -> None:
    window.open("shipping-notice-send")
    window.tab.work.show_pane(MANY)
    view = window.tab.work.many
    view.open_file(people_file(tmp_path / "people.csv", 3))
    window.settle()
    window.press_run()
    window.settle()
    window.press_run()
    window.settle(60)
    model = view.result.model
    assert all("is paused" in model.index(row, 4).data() for row in range(3))
    assert tenant.outbox() == []
    tenant.set_status("shipping-notice-send", "Active")
    window.press("Look again")
    window.settle(60)
    assert view.result.headline.text() == "3 of 3 recipients sent", window.texts()
    assert not view.result.go_on.isVisible()
    assert len(tenant.outbox()) == 3


def test_a_send_is_never_called_firing(window: SendsWindow) -> None:
    window.open("welcome-send")
    assert "Before sending" in window.texts()
    assert "Before firing" not in window.texts()
