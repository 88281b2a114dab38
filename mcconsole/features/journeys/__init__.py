"""Journey injection: fire an API event for a contact, and prove that it entered the journey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcconsole.ui.entry import Manifest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from mcconsole.ui.state import AppState


def _tab(state: AppState) -> QWidget:
    from mcconsole.features.journeys.tab import JourneysTab

    return JourneysTab(state)


def _greet(state: AppState) -> None:
    from mcconsole.features.journeys import many, many_words
    from mcconsole.ui.many import greeting

    greeting.greet(state, many_words.words(), many.listed)


MANIFEST = Manifest("journeys", "Journey injection", "journeys", order=2, factory=_tab, greet=_greet)
