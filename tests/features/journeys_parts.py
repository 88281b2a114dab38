"""Parts of the journeys tab on their own, over real HTTP, driven as a user would."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mcconsole import app
from mcconsole.core.profiles import Profile
from mcconsole.core.tenant import Environment
from mcconsole.features.journeys.draft import Draft
from mcconsole.ui.banner import Banner
from mcconsole.ui.settings import Settings
from tests.tenant import Tenant


class Parts:
    """A draft that is connected to a tenant, and the banners that were posted."""

    def __init__(self, qtbot: QtBot, tenant: Tenant, environment: Environment = Environment.TEST) -> None:
        self.qtbot = qtbot
        self.state, self.connector = app.compose(Settings(None), use_keychain=False)
        self.banners: list[Banner] = []
        self.state.messages.posted.connect(self.banners.append)
        self.draft = Draft(self.state)
        self.shown: list[QWidget] = []
        profile = Profile(
            id="sandbox",
            name="Sandbox",
            environment=environment,
            auth_url=tenant.ready.auth_url,
            client_id=tenant.ready.client_id,
            account_id=str(tenant.ready.account_id),
            secret_place="session",
        )
        self.connector.add_for_session(profile, tenant.ready.client_secret)
        self.connector.connect_profile(profile.id)
        self.settle()

    def show(self, widget: QWidget) -> None:
        """Show a part as wide as the tab gives it."""
        self.qtbot.addWidget(widget)
        self.shown.append(widget)
        widget.resize(860, 680)
        widget.show()

    def choose(self, event: str) -> None:
        """Choose an entry source, as the list of the tab does."""
        self.draft.choose(event)
        self.settle()
        assert self.draft.situation is not None, self.draft.error

    def settle(self, seconds: float = 30) -> None:
        """Wait until no job runs."""
        self.wait(lambda: not self.state.runner.running(), seconds)

    def wait(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Wait for a condition while the part lives."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=int(seconds * 1000))

    def press(self, parent: QWidget, text: str) -> None:
        """Press the visible button with this text."""
        found = [one for one in parent.findChildren(QPushButton) if one.text() == text and one.isVisible()]
        assert len(found) == 1, [one.text() for one in parent.findChildren(QPushButton) if one.isVisible()]
        assert found[0].isEnabled()
        found[0].click()

    def texts(self, parent: QWidget) -> str:
        """Everything that can be read."""
        return "\n".join(one.text() for one in parent.findChildren(QLabel) if one.isVisible())

    def close(self) -> None:
        """End every job and let go of the tenant."""
        self.state.runner.close()
        self.settle()
        self.connector.disconnect_profile()
