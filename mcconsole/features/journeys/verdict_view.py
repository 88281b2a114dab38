"""What became of an event: the timeline while it is watched, then the verdict with its evidence and the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from mcconsole.core import clock, snippets
from mcconsole.core.errors import ApiError, ConsoleError
from mcconsole.core.exchange import Exchange
from mcconsole.core.findings import Mark, Stage, Watching
from mcconsole.core.jobs import Progress
from mcconsole.features.journeys.looks import look_of
from mcconsole.features.journeys.service import Checked, Receipt
from mcconsole.features.journeys.verdict import Verdict
from mcconsole.ui import icons, theme
from mcconsole.ui.banner import Action
from mcconsole.ui.copy_as import CopyAs
from mcconsole.ui.pages import heading, show_on_bar
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Tone
from mcconsole.ui.timeline import Timeline
from mcconsole.ui.widgets import Line, plain, small_button

TICK = 500
"""Milliseconds between two looks at the clock while an event is watched."""


class VerdictView(QWidget):
    """From firing to the verdict on one contact."""

    stopped = Signal()
    """Somebody does not want to watch any longer."""
    exit_wanted = Signal(str)
    """The contact with this key should be taken out of the journey."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.receipt: Receipt | None = None
        self._checked: Checked | None = None
        self._exchange: Exchange | None = None
        self._begun = 0.0
        self._budget = 0.0
        self.title = heading("", 1.15)
        self.line = Line()
        self.advice = plain("", selectable=True)
        self.bar = QProgressBar()
        self.time = QLabel()
        self.stop = small_button(self.tr("Stop watching"))
        self.timeline = Timeline()
        self.instance = plain("", selectable=True)
        self.copy_id = QToolButton()
        self.responses = small_button(self.tr("Show in Responses"))
        self.copy_as = CopyAs(self._call, self.tr("Copy as"), self.tr("the event"))
        self.exit = small_button(self.tr("Take this contact out…"))
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._arrange()
        self.stop.clicked.connect(self._stop)
        self.copy_id.clicked.connect(self._copy_id)
        self.responses.clicked.connect(self._show_exchange)
        self.exit.clicked.connect(self._exit)
        self.clear()

    def _arrange(self) -> None:
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Time spent of the time given"))
        icons.follow(self.stop, "cancel")
        icons.follow(self.copy_id, "copy")
        icons.follow(self.responses, "responses")
        self.copy_id.setAutoRaise(True)
        self.copy_id.setToolTip(self.tr("Copy the event instance id"))
        self.copy_id.setAccessibleName(self.tr("Copy the event instance id"))
        theme.tint(self.time, Tone.NEUTRAL)
        watch = QHBoxLayout()
        watch.setSpacing(10)
        watch.addWidget(self.bar, 1)
        watch.addWidget(self.time)
        watch.addWidget(self.stop)
        receipt = QHBoxLayout()
        receipt.setSpacing(4)
        receipt.addWidget(self.instance, 1)
        receipt.addWidget(self.copy_id)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.responses, self.copy_as):
            buttons.addWidget(button)
        buttons.addStretch(1)
        leave = QHBoxLayout()
        leave.addWidget(self.exit)
        leave.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(9)
        column.addWidget(self.title)
        column.addWidget(self.line)
        column.addWidget(self.advice)
        column.addLayout(watch)
        column.addWidget(self.timeline)
        column.addLayout(receipt)
        column.addLayout(buttons)
        column.addLayout(leave)

    def clear(self) -> None:
        """Nothing was fired yet."""
        self._show(self.tr("Verdict"), watching=False)
        self.advice.setText(
            self.tr("Here it is told what became of the event: accepted, written, in the journey, and what proves it.")
        )
        self.advice.show()

    def begin(self, what: str, budget: float) -> None:
        """An event is on its way."""
        self._begun, self._budget = clock.monotonic(), budget
        self._show(what, watching=True)
        self._show_stages([Stage("accepted", Mark.UNSEEN, self.tr("on its way"))], live=True)
        self._timer.start()
        self._tick()

    def show_progress(self, progress: Progress) -> None:
        """The timeline so far."""
        if isinstance(watching := progress.detail, Watching):
            if watching.elapsed == 0.0:
                self._begun = clock.monotonic()
            for stages in watching.stages.values():
                self._show_stages(stages, live=True)

    def show_receipt(self, checked: Checked, receipt: Receipt) -> None:
        """The verdict."""
        self.receipt, self._checked, self._exchange = receipt, checked, receipt.exchange
        _, tone, word = look_of(receipt.verdict)
        if receipt.accepted is False:
            word = self.tr("not accepted")
        self._show(f"{word[:1].upper()}{word[1:]}: {receipt.contact_key}", watching=False)
        proof = self.tr("Proof: {}.")
        self.line.say(tone, proof.format(receipt.reason) if receipt.verdict is Verdict.ENTERED else receipt.reason)
        self.line.setAccessibleName(f"{word}. {receipt.reason}")
        said = receipt.error.said if receipt.error is not None else ""
        words = [self.tr("Marketing Cloud says: “{}”").format(said)] if said and said not in receipt.reason else []
        words += [self.tr("Next: {}").format(receipt.advice)] if receipt.advice else []
        self.advice.setText("\n".join(words))
        self.advice.setVisible(bool(words))
        self._show_stages(receipt.stages)
        self._show_instance(receipt.event_instance_id)
        self.copy_as.show()
        self.responses.setVisible(self._exchange is not None)
        self.exit.setVisible(receipt.accepted is not False and bool(checked.situation.journeys))

    def show_error(self, error: ConsoleError, title: str, *actions: Action) -> None:
        """It was not fired."""
        self._exchange = error.exchange if isinstance(error, ApiError) else None
        self._show(title, watching=False)
        self.line.say(Tone.ERROR, str(error), *actions)
        words = [self.tr("Marketing Cloud says: “{}”").format(error.said)] if error.said else []
        words += [self.tr("Next: {}").format(error.advice)] if error.advice else []
        self.advice.setText("\n".join(words))
        self.advice.setVisible(bool(words))
        self.responses.setVisible(self._exchange is not None)

    def _show(self, title: str, *, watching: bool) -> None:
        """Begin anew with only a title, and the clock while `watching`."""
        self.title.setText(title)
        self.line.say(Tone.NEUTRAL, "")
        self.advice.hide()
        self._timer.stop()
        for widget in (self.bar, self.time, self.stop):
            widget.setVisible(watching)
        self.stop.setEnabled(True)
        self.timeline.show_stages(())
        self._show_instance("")
        for button in (self.responses, self.copy_as, self.exit):
            button.hide()

    def _show_stages(self, stages: Sequence[Stage], *, live: bool = False) -> None:
        self.timeline.show_stages([replace(one, name=stage_name(one.name)) for one in stages], live=live)

    def _show_instance(self, instance: str) -> None:
        self.instance.setText(self.tr("Event instance id {}").format(instance))
        self.instance.setVisible(bool(instance))
        self.copy_id.setVisible(bool(instance))

    @Slot()
    def _tick(self) -> None:
        spent = min(clock.monotonic() - self._begun, self._budget)
        show_on_bar(self.bar, Progress(spent, self._budget))
        self.time.setText(self.tr("{} of {} s").format(f"{spent:.0f}", f"{self._budget:g}"))

    @Slot()
    def _stop(self) -> None:
        self.stop.setEnabled(False)
        self.stopped.emit()

    @Slot()
    def _copy_id(self) -> None:
        if self.receipt is not None:
            QGuiApplication.clipboard().setText(self.receipt.event_instance_id)

    @Slot()
    def _show_exchange(self) -> None:
        if self._exchange is not None:
            self.state.show_exchange(self._exchange)

    @Slot()
    def _exit(self) -> None:
        if self.receipt is not None:
            self.exit_wanted.emit(self.receipt.contact_key)

    def _call(self) -> snippets.Call | None:
        if self._checked is None:
            return None
        checked = self._checked
        return snippets.event_call(checked.situation.source.key, checked.contact_key, checked.data)


_STAGES = {
    "accepted": "Accepted",
    "row": "Row written",
    "processed": "Processed",
    "in the journey": "In the journey",
    "history": "History",
}


def stage_name(name: str) -> str:
    """A stage's name, translated."""
    return QCoreApplication.translate("Verdict", _STAGES.get(name, name))
