"""The button that hands a call on: copied in one of four forms, saved, exported, compared."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import QMimeData, QPoint, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QToolButton, QToolTip, QWidget

from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.jobs import JobContext
from mcconsole.core.replay import render
from mcconsole.core.snippets import Form
from mcconsole.features.responses import export
from mcconsole.ui import icons
from mcconsole.ui.confirm import ask
from mcconsole.ui.copy_as import NAMES
from mcconsole.ui.state import AppState

BANNER = "responses.hand_on"
SAVE_KEY = "responses.save"
SECRET_KINDS = {
    "x-kde-passwordManagerHint": b"secret",
    "org.nspasteboard.ConcealedType": b"",
    "Clipboard Viewer Ignore": b"",
}
"""What tells the keepers of clipboard histories to keep nothing."""


class HandOn(QToolButton):
    """A menu of everything that can be done with the exchange that is shown."""

    export_wanted = Signal()
    compare_wanted = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.exchange: Exchange | None = None
        self.setText(self.tr("Hand on"))
        self.setAccessibleName(self.tr("Hand this call on"))
        self.setToolTip(self.tr("Copy, save, export or compare this call"))
        self.setAutoRaise(True)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        icons.follow(self, "upload")
        menu = QMenu(self)
        self.copying = menu.addMenu(self.tr("&Copy as"))
        for form in (Form.CURL, Form.PYTHON, Form.APEX, Form.JSON):
            self.copying.addAction(NAMES[form]).setData(form.value)
        self.copying.triggered.connect(self._copy)
        icons.follow(self.copying.menuAction(), "copy")
        self.with_token = menu.addMenu(self.tr("Copy with the &token"))
        for form in (Form.CURL, Form.PYTHON, Form.APEX):
            self.with_token.addAction(f"{NAMES[form]}…").setData(form.value)
        self.with_token.triggered.connect(self._ask_for_token)
        icons.follow(self.with_token.menuAction(), "lock")
        menu.addSeparator()
        self.save_answer = menu.addAction(self.tr("&Save the answer…"))
        self.save_answer.triggered.connect(self._save_answer)
        icons.follow(self.save_answer, "save")
        self.save_request = menu.addAction(self.tr("Save what was &sent…"))
        self.save_request.triggered.connect(self._save_request)
        self.export = menu.addAction(self.tr("&Export as HAR or evidence pack…"))
        self.export.triggered.connect(self.export_wanted)
        icons.follow(self.export, "download")
        menu.addSeparator()
        self.compare = menu.addAction(self.tr("Compare with the &previous call like it"))
        self.compare.triggered.connect(self.compare_wanted)
        icons.follow(self.compare, "table")
        menu.aboutToShow.connect(self._enable)
        self.setMenu(menu)

    @Slot()
    def _enable(self) -> None:
        exchange = self.exchange
        self.save_answer.setEnabled(exchange is not None and bool(exchange.response.data))
        self.save_request.setEnabled(exchange is not None and bool(exchange.request.data))

    @Slot(QAction)
    def _copy(self, action: QAction) -> None:
        self._put(Form(action.data()))

    def _put(self, form: Form, token: str = "") -> None:
        """Put the call on the clipboard, and only there."""
        if self.exchange is None:
            return
        try:
            text = render(self.exchange, form, token)
        except BadInput as error:
            self._state.show_error(error, key=BANNER)
            return
        data = QMimeData()
        data.setText(text)
        for kind, value in SECRET_KINDS.items() if token else ():
            data.setData(kind, value)
        QGuiApplication.clipboard().setMimeData(data)
        self._state.messages.withdraw(BANNER)
        told = self.tr("Copied as {}, with the token") if token else self.tr("Copied as {}")
        QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), told.format(NAMES[form]), self)

    @Slot(QAction)
    def _ask_for_token(self, action: QAction) -> None:
        self.ask_for_token(Form(action.data()))

    def ask_for_token(self, form: Form) -> QMessageBox | None:
        """Ask whether the token is to be handed on; None where there is none that fits."""
        exchange = self.exchange
        if exchange is None:
            return None
        try:
            render(exchange, form)
            token, minutes = self._token(exchange)
        except BadInput as error:
            self._state.show_error(error, key=BANNER)
            return None
        question = self.tr(
            "Copy this call with the access token of {}? Whoever has it can do in Marketing Cloud what the installed"
            " package may, for up to {:.0f} more minutes. It goes to the clipboard only, never into a file."
        ).format(exchange.profile, minutes)
        return ask(
            self,
            self.tr("Copy with the token"),
            question,
            self.tr("Copy with the token"),
            partial(self._put, form, token),
        )

    def _token(self, exchange: Exchange) -> tuple[str, float]:
        """The token that the call can be made with, and its life in minutes; BadInput when there is none."""
        connection = self._state.connection
        advice = self.tr("Connect with that profile and business unit, or copy it without the token.")
        if connection is None or connection.profile_name != exchange.profile:
            raise BadInput(self.tr("This call was made with the profile “{}”.").format(exchange.profile), advice=advice)
        client = connection.client
        token, look = client.known_token(), self._state.connector.token() if self._state.connector else None
        if token is None or look is None or not look.left or look.left <= 0:
            raise BadInput(self.tr("There is no token at present."), advice=self.tr("Refresh a list first."))
        addresses = (token.rest_url, token.soap_url, client.credentials.tenant.auth_url)
        hosts = {urlsplit(url).netloc for url in addresses}
        if client.credentials.account_id != exchange.business_unit or urlsplit(exchange.url).netloc not in hosts:
            raise BadInput(self.tr("This call was made in another business unit or tenant."), advice=advice)
        return token.value, look.left / 60

    @Slot()
    def _save_answer(self) -> None:
        if self.exchange is not None:
            self._choose(self.exchange.response, "answer")

    @Slot()
    def _save_request(self) -> None:
        if self.exchange is not None:
            self._choose(self.exchange.request, "request")

    def _choose(self, body: Body, name: str) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save the body"), name + export.extension(body))
        if chosen:
            self.save(body, Path(chosen))

    def save(self, body: Body, path: Path) -> None:
        """Write a body to a file in the background."""
        self._state.runner.start(
            partial(_save, body=body, path=path),
            key=SAVE_KEY,
            label=self.tr("Saving {}").format(path.name),
            on_result=self._saved,
            on_error=self._failed,
        )

    def _saved(self, result: tuple[int, Body, Path]) -> None:
        written, body, path = result
        if written < body.size:
            told = self.tr("Only the first {:,} of {:,} bytes were kept; they were saved to {}.")
            self._state.messages.warning(told.format(written, body.size, path), key=BANNER)
        else:
            self._state.messages.success(self.tr("{:,} bytes were saved to {}.").format(written, path), key=BANNER)

    def _failed(self, error: ConsoleError) -> None:
        self._state.show_error(error, key=BANNER)


def _save(ctx: JobContext, *, body: Body, path: Path) -> tuple[int, Body, Path]:
    return export.save_body(ctx, body, path), body, path
