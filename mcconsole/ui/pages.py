"""The pages every tab has: no tenant yet, nothing here yet, working, content, error with what to do next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import Progress
from mcconsole.ui import icons, theme
from mcconsole.ui.banner import Action
from mcconsole.ui.relay import Relay
from mcconsole.ui.theme import Tone

TEXT_WIDTH = 520


class Pages(QStackedWidget):
    """A stack with one page in front. `content` is the tab's own; the others are alike everywhere."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self.notice = Notice()
        self.working = Working()
        self.addWidget(content)
        self.addWidget(self.notice)
        self.addWidget(self.working)

    def show_content(self) -> None:
        """Show the tab's own page."""
        self.setCurrentWidget(self.content)

    def show_no_tenant(self, open_credentials: Callable[[], object]) -> None:
        """Say that a tenant must be connected first."""
        self.show_empty(
            self.tr("No tenant connected"),
            self.tr("Connect with one of your profiles, or make the first one."),
            (self.tr("Open Credentials"), open_credentials),
            icon="connect",
        )

    def show_empty(self, title: str, text: str = "", *actions: Action, icon: str = "inbox") -> None:
        """Say that there is nothing here yet, and what to do about it."""
        self.notice.say(icon, Tone.NEUTRAL, title, text, actions=actions)
        self.setCurrentWidget(self.notice)

    def show_error(
        self, error: ConsoleError, retry: Callable[[], object] | None = None, *actions: Action, title: str = ""
    ) -> None:
        """Show what happened, what Marketing Cloud said and what to do next."""
        again = ((self.tr("Try again"), retry),) if retry is not None else ()
        self.notice.say(
            "error",
            Tone.ERROR,
            title or self.tr("That did not work"),
            str(error),
            said=error.said,
            advice=error.advice,
            actions=(*again, *actions),
        )
        self.setCurrentWidget(self.notice)

    def show_working(self, text: str, cancel: Callable[[], object] | None = None) -> None:
        """Show that something is being done."""
        self.working.begin(text, cancel)
        self.setCurrentWidget(self.working)

    @Slot(object)
    def show_progress(self, progress: Progress) -> None:
        """Show how far it is; fits `on_progress` of the runner."""
        self.working.show_progress(progress)


class Notice(QWidget):
    """An icon, a title, a few words and what can be done, in the middle of the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ("inbox", Tone.NEUTRAL)
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.title = heading("", 1.35)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = _centred()
        self.said = _centred()
        self.said.setContentsMargins(12, 8, 12, 8)
        self.advice = _centred()
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.setContentsMargins(24, 24, 24, 24)
        column.addStretch(2)
        for widget in (self._icon, self.title, self.text, self.said, self.advice):
            column.addLayout(_in_the_middle(widget))
        column.addSpacing(6)
        column.addLayout(self._buttons)
        column.addStretch(3)
        theme.changed.connect(self._paint)

    def say(
        self,
        icon: str,
        tone: Tone,
        title: str,
        text: str,
        *,
        said: str = "",
        advice: str = "",
        actions: tuple[Action, ...] = (),
    ) -> None:
        """Change everything that is shown."""
        self._shown = (icon, tone)
        self.title.setText(title)
        for label, words in (
            (self.text, text),
            (self.said, self.tr("Marketing Cloud says: “{}”").format(said) if said else ""),
            (self.advice, advice),
        ):
            label.setText(words)
            label.setVisible(bool(words))
        self.setAccessibleName(". ".join(part for part in (title, text, said, advice) if part))
        self._offer(actions)
        self._paint()

    def _offer(self, actions: tuple[Action, ...]) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._buttons.addStretch(1)
        for index, (text, act) in enumerate(actions):
            button = QPushButton(text)
            button.setDefault(index == 0)
            button.setAutoDefault(True)
            button.clicked.connect(Relay(act, button).do)
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)

    @Slot()
    def _paint(self) -> None:
        icon, tone = self._shown
        self._icon.setPixmap(icons.pixmap(icon, 48, tone))
        theme.paint_ground(self.said, Tone.NEUTRAL)


class Working(QWidget):
    """A bar, a few words and a way out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = heading("", 1.1)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.bar = QProgressBar()
        self.bar.setFixedWidth(360)
        self.bar.setTextVisible(False)
        self.note = _centred()
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self._cancel)
        self._stop: Callable[[], object] | None = None
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (self.text, self.bar, self.note, self.cancel):
            if isinstance(widget, QLabel):
                column.addLayout(_in_the_middle(widget))
            else:
                column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def begin(self, text: str, cancel: Callable[[], object] | None) -> None:
        """Start over, with a bar that runs to and fro until a total is known."""
        self.text.setText(text)
        self.note.setText("")
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(text)
        self.cancel.setVisible(cancel is not None)
        self.cancel.setEnabled(True)
        self._stop = cancel

    @Slot()
    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        if self._stop is not None:
            self._stop()

    def show_progress(self, progress: Progress) -> None:
        """Show `done` of `total`, and the note."""
        show_on_bar(self.bar, progress)
        self.note.setText(progress.note)


def show_on_bar(bar: QProgressBar, progress: Progress) -> None:
    """Set a bar from a Progress of any size (Qt counts in 32 bits)."""
    if progress.total:
        bar.setRange(0, 1000)
        bar.setValue(min(1000, int(1000 * progress.done / progress.total)))
    else:
        bar.setRange(0, 0)


def heading(text: str, scale: float = 1.2) -> QLabel:
    """A label in a larger, stronger font."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    font.setWeight(font.Weight.DemiBold)
    label.setFont(font)
    return label


def _in_the_middle(label: QLabel) -> QHBoxLayout:
    """A row that keeps a wrapped label central; an alignment would give it too few lines."""
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(label, 100)
    row.addStretch(1)
    return row


def _centred() -> QLabel:
    label = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMaximumWidth(TEXT_WIDTH)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
