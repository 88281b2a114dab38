"""Sets of test contacts in the window, over real HTTP: edited, taken back, fired, results beside each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from mcconsole.core.contacts import ContactSet, ContactStore, TestContact
from mcconsole.core.tenant import Environment
from mcconsole.features.journeys.contacts_view import ContactsView
from mcconsole.features.journeys.work_view import WorkView
from mcconsole.ui.contact_model import FIRST_FIELD, KEY, LAST
from tests.features.journeys_parts import Parts
from tests.tenant import Tenant

EVENTS = "/interaction/v1/events"
PEOPLE = (
    TestContact("qa-{{counter}}", {"EmailAddress": "qa+{{counter}}@example.com"}),
    TestContact("C-1007", {"EmailAddress": "gone@example.com", "FirstName": None}),
)


@pytest.fixture
def parts(qtbot: QtBot, tenant: Tenant, request: pytest.FixtureRequest) -> Iterator[Parts]:
    tenant.switch(entry_delay=0)
    ContactStore().save(ContactSet("Regression", "APIEvent-welcome", PEOPLE))
    ContactStore().save(ContactSet("Other event", "APIEvent-loyalty", PEOPLE[:1]))
    made = Parts(qtbot, tenant, getattr(request, "param", Environment.TEST))
    yield made
    made.close()


@pytest.fixture
def view(parts: Parts) -> ContactsView:
    made = ContactsView(parts.draft)
    QAbstractItemModelTester(made.sets.model, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    parts.show(made)
    parts.choose("APIEvent-welcome")
    return made


def stored(name: str = "Regression") -> ContactSet:
    return next(one for one in ContactStore().sets() if one.name == name)


def column(view: ContactsView, name: str) -> int:
    model = view.sets.model
    titles = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
    return next(at for at, title in enumerate(titles) if str(title).rstrip(" *") == name)


def test_a_set_is_fired_and_each_result_stands_beside_its_contact(
    parts: Parts, view: ContactsView, tenant: Tenant
) -> None:
    assert view.main.accessibleName().startswith("Fire Welcome series for 2 contacts of “Regression” in TEST / ")
    assert view.sets.choice.count() == 1
    view.run()
    view.run()
    parts.settle()
    model = view.sets.model
    assert [model.index(row, LAST).data() for row in (0, 1)] == ["entered", "not entered"]
    assert "inactive" in model.index(1, LAST).data(Qt.ItemDataRole.ToolTipRole)
    assert "1 of 2 contacts entered" in parts.texts(view)
    assert "Last result, as qa-1: " in view.sets.last.text()
    assert len(tenant.journal(EVENTS + "$", "POST")) == 2
    assert tenant.rows("APIEvent-welcome-entries")[-1]["subscriberkey"] in ("qa-1", "C-1007")
    again = stored()
    assert again.counter == 2
    assert [one.last.verdict for one in again.contacts if one.last] == ["entered", "not_entered"]


def test_the_counter_goes_on_so_that_the_guard_has_nothing_to_refuse(parts: Parts, view: ContactsView) -> None:
    view.seconds.setValue(0)
    view.sets.table.setCurrentIndex(view.sets.model.index(1, KEY))
    view.sets.remove.click()
    for counter in (1, 2):
        view.run()
        parts.settle()
        assert stored().counter == counter
        assert view.sets.model.index(0, LAST).data() == "not looked for"


def test_the_same_again_is_fired_after_a_question_only(parts: Parts, view: ContactsView, tenant: Tenant) -> None:
    view.seconds.setValue(0)
    view.sets.remove.click()
    view.sets.model.setData(view.sets.model.index(0, KEY), "N-9")
    parts.settle()
    view.run()
    parts.settle()
    view.run()
    parts.settle()
    assert "fired for the same contact" in parts.texts(view)
    assert len(tenant.journal(EVENTS + "$", "POST")) == 1
    parts.press(view, "Fire again…")
    assert view.question is not None
    parts.press(view.question, "Fire")
    parts.settle()
    assert len(tenant.journal(EVENTS + "$", "POST")) == 2


@pytest.mark.parametrize("parts", [Environment.PRODUCTION], indirect=True)
def test_production_asks_in_one_sentence(parts: Parts, view: ContactsView, tenant: Tenant) -> None:
    view.run()
    assert view.question is not None
    assert "2 contacts of “Regression” in PRODUCTION / " in view.question.text()
    view.question.reject()
    parts.settle()
    assert not tenant.journal(EVENTS + "$", "POST")


def test_a_cell_is_edited_with_the_keyboard_and_saved(parts: Parts, view: ContactsView) -> None:
    table, at = view.sets.table, view.sets.model.index(0, column(view, "FirstName"))
    table.setFocus()
    table.setCurrentIndex(at)
    QTest.keyClicks(table, "A")
    editor = table.indexWidget(at) or table.findChild(type(view.sets.name))
    assert editor is not None
    QTest.keyClicks(editor, "nn")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    parts.wait(lambda: stored().contacts[0].data.get("FirstName") == "Ann")
    parts.settle()
    view.sets.take_back()
    parts.settle()
    assert "FirstName" not in stored().contacts[0].data


def test_what_is_left_out_null_and_taken_from_the_key_is_kept_apart(view: ContactsView) -> None:
    model = view.sets.model
    assert model.index(0, column(view, "SubscriberKey")).data() == "qa-{{counter}}"
    assert model.index(0, column(view, "FirstName")).data() == ""
    assert model.index(1, column(view, "FirstName")).data() == "null"
    assert "Left out" in model.index(0, column(view, "FirstName")).data(Qt.ItemDataRole.ToolTipRole)
    assert model.columnCount() == FIRST_FIELD + 5


def test_json_is_taken_over_or_refused_in_words(parts: Parts, view: ContactsView, tenant: Tenant) -> None:
    sets = view.sets
    sets.json.selectAll()
    QTest.keyClicks(sets.json, '{"EmailAddress": "a@example.com", "Firstname": "Ann"}')
    sets.take.click()
    parts.settle()
    assert stored().contacts[0].data == {"EmailAddress": "a@example.com", "Firstname": "Ann"}
    assert "“Firstname” is no field" in sets.fault.text.text()
    view.run()
    assert "Nothing was sent." in view.line.text.text()
    sets.json.selectAll()
    QTest.keyClicks(sets.json, "{nonsense")
    view.run()
    parts.settle()
    assert "is not JSON" in sets.fault.text.text()
    assert not tenant.journal(EVENTS + "$", "POST")


def test_sets_are_made_named_duplicated_deleted_and_brought_back(parts: Parts, view: ContactsView) -> None:
    sets = view.sets
    parts.press(view, "New set")
    assert sets.name.text() == "Set 1"
    sets.name.setText("regression")
    sets.name.editingFinished.emit()
    assert "another set" in sets.fault.text.text()
    sets.name.setText("Smoke")
    sets.name.editingFinished.emit()
    parts.press(view, "Duplicate")
    parts.settle()
    assert [len(one.contacts) for one in ContactStore().sets() if one.name in ("Set 1", "Smoke")] == [2]
    parts.press(view, "Delete the set")
    parts.settle()
    assert {one.name for one in ContactStore().sets()} == {"Other event", "Regression"}
    for _ in range(2):
        sets.take_back()
    parts.settle()
    assert len(stored("Smoke").contacts) == 1
    for _ in range(2):
        sets.take_back()
    parts.settle()
    assert {one.name for one in ContactStore().sets()} == {"Other event", "Regression"}
    assert not sets.undo.isEnabled()


def test_a_file_that_cannot_be_read_is_told_and_left_alone(qtbot: QtBot, parts: Parts, home: Path) -> None:
    (home / "contacts.json").write_text("{", "utf-8")
    view = ContactsView(parts.draft)
    parts.show(view)
    parts.choose("APIEvent-welcome")
    assert "damaged" in parts.banners[-1].text
    assert not view.sets.new.isEnabled()
    assert (home / "contacts.json").read_text("utf-8") == "{"


def test_what_cannot_be_saved_is_a_banner_and_is_kept(
    parts: Parts, view: ContactsView, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("mcconsole.core.paths.os.fsync", full)
        view.sets.copy.click()
        parts.settle()
    assert "No space left" in parts.banners[-1].text
    assert view.sets.model.rowCount() == 3
    assert len(stored().contacts) == 2
    parts.banners[-1].actions[0][1]()
    parts.settle()
    assert len(stored().contacts) == 3


def test_another_entry_source_has_other_sets(parts: Parts, view: ContactsView) -> None:
    parts.choose("APIEvent-loyalty")
    assert view.sets.name.text() == "Other event"
    parts.choose("APIEvent-vip-offer")
    assert view.sets.chosen is None
    assert "New set" in view.note.text()
    assert not view.main.isEnabled()


def test_a_contact_of_the_form_is_kept_and_one_that_entered_is_taken_out(parts: Parts, tenant: Tenant) -> None:
    work = WorkView(parts.draft)
    parts.show(work)
    parts.choose("APIEvent-welcome")
    work.one.contact.setText("N-1")
    work.one.editor.set_value("EmailAddress", "n1@example.com")
    work.one.keep.click()
    parts.settle()
    assert work.contacts.isVisible()
    assert stored().contacts[-1].contact_key == "N-1"
    assert stored().contacts[-1].data["EmailAddress"] == "n1@example.com"
    work.one.exit_wanted.emit("C-1001")
    parts.settle()
    assert work.exit.isVisible()
    assert work.exit.contact.text() == "C-1001"
    assert not tenant.journal("/interaction/v1/interactions/contactexit", "POST")


def test_json_that_was_typed_outlives_another_row_and_a_refresh(parts: Parts, view: ContactsView) -> None:
    sets = view.sets
    sets.table.setCurrentIndex(sets.model.index(0, KEY))
    sets.json.setFocus()
    sets.json.setPlainText('{"EmailAddress": "typed@example.com"}')
    sets.table.setFocus()
    sets.table.setCurrentIndex(sets.model.index(1, KEY))
    parts.wait(lambda: stored().contacts[0].data == {"EmailAddress": "typed@example.com"})
    parts.wait(lambda: sets.table.currentIndex().row() == 1)
    sets.json.setFocus()
    sets.json.setPlainText('{"EmailAddress": "half')
    parts.draft.choose(parts.draft.chosen)
    parts.settle()
    sets.table.setFocus()
    sets.table.setCurrentIndex(sets.model.index(0, KEY))
    parts.wait(lambda: sets.table.currentIndex().row() == 1)
    assert sets.json.text() == '{"EmailAddress": "half'
    assert sets.fault.isVisible()
    sets.add_contact()
    assert sets.json.text() == '{"EmailAddress": "half'
    sets.remove.click()
    parts.settle()
    assert [one.data for one in stored().contacts] == [{"EmailAddress": "typed@example.com"}]
