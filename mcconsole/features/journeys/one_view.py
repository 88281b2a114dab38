"""One contact: its key and data, the checklist, the firing, and the verdict."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QScrollArea,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core import payload
from mcconsole.core.errors import ConsoleError
from mcconsole.core.tenant import Environment
from mcconsole.features.journeys import checklist, service
from mcconsole.features.journeys.checklist_view import ChecklistView
from mcconsole.features.journeys.draft import Draft
from mcconsole.features.journeys.event_form import Event, EventForm
from mcconsole.features.journeys.service import Checked, Receipt, Repeated
from mcconsole.features.journeys.situation import Situation
from mcconsole.features.journeys.verdict import Before
from mcconsole.features.journeys.verdict_view import VerdictView
from mcconsole.ui import confirm, icons, theme
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import MainButton, plain, small_button

CHECK_KEY = "journeys.check"
FIRE_KEY = "journeys.fire"
CHECK_AFTER = 400
"""Milliseconds after the last change until the checklist is gone through again."""
WHY_WIDTH = 170
BUDGET, LONGEST_BUDGET = 60, 3600
"""Seconds that an event is watched."""


class OneView(QWidget):
    """The form on the left, what is known of it on the right."""

    exit_wanted = Signal(str)
    """A contact should be taken out of the journey."""
    keep_wanted = Signal(str, object)
    """A contact and its data should be kept as a test contact."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.form = EventForm()
        self.contact, self.raw, self.editor = self.form.contact, self.form.raw, self.form.editor
        self.checklist = ChecklistView()
        self.verdict = VerdictView(self.state)
        self.budget = QSpinBox()
        self.why = plain("")
        self._why_icon = QLabel()
        self.keep = small_button(self.tr("Keep as test contact"))
        self.main = MainButton()
        self.question: QMessageBox | None = None
        self.checked: Checked | None = None
        """What the checklist shows; None while something has changed since."""
        self._before: tuple[Situation, str, Before] | None = None
        self._check_again = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(CHECK_AFTER)
        self._arrange()
        self._wire()

    def _arrange(self) -> None:
        told = QWidget()
        column = QVBoxLayout(told)
        column.setContentsMargins(12, 0, 8, 0)
        column.setSpacing(14)
        column.addWidget(self.checklist)
        column.addWidget(_rule())
        column.addWidget(self.verdict)
        column.addStretch(1)
        right = self._told = QScrollArea()
        right.setWidgetResizable(True)
        right.setFrameShape(QFrame.Shape.NoFrame)
        right.setWidget(told)
        right.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        sides = QSplitter()
        sides.setChildrenCollapsible(False)
        sides.addWidget(self.form)
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
        self.budget.setRange(0, LONGEST_BUDGET)
        self.budget.setSuffix(self.tr(" s"))
        self.budget.setSpecialValueText(self.tr("do not watch"))
        self.budget.setValue(BUDGET)
        self.budget.setAccessibleName(self.tr("Watch for so many seconds"))
        self.budget.setToolTip(self.tr("How long it is looked for a proof that the contact entered"))
        watch = QLabel(self.tr("&Watch for"))
        watch.setBuddy(self.budget)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(watch)
        foot.addWidget(self.budget)
        foot.addWidget(self.keep)
        foot.addStretch(1)
        foot.addWidget(self._why_icon)
        foot.addWidget(self.why)
        foot.addWidget(self.main)
        return foot

    def _wire(self) -> None:
        self._timer.timeout.connect(self._check)
        self.form.changed.connect(self._changed)
        self.main.clicked.connect(self.run)
        self.keep.clicked.connect(self._keep)
        self.verdict.stopped.connect(self._stop)
        self.verdict.exit_wanted.connect(self.exit_wanted)
        theme.changed.connect(self._look_at_button)

    @property
    def firing(self) -> bool:
        """Whether an event is on its way or being watched."""
        return any(task.key == FIRE_KEY for task in self.state.runner.running())

    def enter(self) -> None:
        """Put the keyboard where one begins."""
        self.form.enter()

    def look(self) -> None:
        """Show the situation that the draft has."""
        known, former = self.draft.situation, self.form.situation
        if known is None or known is former:
            self._look_at_button()
            return
        if former is None or former.source.key != known.source.key:
            self.checklist.show_items((), self.tr("Checking…"))
            if not self.firing:
                self.verdict.clear()
        self.form.show_situation(known)

    def run(self) -> None:
        """Fire, after a question where it is production."""
        connection = self.draft.connection
        if connection is None or self._fault() or self.question is not None:
            return
        if connection.environment is Environment.PRODUCTION:
            self._ask(
                self.tr("This is production"),
                self.tr("{}, tenant {}?").format(self._sentence(), connection.tenant_name),
                force=False,
            )
        else:
            self._fire(force=False)

    @Slot()
    def _changed(self) -> None:
        self.checked = None
        self._timer.start()
        self._look_at_button()

    def _event(self) -> Event | None:
        """What would be fired now; None while the draft and the form do not agree, or the form says nothing."""
        return self.form.event_now() if self.draft.situation is self.form.situation else None

    @Slot()
    def _keep(self) -> None:
        if (data := self.editor.data()) is not None:
            self.keep_wanted.emit(self.contact.text().strip(), payload.as_json(data))

    @Slot()
    def _check(self) -> None:
        event = self._event()
        if event is None and self.draft.situation is not None:
            self.checklist.show_items((), self._fault())
        if event is None or self.draft.connection is None or self.firing:
            return
        if any(task.key == CHECK_KEY for task in self.state.runner.running()):
            self._check_again = True
            self.state.runner.cancel(CHECK_KEY)
            return
        before = None
        if self._before is not None and self._before[:2] == (event.situation, event.contact_key):
            before = self._before[2]
        self.checklist.say(self.tr("Checking…"))
        self.state.runner.start(
            partial(
                service.check,
                client=self.draft.client,
                known=event.situation,
                contact_key=event.contact_key,
                data=event.data,
                raw=event.raw,
                before=before,
            ),
            key=CHECK_KEY,
            label=self.tr("Checking the event"),
            on_result=partial(self._checked_now, event),
            on_error=self._not_checked,
            on_done=self._check_done,
        )

    def _checked_now(self, event: Event, checked: Checked) -> None:
        if checked.before.seen:
            self._before = (event.situation, event.contact_key, checked.before)
        if event == self._event():
            self.checked = checked
            self.checklist.show_items(checklist.items(checked))

    def _not_checked(self, error: ConsoleError) -> None:
        if not self._check_again:
            words = [self.tr("The checklist could not be gone through:"), str(error), error.advice]
            self.checklist.show_items((), " ".join(part for part in words if part))

    def _check_done(self) -> None:
        again, self._check_again = self._check_again, False
        if again:
            self._check()
        elif self.checked is not None:
            self.checklist.say("")
        self._look_at_button()

    def _fault(self) -> str:
        """Why nothing can be fired now; "" when it can."""
        if self.draft.connection is None:
            return self.tr("No tenant is connected.")
        if self.firing:
            return self.tr("An event is on its way or being watched.")
        if fault := self.form.fault():
            return fault
        if self.checked is not None and self.checked.refusals:
            return self.checked.refusals[0].text
        return "" if self._event() is not None else self.tr("The fields are being read.")

    @Slot()
    def _look_at_button(self) -> None:
        fault = self._fault()
        self.main.say(self._sentence())
        self.main.setEnabled(not fault)
        self.keep.setEnabled(bool(self.contact.text().strip()) and self.editor.data() is not None)
        self.main.setToolTip(f"{self._sentence()} (Ctrl+Return)")
        self.why.setText(fault)
        self.why.setMinimumWidth(min(WHY_WIDTH, self.why.fontMetrics().horizontalAdvance(fault) + 6))
        for widget in (self.why, self._why_icon):
            widget.setVisible(bool(fault) and not self.firing)
        self._why_icon.setPixmap(icons.pixmap("warning", 18, Tone.WARNING))

    def _sentence(self) -> str:
        known, connection = self.draft.situation, self.draft.connection
        if known is None or connection is None:
            return self.tr("Fire")
        place = connection.business_unit_name or connection.account_id or connection.profile_name
        if connection.environment is Environment.PRODUCTION:
            place = f"{theme.word(connection.environment)} / {place}"
        contact = self.contact.text().strip() or self.tr("a contact")
        return self.tr("Fire {} for {} in {}").format(known.source.name, contact, place)

    def _ask(self, title: str, question: str, *, force: bool) -> None:
        self.question = confirm.ask(self, title, question, self.tr("Fire"), partial(self._fire, force=force))
        self.question.finished.connect(self._answered)

    @Slot()
    def _answered(self) -> None:
        self.question = None

    def _fire(self, *, force: bool) -> None:
        event, seconds = self._event(), float(self.budget.value())
        if event is None or self.draft.connection is None:
            return
        task = self.state.runner.start(
            partial(
                service.check_and_fire,
                client=self.draft.client,
                known=event.situation,
                contact_key=event.contact_key,
                data=event.data,
                raw=event.raw,
                budget=seconds or None,
                force=force,
            ),
            key=FIRE_KEY,
            label=self._sentence(),
            on_result=self._fired,
            on_error=self._not_fired,
            on_cancelled=self._cancelled,
            on_progress=self.verdict.show_progress,
            on_done=self._done,
        )
        if task is not None and self.firing:
            self.verdict.begin(self._sentence(), seconds)
            self._look_at_button()
            QTimer.singleShot(0, self._show_verdict)

    def _fired(self, ended: tuple[Checked, Receipt]) -> None:
        checked, receipt = ended
        self._before = None
        self.verdict.show_receipt(checked, receipt)

    def _not_fired(self, error: ConsoleError) -> None:
        if isinstance(error, Repeated):
            action = (self.tr("Fire again…"), self._ask_again)
            self.verdict.show_error(error, self.tr("Not fired again"), action)
        else:
            self.verdict.show_error(error, self.tr("Not fired"))

    def _ask_again(self) -> None:
        if self.question is None and not self._fault():
            text = self.tr("The same was fired a moment ago. {} again?").format(self._sentence())
            self._ask(self.tr("Fire the same again"), text, force=True)

    def _cancelled(self) -> None:
        self.verdict.show_error(ConsoleError(self.tr("It was stopped; nothing was sent.")), self.tr("Not fired"))

    def _done(self) -> None:
        self._timer.start()
        self._look_at_button()
        QTimer.singleShot(0, self._show_verdict)
        QApplication.alert(self.window())

    @Slot()
    def _show_verdict(self) -> None:
        """Below a long checklist the verdict would be out of sight: show it whole, or from its top."""
        place = self.verdict.geometry()
        below = place.bottom() - self._told.viewport().height()
        self._told.verticalScrollBar().setValue(min(below, place.top()))

    @Slot()
    def _stop(self) -> None:
        self.state.runner.cancel(FIRE_KEY)


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFrameShape(QFrame.Shape.HLine)
    rule.setFrameShadow(QFrame.Shadow.Sunken)
    return rule
