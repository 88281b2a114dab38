"""Before there is a file: where to drop one, and the runs so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.ui import icons
from mcconsole.ui.drop_zone import DropZone
from mcconsole.ui.many.models import RunsModel
from mcconsole.ui.many.words import Words
from mcconsole.ui.pages import heading
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, plain, small_button

Listed = Callable[[], Sequence[Mapping[str, object]]]
Told = Callable[[str], object]
"""Every run so far, newest first; and one of them by its id, as it stands."""


class StartPage(QWidget):
    """A drop zone, and the list of runs with what can be done with each."""

    choose = Signal()
    resume = Signal(str)
    told = Signal(object)
    """A Run that the user wants to see."""

    def __init__(self, state: AppState, words: Words, listed: Listed, told: Told) -> None:
        super().__init__()
        self.state = state
        self._words = words
        self._ask_list, self._ask_told = listed, told
        self.zone = DropZone(
            words.drop,
            words.hint,
            self.tr("Choose a CSV…"),
        )
        self.note = Line()
        self.model = RunsModel(words, self)
        self.table = TableView(
            self.model,
            name=self.tr("Runs so far"),
            widths=(150, 110, 170, 190, 80, 75, 95, 95, 75),
        )
        self.go_on = small_button(self.tr("Resume"))
        self.show_it = small_button(self.tr("Show the results"))
        self.empty = plain(self.tr("No run yet."))
        self._build()

    def _build(self) -> None:
        icons.follow(self.go_on, "run")
        icons.follow(self.show_it, "table")
        self.go_on.setToolTip(self.tr("Goes on where the run was cut. What may have left already is never repeated."))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(heading(self.tr("Runs so far"), 1.0), 1)
        head.addWidget(self.go_on)
        head.addWidget(self.show_it)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.zone)
        column.addWidget(self.note)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1, Qt.AlignmentFlag.AlignTop)
        self.zone.choose.connect(self.choose)
        self.table.selectionModel().selectionChanged.connect(self._look)
        self.table.activated_row.connect(self._activate)
        self.go_on.clicked.connect(self._resume)
        self.show_it.clicked.connect(self._show)
        self._look()

    @Slot()
    def list_runs(self) -> None:
        """Read the list of runs."""
        self.state.runner.start(
            partial(_list, listed=self._ask_list),
            key=f"{self._words.key}.list",
            label=self.tr("Listing the runs"),
            on_result=self._listed,
            on_error=self._fail,
        )

    def _listed(self, runs: Sequence[Mapping[str, object]]) -> None:
        self.model.show_rows(runs)
        unfinished = [number for number, run in enumerate(runs) if run["state"] == "unfinished"]
        if runs:
            self.table.selectRow(unfinished[0] if unfinished else 0)
        self._look()

    def _fail(self, error: ConsoleError) -> None:
        self.state.show_error(error, key=f"{self._words.key}.list")

    def ready(self, why_not: str) -> None:
        """Whether a file can be taken now; `why_not` says what is in the way."""
        self.zone.button.setEnabled(not why_not)
        self.note.say(Tone.INFO, why_not)

    @property
    def chosen(self) -> Mapping[str, object] | None:
        """The run that is chosen."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.rows[rows[0].row()] if rows else None

    @Slot()
    def _look(self) -> None:
        chosen = self.chosen
        self.go_on.setEnabled(chosen is not None and chosen["state"] == "unfinished")
        self.show_it.setEnabled(chosen is not None)
        self.table.setVisible(bool(self.model.rows))
        self.empty.setVisible(not self.model.rows)

    @Slot()
    def _activate(self) -> None:
        if self.go_on.isEnabled():
            self._resume()
        else:
            self._show()

    @Slot()
    def _resume(self) -> None:
        if (chosen := self.chosen) is not None:
            self.resume.emit(str(chosen[self._words.id]))

    @Slot()
    def _show(self) -> None:
        if (chosen := self.chosen) is not None:
            self.state.runner.start(
                partial(_tell, told=self._ask_told, run_id=str(chosen[self._words.id])),
                key=f"{self._words.key}.tell",
                label=self.tr("Reading the run {}").format(chosen[self._words.id]),
                on_result=self.told.emit,
                on_error=self._fail,
            )


def _list(_: JobContext, listed: Listed) -> Sequence[Mapping[str, object]]:
    return listed()


def _tell(_: JobContext, told: Told, run_id: str) -> object:
    return told(run_id)
