"""A CSV file through the real window into a sandbox tenant, and what the tenant then holds."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from mcconsole.core.snippets import Form
from mcconsole.core.tenant import Environment
from mcconsole.features.imports.draft import RUN_KEY
from mcconsole.features.imports.plan import Invalid, Mode, Route
from mcconsole.features.imports.report import State
from mcconsole.features.imports.tab import CHECK, FILE, MAP, RESULT, RUN, TARGET
from mcconsole.features.imports.tree import TARGET_ROLE
from mcconsole.ui.mapping.choice_delegate import ChoiceBox
from mcconsole.ui.mapping.models import Part
from tests.features import everything
from tests.features.console_window import ARTIFACTS
from tests.features.import_window import ImportWindow
from tests.tenant import Tenant


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[ImportWindow]:
    window = ImportWindow(qtbot)
    yield window
    window.close()


def write(path: Path, header: list[str], rows: list[list[str]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return path


def subscribers(path: Path, count: int) -> Path:
    rows = [[f"new{n}@example.com", "Zoë", "DE", "yes"] for n in range(count)]
    return write(path, ["EMAILADDRESS", "first name", "country", "confirmed"], rows)


def kept(home: Path) -> list[Path]:
    """Folders of imports that still hold rows to be sent."""
    return list((home / "imports").glob("*/rows.spool"))


def test_every_field_type_arrives_cell_for_cell(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    tenant.hurry()
    tenant.create_de("all-types", everything.FIELDS)
    path = tmp_path / "all.csv"
    bad = everything.write(path, 100_000, bad_share=0.01)
    window.connect(tenant)
    window.load(path, "all-types")
    assert window.matching.left_out == 0, window.texts()
    window.go_on()
    window.settle(60)
    assert window.tab.current == CHECK
    prepared = window.tab.draft.prepared
    assert prepared is not None
    assert prepared.summary.faulty == len(bad)
    assert {fault.row for fault in prepared.faults(limit=100_000)} == set(bad)
    assert not window.tab.main.isEnabled()
    window.tab.check.skip.click()
    result = window.run_to_the_end()
    assert (result.state, result.rows_left_out) == (State.DONE, len(bad))
    assert result.rows_succeeded == 100_000 - len(bad)
    meant = {cells[0]: everything.meaning_of_cells(cells) for row, cells in everything.read(path) if row not in bad}
    found = {row["customerid"]: everything.meaning_of_read_back(row) for row in tenant.rows("all-types")}
    assert found == meant
    assert f"{result.rows_succeeded:,} rows landed, {len(bad):,} were left out" in window.texts()
    ARTIFACTS.mkdir(exist_ok=True)
    assert window.window.grab().save(str(ARTIFACTS / "import-walk.png"))


def test_the_whole_walk_by_keyboard(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    tenant.hurry()
    window.connect(tenant)
    window.drop(subscribers(tmp_path / "a.csv", 60))
    assert window.tab.current == FILE
    assert window.tab.file.table.rows.rowCount() == 60
    window.go_on()
    assert window.tab.current == TARGET
    window.choose_target("newsletter-subscribers")
    window.go_on()
    assert window.tab.current == MAP
    window.settle()
    table = window.tab.map.pane.table
    assert table.hasFocus()
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    box = table.findChild(ChoiceBox)
    assert box is not None
    QTest.keyClicks(box, "freq")
    completer = box.completer()
    popup = completer.popup() if completer is not None else None
    assert popup is not None
    window.wait(popup.isVisible)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    window.wait(lambda: window.matching.columns[1].field == "Frequency")
    window.go_on()
    window.settle()
    assert window.tab.current == CHECK
    window.go_on()
    assert window.tab.current == RUN
    assert window.tab.main.text() == ("Upsert 60 rows into Newsletter subscribers in TEST / Northern Lights Outfitters")
    window.go_on()
    window.settle(60)
    assert window.tab.current == RESULT
    assert window.result.rows_succeeded == 60
    assert window.result.failed_file is None
    assert "All 60 rows landed" in window.texts()
    there = {row["emailaddress"]: row["frequency"] for row in tenant.rows("newsletter-subscribers")}
    assert all(there[f"new{n}@example.com"] == "Zoë" for n in range(60))
    window.press("Copy summary")
    assert "60 rows read = 60 landed" in QGuiApplication.clipboard().text()
    window.tab.result.copy_as.forms[Form.JSON].trigger()
    (row,) = json.loads(QGuiApplication.clipboard().text())
    assert row["keys"].keys() == {"EmailAddress"}
    assert "Frequency" in row["values"]


def test_production_asks_once_more_and_a_second_start_is_refused(
    window: ImportWindow, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.hurry()
    window.connect(tenant, Environment.PRODUCTION)
    window.load(subscribers(tmp_path / "a.csv", 3), "newsletter-subscribers")
    window.go_on()
    window.settle()
    window.go_on()
    window.go_on()
    question = window.tab.run_step.question
    assert question is not None
    for part in ("Upsert 3 rows into Newsletter subscribers", "PRODUCTION", "Northern Lights Outfitters", "tenant"):
        assert part in question.text()
    question.button(QMessageBox.StandardButton.Cancel).click()
    window.wait(lambda: window.tab.run_step.question is None)
    assert tenant.journal("/hub/v1/dataevents") == []
    window.go_on()
    question = window.tab.run_step.question
    assert question is not None
    yes = next(button for button in question.buttons() if button.objectName() == "confirm")
    yes.click()
    window.tab.run()
    window.tab.run_step.act()
    window.settle()
    assert window.result.rows_succeeded == 3
    assert len(tenant.journal("/hub/v1/dataevents")) == 1


def test_failed_rows_can_be_loaded_again(window: ImportWindow, tenant: Tenant, home: Path, tmp_path: Path) -> None:
    tenant.hurry()
    window.connect(tenant)
    rows = [[f"k{n}", f"a{n}@example.com" if n % 2 else "nobody"] for n in range(20)]
    window.load(write(tmp_path / "a.csv", ["Customer Key", "E-Mail"], rows, ";"), "customers")
    assert "Only alike in name: E-Mail → EmailAddress" in window.texts()
    assert not window.tab.main.isEnabled()
    window.press("Accept")
    window.go_on()
    window.settle()
    window.tab.check.skip.click()
    first = window.run_to_the_end()
    assert (first.rows_succeeded, first.rows_left_out) == (10, 10)
    assert json.loads((home / "mappings.json").read_text())["mappings"][0]["name"][0] == "customers"
    window.press("Retry failed rows")
    window.settle()
    assert window.tab.current == MAP
    assert {c.header: c.field for c in window.matching.columns} == {
        "Customer Key": "CustomerKey", "E-Mail": "EmailAddress", "_row": None, "_reason": None,
    }  # fmt: skip
    window.go_on()
    window.settle()
    prepared = window.tab.draft.prepared
    assert prepared is not None
    assert (prepared.summary.rows, prepared.summary.faulty) == (10, 10)


def test_the_mapping_used_before_is_offered(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    tenant.hurry()
    window.connect(tenant)
    path = write(tmp_path / "a.csv", ["CustomerKey", "EmailAddress", "nick"], [["q1", "q@example.com", "Q"]])
    window.load(path, "customers")
    window.tab.map.pane.model.setData(window.tab.map.pane.model.index(2, Part.FIELD), "FirstName")
    window.go_on()
    window.settle()
    window.run_to_the_end()
    window.press("Import another file")
    assert window.tab.current == FILE
    window.drop(path)
    window.go_on()
    window.go_on()
    window.settle()
    assert window.matching.columns[2].field is None
    window.press("Use that mapping")
    assert window.matching.columns[2].field == "FirstName"


def test_cancel_says_what_cannot_be_recalled(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    tenant.switch(pickup_delay=0, processing_delay=120)
    window.connect(tenant)
    window.load(subscribers(tmp_path / "a.csv", 400), "newsletter-subscribers")
    window.go_on()
    window.settle()
    window.go_on()
    window.go_on()
    tiles = window.tab.run_step
    window.wait(lambda: tiles.accepted.figure.text() == "400")
    assert not window.tab.main.isEnabled()
    window.tab.show_step(FILE)
    assert window.tab.current == RUN
    window.drop_only(tmp_path / "a.csv")
    assert "An import is running." in window.texts()
    assert window.tab.current == RUN
    window.press("Cancel the import")
    window.wait(lambda: "1 batch already accepted by Marketing Cloud cannot be recalled" in tiles.view.words.text())
    window.settle(60)
    result = window.result
    assert (result.state, result.rows_unknown) == (State.CANCELLED, 400)
    assert "Cancelled: 0 of 400 rows landed" in window.texts()


def test_a_tenant_that_dies_leaves_a_clear_state(window: ImportWindow, start_tenant: object, tmp_path: Path) -> None:
    tenant: Tenant = start_tenant()  # type: ignore[operator]
    tenant.switch(pickup_delay=0, processing_delay=120)
    window.connect(tenant)
    window.load(subscribers(tmp_path / "a.csv", 300), "newsletter-subscribers")
    window.go_on()
    window.settle()
    window.go_on()
    window.go_on()
    window.wait(lambda: window.tab.run_step.accepted.figure.text() == "300")
    tenant.kill()
    window.settle(120)
    result = window.result
    assert (result.state, result.rows_unknown, result.rows_succeeded) == (State.STOPPED, 300, 0)
    assert "Stopped by an error: 0 of 300 rows landed" in window.texts()
    assert "Nobody knows whether 300 rows landed" in window.texts()


def test_what_was_never_sent_goes_with_one_click(window: ImportWindow, start_tenant: object, tmp_path: Path) -> None:
    tenant: Tenant = start_tenant()  # type: ignore[operator]
    window.connect(tenant)
    window.load(subscribers(tmp_path / "a.csv", 60), "newsletter-subscribers")
    window.go_on()
    window.settle()
    tenant.fail("/hub/v1/dataevents|/data/v1/async", "status", status=403)
    assert window.run_to_the_end().rows_not_sent == 60
    tenant.heal()
    window.press("Send the other 60 rows")
    window.settle(60)
    assert window.tab.current == RESULT
    assert (window.result.state, window.result.rows_succeeded) == (State.DONE, 60)


def test_the_window_fits_a_small_screen_with_its_dock(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    assert window.window.minimumSizeHint().height() <= 700
    window.connect(tenant)
    window.load(subscribers(tmp_path / "a.csv", 5), "newsletter-subscribers")
    window.go_on()
    window.settle()
    assert window.window.minimumSizeHint().height() <= 700
    assert window.window.minimumSizeHint().width() <= 1024


def test_a_refresh_reads_the_fields_again(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    window.connect(tenant)
    window.load(subscribers(tmp_path / "a.csv", 5), "newsletter-subscribers")
    window.tab.show_step(TARGET)
    before, mapped = window.tab.draft.schema, window.matching.mapping()
    window.tab.refresh()
    window.settle()
    after = window.tab.draft.schema
    assert after is not before
    assert after == before
    assert window.matching.mapping() == mapped
    assert window.tab.target.tree.currentIndex().siblingAtColumn(0).data(TARGET_ROLE).key == "newsletter-subscribers"


def test_what_was_only_checked_is_deleted(window: ImportWindow, tenant: Tenant, home: Path, tmp_path: Path) -> None:
    window.connect(tenant)
    window.load(subscribers(tmp_path / "a.csv", 5), "newsletter-subscribers")
    window.go_on()
    window.settle()
    assert len(kept(home)) == 1
    window.tab.show_step(MAP)
    window.tab.map.pane.model.setData(window.tab.map.pane.model.index(1, Part.FIELD), "")
    window.settle()
    assert kept(home) == []
    window.go_on()
    window.settle()
    assert len(kept(home)) == 1
    window.window.close()
    window.settle()
    assert kept(home) == []


def test_another_business_unit_takes_the_target_away(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    window.connect(tenant)
    window.load(subscribers(tmp_path / "a.csv", 5), "newsletter-subscribers")
    window.go_on()
    window.settle()
    window.go_on()
    assert window.tab.current == RUN
    other = next(u for u in window.state.connection.business_units if u.name == "Northern Lights Europe")  # type: ignore[union-attr]
    window.connector.switch_business_unit(other.account_id)
    window.settle()
    assert window.tab.current == TARGET
    assert window.tab.draft.schema is None
    window.choose_target("customers-europe")


def test_a_data_extension_without_key_can_only_be_inserted_into(
    window: ImportWindow, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.hurry()
    window.connect(tenant)
    path = write(tmp_path / "a.csv", ["at", "event"], [["2024-05-06", "login"], ["2024-05-07", "logout"]])
    window.load(path, "event-log")
    window.tab.show_step(TARGET)
    mode = window.tab.target.mode
    assert mode.currentData() == Mode.INSERT
    listed = mode.model()
    assert [bool(listed.flags(listed.index(row, 0)) & Qt.ItemFlag.ItemIsEnabled) for row in range(4)] == [
        *(False, True),
        *(False, True),
    ]
    assert "Without a primary key, rows cannot be updated" in window.texts()
    window.go_on()
    window.go_on()
    window.settle()
    assert "cannot insert only" in window.tab.check.route_reason.text()
    before = len(tenant.rows("event-log"))
    result = window.run_to_the_end()
    assert result.rows_succeeded == 2
    assert len(tenant.rows("event-log")) == before + 2
    assert window.tab.result.copy_as.isHidden()


def test_an_ambiguous_date_asks(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    tenant.hurry()
    window.connect(tenant)
    header = ["CustomerKey", "EmailAddress", "Birthday", "LastOrderTotal"]
    rows = [["d1", "d1@example.com", "03/04/1990", "1,50"], ["d2", "d2@example.com", "05/06/1991", "2,25"]]
    window.load(write(tmp_path / "a.csv", header, rows, ";"), "customers")
    assert "The dates in “Birthday”, such as 03/04/1990, can be read in more than one way" in window.texts()
    assert not window.tab.main.isEnabled()
    window.press("DD/MM/YYYY")
    window.go_on()
    window.settle()
    assert window.tab.draft.prepared is not None
    assert window.tab.draft.prepared.summary.faulty == 2
    assert window.tab.check.browser.faults.rowCount() == 2
    assert window.tab.check.browser.cells.rowCount() == 4
    target = tmp_path / "faulty.csv"
    window.tab.check.save_faulty(str(target))
    window.settle()
    assert target.read_text("utf-8-sig").splitlines()[0].endswith(";_row;_reason")
    window.tab.show_step(MAP)
    window.tab.map.pane.model.setData(window.tab.map.pane.model.index(3, Part.FORMAT), ",")
    window.go_on()
    window.settle()
    assert window.tab.draft.invalid is Invalid.REFUSE
    window.run_to_the_end()
    found = {row["customerkey"]: row for row in tenant.rows("customers")}
    assert found["d1"]["birthday"] == "4/3/1990 12:00:00 AM"
    assert found["d2"]["lastordertotal"] == "2.25"


def test_closing_while_rows_are_on_their_way_waits_for_them(
    window: ImportWindow, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.switch(pickup_delay=0, processing_delay=120)
    window.connect(tenant)
    window.load(subscribers(tmp_path / "a.csv", 100), "newsletter-subscribers")
    window.go_on()
    window.settle()
    window.go_on()
    window.go_on()
    window.wait(lambda: window.tab.run_step.accepted.figure.text() == "100")
    window.window.close()
    assert window.window.isVisible()
    assert any(task.key == RUN_KEY for task in window.state.runner.running())
    window.settle(60)
    window.wait(lambda: not window.window.isVisible())
    assert window.result.state is State.CANCELLED


def test_a_file_that_changed_after_it_was_looked_at_is_not_sent(
    window: ImportWindow, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.hurry()
    window.connect(tenant)
    path = subscribers(tmp_path / "a.csv", 5)
    window.load(path, "newsletter-subscribers")
    window.tab.map.pane.model.setData(window.tab.map.pane.model.index(1, Part.FIELD), "Frequency")
    subscribers(path, 7)
    window.go_on()
    window.settle()
    assert "a.csv: this is not the file that was chosen: it changed since" in window.texts()
    assert not window.tab.steps[RUN].open()
    window.press("Look at the file again")
    window.settle()
    assert window.tab.current == FILE
    assert window.matching.columns[1].field == "Frequency"
    window.go_on()
    window.go_on()
    window.go_on()
    window.settle()
    assert window.run_to_the_end().rows_succeeded == 7
    assert tenant.journal("/hub/v1/dataevents")


def test_return_in_the_search_chooses_and_return_again_goes_on(
    window: ImportWindow, tenant: Tenant, tmp_path: Path
) -> None:
    window.connect(tenant)
    window.drop(subscribers(tmp_path / "a.csv", 5))
    window.go_on()
    window.settle()
    target = window.tab.target
    assert target.search.hasFocus()
    QTest.keyClicks(target.search, "newsl")
    QTest.keyClick(target.search, Qt.Key.Key_Return)
    assert target.tree.hasFocus()
    QTest.keyClick(target.tree, Qt.Key.Key_Return)
    window.wait(lambda: window.tab.current == MAP)
    assert window.matching.schema.key == "newsletter-subscribers"
    window.tab.show_step(TARGET)
    QTest.keyClicks(target.search, "zzz")
    window.wait(lambda: "No data extension matches “newslzzz”." in window.texts())
    assert window.state.settings.texts(target._recent_name()) == ["newsletter-subscribers"]
    target.search.clear()
    window.tab.refresh()
    window.settle()
    assert target.tree_model.index(0, 0).data() == "Recent"


def test_a_list_that_cannot_be_read_says_why_and_can_be_tried_again(
    window: ImportWindow, tenant: Tenant, tmp_path: Path
) -> None:
    window.connect(tenant)
    tenant.fail("/Service.asmx", "status", status=403, body={"message": "Insufficient privileges", "errorcode": 20002})
    window.drop(subscribers(tmp_path / "a.csv", 5))
    window.go_on()
    window.settle()
    assert "The data extensions could not be listed" in window.texts()
    tenant.heal()
    window.press("Try again")
    window.settle()
    assert window.tab.target.tree.isVisible()
    tenant.fail("/Service.asmx", "delay", seconds=3)
    window.tab.refresh()
    window.wait(lambda: "Listing the data extensions" in window.texts())
    window.press("Cancel")
    window.settle()
    assert "You cancelled the list of data extensions." in window.texts()
    tenant.heal()


def test_a_mapping_is_saved_and_loaded(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    window.connect(tenant)
    path = write(tmp_path / "a.csv", ["CustomerKey", "mail", "nick"], [["q1", "q@example.com", "Q"]])
    window.load(path, "customers")
    model = window.tab.map.pane.model
    model.setData(model.index(1, Part.FIELD), "EmailAddress")
    model.setData(model.index(2, Part.FIELD), "FirstName")
    model.setData(model.index(2, Part.EMPTY), "leave")
    window.matching.set_constant("Language", "de-DE")
    saved = tmp_path / "saved.json"
    window.tab.map.pane._save(str(saved))
    window.settle()
    assert json.loads(saved.read_text()) == {
        "columns": {"CustomerKey": "CustomerKey", "mail": "EmailAddress", "nick": "FirstName"},
        "constants": {"Language": "de-DE"},
        "dates": {},
        "decimals": {},
        "empty": {"FirstName": "leave"},
    }
    before = window.matching.mapping()
    window.matching.leave_out_unmatched()
    model.setData(model.index(1, Part.FIELD), "")
    window.tab.map.pane._load(str(saved))
    window.settle()
    assert window.matching.mapping() == before
    saved.write_text("{}x")
    window.tab.map.pane._load(str(saved))
    window.settle()
    assert "the mapping is not JSON" in window.texts()


def test_another_route_is_checked_again(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    tenant.hurry()
    window.connect(tenant)
    window.load(subscribers(tmp_path / "a.csv", 5), "newsletter-subscribers")
    window.go_on()
    window.settle()
    check = window.tab.check
    assert "5 rows fit one synchronous call" in check.route_reason.text()
    check.route.setCurrentIndex(check.route.findData("async"))
    check.route.activated.emit(check.route.currentIndex())
    window.settle()
    assert "chosen by you" in check.route_reason.text()
    assert window.run_to_the_end().route == "async"
    assert tenant.journal("/hub/v1/dataevents") == []


def test_a_route_that_the_mapping_forbids_has_a_way_out(window: ImportWindow, tenant: Tenant, tmp_path: Path) -> None:
    tenant.hurry()
    window.connect(tenant)
    path = write(tmp_path / "a.csv", ["Id", "Column2"], [["r1", "x"], ["r2", "y"]])
    window.load(path, "twelve-texts")
    window.go_on()
    window.settle()
    check = window.tab.check
    check.route.setCurrentIndex(check.route.findData("sync"))
    check.route.activated.emit(check.route.currentIndex())
    window.settle()
    window.tab.show_step(MAP)
    window.tab.map.pane.model.setData(window.tab.map.pane.model.index(1, Part.FIELD), "")
    window.go_on()
    window.settle()
    assert "a synchronous row needs at least one value beside its key" in window.texts()
    window.press("Use the automatic route")
    window.settle()
    check.skip.click()
    assert window.run_to_the_end().rows_succeeded == 2
    window.drop(path)
    assert (window.tab.draft.invalid, window.tab.draft.route) == (Invalid.SKIP, Route.AUTO)
    window.drop(subscribers(tmp_path / "b.csv", 3))
    assert window.tab.draft.invalid is Invalid.REFUSE
