"""The tenant that a command talks to."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcconsole.commands.terminal import CancelOnSignal, confirm, say
from mcconsole.core.errors import BadInput

if TYPE_CHECKING:
    from mcconsole.api.client import Client
    from mcconsole.api.exchanges import ExchangeLog
    from mcconsole.core.history import History
    from mcconsole.core.tenant import Environment

_histories: list[History] = []
"""Those that this command writes to."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A client, and the words for where it leads."""

    client: Client
    environment: Environment
    name: str

    def confirmed(self, *, yes: bool) -> bool:
        """Whether nobody need be asked before something is written."""
        from mcconsole.core.tenant import Environment

        return yes or self.environment is not Environment.PRODUCTION

    def confirm(self, what: str, signals: CancelOnSignal, *, yes: bool) -> None:
        """Writing to production is confirmed by `--yes` or at the terminal, in one sentence; otherwise refused."""
        if self.confirmed(yes=yes):
            return
        unit = self.client.credentials.account_id or "the package's own"
        confirm(f"{what} in PRODUCTION, {self.name}, business unit {unit}?", signals)


def add_profile(parser: argparse.ArgumentParser) -> None:
    """Let a command take `--profile`, which may stand before it as well."""
    parser.add_argument("--profile", metavar="NAME", default=argparse.SUPPRESS, help="connect with this profile")


def connect(namespace: argparse.Namespace, feature: str) -> Connection:
    """The tenant named by `--profile`, or by the environment variables of design section 6; `feature` names the tab."""
    from mcconsole.api.client import Client
    from mcconsole.core import paths, vault
    from mcconsole.core.profiles import ProfileStore
    from mcconsole.core.tenant import Credentials

    if namespace.profile is None:
        credentials, environment = Credentials.from_environment(os.environ)
        client = Client(credentials, log=_log(), profile=str(credentials.tenant), feature=feature)
        return Connection(client, environment, credentials.tenant.auth_url)
    profile = ProfileStore(paths.home() / "profiles.json").by_name(namespace.profile)
    if profile is None:
        raise BadInput(
            f"There is no profile named “{namespace.profile}”.", advice="The Credentials tab lists the profiles."
        )
    secret = vault.KeychainVault().get(profile.id)
    if secret is None:
        raise BadInput(
            f"The keychain holds no secret for the profile “{profile.name}”.",
            advice="Enter it again in the Credentials tab, or use the MCCONSOLE_* environment variables.",
        )
    client = Client(
        profile.credentials(secret),
        log=_log(),
        profile=profile.name,
        feature=feature,
        allow_list=profile.allow_list,
    )
    return Connection(client, profile.environment, profile.name)


def end_history() -> None:
    """Write down what the command did, and say so where that cannot be."""
    while _histories:
        history = _histories.pop()
        history.close()
        if history.trouble is not None:
            say(f"Note: {history.trouble}")


def _log() -> ExchangeLog:
    """A log whose exchanges are kept in the history that the window shows."""
    from mcconsole.api.exchanges import ExchangeLog
    from mcconsole.core import paths
    from mcconsole.core.history import FILE, History, Policy
    from mcconsole.ui.settings import Settings

    folder = paths.home()
    history = History(folder / FILE, Policy.read(Settings(folder / "settings.json").get))
    _histories.append(history)
    log = ExchangeLog(most=10)  # nobody here looks back further; the history keeps all
    log.subscribe(history.put)
    return log
