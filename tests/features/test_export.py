"""Calls exported: HAR and evidence packs, with exactly what the preview says masked, and nothing else changed."""

from __future__ import annotations

import csv
import io
import json
import stat
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mcconsole.core import paths, results
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.history import History, Query
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.personal import EMAIL, PHONE, RECORDED
from mcconsole.core.snippets import Form
from mcconsole.core.spill import Spill
from mcconsole.features import credentials
from mcconsole.features.responses import export
from mcconsole.features.responses.export import Hidden, Wish
from mcconsole.features.responses.tab import ResponsesView
from mcconsole.ui.banner import Banner
from mcconsole.ui.settings import Settings
from mcconsole.ui.state import AppState
from mcconsole.ui.tasks import TaskRunner
from tests import har_schema
from tests.features.console_window import ConsoleWindow
from tests.features.test_compare import exchange
from tests.tenant import Tenant

PERSON = b'{"items": [{"EmailAddress": "ann@example.com", "Mobile": "+49 30 1234567", "Id": 4930123456}]}'
SOAP = b"<Envelope><fueloauth>***</fueloauth><To>ann@example.com</To></Envelope>"


def calls() -> list[Exchange]:
    return [
        exchange(
            1, PERSON, url="https://x/contacts/ann%40example.com?email=bob%40b.co", label="Ask for ann@example.com"
        ),
        exchange(2, b"<ok/>", request=Body(SOAP, len(SOAP)), request_headers=(("Authorization", "Bearer ***"),)),
        exchange(3, b"", response=Body(b'[{"a": 1}', 9_000_000, "ab" * 32)),
    ]


def wish(**more: Any) -> Wish:
    return Wish(lambda _: iter(calls()), **more)


