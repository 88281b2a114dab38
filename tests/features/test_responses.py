"""The Responses dock: bodies laid out without changing them, a bounded list, a detail that never blocks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mcconsole.core.exchange import Body, Exchange
from mcconsole.features.responses import bodies, models
from mcconsole.features.responses.models import ExchangeModel
from mcconsole.features.responses.tab import ResponsesView
from mcconsole.ui.settings import Settings
from mcconsole.ui.state import AppState
from mcconsole.ui.tasks import InlineRunner, TaskRunner


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


def test_what_claims_to_be_json_but_is_not_shows_as_it_came() -> None:
    assert bodies.show(body(b"<html>busy")) == bodies.Shown("<html>busy", "<html>busy", "text")
    assert bodies.show(body(b"")).kind == ""


def test_binary_bodies_are_dumped() -> None:
    shown = bodies.show(body(b"\x00\x01ABC" * 2000, "application/octet-stream"))
    assert shown.kind == "binary"
    assert shown.raw.startswith("00000000  00 01 41 42 43")
    assert "more bytes" in shown.raw


def test_long_lines_are_broken_for_display_only() -> None:
    data = json.dumps({"a": "x" * 9000}).encode()
    shown = bodies.show(body(data))
    assert shown.broken
    assert max(map(len, shown.pretty.splitlines())) <= bodies.LINE_LIMIT
    assert shown.raw.replace("\n", "").encode() == data


def test_what_was_not_kept_is_told() -> None:
    assert bodies.note(body(b"abc")) == ""
    assert bodies.note(body(b"abc", size=1000, sha256="ff")) == (
        "Not kept: the last 997 of 1,000 bytes, SHA-256 of the whole ff"
    )


def test_the_list_shows_the_newest_first_and_stays_bounded(qtbot: QtBot) -> None:
    model = ExchangeModel(most=5)
    model.add([exchange(n) for n in range(1, 4)])
    model.add([exchange(n) for n in range(4, 8)])
    assert [model.exchange(row).id for row in range(model.rowCount())] == [7, 6, 5, 4, 3]
    assert model.index(0, models.PATH).data() == "/data/7?a=b"


def test_the_list_is_bounded_in_bytes_too(qtbot: QtBot) -> None:
    model = ExchangeModel(most_bytes=1000)
    model.add([exchange(n, b"x" * 400) for n in range(5)])
    assert [model.exchange(row).id for row in range(model.rowCount())] == [4, 3]
    model.add([exchange(9, b"x" * 4000)])
    assert model.rowCount() == 1


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
def view(qtbot: QtBot) -> ResponsesView:
    view = ResponsesView(AppState(InlineRunner(), Settings(None)))
    qtbot.addWidget(view)
    view.resize(1200, 300)
    view.show()
    return view


def words(view: ResponsesView) -> str:
    return "\n".join(label.text() for label in view.detail.findChildren(QLabel) if label.isVisible())


def test_choosing_a_call_shows_all_of_it(view: ResponsesView) -> None:
    view.model.add(
        [
            exchange(
                data=b'{"a":1}',
                request=body(b"<a><b/></a>", "text/xml"),
                response_headers=(("X-One", "<b>"),),
                request_headers=(("Authorization", "***"),),
                seconds=0.25,
                attempt=2,
            )
        ]
    )
    view.table.selectRow(0)
    assert view.detail.answer.text.toPlainText() == '{\n  "a": 1\n}'
    assert view.detail.request.text.toPlainText() == "<a>\n  <b/>\n</a>"
    assert "GET https://x/data/1?a=b" in words(view)
    assert "250 ms" in words(view)
    page = view.detail.headers.toPlainText()
    for part in ("X-One", "<b>", "Authorization", "***", "Attempt", "2026-03-01"):
        assert part in page
    view.detail.answer.layouts.setCurrentIndex(1)
    assert view.detail.answer.text.toPlainText() == '{"a":1}'


def test_only_errors(view: ResponsesView) -> None:
    view.model.add([exchange(1), exchange(2, status=500), exchange(3, failed=True), exchange(4, status=None)])
    view.only_failed.setChecked(True)
    assert view.proxy.rowCount() == 3
    view.filter.setText("500")
    assert view.proxy.rowCount() == 1
    view.clear()
    assert view.model.rowCount() == 0
    assert "Nothing chosen" in words(view)


def test_the_chosen_call_stays_chosen_when_newer_ones_come(view: ResponsesView) -> None:
    view.model.add([exchange(1)])
    view.table.selectRow(0)
    view.model.add([exchange(n) for n in range(2, 50)])
    assert view.table.currentIndex().row() == 48
    assert view.detail.answer.text.toPlainText() == "{}"


def test_a_large_body_is_laid_out_elsewhere_and_the_latest_choice_wins(qtbot: QtBot) -> None:
    state = AppState(TaskRunner(), Settings(None))
    view = ResponsesView(state)
    qtbot.addWidget(view)
    big = [json.dumps([{"row": n, "of": m} for n in range(12_000)]).encode() for m in (1, 2)]
    view.model.add([exchange(1, big[0]), exchange(2, big[1])])
    view.table.selectRow(1)
    view.table.selectRow(0)
    assert "Laying out" in view.detail.answer.text.toPlainText()
    qtbot.waitUntil(lambda: not state.runner.running(), timeout=20_000)
    shown = view.detail.answer.text.toPlainText()
    assert '"of": 2' in shown
    assert '"of": 1' not in shown
    view.detail.answer._copy()
    assert json.loads(QGuiApplication.clipboard().text()) == json.loads(big[1])


def test_ten_thousand_calls_come_in_quickly(view: ResponsesView, qtbot: QtBot) -> None:
    state = view.model
    view.filter.setText("data")
    for start in range(0, 10_000, 500):
        state.add([exchange(start + n) for n in range(500)])
    assert view.proxy.rowCount() == 10_000
    assert view.table.model().headerData(models.PATH, Qt.Orientation.Horizontal) == "Path"
