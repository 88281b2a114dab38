"""The running jobs at the bottom of the window: label, progress, cancel."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from mcconsole.ui import icons
from mcconsole.ui.pages import show_on_bar
from mcconsole.ui.relay import Relay
from mcconsole.ui.tasks import Task, TaskRunner

SHOWN_LIMIT = 3


class JobBar(QWidget):
    """A small line for each running job, oldest first."""

    def __init__(self, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[int, _Line] = {}
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(6, 2, 6, 2)
        self._layout.setSpacing(18)
        self._more = QLabel()
        self._layout.addWidget(self._more)
        self._more.hide()
        self.setAccessibleName(self.tr("Running jobs"))
        runner.started.connect(self._add)
        runner.progressed.connect(self._show)
        runner.finished.connect(self._remove)

    @Slot(object)
    def _add(self, task: Task) -> None:
        if task.quiet:
            return
        line = self._lines[id(task)] = _Line(task, self)
        self._layout.insertWidget(self._layout.count() - 1, line)
        self._arrange()

    @Slot(object)
    def _show(self, task: Task) -> None:
        if line := self._lines.get(id(task)):
            line.refresh()

    @Slot(object)
    def _remove(self, task: Task) -> None:
        if line := self._lines.pop(id(task), None):
            line.hide()
            line.deleteLater()
        self._arrange()

    def _arrange(self) -> None:
        for number, line in enumerate(self._lines.values()):
            line.setVisible(number < SHOWN_LIMIT)
        hidden = len(self._lines) - SHOWN_LIMIT
        self._more.setVisible(hidden > 0)
        self._more.setText(self.tr("and {} more").format(hidden))


class _Line(QWidget):
    def __init__(self, task: Task, parent: QWidget) -> None:
        super().__init__(parent)
        self._task = task
        self._text = QLabel()
        self._bar = QProgressBar()
        self._bar.setFixedWidth(120)
        self._bar.setMaximumHeight(10)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(task.label)
        self._cancel = QToolButton()
        self._cancel.setAutoRaise(True)
        self._cancel.setAccessibleName(self.tr("Cancel: {}").format(task.label))
        self._cancel.setToolTip(self.tr("Cancel"))
        icons.follow(self._cancel, "cancel")
        self._cancel.clicked.connect(Relay(self._stop, self).do)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self._text, self._bar, self._cancel):
            row.addWidget(widget)
        self._cancel.setVisible(not task.uninterruptible)
        self.refresh()

    def refresh(self) -> None:
        """Show how far the job is."""
        words = self._task.label
        if self._task.cancelling:
            words = self.tr("{}: stopping").format(words)
            self._cancel.setEnabled(False)
        self._text.setText(words)
        self._text.setToolTip(self._task.progress.note)
        show_on_bar(self._bar, self._task.progress)

    def _stop(self) -> None:
        self._task.cancel()
        self.refresh()
