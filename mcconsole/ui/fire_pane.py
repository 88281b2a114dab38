"""One thing to send: its form, the checklist that is gone through while one types, the firing, and what became of it.

A tab says what would be sent and how it is checked and sent; when and how often is decided here, alike for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.errors import ConsoleError
from mcconsole.core.guard import Repeated
from mcconsole.core.jobs import JobContext
from mcconsole.core.tenant import Environment
from mcconsole.ui import icons, theme
from mcconsole.ui.checklist import ChecklistView
from mcconsole.ui.confirm import Asking
from mcconsole.ui.outcome_view import OutcomeView
from mcconsole.ui.state import AppState, Connection, where
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import MainButton, plain, seconds_box

CHECK_AFTER = 400
"""Milliseconds after the last change until the checklist is gone through again."""
WHY_WIDTH = 170
LONGEST_BUDGET = 3600
"""Seconds that it is watched."""
Job = Callable[[JobContext], Any]


@dataclass(frozen=True, slots=True)
class Words:
    """The texts that differ from tab to tab, translated."""

    fire: str
    """The verb, such as "Fire"."""
    before: str
    """Above the checklist."""
    again: str
    not_fired: str
    not_again: str
    repeat_title: str
    repeated: str
    """A question with a place for the sentence of the button."""
    busy: str
    checking: str
    budget: str
    """Tooltip of the seconds to watch."""


class Form(Protocol):
    """Where it is said what is to be sent."""

    changed: Any
    """A signal: what would be sent, or whether it can be, may have changed."""

    def fault(self) -> str:
        """Why this cannot be sent; "" when nothing in the form is in the way."""

    def enter(self) -> None:
        """Put the keyboard where one begins."""


class FirePane(Asking):
    """The form on the left, what is known of it on the right. A tab fills in the hooks below."""

    def __init__(self, state: AppState, form: QWidget, outcome: OutcomeView, words: Words, key: str) -> None:
        """`form` is a Form; the jobs have keys that begin with `key`."""
        super().__init__()
        self.state = state
        self.words = words
        self.check_key, self.fire_key = f"{key}.check", f"{key}.fire"
        self._form = cast(Form, form)
        self.outcome = outcome
        self.checklist = ChecklistView(words.before)
        self.budget = seconds_box(self.tr("Watch for so many seconds"), LONGEST_BUDGET, self.tr("do not watch"))
        self.why = plain("")
        self._why_icon = QLabel()
        self.main = MainButton()
        self.tools = QHBoxLayout()
        """Where a tab may put buttons of its own, in the foot."""
        self.notes = QVBoxLayout()
        """The same, below the checklist."""
        self.refusal = ""
        """Why what was checked last must not be sent; "" while something has changed since."""
        self._check_again = False
        self._where = where(state.connection)
        """Of what the outcome tells."""
        self._place = ""
        self._timer = QTimer(self, singleShot=True, interval=CHECK_AFTER)
        self._arrange(form)
        self._timer.timeout.connect(self._check)
        self._form.changed.connect(self._changed)
        self.main.clicked.connect(self.run)
        outcome.stopped.connect(self._stop)
        state.connection_changed.connect(self._connection_changed)
        theme.changed.connect(self.look_at_button)

    # What a tab fills in

    def request(self) -> Any:
        """What would be sent now, as a value that can be compared; None while there is nothing."""
        raise NotImplementedError

    def check_job(self, request: Any) -> Job:
        """A job that goes through the checklist."""
        raise NotImplementedError

    def show_checked(self, request: Any, checked: Any) -> str:
        """Show what such a job found; returns why it must not be sent, or ""."""
        raise NotImplementedError

    def fire_job(self, request: Any, budget: float | None, *, force: bool) -> Job:
        """A job that sends it once; `force` where it was sent a moment ago and is meant."""
        raise NotImplementedError

    def show_fired(self, result: Any) -> None:
        """Show how it ended."""
        raise NotImplementedError

    def sentence(self, connection: Connection) -> str:
        """What the button does, in a sentence; "" while nothing is chosen."""
        raise NotImplementedError

    def waiting(self) -> str:
        """Why there is no request although the form is in order."""
        raise NotImplementedError

    # The same for all

    def _arrange(self, form: QWidget) -> None:
        told = QWidget()
        column = QVBoxLayout(told)
        column.setContentsMargins(12, 0, 8, 0)
        column.setSpacing(14)
        column.addWidget(self.checklist)
        column.addLayout(self.notes)
        column.addWidget(_rule())
        column.addWidget(self.outcome)
        column.addStretch(1)
        right = self._told = QScrollArea()
        right.setAccessibleName(self.tr("What was checked, and what became of it"))
        right.setWidgetResizable(True)
        right.setFrameShape(QFrame.Shape.NoFrame)
        right.setWidget(told)
        right.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        sides = QSplitter()
        sides.setChildrenCollapsible(False)
        sides.addWidget(form)
        sides.addWidget(right)
        sides.setStretchFactor(0, 3)
        sides.setStretchFactor(1, 2)
        sides.setSizes([720, 480])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addWidget(sides, 1)
        whole.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        self.budget.setToolTip(self.words.budget)
        watch = QLabel(self.tr("W&atch for"))
        watch.setBuddy(self.budget)
        self._foot_row = foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(watch)
        foot.addWidget(self.budget)
        foot.addLayout(self.tools)
        foot.addStretch(1)
        foot.addWidget(self._why_icon)
        foot.addWidget(self.why, 1000)  # it has one line as long as there is room, next to the button
        foot.addWidget(self.main)
        return foot

    @property
    def firing(self) -> bool:
        """Whether something is on its way or being watched."""
        return any(task.key == self.fire_key for task in self.state.runner.running())

    def enter(self) -> None:
        """Put the keyboard where one begins."""
        self._form.enter()

    def begin_anew(self) -> None:
        """Something else was chosen: what was said of the one before is gone."""
        self.checklist.show_items((), self.tr("Checking…"))
        if not self.firing:
            self.outcome.clear()

    @Slot()
    def run(self) -> None:
        """Fire, after a question where it is production."""
        connection = self.state.connection
        if connection is None or self._fault() or self.question is not None:
            return
        act = partial(self._fire, force=False)
        self.ask_in_production(connection, self.sentence(connection), self.words.fire, act)

    @Slot()
    def _connection_changed(self) -> None:
        """What was sent elsewhere says nothing here; what is still on its way says at its end where it went."""
        if where(self.state.connection) != self._where and not self.firing:
            self._where = where(self.state.connection)
            self.outcome.clear()

    @Slot()
    def _changed(self) -> None:
        self.refusal = ""
        self._timer.start()
        self.look_at_button()

    @Slot()
    def _check(self) -> None:
        request = self.request()
        if request is None:
            self.checklist.show_items((), self._fault())
        if request is None or self.state.connection is None or self.firing:
            return
        if any(task.key == self.check_key for task in self.state.runner.running()):
            self._check_again = True
            self.state.runner.cancel(self.check_key)
            return
        self.checklist.say(self.tr("Checking…"))
        self.state.runner.start(
            self.check_job(request),
            key=self.check_key,
            label=self.words.checking,
            on_result=partial(self._checked, request),
            on_error=self._not_checked,
            on_done=self._check_done,
        )

    def _checked(self, request: object, checked: object) -> None:
        if request == self.request():
            self.checklist.say("")
            self.refusal = self.show_checked(request, checked)

    def _not_checked(self, error: ConsoleError) -> None:
        if not self._check_again:
            words = [self.tr("The checklist could not be gone through:"), str(error), error.advice]
            self.checklist.show_items((), " ".join(part for part in words if part))

    def _check_done(self) -> None:
        again, self._check_again = self._check_again, False
        if again:
            self._check()
        self.look_at_button()

    def _fault(self) -> str:
        """Why nothing can be sent now; "" when it can."""
        if self.state.connection is None:
            return self.tr("No tenant is connected.")
        if self.firing:
            return self.words.busy
        if fault := self._form.fault() or self.refusal:
            return fault
        return "" if self.request() is not None else self.waiting()

    @Slot()
    def look_at_button(self) -> None:
        """Show what the button does and, where it cannot, why."""
        fault, connection = self._fault(), self.state.connection
        sentence = (self.sentence(connection) if connection is not None else "") or self.words.fire
        self.main.say(sentence)
        self.main.setEnabled(not fault)
        self.main.setToolTip(f"{sentence} (Ctrl+Return)")
        self.why.setText(fault)
        one_line = self.why.fontMetrics().horizontalAdvance(fault) + 6
        self.why.setMinimumWidth(min(WHY_WIDTH, one_line))
        self.why.setMaximumWidth(one_line)
        self._foot_row.setStretchFactor(self.why, 4 if one_line > WHY_WIDTH else 0)
        for widget in (self.why, self._why_icon):
            widget.setVisible(bool(fault) and not self.firing)
        self._why_icon.setPixmap(icons.pixmap("warning", 18, Tone.WARNING))

    def _fire(self, *, force: bool) -> None:
        self._connection_changed()
        request, connection, seconds = self.request(), self.state.connection, float(self.budget.value())
        if request is None or connection is None:
            return
        self.begin(self.fire_job(request, seconds or None, force=force), self.sentence(connection), seconds)

    def begin(
        self, job: Job, sentence: str, seconds: float, failed: Callable[[ConsoleError], None] | None = None
    ) -> None:
        """Start what fires, or looks again what became of it."""
        connection = self.state.connection
        if connection is None:
            return
        self._place = place(connection)
        task = self.state.runner.start(
            job,
            key=self.fire_key,
            label=sentence,
            on_result=self.show_fired,
            on_error=failed or self._not_fired,
            on_cancelled=self._cancelled,
            on_progress=self.outcome.show_progress,
            on_done=self._done,
        )
        if task is not None and self.firing:
            self.outcome.begin(sentence, seconds)
            self.look_at_button()
            QTimer.singleShot(0, self._show_outcome)

    def _not_fired(self, error: ConsoleError) -> None:
        if isinstance(error, Repeated):
            self.outcome.show_repeated(error, self.words.not_again, (self.words.again, self._ask_again))
        else:
            self.outcome.show_error(error, self.words.not_fired)

    def _ask_again(self) -> None:
        connection = self.state.connection
        if connection is not None and self.question is None and not self._fault():
            text = self.words.repeated.format(self.sentence(connection))
            self.ask(self.words.repeat_title, text, self.words.fire, partial(self._fire, force=True))

    def _cancelled(self) -> None:
        self.outcome.show_error(ConsoleError(self.tr("It was stopped; nothing was sent.")), self.words.not_fired)

    def _done(self) -> None:
        if where(self.state.connection) != self._where:
            self.outcome.note.say(Tone.INFO, self.tr("This was sent in {}.").format(self._place))
        self._timer.start()
        self.look_at_button()
        QTimer.singleShot(0, self._show_outcome)
        QApplication.alert(self.window())

    @Slot()
    def _show_outcome(self) -> None:
        """Below a long checklist the outcome would be out of sight: show it whole, or from its top."""
        place = self.outcome.geometry()
        below = place.bottom() - self._told.viewport().height()
        self._told.verticalScrollBar().setValue(min(below, place.top()))

    @Slot()
    def _stop(self) -> None:
        self.state.runner.cancel(self.fire_key)


def place(connection: Connection, *, always: bool = False) -> str:
    """Where it goes; production is named, and `always` any environment."""
    unit = connection.business_unit_name or connection.account_id or connection.profile_name
    if always or connection.environment is Environment.PRODUCTION:
        return f"{theme.word(connection.environment)} / {unit}"
    return unit


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFrameShape(QFrame.Shape.HLine)
    rule.setFrameShadow(QFrame.Shadow.Sunken)
    return rule
