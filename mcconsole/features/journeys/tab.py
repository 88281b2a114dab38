"""The journeys tab: find an entry source, then fire it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from mcconsole.features.journeys.draft import Draft
from mcconsole.features.journeys.find_view import FindView
from mcconsole.features.journeys.work_view import WorkView
from mcconsole.ui.manifest import Tab
from mcconsole.ui.state import AppState


class JourneysTab(Tab):
    """The list in front until something is chosen, then the work with it."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.draft = Draft(state, self)
        self.finder = FindView(self.draft)
        self.work = WorkView(self.draft)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.finder)
        self.stack.addWidget(self.work)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.addWidget(self.stack)
        self.finder.chosen.connect(self._chosen)
        self.work.left.connect(self.show_list)
        state.connection_changed.connect(self._connection_changed)
        self.finder.look()

    def showEvent(self, event: QShowEvent) -> None:
        """Read the list when the tab is first seen, and put the keyboard into the search."""
        super().showEvent(event)
        self._enter()

    def refresh(self) -> None:
        """F5."""
        self.draft.refresh()

    def run(self) -> None:
        """Ctrl+Return: take what was searched for, or fire."""
        if self.stack.currentWidget() is self.finder:
            self.finder.take()
        elif self.draft.situation is not None:
            self.work.pane.run()

    @Slot()
    def show_list(self) -> None:
        """Choose another entry source."""
        self.stack.setCurrentWidget(self.finder)
        self.finder.enter()

    @Slot()
    def _chosen(self) -> None:
        self.stack.setCurrentWidget(self.work)
        self.work.look()
        if self.draft.situation is not None:
            self.work.one.enter()

    @Slot()
    def _connection_changed(self) -> None:
        if not self.draft.chosen:
            self.stack.setCurrentWidget(self.finder)
        self.finder.look()
        if self.isVisible():
            self._enter()

    def _enter(self) -> None:
        if self.stack.currentWidget() is self.finder:
            self.finder.enter()
        elif self.draft.situation is not None:
            self.work.one.enter()
