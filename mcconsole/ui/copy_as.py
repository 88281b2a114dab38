"""A button that copies a call in one of four forms."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QToolButton, QToolTip, QWidget

from mcconsole.core.snippets import Call, Form, render
from mcconsole.ui import icons

NAMES = {Form.JSON: "JSON", Form.CURL: "cURL", Form.PYTHON: "Python", Form.APEX: "Apex"}


class CopyAs(QToolButton):
    """Copies what `call` returns, or does nothing where it returns None. Secrets are never in what is copied."""

    copied = Signal(object)
    """The Form."""

    def __init__(self, call: Callable[[], Call | None], what: str, parent: QWidget | None = None) -> None:
        """`what` names the call for the tooltip, such as "the event"; already translated."""
        super().__init__(parent)
        self._call = call
        self.setText(self.tr("Copy as"))
        tip = self.tr("Copy {} as JSON, cURL, Python or Apex, without any secret").format(what)
        self.setToolTip(tip)
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(tip)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
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
