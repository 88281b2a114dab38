"""What all tabs share: the connection, the runner, messages, settings and a few wishes of the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Exchange
from mcconsole.core.history import History
from mcconsole.core.tenant import Environment
from mcconsole.ui.banner import Messages
from mcconsole.ui.settings import Settings
from mcconsole.ui.tasks import TaskRunner


@dataclass(frozen=True, slots=True)
class BusinessUnit:
    """A business unit as the picker shows it."""

    account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Connection:
    """The tenant and business unit that everything acts on now."""

    client: Any
    """The API client, which this layer only hands on (`client.for_feature(id)` in a tab)."""
    profile_id: str
    profile_name: str
    tenant_name: str
    business_unit_name: str
    account_id: str
    environment: Environment
    scopes: tuple[str, ...] = ()
    business_units: tuple[BusinessUnit, ...] = ()
    note: str = ""
    """Why the list of business units is only the package's own, or ""."""


def where(connection: Connection | None) -> tuple[str, ...] | None:
    """The tenant and business unit of a connection, as far as what was read there rests on them."""
    if connection is None:
        return None
    return connection.profile_id, connection.tenant_name, connection.account_id


@dataclass(frozen=True, slots=True)
class ProfileChoice:
    """A profile as the picker shows it."""

    id: str
    name: str
    environment: Environment


@dataclass(frozen=True, slots=True)
class TokenLook:
    """The access token as the window shows it: seconds, and how many were asked for in this session."""

    age: float | None
    left: float | None
    requested: int


class Connector(Protocol):
    """What the top bar asks of whoever can connect."""

    def profiles(self) -> Sequence[ProfileChoice]:
        """Every profile, by name."""

    def connect_profile(self, profile_id: str) -> None:
        """Connect in the background; `AppState.connection_changed` or a message tells the end."""

    def switch_business_unit(self, account_id: str) -> None:
        """Act in another business unit of the same tenant."""

    def disconnect_profile(self) -> None:
        """Forget the connection and its token."""

    def token(self) -> TokenLook | None:
        """A look at the token that asks nobody; None without a connection."""


class AppState(QObject):
    """One per window. Created before the tabs, outlives them."""

    connection_changed = Signal(object)
    """The new Connection, or None."""
    connecting_changed = Signal(bool)
    profiles_changed = Signal()
    navigated = Signal(str)
    """Somebody wants this tab in front."""
    runs_wanted = Signal(str)
    """Somebody wants to see the runs of this tab, which is then in front."""
    file_dropped = Signal(object)
    """A Path, from a drop anywhere on the window, Ctrl+O or the recent files; the imports tab is then in front."""
    theme_changed = Signal()
    exchange_wanted = Signal(object)
    """An Exchange that somebody wants to see in Responses."""

    def __init__(
        self,
        runner: TaskRunner,
        settings: Settings,
        history: History | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Without a history, calls are kept in memory."""
        super().__init__(parent)
        self.runner = runner
        self.settings = settings
        self.messages = Messages(self)
        self.history = history or History(None)
        self.connector: Connector | None = None
        self._connection: Connection | None = None
        self._connecting = False

    @property
    def connection(self) -> Connection | None:
        """What is connected now; set it to tell everybody."""
        return self._connection

    @connection.setter
    def connection(self, connection: Connection | None) -> None:
        self._connection = connection
        self.connection_changed.emit(connection)

    @property
    def connecting(self) -> bool:
        """Whether a connection is being made just now."""
        return self._connecting

    @connecting.setter
    def connecting(self, connecting: bool) -> None:
        self._connecting = connecting
        self.connecting_changed.emit(connecting)

    @property
    def environment(self) -> Environment | None:
        """The connected tenant's environment, or None."""
        return self._connection.environment if self._connection is not None else None

    def navigate(self, tab_id: str) -> None:
        """Bring a tab to the front."""
        self.navigated.emit(tab_id)

    def show_runs(self, tab_id: str) -> None:
        """Bring a tab to the front with its list of runs."""
        self.navigate(tab_id)
        self.runs_wanted.emit(tab_id)

    def show_error(self, error: ConsoleError, *, key: str = "", retry: Callable[[], object] | None = None) -> None:
        """Show an error as a banner: what happened, what Marketing Cloud said, what to do next."""
        actions = ((self.tr("Try again"), retry),) if retry is not None else ()
        self.messages.error(str(error), said=error.said, advice=error.advice, actions=actions, key=key)

    def open_path(self, path: Path) -> None:
        """Open a file or folder with the system's own program; where there is none, say where it is."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.messages.error(
                self.tr("Nothing on this computer opens {}.").format(path.name),
                advice=self.tr("It is at {}.").format(path),
                key="open",
            )

    def show_exchange(self, exchange: Exchange) -> None:
        """Bring Responses to the front with this exchange chosen."""
        self.exchange_wanted.emit(exchange)

    def drop_file(self, path: Path) -> None:
        """Hand a file to the imports tab."""
        self.navigate("imports")
        self.file_dropped.emit(path)
