"""The real window as the program composes it, without a keychain, driven as a user would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mcconsole import app
from mcconsole.core.profiles import Profile
from mcconsole.core.tenant import Environment
from mcconsole.features import credentials, responses
from mcconsole.ui import theme
from mcconsole.ui.main_window import MainWindow
from mcconsole.ui.manifest import Manifest
from mcconsole.ui.settings import Settings
from tests.tenant import Tenant

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
"""Screenshots to be looked at; not kept in the repository."""


class ConsoleWindow:
    """A window with Credentials, Responses and the tabs that are asked for, the first of these in front."""

    def __init__(self, qtbot: QtBot, *manifests: Manifest) -> None:
        self.qtbot = qtbot
        self.state, self.connector = app.compose(Settings(None), use_keychain=False)
        self.window = MainWindow(self.state, (credentials.MANIFEST, *manifests), (responses.MANIFEST,))
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.show_tab(manifests[0].id)
        self.connector.reload()

    def close(self) -> None:
        """End every job and let go of the tenant."""
        self.window.close()
        self.state.runner.close()
        self.settle()
        self.connector.disconnect_profile()

    def settle(self, seconds: float = 30) -> None:
        """Wait until no job runs."""
        self.wait(lambda: not self.state.runner.running(), seconds)

    def wait(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Wait for a condition while the window lives."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=int(seconds * 1000))

    def connect(self, tenant: Tenant, environment: Environment = Environment.TEST, name: str = "Sandbox") -> None:
        """Connect to a tenant with a profile of this session, and wait until nothing runs."""
        self.connect_only(tenant, environment, name)
        self.settle()

    def connect_only(self, tenant: Tenant, environment: Environment = Environment.TEST, name: str = "Sandbox") -> None:
        """Connect, without waiting for what the tabs do then."""
        profile = Profile(
            id=name,
            name=name,
            environment=environment,
            auth_url=tenant.ready.auth_url,
            client_id=tenant.ready.client_id,
            account_id=str(tenant.ready.account_id),
            secret_place="session",
        )
        self.connector.add_for_session(profile, tenant.ready.client_secret)
        self.connector.connect_profile(profile.id)
        self.wait(lambda: not self.state.connecting)
        assert self.state.connection is not None, self.texts()

    def press_run(self) -> None:
        """Ctrl+Return, wherever the keyboard is."""
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)
        QTest.keyClick(self.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def texts(self) -> str:
        """Every text that can be seen."""
        seen = [label.text() for label in self.window.findChildren(QLabel) if label.isVisible()]
        seen += [button.text() for button in self.window.findChildren(QPushButton) if button.isVisible()]
        return "\n".join(text for text in seen if text)

    def press(self, text: str) -> None:
        """Click the visible button with this text."""
        buttons = [b for b in self.window.findChildren(QPushButton) if b.isVisible() and b.text() == text]
        assert buttons, f"no button “{text}” among\n{self.texts()}"
        assert buttons[0].isEnabled()
        QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)

    def shoot(self, name: str) -> None:
        """A picture to be looked at in light and one in dark."""
        ARTIFACTS.mkdir(exist_ok=True)
        for scheme in (theme.Scheme.DARK, theme.Scheme.LIGHT):
            theme.apply(scheme)
            for _ in range(3):
                QApplication.processEvents()
            assert self.window.grab().save(str(ARTIFACTS / f"{name}-{scheme}.png"))
