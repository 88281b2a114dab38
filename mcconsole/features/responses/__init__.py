"""Responses: every call to the tenant, as it was sent and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcconsole.ui.entry import Manifest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from mcconsole.ui.state import AppState


def _dock(state: AppState) -> QWidget:
    from mcconsole.features.responses.tab import ResponsesView

    return ResponsesView(state)


MANIFEST = Manifest(id="responses", title="Responses", icon="responses", order=9, factory=_dock)
