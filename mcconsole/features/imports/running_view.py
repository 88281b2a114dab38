"""The page while rows are on their way: how far it is, pause, cancel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from mcconsole.core.jobs import Progress
from mcconsole.features.imports.sender import Running
from mcconsole.ui import icons
from mcconsole.ui.pages import heading, show_on_bar
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Figures, Tile, plain, small_button


class RunningView(QWidget):
    """Shows what a run reports."""

    def __init__(self) -> None:
        super().__init__()
        self.title = heading("", 1.2)
        self.bar = QProgressBar()
        self.rows = Figures()
        self.speed = Figures()
        self.speed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)  # it may be wider
        self.words = plain("")
        self.landed = Tile("success", Tone.SUCCESS, self.tr("landed"))
        self.failed = Tile("error", Tone.ERROR, self.tr("failed"))
        self.unknown = Tile("unknown", Tone.WARNING, self.tr("unknown"))
        self.accepted = Tile("clock", Tone.INFO, self.tr("accepted, end not known yet"))
        self.pause = small_button("")
        self.cancel = small_button(self.tr("Cancel the import"))
        self._build()
        self.show_pause(paused=False)

    def _build(self) -> None:
        self.title.setWordWrap(True)
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
        stop.addWidget(self.pause)
        stop.addWidget(self.cancel)
        stop.addWidget(self.words, 1)
        stop.setSpacing(12)
        icons.follow(self.cancel, "cancel")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 24, 12)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self.title)
        column.addWidget(self.bar)
        column.addLayout(figures)
        column.addSpacing(6)
        column.addLayout(tiles)
        column.addSpacing(6)
        column.addLayout(stop)
        column.addStretch(2)

    def begin(self, title: str, total: int) -> None:
        """A run begins."""
        self.title.setText(title)
        self.cancel.setEnabled(True)
        self.pause.setEnabled(True)
        self.show_pause(paused=False)
        self.words.setText("")
        self.show_running(Running(total, 0, 0, 0, 0, 0, None, None))

    def show_pause(self, *, paused: bool) -> None:
        """The button offers what can be done."""
        self.pause.setText(self.tr("Go on") if paused else self.tr("Pause"))
        icons.follow(self.pause, "run" if paused else "clock")
        said = self.tr("Paused: nothing more is sent until you go on. What was accepted is still asked after.")
        self.words.setText(said if paused else "")

    def stopping(self) -> None:
        """Cancelling was asked for."""
        self.cancel.setEnabled(False)
        self.pause.setEnabled(False)
        self.words.setText(self.tr("Stopping. What Marketing Cloud has accepted cannot be recalled."))

    def show_progress(self, progress: Progress) -> None:
        """Show what the job reports; before the first row leaves that is a note only."""
        if isinstance(progress.detail, Running):
            self.show_running(progress.detail)
        else:
            show_on_bar(self.bar, progress)
            self.rows.say(progress.note)

    def show_running(self, running: Running) -> None:
        """Show these figures."""
        for tile, number in (
            (self.landed, running.succeeded),
            (self.failed, running.failed),
            (self.unknown, running.unknown),
            (self.accepted, running.accepted),
        ):
            tile.show_number(number)
        show_on_bar(self.bar, Progress(running.settled, running.total))
        form = self.tr("{} of {} rows settled")
        if running.accepted and not running.settled:
            form = self.tr("{} of {} rows settled; Marketing Cloud is working on those that it accepted")
        self.rows.say(form.format(f"{running.settled:,}", f"{running.total:,}"))
        parts = []
        if running.rate and not running.paused:
            parts.append(self.tr("{} rows a second").format(f"{running.rate:,.0f}"))
        if running.seconds_left is not None and not running.paused:
            parts.append(self.tr("{} left").format(duration(running.seconds_left)))
        self.speed.say("  ·  ".join(parts))
        if running.cancelling:
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


def duration(seconds: float) -> str:
    """Seconds in words, coarse as estimates are."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{int(seconds // 3600)} h {round(seconds % 3600 / 60)} min"
