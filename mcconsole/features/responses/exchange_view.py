"""One exchange: status, times, headers and both bodies."""

from __future__ import annotations

import html
from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QTabWidget, QTextBrowser, QVBoxLayout, QWidget

from mcconsole.core.exchange import Exchange
from mcconsole.features.responses import models
from mcconsole.features.responses.body_view import BodyView
from mcconsole.ui import theme
from mcconsole.ui.pages import Notice
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Tone
from mcconsole.ui.top_bar import Chip


class ExchangeDetail(QWidget):
    """Status, times, headers and both bodies of one exchange."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exchange: Exchange | None = None
        self.status = Chip()
        self.target = QLabel()
        self.target.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.target.setMinimumWidth(60)
        self.times = QLabel()
        theme.tint(self.times, Tone.NEUTRAL)
        self.answer = BodyView(state.runner, self.tr("Answer"))
        self.request = BodyView(state.runner, self.tr("Request"))
        self.headers = QTextBrowser()
        self.headers.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.headers.setOpenLinks(False)
        self.headers.setAccessibleName(self.tr("Headers"))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.answer, self.tr("Answer"))
        self.tabs.addTab(self.request, self.tr("Request"))
        self.tabs.addTab(self.headers, self.tr("Headers and times"))
        line = QHBoxLayout()
        line.setContentsMargins(8, 6, 8, 4)
        line.setSpacing(10)
        line.addWidget(self.status)
        line.addWidget(self.target, 1)
        line.addWidget(self.times)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.tabs, 1)
        empty = Notice()
        empty.say(
            "responses",
            Tone.NEUTRAL,
            self.tr("Nothing chosen"),
            self.tr("Choose a call on the list to see what was sent and what came back."),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(empty)
        self._stack.addWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def show_exchange(self, exchange: Exchange | None) -> None:
        """Show another one, or that none is chosen."""
        self._exchange = exchange
        self._stack.setCurrentIndex(0 if exchange is None else 1)
        if exchange is None:
            return
        icon, tone = models.tone_of(exchange)
        self.status.show_look(icon, f"{models.status_text(exchange)} {exchange.reason}".strip(), tone)
        self.target.setText(f"{exchange.method} {exchange.url}")
        self.target.setToolTip(exchange.url)
        self.times.setText(f"{exchange.seconds * 1000:,.0f} ms · {models.size_text(exchange.response.size)}")
        self.answer.show_body(exchange.response)
        self.request.show_body(exchange.request)
        self.headers.setHtml(self._page(exchange))

    def _page(self, exchange: Exchange) -> str:
        first = exchange.seconds_to_first_byte
        facts = (
            (self.tr("Started"), models.full_time(exchange)),
            (self.tr("First byte after"), "" if first is None else f"{first * 1000:,.0f} ms"),
            (self.tr("Whole answer after"), f"{exchange.seconds * 1000:,.0f} ms"),
            (self.tr("Attempt"), str(exchange.attempt)),
            (self.tr("Profile"), exchange.profile),
            (self.tr("Business unit"), exchange.business_unit),
            (self.tr("Tab"), exchange.feature),
            (self.tr("What for"), exchange.label),
            (self.tr("No answer because"), exchange.error),
        )
        return "".join(
            (
                _section(self.tr("Call"), [fact for fact in facts if fact[1]]),
                _section(self.tr("Answer headers"), exchange.response_headers),
                _section(self.tr("Request headers"), exchange.request_headers),
            )
        )


def _section(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = "".join(
        f"<tr><td style='padding-right:16px'><b>{html.escape(name)}</b></td><td>{html.escape(value)}</td></tr>"
        for name, value in rows
    )
    return f"<h4>{html.escape(title)}</h4><table cellspacing='0' cellpadding='2'>{lines}</table>" if lines else ""
