"""Connects the window to a tenant: what the pickers at the top and the Credentials tab ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.core.profiles import Profile
from mcconsole.features.credentials import service
from mcconsole.features.credentials.service import Connected, Keeper
from mcconsole.ui.state import AppState, BusinessUnit, Connection, ProfileChoice, TokenLook

if TYPE_CHECKING:
    from mcconsole.api.exchanges import ExchangeLog

CONNECT_KEY = "credentials.connect"
BANNER = "connection"


class Connector(QObject):
    """Holds the profiles and the one connection; everything that waits is a job."""

    def __init__(self, state: AppState, keeper: Keeper, log: ExchangeLog) -> None:
        super().__init__(state)
        self._state = state
        self.keeper = keeper
        self.log = log
        self._connected: Connected | None = None
        self._profiles: list[Profile] = []
        self._memory: dict[str, Profile] = {}
        state.connector = self

    def reload(self) -> None:
        """Read the profiles again and tell the pickers."""
        try:
            stored = self.keeper.store.list()
        except ConsoleError as error:
            self._state.show_error(error, key="profiles")
            stored = []
        self._profiles = sorted([*self._memory.values(), *stored], key=lambda profile: profile.name.casefold())
        self._state.profiles_changed.emit()

    def add_for_session(self, profile: Profile, secret: str) -> None:
        """Add a profile that is never written anywhere, such as that of the built-in sandbox tenant."""
        self._memory[profile.id] = profile
        self.keeper.session.set(profile.id, secret)
        self.reload()

    def is_for_session(self, profile_id: str) -> bool:
        """Whether the profile exists in memory only."""
        return profile_id in self._memory

    def all(self) -> Sequence[Profile]:
        """The profiles by name."""
        return tuple(self._profiles)

    def profile(self, profile_id: str) -> Profile | None:
        """The profile with this id."""
        return next((p for p in self._profiles if p.id == profile_id), None)

    def profiles(self) -> Sequence[ProfileChoice]:
        """The profiles as the picker shows them."""
        return [ProfileChoice(p.id, p.name, p.environment) for p in self._profiles]

    def connect_profile(self, profile_id: str) -> None:
        """Connect in the background. The connection that is there stays until the new one works."""
        profile = self.profile(profile_id)
        if profile is None:
            return
        self._work(
            partial(service.connect, keeper=self.keeper, profile=profile, log=self.log),
            self.tr("Connecting with {}").format(profile.name),
            partial(self.connect_profile, profile_id),
        )

    def switch_business_unit(self, account_id: str) -> None:
        """Act in another business unit. When that fails, the one before stays."""
        connected = self._connected
        if connected is None or connected.unit.account_id == account_id:
            return
        name = next((u.name for u in connected.units if u.account_id == account_id), account_id)
        self._work(
            partial(service.switch, connected=connected, account_id=account_id),
            self.tr("Changing to {}").format(name),
            partial(self.switch_business_unit, account_id),
        )

    def limit(self, profile: Profile) -> None:
        """Hold a connection that is there to the profile's allow-list at once."""
        if self._connected is not None and self._connected.profile.id == profile.id:
            self._connected.client.allow_list = profile.allow_list

    def disconnect_profile(self) -> None:
        """Forget the connection and its token."""
        self._state.runner.cancel(CONNECT_KEY)
        if self._connected is not None:
            self._connected.client.close()
            self._connected = None
            self._state.connection = None

    def token(self) -> TokenLook | None:
        """A look at the token that asks nobody."""
        if self._connected is None:
            return None
        state = service.token_state(self._connected.client)
        return TokenLook(state.age, state.left, state.requested)

    def _work(self, job: Callable[[JobContext], Connected], label: str, again: Callable[[], None]) -> None:
        self._again = again
        task = self._state.runner.start(
            job,
            key=CONNECT_KEY,
            label=label,
            on_result=self._arrived,
            on_error=self._failed,
            on_done=self._done,
        )
        if task is None:
            self._state.messages.info(self.tr("A connection is being made already."), key=BANNER)
            self._state.connection = self._state.connection
            return
        self._state.messages.withdraw(BANNER)
        self._state.connecting = True

    def _arrived(self, connected: Connected) -> None:
        before = self._connected
        if before is not None and before.profile.id != connected.profile.id:
            before.client.close()
        self._connected = connected
        self._profiles = [connected.profile if p.id == connected.profile.id else p for p in self._profiles]
        if connected.profile.id in self._memory:
            self._memory[connected.profile.id] = connected.profile
        else:
            self._state.settings.set(last_profile=connected.profile.id)
        self._state.connection = Connection(
            client=connected.client,
            profile_id=connected.profile.id,
            profile_name=connected.profile.name,
            tenant_name=connected.tenant_name,
            business_unit_name=connected.unit.name,
            account_id=connected.unit.account_id,
            environment=connected.profile.environment,
            scopes=connected.scopes,
            business_units=tuple(BusinessUnit(unit.account_id, unit.name) for unit in connected.units),
            note=connected.note,
        )

    def _failed(self, error: ConsoleError) -> None:
        self._state.show_error(error, key=BANNER, retry=self._again)
        self._state.connection = self._state.connection  # the pickers go back to what is

    def _done(self) -> None:
        self._state.connecting = False
