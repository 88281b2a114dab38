"""Credentials: profiles, what a package may do, connecting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcconsole.ui.entry import Manifest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from mcconsole.ui.state import AppState


def _tab(state: AppState) -> QWidget:
    from mcconsole.features.credentials.tab import CredentialsTab

    return CredentialsTab(state)


MANIFEST = Manifest(id="credentials", title="Credentials", icon="credentials", order=1, factory=_tab)
