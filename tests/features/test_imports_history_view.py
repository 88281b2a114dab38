"""Earlier imports in the real window: offered at the start, listed, gone on with, tried, paused and read back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from mcconsole.core import tables
from mcconsole.core.jobs import JobContext
from mcconsole.core.journal import BatchState, Journal
from mcconsole.core.tenant import Environment
from mcconsole.features.imports import calls, plan, service
from mcconsole.features.imports.plan import Mode, Route
from mcconsole.features.imports.report import State
from mcconsole.features.imports.service import Intent
from mcconsole.features.imports.steps.history_step import HistoryModel
from mcconsole.features.imports.tab import HISTORY, RESULT, RUN, TARGET
from mcconsole.features.imports.verify import How, Verdict
from tests.features.import_window import ImportWindow
from tests.tenant import Tenant

FIELDS = [
    {"name": "Id", "type": "Text", "length": 20, "isPrimaryKey": True, "isNullable": False},
    {"name": "Name", "type": "Text", "length": 20, "isNullable": True},
]


@pytest.fixture
def window(qtbot: QtBot, tenant: Tenant) -> Iterator[ImportWindow]:
    tenant.hurry()
    tenant.create_de("people", FIELDS)
    made = ImportWindow(qtbot)
    yield made
    made.close()


def people(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Id", "Name"), *((f"k{n}", f"Ann {n}") for n in range(count))])
    return path


def cut(window: ImportWindow, path: Path, mode: Mode = Mode.UPSERT) -> str:
    """An import whose console was killed while its rows were on their way."""
    connection = window.state.connection
    assert connection is not None
    planned = plan.make_plan(tables.preview(path), calls.schema(connection.client, "people"), None, mode, Route.ASYNC)
    prepared = service.prepare(JobContext(), planned, Intent.into(connection.client))
    with Journal(prepared.folder) as journal:
        for batch in journal.batches():
            journal.move(batch, BatchState.SENDING)
    return prepared.import_id


def to_run(window: ImportWindow, path: Path) -> None:
    window.load(path, "people")
    window.go_on()
    window.settle()
    window.go_on()
    assert window.tab.current == RUN, window.texts()


def test_a_cut_import_is_offered_at_the_start_and_goes_on(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    window.connect(tenant)
    window.window.greet()
    window.settle()
    assert "was interrupted" not in window.texts()
    cut(window, people(tmp_path / "people.csv", 300))
    window.window.greet()
    window.settle()
    assert "The import of people.csv into people was interrupted: 0 of 300 rows landed." in window.texts()
    window.press("Show it")
    window.settle()
    assert window.tab.current == HISTORY
    assert [one.result.state for one in window.tab.history.model.rows] == [State.INTERRUPTED]
    window.go_on()
    window.settle()
    assert window.tab.current == RESULT
    assert "Interrupted: 0 of 300 rows landed" in window.texts()
    window.press("Ask again what became of the rows")
    window.settle(60)
    assert (window.tab.current, window.result.state, window.result.rows_succeeded) == (RESULT, State.DONE, 300)
    assert len(tenant.rows("people")) == 300


def test_an_insert_that_was_cut_is_told_as_unknown_and_read_back(
    window: ImportWindow, tenant: Tenant, tmp_path: Path
) -> None:
    window.connect(tenant)
    cut(window, people(tmp_path / "people.csv", 100), Mode.INSERT)
    window.tab.show_step(HISTORY)
    window.settle()
    window.go_on()
    window.settle()
    window.press("Ask again what became of the rows")
    window.settle(60)
    assert (window.result.rows_unknown, tenant.rows("people")) == (100, [])
    window.tab.result.read_back.read(How.ALL)
    window.settle(60)
    verified = window.tab.result.read_back.verification
    assert verified is not None
    assert (verified.verdict, verified.unknown_missing) == (Verdict.MATCHES, 100)
    assert "Of 100 unknown rows 0 are there and 100 are not." in window.texts()


def test_a_trial_sends_the_first_rows_and_one_click_the_others(
    window: ImportWindow, tenant: Tenant, tmp_path: Path
) -> None:
    window.connect(tenant)
    to_run(window, people(tmp_path / "people.csv", 500))
    step = window.tab.run_step
    step.trial.click()
    step.trial_rows.setValue(40)
    assert window.tab.main.text().startswith("Upsert 40 rows")
    window.go_on()
    window.settle(60)
    assert (window.result.state, window.result.rows_succeeded, len(tenant.rows("people"))) == (State.TRIED, 40, 40)
    assert "Trial: 40 rows landed, 460 wait" in window.texts()
    window.press("Send the other 460 rows")
    window.settle(60)
    assert (window.result.state, window.result.rows_succeeded, len(tenant.rows("people"))) == (State.DONE, 500, 500)


def test_pause_holds_the_rows_back(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    window.connect(tenant)
    tenant.fail("/data/v1/async/dataextensions", "delay", seconds=0.4)
    to_run(window, people(tmp_path / "people.csv", 90_000))
    window.go_on()
    window.wait(lambda: window.tab.run_step.view.isVisible())
    window.press("Pause")
    assert "Paused: nothing more is sent" in window.texts()
    window.wait(lambda: window.tab.run_step.accepted.figure.text() == "0")
    window.press("Go on")
    window.settle(120)
    assert (window.result.state, window.result.rows_succeeded) == (State.DONE, 90_000)


def test_a_cancel_that_came_too_late_says_so_and_leaves_nothing_to_go_on_with(
    window: ImportWindow, tenant: Tenant, tmp_path: Path
) -> None:
    window.connect(tenant)
    window.tab.run_step.pace = replace(window.tab.run_step.pace, cancel_grace=30)
    pending = {"status": {"requestStatus": "Pending"}, "resultMessages": []}
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body=pending)
    to_run(window, people(tmp_path / "people.csv", 100))
    window.go_on()
    window.wait(lambda: window.tab.run_step.accepted.figure.text() == "100")
    window.press("Cancel the import")
    tenant.heal()
    window.settle(60)
    assert (window.result.state, window.result.rows_succeeded) == (State.CANCELLED, 100)
    assert "All 100 rows landed" in window.texts()
    assert "The cancel came too late to stop any row." in window.texts()
    assert not window.tab.result.go_on.isVisible()


def test_overwriting_wants_the_key(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    window.connect(tenant)
    window.drop(people(tmp_path / "people.csv", 3))
    window.go_on()
    window.choose_target("people")
    mode = window.tab.target.mode
    mode.setCurrentIndex(mode.findData(Mode.OVERWRITE.value))
    mode.activated.emit(mode.currentIndex())
    assert window.tab.current == TARGET
    for _ in range(3):
        window.go_on()
        window.settle()
    assert window.tab.current == RUN
    assert not window.tab.main.isEnabled()
    QTest.keyClicks(window.tab.run_step.typed, "people")
    assert window.tab.main.isEnabled()
    window.go_on()
    window.settle(60)
    assert (window.result.route, window.result.rows_succeeded) == ("bulk", 3)


def test_going_on_in_production_is_asked_first(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    window.connect(tenant, Environment.PRODUCTION)
    path = people(tmp_path / "people.csv", 200)
    import_id = cut(window, path)
    with Journal(service.imports() / import_id) as journal:
        for batch in journal.batches():
            journal.move(batch, BatchState.PLANNED)
    window.tab.show_step(HISTORY)
    window.settle()
    QTest.keyClick(window.tab.history.table, Qt.Key.Key_Return)
    window.settle()
    window.press("Send the other 200 rows")
    box = window.tab.run_step.question
    assert box is not None
    assert "Upsert 200 rows into people in PRODUCTION" in box.text().replace("Production", "PRODUCTION")
    box.reject()
    assert tenant.rows("people") == []


def test_an_import_is_forgotten_after_a_question(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    window.connect(tenant)
    import_id = cut(window, people(tmp_path / "people.csv", 10))
    window.tab.show_step(HISTORY)
    window.settle()
    window.press("Forget…")
    box = window.tab.history.question
    assert box is not None
    assert "cannot go on afterwards" in box.text()
    assert box.defaultButton().text() == "Cancel"
    box.accept()
    window.settle()
    assert "No import yet" in window.texts()
    assert not (service.imports() / import_id).exists()


def test_no_import_yet_says_so(window: ImportWindow) -> None:
    window.press("Earlier imports")
    window.settle()
    assert "No import yet" in window.texts()
    window.press("Back")
    assert window.tab.current == 0


def test_the_list_is_a_sound_model() -> None:
    QAbstractItemModelTester(HistoryModel(), QAbstractItemModelTester.FailureReportingMode.Fatal)
