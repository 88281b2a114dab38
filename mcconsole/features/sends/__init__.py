"""Triggered sends: make, start and fire definitions of both send systems, and follow each message to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcconsole.ui.entry import Manifest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from mcconsole.ui.state import AppState


def _tab(state: AppState) -> QWidget:
    from mcconsole.features.sends.tab import SendsTab

    return SendsTab(state)


def _greet(state: AppState) -> None:
    from mcconsole.features.sends import many, many_words
    from mcconsole.ui.many import greeting

    greeting.greet(state, many_words.words(), many.listed)


MANIFEST = Manifest("sends", "Triggered sends", "sends", order=3, factory=_tab, greet=_greet)
