"""A tab before it is built. Without Qt: the command line imports the features, and may run where Qt cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from mcconsole.ui.state import AppState


@dataclass(frozen=True, slots=True)
class Manifest:
    """One tab. `factory` imports what it needs itself, so that a tab costs nothing until it is shown."""

    id: str
    title: str
    icon: str
    order: int
    factory: Callable[[AppState], QWidget]
    greet: Callable[[AppState], None] | None = None
    """Called when the window opens, whether or not the tab is built: for what waits since the last time."""
