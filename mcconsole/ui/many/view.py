"""A CSV of people for what is chosen in a tab: choose, map, check, fire once, and see what became of each.

A tab says what its columns are matched to and which jobs check and fire; when and how often is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout

from mcconsole.core.checks import FaultyRows
from mcconsole.core.errors import ApiError, BadInput, ConsoleError, Refused
from mcconsole.core.guard import Repeated
from mcconsole.core.jobs import JobContext
from mcconsole.core.matching import Matching
from mcconsole.core.tables import Dialect, Preview
from mcconsole.core.tenant import Environment
from mcconsole.ui import theme
from mcconsole.ui.drop_zone import dropped_file
from mcconsole.ui.fire_pane import place
from mcconsole.ui.many.file_page import FilePage, rows_of
from mcconsole.ui.many.hooks import Hooks, Job, Prepared
from mcconsole.ui.many.result_page import ResultPage
from mcconsole.ui.many.run_page import RunPage
from mcconsole.ui.many.start_page import Listed, StartPage, Told
from mcconsole.ui.many.words import Words
from mcconsole.ui.state import AppState


class ManyView(Hooks):
    """The four pages of a run, and the jobs between them."""

    def __init__(self, state: AppState, words: Words, file: FilePage, listed: Listed, told: Told) -> None:
        super().__init__()
        self.state = state
        self.words = words
        self.file_key, self.check_key, self.run_key = (f"{words.key}.{one}" for one in ("file", "check", "run"))
        self.prepared: Prepared | None = None
        self._known: Any = None
        self._path: Path | None = None
        self._dialect: Dialect | None = None
        self._asked: tuple[Any, Path | None, Dialect | None] = (None, None, None)
        self._ran: Prepared | None = None
        self._checks = 0
        self.start = StartPage(state, words, listed, told)
        self.file = file
        self.running = RunPage(words)
        self.result = ResultPage(state, words)
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

    def _live(self, key: str) -> bool:
        return any(task.key == key for task in self.state.runner.running())

    @property
    def busy(self) -> bool:
        """Whether a run is going on."""
        return self._live(self.run_key)

    @property
    def checking(self) -> bool:
        """Whether the rows of the file are being checked."""
        return self._live(self.check_key)

    @Slot()
    def look(self) -> None:
        """Show what the draft says now. Another entry source has other fields, so the columns are matched anew."""
        known = self.situation()
        if known is not self._known:
            self._known = known
            self._drop_check()
            if self._path is not None and known is not None:
                self._look_at(self._path, self._dialect)
        if self.pages.currentWidget() is self.file and known is None and not self.choosing():
            self.pages.setCurrentWidget(self.start)
        self.start.ready(self._why_no_file())
        self._look_at_main()

    def _why_no_file(self) -> str:
        if self.state.connection is None:
            return self.tr("Connect to a tenant first.")
        return self.words.first if self._known is None else self.why_no_file(self._known)

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
        dialog = QFileDialog(self, self.words.choose, self.state.settings.text("last_folder"))
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
        if known is None or self.why_no_file(known) or self._live(self.file_key):
            return
        self._asked = (known, path, dialect)
        self.state.runner.start(
            self.look_job(path, known, dialect),
            key=self.file_key,
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
        self.state.show_error(error, key=self.file_key)

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
        preview, matching, known = self.file.preview, self.file.matching, self._known
        if preview is None or matching is None or known is None or self.state.connection is None:
            return
        self._checks += 1
        self.file.forget()
        self.state.runner.start(
            self.check_job(preview, matching, known),
            key=self.check_key,
            label=self.tr("Checking {}").format(preview.path.name),
            on_result=partial(self._checked, self._checks),
            on_error=self._not_checked,
            on_progress=self.file.show_progress,
            on_done=self._look_at_main,
        )
        self._look_at_main()

    def _checked(self, number: int, prepared: Prepared) -> None:
        if number != self._checks:
            self._discard(prepared)
            return
        self.prepared = prepared
        self.file.show_prepared(prepared.count, prepared.warnings)

    def _not_checked(self, error: ConsoleError) -> None:
        if isinstance(error, FaultyRows):
            self.file.show_faults(error.faults, error.count)
        else:
            self.file.show_error(error)

    @Slot()
    def _cancel_check(self) -> None:
        self.file.stop.setEnabled(False)
        self.state.runner.cancel(self.check_key)

    def _drop_check(self) -> None:
        """What was checked holds no more."""
        self._checks += 1
        self.state.runner.cancel(self.check_key)
        prepared, self.prepared = self.prepared, None
        if prepared is not None:
            self.file.forget()
            self._discard(prepared)

    def _discard(self, prepared: Prepared) -> None:
        key = f"{self.words.key}.discard.{id(prepared)}"
        label = self.tr("Deleting what was prepared")
        if self.state.runner.start(partial(_discard, prepared=prepared), key=key, label=label) is None:
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
        text = self.tr("Check {}").format(rows_of(preview, self.words))
        obstacle = self.file.obstacle
        self.file.show_main(text, possible=not (obstacle or self.checking or self.busy), why_not=obstacle)

    def _sentence(self, prepared: Prepared) -> str:
        connection = self.state.connection
        at = place(connection, always=True) if connection is not None else ""
        return self.sentence(self._known, self.words.count(prepared.count), at)

    def _ask_and_fire(self, prepared: Prepared, *, force: bool = False) -> None:
        connection = self.state.connection
        if connection is None or self.busy or self.question is not None:
            return
        act = partial(self._fire, prepared, force=force)
        if force:
            self.ask(self.words.again, self.words.once_more.format(self._sentence(prepared)), self.words.fire, act)
        else:
            self.ask_in_production(connection, self._sentence(prepared), self.words.fire, act)

    def _fire(self, prepared: Prepared, *, force: bool) -> None:
        if self.state.connection is None or prepared is not self.prepared:
            return
        self.file.error.say(theme.Tone.ERROR, "")
        job = self.fire_job(prepared, force=force)
        if self._begin(job, self._sentence(prepared), self._not_fired):
            self._ran, self.prepared = prepared, None

    @Slot(str)
    def resume(self, run_id: str) -> None:
        """Go on with a run that was cut, after a question where it is production."""
        connection = self.state.connection
        if connection is None:
            self.state.messages.info(self.tr("Connect to the tenant of the run first."), key=self.words.unfinished_key)
        elif self.busy or self.question is not None:
            return
        elif connection.environment is Environment.PRODUCTION:
            form = self.tr("Go on with the run {} in {}, tenant {}? {}")
            at = place(connection, always=True)
            sentence = form.format(run_id, at, connection.tenant_name, self.words.going_on)
            self.ask(self.tr("This is production"), sentence, self.words.fire, partial(self._resume, run_id))
        else:
            self._resume(run_id)

    def _resume(self, run_id: str) -> None:
        job = self.resume_job(run_id)
        if job is not None and not self.busy:
            self._begin(job, self.tr("Going on with the run {}").format(run_id), self._not_resumed)

    def _begin(self, job: Job, title: str, failed: Callable[[ConsoleError], None]) -> bool:
        task = self.state.runner.start(
            job,
            key=self.run_key,
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
        self.state.messages.withdraw(self.words.unfinished_key)
        self.running.begin(task, title)
        self.pages.setCurrentWidget(self.running)
        return True

    def _ended(self, found: object) -> None:
        self._ran = None
        self.file.forget()
        self.result.show_run(self.result_of(found))
        self.pages.setCurrentWidget(self.result)
        self.start.list_runs()

    def _not_fired(self, error: ConsoleError) -> None:
        """Where nothing was sent it may be fired after all; a run that broke off is among the runs."""
        if not isinstance(error, (ApiError, BadInput, Refused)):
            self._ran = None
            self.pages.setCurrentWidget(self.start)
            self.state.show_error(error, key=self.run_key)
        elif (prepared := self._unsent()) is None:
            self.state.show_error(error, key=self.run_key)
        elif isinstance(error, Repeated):
            self.file.show_error(error, (f"{self.words.again}…", partial(self._ask_and_fire, prepared, force=True)))
        elif self.outdated(error):
            self.state.show_error(error, key=self.run_key)
        else:
            self.file.show_error(error)
        self.start.list_runs()

    def _stopped(self) -> None:
        """It was stopped before anything was sent."""
        if self._ran is None:
            self.pages.setCurrentWidget(self.start)
        self._unsent()
        self.state.messages.info(self.tr("It was stopped; nothing was sent."), key=self.run_key)

    def _unsent(self) -> Prepared | None:
        """Take back what was prepared and did not leave, where it still fits what is chosen."""
        ran, self._ran = self._ran, None
        if ran is None:
            return None
        self.pages.setCurrentWidget(self.file if self.file.preview is not None else self.start)
        if not self.fits(ran, self._known):
            self._discard(ran)
            return None
        self.prepared = ran
        return ran

    def _not_resumed(self, error: ConsoleError) -> None:
        self.pages.setCurrentWidget(self.start)
        self.state.show_error(error, key=self.words.unfinished_key)
        self.start.list_runs()

    @Slot(object)
    def _show(self, found: object) -> None:
        if not self.busy:
            self.result.show_run(self.result_of(found))
            self.pages.setCurrentWidget(self.result)


def _discard(_: JobContext, prepared: Prepared) -> None:
    prepared.discard()
