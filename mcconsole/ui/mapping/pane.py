"""The mapping table with everything around it: what is in the way on top, fields without a column below."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from mcconsole.core import mapping
from mcconsole.core.checks import Ambiguous
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.core.mapping import Mapping
from mcconsole.core.matching import Matching
from mcconsole.ui import icons
from mcconsole.ui.mapping.choice_delegate import ChoiceDelegate
from mcconsole.ui.mapping.models import ConstantsModel, MappingModel, Part
from mcconsole.ui.pages import heading
from mcconsole.ui.state import AppState
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, small_button

OFFERED_FORMATS = 4


class MappingPane(QWidget):
    """Shows a Matching and changes it in place. `obstacle` says why it cannot be used yet."""

    edited = Signal()
    """The matching was changed; whoever owns it shows it again."""

    def __init__(self, state: AppState, *, key: str, parent: QWidget | None = None) -> None:
        """`key` is that of the job that loads and saves mappings."""
        super().__init__(parent)
        self.state = state
        self.obstacle = ""
        self._key = key
        self._matching: Matching | None = None
        self.missing = Line()
        self.question = Line()
        self.guesses = Line()
        self.offer = Line()
        """For a mapping that is offered; whoever owns the pane speaks here."""
        self.problem = Line()
        self.model = MappingModel(self)
        self.constants_model = ConstantsModel(self)
        self.table = TableView(
            self.model,
            name=self.tr("Columns of the file and their fields"),
            widths=(170, 190, 200, 145, 120, 130, 160, 130),
            cells=True,
        )
        self.constants = TableView(
            self.constants_model, name=self.tr("Fields without a column"), widths=(220, 140, 190), stretch=3, cells=True
        )
        self.count = QLabel()
        self.leave = small_button(self.tr("Leave out all unmatched"))
        self._build()
        self.model.edited.connect(self.edited)
        self.model.refused.connect(self._refused)
        self.constants_model.edited.connect(self.edited)

    def _build(self) -> None:
        edit = QAbstractItemView.EditTrigger
        self.table.setItemDelegate(ChoiceDelegate(self.table))
        for table in (self.table, self.constants):
            table.setEditTriggers(edit.EditKeyPressed | edit.AnyKeyPressed | edit.DoubleClicked)
            table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
            table.setTabKeyNavigation(False)
            table.verticalHeader().hide()
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.clicked.connect(self._open_choice)
        self.table.activated_row.connect(self._open_choice)
        self.constants.clicked.connect(self._open_constant)
        self.constants.activated_row.connect(self._open_constant)
        self.leave.clicked.connect(self._leave_out)
        load = small_button(self.tr("Load mapping…"))
        load.clicked.connect(self._ask_load)
        save = small_button(self.tr("Save mapping…"))
        icons.follow(load, "folder")
        icons.follow(save, "save")
        save.clicked.connect(self._ask_save)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.count, 1)
        for button in (self.leave, load, save):
            tools.addWidget(button)
        upper = QWidget()
        top = QVBoxLayout(upper)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(8)
        top.addLayout(tools)
        top.addWidget(self.table, 1)
        self._lower = QWidget()
        bottom = QVBoxLayout(self._lower)
        bottom.setContentsMargins(0, 6, 0, 0)
        bottom.setSpacing(6)
        bottom.addWidget(heading(self.tr("Fields without a column"), 1.0))
        bottom.addWidget(self.constants, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(upper)
        split.addWidget(self._lower)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([430, 190])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for line in (self.missing, self.question, self.guesses, self.problem, self.offer):
            column.addWidget(line)
        column.addWidget(split, 1)

    def focus_table(self) -> None:
        """Put the keyboard on the first field."""
        if self.table.currentIndex().column() <= Part.HEADER:
            self.table.setCurrentIndex(self.model.index(0, Part.FIELD))
        self.table.setFocus()

    def show_matching(self, matching: Matching | None, mode: str) -> None:
        """Show a matching, or the same again after a change, and what is in the way of it."""
        if matching is not self._matching:
            self._matching = matching
            self.model.show(matching)
            self.offer.say(Tone.INFO, "")
            self.problem.say(Tone.ERROR, "")
        else:
            self.model.refresh()
        self.constants_model.show(matching, mode)
        self._lower.setVisible(self.constants_model.rowCount() > 0)
        self.leave.setEnabled(matching is not None and bool(matching.suggestions))
        self.obstacle = ""
        if matching is not None:
            self._say(matching, mode)

    def _say(self, matching: Matching, mode: str) -> None:
        missing = matching.missing(mode)
        questions = matching.questions()
        guesses = matching.suggestions
        names = ", ".join(f"“{field.name}”" for field in missing)
        self.missing.say(
            Tone.ERROR, self.tr("Required, and without a column or constant: {}.").format(names) if missing else ""
        )
        self._ask(matching, questions)
        listed = ", ".join(f"{column.header} → {column.field}" for column in guesses[:4]) + (
            " …" if guesses[4:] else ""
        )
        self.guesses.say(
            Tone.WARNING,
            self.tr("Only alike in name: {}. Is that meant?").format(listed) if guesses else "",
            (self.tr("Accept"), self._accept),
            (self.tr("Leave out"), self._leave_out),
        )
        if missing:
            self.obstacle = self.tr("A required field has no column and no constant.")
        elif guesses:
            self.obstacle = self.tr("A suggestion waits for your yes or no.")
        elif questions:
            self.obstacle = self.tr("A date format must be chosen.")
        else:
            try:
                matching.resolved(mode)
            except BadInput as error:
                self.obstacle = str(error)
        left = matching.left_out
        mapped = len(matching.columns) - left - len(guesses)
        parts = [self.tr("Mapped: {} of {} columns").format(f"{mapped:,}", f"{len(matching.columns):,}")]
        if guesses:
            parts.append(self.tr("only alike: {}").format(f"{len(guesses):,}"))
        if left:
            parts.append(self.tr("left out: {}").format(f"{left:,}"))
        self.count.setText("  ·  ".join(parts))

    def _ask(self, matching: Matching, questions: list[Ambiguous]) -> None:
        if not questions:
            self.question.say(Tone.WARNING, "")
            return
        asked = questions[0]
        samples = next(c.samples for c in matching.columns if c.header == asked.header)
        more = self.tr(" ({} more columns ask the same.)").format(len(questions) - 1) if questions[1:] else ""
        self.question.say(
            Tone.WARNING,
            self.tr("The dates in “{}”, such as {}, can be read in more than one way. Which is it?").format(
                asked.header, samples[0] if samples else ""
            )
            + more,
            *((form, partial(self._answer, asked.field, form)) for form in asked.formats[:OFFERED_FORMATS]),
        )

    def _answer(self, field: str, form: str) -> None:
        if self._matching is not None:
            self._matching.set_date(field, form=form)
            self.edited.emit()

    @Slot()
    def _accept(self) -> None:
        if self._matching is not None:
            self._matching.accept_suggestions()
            self.edited.emit()

    @Slot()
    def _leave_out(self) -> None:
        if self._matching is not None:
            self._matching.leave_out_unmatched()
            self.edited.emit()

    @Slot(object)
    def _open_choice(self, index: QModelIndex) -> None:
        if self.model.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self.table.edit(index)

    @Slot(object)
    def _open_constant(self, index: QModelIndex) -> None:
        self.constants.setCurrentIndex(index.siblingAtColumn(3))
        self.constants.edit(index.siblingAtColumn(3))

    @Slot(str)
    def _refused(self, why: str) -> None:
        self.problem.say(Tone.ERROR, why)

    def adopt(self, wanted: Mapping) -> None:
        """Take over a mapping, such as a saved one."""
        matching = self._matching
        if matching is None:
            return
        self.offer.say(Tone.INFO, "")
        self.problem.say(Tone.ERROR, "")
        try:
            matching.adopt(wanted)
        except BadInput as error:
            self.problem.say(Tone.ERROR, str(error))
        self.edited.emit()

    @Slot()
    def _ask_load(self) -> None:
        dialog = self._dialog(self.tr("Load a mapping"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._load)
        dialog.open()

    @Slot()
    def _ask_save(self) -> None:
        dialog = self._dialog(self.tr("Save the mapping"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        if self._matching is not None:
            dialog.selectFile(f"{self._matching.path.stem}.mapping.json")
        dialog.fileSelected.connect(self._save)
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self, title, self.state.settings.text("last_mapping_folder"))
        dialog.setNameFilters([self.tr("Mappings (*.json)"), self.tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    @Slot(str)
    def _load(self, name: str) -> None:
        self.state.settings.set(last_mapping_folder=str(Path(name).parent))
        self.state.runner.start(
            partial(_load, path=Path(name)),
            key=self._key,
            label=self.tr("Loading the mapping"),
            on_result=self.adopt,
            on_error=self.tell,
        )

    @Slot(str)
    def _save(self, name: str) -> None:
        if self._matching is None:
            return
        self.state.settings.set(last_mapping_folder=str(Path(name).parent))
        self.state.runner.start(
            partial(_save, wanted=self._matching.mapping(), path=Path(name)),
            key=self._key,
            label=self.tr("Saving the mapping"),
            on_error=self.tell,
        )

    def tell(self, error: ConsoleError) -> None:
        """Show why a mapping could not be loaded or saved."""
        self.problem.say(Tone.ERROR, "\n".join(filter(None, (str(error), error.advice))))


def _load(_: JobContext, path: Path) -> Mapping:
    return mapping.load(path)


def _save(_: JobContext, wanted: Mapping, path: Path) -> None:
    try:
        mapping.save(wanted, path)
    except OSError as error:
        raise ConsoleError(f"{path}: the mapping could not be saved: {error.strerror or error}.") from None
