"""Check: every row against the data extension, nothing sent."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.journal import TROUBLE, trouble
from mcconsole.features.imports import service
from mcconsole.features.imports.draft import CHECK_KEY, Draft
from mcconsole.features.imports.fault_browser import FaultBrowser
from mcconsole.features.imports.files import copy_to
from mcconsole.features.imports.plan import Invalid, Plan, Route, make_plan
from mcconsole.features.imports.reader import Reading
from mcconsole.features.imports.route_words import route_words
from mcconsole.features.imports.service import Prepared
from mcconsole.features.imports.steps.file_step import size_of
from mcconsole.features.imports.steps.step import Action, Step
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import Pages, heading
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, Tile, plain, small_button

COPY_KEY = "imports.copy"


class CheckStep(Step):
    """Counts, reasons, cells; what to do with rows that fail; which route the others take."""

    reread = Signal()
    """The file must be looked at again."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.tr("Check"))
        self._shown: Prepared | None = None
        self._ended = False
        self.good = Tile("success", Tone.SUCCESS, self.tr("rows ready to be sent"))
        self.faulty = Tile("error", Tone.ERROR, self.tr("rows fail the check"))
        self.repeated = Tile("warning", Tone.WARNING, self.tr("rows repeat an earlier key"))
        self.browser = FaultBrowser(draft)
        self.refuse = QRadioButton(self.tr("Import &nothing while rows fail"))
        self.skip = QRadioButton(self.tr("&Leave those rows out and import the others"))
        self.route = QComboBox()
        self.route_reason = plain("")
        self.note = Line()
        self.pages = Pages(self._content())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.refuse.clicked.connect(self._invalid_chosen)
        self.skip.clicked.connect(self._invalid_chosen)
        self.route.activated.connect(self._route_chosen)

    def _content(self) -> QWidget:
        tiles = QHBoxLayout()
        tiles.setSpacing(10)
        for tile in (self.good, self.faulty, self.repeated):
            tiles.addWidget(tile, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(tiles)
        column.addWidget(self.note)
        column.addWidget(self._faulty_part(), 1)
        column.addWidget(self._all_good(), 1)
        column.addLayout(self._route_part())
        for part in (self._faulty_box, self._praise):  # together they would ask for too high a window
            part.hide()
        return whole

    def _faulty_part(self) -> QWidget:
        group = QButtonGroup(self)
        group.addButton(self.refuse)
        group.addButton(self.skip)
        save = small_button(self.tr("Save the faulty rows as…"))
        icons.follow(save, "save")
        save.clicked.connect(self._ask_save)
        choice = QHBoxLayout()
        choice.setSpacing(18)
        for widget in (self.refuse, self.skip):
            choice.addWidget(widget)
        choice.addStretch(1)
        choice.addWidget(save)
        self._faulty_box = QWidget()
        column = QVBoxLayout(self._faulty_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(choice)
        column.addWidget(self.browser, 1)
        return self._faulty_box

    def _all_good(self) -> QWidget:
        self._praise = QWidget()
        self._praise_icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        theme.changed.connect(self._paint)
        self._paint()
        self._praise_text = heading("", 1.2)
        self._praise_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self._praise)
        column.addStretch(2)
        column.addWidget(self._praise_icon)
        column.addWidget(self._praise_text)
        column.addStretch(3)
        return self._praise

    @Slot()
    def _paint(self) -> None:
        self._praise_icon.setPixmap(icons.pixmap("success", 48, Tone.SUCCESS))

    def _route_part(self) -> QHBoxLayout:
        for route in Route:
            self.route.addItem(route_words(route), route.value)
        self.route.setAccessibleName(self.tr("Route"))
        label = QLabel(self.tr("&Route"))
        label.setBuddy(self.route)
        theme.tint(self.route_reason, Tone.NEUTRAL)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label)
        row.addWidget(self.route)
        row.addWidget(self.route_reason, 1)
        return row

    def open(self) -> bool:
        """There must be a check, or one on its way, or a mapping to check by."""
        return self.draft.prepared is not None or self._plan_possible()

    def enter(self) -> None:
        """Check at once: that is what one comes here for."""
        if self.draft.prepared is None and not self.draft.busy:
            self.start()

    def look(self) -> None:
        """Show the check, or that it must be made again."""
        prepared = self.draft.prepared
        self.refuse.setChecked(self.draft.invalid is Invalid.REFUSE)
        self.skip.setChecked(self.draft.invalid is Invalid.SKIP)
        if prepared is not self._shown:
            self._shown = prepared
            if prepared is not None:
                self._show(prepared)
            elif not self.draft.busy:
                self._show_stale()
        self.looked.emit()

    def action(self) -> Action:
        """Go on to the run."""
        text = self.tr("Review and run")
        prepared = self.draft.prepared
        if self.draft.busy:
            return Action(text, possible=False)
        if prepared is None:
            return Action(self.tr("Check every row"), self._plan_possible())
        if prepared.summary.faulty and self.draft.invalid is Invalid.REFUSE:
            return Action(text, possible=False, why_not=self.tr("Rows fail: correct them, or leave them out."))
        if not prepared.summary.good:
            return Action(text, possible=False, why_not=self.tr("No row is left to be sent."))
        return Action(text)

    def act(self) -> None:
        """Check, or go on."""
        if self.draft.prepared is None:
            self.start()
        else:
            self.advanced.emit()

    def done(self) -> bool:
        """Whether rows can be sent, or were."""
        return self.draft.ran is not None or (self.draft.prepared is not None and self.action().possible)

    def summary(self) -> str:
        """What the check came to."""
        prepared = self.draft.prepared or self.draft.ran
        if prepared is None:
            return ""
        if prepared.summary.faulty:
            return self.tr("{} of {} rows fail").format(f"{prepared.summary.faulty:,}", f"{prepared.summary.rows:,}")
        return self.tr("{} rows good").format(f"{prepared.summary.rows:,}")

    def refresh(self) -> None:
        """Check again."""
        if not self.draft.busy and self._plan_possible():
            self.draft.drop_check()
            self.start()

    def start(self) -> None:
        """Check the file in the background."""
        try:
            plan = self._plan()
        except ConsoleError as error:
            way_out = ((self.tr("Use the automatic route"), self._use_automatic_route),)
            actions = way_out if self.draft.route is not Route.AUTO else ()
            self.pages.show_error(error, None, *actions, title=self.tr("The file cannot be checked yet"))
            return
        self._ended = False
        task = self.state.runner.start(
            partial(service.prepare, plan=plan),
            key=CHECK_KEY,
            label=self.tr("Checking {}").format(plan.path.name),
            on_result=self._arrived,
            on_error=self._failed,
            on_cancelled=self._cancelled,
            on_progress=self._progress,
            on_done=self.looked.emit,
        )
        if task is not None and not self._ended:
            self.pages.show_working(
                self.tr("Checking every row of {}; nothing is sent").format(plan.path.name), task.cancel
            )
        self.looked.emit()

    def _use_automatic_route(self) -> None:
        self.draft.set_route(Route.AUTO)
        self.start()

    def _plan_possible(self) -> bool:
        return self.draft.matching is not None and not self.draft.obstacle

    def _plan(self) -> Plan:
        draft = self.draft
        if draft.preview is None or draft.schema is None or draft.matching is None:
            raise BadInput(self.tr("There is no file or no target."))
        if draft.matching.suggestions or draft.matching.questions():
            raise BadInput(self.tr("The mapping has open questions."), advice=self.tr("Answer them in the step Map."))
        return make_plan(
            draft.preview, draft.schema, draft.matching.resolved(draft.mode.checks_as), draft.mode, draft.route
        )

    def _arrived(self, prepared: Prepared) -> None:
        self._ended = True
        try:
            current = prepared.plan == self._plan()
        except ConsoleError:
            current = False
        self.draft.set_prepared(prepared)
        if not current:
            self.draft.drop_check()

    def _failed(self, error: ConsoleError) -> None:
        self._ended = True
        self.pages.show_error(
            error,
            self.start,
            (self.tr("Look at the file again"), self.reread.emit),
            title=self.tr("The check did not come to its end"),
        )

    def _cancelled(self) -> None:
        self._ended = True
        self._show_stale(self.tr("You cancelled the check. Nothing was sent."))

    def _progress(self, progress: Progress) -> None:
        detail = progress.detail
        note = progress.note
        if isinstance(detail, Reading):
            note = self.tr("{} of {} read  ·  {} rows  ·  {} fail").format(
                size_of(detail.bytes_read), size_of(int(progress.total or 0)), f"{detail.rows:,}", f"{detail.faulty:,}"
            )
        self.pages.show_progress(Progress(progress.done, progress.total, note))

    def _show_stale(self, text: str = "") -> None:
        self.pages.show_empty(
            self.tr("Not checked yet"),
            text or self.tr("Every row is checked against the data extension before anything is sent."),
            (self.tr("Check every row"), self.start),
            icon="check",
        )

    def _show(self, prepared: Prepared) -> None:
        summary = prepared.summary
        self.good.show_number(summary.good)
        self.faulty.show_number(summary.faulty)
        self.repeated.show_number(summary.repeated)
        self.repeated.setVisible(bool(summary.repeated))
        self.note.say(Tone.WARNING, "\n".join(prepared.warnings))
        self._faulty_box.setVisible(bool(summary.faulty))
        self._praise.setVisible(not summary.faulty)
        self._praise_text.setText(self.tr("Every row fits {}").format(prepared.plan.schema.name))
        self.route.setCurrentIndex(self.route.findData(self.draft.route.value))
        self.route_reason.setText(f"{route_words(prepared.choice.route)}: {prepared.choice.reason}")
        self.browser.show_faults(prepared)
        self.pages.show_content()

    @Slot()
    def _invalid_chosen(self) -> None:
        self.draft.set_invalid(Invalid.SKIP if self.skip.isChecked() else Invalid.REFUSE)

    @Slot()
    def _route_chosen(self) -> None:
        wanted = Route(str(self.route.currentData()))
        if wanted is self.draft.route:
            return
        before = self.draft.route
        self.draft.set_route(wanted)
        try:
            self._plan()
        except ConsoleError as error:
            self.draft.set_route(before)
            self.state.show_error(error, key="imports.route")
        self.route.setCurrentIndex(self.route.findData(self.draft.route.value))
        self.start()

    @Slot()
    def _ask_save(self) -> None:
        prepared = self.draft.prepared
        if prepared is None:
            return
        dialog = QFileDialog(self, self.tr("Save the faulty rows"), self.state.settings.text("last_folder"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{prepared.plan.path.stem}.faulty.csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_faulty)
        dialog.open()

    @Slot(str)
    def save_faulty(self, name: str) -> None:
        """Write the rows that fail, with the reason, to a file."""
        if self.draft.prepared is not None:
            self.state.runner.start(
                partial(_save_faulty, prepared=self.draft.prepared, path=Path(name)),
                key=COPY_KEY,
                label=self.tr("Saving the faulty rows"),
                on_result=self._saved,
                on_error=self._not_saved,
            )

    def _not_saved(self, error: ConsoleError) -> None:
        self.state.show_error(error, key="imports.saved")

    def _saved(self, path: Path) -> None:
        self.state.messages.success(self.tr("Saved: {}").format(path), key="imports.saved")


def _save_faulty(ctx: JobContext, prepared: Prepared, path: Path) -> Path:
    try:
        written = prepared.write_faulty()
    except TROUBLE as error:
        raise trouble(prepared.folder, error) from None
    if written is None:
        raise ConsoleError("No row fails the check.")
    return copy_to(ctx, written, path)
