"""The tenant that a command talks to."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcconsole.commands.terminal import CancelOnSignal, confirm
from mcconsole.core.errors import BadInput

if TYPE_CHECKING:
    from mcconsole.api.client import Client
    from mcconsole.core.tenant import Environment


@dataclass(frozen=True, slots=True)
class Connection:
    """A client, and the words for where it leads."""

    client: Client
    environment: Environment
    name: str

    def confirm(self, what: str, signals: CancelOnSignal, *, yes: bool) -> None:
        """Writing to production is confirmed by `--yes` or at the terminal, in one sentence; otherwise refused."""
        from mcconsole.core.tenant import Environment

        if yes or self.environment is not Environment.PRODUCTION:
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
        return Connection(Client(credentials, feature=feature), environment, credentials.tenant.auth_url)
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
    client = Client(profile.credentials(secret), profile=profile.name, feature=feature)
    return Connection(client, profile.environment, profile.name)
