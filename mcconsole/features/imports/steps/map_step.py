"""Map: which column goes into which field, and how its cells are read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core import mapping
from mcconsole.core.checks import Ambiguous
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.core.mapping import Mapping
from mcconsole.features.imports import remembered
from mcconsole.features.imports.choice_delegate import ChoiceDelegate
from mcconsole.features.imports.draft import Draft
from mcconsole.features.imports.mapping_model import ConstantsModel, MappingModel, Part
from mcconsole.features.imports.matching import Matching
from mcconsole.features.imports.remembered import Remembered
from mcconsole.features.imports.steps.file_step import about_rows
from mcconsole.features.imports.steps.step import Action, Step
from mcconsole.features.imports.widgets import Line, small_button
from mcconsole.ui import icons
from mcconsole.ui.pages import heading
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone

MAPPING_KEY = "imports.mapping"
RECALL_KEY = "imports.recall"
OFFERED_FORMATS = 4


class MapStep(Step):
    """The mapping table, the fields without a column, and what is still in the way on top."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.tr("Map"))
        self._shown: Matching | None = None
        self.missing = Line()
        self.question = Line()
        self.guesses = Line()
        self.offer = Line()
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
        self._build()
        self.model.edited.connect(self.draft.mapping_changed)
        self.model.refused.connect(self._refused)
        self.constants_model.edited.connect(self.draft.mapping_changed)

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
        leave = small_button(self.tr("Leave out all unmatched"))
        leave.clicked.connect(self._leave_out)
        load = small_button(self.tr("Load mapping…"))
        load.clicked.connect(self._ask_load)
        save = small_button(self.tr("Save mapping…"))
        icons.follow(load, "folder")
        icons.follow(save, "save")
        save.clicked.connect(self._ask_save)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.count, 1)
        for button in (leave, load, save):
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

    def open(self) -> bool:
        """There must be a file and a target."""
        return self.draft.matching is not None

    def enter(self) -> None:
        """Ask for the mapping that was used before."""
        if self.table.currentIndex().column() <= Part.HEADER:
            self.table.setCurrentIndex(self.model.index(0, Part.FIELD))
        self.table.setFocus()

    def look(self) -> None:
        """Show the matching and what is in the way."""
        matching = self.draft.matching
        if matching is not self._shown:
            self._shown = matching
            self.model.show(matching)
            self.offer.say(Tone.INFO, "")
            self.problem.say(Tone.ERROR, "")
            if matching is not None:
                self._recall(matching)
        else:
            self.model.refresh()
        self.constants_model.show(matching, self.draft.mode)
        self._lower.setVisible(self.constants_model.rowCount() > 0)
        if matching is not None:
            self._say(matching)
        self.looked.emit()

    def action(self) -> Action:
        """Check every row."""
        preview = self.draft.preview
        if self.draft.matching is None or preview is None:
            return Action(self.tr("Check every row"), possible=False)
        rows = f"{preview.estimated_rows:,}" if preview.complete else ""
        text = (
            self.tr("Check {} rows").format(rows)
            if rows
            else self.tr("Check {}").format(about_rows(preview.estimated_rows, self))
        )
        return Action(text, not self.draft.obstacle, self.draft.obstacle)

    def done(self) -> bool:
        """Whether nothing is in the way."""
        return self.draft.matching is not None and not self.draft.obstacle

    def summary(self) -> str:
        """How many columns are mapped."""
        matching = self.draft.matching
        if matching is None:
            return ""
        mapped = len(matching.columns) - matching.left_out
        return self.tr("{} of {} columns").format(f"{mapped:,}", f"{len(matching.columns):,}")

    def _say(self, matching: Matching) -> None:
        missing = matching.missing(self.draft.mode)
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
        self.draft.obstacle = ""
        if missing:
            self.draft.obstacle = self.tr("A required field has no column and no constant.")
        elif guesses:
            self.draft.obstacle = self.tr("A suggestion waits for your yes or no.")
        elif questions:
            self.draft.obstacle = self.tr("A date format must be chosen.")
        else:
            try:
                matching.resolved(self.draft.mode)
            except BadInput as error:
                self.draft.obstacle = str(error)
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
        if self.draft.matching is not None:
            self.draft.matching.set_date(field, form=form)
            self.draft.mapping_changed()

    @Slot()
    def _accept(self) -> None:
        if self.draft.matching is not None:
            self.draft.matching.accept_suggestions()
            self.draft.mapping_changed()

    @Slot()
    def _leave_out(self) -> None:
        if self.draft.matching is not None:
            self.draft.matching.leave_out_unmatched()
            self.draft.mapping_changed()

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

    def _recall(self, matching: Matching) -> None:
        self._recalled_for = matching
        self.state.runner.start(
            partial(_recall, de_key=matching.schema.key, headers=matching.headers),
            key=RECALL_KEY,
            label=self.tr("Looking for the mapping used before"),
            on_result=self._offer,
            on_error=self._not_loaded,
        )

    def _offer(self, found: Remembered | None) -> None:
        matching = self.draft.matching
        if found is None or matching is None or matching is not self._recalled_for:
            return
        if _same(found.mapping, matching.mapping()):
            return
        self.offer.say(
            Tone.INFO,
            self.tr("A file with this header was imported into {} before, on {}.").format(
                matching.schema.name, found.used[:10]
            ),
            (self.tr("Use that mapping"), partial(self._adopt, found.mapping)),
            (self.tr("No"), partial(self.offer.say, Tone.INFO, "")),
        )

    def _adopt(self, wanted: Mapping) -> None:
        matching = self.draft.matching
        if matching is None:
            return
        self.offer.say(Tone.INFO, "")
        self.problem.say(Tone.ERROR, "")
        try:
            matching.adopt(wanted)
        except BadInput as error:
            self.problem.say(Tone.ERROR, str(error))
        self.draft.mapping_changed()

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
        if self.draft.preview is not None:
            dialog.selectFile(f"{self.draft.preview.path.stem}.mapping.json")
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
            key=MAPPING_KEY,
            label=self.tr("Loading the mapping"),
            on_result=self._adopt,
            on_error=self._not_loaded,
        )

    @Slot(str)
    def _save(self, name: str) -> None:
        if self.draft.matching is None:
            return
        self.state.settings.set(last_mapping_folder=str(Path(name).parent))
        self.state.runner.start(
            partial(_save, wanted=self.draft.matching.mapping(), path=Path(name)),
            key=MAPPING_KEY,
            label=self.tr("Saving the mapping"),
            on_error=self._not_loaded,
        )

    def _not_loaded(self, error: ConsoleError) -> None:
        self.problem.say(Tone.ERROR, "\n".join(filter(None, (str(error), error.advice))))


def _same(one: Mapping, other: Mapping) -> bool:
    filled = {header: name for header, name in one.columns.items() if name}
    return filled == {h: n for h, n in other.columns.items() if n} and (one.constants, one.empty, one.decimals) == (
        other.constants,
        other.empty,
        other.decimals,
    )


def _recall(_: JobContext, de_key: str, headers: tuple[str, ...]) -> Remembered | None:
    return remembered.recall(de_key, headers)


def _load(_: JobContext, path: Path) -> Mapping:
    return mapping.load(path)


def _save(_: JobContext, wanted: Mapping, path: Path) -> None:
    try:
        mapping.save(wanted, path)
    except OSError as error:
        raise ConsoleError(f"{path}: the mapping could not be saved: {error.strerror or error}.") from None
