"""A button that copies a call in one of four forms."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QPushButton, QToolTip, QWidget

from mcconsole.core.snippets import Call, Form, render
from mcconsole.ui import icons

NAMES = {Form.JSON: "JSON", Form.CURL: "cURL", Form.PYTHON: "Python", Form.APEX: "Apex"}


class CopyAs(QPushButton):
    """Copies what `call` returns, or does nothing where it returns None. Secrets are never in what is copied."""

    copied = Signal(object)
    """The Form."""

    def __init__(self, call: Callable[[], Call | None], text: str, what: str, parent: QWidget | None = None) -> None:
        """`text` of the button, and `what` it copies for the tooltip, such as "the event"; already translated."""
        super().__init__(text, parent)
        self._call = call
        tip = self.tr("Copy {} as JSON, cURL, Python or Apex, without any secret").format(what)
        self.setToolTip(tip)
        self.setAccessibleName(text)
        self.setAccessibleDescription(tip)
        self.setAutoDefault(False)
        icons.follow(self, "copy")
        menu = QMenu(self)
        self.forms: dict[Form, QAction] = {}
        for form, name in NAMES.items():
            action = self.forms[form] = menu.addAction(name)
            action.setData(form.value)
        menu.triggered.connect(self._copy)
        self.setMenu(menu)

    @Slot(QAction)
    def _copy(self, action: QAction) -> None:
        call, form = self._call(), Form(action.data())
        if call is None:
            return
        QGuiApplication.clipboard().setText(render(call, form))
        place = self.mapToGlobal(QPoint(0, self.height()))
        QToolTip.showText(place, self.tr("Copied as {}").format(NAMES[form]), self)
        self.copied.emit(form)
