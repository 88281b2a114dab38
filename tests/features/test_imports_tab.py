"""The import tab without a tenant: reading files, the mapping being made, its tables, what is remembered."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from mcconsole.core import tables
from mcconsole.core.errors import BadInput
from mcconsole.core.fields import Field, FieldType, Schema
from mcconsole.core.journal import FaultRow
from mcconsole.core.mapping import DateRule, Empty, Mapping
from mcconsole.core.matching import Matching, Source
from mcconsole.features.imports import remembered
from mcconsole.features.imports.calls import DataExtension, Folder
from mcconsole.features.imports.fault_model import PAGE, CellsModel, FaultModel, ReasonModel
from mcconsole.features.imports.models import ReasonsModel, SchemaModel
from mcconsole.features.imports.plan import Mode
from mcconsole.features.imports.reader import Summary
from mcconsole.features.imports.running_view import duration
from mcconsole.features.imports.steps.file_step import size_of
from mcconsole.features.imports.tab import FILE, TARGET
from mcconsole.features.imports.tree import TARGET_ROLE, TargetTree
from mcconsole.ui.dialect_form import DialectForm
from mcconsole.ui.mapping.models import CHOICES_ROLE, ConstantsModel, MappingModel, Part
from mcconsole.ui.preview_table import RowsModel
from mcconsole.ui.table import FilterProxy
from tests.features.import_window import ImportWindow

SCHEMA = Schema(
    "people",
    "People",
    (
        Field("Id", FieldType.TEXT, 20, required=True, primary_key=True),
        Field("FirstName", FieldType.TEXT, 50),
        Field("Born", FieldType.DATE),
        Field("Balance", FieldType.DECIMAL, 18, 2),
        Field("Country", FieldType.TEXT, 2, required=True),
        Field("Level", FieldType.TEXT, 10, required=True, default="basic"),
    ),
)


def look(tmp_path: Path, text: str, name: str = "a.csv") -> tables.Preview:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return tables.preview(path)


@pytest.fixture
def matching(tmp_path: Path) -> Matching:
    return Matching(
        look(
            tmp_path, "ID,first name,born,balance,Countri,other\n1,Ann,03/04/1990,1.5,DE,x\n2,Zoë,05/06/1991,2.5,FR,y\n"
        ),
        SCHEMA,
    )


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[ImportWindow]:
    window = ImportWindow(qtbot)
    yield window
    window.close()


def test_a_suggestion_is_not_sent_until_it_is_accepted(matching: Matching) -> None:
    assert [c.source for c in matching.columns] == [
        Source.CASE, Source.LOOSE, Source.CASE, Source.CASE, Source.SUGGESTED, Source.NONE,
    ]  # fmt: skip
    assert matching.mapping().columns["Countri"] is None
    assert [field.name for field in matching.missing(Mode.UPSERT)] == ["Country"]
    matching.accept_suggestions()
    assert matching.mapping().columns["Countri"] == "Country"
    assert matching.missing(Mode.UPSERT) == []


def test_leaving_out_the_unmatched_keeps_what_is_certain(matching: Matching) -> None:
    matching.leave_out_unmatched()
    assert [c.field for c in matching.columns] == ["Id", "FirstName", "Born", "Balance", None, None]
    assert matching.suggestions == []
    assert matching.left_out == 2
    assert matching.unfilled()[0].name == "Country"


def test_a_field_has_one_source(matching: Matching) -> None:
    matching.set_constant("Country", "DE")
    matching.assign(5, "Country")
    assert matching.constants == {}
    assert matching.columns[4].field is None
    matching.assign(4, "Country")
    assert [c.header for c in matching.columns if c.field == "Country"] == ["Countri"]
    matching.assign(4, None)
    matching.set_constant("Country", "FR")
    assert matching.mapping().constants == {"Country": "FR"}
    assert matching.missing(Mode.UPSERT) == []


def test_a_date_that_can_be_read_two_ways_asks(matching: Matching) -> None:
    asked = matching.questions()
    assert [(q.header, q.formats) for q in asked] == [("born", ("DD/MM/YYYY", "MM/DD/YYYY"))]
    assert "Born" not in matching.mapping().dates
    matching.set_date("Born", zone="Europe/Berlin")
    assert matching.questions()
    matching.set_date("Born", form="MM/DD/YYYY")
    assert matching.questions() == []
    assert matching.mapping().dates == {"Born": DateRule("MM/DD/YYYY", "Europe/Berlin")}
    with pytest.raises(ValueError, match="date format"):
        matching.set_date("Born", form="someday")
    with pytest.raises(ValueError, match="zone"):
        matching.set_date("Born", zone="Nowhere/At_All")


def test_the_only_possible_format_is_used_without_asking(tmp_path: Path) -> None:
    found = Matching(look(tmp_path, "Id,Born,Country\n1,23/04/1990,DE\n2,01/02/1991,FR\n"), SCHEMA)
    assert found.questions() == []
    assert found.resolved(Mode.UPSERT).dates["Born"].format == "DD/MM/YYYY"


def test_a_constant_that_does_not_fit_is_in_the_way(matching: Matching) -> None:
    matching.leave_out_unmatched()
    matching.set_date("Born", form="DD/MM/YYYY")
    matching.set_constant("Country", "Germany")
    with pytest.raises(BadInput, match="Country"):
        matching.resolved(Mode.UPSERT)
    matching.set_constant("Country", "DE")
    assert matching.resolved(Mode.UPSERT).constants == {"Country": "DE"}


def test_leaving_out_every_column_matches_none_by_itself(matching: Matching) -> None:
    for index in range(6):
        matching.assign(index, None)
    with pytest.raises(BadInput):
        matching.resolved(Mode.UPSERT)


def test_a_saved_mapping_is_taken_over(matching: Matching) -> None:
    dated = {"born": DateRule("DD.MM.YYYY", "UTC")}
    saved = Mapping({"ID": "id", "other": "country"}, {"firstname": "X"}, dated, {}, {"ID": Empty.LEAVE})
    matching.adopt(saved, leaving_out=("born",))
    assert [c.field for c in matching.columns] == ["Id", None, None, None, None, "Country"]
    assert matching.constants == {"FirstName": "X"}
    assert matching.empty("Id") is Empty.LEAVE
    with pytest.raises(BadInput, match="does not have"):
        matching.adopt(replace(saved, columns={"ID": "Nope"}))
    with pytest.raises(BadInput, match="does not have"):
        matching.adopt(replace(saved, columns={"gone": "Id"}))
    assert matching.columns[0].field == "Id"


def test_a_mapping_is_remembered_for_header_and_target(home: Path) -> None:
    dated = {"Born": DateRule("DD.MM.YYYY", "UTC")}
    used = Mapping({"a": "Id", "b": None}, {"Country": "DE"}, dated, {"Balance": ","}, {"Id": Empty.LEAVE})
    assert remembered.recall("people", ["a", "b"]) is None
    remembered.remember("people", ["a", "b"], used)
    found = remembered.recall("people", ["b", "a"])
    assert found is not None
    assert found.mapping == used
    assert remembered.recall("people", ["a"]) is None
    assert remembered.recall("others", ["a", "b"]) is None
    remembered.remember("people", ["b", "a"], replace(used, constants={}))
    again = remembered.recall("people", ["a", "b"])
    assert again is not None
    assert again.mapping.constants == {}
    path = home / "mappings.json"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text('{"schema_version": 1, "mappings": 7}')
    with pytest.raises(BadInput, match="cannot be read"):
        remembered.recall("people", ["a", "b"])
    path.write_text('{"schema_version": 99, "mappings": []}')
    with pytest.raises(BadInput, match="newer"):
        remembered.recall("people", ["a", "b"])


def test_only_so_many_mappings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "KEPT", 2)
    for name in "abc":
        remembered.remember(name, ["x"], Mapping({"x": "Id"}))
    assert [remembered.recall(name, ["x"]) is not None for name in "abc"] == [False, True, True]


def targets() -> tuple[list[Folder], list[DataExtension]]:
    folders = [
        Folder("1", "0", "Data Extensions"),
        Folder("2", "1", "Shop"),
        Folder("3", "1", "Empty"),
        Folder("4", "2", "Old"),
    ]
    found = [
        DataExtension("orders", "Orders", "o", "4", 8, 1200),
        DataExtension("people", "People", "p", "1", 6, None),
        DataExtension("lost", "Lost", "l", "77", None, None),
    ]
    return folders, found


def test_the_tree_shows_folders_recent_ones_and_what_has_no_folder(qtbot: QtBot) -> None:
    model = TargetTree()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(*targets(), recent=["people", "gone"])
    top = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert top == ["Recent", "Data Extensions", "Lost"]
    root = model.index(1, 0)
    assert [model.index(row, 0, root).data() for row in range(model.rowCount(root))] == ["Shop", "People"]
    orders = model.find("orders")
    assert [orders.siblingAtColumn(c).data() for c in range(4)] == ["Orders", "orders", "8", "1,200"]
    assert orders.parent().data() == "Old"
    assert not model.find("gone").isValid()
    proxy = FilterProxy(model)
    proxy.set_filter("ORDER")
    shown = proxy.mapFromSource(model.find("orders"))
    assert shown.isValid()
    assert shown.data(TARGET_ROLE).key == "orders"
    assert not proxy.mapFromSource(model.find("lost")).isValid()


def test_the_mapping_table_says_how_each_column_was_matched(matching: Matching, qtbot: QtBot) -> None:
    model = MappingModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(matching)
    words = [model.index(row, Part.MATCH).data() for row in range(model.rowCount())]
    assert words == ["other case", "similar", "other case", "other case", "suggestion", "left out"]
    assert model.index(2, Part.FORMAT).data() == "choose…"
    with qtbot.waitSignal(model.edited):
        assert model.setData(model.index(2, Part.FORMAT), "DD/MM/YYYY")
    assert model.index(2, Part.FORMAT).data() == "DD/MM/YYYY"
    with qtbot.waitSignal(model.refused) as refused:
        assert not model.setData(model.index(2, Part.ZONE), "Atlantis")
    assert "Atlantis" in refused.args[0]
    assert model.setData(model.index(3, Part.FORMAT), ",")
    assert model.setData(model.index(3, Part.EMPTY), "leave")
    assert (matching.decimal("Balance"), matching.empty("Balance")) == (",", Empty.LEAVE)
    assert model.index(5, Part.EMPTY).data(CHOICES_ROLE) is None
    assert model.setData(model.index(5, Part.FIELD), "Country")
    assert [model.index(row, Part.MATCH).data() for row in (4, 5)] == ["left out", "chosen"]
    assert not model.setData(model.index(5, Part.FIELD), "Country")


def test_a_constant_fills_a_field(matching: Matching, qtbot: QtBot) -> None:
    matching.leave_out_unmatched()
    model = ConstantsModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(matching, Mode.UPSERT)
    assert [[model.index(r, c).data() for c in range(4)] for r in range(2)] == [
        ["Country", "Text (2)", "required: needs a value", ""],
        ["Level", "Text (10)", "default: basic", ""],
    ]
    with qtbot.waitSignal(model.edited):
        assert model.setData(model.index(0, 3), "DE")
    assert matching.constants == {"Country": "DE"}


def test_the_first_rows_show_short_and_long_rows_as_they_are(tmp_path: Path, qtbot: QtBot) -> None:
    model = RowsModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    preview = look(tmp_path, "a,b\n1,x\n3\n4,y,6\n" + "7,z\n" * 90)
    model.show(preview)
    assert [model.headerData(row, Qt.Orientation.Vertical) for row in (0, 92)] == [2, 94]
    assert (model.rowCount(), model.columnCount()) == (93, 3)
    assert [model.index(1, c).data() for c in range(3)] == ["3", "", ""]
    assert model.index(2, 2).data() == "6"
    assert model.index(1, 1).data(Qt.ItemDataRole.BackgroundRole) is not None
    assert model.headerData(2, Qt.Orientation.Horizontal) == "(no name)"
    model.show(None)
    assert model.rowCount() == 0


def test_faults_come_page_by_page(qtbot: QtBot) -> None:
    model = FaultModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    faults = [FaultRow(n, "a", "A", "TooLong", "is too long", "x" * 300) for n in range(PAGE + 3)]
    asked: list[int] = []
    model.wanted.connect(asked.append)
    model.start()
    assert asked == [0]
    assert not model.canFetchMore()
    model.add(7, faults[7:9])
    assert model.rowCount() == 0
    model.add(0, faults[:PAGE])
    assert model.canFetchMore()
    model.fetchMore()
    assert asked == [0, PAGE]
    model.add(PAGE, faults[PAGE:])
    assert (model.rowCount(), model.canFetchMore()) == (PAGE + 3, False)
    assert model.index(PAGE + 2, 0).data() == f"{PAGE + 2:,}"
    assert model.fault(1) == faults[1]


def test_reasons_and_one_row_are_tables(qtbot: QtBot) -> None:
    reasons = ReasonModel()
    reasons.show(Summary(10, 4, 0, {("TooLong", "Name"): 1, ("Required", "Id"): 3}))
    assert [[reasons.index(r, c).data() for c in range(3)] for r in range(2)] == [
        ["Empty, but required", "Id", "3"],
        ["Too long", "Name", "1"],
    ]
    cells = CellsModel()
    assert cells.show(["a", "b"], ["1", "2", "3"], {"b": "is wrong"}) == 1
    assert [cells.index(2, c).data() for c in range(2)] == ["", "3"]
    assert "is wrong" in str(cells.index(1, 1).data(Qt.ItemDataRole.ToolTipRole))
    why = ReasonsModel()
    why.show_rows([("failed", "no", 1200)])
    assert [why.index(0, c).data() for c in range(3)] == ["failed", "1,200", "no"]
    fields = SchemaModel()
    fields.show_rows(SCHEMA.fields)
    assert [fields.index(3, c).data() for c in range(5)] == ["Balance", "Decimal (18,2)", "", "", ""]


def test_the_dialect_can_be_edited_and_nonsense_is_refused(qtbot: QtBot) -> None:
    form = DialectForm()
    qtbot.addWidget(form)
    form.show_dialect(tables.Dialect("utf-8", ",", '"', None, has_header=True))
    edited: list[tables.Dialect] = []
    refused: list[str] = []
    form.edited.connect(edited.append)
    form.refused.connect(refused.append)
    form.delimiter.setEditText("||")
    QTest.keyClick(form.delimiter, Qt.Key.Key_Return)
    assert edited[-1].delimiter == "||"
    form.header.click()
    assert (edited[-1].has_header, edited[-1].header_rows) == (False, 0)
    assert not form.header_rows.isEnabled()
    form.skipped.setValue(3)
    assert edited[-1].skipped_lines == 3
    count = len(edited)
    form.quote.setEditText("|")
    QTest.keyClick(form.quote, Qt.Key.Key_Return)
    assert len(edited) == count
    assert "must differ" in refused[0]
    assert form.quote.currentData() == '"'


def test_a_file_is_shown_before_anybody_connects(window: ImportWindow, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name;born\nAnn;2000\nZoë;2001\n", "cp1252")
    window.drop(path)
    file = window.tab.file
    assert (file.table.rows.rowCount(), file.table.rows.columnCount()) == (2, 2)
    assert file.form.delimiter.currentData() == ";"
    assert file.form.encoding.currentData() == "cp1252"
    assert "2 rows · 2 columns" in window.texts()
    file.form.encoding.setCurrentIndex(file.form.encoding.findData("cp437"))
    file.form.encoding.activated.emit(file.form.encoding.currentIndex())
    window.settle()
    assert file.table.rows.index(1, 0).data() == "Zoδ"
    window.go_on()
    assert window.tab.current == TARGET
    assert "No tenant connected" in window.texts()
    window.press("Open Credentials")
    assert window.window.tabs.currentIndex() == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"a,b\n", "The file has a header and no rows."),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0" * 40, "The file cannot be read"),
        (b"a,b\n1,\0\n2,3\n", "NUL"),
    ],
)
def test_a_bad_file_says_so_and_nothing_goes_on(
    window: ImportWindow, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    window.drop(path)
    assert window.tab.current == FILE
    assert not window.tab.main.isEnabled()
    assert says in window.texts()
    assert "bad.csv" in window.texts()


def test_a_wrong_encoding_keeps_the_controls(window: ImportWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("näme,b\nü,1\n".encode("cp1252"))
    window.drop(path)
    form = window.tab.file.form
    form.encoding.setCurrentIndex(form.encoding.findData("utf-8"))
    form.encoding.activated.emit(form.encoding.currentIndex())
    window.settle()
    assert form.isVisible()
    assert window.tab.file.note.isVisible()
    assert window.tab.file.table.rows.rowCount() == 0
    assert not window.tab.main.isEnabled()
    window.press("Guess again")
    window.settle()
    assert window.tab.file.table.rows.index(0, 0).data() == "ü"
    assert window.tab.main.isEnabled()


def test_several_tables_ask_which_lines_to_skip(window: ImportWindow, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    first = "id,name,city\n" + "".join(f"{n},n{n},Bonn\n" for n in range(8))
    second = "sku,price\n" + "".join(f"s{n},{n}.50\n" for n in range(8))
    path.write_text(f"{first}\n\n{second}")
    window.drop(path)
    assert "2 tables below each other" in window.texts()
    assert not window.tab.main.isEnabled()
    window.press("Set lines to skip")
    window.tab.file.form.skipped.setValue(11)
    window.settle()
    assert window.tab.main.isEnabled(), window.texts()
    assert window.tab.file.table.rows.headerData(0, Qt.Orientation.Horizontal) == "sku"


def test_recent_files_are_offered(window: ImportWindow, tmp_path: Path) -> None:
    path = tmp_path / "lately.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    window.drop(path)
    window.tab.draft.start_over()
    window.wait(lambda: "lately.csv" in window.texts())
    window.press(next(text for text in window.texts().split("\n") if text.startswith("lately.csv")))
    window.settle()
    assert window.tab.file.summary() == "lately.csv"
    path.unlink()
    window.tab.refresh()
    window.settle()
    assert "there is no such file" in window.texts()
    assert not window.tab.main.isEnabled()


def test_the_latest_file_wins(window: ImportWindow, tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.csv" for n in range(3)]
    for number, path in enumerate(paths):
        path.write_text(f"a,b\n{number},x\n{number},y\n")
        window.drop_only(path)
    window.settle()
    assert window.tab.file.summary() == "2.csv"
    assert window.tab.file.table.rows.index(0, 0).data() == "2"


def test_every_input_has_an_accessible_name(window: ImportWindow) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit

    nameless = [
        widget
        for kind in (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractItemView, QAbstractButton)
        for widget in window.tab.findChildren(kind)
        if not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), (QComboBox, QAbstractSpinBox, QAbstractItemView, QLineEdit))
        and widget.metaObject().className() not in ("QTableCornerButton", "QComboBoxListView")
    ]
    assert nameless == []


def test_figures_in_words() -> None:
    sizes = [size_of(n) for n in (0, 999, 1500, 2_500_000, 3 * 10**9)]
    assert sizes == ["0 bytes", "999 bytes", "1.5 KB", "2.5 MB", "3.0 GB"]
    assert [duration(s) for s in (0.2, 59, 90, 3700)] == ["1 s", "59 s", "2 min", "1 h 2 min"]


def test_the_window_lives_while_hundreds_of_columns_are_matched(window: ImportWindow, tmp_path: Path) -> None:
    chance = random.Random(7)
    names = ["".join(chance.choices("abcdefghijklmnop", k=14)) for _ in range(500)]
    path = tmp_path / "wide.csv"
    path.write_text(",".join(names[:250]) + "\n" + ",".join(["x"] * 250) + "\n")
    window.drop(path)
    window.tab.draft.set_schema(Schema("w", "Wide", tuple(Field(name, FieldType.TEXT, 50) for name in names[250:])))
    assert window.tab.draft.matching is None
    assert [task.label for task in window.state.runner.running()] == ["Matching the columns"]
    window.settle()
    assert len(window.matching.columns) == 250


def test_an_answer_that_comes_too_late_is_dropped(window: ImportWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Id,Country\n1,DE\n2,FR\n")
    window.drop(path)
    other = replace(SCHEMA, key="other", name="Other")
    window.tab.draft.set_schema(SCHEMA)
    window.tab.draft.set_schema(other)
    window.settle()
    assert window.matching.schema is other
