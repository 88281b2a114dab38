"""What can be done with calls that are chosen on the list or shown beside it: exporting and comparing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from mcconsole.core.exchange import Exchange
from mcconsole.core.history import Line
from mcconsole.core.jobs import JobContext
from mcconsole.features.responses import export, pairs
from mcconsole.features.responses.compare_dialog import CompareDialog
from mcconsole.features.responses.exchange_view import ExchangeDetail
from mcconsole.features.responses.export import Calls
from mcconsole.features.responses.export_dialog import ExportDialog
from mcconsole.features.responses.models import HistoryModel
from mcconsole.features.responses.pairs import Pair
from mcconsole.ui import icons
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView

BANNER = "responses.hand_on"


class HandingOn(QObject):
    """The two actions of the list, and what the detail wishes."""

    def __init__(self, state: AppState, table: TableView, detail: ExchangeDetail, window: QWidget) -> None:
        super().__init__(window)
        self._state = state
        self._table = table
        self._detail = detail
        self._window = window
        self.export = self._action("download", self.tr("Export the chosen calls…"), self.export_chosen)
        self.compare = self._action("table", self.tr("Compare the two chosen calls…"), self.compare_chosen)
        table.selectionModel().selectionChanged.connect(self._enable)
        detail.hand_on.export_wanted.connect(self.export_shown)
        detail.hand_on.compare_wanted.connect(self.compare_shown)
        self._enable()

    def chosen(self) -> list[Line]:
        """The lines that are chosen, as far as they have been read."""
        model = self._table.model()
        rows = sorted(index.row() for index in self._table.selectionModel().selectedRows())
        read = model.line if isinstance(model, HistoryModel) else lambda _: None
        return [line for line in map(read, rows[: export.MOST_CALLS]) if line is not None]

    @Slot()
    def export_chosen(self) -> ExportDialog | None:
        """Export what is chosen on the list."""
        lines = self.chosen()
        if not lines:
            return None
        calls = sum(line.count for line in lines)
        what = lines[0].label if len(lines) == 1 else self.tr("{:,} chosen calls").format(calls)
        return self._export(export.of_lines(self._state.history, lines), what)

    @Slot()
    def export_shown(self) -> ExportDialog | None:
        """Export the call that is shown."""
        shown = self._detail.hand_on.exchange
        return None if shown is None else self._export(partial(_only, shown), shown.label or shown.method)

    @Slot()
    def compare_chosen(self) -> CompareDialog | None:
        """Compare the two calls that are chosen on the list."""
        lines = sorted(self.chosen(), key=lambda line: line.exchange)
        if len(lines) != 2 or any(line.count > 1 for line in lines):
            told = self.tr("Two single calls can be compared; open a job to choose one of its calls.")
            self._state.messages.warning(told, key=BANNER)
            return None
        return self._compare(partial(pairs.chosen, history=self._state.history, first=lines[0], second=lines[1]))

    @Slot()
    def compare_shown(self) -> CompareDialog | None:
        """Compare the call that is shown with the one like it before."""
        shown = self._detail.hand_on.exchange
        if shown is None:
            return None
        return self._compare(partial(pairs.previous, history=self._state.history, shown=shown))

    def _export(self, calls: Calls, what: str) -> ExportDialog:
        dialog = ExportDialog(self._state, calls, what, self._window)
        dialog.open()
        return dialog

    def _compare(self, pair: Pair) -> CompareDialog:
        dialog = CompareDialog(self._state, pair, self._window)
        dialog.show()
        return dialog

    def _action(self, icon: str, text: str, act: Callable[[], object]) -> QAction:
        action = QAction(text, self._table)
        icons.follow(action, icon)
        action.triggered.connect(act)
        self._table.addAction(action)
        return action

    @Slot()
    def _enable(self) -> None:
        rows = self._table.selectionModel().selectedRows()
        self.export.setEnabled(bool(rows))
        self.compare.setEnabled(len(rows) == 2)


def _only(exchange: Exchange, _: JobContext) -> Iterator[Exchange]:
    yield exchange
