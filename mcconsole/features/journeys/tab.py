"""The journeys tab: find an entry source, then fire it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from mcconsole.features.journeys.draft import Draft
from mcconsole.features.journeys.find_view import FindView
from mcconsole.features.journeys.work_view import ONE, WorkView
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
        self.finder.runs_wanted.connect(self._show_runs)
        self.work.left.connect(self.show_list)
        state.runs_wanted.connect(self._runs_wanted)
        state.connection_changed.connect(self._connection_changed)
        self.finder.look()

    def showEvent(self, event: QShowEvent) -> None:
        """Read the list when the tab is first seen, and put the keyboard into the search."""
        super().showEvent(event)
        self._enter()

    def refresh(self) -> None:
        """F5."""
        self.draft.refresh()
        self.work.many.refresh()

    def prepare_close(self) -> None:
        """Let go of what is only prepared."""
        self.work.many.prepare_close()

    def run(self) -> None:
        """Ctrl+Return: take what was searched for, or fire."""
        if self.stack.currentWidget() is self.finder:
            self.finder.take()
        else:
            self.work.pane.run()

    @Slot()
    def show_list(self) -> None:
        """Choose another entry source; who comes from the runs alone begins with one contact."""
        if not self.draft.chosen:
            self.work.show_pane(ONE)
        self.stack.setCurrentWidget(self.finder)
        self.finder.enter()

    @Slot(str)
    def _runs_wanted(self, tab_id: str) -> None:
        if tab_id == "journeys":
            self._show_runs()
            self.work.many.show_start()

    @Slot()
    def _show_runs(self) -> None:
        """Runs of many contacts are there whatever is chosen."""
        self.state.navigate("journeys")
        self.stack.setCurrentWidget(self.work)
        self.work.show_many()

    @Slot(str)
    def _chosen(self, explanation: str) -> None:
        self.work.explain(explanation)
        self.stack.setCurrentWidget(self.work)
        self.work.look()
        if self.draft.situation is not None and self.work.pane is self.work.one:
            self.work.one.enter()

    @Slot()
    def _connection_changed(self) -> None:
        if not self.draft.chosen and self.work.pane is self.work.one:
            self.stack.setCurrentWidget(self.finder)
        self.finder.look()
        if self.isVisible():
            self._enter()

    def _enter(self) -> None:
        if self.stack.currentWidget() is self.finder:
            self.finder.enter()
        elif self.draft.situation is not None and self.work.pane is self.work.one:
            self.work.one.enter()
