"""The Responses dock: bodies laid out without changing them, a bounded list, a detail that never blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget, QLabel
from pytestqt.qtbot import QtBot

from mcconsole.core import clock
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.history import History, Policy
from mcconsole.features.responses import bodies, models
from mcconsole.features.responses.tab import ResponsesView
from mcconsole.ui.banner import Banner
from mcconsole.ui.settings import Settings
from mcconsole.ui.state import AppState
from mcconsole.ui.tasks import TaskRunner


def body(data: bytes, content_type: str = "application/json", size: int | None = None, sha256: str = "") -> Body:
    return Body(data, len(data) if size is None else size, sha256, content_type)


def exchange(number: int = 1, data: bytes = b"{}", **more: Any) -> Exchange:
    started = datetime(2026, 3, 1, 12, 0, number % 60, tzinfo=UTC)
    usual = Exchange(number, started, "GET", f"https://x/data/{number}?a=b", status=200, reason="OK")
    return replace(usual, **{"response": body(data), "label": f"Call {number}", "feature": "imports", **more})


def test_numbers_stay_as_received() -> None:
    text = '{"id":12345678901234567890123,"rate":1.10,"tiny":1E-7,"zero":-0.0,"a":1,"a":2}'
    assert bodies.json_text(text) == (
        '{\n  "id": 12345678901234567890123,\n  "rate": 1.10,\n  "tiny": 1E-7,\n  "zero": -0.0,\n  "a": 1,\n  "a": 2\n}'
    )


def test_empty_and_nested_brackets() -> None:
    laid_out = bodies.json_text('{"a":[],"b":{},"c":[{"d":[1,[2]]}],"e":"{[,:]}"}')
    assert laid_out == json.dumps({"a": [], "b": {}, "c": [{"d": [1, [2]]}], "e": "{[,:]}"}, indent=2)


def test_escapes_become_letters_only_where_they_show_the_same() -> None:
    assert bodies.json_text(r'["\u00e9", "\ud83d\ude00", "\ud800", "\u0000", "a\\u0041", "\u202e"]') == (
        '[\n  "é",\n  "😀",\n  "\\ud800",\n  "\\u0000",\n  "a\\\\u0041",\n  "\\u202e"\n]'
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(value=JSON, escape=st.booleans(), tight=st.booleans())
def test_laying_out_json_never_changes_it(value: object, escape: bool, tight: bool) -> None:
    text = json.dumps(value, ensure_ascii=escape, separators=(",", ":") if tight else None)
    laid_out = bodies.json_text(text)
    assert laid_out is not None
    assert json.loads(laid_out) == value
    assert bodies.json_text(laid_out) == laid_out


@pytest.mark.parametrize("text", ["", "{", "{'a':1}", "[" * 100_000, "nope", "{} {}"])
def test_what_is_not_json_is_left_alone(text: str) -> None:
    assert bodies.json_text(text) is None


def test_xml_is_indented_without_resolving_anything() -> None:
    assert bodies.xml_text(b"<a><b>1</b><c/></a>") == "<a>\n  <b>1</b>\n  <c/>\n</a>"
    bomb = b'<!DOCTYPE a [<!ENTITY x "boom"><!ENTITY f SYSTEM "file:///etc/passwd">]><a>&x;&f;</a>'
    shown = bodies.xml_text(bomb) or ""
    assert "&f;" in shown
    assert "root:" not in shown
    assert bodies.xml_text(b"<a>") is None


def test_what_was_not_kept_is_told() -> None:
    assert bodies.note(body(b"abc")) == ""
    assert bodies.note(body(b"abc", size=1000, sha256="ff")) == (
        "Not kept: the last 997 of 1,000 bytes, SHA-256 of the whole ff"
    )


@pytest.mark.parametrize(
    ("more", "text", "icon"),
    [
        ({}, "200", "success"),
        ({"failed": True}, "200 with errors", "warning"),
        ({"status": 503, "failed": True}, "503", "error"),
        ({"status": None, "error": "reset"}, "no answer", "unknown"),
    ],
)
def test_the_status_is_a_word_and_an_icon(more: dict[str, Any], text: str, icon: str) -> None:
    one = exchange(**more)
    assert models.status_text(one) == text
    assert models.tone_of(one)[0] == icon


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    kept = History(tmp_path / "history.sqlite", Policy(days=100_000))
    yield kept
    kept.close()


@pytest.fixture
def view(qtbot: QtBot, history: History) -> Iterator[ResponsesView]:
    state = AppState(TaskRunner(), Settings(None), history)
    view = ResponsesView(state)
    qtbot.addWidget(view)
    view.resize(1200, 300)
    view.show()
    yield view
    qtbot.waitUntil(lambda: not state.runner.running())


def put(view: ResponsesView, qtbot: QtBot, *exchanges: Exchange) -> None:
    """Keep exchanges and wait until the list has them."""
    for one in exchanges:
        view.history.put(one)
    assert view.history.flush()
    settle(view, qtbot)


def settle(view: ResponsesView, qtbot: QtBot) -> None:
    def at_rest() -> bool:
        with view.history.reader() as reader:
            wanted = sum(reader.blocks(view.filter.query(view.job.row)).values())
        model = view.model
        return model.rowCount() == wanted and not model.searching and not view._state.runner.running()

    qtbot.waitUntil(at_rest, timeout=20_000)


def paths(view: ResponsesView, qtbot: QtBot) -> list[str]:
    """What the list shows from the top."""
    model = view.model
    qtbot.waitUntil(lambda: all(model.line(row) is not None for row in range(model.rowCount())), timeout=20_000)
    return [model.index(row, models.PATH).data() for row in range(model.rowCount())]


def words(view: ResponsesView) -> str:
    return "\n".join(label.text() for label in view.right.findChildren(QLabel) if label.isVisible())


def choose(view: ResponsesView, qtbot: QtBot, row: int) -> None:
    view.table.selectRow(row)
    line = view.model.line(row)
    qtbot.waitUntil(lambda: not view._state.runner.running() and view.model.line(row) is not None)
    qtbot.waitUntil(lambda: view._shown == view.model.line(row) and not view._state.runner.running())
    assert line is None or view.model.line(row) == line


def test_choosing_a_call_shows_all_of_it(view: ResponsesView, qtbot: QtBot) -> None:
    put(
        view,
        qtbot,
        exchange(
            data=b'{"a":1}',
            request=body(b"<a><b/></a>", "text/xml"),
            response_headers=(("X-One", "<b>"),),
            request_headers=(("Authorization", "***"),),
            seconds=0.25,
            attempt=2,
        ),
    )
    choose(view, qtbot, 0)
    qtbot.waitUntil(lambda: "GET /data/1?a=b" in words(view))
    assert view.right.currentWidget() is view.detail


def test_the_newest_is_on_top_and_newer_ones_push_it_down(view: ResponsesView, qtbot: QtBot) -> None:
    put(view, qtbot, exchange(1), exchange(2))
    assert paths(view, qtbot) == ["/data/2?a=b", "/data/1?a=b"]
    choose(view, qtbot, 0)
    put(view, qtbot, *(exchange(n) for n in range(3, 400)))
    assert view.table.currentIndex().row() == 397
    assert paths(view, qtbot)[:2] == ["/data/399?a=b", "/data/398?a=b"]
    assert "/data/2?a=b" in words(view)


def test_only_errors_words_and_values(view: ResponsesView, qtbot: QtBot) -> None:
    calls = [exchange(1), exchange(2, status=500), exchange(3, failed=True), exchange(4, status=None, feature="sends")]
    put(view, qtbot, *calls)
    view.filter.only_bad.setChecked(True)
    settle(view, qtbot)
    assert len(paths(view, qtbot)) == 3
    assert view.count.text() == "3 calls"
    view.filter.text.setText("call 2")
    qtbot.waitUntil(lambda: view.model.query.text == "call 2")
    settle(view, qtbot)
    assert paths(view, qtbot) == ["/data/2?a=b"]
    view.filter.more.setChecked(True)
    qtbot.waitUntil(lambda: view.filter.feature.count() == 3)
    view.filter.clear()
    view.filter.feature.setCurrentIndex(view.filter.feature.findData("sends"))
    settle(view, qtbot)
    assert paths(view, qtbot) == ["/data/4?a=b"]
    view.filter.status.setCurrentIndex(view.filter.status.findData(200))
    settle(view, qtbot)
    assert "No call matches" in view.count.text()
    view.filter.more.setChecked(False)
    settle(view, qtbot)
    assert view.model.rowCount() == 4


def test_the_calls_of_a_job_are_one_line_that_opens(view: ResponsesView, qtbot: QtBot) -> None:
    put(view, qtbot, exchange(1), *(exchange(n, job="i", job_label="Import", status=500) for n in range(2, 402)))
    assert paths(view, qtbot) == ["Import", "/data/1?a=b"]
    assert view.model.index(0, models.STATUS).data() == "400 with errors"
    choose(view, qtbot, 0)
    assert "400 calls. 400 of them with errors." in words(view)
    QTest.keyClick(view.table, Qt.Key.Key_Return)
    settle(view, qtbot)
    assert len(paths(view, qtbot)) == 400
    assert view.job.isVisible()
    put(view, qtbot, exchange(500, job="i", job_label="Import"), exchange(501))
    assert paths(view, qtbot)[0] == "/data/500?a=b"
    view.job.back.click()
    settle(view, qtbot)
    assert paths(view, qtbot) == ["/data/501?a=b", "Import", "/data/1?a=b"]
    assert view.model.index(1, models.METHOD).data() == "401 calls"
    view.filter.by_job.setChecked(False)
    settle(view, qtbot)
    assert view.model.rowCount() == 403


def test_a_call_that_is_looked_at_stays_when_its_job_goes_on(view: ResponsesView, qtbot: QtBot) -> None:
    put(view, qtbot, exchange(1, job="i", job_label="Import"))
    choose(view, qtbot, 0)
    assert "/data/1?a=b" in words(view)
    put(view, qtbot, exchange(2, job="i", job_label="Import"))
    qtbot.waitUntil(lambda: view.model.index(0, models.METHOD).data() == "2 calls")
    settle(view, qtbot)
    assert "/data/1?a=b" in words(view)


def test_a_tab_can_have_an_exchange_shown(view: ResponsesView, qtbot: QtBot) -> None:
    wanted = exchange(7, job="i", job_label="Import")
    put(view, qtbot, *(exchange(n, job="i", job_label="Import") for n in range(1, 400) if n != 7))
    view.history.put(wanted)
    dock = QDockWidget()
    qtbot.addWidget(dock)
    dock.setWidget(view)
    dock.hide()
    view._state.show_exchange(wanted)
    assert dock.isVisible()
    assert "/data/7?a=b" in words(view)
    qtbot.waitUntil(lambda: view.table.currentIndex().isValid())
    settle(view, qtbot)
    line = view.model.line(view.table.currentIndex().row())
    assert line is not None
    assert line.key == 7
    assert "/data/7?a=b" in words(view)
    view.setParent(None)


def test_what_another_process_writes_is_seen(view: ResponsesView, qtbot: QtBot, history: History) -> None:
    put(view, qtbot, exchange(1))
    assert history._path is not None
    history.watch()
    other = History(history._path, Policy(days=100_000))
    other.put(exchange(2))
    other.close()
    qtbot.waitUntil(lambda: view.model.rowCount() == 2, timeout=20_000)


def test_old_calls_that_go_leave_the_others_in_place(view: ResponsesView, qtbot: QtBot, history: History) -> None:
    view.filter.by_job.setChecked(False)
    put(
        view, qtbot, *(exchange(n) for n in range(1, 301)), *(exchange(n, started=clock.now()) for n in range(301, 601))
    )
    choose(view, qtbot, 5)
    history.policy = Policy(days=30)
    qtbot.waitUntil(lambda: view.model.rowCount() == 300, timeout=20_000)
    settle(view, qtbot)
    assert view.table.currentIndex().row() == 5
    assert paths(view, qtbot)[-1] == "/data/301?a=b"


def test_a_history_that_is_not_kept_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    history = History(tmp_path / "file" / "history.sqlite", Policy(days=100_000))
    state = AppState(TaskRunner(), Settings(None), history)
    told: list[Banner] = []
    state.messages.posted.connect(told.append)
    view = ResponsesView(state)
    qtbot.addWidget(view)
    put(view, qtbot, exchange(1))
    qtbot.waitUntil(lambda: bool(told))
    assert "not being kept on disk" in told[-1].text
    assert paths(view, qtbot) == ["/data/1?a=b"]
    history.close()


def test_a_large_body_is_laid_out_elsewhere_and_the_latest_choice_wins(view: ResponsesView, qtbot: QtBot) -> None:
    big = [json.dumps([{"row": n, "of": m} for n in range(12_000)]).encode() for m in (1, 2)]
    put(view, qtbot, exchange(1, big[0]), exchange(2, big[1]))
    assert len(paths(view, qtbot)) == 2
    view.table.selectRow(1)
    view.table.selectRow(0)
    qtbot.waitUntil(lambda: not view._state.runner.running(), timeout=20_000)
    assert "/data/2?a=b" in words(view)


def test_a_person_is_forgotten_after_a_look(view: ResponsesView, qtbot: QtBot) -> None:
    put(view, qtbot, exchange(1, b'{"e":"ann@example.com"}'), exchange(2, b'{"e":"bob@example.com"}'))
    choose(view, qtbot, 1)
    dialog = view.forget_person()
    told: list[Banner] = []
    view._state.messages.posted.connect(told.append)
    dialog.form.set_values({"value": "an"})
    dialog.look.click()
    qtbot.waitUntil(lambda: "at least 3" in dialog.words.text())
    assert not dialog.remove.isEnabled()
    dialog.form.set_values({"value": "ANN@example.com"})
    dialog.look.click()
    qtbot.waitUntil(dialog.remove.isEnabled)
    assert "1 of 2 calls" in dialog.words.text()
    assert "Damaged histories" not in dialog.words.text()
    assert len(paths(view, qtbot)) == 2
    dialog.remove.click()
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].text == "1 call was removed."
    settle(view, qtbot)
    assert paths(view, qtbot) == ["/data/2?a=b"]
    assert "/data/1" not in words(view)


def test_what_cannot_be_looked_through_for_a_person_is_said(
    view: ResponsesView, qtbot: QtBot, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "set_aside", lambda: ("history.damaged-1.sqlite",))
    dialog = view.forget_person()
    dialog.form.set_values({"value": "ann@example.com"})
    dialog.look.click()
    qtbot.waitUntil(lambda: "None of the 0 calls" in dialog.words.text())
    assert "history.damaged-1.sqlite. Delete them" in dialog.words.text()
    qtbot.waitUntil(lambda: not view._state.runner.running())
    dialog.reject()


@pytest.mark.parametrize(("role", "left"), [("Clear", 0), ("Cancel", 2)])
def test_the_history_is_cleared_after_a_yes(view: ResponsesView, qtbot: QtBot, role: str, left: int) -> None:
    put(view, qtbot, exchange(1), exchange(2))
    box = view.ask_to_clear()
    next(button for button in box.buttons() if role in button.text()).click()
    qtbot.waitUntil(lambda: not view._state.runner.running())
    settle(view, qtbot)
    assert view.model.rowCount() == left
    if not left:
        assert "No calls yet" in view.count.text()


def test_a_time_of_another_day_has_its_date() -> None:
    now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert models.time_text(now.replace(microsecond=5000), now) == "09:30:00.005"
    assert models.time_text(now.replace(day=1), now) == "01 Mar 09:30"
    assert models.time_text(now.replace(year=2025), now) == "2025-03-02"
