"""The one kind of box: a question before something that cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from mcconsole.core.tenant import Environment
from mcconsole.ui.relay import Relay
from mcconsole.ui.state import Connection


def ask(parent: QWidget, title: str, question: str, yes: str, act: Callable[[], object]) -> QMessageBox:
    """Ask without blocking, and `act` when the answer is yes. Cancel is the default; the texts are translated."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    button = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    button.setObjectName("confirm")
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.accepted.connect(Relay(act, box).do)
    box.open()
    return box


class Asking(QWidget):
    """A widget that asks one question at a time."""

    question: QMessageBox | None = None
    """Until it is answered."""

    def ask(self, title: str, question: str, yes: str, act: Callable[[], object]) -> None:
        """Ask without blocking, and `act` when the answer is yes."""
        self.question = ask(self, title, question, yes, act)
        self.question.finished.connect(self._answered)

    def ask_in_production(self, connection: Connection, sentence: str, yes: str, act: Callable[[], object]) -> None:
        """`act` at once; in production after a question that names the tenant."""
        if connection.environment is Environment.PRODUCTION:
            question = self.tr("{}, tenant {}?").format(sentence, connection.tenant_name)
            self.ask(self.tr("This is production"), question, yes, act)
        else:
            act()

    @Slot()
    def _answered(self) -> None:
        self.question = None
