"""The sends tab: find a definition or make one, then send through it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from mcconsole.features.sends.create_view import CreateView
from mcconsole.features.sends.draft import CHANGE_KEY, Draft
from mcconsole.features.sends.list_view import ListView
from mcconsole.features.sends.work_view import ONE, WorkView
from mcconsole.ui.manifest import Tab
from mcconsole.ui.state import AppState

TAB = "sends"


class SendsTab(Tab):
    """The list in front until something is chosen, then the work with it."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.draft = Draft(state, self)
        self.list = ListView(self.draft)
        self.create_page = CreateView(self.draft)
        self.work = WorkView(self.draft)
        self.stack = QStackedWidget()
        for page in (self.list, self.create_page, self.work):
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.addWidget(self.stack)
        self.list.opened.connect(self._show_work)
        self.list.new_wanted.connect(self.new)
        self.list.runs_wanted.connect(self._show_runs)
        state.runs_wanted.connect(self._runs_wanted)
        self.create_page.left.connect(self.show_list)
        self.work.left.connect(self.show_list)
        self.draft.made.connect(self._made)
        state.connection_changed.connect(self._connection_changed)
        self.list.look()

    def showEvent(self, event: QShowEvent) -> None:
        """Read the list when the tab is first seen, and put the keyboard where one begins."""
        super().showEvent(event)
        self._enter()

    def refresh(self) -> None:
        """F5."""
        if self.stack.currentWidget() is self.create_page:
            self.create_page.refresh()
        else:
            self.draft.refresh()
            self.work.many.refresh()

    def prepare_close(self) -> None:
        """Let go of what is only prepared."""
        self.work.many.prepare_close()

    def run(self) -> None:
        """Ctrl+Return: open what was searched for, make the definition, or send."""
        shown = self.stack.currentWidget()
        if shown is self.list:
            self.list.take()
        elif shown is self.create_page:
            self.create_page.run()
        else:
            self.work.pane.run()

    @Slot()
    def new(self) -> None:
        """Make a definition."""
        self.stack.setCurrentWidget(self.create_page)
        self.create_page.enter()

    @Slot()
    def show_list(self) -> None:
        """Choose another definition."""
        if self.draft.chosen is None:
            self.work.show_pane(ONE)
        self.stack.setCurrentWidget(self.list)
        self.list.enter()

    @Slot()
    def _show_work(self) -> None:
        self.stack.setCurrentWidget(self.work)
        self.work.look()

    @Slot(str)
    def _runs_wanted(self, tab_id: str) -> None:
        if tab_id == TAB:
            self._show_runs()
            self.work.many.show_start()

    @Slot()
    def _show_runs(self) -> None:
        """Runs of many are there whatever is chosen."""
        self.state.navigate(TAB)
        self.stack.setCurrentWidget(self.work)
        self.work.show_runs()

    @Slot()
    def _made(self) -> None:
        self.create_page.clear()
        self.work.show_pane(ONE)
        self._show_work()
        self.work.one.enter()
        known = self.draft.situation
        if known is not None:
            name, status = known.definition.name, known.definition.status
            text = self.tr("“{}” was created; it is {}.").format(name, status or self.tr("not shown yet"))
            self.state.messages.success(text, key=CHANGE_KEY)

    @Slot()
    def _connection_changed(self) -> None:
        if self.draft.chosen is None and self.stack.currentWidget() is self.work:
            self.stack.setCurrentWidget(self.list)
        self.list.look()
        if self.isVisible():
            self._enter()

    def _enter(self) -> None:
        shown = self.stack.currentWidget()
        if shown is self.list:
            self.list.enter()
        elif shown is self.work and self.draft.situation is not None and self.work.pane is self.work.one:
            self.work.one.enter()
