"""Data extension import: a CSV file, a target, and every row's fate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcconsole.ui.entry import Manifest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from mcconsole.ui.state import AppState


def _tab(state: AppState) -> QWidget:
    from mcconsole.features.imports.tab import ImportsTab

    return ImportsTab(state)


def _greet(state: AppState) -> None:
    from mcconsole.features.imports.greeting import greet

    greet(state)


MANIFEST = Manifest(id="imports", title="Data extension import", icon="imports", order=4, factory=_tab, greet=_greet)
