"""The import tab: six steps on one page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout

from mcconsole.core.mapping import Mapping
from mcconsole.core.tables import Dialect
from mcconsole.features.imports.draft import CHECK_KEY, Draft
from mcconsole.features.imports.steps.check_step import CheckStep
from mcconsole.features.imports.steps.file_step import FileStep
from mcconsole.features.imports.steps.history_step import HistoryStep
from mcconsole.features.imports.steps.map_step import MapStep
from mcconsole.features.imports.steps.result_step import ResultStep
from mcconsole.features.imports.steps.run_step import RunStep
from mcconsole.features.imports.steps.step import Step, StepBar
from mcconsole.features.imports.steps.target_step import TargetStep
from mcconsole.ui import icons, theme
from mcconsole.ui.manifest import Tab
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import MainButton, plain, small_button

WHY_WIDTH = 620
FILE, TARGET, MAP, CHECK, RUN, RESULT, HISTORY = range(7)


class ImportsTab(Tab):
    """The steps, the way between them, and the one main action."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.draft = Draft(state, self)
        self.file = FileStep(self.draft)
        self.target = TargetStep(self.draft)
        self.map = MapStep(self.draft)
        self.check = CheckStep(self.draft)
        self.run_step = RunStep(self.draft)
        self.result = ResultStep(self.draft)
        self.history = HistoryStep(self.draft)
        way: list[Step] = [self.file, self.target, self.map, self.check, self.run_step, self.result]
        self.bar = StepBar([step.title for step in way])
        self.steps = [*way, self.history]
        self.stack = QStackedWidget()
        self.back = small_button(self.tr("Back"))
        self.main = MainButton()
        self.why = plain("")
        self._why_icon = QLabel()
        self._to_map = False
        self._build()
        self._wire()
        self._look()

    def _build(self) -> None:
        for step in self.steps:
            self.stack.addWidget(step)
        icons.follow(self.back, "back")
        self.main.setMinimumWidth(180)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self._why_icon)
        foot.addWidget(self.why)
        foot.addWidget(self.main)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 12)
        column.setSpacing(12)
        column.addWidget(self.bar)
        column.addWidget(self.stack, 1)
        column.addLayout(foot)

    def _wire(self) -> None:
        for step in self.steps:
            step.advanced.connect(self._advance)
            step.looked.connect(self._look)
        self.bar.chosen.connect(self.show_step)
        self.back.clicked.connect(self._back)
        self.main.clicked.connect(self.run)
        self.draft.changed.connect(self._draft_changed)
        self.file.choose.connect(self._choose_file)
        self.file.earlier.connect(self._show_history)
        self.check.reread.connect(self._reread)
        self.run_step.resumed.connect(self._show_run)
        self.result.onward.connect(self.run_step.go_on)
        self.result.retry.connect(self.retry)
        self.result.another.connect(self._another)
        self.result.whole.connect(self._check_again)
        self.state.file_dropped.connect(self.open_file)
        self.state.runs_wanted.connect(self._runs_wanted)
        self.state.connection_changed.connect(self._connection_changed)
        theme.changed.connect(self._look)

    @property
    def current(self) -> int:
        """The number of the step in front."""
        return self.stack.currentIndex()

    @Slot(int)
    def show_step(self, number: int) -> None:
        """Bring a step to the front, when what it rests on is there and nothing is on its way."""
        if self.draft.running and number != RUN:
            return
        if not self.steps[number].open():
            return
        if number < CHECK and self.draft.busy:
            self.state.runner.cancel(CHECK_KEY)
        self.stack.setCurrentIndex(number)
        self.steps[number].enter()
        self._look()

    def run(self) -> None:
        """Ctrl+Return: the step's main action."""
        step = self.steps[self.current]
        if step.action().possible:
            step.act()

    def refresh(self) -> None:
        """F5."""
        self.steps[self.current].refresh()

    @Slot(object)
    def open_file(self, path: Path) -> None:
        """A file was dropped or chosen."""
        if self._refuse_while_running():
            return
        self.state.runner.cancel(CHECK_KEY)
        self._to_map = False
        self.stack.setCurrentIndex(FILE)
        self.file.open_file(path)
        self._look()

    @Slot()
    def retry(self) -> None:
        """Load the rows that did not land into the same target with the same mapping."""
        result, ran = self.draft.result, self.draft.ran
        if result is None or ran is None or result.failed_file is None or self._refuse_while_running():
            return
        for caution in self.result.cautions(result, ran):
            self.state.messages.warning(caution, key="imports.caution")
        dialect = Dialect("utf-8-sig", ran.plan.dialect.delimiter or ",", '"', None, has_header=True)
        used = ran.plan.mapping
        carried = Mapping(
            {header: used.columns.get(header) for header in ran.plan.headers},
            used.constants,
            used.dates,
            used.decimals,
            used.empty,
        )
        self.stack.setCurrentIndex(FILE)
        self._to_map = True
        self.file.open_file(result.failed_file, dialect, carried, ("_row", "_reason"))

    def prepare_close(self) -> None:
        """Let go of what is only prepared."""
        self.draft.close()

    def _refuse_while_running(self) -> bool:
        if self.draft.running:
            self.state.messages.info(
                self.tr("An import is running."),
                advice=self.tr("Open the file again when it has ended."),
                key="imports.busy",
            )
        return self.draft.running

    @Slot()
    def _draft_changed(self) -> None:
        if self._to_map and self.draft.matching is not None:
            self._to_map = False
            self.show_step(MAP)
        self._look()

    @Slot(str)
    def _runs_wanted(self, tab_id: str) -> None:
        if tab_id == "imports":
            self.show_step(HISTORY)

    @Slot()
    def _show_history(self) -> None:
        self.show_step(HISTORY)

    @Slot()
    def _show_run(self) -> None:
        self.show_step(RUN)

    @Slot()
    def _reread(self) -> None:
        self.show_step(FILE)
        self.file.refresh()

    @Slot()
    def _another(self) -> None:
        self.draft.start_over()
        self.show_step(FILE)

    @Slot()
    def _check_again(self) -> None:
        self.show_step(CHECK)

    @Slot()
    def _advance(self) -> None:
        if self.current == RUN:
            QApplication.alert(self.window())
        self.show_step(RESULT if self.current == HISTORY else min(self.current + 1, RESULT))

    @Slot()
    def _back(self) -> None:
        self.show_step(FILE if self.current == HISTORY else max(self.current - 1, FILE))

    @Slot()
    def _connection_changed(self) -> None:
        if (
            not self.draft.running
            and self.current not in (FILE, RESULT, HISTORY)
            and not self.steps[self.current].open()
        ):
            self.show_step(TARGET if self.target.open() else FILE)

    @Slot()
    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a file to import"), self.state.settings.text("last_folder"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Delimited text (*.csv *.tsv *.txt *.psv)"), self.tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._file_selected)
        dialog.open()

    @Slot(str)
    def _file_selected(self, name: str) -> None:
        path = Path(name)
        self.state.settings.set(last_folder=str(path.parent))
        self.state.settings.add_recent("recent_files", str(path))
        self.open_file(path)

    @Slot()
    def _look(self) -> None:
        current = self.current
        running = self.draft.running
        self.bar.show_states(
            current,
            [
                (step.open() and (not running or number == RUN), step.done(), step.summary())
                for number, step in enumerate(self.steps[:HISTORY])
            ],
        )
        action = self.steps[current].action()
        self.main.say(action.text)
        self.main.setEnabled(action.possible)
        self.main.setToolTip(f"{action.text} (Ctrl+Return)")
        self.why.setText(action.why_not)
        self.why.setMinimumWidth(min(WHY_WIDTH, self.why.fontMetrics().horizontalAdvance(action.why_not) + 6))
        self.why.setVisible(bool(action.why_not))
        self._why_icon.setVisible(bool(action.why_not))
        self._why_icon.setPixmap(icons.pixmap("warning", 18, Tone.WARNING))
        self.back.setVisible(current not in (FILE, RESULT))
        self.back.setEnabled(not running)
