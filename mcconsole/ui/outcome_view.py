"""What became of one thing that was sent: the timeline while it is watched, then the end with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from mcconsole.core import clock
from mcconsole.core.errors import ApiError, ConsoleError
from mcconsole.core.exchange import Exchange
from mcconsole.core.findings import Mark, Stage, Watching
from mcconsole.core.jobs import Progress
from mcconsole.core.snippets import Call
from mcconsole.ui import icons, theme
from mcconsole.ui.banner import Action
from mcconsole.ui.copy_as import CopyAs
from mcconsole.ui.pages import heading, show_on_bar
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Tone
from mcconsole.ui.timeline import Timeline
from mcconsole.ui.widgets import Line, narrow, plain, small_button

TICK = 500
"""Milliseconds between two looks at the clock while it is watched."""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts that differ from tab to tab, translated."""

    title: str
    """While nothing was sent yet."""
    hint: str
    what: str
    """What is copied, such as "the event"."""
    copy_id: str
    """What the button beside the tenant's id does."""
    stages: Mapping[str, str]
    """Names of stages by the names that the Qt-free side gives them."""


@dataclass(frozen=True, slots=True)
class End:
    """How it ended, in words."""

    title: str
    tone: Tone
    word: str
    text: str
    reason: str
    stages: Sequence[Stage]
    id_text: str = ""
    """A sentence with the tenant's id of it; `id` alone is copied."""
    id: str = ""
    advice: str = ""
    error: ConsoleError | None = None
    exchange: Exchange | None = None


class OutcomeView(QWidget):
    """From sending to the end of one thing that was sent."""

    stopped = Signal()
    """Somebody does not want to watch any longer."""

    def __init__(self, state: AppState, words: Words, call: Callable[[], Call | None]) -> None:
        """`call` is what was sent, to be copied."""
        super().__init__()
        self.state = state
        self.words = words
        self._exchange: Exchange | None = None
        self._end: End | None = None
        """How what was sent last ended."""
        self._id = ""
        self._begun = 0.0
        self._budget = 0.0
        self.title = heading("", 1.15)
        self.title.setWordWrap(True)
        narrow(self.title)
        self.note = Line()
        """What has to be said beside how it ended."""
        self.line = Line()
        self.advice = narrow(plain("", selectable=True))
        self.bar = QProgressBar()
        self.time = QLabel()
        self.stop = small_button(self.tr("Stop watching"))
        self.timeline = Timeline()
        self.instance = narrow(plain("", selectable=True))
        self.copy_id = QToolButton()
        self.responses = small_button(self.tr("Show in Responses"))
        self.copy_as = CopyAs(call, self.tr("Copy as"), words.what)
        self.more = QHBoxLayout()
        """Where a tab may put buttons of its own, below the others."""
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._arrange()
        self.stop.clicked.connect(self._stop)
        self.copy_id.clicked.connect(self._copy_id)
        self.responses.clicked.connect(self._show_exchange)

    def _arrange(self) -> None:
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Time spent of the time given"))
        icons.follow(self.stop, "cancel")
        icons.follow(self.copy_id, "copy")
        icons.follow(self.responses, "responses")
        self.copy_id.setAutoRaise(True)
        self.copy_id.setToolTip(self.words.copy_id)
        self.copy_id.setAccessibleName(self.words.copy_id)
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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(9)
        column.addWidget(self.note)
        column.addWidget(self.title)
        column.addWidget(self.line)
        column.addWidget(self.advice)
        column.addLayout(watch)
        column.addWidget(self.timeline)
        column.addLayout(receipt)
        column.addLayout(buttons)
        column.addLayout(self.more)

    def clear(self) -> None:
        """Nothing was sent yet."""
        self._end = None
        self._show(self.words.title, watching=False)
        self.advice.setText(self.words.hint)
        self.advice.show()

    def begin(self, what: str, budget: float) -> None:
        """It is on its way."""
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

    def show_end(self, end: End) -> None:
        """How it ended."""
        self._show(end.title, watching=False)
        self._end, self._exchange = end, end.exchange
        self.line.say(end.tone, end.text)
        self.line.setAccessibleName(f"{end.word}. {end.reason}")
        said = end.error.said if end.error is not None else ""
        self._advise(said if said not in end.reason else "", end.advice)
        self._show_stages(end.stages)
        self._show_id(end.id_text, end.id)
        self.copy_as.show()
        self.responses.setVisible(self._exchange is not None)

    def show_error(self, error: ConsoleError, title: str, *actions: Action) -> None:
        """It was not sent."""
        self._show(title, watching=False)
        self._exchange = error.exchange if isinstance(error, ApiError) else None
        self.line.say(Tone.ERROR, str(error), *actions)
        self._advise(error.said, error.advice)
        self.responses.setVisible(self._exchange is not None)

    def show_repeated(self, error: ConsoleError, title: str, *actions: Action) -> None:
        """It was not sent once more; how it ended when it was sent stays."""
        if self._end is None:
            self.show_error(error, title, *actions)
            return
        self.show_end(self._end)
        self.note.say(Tone.WARNING, " ".join(filter(None, (f"{title}.", str(error), error.advice))), *actions)

    def _advise(self, said: str, advice: str) -> None:
        words = [self.tr("Marketing Cloud says: “{}”").format(said)] if said else []
        words += [self.tr("Next: {}").format(advice)] if advice else []
        self.advice.setText("\n".join(words))
        self.advice.setVisible(bool(words))

    def _show(self, title: str, *, watching: bool) -> None:
        """Begin anew with only a title, and the clock while `watching`."""
        self.title.setText(title)
        for line in (self.note, self.line):
            line.say(Tone.NEUTRAL, "")
        self.advice.hide()
        self._timer.stop()
        for widget in (self.bar, self.time, self.stop):
            widget.setVisible(watching)
        self.stop.setEnabled(True)
        self.timeline.show_stages(())
        self._show_id("", "")
        for button in (self.responses, self.copy_as):
            button.hide()

    def _show_stages(self, stages: Sequence[Stage], *, live: bool = False) -> None:
        names = self.words.stages
        self.timeline.show_stages([replace(one, name=names.get(one.name, one.name)) for one in stages], live=live)

    def _show_id(self, text: str, own: str) -> None:
        self._id = own
        self.instance.setText(text)
        self.instance.setVisible(bool(own))
        self.copy_id.setVisible(bool(own))

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
        QGuiApplication.clipboard().setText(self._id)

    @Slot()
    def _show_exchange(self) -> None:
        if self._exchange is not None:
            self.state.show_exchange(self._exchange)
