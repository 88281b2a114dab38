"""The Credentials tab in the real window, over the sandbox tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mcconsole import app
from mcconsole.core.history import Query
from mcconsole.core.profiles import Profile
from mcconsole.core.tenant import Environment
from mcconsole.features import credentials, responses
from mcconsole.features.credentials.tab import CredentialsTab
from mcconsole.features.responses.tab import ResponsesView
from mcconsole.ui.banner import Banner
from mcconsole.ui.main_window import MainWindow
from mcconsole.ui.settings import Settings
from tests.tenant import Tenant


class Window:
    """A window as the program composes it, without a keychain."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.state, self.connector = app.compose(Settings(None), use_keychain=False)
        self.window = MainWindow(self.state, (credentials.MANIFEST,), (responses.MANIFEST,))
        qtbot.addWidget(self.window)
        self.window.show()
        self.connector.reload()
        self.settle()

    @property
    def tab(self) -> CredentialsTab:
        tab = self.window.tab("credentials")
        assert isinstance(tab, CredentialsTab)
        return tab

    @property
    def banners(self) -> list[Banner]:
        return self.window.banners.banners()

    def settle(self) -> None:
        """Wait until no job runs."""
        self.qtbot.waitUntil(lambda: not self.state.runner.running(), timeout=20_000)

    def type(self, name: str, text: str) -> None:
        line = self.tab.form.rows[name].input
        assert isinstance(line, QLineEdit)
        line.selectAll()
        QTest.keyClicks(line, text)
        if not text:
            QTest.keyClick(line, Qt.Key.Key_Backspace)

    def fill(self, tenant: Tenant, *, name: str = "Northern", secret: str | None = None) -> None:
        self.type("name", name)
        self.type("auth_url", tenant.ready.auth_url)
        self.type("client_id", tenant.ready.client_id)
        self.type("secret", tenant.ready.client_secret if secret is None else secret)
        environment = self.tab.form.rows["environment"]
        environment.set_value("test")

    def click(self, button: QPushButton) -> None:
        assert button.isEnabled(), button.text()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def note(self, name: str) -> str:
        return self.tab.form.rows[name]._words.text()

    def report(self) -> str:
        return "\n".join(label.text() for label in self.tab.report.findChildren(QLabel) if label.isVisible())


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    window = Window(qtbot)
    yield window
    window.state.runner.close()
    window.settle()
    window.connector.disconnect_profile()


def test_a_first_profile_is_tested_saved_and_connected(window: Window, tenant: Tenant) -> None:
    tab = window.tab
    assert tab.title.text() == "New profile"
    window.fill(tenant)
    window.click(tab.test_button)
    assert "Access token" in window.report()
    assert "every scope is there" in window.report()
    assert window.connector.keeper.store.list() == []
    window.click(tab.connect_button)
    assert "every scope is there" in window.report()
    connection = window.state.connection
    assert connection is not None
    assert (connection.profile_name, connection.account_id) == ("Northern", str(tenant.ready.account_id))
    assert window.window.top_bar.environment.accessibleName() == "TEST"
    assert window.window.top_bar.profile.currentText() == "Northern"
    assert window.window.top_bar.business_unit.count() == 3
    assert window.window.top_bar.token.text().endswith("1 token request")
    assert tab.list.count() == 1
    stored = window.connector.keeper.store.path.read_text()
    assert tenant.ready.client_secret not in stored
    for action in tab.copy_as.forms.values():
        action.trigger()
        copied = QGuiApplication.clipboard().text()
        assert "client_credentials" in copied
        assert tenant.ready.client_secret not in copied


@pytest.mark.parametrize("width", [1024, 1150, 1280, 1600])
def test_no_line_of_the_form_is_cut_at_any_width(window: Window, qtbot: QtBot, width: int) -> None:
    window.tab.form.set_keychain("this system offers no keychain that can be used, and that is a long story.")
    window.window.resize(width, 700)
    labels = [label for label in window.tab.findChildren(QLabel) if label.wordWrap() and label.isVisible()]
    assert labels
    qtbot.waitUntil(lambda: window.tab.width() > width - 50)
    QApplication.processEvents()
    assert [label.text() for label in labels if label.height() < label.heightForWidth(label.width())] == []
    window.tab.form.rows["auth_url"].set_value("http://127.0.0.1:9/")
    for say in (window.tab.form.explain, window.tab.new_button.click):
        say()
        QApplication.processEvents()
        labels = [label for label in window.tab.findChildren(QLabel) if label.wordWrap() and label.isVisible()]
        assert [label.text() for label in labels if label.height() < label.heightForWidth(label.width())] == []
    told = next(label for label in labels if label.text() == "In production the console asks before it writes.")
    assert told.height() < 2 * told.fontMetrics().height()  # one line takes the room of one


def test_the_secret_field_never_shows_a_kept_secret(window: Window, tenant: Tenant) -> None:
    window.fill(tenant)
    window.click(window.tab.save_button)
    secret = window.tab.form.rows["secret"].input
    assert isinstance(secret, QLineEdit)
    assert secret.text() == ""
    assert secret.echoMode() is QLineEdit.EchoMode.Password
    assert "kept" in secret.placeholderText()
    window.click(window.tab.connect_button)
    assert window.state.connection is not None


