"""A CSV of contacts for the chosen entry source: choose, map, check, fire once, and see what became of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox, QStackedWidget, QVBoxLayout, QWidget

from mcconsole.core.checks import FaultyRows
from mcconsole.core.errors import ApiError, BadInput, ConsoleError, Refused
from mcconsole.core.guard import Repeated
from mcconsole.core.matching import Matching
from mcconsole.core.tables import Dialect, Preview
from mcconsole.core.tenant import Environment
from mcconsole.features.journeys import many
from mcconsole.features.journeys.draft import Draft
from mcconsole.features.journeys.greeting import UNFINISHED
from mcconsole.features.journeys.many import FieldsChanged, Prepared
from mcconsole.features.journeys.many_pages import jobs
from mcconsole.features.journeys.many_pages.file_page import FilePage, contacts, rows_of
from mcconsole.features.journeys.many_pages.result_page import ResultPage
from mcconsole.features.journeys.many_pages.run_page import RunPage
from mcconsole.features.journeys.many_pages.start_page import StartPage
from mcconsole.features.journeys.run import Run
from mcconsole.features.journeys.situation import Situation
from mcconsole.ui import theme
from mcconsole.ui.confirm import ask
from mcconsole.ui.drop_zone import dropped_file

FILE_KEY = "journeys.many.file"
CHECK_KEY = "journeys.many.check"
RUN_KEY = "journeys.many.run"


class ManyView(QWidget):
    """The four pages of a run, and the jobs between them."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.prepared: Prepared | None = None
        self.question: QMessageBox | None = None
        self._known: Situation | None = None
        self._path: Path | None = None
        self._dialect: Dialect | None = None
        self._asked: tuple[Situation | None, Path | None, Dialect | None] = (None, None, None)
        self._ran: Prepared | None = None
        self._checks = 0
        self.start = StartPage(self.state)
        self.file = FilePage(self.state)
        self.running = RunPage()
        self.result = ResultPage(self.state)
        self.pages = QStackedWidget()
        for page in (self.start, self.file, self.running, self.result):
            self.pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.setAcceptDrops(True)
        self._wire()
        self.look()
        self.start.list_runs()

    def _wire(self) -> None:
        self.draft.changed.connect(self.look)
        self.start.choose.connect(self.choose_file)
        self.start.resume.connect(self.resume)
        self.start.told.connect(self._show)
        self.file.other.connect(self.show_start)
        self.file.edited.connect(self._edited)
        self.file.reread.connect(self._reread)
        self.file.go.connect(self.run)
        self.file.cancel.connect(self._cancel_check)
        self.result.another.connect(self.show_start)
        self.result.resume.connect(self.resume)

    @property
    def busy(self) -> bool:
        """Whether a run is going on."""
        return any(task.key == RUN_KEY for task in self.state.runner.running())

    @property
    def checking(self) -> bool:
        """Whether the rows of the file are being checked."""
        return any(task.key == CHECK_KEY for task in self.state.runner.running())

    @Slot()
    def look(self) -> None:
        """Show what the draft says now. Another entry source has other fields, so the columns are matched anew."""
        known = self.draft.situation
        if known is not self._known:
            self._known = known
            self._drop_check()
            if self._path is not None and known is not None:
                self._look_at(self._path, self._dialect)
        if self.pages.currentWidget() is self.file and known is None and not self.draft.choosing:
            self.pages.setCurrentWidget(self.start)
        self.start.ready(self._why_no_file())
        self._look_at_main()

    def _why_no_file(self) -> str:
        if self.draft.connection is None:
            return self.tr("Connect to a tenant first.")
        if self._known is None:
            return self.tr("Choose an entry source first: its fields are what the columns are matched to.")
        if self._known.described is None:
            return self.tr("The fields of this entry source are not known, so no file can be matched to them.")
        return ""

    def refresh(self) -> None:
        """F5."""
        self.start.list_runs()

    def prepare_close(self) -> None:
        """Let go of what is only prepared."""
        self._drop_check()

    @Slot()
    def run(self) -> None:
        """Ctrl+Return: check the rows, or fire for those that were checked."""
        if self.pages.currentWidget() is self.start and self.start.zone.button.isEnabled():
            self.choose_file()
        elif self.pages.currentWidget() is self.file and self.file.main.isEnabled():
            if self.prepared is None:
                self._check()
            else:
                self._ask_and_fire(self.prepared)

    # The file

    @Slot()
    def choose_file(self) -> None:
        """Ask for a CSV."""
        dialog = QFileDialog(self, self.tr("Choose a CSV of contacts"), self.state.settings.text("last_folder"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Delimited text (*.csv *.tsv *.txt *.psv)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _chosen(self, name: str) -> None:
        self.state.settings.set(last_folder=str(Path(name).parent))
        self.open_file(Path(name))

    def open_file(self, path: Path) -> None:
        """Read the first rows of a file and match its columns."""
        if self.busy or self._why_no_file():
            return
        self._drop_check()
        self._look_at(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file, so that it does not go to the import."""
        if dropped_file(event) is not None and not self.busy and not self._why_no_file():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file."""
        if (path := dropped_file(event)) is not None:
            event.acceptProposedAction()
            self.open_file(path)

    def _look_at(self, path: Path, dialect: Dialect | None = None) -> None:
        """The latest wish wins: what is looked at just now is thrown away when it has ended."""
        self._path, self._dialect = path, dialect
        known = self._known
        if known is None or known.described is None or any(t.key == FILE_KEY for t in self.state.runner.running()):
            return
        self._asked = (known, path, dialect)
        self.state.runner.start(
            partial(jobs.look_at, path=path, known=known, dialect=dialect),
            key=FILE_KEY,
            label=self.tr("Looking at {}").format(path.name),
            on_result=self._looked,
            on_error=self._not_looked,
            on_done=self._look_again,
        )

    @Slot(object)
    def _reread(self, dialect: Dialect) -> None:
        if self._path is not None and not self.busy:
            self._drop_check()
            self._look_at(self._path, dialect)

    @property
    def _answered_wish(self) -> bool:
        """Whether what was looked at last is still what is wished for."""
        known, path, dialect = self._asked
        return known is self._known and (path, dialect) == (self._path, self._dialect)

    def _looked(self, found: tuple[Preview, Matching]) -> None:
        known = self._known
        if not self._answered_wish or known is None:
            return
        preview, matching = found
        if self.file.matching is not None:
            matching.keep(self.file.matching)
        self.file.show_file(preview, matching, known)
        if self.pages.currentWidget() is self.start:
            self.pages.setCurrentWidget(self.file)
            self.file.pane.focus_table()
        self._look_at_main()

    def _not_looked(self, error: ConsoleError) -> None:
        if not self._answered_wish:
            return
        if self._dialect is not None:
            self.file.note.say(theme.Tone.ERROR, "\n".join(filter(None, (str(error), error.advice))))
            return
        self._path = None
        self.pages.setCurrentWidget(self.start)
        self.state.show_error(error, key=FILE_KEY)

    def _look_again(self) -> None:
        if self._path is not None and not self._answered_wish:
            self._look_at(self._path, self._dialect)

    @Slot()
    def show_start(self) -> None:
        """Let go of the file, and show the runs so far; a run that goes on stays in front."""
        if not self.busy:
            self._drop_check()
            self._path = None
            self.file.clear()
            self.pages.setCurrentWidget(self.start)
            self.start.list_runs()

    # The check

    @Slot()
    def _edited(self) -> None:
        self._drop_check()
        self._look_at_main()

    def _check(self) -> None:
        preview, matching, known, client = self.file.preview, self.file.matching, self._known, self.draft.client
        if preview is None or matching is None or known is None or client is None:
            return
        self._checks += 1
        self.file.forget()
        self.state.runner.start(
            partial(
                jobs.check,
                number=self._checks,
                client=client,
                preview=preview,
                known=known,
                chosen=matching.mapping(),
                contact=self.file.contact_header,
                budget=self.file.budget,
            ),
            key=CHECK_KEY,
            label=self.tr("Checking {}").format(preview.path.name),
            on_result=self._checked,
            on_error=self._not_checked,
            on_progress=self.file.show_progress,
            on_done=self._look_at_main,
        )
        self._look_at_main()

    def _checked(self, found: tuple[int, Prepared]) -> None:
        number, prepared = found
        if number != self._checks:
            self._discard(prepared)
            return
        self.prepared = prepared
        self.file.show_prepared(prepared)

    def _not_checked(self, error: ConsoleError) -> None:
        if isinstance(error, FaultyRows):
            self.file.show_faults(error.faults, error.count)
        else:
            self.file.show_error(error)

    @Slot()
    def _cancel_check(self) -> None:
        self.file.stop.setEnabled(False)
        self.state.runner.cancel(CHECK_KEY)

    def _drop_check(self) -> None:
        """What was checked holds no more."""
        self._checks += 1
        self.state.runner.cancel(CHECK_KEY)
        prepared, self.prepared = self.prepared, None
        if prepared is not None:
            self.file.forget()
            self._discard(prepared)

    def _discard(self, prepared: Prepared) -> None:
        key = f"journeys.many.discard.{prepared.fire_id}"
        label = self.tr("Deleting what was prepared")
        if self.state.runner.start(partial(jobs.discard, prepared=prepared), key=key, label=label) is None:
            prepared.discard()

    # The run

    def _look_at_main(self) -> None:
        preview = self.file.preview
        if preview is None or self._known is None:
            return
        self.file.show_checking(checking=self.checking)
        if self.prepared is not None:
            self.file.show_main(self._sentence(self.prepared), possible=not self.busy)
            return
        text = self.tr("Check {}").format(rows_of(preview, self))
        obstacle = self.file.obstacle
        self.file.show_main(text, possible=not (obstacle or self.checking or self.busy), why_not=obstacle)

    def _sentence(self, prepared: Prepared) -> str:
        connection = self.draft.connection
        place = ""
        if connection is not None:
            unit = connection.business_unit_name or connection.account_id or connection.profile_name
            place = f"{theme.word(connection.environment)} / {unit}"
        return self.tr("Fire {} for {} in {}").format(
            prepared.situation.source.name, contacts(prepared.count, self), place
        )

    def _ask_and_fire(self, prepared: Prepared, *, force: bool = False) -> None:
        connection = self.draft.connection
        if connection is None or self.busy or self.question is not None:
            return
        act = partial(self._fire, prepared, force=force)
        if force:
            sentence = self.tr("{} once more, although it was fired within the last minute?").format(
                self._sentence(prepared)
            )
            self._question(self.tr("Fire again"), sentence, act)
        elif connection.environment is Environment.PRODUCTION:
            sentence = self.tr("{}, tenant {}?").format(self._sentence(prepared), connection.tenant_name)
            self._question(self.tr("This is production"), sentence, act)
        else:
            act()

    def _question(self, title: str, sentence: str, act: partial[None]) -> None:
        self.question = ask(self, title, sentence, self.tr("Fire"), act)
        self.question.finished.connect(self._answered)

    @Slot()
    def _answered(self) -> None:
        self.question = None

    def _fire(self, prepared: Prepared, *, force: bool) -> None:
        client = self.draft.client
        if client is None or prepared is not self.prepared:
            return
        self.file.error.say(theme.Tone.ERROR, "")
        job = partial(many.run, client=client, prepared=prepared, budget=self.file.budget, force=force)
        if self._begin(job, self._sentence(prepared), self._not_fired):
            self._ran, self.prepared = prepared, None

    @Slot(str)
    def resume(self, fire_id: str) -> None:
        """Go on with a run that was cut."""
        client = self.draft.client
        if client is None:
            self.state.messages.info(self.tr("Connect to the tenant of the run first."), key=UNFINISHED)
        elif not self.busy:
            job = partial(many.resume, client=client, fire_id=fire_id)
            self._begin(job, self.tr("Going on with the run {}").format(fire_id), self._not_resumed)

    def _begin(self, job: partial[Run], title: str, failed: Callable[[ConsoleError], None]) -> bool:
        task = self.state.runner.start(
            job,
            key=RUN_KEY,
            label=title,
            on_result=self._ended,
            on_error=failed,
            on_cancelled=self._stopped,
            on_progress=self.running.show_progress,
            on_done=self._look_at_main,
            uninterruptible=True,
        )
        if task is None:
            return False
        self.state.messages.withdraw(UNFINISHED)
        self.running.begin(task, title)
        self.pages.setCurrentWidget(self.running)
        return True

    def _ended(self, found: Run) -> None:
        self._ran = None
        self.file.forget()
        self.result.show_run(found)
        self.pages.setCurrentWidget(self.result)
        self.start.list_runs()

    def _not_fired(self, error: ConsoleError) -> None:
        """Where nothing was sent it may be fired after all; a run that broke off is among the runs."""
        if not isinstance(error, (ApiError, BadInput, Refused)):
            self._ran = None
            self.pages.setCurrentWidget(self.start)
            self.state.show_error(error, key=RUN_KEY)
        elif (prepared := self._unsent()) is None:
            self.state.show_error(error, key=RUN_KEY)
        elif isinstance(error, Repeated):
            self.file.show_error(error, (self.tr("Fire again…"), partial(self._ask_and_fire, prepared, force=True)))
        elif isinstance(error, FieldsChanged):
            self.state.show_error(error, key=RUN_KEY)
            self.draft.choose(self.draft.chosen)
        else:
            self.file.show_error(error)
        self.start.list_runs()

    def _stopped(self) -> None:
        """It was stopped before anything was sent."""
        if self._ran is None:
            self.pages.setCurrentWidget(self.start)
        self._unsent()
        self.state.messages.info(self.tr("It was stopped; nothing was sent."), key=RUN_KEY)

    def _unsent(self) -> Prepared | None:
        """Take back what was prepared and did not leave, where it still fits what is chosen."""
        ran, self._ran = self._ran, None
        if ran is None:
            return None
        self.pages.setCurrentWidget(self.file if self.file.preview is not None else self.start)
        if ran.situation is not self._known:
            self._discard(ran)
            return None
        self.prepared = ran
        return ran

    def _not_resumed(self, error: ConsoleError) -> None:
        self.pages.setCurrentWidget(self.start)
        self.state.show_error(error, key=UNFINISHED)
        self.start.list_runs()

    @Slot(object)
    def _show(self, found: Run) -> None:
        if not self.busy:
            self.result.show_run(found)
            self.pages.setCurrentWidget(self.result)
