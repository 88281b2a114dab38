"""Earlier imports: when, what, where to, and how each of them ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QVBoxLayout, QWidget

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.features.imports import history
from mcconsole.features.imports.draft import Draft
from mcconsole.features.imports.history import Entry
from mcconsole.features.imports.mode_words import mode_words
from mcconsole.features.imports.plan import Mode
from mcconsole.features.imports.report import Result, State
from mcconsole.features.imports.service import Prepared
from mcconsole.features.imports.steps.step import Action, Step
from mcconsole.ui import confirm, icons, theme
from mcconsole.ui.cells import RIGHT, Index, Role, TitledTable
from mcconsole.ui.pages import Pages, heading
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import plain, small_button

LIST_KEY, SHOW_KEY = "imports.history", "imports.show"
_LOOKS = {
    State.DONE: ("success", Tone.SUCCESS),
    State.CHECKED: ("check", Tone.INFO),
    State.REFUSED: ("skipped", Tone.WARNING),
    State.TRIED: ("clock", Tone.INFO),
    State.STOPPED: ("error", Tone.ERROR),
    State.CANCELLED: ("cancel", Tone.WARNING),
    State.INTERRUPTED: ("warning", Tone.WARNING),
    State.RUNNING: ("run", Tone.INFO),
}


class HistoryModel(TitledTable):
    """Imports, newest first."""

    rows: Sequence[Entry]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles = (
            *(self.tr("How it ended"), self.tr("Begun"), self.tr("File"), self.tr("Data extension")),
            *(self.tr("Mode"), self.tr("Rows"), self.tr("Landed"), self.tr("Failed"), self.tr("Unknown")),
            *(self.tr("Left out"), self.tr("Not sent")),
        )
        self._words = {
            State.DONE: self.tr("done"),
            State.CHECKED: self.tr("only checked"),
            State.REFUSED: self.tr("refused by the check"),
            State.TRIED: self.tr("first rows tried"),
            State.STOPPED: self.tr("stopped by an error"),
            State.CANCELLED: self.tr("cancelled"),
            State.INTERRUPTED: self.tr("interrupted"),
            State.RUNNING: self.tr("running now"),
        }

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Qt's."""
        entry = self.rows[index.row()]
        if role == Role.DisplayRole:
            return self._cells(entry)[index.column()]
        if role == Role.DecorationRole and index.column() == 0:
            return icons.icon(*_looks(entry.result))
        if role == Role.ToolTipRole and index.column() == 2:
            return entry.file
        if role == Role.TextAlignmentRole and index.column() >= 5:
            return RIGHT
        return None

    def _cells(self, entry: Entry) -> tuple[str, ...]:
        one = entry.result
        figures = (
            *(one.rows_read, one.rows_succeeded, one.rows_failed, one.rows_unknown),
            *(one.rows_left_out, one.rows_not_sent),
        )
        return (
            self._words[one.state],
            datetime.fromisoformat(entry.created).astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            Path(entry.file).name,
            entry.name,
            mode_words(Mode(entry.mode)).verb,
            *(f"{number:,}" for number in figures),
        )


def _looks(result: Result) -> tuple[str, Tone]:
    if result.state is State.DONE and result.rows_unknown:
        return "unknown", Tone.WARNING
    if result.state is State.DONE and (result.rows_failed or result.rows_left_out):
        return "warning", Tone.WARNING
    return _LOOKS[result.state]


