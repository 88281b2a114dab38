"""The view of a body: its layouts, finding, filtering, copying, and what is large or hostile."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from mcconsole.core import aside
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.exchange import Body
from mcconsole.core.jobs import JobContext
from mcconsole.core.spill import Spill
from mcconsole.features.responses import bodies, finding, index_json, query, rows
from mcconsole.features.responses.body_view import PRETTY, RAW, TABLE, TREE, BodyView
from mcconsole.features.responses.index import Document
from mcconsole.features.responses.lines import PIECE
from mcconsole.features.responses.tree_model import GROUP, MOST_LEVELS, NAME, VALUE
from mcconsole.ui.tasks import InlineRunner, TaskRunner

ANSWER = (
    b'{"count":2,"items":[{"id":12345678901234567890123,"rate":1.10,"name":"Zo\\u00eb","ok":true},'
    b'{"id":2,"rate":2,"name":"O\'Hara","ok":false,"more":{"x":[1,2]}}],"items":"again","none":null}'
)
SOAP = (
    b'<s:Envelope xmlns:s="u"><s:Body><Answer><Results><Name>a</Name><Code type="x">1</Code></Results>'
    b"<Results><Name>b</Name></Results><OverallStatus>Has Errors</OverallStatus></Answer></s:Body></s:Envelope>"
)


def body(data: bytes, content_type: str = "application/json") -> Body:
    return Body(data, len(data), "", content_type)


@pytest.fixture
def view(qtbot: QtBot) -> BodyView:
    view = BodyView(InlineRunner(), "Answer")
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.show()
    return view


def shown(view: BodyView, parent: QModelIndex | None = None) -> list[tuple[str, str]]:
    """Names and values of the tree, opened as far as it is."""
    model, found = view.tree.nodes, []
    above = parent if parent is not None else QModelIndex()
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        found.append((index.data(), model.index(row, VALUE, above).data()))
        if view.tree.isExpanded(index):
            found += shown(view, index)
    return found


def choose(view: BodyView, *rows_down: int) -> None:
    index = QModelIndex()
    for row in rows_down:
        index = view.tree.nodes.index(row, 0, index)
    view.tree.setCurrentIndex(index)


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def test_the_tree_shows_what_was_received(view: BodyView) -> None:
    view.show_body(body(ANSWER))
    QAbstractItemModelTester(view.tree.nodes, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert shown(view) == [
        ("$", "{4}"),
        ("count", "2"),
        ("items", "[2]"),
        ("items", '"again"'),
        ("none", "null"),
    ]
    view.tree.expandAll()
    assert ("id", "12345678901234567890123") in shown(view)
    assert ("rate", "1.10") in shown(view)
    assert ("name", '"Zoë"') in shown(view)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"number":12345,"text":"abcdef","word":true,"none":null}', "application/json"),
        (b"<a b='1'>x</a>", "text/xml"),
    ],
)
def test_only_what_holds_something_can_be_opened(view: BodyView, data: bytes, kind: str) -> None:
    view.show_body(body(data, kind))
    top = view.tree.nodes.index(0, 0)
    assert view.tree.nodes.hasChildren(top)
    rows_below = range(view.tree.nodes.rowCount(top))
    assert [view.tree.nodes.hasChildren(view.tree.nodes.index(row, 0, top)) for row in rows_below] == [False] * len(
        rows_below
    )


def test_long_lists_come_in_groups(view: BodyView) -> None:
    view.show_body(body(json.dumps(list(range(2 * GROUP + 1))).encode()))
    assert shown(view)[1:] == [("[0 … 499]", ""), ("[500 … 999]", ""), ("[1,000 … 1,000]", "")]
    top = view.tree.nodes.index(0, 0)
    group = view.tree.nodes.index(1, 0, top)
    assert view.tree.nodes.index(7, VALUE, group).data() == "507"
    view.tree.reveal(view.opened.data.find(b"507"))
    assert view.tree.current is not None
    assert view.tree.current.path == "$[507]"


def test_copying_from_the_tree(view: BodyView) -> None:
    view.show_body(body(ANSWER))
    choose(view, 0, 1, 0, 2)
    for action, expected in (
        (view.tree.copy_value, "Zoë"),
        (view.tree.copy_received, '"Zo\\u00eb"'),
        (view.tree.copy_key, "name"),
        (view.tree.copy_path, "$['items'][0]['name']"),
    ):
        action.trigger()
        assert clipboard() == expected
    view.tree.filter_by.trigger()
    assert view.filter.text() == "$['items'][?@['name'] == 'Zoë']"


def test_a_path_of_the_tree_leads_back_to_its_node(view: BodyView) -> None:
    for data in (ANSWER.replace(b',"items":"again"', b""), SOAP):
        view.show_body(body(data))
        document = view.opened.document
        assert document is not None
        view.tree.expandAll()
        waiting = [view.tree.nodes.index(0, 0)]
        while waiting:
            index = waiting.pop()
            item = view.tree.nodes.item(index)
            assert item is not None
            found = query.query(JobContext(), view.opened, item.path).found
            assert [node.start for _, node in found] == [item.node.start], item.path
            waiting += [view.tree.nodes.index(row, 0, index) for row in range(view.tree.nodes.rowCount(index))]


@pytest.mark.parametrize("data", [b"[" * 50_000 + b'"needle"' + b"]" * 50_000, b"<a>" * 5000 + b"x" + b"</a>" * 5000])
def test_thousands_of_levels_are_opened_as_far_as_is_safe(view: BodyView, data: bytes) -> None:
    view.show_body(body(data))
    view.reveal(len(data) // 2)
    item = view.tree.current
    assert item is not None
    assert item.depth == MOST_LEVELS
    assert not view.tree.nodes.hasChildren(view.tree.currentIndex())
    assert "deeper than is shown here" in view.tree.currentIndex().siblingAtColumn(VALUE).data()
    view.tree.copy_path.trigger()
    step = "[0]" if data.startswith(b"[") else "['a']"
    assert not clipboard().removeprefix("$").replace(step, "")
    assert clipboard().count(step) == MOST_LEVELS + (step != "[0]")  # the path of XML names its root
    opened = view.opened.document
    assert opened is not None
    view.tree.show_document(Document(data, opened.outline), keep=True)
    assert view.tree.isExpanded(view.tree.nodes.index_at(len(data) // 2).parent())


def test_no_key_opens_everything_at_once(view: BodyView) -> None:
    view.show_body(body(ANSWER))
    view.layouts.setCurrentIndex(TREE)
    choose(view, 0)
    before = shown(view)
    QTest.keyClick(view.tree, Qt.Key.Key_Asterisk)
    assert shown(view) == before


def test_going_down_level_by_level_reads_a_small_container_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0
    end = index_json._end

    def counted(*given: Any) -> int:
        nonlocal read
        read += 1
        return end(*given)

    monkeypatch.setattr(index_json, "_end", counted)
    data = b"[" * 2000 + b"1" + b"]" * 2000
    opened = bodies.open_body(body(data))
    assert opened.document is not None
    read = 0
    assert len(opened.document.path_to(2000)) == 2001
    assert read <= 1


def test_filtering_by_a_path(view: BodyView) -> None:
    view.show_body(body(ANSWER))
    view.filter_by("$.*[?@.rate == 1.1].id")
    assert shown(view) == [("$['items'][0]['id']", "12345678901234567890123")]
    view.filter_by("items")
    assert "not a JSONPath" in view.limits.text()
    view.filter.clear()
    assert shown(view)[0] == ("$", "{4}")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.Envelope.Body.Answer.OverallStatus", ["<OverallStatus>Has Errors</OverallStatus>"]),
        ("$..Results[?@.Name == 'b'].Name", ["<Name>b</Name>"]),
        ("$..Code['@type']", ["x"]),
        ("$..Results[1].Name", ["<Name>b</Name>"]),
        ("$..Nothing", []),
    ],
)
def test_soap_is_queried_as_a_tree(path: str, found: list[str]) -> None:
    opened = bodies.open_body(body(SOAP, "text/xml"))
    assert opened.document is not None
    matches = query.query(JobContext(), opened, path)
    assert [opened.document.span(node).decode() for _, node in matches.found] == found


@pytest.mark.parametrize("path", ["", "items", "$[", "$[?@.x == 1e99999]", "$" + "[" * 5000])
def test_what_is_no_path_is_said(path: str) -> None:
    opened = bodies.open_body(body(ANSWER))
    with pytest.raises(BadInput):
        query.query(JobContext(), opened, path)


def test_numbers_in_a_path_are_exact() -> None:
    opened = bodies.open_body(body(b"[12345678901234567890123,12345678901234567890124,0.1,0.10]"))
    for path, count in (("$[?@ == 12345678901234567890124]", 1), ("$[?@ == 0.1]", 2), ("$[?@ > 1]", 2)):
        assert len(query.query(JobContext(), opened, path).found) == count


def test_a_pattern_is_tried_where_a_cancel_can_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = bodies.open_body(body(b'["aaa!", "b"]'))
    ended: list[str] = []
    real = aside.aside

    def watched(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        ended.append(given[-1])
        return found

    monkeypatch.setattr(query, "aside", watched)
    for path, count in (("$[?match(@, 'a+!')]", 1), ("$[?search(@, 'b')]", 1), ("$[?length(@) > 1]", 1)):
        assert len(query.query(JobContext(), opened, path).found) == count
    assert ended == ["$[?match(@, 'a+!')]", "$[?search(@, 'b')]"]


def test_numbers_beyond_every_range_can_be_compared() -> None:
    opened = bodies.open_body(body(b"[1e%(n)s,-1e%(n)s,1e-%(n)s,0e%(n)s,1e400,5]" % {b"n": b"9" * 30}))
    for path, count in (("$[?@ > 5]", 2), ("$[?@ < 0]", 1), ("$[?@ == 0]", 2)):
        assert len(query.query(JobContext(), opened, path).found) == count


@pytest.mark.parametrize("layout", [TREE, PRETTY, TABLE, RAW])
def test_finding_in_each_layout(view: BodyView, qtbot: QtBot, layout: int) -> None:
    view.show_body(body(ANSWER))
    view.layouts.setCurrentIndex(layout)
    view._find.trigger()
    qtbot.waitUntil(view.bar.isVisible)
    QTest.keyClicks(view.bar.words, "NAME")
    QTest.keyClick(view.bar.words, Qt.Key.Key_Return)
    assert view.bar.count.text() == "1 of 2"
    QTest.keyClick(view.bar.words, Qt.Key.Key_Return)
    assert view.bar.count.text() == "2 of 2"
    if layout == TREE:
        assert view.tree.current is not None
        assert view.tree.current.path == "$['items'][1]['name']"
    elif layout == TABLE:
        assert (view.table.table.currentIndex().row(), view.table.table.currentIndex().column()) == (1, 2)
    elif layout == PRETTY:
        line, column = view.pretty.caret
        assert view.pretty.lines.read(line, 1)[0][column:].startswith("name")
    QTest.keyClick(view.bar.words, Qt.Key.Key_Return)
    assert view.bar.count.text() == "1 of 2"
    view.bar.words.setText("nowhere")
    view.finder.search()
    assert view.bar.count.text() == "Not found"
    QTest.keyClick(view.bar.words, Qt.Key.Key_Escape)
    assert not view.bar.isVisible()


def test_letters_are_found_behind_escapes_and_across_pieces() -> None:
    assert len(finding.find(JobContext(), ANSWER, "Zoë")) == 1
    data = b"x" * (PIECE - 3) + b"needle" + b"y" * PIECE + b"needle"
    hits = finding.find(JobContext(), data, "NEEDLE")
    assert [hits[n] for n in range(len(hits))] == [(PIECE - 3, 6), (len(data) - 6, 6)]


def test_the_table_and_its_file(view: BodyView, tmp_path: Path) -> None:
    view.show_body(body(ANSWER))
    view.layouts.setCurrentIndex(TABLE)
    model = view.table.model
    names = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert names == ["id", "rate", "name", "ok", "more"]
    assert model.index(0, 0).data() == "12345678901234567890123"
    assert model.index(1, 4).data() == '{"x":[1,2]}'
    assert model.node is not None
    path = tmp_path / "out.csv"
    view.export(model.node, path)
    assert "2 rows written" in view.limits.text()
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            names,
            ["12345678901234567890123", "1.10", "Zoë", "true", ""],
            ["2", "2", "O'Hara", "false", '{"x":[1,2]}'],
        ]
    view.export(model.node, tmp_path / "nowhere" / "out.csv")
    assert "could not be written" in view.limits.text()


def test_a_cell_is_copied_whole_and_several_as_a_spreadsheet_reads_them(view: BodyView) -> None:
    note = 'two\nlines\tand "quotes" ' + "x" * 1000
    view.show_body(body(json.dumps([{"id": 1, "note": note}, {"id": 2, "note": "short"}]).encode()))
    view.layouts.setCurrentIndex(TABLE)
    table = view.table.table
    table.setCurrentIndex(view.table.model.index(0, 1))
    table.copy()
    assert clipboard() == note
    table.selectAll()
    table.copy()
    assert list(csv.reader(io.StringIO(clipboard()), "excel-tab")) == [["1", note], ["2", "short"]]


def test_no_column_is_left_out_of_a_file_in_silence(view: BodyView, tmp_path: Path) -> None:
    many = {f"c{n}": n for n in range(rows.MOST_COLUMNS + 50)}
    view.show_body(body(json.dumps({"items": [many]}).encode()))
    view.layouts.setCurrentIndex(TABLE)
    assert view.table.count.text() == "1 rows · first 300 columns"
    node = view.table.model.node
    assert node is not None
    view.export(node, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file)) == list(many)
    more = {f"c{n}": n for n in range(rows.MOST_IN_FILE + 1)}
    opened = bodies.open_body(body(json.dumps([more]).encode()))
    opened = bodies.lay_out(JobContext(), opened)
    assert opened.document is not None
    with pytest.raises(ConsoleError, match="more than 16,384 columns; no file was written"):
        rows.export(JobContext(), opened, opened.document.root, tmp_path / "wide.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_results_of_soap_are_a_table() -> None:
    opened = bodies.open_body(body(SOAP, "text/xml"))
    assert opened.document is not None
    (listed,) = rows.lists(opened.document)
    assert rows.sample(opened.document, listed.node)[:2] == ["Name", "Code"]


def test_what_stands_around_the_results_of_soap_is_no_row(view: BodyView, tmp_path: Path) -> None:
    results = b"".join(b"<Results><Name>n%d</Name></Results>" % n for n in range(70))
    answer = b'<E xmlns="u"><Status a="1">OK</Status><Id>7</Id>%b<More>false</More></E>' % results
    view.show_body(body(answer, "text/xml"))
    view.layouts.setCurrentIndex(TABLE)
    assert view.table.count.text() == "70 rows"
    assert [view.table.model.index(row, 0).data() for row in (0, 69)] == ["n0", "n69"]
    view.table.reveal(answer.index(b"n69"))
    assert view.table.table.currentIndex().row() == 69
    view.table.reveal(answer.index(b"false"))
    assert view.table.table.currentIndex().row() == 69
    assert view.table.model.node is not None
    view.export(view.table.model.node, tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert lines == ["Name", *(f"n{n}" for n in range(70))]


def test_lines_are_selected_and_copied_with_the_keyboard(view: BodyView, qtbot: QtBot) -> None:
    view.show_body(body(b'{"a":1,"b":[2]}'))
    view.pretty.select_all()
    view.pretty.copy()
    assert clipboard() == '{\n  "a": 1,\n  "b": [\n    2\n  ]\n}'
    QTest.keyClick(view.pretty, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(view.pretty, Qt.Key.Key_Down)
    QTest.keyClick(view.pretty, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view.pretty, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == '  "a": 1,'
    assert view.pretty.accessibleDescription() == '  "a": 1,'


def test_what_is_cut_or_not_what_it_claims_is_told(view: BodyView) -> None:
    view.show_body(Body(b'{"a":[1,', 1000, "ff", "application/json"))
    assert "the last 992 of 1,000 bytes" in view.limits.text()
    assert "Not readable as JSON from byte 8 on" in view.limits.text()
    view.show_body(body(b"Service unavailable"))
    assert "claims to be JSON and is not" in view.limits.text()
    assert view.layouts.currentIndex() == RAW
    assert view.text() == "Service unavailable"
    view.show_body(body(b"<html><p>Busy</p></html>"))
    assert "claims to be JSON and is not" in view.limits.text()
    view.show_body(body(ANSWER))
    assert view.layouts.currentIndex() == PRETTY
    assert not view.limits.isVisible()


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\xfd" * 100,
        b'{"a":"\xff\xfe\x00"}',
        b"[" * 10_000 + b"]" * 10_000,
        b"<a>" * 10_000 + b"</a>" * 10_000,
        b"<!DOCTYPE html><html><br><p>x</html>",
        b'["' + b"x" * 100_000 + b'"]',
        "\u2028\u202e\u0000".encode() * 500,
    ],
    ids=["utf8", "nul", "deep", "deep xml", "html", "long", "marks"],
)
def test_hostile_bodies_are_painted_in_every_layout(view: BodyView, data: bytes) -> None:
    view.show_body(body(data))
    for layout in (TREE, PRETTY, TABLE, RAW):
        view.layouts.setCurrentIndex(layout)
        assert not view.grab().isNull()
        view._find.trigger()
        view.bar.words.setText("a")
        view.finder.search()
    if view.opened.document is not None:
        view.filter_by("$..a")
    view.tree.expandRecursively(QModelIndex(), 20)
    assert not view.grab().isNull()


def test_a_large_body_is_seen_at_once_and_then_whole(qtbot: QtBot) -> None:
    runner = TaskRunner()
    view = BodyView(runner, "Answer")
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.show()
    data = json.dumps({"items": [{"row": n, "name": "x" * 20} for n in range(40_000)]}).encode()
    spill = Spill()
    spill.path.write_bytes(data)
    view.show_body(Body(data[:5000], len(data), "", "application/json", spill))
    assert view.pretty.lines.count > 500
    assert shown(view)[0] == ("$", "{1}")
    view.tree.expand(view.tree.nodes.index(0, 0, view.tree.nodes.index(0, 0)))
    qtbot.waitUntil(lambda: view.opened.complete, timeout=60_000)
    assert ("items", "[40,000]") in shown(view)
    assert "".join(view.pretty.lines.read(view.pretty.lines.count - 3, 3)) == "    }\n  ]\n}"
    view._find.trigger()
    view.bar.words.setText("39999")
    view.finder.search()
    qtbot.waitUntil(lambda: view.bar.count.text() == "1 of 1", timeout=60_000)
    view.filter_by("$.items[-1].row")
    qtbot.waitUntil(lambda: view._matches is not None, timeout=60_000)
    assert shown(view) == [("$['items'][39999]['row']", "39999")]
    other = body(ANSWER)
    view.show_body(other)
    assert view.filter.text() == ""
    assert shown(view)[0] == ("$", "{4}")
    runner.close()
    qtbot.waitUntil(lambda: not runner.running())


def test_the_latest_body_wins(qtbot: QtBot) -> None:
    runner = TaskRunner()
    view = BodyView(runner, "Answer")
    qtbot.addWidget(view)
    for number in (1, 2):
        view.show_body(body(json.dumps([{"row": n, "of": number} for n in range(9_000)]).encode()))
    qtbot.waitUntil(lambda: view.opened.complete, timeout=20_000)
    assert '"of": 2' in view.text()
    assert '"of": 1' not in view.text()
    assert view.tree.nodes.headerData(NAME, Qt.Orientation.Horizontal) == "Name"
