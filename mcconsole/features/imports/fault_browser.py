"""The cells that failed the check: from a reason to the cell, and from the cell to its row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QModelIndex, QSize, Slot
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.core.journal import TROUBLE, FaultRow, trouble
from mcconsole.features.imports.draft import Draft
from mcconsole.features.imports.fault_model import PAGE, CellsModel, FaultModel, Reason, ReasonModel
from mcconsole.features.imports.service import Prepared
from mcconsole.ui.pages import heading
from mcconsole.ui.table import TableView

FAULTS_KEY = "imports.faults"
CELLS_KEY = "imports.cells"


class FaultBrowser(QSplitter):
    """Reasons, cells of the chosen reason, and the row of the chosen cell; read page by page in the background."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self._state = draft.state
        self._prepared: Prepared | None = None
        self._reason: Reason | None = None
        self._row_wanted: int | None = None
        self._row_read: int | None = None
        self.reasons = ReasonModel(self)
        self.faults = FaultModel(self)
        self.cells = CellsModel(self)
        self.reason_table = TableView(self.reasons, name=self.tr("Reasons"), widths=(230, 120, 70), stretch=0)
        self.fault_table = TableView(self.faults, name=self.tr("Cells that fail"), widths=(70, 130, 160), stretch=3)
        self.cell_table = TableView(self.cells, name=self.tr("The whole row"), widths=(140,), stretch=1)
        self._row_title = heading("", 1.0)
        self.setChildrenCollapsible(False)
        for title, table in (
            (heading(self.tr("Reasons"), 1.0), self.reason_table),
            (heading(self.tr("Cells"), 1.0), self.fault_table),
            (self._row_title, self.cell_table),
        ):
            self.addWidget(_titled(title, table))
        self.setSizes([360, 480, 300])
        self.setStretchFactor(1, 1)
        self.reason_table.selectionModel().currentRowChanged.connect(self._reason_chosen)
        self.fault_table.selectionModel().currentRowChanged.connect(self._fault_chosen)
        self.faults.wanted.connect(self._fetch)

    def show_faults(self, prepared: Prepared) -> None:
        """Show the reasons of a check, and the cells of the most frequent one."""
        self._prepared = prepared
        self.reasons.show(prepared.summary)
        self.cells.show((), (), {})
        self._row_title.setText(self.tr("Row"))
        if prepared.summary.faulty:
            self.reason_table.selectRow(0)
        else:
            self.faults.clear()

    @Slot(QModelIndex)
    def _reason_chosen(self, index: QModelIndex) -> None:
        if index.isValid():
            self._reason = self.reasons.rows[index.row()]
            self._state.runner.cancel(FAULTS_KEY)
            self.faults.start()

    @Slot(int)
    def _fetch(self, offset: int) -> None:
        prepared, reason = self._prepared, self._reason
        if prepared is None or reason is None:
            return
        self._asked = (prepared, reason, offset)
        self._state.runner.start(
            partial(_page, prepared=prepared, reason=reason, offset=offset),
            key=FAULTS_KEY,
            label=self.tr("Reading the cells that fail"),
            on_result=self._page_arrived,
            on_error=self._faults_failed,
            on_done=self._page_done,
        )

    def _page_arrived(self, page: _Page) -> None:
        if page.reason is self._reason and page.prepared is self._prepared:
            self.faults.add(page.offset, page.faults)
            if page.offset == 0 and page.faults:
                self.fault_table.selectRow(0)

    def _faults_failed(self, error: ConsoleError) -> None:
        self.faults.clear()
        self._complain(error)

    def _complain(self, error: ConsoleError) -> None:
        if self._prepared is self._draft.prepared:  # else it was deleted meanwhile, as it may be
            self._state.show_error(error, key="imports.faults")

    def _page_done(self) -> None:
        prepared, reason, offset = self._asked
        asked_meanwhile = reason is self._reason and prepared is self._prepared
        if asked_meanwhile and self.faults.rowCount() == offset and self.faults.waiting:
            self._fetch(offset)

    @Slot(QModelIndex)
    def _fault_chosen(self, index: QModelIndex) -> None:
        fault = self.faults.fault(index.row())
        if fault is not None:
            self._row_wanted = fault.row
            self._read_row()

    def _read_row(self) -> None:
        prepared, row = self._prepared, self._row_wanted
        if prepared is None or row is None:
            return
        if any(task.key == CELLS_KEY for task in self._state.runner.running()):
            return
        self._row_read = row
        self._state.runner.start(
            partial(_cells, prepared=prepared, row=row),
            key=CELLS_KEY,
            label=self.tr("Reading a row"),
            on_result=self._row_arrived,
            on_error=self._complain,
            on_done=self._row_done,
        )

    def _row_arrived(self, found: tuple[list[str], list[FaultRow]]) -> None:
        prepared = self._prepared
        if prepared is None:
            return
        cells, faults = found
        self._row_title.setText(self.tr("Row {} of the file").format(f"{faults[0].row:,}") if faults else "")
        line = self.cells.show(prepared.plan.headers, cells, {fault.column: fault.text for fault in faults})
        if line >= 0:
            self.cell_table.scrollTo(self.cells.index(line, 0))

    def _row_done(self) -> None:
        if self._row_wanted is not None and self._row_wanted != self._row_read:
            self._read_row()


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of faults, and what it was asked for."""

    prepared: Prepared
    reason: Reason
    offset: int
    faults: list[FaultRow]


def _page(_: JobContext, prepared: Prepared, reason: Reason, offset: int) -> _Page:
    try:
        faults = prepared.faults(reason.code, reason.field, offset=offset, limit=PAGE)
    except TROUBLE as error:
        raise trouble(prepared.folder, error) from None
    return _Page(prepared, reason, offset, faults)


def _cells(_: JobContext, prepared: Prepared, row: int) -> tuple[list[str], list[FaultRow]]:
    try:
        return prepared.cells(row)
    except TROUBLE as error:
        raise trouble(prepared.folder, error) from None


def _titled(title: QLabel, table: QWidget) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    column.addWidget(title)
    column.addWidget(table, 1)
    table.setMinimumSize(QSize(160, 120))
    return box
