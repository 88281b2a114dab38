"""Run: what is about to happen in one sentence, then how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mcconsole.api.client import Client
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.features.imports import history, remembered, service
from mcconsole.features.imports.draft import RUN_KEY, Draft, short
from mcconsole.features.imports.mode_words import mode_words
from mcconsole.features.imports.plan import Invalid, Plan, Route
from mcconsole.features.imports.report import Result
from mcconsole.features.imports.route_words import route_words
from mcconsole.features.imports.running_view import RunningView
from mcconsole.features.imports.sender import Pace
from mcconsole.features.imports.service import Prepared
from mcconsole.features.imports.steps.step import Action, Step
from mcconsole.ui import theme
from mcconsole.ui.pages import heading
from mcconsole.ui.state import Connection
from mcconsole.ui.tasks import Task
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, plain

CARD_WIDTH = 760


class RunStep(Step):
    """The last look before rows leave, and the watch while they do."""

    resumed = Signal()
    """An import goes on: show this step."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.tr("Run"))
        self._task: Task | None = None
        self._prepared: Prepared | None = None
        self.pace = Pace(posts=1)  # the page is painted for the first time just then; more follow as they help
        self.facts = QFormLayout()
        self.sentence = heading("", 1.3)
        self.error = Line()
        self.trial = QCheckBox(self.tr("Tr&y the first rows, then decide:"))
        self.trial_rows = QSpinBox()
        self.typed = QLineEdit()
        self.view = RunningView()
        self.accepted = self.view.accepted
        self._paused = threading.Event()
        self.stack = QStackedWidget()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._before())
        self.stack.addWidget(scroll)
        self.stack.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.view.cancel.clicked.connect(self._cancel)
        self.view.pause.clicked.connect(self._pause)
        self.trial.toggled.connect(self._chosen)
        self.trial_rows.valueChanged.connect(self._chosen)
        self.typed.textChanged.connect(self._chosen)

    def _before(self) -> QWidget:
        page = QWidget()
        self.facts.setHorizontalSpacing(18)
        self.facts.setVerticalSpacing(8)
        self.facts.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        self._values = {
            name: plain("", selectable=True) for name in ("file", "target", "where", "mode", "rows", "route")
        }
        for name, words in (
            ("file", self.tr("File")),
            ("target", self.tr("Data extension")),
            ("where", self.tr("Tenant")),
            ("mode", self.tr("Mode")),
            ("rows", self.tr("Rows")),
            ("route", self.tr("Route")),
        ):
            label = QLabel(words)
            theme.tint(label, Tone.NEUTRAL)
            self.facts.addRow(label, self._values[name])
        card = QFrame()
        card.setFixedWidth(CARD_WIDTH)
        theme.paint_ground(card, Tone.NEUTRAL, radius=8)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(28, 24, 28, 26)
        inner.setSpacing(18)
        inner.addWidget(self.sentence)
        inner.addLayout(self.facts)
        inner.addLayout(self._trial_part())
        inner.addWidget(self._typed_part())
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.error)
        column.addStretch(1)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addStretch(2)
        return page

    def _trial_part(self) -> QHBoxLayout:
        self.trial_rows.setRange(1, 1_000_000)
        self.trial_rows.setValue(100)
        self.trial_rows.setGroupSeparatorShown(True)
        self.trial_rows.setAccessibleName(self.tr("Rows of the trial"))
        self.trial.setToolTip(self.tr("They are sent and settled; the others wait until you say to go on."))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.trial)
        row.addWidget(self.trial_rows)
        row.addStretch(1)
        return row

    def _typed_part(self) -> QWidget:
        self._overwrite = QWidget()
        label = plain(self.tr("Every row that is there now is deleted. Type the external key to confirm:"))
        theme.tint(label, Tone.ERROR)
        self.typed.setAccessibleName(self.tr("External key of the data extension that is overwritten"))
        column = QVBoxLayout(self._overwrite)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label)
        column.addWidget(self.typed)
        self._overwrite.hide()
        return self._overwrite

    @Slot()
    def _chosen(self) -> None:
        self.look()

    def open(self) -> bool:
        """The rows must have been checked."""
        prepared = self.draft.prepared
        ready = prepared is not None and prepared.summary.good > 0
        return self.draft.running or (ready and not (prepared.summary.faulty and self._refuses()))  # type: ignore[union-attr]

    def _refuses(self) -> bool:
        return self.draft.invalid is Invalid.REFUSE

    def enter(self) -> None:
        """Say what would happen now."""
        self.look()

    def look(self) -> None:
        """Show what the draft says."""
        self.stack.setCurrentIndex(1 if self.draft.running else 0)
        prepared, connection = self.draft.prepared, self.draft.connection
        self.trial_rows.setEnabled(self.trial.isChecked())
        if prepared is not None and connection is not None:
            self._overwrite.setVisible(prepared.plan.empties)
            for part in (self.trial, self.trial_rows):
                part.setVisible(_may_try(prepared))
            self.sentence.setText(self._sentence(prepared, connection) + ".")
            self._fill(prepared, connection)
        if self._prepared is not prepared and prepared is not None:
            self.error.say(Tone.ERROR, "")
            self._prepared = prepared
            self.typed.clear()
            self.trial.setChecked(False)
        self.looked.emit()

    def action(self) -> Action:
        """Send the rows."""
        prepared, connection = self.draft.prepared, self.draft.connection
        if self.draft.running:
            return Action(self.tr("Importing…"), possible=False)
        if prepared is None:
            return Action(self.tr("Run"), possible=False)
        if connection is None:
            return Action(self.tr("Run"), possible=False, why_not=self.tr("No tenant is connected."))
        text = self._sentence(prepared, connection)
        if prepared.plan.empties and self.typed.text().strip() != prepared.plan.schema.key:
            return Action(text, possible=False, why_not=self.tr("Type the external key first."))
        return Action(text)

    def act(self) -> None:
        """Ask once more where it is production, then send."""
        prepared, connection = self.draft.prepared, self.draft.connection
        if prepared is None or connection is None or self.draft.running or self.question is not None:
            return
        if not self.action().possible:
            return
        verb = mode_words(prepared.plan.mode).verb
        self.ask_in_production(connection, self._sentence(prepared, connection), verb, self._start)

    def go_on(self) -> None:
        """Go on with the import whose result is shown: what is left of it, after a question where it is production."""
        ran, result, connection = self.draft.ran, self.draft.result, self.state.connection
        if ran is None or result is None or connection is None or self.draft.running or self.question is not None:
            return
        if result.rows_not_sent:
            sentence = self._filled(ran, connection, result.rows_not_sent)
            self.ask_in_production(connection, sentence, mode_words(ran.plan.mode).verb, self._resume)
        else:
            self._resume()

    def done(self) -> bool:
        """Whether rows were sent."""
        return self.draft.result is not None

    def _sentence(self, prepared: Prepared, connection: Connection) -> str:
        rows = prepared.summary.good
        return self._filled(prepared, connection, min(rows, self._rows_to_try(prepared) or rows))

    def _filled(self, prepared: Prepared, connection: Connection, rows: int) -> str:
        counted = self.tr("1 row") if rows == 1 else self.tr("{} rows").format(f"{rows:,}")
        place = connection.business_unit_name or connection.account_id or connection.profile_name
        form = mode_words(prepared.plan.mode).sentence
        return form.format(counted, prepared.plan.schema.name, theme.word(connection.environment), place)

    def _rows_to_try(self, prepared: Prepared) -> int:
        """Rows of a trial; 0 for all."""
        return self.trial_rows.value() if self.trial.isChecked() and _may_try(prepared) else 0

    def _fill(self, prepared: Prepared, connection: Connection) -> None:
        plan, summary = prepared.plan, prepared.summary
        rows = self.tr("{} will be sent").format(f"{summary.good:,}")
        if summary.faulty:
            rows += self.tr(", {} are left out").format(f"{summary.faulty:,}")
        if summary.repeated:
            rows += self.tr("; {} repeat an earlier key and are sent afterwards").format(f"{summary.repeated:,}")
        for name, text in (
            ("file", short(plan.path)),
            ("target", f"{plan.schema.name}  ({plan.schema.key})"),
            ("where", f"{connection.tenant_name} / {connection.business_unit_name} ({connection.account_id}), "
             f"{theme.word(connection.environment)}"),
            ("mode", mode_words(plan.mode).meaning),
            ("rows", rows),
            ("route", f"{route_words(prepared.choice.route)}: {prepared.choice.reason}"),
        ):  # fmt: skip
            self._values[name].setText(text)

    @Slot()
    def _start(self) -> None:
        connection = self.draft.connection
        prepared = self.draft.prepared
        if connection is None or prepared is None or self.draft.running:
            return
        self.draft.take_prepared()
        self.error.say(Tone.ERROR, "")
        trial_rows = self._rows_to_try(prepared)
        self._begin(
            partial(service.run, prepared=prepared, client=connection.client.for_feature("imports"), pace=self.pace,
                    trial_rows=trial_rows, paused=self._paused),
            prepared, self._sentence(prepared, connection), min(prepared.summary.good, trial_rows or 10**12),
            self._failed,
        )  # fmt: skip
        if self._task is None:
            self.draft.set_prepared(prepared)
            return
        self.state.runner.start(
            partial(_remember, plan=prepared.plan),
            key="imports.remember",
            label=self.tr("Remembering the mapping"),
            on_error=self._not_remembered,
        )
        self.look()

    def _begin(
        self,
        job: Callable[[JobContext], Result],
        prepared: Prepared,
        title: str,
        rows: int,
        failed: Callable[[ConsoleError], None],
    ) -> None:
        self._paused.clear()
        self.view.begin(title, rows)
        self._task = self.state.runner.start(
            job,
            key=RUN_KEY,
            label=self.tr("Importing {} into {}").format(prepared.plan.path.name, prepared.plan.schema.name),
            on_result=self._ended,
            on_error=failed,
            on_progress=self.view.show_progress,
            on_done=self._done,
            uninterruptible=True,
        )

    @Slot()
    def _resume(self) -> None:
        ran, result, connection = self.draft.ran, self.draft.result, self.state.connection
        if ran is None or result is None or connection is None or self.draft.running:
            return
        client = connection.client.for_feature("imports")
        self._begin(
            partial(_go_on, client=client, import_id=ran.import_id, pace=self.pace, paused=self._paused),
            ran,
            self.tr("Going on with {} → {}").format(short(ran.plan.path), ran.plan.schema.name),
            result.rows_read - result.rows_left_out,
            self._not_resumed,
        )
        self.draft.changed.emit()
        self.resumed.emit()

    def _not_resumed(self, error: ConsoleError) -> None:
        """Nothing was sent: the result stays as it is."""
        self._task = None
        self.state.show_error(error, key="imports.resume")
        self.advanced.emit()

    @Slot()
    def _pause(self) -> None:
        (self._paused.clear if self._paused.is_set() else self._paused.set)()
        self.view.show_pause(paused=self._paused.is_set())

    @Slot()
    def _cancel(self) -> None:
        if self._task is not None:
            self._paused.clear()
            self._task.cancel()
            self.view.stopping()

    def _ended(self, result: Result) -> None:
        self._task = None
        self.draft.set_result(result)
        self.advanced.emit()

    def _failed(self, error: ConsoleError) -> None:
        self._task = None
        folder = self.draft.ran.folder if self.draft.ran is not None else ""
        self.error.say(
            Tone.ERROR,
            "\n".join(
                filter(
                    None,
                    (
                        str(error),
                        error.said and self.tr("Marketing Cloud says: “{}”").format(error.said),
                        error.advice,
                        self.tr("Some rows may have been sent. What is known of them is kept in {}.").format(folder),
                    ),
                )
            ),
        )

    def _not_remembered(self, error: ConsoleError) -> None:
        self.state.messages.warning(str(error), key="imports.remember")

    def _done(self) -> None:
        self.draft.changed.emit()


def _may_try(prepared: Prepared) -> bool:
    """Whether a trial makes sense: bulk jobs that were chosen name no row, and one row is soon sent."""
    return prepared.summary.good > 1 and not prepared.plan.empties and prepared.plan.route is not Route.BULK


def _go_on(ctx: JobContext, client: Client, import_id: str, pace: Pace, paused: threading.Event) -> Result:
    return history.resume(ctx, client, import_id, None, pace, paused)


def _remember(_: JobContext, plan: Plan) -> None:
    remembered.remember(plan.schema.key, plan.headers, plan.mapping)