def test_what_is_typed_is_judged_at_once(window: Window) -> None:
    window.type("auth_url", "https://mc1234567890abcdefghijklmnop.rest.marketingcloudapis.com/hub/")
    assert "Subdomain mc1234567890abcdefghijklmnop" in window.note("auth_url")
    for text in ("mc.s7.exacttarget.com", "510001234", "evil.example/x#", "http://mcx.auth.marketingcloudapis.com"):
        window.type("auth_url", text)
        assert window.tab.form.problems()
        assert "Subdomain" not in window.note("auth_url").split("–")[0]
    window.type("account_id", "12a")
    assert window.note("account_id") != window.tab.form.rows["account_id"].field.help


def test_an_incomplete_form_says_what_is_missing_and_asks_nobody(window: Window, tenant: Tenant) -> None:
    before = len(tenant.journal())
    window.type("name", "x")
    window.click(window.tab.test_button)
    text = window.banners[0].text
    for part in ("Subdomain or URL is missing", "Client id is missing", "client secret is missing"):
        assert part in text
    assert len(tenant.journal()) == before


def test_a_wrong_secret_is_shown_in_words(window: Window, tenant: Tenant) -> None:
    window.fill(tenant, secret="not-the-secret-at-all")
    window.click(window.tab.test_button)
    assert "Client authentication failed" in window.report()
    window.click(window.tab.connect_button)
    assert window.state.connection is None
    assert "Client authentication failed" in window.banners[0].said
    assert not window.state.connecting


def test_a_failed_connection_leaves_the_one_that_is_there(window: Window, tenant: Tenant) -> None:
    window.fill(tenant)
    window.click(window.tab.connect_button)
    first = window.state.connection
    window.click(window.tab.new_button)
    window.fill(tenant, name="Other", secret="not-the-secret-at-all")
    window.click(window.tab.connect_button)
    assert window.state.connection is first
    assert window.window.top_bar.profile.currentText() == "Northern"


def test_changing_the_business_unit_from_the_top(window: Window, tenant: Tenant) -> None:
    window.fill(tenant)
    window.click(window.tab.connect_button)
    picker = window.window.top_bar.business_unit
    chosen = picker.itemText(1)
    picker.setCurrentIndex(1)
    picker.activated.emit(1)
    window.settle()
    connection = window.state.connection
    assert connection is not None
    assert connection.business_unit_name == chosen
    assert picker.currentText() == chosen
    tenant.fail("/v2/token", "status", status=401)
    picker.setCurrentIndex(2)
    picker.activated.emit(2)
    window.settle()
    assert window.state.connection is connection
    assert picker.currentText() == chosen
    assert window.banners


def test_edits_are_kept_while_another_profile_is_looked_at(window: Window, tenant: Tenant) -> None:
    window.fill(tenant, name="A")
    window.click(window.tab.save_button)
    window.click(window.tab.duplicate_button)
    assert window.tab.title.text() == "A copy"
    window.tab.list.setCurrentRow(0)
    window.type("name", "A changed")
    window.tab.list.setCurrentRow(1)
    assert window.tab.title.text() == "A copy"
    assert window.tab.form.values()["name"] == "A copy"
    window.tab.list.setCurrentRow(0)
    assert window.tab.form.values()["name"] == "A changed"
    window.click(window.tab.save_button)
    assert [profile.name for profile in window.connector.all()] == ["A changed", "A copy"]


def test_deleting_asks_first(window: Window, tenant: Tenant) -> None:
    window.fill(tenant)
    window.click(window.tab.connect_button)
    for answer, left in (("Cancel", 1), ("Delete", 0)):
        box = window.tab.ask_to_delete()
        assert isinstance(box, QMessageBox)
        assert "Northern" in box.text()
        button = next(b for b in box.buttons() if b.text().replace("&", "") == answer)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        window.settle()
        assert len(window.connector.all()) == left
    assert window.state.connection is None
    assert window.tab.title.text() == "New profile"


def test_every_call_is_in_the_responses_without_a_secret(window: Window, tenant: Tenant) -> None:
    window.fill(tenant)
    window.click(window.tab.connect_button)
    view = window.window.docks["responses"].widget()
    assert isinstance(view, ResponsesView)
    window.qtbot.waitUntil(lambda: window.state.connection is not None)
    assert window.state.history.flush()
    window.qtbot.waitUntil(lambda: view.model.rowCount() >= 1)
    with window.state.history.reader() as reader:
        kept = [reader.exchange(line.exchange) for line in reader.lines(Query(), 0)]
    assert len(kept) >= 3
    shown = repr(kept)
    connection = window.state.connection
    assert connection is not None
    assert tenant.ready.client_secret not in shown
    assert connection.client.known_token().value not in shown


def test_a_session_profile_cannot_be_changed(window: Window, tenant: Tenant) -> None:
    window.connector.add_for_session(session_profile(tenant), tenant.ready.client_secret)
    assert window.tab.title.text() == "Sandbox"
    tab = window.tab
    assert not tab.form.isEnabled()
    assert not any(button.isEnabled() for button in (tab.save_button, tab.duplicate_button, tab.delete_button))
    window.click(tab.connect_button)
    assert window.state.connection is not None
    assert not window.connector.keeper.store.path.exists()


def test_a_double_click_connects_once(window: Window, tenant: Tenant) -> None:
    window.connector.add_for_session(session_profile(tenant), tenant.ready.client_secret)
    before = len(tenant.journal("/v2/token"))
    QTest.mouseDClick(window.tab.connect_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(window.tab.connect_button, Qt.MouseButton.LeftButton)
    window.settle()
    assert len(tenant.journal("/v2/token")) == before + 1


def session_profile(tenant: Tenant) -> Profile:
    return Profile("sandbox", "Sandbox", Environment.TEST, tenant.ready.auth_url, tenant.ready.client_id, "", "session")
