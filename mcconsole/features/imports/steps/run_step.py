"""Run: what is about to happen in one sentence, then how far it is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.tenant import Environment
from mcconsole.features.imports import remembered, service
from mcconsole.features.imports.draft import RUN_KEY, Draft, short
from mcconsole.features.imports.plan import Invalid, Mode, Plan
from mcconsole.features.imports.report import Result
from mcconsole.features.imports.route_words import route_words
from mcconsole.features.imports.sender import Pace, Running
from mcconsole.features.imports.service import Prepared
from mcconsole.features.imports.steps.step import Action, Step
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import heading, show_on_bar
from mcconsole.ui.state import Connection
from mcconsole.ui.tasks import Task
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, Tile, plain, small_button

CARD_WIDTH = 760


class RunStep(Step):
    """The last look before rows leave, and the watch while they do."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.tr("Run"))
        self._task: Task | None = None
        self._prepared: Prepared | None = None
        self.question: QMessageBox | None = None
        self.pace = Pace()
        self.facts = QFormLayout()
        self.sentence = heading("", 1.3)
        self.error = Line()
        self.bar = QProgressBar()
        self.rows = QLabel()
        self.speed = QLabel()
        self.words = plain("")
        self.landed = Tile("success", Tone.SUCCESS, self.tr("landed"))
        self.failed = Tile("error", Tone.ERROR, self.tr("failed"))
        self.unknown = Tile("unknown", Tone.WARNING, self.tr("unknown"))
        self.accepted = Tile("clock", Tone.INFO, self.tr("accepted, end not known yet"))
        self.cancel = small_button(self.tr("Cancel the import"))
        self.stack = QStackedWidget()
        self.stack.addWidget(self._before())
        self.stack.addWidget(self._during())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.cancel.clicked.connect(self._cancel)

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
        card.setObjectName("card")
        card.setFixedWidth(CARD_WIDTH)
        card.setStyleSheet("#card { background: palette(base); border: 1px solid palette(mid); border-radius: 8px; }")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(28, 24, 28, 26)
        inner.setSpacing(18)
        inner.addWidget(self.sentence)
        inner.addLayout(self.facts)
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

    def _during(self) -> QWidget:
        page = QWidget()
        self._title = heading("", 1.2)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the import"))
        figures = QHBoxLayout()
        figures.addWidget(self.rows)
        figures.addStretch(1)
        figures.addWidget(self.speed)
        tiles = QHBoxLayout()
        tiles.setSpacing(10)
        for tile in (self.landed, self.failed, self.unknown, self.accepted):
            tiles.addWidget(tile, 1)
        stop = QHBoxLayout()
        stop.addWidget(self.cancel)
        stop.addWidget(self.words, 1)
        stop.setSpacing(12)
        icons.follow(self.cancel, "cancel")
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 12, 24, 12)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self._title)
        column.addWidget(self.bar)
        column.addLayout(figures)
        column.addSpacing(6)
        column.addLayout(tiles)
        column.addSpacing(6)
        column.addLayout(stop)
        column.addStretch(2)
        return page

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
        if prepared is not None and connection is not None:
            self.sentence.setText(self._sentence(prepared, connection) + ".")
            self._fill(prepared, connection)
        if self._prepared is not prepared and prepared is not None:
            self.error.say(Tone.ERROR, "")
            self._prepared = prepared
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
        return Action(self._sentence(prepared, connection))

    def act(self) -> None:
        """Ask once more where it is production, then send."""
        prepared, connection = self.draft.prepared, self.draft.connection
        if prepared is None or connection is None or self.draft.running or self.question is not None:
            return
        if connection.environment is Environment.PRODUCTION:
            self._ask(prepared, connection)
        else:
            self._start()

    def done(self) -> bool:
        """Whether rows were sent."""
        return self.draft.result is not None

    def _sentence(self, prepared: Prepared, connection: Connection) -> str:
        rows = prepared.summary.good
        counted = self.tr("1 row") if rows == 1 else self.tr("{} rows").format(f"{rows:,}")
        form = self.tr("Upsert {} into {} in {} / {}")
        if prepared.plan.mode is Mode.INSERT:
            form = self.tr("Insert {} into {} in {} / {}")
        place = connection.business_unit_name or connection.account_id or connection.profile_name
        return form.format(counted, prepared.plan.schema.name, theme.word(connection.environment), place)

    def _fill(self, prepared: Prepared, connection: Connection) -> None:
        plan, summary = prepared.plan, prepared.summary
        rows = self.tr("{} will be sent").format(f"{summary.good:,}")
        if summary.faulty:
            rows += self.tr(", {} are left out").format(f"{summary.faulty:,}")
        if summary.repeated:
            rows += self.tr("; {} repeat an earlier key and are sent afterwards").format(f"{summary.repeated:,}")
        upsert = self.tr("Upsert: rows whose key is there are updated, the others inserted")
        for name, text in (
            ("file", short(plan.path)),
            ("target", f"{plan.schema.name}  ({plan.schema.key})"),
            ("where", f"{connection.tenant_name} / {connection.business_unit_name} ({connection.account_id}), "
             f"{theme.word(connection.environment)}"),
            ("mode", upsert if plan.mode is Mode.UPSERT else self.tr("Insert: a row whose key is there already fails")),
            ("rows", rows),
            ("route", f"{route_words(prepared.choice.route)}: {prepared.choice.reason}"),
        ):  # fmt: skip
            self._values[name].setText(text)

    def _ask(self, prepared: Prepared, connection: Connection) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("This is production"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("{}, tenant {}?").format(self._sentence(prepared, connection), connection.tenant_name))
        yes = box.addButton(
            self.tr("Upsert") if prepared.plan.mode is Mode.UPSERT else self.tr("Insert"),
            QMessageBox.ButtonRole.AcceptRole,
        )
        yes.setObjectName("confirm")
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.accepted.connect(self._start)
        box.finished.connect(self._answered)
        self.question = box
        box.open()

    @Slot()
    def _answered(self) -> None:
        self.question = None

    @Slot()
    def _start(self) -> None:
        connection = self.draft.connection
        prepared = self.draft.prepared
        if connection is None or prepared is None or self.draft.running:
            return
        self.draft.take_prepared()
        self.error.say(Tone.ERROR, "")
        self._title.setText(self._sentence(prepared, connection))
        self._show_running(None, prepared.summary.good)
        self.cancel.setEnabled(True)
        self.words.setText("")
        self._task = self.state.runner.start(
            partial(service.run, prepared=prepared, client=connection.client.for_feature("imports"), pace=self.pace),
            key=RUN_KEY,
            label=self.tr("Importing {} into {}").format(prepared.plan.path.name, prepared.plan.schema.name),
            on_result=self._ended,
            on_error=self._failed,
            on_progress=self._progress,
            on_done=self._done,
            uninterruptible=True,
        )
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

    def _progress(self, progress: Progress) -> None:
        if isinstance(progress.detail, Running):
            show_on_bar(self.bar, progress)
            self._show_running(progress.detail, progress.detail.total)

    def _show_running(self, running: Running | None, total: int) -> None:
        settled = running.settled if running else 0
        for tile, number in (
            (self.landed, running.succeeded if running else 0),
            (self.failed, running.failed if running else 0),
            (self.unknown, running.unknown if running else 0),
            (self.accepted, running.accepted if running else 0),
        ):
            tile.show_number(number)
        if running is None:
            show_on_bar(self.bar, Progress(0, total))
        form = self.tr("{} of {} rows settled")
        if running is not None and running.accepted and not settled:
            form = self.tr("{} of {} rows settled; Marketing Cloud is working on those that it accepted")
        self.rows.setText(form.format(f"{settled:,}", f"{total:,}"))
        parts = []
        if running and running.rate:
            parts.append(self.tr("{} rows a second").format(f"{running.rate:,.0f}"))
        if running and running.seconds_left is not None:
            parts.append(self.tr("{} left").format(duration(running.seconds_left)))
        self.speed.setText("  ·  ".join(parts))
        if running is not None and (running.cancelling or (self._task is not None and self._task.cancelling)):
            self.words.setText(self._honest(running))

    def _honest(self, running: Running) -> str:
        batches = running.accepted_batches
        if not batches:
            return self.tr("Stopping. Nothing more is sent; what has landed stays there.")
        accepted = (
            self.tr("1 batch already accepted by Marketing Cloud cannot be recalled")
            if batches == 1
            else self.tr("{} batches already accepted by Marketing Cloud cannot be recalled").format(f"{batches:,}")
        )
        return self.tr("Stopping: nothing more is sent. {}; asking for a few seconds what became of them.").format(
            accepted
        )

    @Slot()
    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self.cancel.setEnabled(False)
            self.words.setText(self.tr("Stopping. What Marketing Cloud has accepted cannot be recalled."))

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


def duration(seconds: float) -> str:
    """Seconds in words, coarse as estimates are."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{int(seconds // 3600)} h {round(seconds % 3600 / 60)} min"


def _remember(_: JobContext, plan: Plan) -> None:
    remembered.remember(plan.schema.key, plan.headers, plan.mapping)
