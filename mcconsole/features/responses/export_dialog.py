"""Exporting calls: as HAR or as a pack of evidence, after a look at exactly what is masked in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Slot, qVersion
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core import clock
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.responses import export
from mcconsole.features.responses.export import Calls, Hidden, Preview, Wish
from mcconsole.ui import icons, theme
from mcconsole.ui.cells import Index, TitledTable
from mcconsole.ui.pages import heading, show_on_bar
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import plain, small_button

KEY = "responses.export"
BANNER = "responses.export"


class ExportDialog(QDialog):
    """Chooses what to write, shows what is masked, and writes it in the background."""

    def __init__(self, state: AppState, calls: Calls, what: str, parent: QWidget | None = None) -> None:
        """`what` names the calls, such as the label of their job."""
        super().__init__(parent)
        self._state = state
        self._calls = calls
        self._results: tuple[Path, ...] = ()
        self._looked: Wish | None = None
        self._found = 0
        self._again = False
        self.setWindowTitle(self.tr("Export calls"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.pack = QRadioButton(self.tr("&Evidence pack for a ticket (zip: HAR, bodies, results, versions)"))
        self.har = QRadioButton(self.tr("&HAR, which the network panel of a browser opens"))
        self.pack.setChecked(True)
        self.emails = QCheckBox(self.tr("Mask e-&mail addresses"))
        self.phones = QCheckBox(self.tr("Mask &phone numbers"))
        for box in (self.emails, self.phones):
            box.setChecked(True)
            box.toggled.connect(self._look)
        self.add_results = small_button(self.tr("Add a &result CSV…"))
        icons.follow(self.add_results, "add")
        self.add_results.setAutoDefault(False)
        self.add_results.clicked.connect(self._choose_results)
        self.results = plain("")
        self.results.hide()
        self.pack.toggled.connect(self._kind_chosen)
        self.words = plain("")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("How far it is"))
        self.model = HiddenModel(self)
        self.table = TableView(
            self.model, name=self.tr("What is masked"), widths=(50, 150, 250), cells=False, sortable=False
        )
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setMinimumHeight(180)
        self.save = QPushButton(self.tr("Save…"))
        icons.follow(self.save, "save")
        self.save.clicked.connect(self._choose)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.rejected.connect(self.reject)
        self.save.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(10)
        column.addWidget(heading(what))
        column.addWidget(self.pack)
        column.addWidget(self.har)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.emails)
        row.addWidget(self.phones)
        row.addStretch(1)
        row.addWidget(self.add_results)
        column.addLayout(row)
        column.addWidget(self.results)
        column.addWidget(QLabel(self.tr("What is masked")))
        column.addWidget(self.table, 1)
        for widget in (self.words, self.bar, buttons):
            column.addWidget(widget)
        self.resize(760, 560)
        self._look()

    def wish(self) -> Wish:
        """What is chosen."""
        results = self._results if self.pack.isChecked() else None
        return Wish(self._calls, self.emails.isChecked(), self.phones.isChecked(), results)

    def reject(self) -> None:
        """Close, and stop what is going on."""
        self._state.runner.cancel(KEY)
        super().reject()

    @Slot()
    def _kind_chosen(self) -> None:
        self.add_results.setEnabled(self.pack.isChecked())
        self._look()

    @Slot()
    def _look(self) -> None:
        """Go through what is chosen; the latest wish wins."""
        self._looked = None
        self._found = 0
        self.save.setEnabled(False)
        self._say(self.tr("Looking what there is to mask…"))
        started = self._state.runner.start(
            partial(_look, wish=self.wish()),
            key=KEY,
            label=self.tr("Looking what to mask"),
            on_result=self._seen,
            on_error=self._failed,
            on_cancelled=self._cancelled,
            on_progress=self._progress,
            on_done=self._done,
        )
        if started is None:
            self._again = True
            self._state.runner.cancel(KEY)

    def _seen(self, result: tuple[Wish, Preview]) -> None:
        wish, preview = result
        if wish != self.wish():
            return
        self._looked = wish
        self._found = preview.calls
        with_, without = (", ".join(path.name for path in paths) for paths in (preview.results, preview.too_large))
        self.results.setText(
            "\n".join(
                (
                    *([self.tr("With the results {}").format(with_)] if with_ else []),
                    *([self.tr("Too large, so left out: {}").format(without)] if without else []),
                )
            )
        )
        self.results.setVisible(bool(with_ or without))
        self.model.show_rows(preview.hidden)
        calls = self.tr("{:,} calls.").format(preview.calls) if preview.calls != 1 else self.tr("1 call.")
        if preview.more_calls:
            calls = self.tr("The first {:,} calls; narrow the list for the others.").format(preview.calls)
        counts = ", ".join(f"{what}: {count:,}" for what, count in sorted(preview.counts.items()))
        told = self.tr("Masked: {}.").format(counts) if counts else self.tr("There is nothing to mask.")
        more = self.tr("The first {:,} places are listed.").format(len(preview.hidden))
        listed = more if sum(preview.counts.values()) > len(preview.hidden) else ""
        self._say(" ".join(part for part in (calls, told, listed) if part))

    def _cancelled(self) -> None:
        self._say(self.tr("Cancelled; no file was written."))

    def _failed(self, error: ConsoleError) -> None:
        self._say(" ".join(part for part in (str(error), error.advice) if part), Tone.ERROR)

    def _progress(self, progress: Progress) -> None:
        show_on_bar(self.bar, progress)
        self.bar.setVisible(True)

    def _done(self) -> None:
        self.bar.setVisible(False)
        self.save.setEnabled(self._found > 0)
        if self._again:
            self._again = False
            self._look()

    def _say(self, text: str, tone: Tone = Tone.NEUTRAL) -> None:
        self.words.setText(text)
        theme.tint(self.words, tone)

    @Slot()
    def _choose_results(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, self.tr("Results to put into the pack"), "", "CSV (*.csv)")
        if chosen:
            self.attach(tuple(Path(one) for one in chosen))

    def attach(self, results: tuple[Path, ...]) -> None:
        """Put files of results into the pack."""
        self._results = results
        self._look()

    @Slot()
    def _choose(self) -> None:
        pack = self.pack.isChecked()
        name = f"evidence-{clock.now().astimezone():%Y%m%d-%H%M}.zip" if pack else "calls.har"
        kind = self.tr("Zip (*.zip)") if pack else self.tr("HAR (*.har)")
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save"), name, kind)
        if chosen:
            self.write(Path(chosen))

    def write(self, path: Path) -> None:
        """Write the file, and close when it is there."""
        if self._looked is None:
            return
        self.save.setEnabled(False)
        self._say(self.tr("Writing {}…").format(path))
        job = partial(_pack if self.pack.isChecked() else _har, wish=self._looked, path=path)
        self._state.runner.start(
            job,
            key=KEY,
            label=self.tr("Writing {}").format(path.name),
            on_result=self._written,
            on_error=self._failed,
            on_cancelled=self._cancelled,
            on_progress=self._progress,
            on_done=self._done,
        )

    def _written(self, result: tuple[int, Path]) -> None:
        calls, path = result
        told = self.tr("{:,} calls were written to {}.") if calls != 1 else self.tr("{} call was written to {}.")
        self._state.messages.success(told.format(calls, path), key=BANNER)
        self.accept()


class HiddenModel(TitledTable):
    """The places where something is masked."""

    rows: Sequence[Hidden]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.titles = (self.tr("Call"), self.tr("Part"), self.tr("Path"), self.tr("What is masked"))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt's question for one cell."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        place = self.rows[index.row()]
        return (str(place.call or ""), place.part, place.path, place.what)[index.column()]


def _look(ctx: JobContext, *, wish: Wish) -> tuple[Wish, Preview]:
    return wish, export.look(ctx, wish)


def _har(ctx: JobContext, *, wish: Wish, path: Path) -> tuple[int, Path]:
    return export.write_har(ctx, wish, path).calls, path


def _pack(ctx: JobContext, *, wish: Wish, path: Path) -> tuple[int, Path]:
    return export.write_pack(ctx, wish, path, export.versions(qVersion())).calls, path
