"""Two calls compared by structure: what differs is found, what is ignored is not, and nothing is rounded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mcconsole.core import clock
from mcconsole.core.errors import BadInput
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.history import History
from mcconsole.core.jobs import JobContext
from mcconsole.features.responses import compare, pairs
from mcconsole.features.responses.compare import ALIGNED, Compared, Mark, Side
from mcconsole.features.responses.compare_dialog import CompareDialog, RowsModel
from mcconsole.features.responses.tab import ResponsesView
from mcconsole.ui.settings import Settings
from mcconsole.ui.state import AppState
from mcconsole.ui.tasks import TaskRunner
from tests.features import test_responses


def exchange(number: int, data: bytes = b"{}", **more: Any) -> Exchange:
    """One that is young enough to be kept."""
    return test_responses.exchange(number, data, started=clock.now(), **more)


def bodies(left: bytes, right: bytes, ignored: Sequence[str] = ()) -> Compared:
    first, second = (Side((("answer", one),)) for one in (left, right))
    return compare.compare(first, second, ignored)


def differences(found: Compared) -> list[tuple[str, str, str, str]]:
    return [
        (row.mark, row.path, row.left, row.right)
        for row in found.rows
        if not row.holds and row.mark not in (Mark.SAME, Mark.IGNORED)
    ]


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', []),
        ('{"a": 1}', '{"a": "1"}', [("changed", "answer.a", "1", '"1"')]),
        ('{"a": 1.10}', '{"a": 1.1}', [("changed", "answer.a", "1.10", "1.1")]),
        (
            '{"a": 12345678901234567890}',
            '{"a": 12345678901234567891}',
            [("changed", "answer.a", "12345678901234567890", "12345678901234567891")],
        ),
        ('{"a": "\\u00e9"}', '{"a": "é"}', []),
        ('{"a": {"b": 1}}', '{"a": []}', [("changed", "answer.a", "{…}", "[0]")]),
        ('{"a": 1}', '{"a": 1, "a": 2}', [("only", "answer.a[1]", "", "2")]),
        ("[1, 2, 3, 4]", "[0, 1, 2, 4]", [("added", "answer[0]", "", "0"), ("removed", "answer[3]", "3", "")]),
        ("<a><b>1</b></a>", "<a><b>2</b></a>", [("changed", "answer.b", "1", "2")]),
        ("<x:a><x:b/></x:a>", "<y:a><y:b/></y:a>", []),
        ('<a k="1">t</a>', '<a k="2">t</a>', [("changed", "answer.@k", "1", "2")]),
        (
            "<a><i>1</i><i>2</i></a>",
            "<a><i>0</i><i>1</i><i>2</i></a>",
            [("added", "answer.i[0]", "", "0")],
        ),
        ("one\ntwo\n", "one\n2\ntwo\n", [("added", "answer[1]", "", "2")]),
    ],
)
def test_by_example(left: str, right: str, found: list[tuple[str, str, str, str]]) -> None:
    made = differences(bodies(left.encode(), right.encode()))
    assert [(("added" if mark == "only" else mark), *rest) for mark, *rest in found] == [tuple(one) for one in made]


def test_what_is_ignored_makes_no_difference() -> None:
    left = {"requestId": "a", "items": [{"id": 1, "name": "x"}, {"id": 2, "name": "y"}], "deep": {"Id": 1, "at": 5}}
    right = {"requestId": "b", "items": [{"id": 7, "name": "y"}], "deep": {"Id": 1, "at": 6}}
    given_ = (json.dumps(left).encode(), json.dumps(right).encode())
    found = bodies(*given_, ["requestid", "id", "answer.deep.*"])
    assert differences(found) == [
        ("removed", "answer.items[0].name", '"x"', ""),
    ]
    assert found.count(Mark.IGNORED) == 5
    assert ("changed", "answer.deep.at", "5", "6") in differences(bodies(*given_, ["answer.items[*].id"]))
    assert not [one for one in differences(bodies(*given_, ["answer.items[*].id"])) if one[1].endswith(".id")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=4),
    max_leaves=15,
)


@given(left=JSON, right=JSON)
def test_there_is_a_difference_exactly_where_there_is_one(left: object, right: object) -> None:
    one, other = json.dumps(left), json.dumps(right)
    same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    assert (not differences(bodies(one.encode(), other.encode()))) is same


@given(document=JSON)
def test_a_body_equals_itself_laid_out_otherwise(document: object) -> None:
    found = bodies(json.dumps(document).encode(), json.dumps(deepcopy(document), indent=3, ensure_ascii=False).encode())
    assert {row.mark for row in found.rows} == {Mark.SAME}


def test_hostile_bodies_are_compared_as_far_as_that_is_sensible() -> None:
    deep = b"[" * 5000 + b"1" + b"]" * 5000
    assert differences(bodies(deep, deep)) == []
    assert len(differences(bodies(deep, deep.replace(b"1", b"2")))) == 1
    cut = bodies(b'{"a": [1, 2', b'{"a": [1, 3')
    assert "cannot be read as JSON" in cut.notes[0]
    assert differences(cut)
    many = [{"number": number} for number in range(ALIGNED + 500)]
    found = bodies(json.dumps(many).encode(), json.dumps([*many[:-1], {"number": -1}]).encode())
    assert [one[1] for one in differences(found)] == [f"answer[{ALIGNED + 499}].number"]
    numbers = list(range(60_000))
    late = bodies(json.dumps(numbers).encode(), json.dumps([*numbers[:-1], "late"]).encode())
    assert differences(late) == [("changed", "answer[59999]", "59999", '"late"')]
    assert any("only differences are listed" in note for note in late.notes)
    wide = bodies(json.dumps(list(range(120_000))).encode(), b"[]")
    assert len(wide.rows) == compare.MOST_DIFFERING
    assert any("there are more differences" in note for note in wide.notes)
    assert differences(bodies(b"\xff\x00", b"\xff\x01"))


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with closing(History(tmp_path / "history.sqlite")) as made:
        yield made


def test_the_previous_call_like_it(history: History) -> None:
    for number, (url, label) in enumerate(
        [("https://a/x/1?q=1", "L"), ("https://b/x/1?q=2", "L"), ("https://b/x/2", "L"), ("https://b/x/1", "other")], 1
    ):
        history.put(exchange(number, url=url, label=label))
    shown = exchange(9, url="https://b/x/1?q=3", label="L")
    history.put(shown)
    assert pairs.previous(JobContext(), history=history, shown=shown)[0].id == 2
    first = pairs.previous(JobContext(), history=history, shown=exchange(2, url="https://b/x/1", label="L"))[0]
    assert first.id == 1
    with pytest.raises(BadInput, match="no earlier call"):
        pairs.previous(JobContext(), history=history, shown=exchange(1, url="https://a/x/1", label="L"))


def test_a_large_pair_is_compared_in_a_process_of_its_own() -> None:
    large = json.dumps({"items": [{"id": number, "name": "x" * 50} for number in range(3000)]}).encode()
    changed = large.replace(b'"id": 1234,', b'"id": -1,')
    first, second = exchange(1, large), exchange(2, changed)
    found = pairs.compared(JobContext(), lambda _: (first, second), compare.USUAL)[2]
    assert ("changed", "answer.items[1234].id", "1234", "-1") in differences(found)
    kept = exchange(3, response=Body(b'{"a": 1}', 5000))
    notes = pairs.compared(JobContext(), lambda _: (first, kept), ())[2].notes
    assert "answer of the second call: only 8 of 5,000 bytes were kept." in notes


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[ResponsesView]:
    state = AppState(TaskRunner(), Settings(None))
    made = ResponsesView(state)
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    yield made
    qtbot.waitUntil(lambda: not state.runner.running())
    state.history.close()


def test_two_calls_of_the_list_side_by_side(view: ResponsesView, qtbot: QtBot) -> None:
    for number, answer in ((1, b'{"a": 1, "requestId": "x"}'), (2, b'{"a": 2, "requestId": "y"}'), (3, b"{}")):
        view.history.put(exchange(number, answer, label="Same", url="https://x/data"))
    qtbot.waitUntil(lambda: view.model.rowCount() == 3 and view.model.line(2) is not None)
    assert not view.handing.compare.isEnabled()
    view.table.selectRow(1)
    qtbot.waitUntil(lambda: view.detail.hand_on.exchange is not None)
    chosen = view.detail.hand_on.compare
    assert chosen.isEnabled()
    view.table.setFocus()
    QTest.keyClick(view.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.handing.compare.isEnabled()
    dialog = view.handing.compare_chosen()
    assert dialog is not None
    QAbstractItemModelTester(dialog.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.pages.content)
    assert "1 changed, 0 only in the first, 0 only in the second" in dialog.count.text()
    assert cells(dialog.model, "changed") == ["changed", "    a", "1", "2"]
    dialog.only.setChecked(False)
    assert cells(dialog.model, "ignored")[1].strip() == "requestId"
    dialog.ignored.selectAll()
    QTest.keyClicks(dialog.ignored, "a")
    QTest.keyClick(dialog.ignored, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "changed" in dialog.count.text() and cells(dialog.model, "ignored")[1].strip() == "a")
    assert cells(dialog.model, "changed")[1].strip() == "requestId"
    assert view._state.settings.texts("compare_ignored") == ["a"]
    QTest.mouseClick(dialog.usual, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cells(dialog.model, "ignored")[1].strip() == "requestId")
    dialog.reject()


def test_two_that_are_alike_are_said_to_be(view: ResponsesView, qtbot: QtBot) -> None:
    view.history.put(exchange(1, label="Same", url="https://x/data"))
    view.show_exchange(exchange(2, label="Same", url="https://x/data"))
    dialog = view.handing.compare_shown()
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.pages.content)
    assert dialog.stack.currentWidget() is dialog.same
    assert "No difference" in dialog.same.accessibleName()
    button = dialog.same.findChild(QPushButton)
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.stack.currentWidget() is dialog.table
    assert cells(dialog.model, "same")[1].strip() == "method"
    dialog.reject()


def test_without_an_earlier_one_it_says_what_to_do(view: ResponsesView, qtbot: QtBot) -> None:
    view.show_exchange(exchange(1))
    dialog = view.handing.compare_shown()
    assert isinstance(dialog, CompareDialog)
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.pages.notice)
    assert "no earlier call" in dialog.pages.notice.text.text()
    assert "Ctrl+click" in dialog.pages.notice.advice.text()
    dialog.reject()


def cells(model: RowsModel, word: str) -> list[str]:
    """The texts of the first row that begins with a word."""
    for row in range(model.rowCount()):
        texts = [str(model.index(row, column).data()) for column in range(4)]
        if texts[0] == word:
            return texts
    return [""] * 4
