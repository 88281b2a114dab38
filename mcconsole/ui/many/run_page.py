"""A run while it goes on."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from mcconsole.core import clock
from mcconsole.core.jobs import Progress
from mcconsole.core.members import MemberState
from mcconsole.core.running import Running
from mcconsole.ui import icons, theme
from mcconsole.ui.many.words import Words
from mcconsole.ui.pages import heading, show_on_bar
from mcconsole.ui.tasks import Task
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Tile, plain, small_button


class RunPage(QWidget):
    """How many were fired, what is known of them, and a way to stop."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._task: Task | None = None
        self._began = 0.0
        self._fired_before: int | None = None
        self.title = heading("", 1.3)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.far = QLabel()
        self.speed = QLabel()
        good, bad = (Tile(*words.outcomes[one]) for one in words.certain)
        self.entered, self.out = good, bad
        self.accepted = Tile("clock", Tone.INFO, words.waiting)
        self.unknown = Tile("unknown", Tone.WARNING, self.tr("unknown whether accepted"))
        self.cancel = small_button(self.tr("Cancel the run"))
        self.words = plain("")
        self._build()

    def _build(self) -> None:
        icons.follow(self.cancel, "cancel")
        self.cancel.clicked.connect(self._cancel)
        theme.tint(self.speed, Tone.NEUTRAL)
        figures = QHBoxLayout()
        figures.addWidget(self.far, 1)
        figures.addWidget(self.speed)
        tiles = QHBoxLayout()
        tiles.setSpacing(10)
        for tile in (self.entered, self.out, self.accepted, self.unknown):
            tiles.addWidget(tile, 1)
        stop = QHBoxLayout()
        stop.setSpacing(12)
        stop.addWidget(self.cancel)
        stop.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self.title)
        column.addWidget(self.bar)
        column.addLayout(figures)
        column.addLayout(tiles)
        column.addLayout(stop)
        column.addStretch(2)

    def begin(self, task: Task, title: str) -> None:
        """Watch a run from its start."""
        self._task, self._began = task, clock.monotonic()
        self._fired_before = None
        self.title.setText(title)
        self.bar.setAccessibleName(title)
        self.far.setText("")
        self.speed.setText("")
        self.words.setText("")
        self.cancel.setEnabled(True)
        show_on_bar(self.bar, Progress())
        for tile in (self.entered, self.out, self.accepted, self.unknown):
            tile.show_number(0)

    def show_progress(self, progress: Progress) -> None:
        """How far it is; a progress without figures only says what is being done."""
        running = progress.detail
        if not isinstance(running, Running):
            self.speed.setText(progress.note)
            return
        show_on_bar(self.bar, progress)
        for tile, word in zip((self.entered, self.out), self._words.certain, strict=True):
            tile.show_number(running.judged(word))
        self.accepted.show_number(running.open((MemberState.ACCEPTED,), self._words.certain))
        self.unknown.show_number(running.open((MemberState.UNKNOWN, MemberState.SENDING), self._words.certain))
        self.far.setText(self._words.fired.format(f"{running.fired:,}", f"{running.total:,}"))
        self.speed.setText(self._rate(running))

    def _rate(self, running: Running) -> str:
        """What this run has fired itself, a second; what a run that was cut had fired before does not count."""
        if self._fired_before is None:
            self._fired_before = running.fired
        if running.fired == running.total:
            return self.tr("Looking for what became of them")
        fired, seconds = running.fired - self._fired_before, clock.monotonic() - self._began
        return self._words.rate.format(f"{fired / seconds:,.0f}") if fired and seconds > 1 else ""

    @Slot()
    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self.cancel.setEnabled(False)
            self.words.setText(self._words.recall)