def packed(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as pack:
        assert pack.testzip() is None
        return {name: pack.read(name) for name in pack.namelist()}


def test_the_preview_says_what_is_masked() -> None:
    preview = export.look(JobContext(), wish())
    assert preview.calls == 3
    assert preview.counts == {EMAIL: 5, PHONE: 1, RECORDED: 2}
    assert Hidden(1, "answer", "$.items[0].EmailAddress", EMAIL) in preview.hidden
    assert Hidden(1, "answer", "$.items[0].Mobile", PHONE) in preview.hidden
    assert Hidden(1, "address", "email", EMAIL) in preview.hidden
    assert Hidden(2, "request headers", "Authorization", RECORDED) in preview.hidden
    assert Hidden(2, "request", "Envelope/fueloauth", RECORDED) in preview.hidden
    without = export.look(JobContext(), wish(emails=False, phones=False))
    assert without.counts == {RECORDED: 2}


def test_a_pack_holds_what_a_ticket_needs(tmp_path: Path) -> None:
    result = tmp_path / "rows;1.csv"
    result.write_text('\ufeffEmail;Phone;_reason\r\nann@example.com;030 1234567;"said; it"\r\n', "utf-8")
    path = tmp_path / "evidence.zip"
    written = export.write_pack(JobContext(), wish(results=(result,)), path, export.versions("6.9"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    files = packed(path)
    assert set(files) == {
        *("calls.har", "about.json", "masked.csv", "results/rows;1.csv"),
        *("bodies/0001-answer.json", "bodies/0002-request.xml", "bodies/0002-answer.xml", "bodies/0003-answer.json"),
    }
    assert b"example.com" not in b"".join(files.values())
    assert json.loads(files["bodies/0001-answer.json"]) == {
        "items": [{"EmailAddress": "***", "Mobile": "***", "Id": 4930123456}]
    }
    assert files["results/rows;1.csv"].decode("utf-8-sig") == 'Email;Phone;_reason\r\n***;***;"said; it"\r\n'
    about = json.loads(files["about.json"])
    assert about["Qt"] == "6.9"
    assert set(about) >= {"mcconsole", "Python", "system", "calls"}
    listed = list(csv.DictReader(io.StringIO(files["masked.csv"].decode("utf-8-sig"))))
    assert len(listed) == sum(written.counts.values()) == 10
    assert {"call": "", "part": "rows;1.csv", "path": "record 2, Phone", "what": PHONE} in listed
    har = json.loads(files["calls.har"])
    jsonschema.validate(har, har_schema.HAR)
    assert "SHA-256 of the whole: abab" in har["log"]["entries"][2]["response"]["content"]["comment"]


def test_nothing_else_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "calls.har"
    export.write_har(JobContext(), wish(emails=False, phones=False), path)
    entries = json.loads(path.read_bytes())["log"]["entries"]
    assert entries[0]["response"]["content"]["text"].encode() == PERSON
    assert entries[0]["request"]["queryString"] == [{"name": "email", "value": "bob@b.co"}]
    assert entries[1]["request"]["postData"]["text"].encode() == SOAP


def test_no_half_file_is_left(tmp_path: Path) -> None:
    ctx = JobContext()

    def cancelled(_: JobContext) -> Iterator[Exchange]:
        yield exchange(1)
        ctx.cancel()
        yield exchange(2)

    with pytest.raises(Cancelled):
        export.write_har(ctx, Wish(cancelled), tmp_path / "file")
    ctx = JobContext()
    with pytest.raises(Cancelled):
        export.write_pack(ctx, Wish(cancelled), tmp_path / "file", {})
    with pytest.raises(ConsoleError, match="could not be written"):
        export.write_har(JobContext(), wish(), tmp_path / "missing" / "file")
    with pytest.raises(BadInput, match="cannot be put into the pack"):
        export.write_pack(JobContext(), wish(results=(tmp_path / "gone.csv",)), tmp_path / "file", {})
    assert list(tmp_path.iterdir()) == []


def test_all_calls_of_a_job_and_no_more_than_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(History(tmp_path / "history.sqlite")) as history:
        for number in range(1, 8):
            history.put(exchange(number, job="j" if number < 6 else "", job_label="Import"))
        assert history.flush()
        with history.reader() as reader:
            query = Query(by_job=True)
            lines = [line for block in reader.blocks(query) for line in reader.lines(query, block)]
        chosen = [line for line in lines if line.count == 5]
        assert [one.id for one in export.of_lines(history, chosen)(JobContext())] == [1, 2, 3, 4, 5]
        assert export.look(JobContext(), Wish(export.of_lines(history, lines))).calls == 7
        monkeypatch.setattr(export, "MOST_CALLS", 4)
        preview = export.look(JobContext(), Wish(export.of_lines(history, lines)))
        assert (preview.calls, preview.more_calls) == (4, True)


def test_the_results_of_the_run_go_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = paths.private_folder(paths.home() / "imports" / "one")
    results.mark(folder, "abc123")
    (folder / "rows.failed.csv").write_text("Email,_reason\nann@example.com,why\n", "utf-8")
    (paths.private_folder(folder.parent / "two") / "other.csv").write_text("x\n", "utf-8")
    made = Wish(lambda _: iter([exchange(1, job="abc123")]))
    assert export.look(JobContext(), made).results == [folder / "rows.failed.csv"]
    assert export.look(JobContext(), replace(made, results=None)).results == []
    export.write_pack(JobContext(), made, tmp_path / "pack.zip", {})
    assert packed(tmp_path / "pack.zip")["results/rows.failed.csv"].split() == [
        b"\xef\xbb\xbfEmail,_reason",
        b"***,why",
    ]
    monkeypatch.setattr(export, "MOST_ATTACHED", 5)
    assert export.look(JobContext(), made).too_large == [folder / "rows.failed.csv"]


def test_a_body_is_saved_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "body"
    assert export.save_body(JobContext(), Body(b"\xff\x00", 2), path) == 2
    assert path.read_bytes() == b"\xff\x00"
    spill = Spill.of(b"x" * 3_000_000)
    assert export.save_body(JobContext(), Body(b"x", 3_000_000, spill=spill), path) == 3_000_000
    assert path.stat().st_size == 3_000_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for data, kind, end in ((b" [1]", "", ".json"), (b"<a/>", "", ".xml"), (b"<p>", "text/html", ".html")):
        assert export.extension(Body(data, 4, content_type=kind)) == end


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


def test_the_dialog_shows_places_and_writes(view: ResponsesView, qtbot: QtBot, tmp_path: Path) -> None:
    for one in calls():
        view.history.put(one)
    qtbot.waitUntil(lambda: view.model.rowCount() == 3 and view.model.line(2) is not None)
    view.table.selectAll()
    assert view.handing.export.isEnabled()
    dialog = view.handing.export_chosen()
    assert dialog is not None
    QAbstractItemModelTester(dialog.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    qtbot.waitUntil(dialog.save.isEnabled)
    assert dialog.model.rowCount() == 8
    assert dialog.words.text().startswith("3 calls. Masked: e-mail address: 5, phone number: 1")
    dialog.emails.setChecked(False)
    dialog.phones.setChecked(False)
    qtbot.waitUntil(lambda: dialog.save.isEnabled() and dialog.model.rowCount() == 2)
    dialog.har.setChecked(True)
    assert not dialog.add_results.isEnabled()
    qtbot.waitUntil(dialog.save.isEnabled)
    path = tmp_path / "calls.har"
    dialog.write(path)
    qtbot.waitUntil(path.exists)
    qtbot.waitUntil(lambda: not view._state.runner.running())
    assert len(json.loads(path.read_bytes())["log"]["entries"]) == 3


def test_a_file_that_cannot_be_written_is_told_in_the_dialog(view: ResponsesView, qtbot: QtBot, tmp_path: Path) -> None:
    view.show_exchange(exchange(1))
    dialog = view.handing.export_shown()
    assert dialog is not None
    qtbot.waitUntil(dialog.save.isEnabled)
    dialog.write(tmp_path / "missing" / "evidence.zip")
    qtbot.waitUntil(lambda: "could not be written" in dialog.words.text())
    qtbot.waitUntil(dialog.save.isEnabled)
    dialog.reject()


def test_copied_without_a_token_and_with_one_only_when_confirmed(qtbot: QtBot, tenant: Tenant) -> None:
    window = ConsoleWindow(qtbot, credentials.MANIFEST)
    try:
        window.connect(tenant)
        client: Any = window.state.connection and window.state.connection.client
        token = client.token().value
        view = window.window.docks["responses"].widget()
        assert isinstance(view, ResponsesView)
        shown = next(one for one in client.log.list() if "/v2/userinfo" in one.url)
        view.show_exchange(shown)
        hand_on = view.detail.hand_on
        for action in hand_on.copying.actions():
            action.trigger()
            text = QGuiApplication.clipboard().text()
            assert "/v2/userinfo" in text
            assert token not in text
        box = hand_on.ask_for_token(Form.CURL)
        assert box is not None
        assert "Sandbox" in box.text()
        assert token not in QGuiApplication.clipboard().text()
        confirm = box.findChild(QPushButton, "confirm")
        assert confirm is not None
        QTest.mouseClick(confirm, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: token in QGuiApplication.clipboard().text())
        data = QGuiApplication.clipboard().mimeData()
        assert isinstance(data, QMimeData)
        assert bytes(data.data("x-kde-passwordManagerHint").data()) == b"secret"
        banners: list[Banner] = []
        window.state.messages.posted.connect(banners.append)
        view.show_exchange(exchange(1, profile="Another"))
        assert hand_on.ask_for_token(Form.CURL) is None
        assert "made with the profile “Another”" in banners[-1].text
        view.show_exchange(replace(shown, business_unit="1"))
        assert hand_on.ask_for_token(Form.CURL) is None
        view.show_exchange(replace(shown, url="https://elsewhere.example.com/v2/userinfo"))
        assert hand_on.ask_for_token(Form.CURL) is None
        assert "another business unit or tenant" in banners[-1].text
    finally:
        QGuiApplication.clipboard().clear()
        window.close()
