"""The pane for a CSV of contacts, over real HTTP: checked before, fired once, every contact accounted for."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mcconsole.core.jobs import JobContext
from mcconsole.core.members import MemberJournal, MemberState
from mcconsole.core.tenant import Environment
from mcconsole.features import credentials, journeys
from mcconsole.features.journeys import contacts_file, many
from mcconsole.features.journeys.many_view import ManyView
from mcconsole.features.journeys.many_words import words
from mcconsole.features.journeys.tab import JourneysTab
from mcconsole.features.journeys.verdict import Verdict
from mcconsole.ui.main_window import MainWindow
from mcconsole.ui.many.models import FaultsModel, PeopleModel, RunsModel
from mcconsole.ui.many.result_page import Result
from mcconsole.ui.mapping.models import Part
from tests.features.journeys_parts import Parts
from tests.tenant import Tenant

EVENTS = "/interaction/v1/async/events"


@pytest.fixture
def parts(qtbot: QtBot, tenant: Tenant, request: pytest.FixtureRequest) -> Iterator[Parts]:
    tenant.switch(entry_delay=0)
    made = Parts(qtbot, tenant, getattr(request, "param", Environment.TEST))
    yield made
    made.close()


@pytest.fixture
def view(parts: Parts) -> ManyView:
    made = ManyView(parts.draft)
    parts.show(made)
    parts.settle()
    return made


def count(found: Result, *verdicts: Verdict) -> list[int]:
    """How many contacts have each verdict."""
    return [sum(word == one for _, word in found.people) for one in verdicts]


def contacts(path: Path, count: int, first: str = "M-0000") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(["subscriber key", "EMAILADDRESS", "firstname"])
        for number in range(count):
            write([first if not number else f"M-{number:04}", f"m{number}@example.com", f"Name {number}"])
    return path


def load(parts: Parts, view: ManyView, path: Path, event: str = "APIEvent-welcome") -> None:
    if parts.draft.chosen != event:
        parts.choose(event)
    view.open_file(path)
    parts.settle()
    assert view.pages.currentWidget() is view.file, parts.banners


def test_from_a_file_to_every_verdict(parts: Parts, view: ManyView, tenant: Tenant, tmp_path: Path) -> None:
    load(parts, view, contacts(tmp_path / "people.csv", 230, "C-1007"))
    assert view.file.main.text() == "Check about 230 contacts"
    assert view.file.source.text() == "the field “SubscriberKey”"
    view.run()
    parts.settle()
    assert not tenant.journal(EVENTS, "POST")
    assert view.file.main.text().startswith("Fire Welcome series for 230 contacts in TEST / ")
    QTest.mouseClick(view.file.main, Qt.MouseButton.LeftButton)
    view.run()
    view.file.go.emit()
    assert view.pages.currentWidget() is view.running
    parts.settle(60)
    found = view.result.run
    assert found is not None
    assert view.pages.currentWidget() is view.result
    assert count(found, Verdict.ENTERED, Verdict.NOT_ENTERED) == [229, 1]
    assert view.result.headline.text() == "229 of 230 contacts entered"
    assert len(tenant.journal(EVENTS, "POST")) == 3
    view.result.shown.setCurrentIndex(view.result.shown.findText("not entered"))
    model = view.result.model
    assert model.rowCount() == 1
    assert [model.index(0, column).data() for column in range(4)] == ["2", "C-1007", "refused", "not entered"]
    assert "inactive" in model.index(0, 4).data()
    view.result.save_results(str(tmp_path / "results.csv"))
    parts.settle()
    with (tmp_path / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        saved = list(csv.DictReader(file))
    assert len(saved) == 230
    assert all(one["event_instance_id"] for one in saved[1:])
    parts.press(view, "Fire another file")
    parts.settle()
    assert view.start.model.index(0, 4).data() == "230"


def test_faults_are_listed_and_nothing_is_sent(parts: Parts, view: ManyView, tenant: Tenant, tmp_path: Path) -> None:
    path = contacts(tmp_path / "c.csv", 3)
    path.write_text(path.read_text("utf-8").replace("m1@example.com", "nobody"), "utf-8")
    load(parts, view, path)
    view.run()
    parts.settle()
    assert view.prepared is None
    assert view.file.faults.rowCount() == 1
    assert [view.file.faults.index(0, column).data() for column in range(3)] == ["3", "EMAILADDRESS", "nobody"]
    assert "Nothing was sent" in parts.texts(view)
    assert view.file.main.text() == "Check 3 contacts"
    assert not list(many.RUNS.folder.iterdir())


def test_a_change_of_the_mapping_drops_the_check(parts: Parts, view: ManyView, tmp_path: Path) -> None:
    load(parts, view, contacts(tmp_path / "c.csv", 3))
    view.run()
    parts.settle()
    assert view.file.main.text().startswith("Fire ")
    view.file.pane.model.setData(view.file.pane.model.index(2, Part.FIELD), "")
    assert view.prepared is None
    assert view.file.main.text() == "Check 3 contacts"
    parts.settle()
    assert not list(many.RUNS.folder.iterdir())
    view.file.pane.model.setData(view.file.pane.model.index(0, Part.FIELD), "")
    assert view.file.source.text() == "column “subscriber key”"
    assert "required field" in view.file.why.text()
    assert not view.file.main.isEnabled()


def test_the_column_with_the_contact_key_can_be_chosen(parts: Parts, view: ManyView, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("SubscriberKey,EmailAddress,id\nM-1,a@example.com,M-2\n", "utf-8")
    load(parts, view, path)
    view.file.contact.setCurrentIndex(view.file.contact.findText("id"))
    assert view.file.source.text() == "column “id”, which must agree with the field “SubscriberKey”"
    view.run()
    parts.settle()
    assert view.file.faults.index(0, 3).data() == "the contact key is M-2, but “SubscriberKey” is M-1"


def test_what_was_fired_a_moment_ago_asks_first(parts: Parts, view: ManyView, tenant: Tenant, tmp_path: Path) -> None:
    path = contacts(tmp_path / "c.csv", 2)
    for _ in range(2):
        load(parts, view, path)
        view.file.seconds.setValue(0)
        view.run()
        parts.settle()
        view.run()
        parts.settle()
        if view.pages.currentWidget() is view.result:
            assert "was not looked for" in view.result.headline.text()
            parts.press(view, "Fire another file")
            parts.settle()
    assert view.pages.currentWidget() is view.file
    assert "2 of the events were fired" in parts.texts(view)
    assert len(tenant.journal(EVENTS, "POST")) == 1
    parts.press(view, "Fire again…")
    assert view.question is not None
    view.question.reject()
    assert len(tenant.journal(EVENTS, "POST")) == 1
    parts.press(view, "Fire again…")
    parts.press(view.question, "Fire")
    parts.settle()
    assert len(tenant.journal(EVENTS, "POST")) == 2


@pytest.mark.parametrize("parts", [Environment.PRODUCTION], indirect=True)
def test_production_asks_in_one_sentence(parts: Parts, view: ManyView, tenant: Tenant, tmp_path: Path) -> None:
    load(parts, view, contacts(tmp_path / "c.csv", 2))
    view.run()
    parts.settle()
    view.run()
    assert view.question is not None
    assert "Fire Welcome series for 2 contacts in PRODUCTION / " in view.question.text()
    view.question.reject()
    assert not tenant.journal(EVENTS, "POST")


def cut_run(parts: Parts, path: Path) -> None:
    """A run of 120 contacts whose console was killed while the first batch was on its way."""
    parts.choose("APIEvent-welcome")
    known = parts.draft.situation
    assert known is not None
    planned = contacts_file.plan(contacts(path, 120), known)
    prepared = many.prepare(JobContext(), parts.draft.client, planned, budget=5)
    with MemberJournal(prepared.folder) as journal:
        journal.note(started="2026-01-01T00:00:00+00:00")
        journal.begin(1, {})


def test_an_unfinished_run_is_offered_when_the_window_opens(qtbot: QtBot, parts: Parts, tmp_path: Path) -> None:
    window = MainWindow(parts.state, (credentials.MANIFEST, journeys.MANIFEST), ())
    qtbot.addWidget(window)
    window.show()
    window.greet()
    parts.settle()
    assert parts.banners == []
    cut_run(parts, tmp_path / "people.csv")
    window.greet()
    parts.settle()
    (banner,) = parts.banners
    assert banner.text == "A run of 120 contacts was not finished: people.csv."
    ((_, show),) = banner.actions
    show()
    parts.settle()
    tab = window.current_tab
    assert isinstance(tab, JourneysTab)
    assert tab.work.many.start.isVisible()
    assert tab.work.many.start.chosen is not None
    assert tab.work.many.start.go_on.isEnabled()
    window.close()


def test_an_unfinished_run_is_resumed_and_nothing_is_fired_twice(parts: Parts, tenant: Tenant, tmp_path: Path) -> None:
    cut_run(parts, tmp_path / "people.csv")
    view = ManyView(parts.draft)
    parts.show(view)
    parts.settle()
    assert view.start.model.index(0, 1).data() == "unfinished"
    parts.press(view, "Resume")
    parts.settle(60)
    found = view.result.run
    assert found is not None
    assert found.finished
    states = {one.row: one.state for one, _ in found.people}
    assert states[2] is MemberState.UNKNOWN
    assert states[121] is MemberState.ACCEPTED
    assert len(tenant.journal(EVENTS, "POST")) == 1
    assert count(found, Verdict.ENTERED) == [20]
    assert [view.result.model.index(row, 2).data() for row in (0, 119)] == ["unknown", "accepted"]
    assert "Of 100 contacts nobody knows whether the event was accepted" in parts.texts(view)


def test_cancelling_a_run_is_honest(parts: Parts, view: ManyView, tenant: Tenant, tmp_path: Path) -> None:
    tenant.switch(entry_delay=60)
    load(parts, view, contacts(tmp_path / "c.csv", 3))
    view.run()
    parts.settle()
    view.run()
    parts.wait(lambda: tenant.journal(EVENTS, "POST"))
    view.running.cancel.click()
    assert "cannot be recalled" in view.running.words.text()
    parts.settle()
    assert view.result.headline.text() == "Cancelled: 0 of 3 contacts entered"
    assert view.result.go_on.isVisible()


def test_without_an_entry_source_it_says_what_to_do(parts: Parts, view: ManyView, tmp_path: Path) -> None:
    assert not view.start.zone.button.isEnabled()
    assert "Choose an entry source first" in parts.texts(view)
    view.open_file(contacts(tmp_path / "c.csv", 1))
    parts.settle()
    assert view.pages.currentWidget() is view.start
    parts.choose("APIEvent-store-visit")
    assert "not known" in parts.texts(view)


def test_another_entry_source_matches_the_file_anew(parts: Parts, view: ManyView, tmp_path: Path) -> None:
    load(parts, view, contacts(tmp_path / "c.csv", 3))
    parts.choose("APIEvent-vip-offer")
    parts.settle()
    assert view.pages.currentWidget() is view.file
    assert view.file.matching is not None
    assert [field.name for field in view.file.matching.missing(contacts_file.MODE)] == ["Points"]
    assert not view.file.main.isEnabled()


def test_a_connection_that_ends_lets_go_of_the_file(parts: Parts, view: ManyView, tmp_path: Path) -> None:
    load(parts, view, contacts(tmp_path / "c.csv", 3))
    view.run()
    parts.settle()
    parts.connector.disconnect_profile()
    parts.settle()
    assert view.pages.currentWidget() is view.start
    assert view.prepared is None
    assert not list(many.RUNS.folder.iterdir())


def test_a_file_that_is_written_in_another_way_is_read_anew(parts: Parts, view: ManyView, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("SubscriberKey|EmailAddress|a,b\nM-1|m1@example.com|x,y\nM-2|m2@example.com|x,y\n", "utf-8")
    load(parts, view, path)
    form = view.file.dialect
    for choice, columns in ((",", 2), ("|", 3)):
        form.delimiter.setCurrentIndex(form.delimiter.findData(choice))
        form.delimiter.activated.emit(form.delimiter.currentIndex())
        parts.settle()
        assert view.file.rows.rows.columnCount() == columns
    assert view.file.matching is not None
    assert view.file.matching.headers == ("SubscriberKey", "EmailAddress", "a,b")
    view.run()
    parts.settle()
    assert view.file.main.text().startswith("Fire Welcome series for 2 contacts")


def test_a_dropped_file_is_taken_here_and_not_by_the_import(parts: Parts, view: ManyView, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(contacts(tmp_path / "c.csv", 2)))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    early = QDragEnterEvent(QPoint(50, 50), copy, data, left, none)
    QApplication.sendEvent(view, early)
    assert not early.isAccepted()
    parts.choose("APIEvent-welcome")
    enter = QDragEnterEvent(QPoint(50, 50), copy, data, left, none)
    QApplication.sendEvent(view, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(view, QDropEvent(QPointF(50, 50), copy, data, left, none, QEvent.Type.Drop))
    parts.settle()
    assert view.file.name.text() == "c.csv"


def test_the_tables_keep_to_the_rules(qtbot: QtBot) -> None:
    for model in (PeopleModel(words()), FaultsModel(), RunsModel(words())):
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
        assert model.columnCount() > 3