class HistoryStep(Step):
    """The list; Return or the main button shows what became of the rows of one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.tr("Earlier imports"))
        self.question: QMessageBox | None = None
        self.model = HistoryModel(self)
        self.table = TableView(
            self.model,
            name=self.tr("Earlier imports"),
            widths=(165, 155, 175, 150, 80, 80, 80, 70, 80, 76, 80),
            stretch=2,
        )
        self.table.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self.reload = small_button(self.tr("Refresh"))
        icons.follow(self.reload, "refresh")
        self.forget = small_button(self.tr("Forget…"))
        self.forget.setToolTip(self.tr("Delete what is kept of this import on this machine (Delete)"))
        self.forget.setShortcut(QKeySequence.StandardKey.Delete)
        icons.follow(self.forget, "delete")
        self.pages = Pages(self._content())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.reload.clicked.connect(self.refresh)
        self.forget.clicked.connect(self._ask_forget)
        self.table.activated_row.connect(self._activated)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.model.modelReset.connect(self._selected)

    def _content(self) -> QWidget:
        page = QWidget()
        hint = plain(self.tr("What is not finished can go on: nothing is lost, nothing is doubled."))
        theme.tint(hint, Tone.NEUTRAL)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(heading(self.tr("Earlier imports"), 1.2))
        head.addWidget(hint, 1)
        head.addWidget(self.forget)
        head.addWidget(self.reload)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        return page

    def enter(self) -> None:
        """Read the list."""
        self.refresh()
        self.table.setFocus()

    @Slot()
    def refresh(self) -> None:
        """Read the list again."""
        self.state.runner.start(
            _list,
            key=LIST_KEY,
            label=self.tr("Reading the earlier imports"),
            on_result=self._arrived,
            on_error=self._failed,
        )

    def action(self) -> Action:
        """Show the chosen one."""
        text = self.tr("Show its result")
        entry = self._entry()
        if entry is None:
            return Action(text, possible=False)
        if entry.result.state is State.RUNNING:
            return Action(text, possible=False, why_not=self.tr("It is running, here or in another process."))
        return Action(text)

    def act(self) -> None:
        """Show the chosen one."""
        entry = self._entry()
        if entry is not None and self.action().possible:
            self.state.runner.start(
                partial(_shown, import_id=entry.result.import_id),
                key=SHOW_KEY,
                label=self.tr("Reading what became of the rows"),
                on_result=self._show,
                on_error=self._failed,
            )

    def _entry(self) -> Entry | None:
        row = self.table.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def _arrived(self, entries: list[Entry]) -> None:
        self.model.show_rows(entries)
        if not entries:
            self.forget.setEnabled(False)
            self.pages.show_empty(
                self.tr("No import yet"), self.tr("Every import is listed here with its end."), icon="imports"
            )
            return
        self.pages.show_content()
        self.table.selectRow(0)

    def _show(self, found: tuple[Prepared, Result]) -> None:
        if not self.draft.running:
            self.draft.show_past(*found)
            self.advanced.emit()

    def _failed(self, error: ConsoleError) -> None:
        self.state.show_error(error, key=LIST_KEY)

    @Slot()
    def _ask_forget(self) -> None:
        entry = self._entry()
        if entry is None:
            return
        question = self.tr("Delete what is kept of the import of {}? What is in Marketing Cloud stays there.").format(
            Path(entry.file).name
        )
        if entry.result.resumable:
            question += "\n" + self.tr("It is not finished, and cannot go on afterwards.")
        job = partial(self._forget, entry.result.import_id)
        self.question = confirm.ask(self, self.tr("Forget an import"), question, self.tr("Forget"), job)

    def _forget(self, import_id: str) -> None:
        self.state.runner.start(
            partial(_forget, import_id=import_id),
            key=f"imports.forget.{import_id}",
            label=self.tr("Deleting what was kept of an import"),
            on_error=self._failed,
            on_done=self.refresh,
        )

    @Slot()
    def _selected(self) -> None:
        entry = self._entry()
        self.forget.setEnabled(entry is not None and entry.result.state is not State.RUNNING)
        self.looked.emit()

    @Slot(object)
    def _activated(self, _: QModelIndex) -> None:
        self.act()


def _list(_: JobContext) -> list[Entry]:
    return history.listed()


def _forget(_: JobContext, import_id: str) -> None:
    history.forget(import_id)


def _shown(_: JobContext, import_id: str) -> tuple[Prepared, Result]:
    return history.shown(import_id)
