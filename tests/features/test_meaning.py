"""What an answer means, whatever its HTTP status says."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget
from pytestqt.qtbot import QtBot

from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.tenant import Credentials, Tenant
from mcconsole.features.responses.body_view import TREE
from mcconsole.features.responses.exchange_view import ExchangeDetail
from mcconsole.features.responses.meaning import EXPLAINED, meaning
from mcconsole.ui.settings import Settings
from mcconsole.ui.state import AppState
from mcconsole.ui.tasks import InlineRunner
from tests.tenant import Tenant as SandboxTenant


def exchange(answer: object, status: int = 202, **more: object) -> Exchange:
    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    started = datetime(2026, 3, 1, tzinfo=UTC)
    return Exchange(1, started, "POST", "https://x/y", status=status, response=Body(data, len(data)), **more)  # type: ignore[arg-type]


SOAP = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><CreateResponse><Results><StatusCode>OK'
    b"</StatusCode></Results><Results><StatusCode>Error</StatusCode><StatusMessage>No such key</StatusMessage>"
    b"<OrdinalID>1</OrdinalID><ErrorCode>12014</ErrorCode></Results><RequestID>r-9</RequestID><OverallStatus>Has Errors"
    b"</OverallStatus></CreateResponse></s:Body></s:Envelope>"
)


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ({"requestId": "r", "responses": [{"hasErrors": False, "messages": ["Queued"]}]}, []),
        (
            {"requestId": "r", "responses": [{"hasErrors": True, "messages": ["InvalidOrMissingToAddress"]}]},
            [("Recipient 1 was not accepted.", "InvalidOrMissingToAddress")],
        ),
        (
            {"responses": [{"messageErrors": [{"messageErrorCode": 180008, "messageErrorStatus": "x"}]}]},
            [
                (
                    f"Recipient 1 was not accepted (180008). {EXPLAINED[180008]}",
                    "x",
                )
            ],
        ),
        (
            {"members": [{"contactKey": "C1"}, {"contactKey": "C2", "errorcode": 10000, "message": "bad"}]},
            [("Contact C2 was not accepted (10000). Something in the request is not valid.", "bad")],
        ),
        (
            {
                "items": [
                    {"status": "OK"},
                    {"status": "Error", "errors": [{"name": "a", "errorCode": 70001, "errorMessage": "no null"}]},
                ]
            },
            [("Row 2 was not accepted (70001). A field that must not be empty has no value.", "no null")],
        ),
        (
            {"status": {"requestStatus": "Complete", "hasErrors": True}, "resultMessages": []},
            [("It carries errors for some of what was sent, whatever the HTTP status says.", "")],
        ),
        (
            {"message": "slow down", "errorcode": 50200},
            [(f"Error 50200. {EXPLAINED[50200]}", "slow down")],
        ),
        (
            SOAP,
            [
                ("It did not go well as a whole, although the HTTP status says so.", "Has Errors"),
                ("Object 1 (from 0) failed (12014).", "No such key"),
            ],
        ),
    ],
)
def test_errors_are_pulled_out_and_explained(answer: object, points: list[tuple[str, str]]) -> None:
    assert [(point.text, point.said) for point in meaning(exchange(answer)).points] == points


def test_what_cannot_be_read_has_no_meaning_and_a_refusal_says_so() -> None:
    assert meaning(exchange(b'{"a":')).points == ()
    assert meaning(exchange(b'{"a":1e' + b"9" * 30 + b"}")).points == ()
    (point,) = meaning(exchange(b"<html><h1>Busy", 503)).points
    assert (point.text, point.said) == ("The answer is not what Marketing Cloud promises.", "Busy")
    (point,) = meaning(exchange(b"<html><body><h1>Busy</h1></body></html>", 503)).points
    assert (point.text, point.said) == ("The answer is not what Marketing Cloud promises.", "Busy")
    whole = exchange(b'{"a":', 500)
    cut = replace(whole, response=replace(whole.response, size=2_000_000))
    assert meaning(cut).points == ()


def test_why_there_is_no_answer_is_said() -> None:
    lost = replace(exchange(b""), status=None, error="The connection was reset.")
    assert [point.text for point in meaning(lost).points] == ["There is no whole answer. The connection was reset."]


def test_errors_follow_the_status_and_the_address_is_copied_whole(qtbot: QtBot) -> None:
    view = ExchangeDetail(AppState(InlineRunner(), Settings(None)))
    qtbot.addWidget(view)
    view.show_exchange(exchange({"errorcode": 1}, 202, reason="Accepted", failed=True))
    assert view.status.accessibleName() == "202 Accepted, with errors"
    view.copy_facts.click()
    assert QGuiApplication.clipboard().text().splitlines()[:2] == ["POST https://x/y", "202 Accepted, with errors"]


def test_nothing_is_painted_over_something_else_where_it_is_low(qtbot: QtBot) -> None:
    detail = ExchangeDetail(AppState(InlineRunner(), Settings(None)))
    dock = QStackedWidget()
    qtbot.addWidget(dock)
    dock.addWidget(detail)
    dock.setMinimumHeight(60)
    dock.resize(500, 120)
    detail.show_exchange(exchange({"hasErrors": True, "requestId": "r", "errorcode": 10001, "message": "no"}))
    dock.show()
    qtbot.waitUntil(detail.tabs.isVisible)
    shown = (detail.status, detail.request_id, detail.meaning, detail.tabs)
    assert all(widget.isVisible() for widget in shown)
    assert [a for a, b in itertools.pairwise(shown) if a.geometry().bottom() >= b.geometry().top()] == []
    answer = detail.answer
    parts = (answer.layouts, answer.limits, answer._stack, answer._note)
    there = [widget for widget in parts if widget.isVisible()]
    assert [a for a, b in itertools.pairwise(there) if a.geometry().bottom() >= b.geometry().top()] == []


def test_the_original_is_one_click_away(qtbot: QtBot) -> None:
    view = ExchangeDetail(AppState(InlineRunner(), Settings(None)))
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.show()
    view.show_exchange(exchange(SOAP, 200, failed=True))
    assert view.request_id.text() == "requestId r-9"
    assert "No such key" in view.meaning.toPlainText()
    view.meaning.wanted.emit("No such key")
    assert view.answer.layouts.currentIndex() == TREE
    assert view.answer.tree.current is not None
    assert view.answer.tree.current.document.text(view.answer.tree.current.node) == "No such key"
    view.show_exchange(exchange({"ok": True}, 200))
    assert not view.meaning.isVisible()
    assert not view.copy_id.isVisible()


def test_phases_are_measured_and_a_reused_connection_is_told(tenant: SandboxTenant, qtbot: QtBot) -> None:
    ready = tenant.ready
    credentials = Credentials(Tenant(ready.auth_url), ready.client_id, ready.client_secret)
    client = Client(credentials)
    read = Operation("info", "GET", "/v2/userinfo", host="auth", reads=True)
    first = client.log
    client.rest(read)
    client.rest(read)
    client.close()
    opened, *_, reused = first.list()
    assert {"dns", "connect", "send", "wait", "receive"} <= set(dict(opened.timings))
    assert set(dict(reused.timings)) == {"send", "wait", "receive"}
    assert sum(dict(reused.timings).values()) <= reused.seconds + 0.001
    view = ExchangeDetail(AppState(InlineRunner(), Settings(None)))
    qtbot.addWidget(view)
    view.show_exchange(reused)
    assert view.timing.toPlainText().count("connection reused") == 3
