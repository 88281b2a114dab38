"""Forgetting a person: look first, say how many calls it is, then remove them for good."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from mcconsole.core.errors import ConsoleError
from mcconsole.core.history import forget
from mcconsole.core.history.forget import Doomed
from mcconsole.core.jobs import Progress
from mcconsole.ui import icons, theme
from mcconsole.ui.form import Field, Form, FormWidget
from mcconsole.ui.pages import heading, show_on_bar
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Tone

KEY = "responses.forget"


class ForgetDialog(QDialog):
    """Asks for a contact key or an e-mail address."""

    forgotten = Signal(object)
    """With how many calls were removed."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._doomed: Doomed | None = None
        self.setWindowTitle(self.tr("Forget a person"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form = FormWidget(
            Form(
                (
                    Field(
                        "value",
                        self.tr("Contact key or e-mail address"),
                        required=True,
                        help=self.tr(
                            "Removes every call of this history that holds it, in its path, headers or bodies. "
                            "Marketing Cloud itself is not asked and not changed."
                        ),
                    ),
                )
            )
        )
        self.form.changed.connect(self._changed)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("How far it is"))
        self.bar.hide()
        self.look = QPushButton(self.tr("Look for it"))
        self.remove = QPushButton(self.tr("Remove"))
        icons.follow(self.look, "search")
        icons.follow(self.remove, "delete")
        self.remove.setEnabled(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        buttons.addButton(self.look, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.remove, QDialogButtonBox.ButtonRole.DestructiveRole)
        buttons.rejected.connect(self.reject)
        self.look.setDefault(True)
        self.look.clicked.connect(self._look)
        self.remove.clicked.connect(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        for widget in (heading(self.tr("Forget a person")), self.form, self.words, self.bar, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(520)

    def reject(self) -> None:
        """Close, and stop what is going on."""
        self._state.runner.cancel(KEY)
        super().reject()

    @Slot()
    def _changed(self) -> None:
        self._state.runner.cancel(KEY)
        self._doomed = None
        self._say("")

    @Slot()
    def _look(self) -> None:
        self._say(self.tr("Looking through the history…"))
        self._state.runner.start(
            partial(forget.look, history=self._state.history, value=self.form.values()["value"]),
            key=KEY,
            label=self.tr("Looking for a person in the history"),
            on_result=self._looked,
            on_error=self._failed,
            on_progress=self._progress,
            on_done=self._done,
        )

    def _looked(self, doomed: Doomed) -> None:
        if doomed.value != self.form.values()["value"].strip():
            return
        self._doomed = doomed
        if doomed.keys:
            found = self.tr("{:,} of {:,} calls hold it. What is removed cannot be brought back.")
            self._say(found.format(len(doomed.keys), doomed.total) + self._unread(doomed), Tone.WARNING)
            self.remove.setText(self.tr("Remove {:,} calls").format(len(doomed.keys)))
            self.remove.setFocus()
        else:
            told = self.tr("None of the {:,} calls holds it.").format(doomed.total) + self._unread(doomed)
            self._say(told, Tone.WARNING if doomed.unread else Tone.SUCCESS)

    def _unread(self, doomed: Doomed) -> str:
        """What nothing can be looked for in."""
        if not doomed.unread:
            return ""
        told = self.tr(
            "\nDamaged histories that were set aside may hold it too: {}. Delete them, or clear the history."
        )
        return told.format(", ".join(doomed.unread))

    @Slot()
    def _remove(self) -> None:
        if self._doomed is not None:
            self._say(self.tr("Removing…"))
            self._state.runner.start(
                partial(forget.forget, history=self._state.history, doomed=self._doomed),
                key=KEY,
                label=self.tr("Forgetting a person"),
                on_result=self._removed,
                on_error=self._failed,
                on_progress=self._progress,
                on_done=self._done,
            )

    def _removed(self, count: int) -> None:
        self.forgotten.emit(count)
        self.accept()

    def _failed(self, error: ConsoleError) -> None:
        self._say(" ".join(part for part in (str(error), error.advice) if part), Tone.ERROR)

    def _progress(self, progress: Progress) -> None:
        self.bar.show()
        show_on_bar(self.bar, progress)

    def _done(self) -> None:
        self.bar.hide()

    def _say(self, text: str, tone: Tone = Tone.NEUTRAL) -> None:
        self.words.setText(text)
        theme.tint(self.words, tone)
        self.remove.setEnabled(self._doomed is not None and bool(self._doomed.keys))
        if self._doomed is None:
            self.remove.setText(self.tr("Remove"))
