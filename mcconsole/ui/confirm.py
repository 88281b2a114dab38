"""The one kind of box: a question before something that cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from mcconsole.ui.relay import Relay


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
