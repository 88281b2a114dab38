"""Ctrl+F in a body: looks for words in what the current view shows, and leads from one place to the next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Slot

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.features.responses import finding
from mcconsole.features.responses.find_bar import FindBar
from mcconsole.features.responses.finding import Hits
from mcconsole.features.responses.lines import PIECE, Text
from mcconsole.ui.tasks import TaskRunner

TYPING = 150
"""Milliseconds after the last key before it is looked for."""


class Finder(QObject):
    """Between the bar and the views: `text` gives what is searched, `show_hit` is told offset and length, or None."""

    def __init__(
        self,
        runner: TaskRunner,
        key: str,
        bar: FindBar,
        text: Callable[[], Text],
        show_hit: Callable[[tuple[int, int] | None], object],
    ) -> None:
        super().__init__(bar)
        self._runner, self._key, self._bar = runner, key, bar
        self._text, self._show_hit = text, show_hit
        self.hits = Hits()
        self.at = 0
        self._typing = QTimer(self, singleShot=True, interval=TYPING)
        self._typing.timeout.connect(self.search)
        bar.wanted.connect(self._typed)
        bar.moved.connect(self.move)
        bar.closed.connect(self.search)

    @Slot()
    def search(self) -> None:
        """Look for the words in what is shown now."""
        self._typing.stop()
        words, text = self._bar.words.text(), self._text()
        self._runner.cancel(self._key)
        if not words or len(text) <= PIECE:
            self._found((words, finding.find(JobContext(), text, words) if words else Hits()))
            return
        self._bar.show_count(None, 0, searching=True)
        self._runner.start(
            partial(_find, text=text, words=words),
            key=self._key,
            label=self.tr("Looking for words in a body"),
            on_result=self._found,
            on_error=self._failed,
            on_cancelled=self._again,
        )

    @Slot(int)
    def move(self, step: int) -> None:
        """To the next place, or the one before; from the last to the first."""
        if self._typing.isActive():
            self.search()
        elif len(self.hits):
            self.at = (self.at + step) % len(self.hits)
            self._show()

    def _found(self, result: tuple[str, Hits]) -> None:
        words, hits = result
        if words != self._bar.words.text():
            self.search()
            return
        self.hits, self.at = hits, 0
        self._show()

    def _again(self) -> None:
        if self._bar.words.text():
            self._typing.start()

    def _failed(self, error: ConsoleError) -> None:
        self._bar.count.setText(str(error))

    def _show(self) -> None:
        self._bar.show_count(self.at, len(self.hits), more=self.hits.more)
        self._show_hit(self.hits[self.at] if len(self.hits) else None)

    @Slot(str)
    def _typed(self, _words: str) -> None:
        self._typing.start()


def _find(ctx: JobContext, *, text: Text, words: str) -> tuple[str, Hits]:
    return words, finding.find(ctx, text, words)
