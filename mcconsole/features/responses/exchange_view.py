"""One exchange: status, time, size and request id always in sight; what it means; bodies, headers and timing."""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.jobs import JobContext
from mcconsole.features.responses import models
from mcconsole.features.responses.bodies import AT_ONCE
from mcconsole.features.responses.body_view import BodyView
from mcconsole.features.responses.hand_on import HandOn
from mcconsole.features.responses.meaning import Meaning, meaning, place_of
from mcconsole.features.responses.meaning_view import MeaningView
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import Notice
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Tone
from mcconsole.ui.top_bar import Chip
from mcconsole.ui.widgets import Elided

EXPLAINING = "responses.meaning"
OPENING = ("dns", "connect", "tls")
"""Phases that there are only where a connection was opened."""


class ExchangeDetail(QWidget):
    """Status, times, headers and both bodies of one exchange."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = state.runner
        self._exchange: Exchange | None = None
        self.status = Chip()
        self.target = Elided()
        self.times = QLabel()
        theme.tint(self.times, Tone.NEUTRAL)
        self.request_id = QLabel()
        self.request_id.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        theme.tint(self.request_id, Tone.NEUTRAL)
        self.copy_id = self._button(self.tr("Copy the request id"))
        self.copy_id.clicked.connect(self._copy_id)
        self.copy_facts = self._button(self.tr("Copy status, time, size and address"))
        self.copy_facts.clicked.connect(self._copy_facts)
        self.hand_on = HandOn(state)
        self.meaning = MeaningView()
        self.meaning.wanted.connect(self._show_said)
        self._meaning = Meaning()
        self.timing = self._browser(self.tr("Timing"))
        self.answer = BodyView(state.runner, self.tr("Answer"))
        self.request = BodyView(state.runner, self.tr("Request"))
        self.headers = self._browser(self.tr("Headers"))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.answer, self.tr("Body"))
        self.tabs.addTab(self.headers, self.tr("Headers"))
        self.tabs.addTab(self.request, self.tr("Request"))
        self.tabs.addTab(self.timing, self.tr("Timing"))
        line = QHBoxLayout()
        line.setContentsMargins(8, 6, 8, 4)
        line.setSpacing(10)
        line.addWidget(self.status)
        line.addWidget(self.target, 1)
        line.addWidget(self.times)
        line.addWidget(self.copy_facts)
        line.addWidget(self.hand_on)
        second = QHBoxLayout()
        second.setContentsMargins(10, 0, 8, 2)
        second.setSpacing(4)
        second.addWidget(self.request_id)
        second.addWidget(self.copy_id)
        second.addStretch(1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addLayout(second)
        column.addWidget(self.meaning)
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
        self._stack.addWidget(_scrolled(content))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def show_exchange(self, exchange: Exchange | None) -> None:
        """Show another one, or that none is chosen."""
        self._exchange = self.hand_on.exchange = exchange
        self._stack.setCurrentIndex(0 if exchange is None else 1)
        if exchange is None:
            for view in (self.answer, self.request):
                view.show_body(Body())  # lets go of what may have been removed, and of its files
            return
        icon, tone = models.tone_of(exchange)
        self.status.show_look(icon, models.whole_status(exchange), tone)
        self.target.setText(f"{exchange.method} {models.path_text(exchange.url)}")
        self.target.setToolTip(exchange.url)
        self.times.setText(f"{exchange.seconds * 1000:,.0f} ms · {models.size_text(exchange.response.size)}")
        self.answer.show_body(exchange.response)
        self.request.show_body(exchange.request)
        self.headers.setHtml(self._page(exchange))
        self.timing.setHtml(self._timing(exchange))
        self._say(Meaning())
        if len(exchange.response.data) <= AT_ONCE:
            self._say(meaning(exchange))
        else:
            self._explain()

    def _explain(self) -> None:
        """Find out in the background what a larger answer means."""
        if self._exchange is not None:
            self._runner.start(
                partial(_meaning_of, exchange=self._exchange),
                key=EXPLAINING,
                label=self.tr("Reading what an answer means"),
                on_result=self._explained,
            )

    def _explained(self, result: tuple[Exchange, Meaning]) -> None:
        exchange, found = result
        if exchange is self._exchange:
            self._say(found)
        elif self._exchange is not None and len(self._exchange.response.data) > AT_ONCE:
            self._explain()

    def _say(self, found: Meaning) -> None:
        self._meaning = found
        self.meaning.show_meaning(found)
        self.request_id.setText(self.tr("requestId {}").format(found.request_id) if found.request_id else "")
        for widget in (self.request_id, self.copy_id):
            widget.setVisible(bool(found.request_id))

    @Slot(str)
    def _show_said(self, said: str) -> None:
        at = place_of(self._exchange.response.data, said) if self._exchange is not None else -1
        if at >= 0:
            self.tabs.setCurrentWidget(self.answer)
            self.answer.reveal(at)

    @Slot()
    def _copy_id(self) -> None:
        QGuiApplication.clipboard().setText(self._meaning.request_id)

    @Slot()
    def _copy_facts(self) -> None:
        exchange = self._exchange
        if exchange is not None:
            address = f"{exchange.method} {exchange.url}"
            facts = (address, models.whole_status(exchange), self.times.text(), self.request_id.text())
            QGuiApplication.clipboard().setText("\n".join(fact for fact in facts if fact))

    def _button(self, text: str) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setToolTip(text)
        button.setAccessibleName(text)
        icons.follow(button, "copy")
        return button

    def _browser(self, name: str) -> QTextBrowser:
        browser = QTextBrowser()
        browser.setFrameShape(QTextBrowser.Shape.NoFrame)
        browser.setOpenLinks(False)
        browser.setAccessibleName(name)
        return browser

    def _timing(self, exchange: Exchange) -> str:
        """The phases as they were measured; what was not is said to be so."""
        timings = dict(exchange.timings)
        reused = self.tr("connection reused")
        unknown = self.tr("not measured")
        names = {
            "dns": self.tr("Look up the host"),
            "connect": self.tr("Connect"),
            "tls": self.tr("TLS"),
            "send": self.tr("Send"),
            "wait": self.tr("Wait"),
            "receive": self.tr("Receive"),
        }
        none = reused if timings and "connect" not in timings else unknown
        rows = [
            (text, f"{timings[name] * 1000:,.1f} ms" if name in timings else none if name in OPENING else unknown)
            for name, text in names.items()
        ]
        rows.append((self.tr("All of it"), f"{exchange.seconds * 1000:,.1f} ms"))
        return _section(self.tr("Timing"), rows)

    def _page(self, exchange: Exchange) -> str:
        first = exchange.seconds_to_first_byte
        facts = (
            (self.tr("Address"), exchange.url),
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


def _scrolled(content: QWidget) -> QScrollArea:
    """What scrolls where there is less room than it needs, so that nothing is painted over something else."""
    area = QScrollArea()
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(content)
    area.setMinimumWidth(content.minimumSizeHint().width())
    return area


def _meaning_of(ctx: JobContext, *, exchange: Exchange) -> tuple[Exchange, Meaning]:
    ctx.check()
    return exchange, meaning(exchange)


def _section(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = "".join(
        f"<tr><td style='padding-right:16px'><b>{html.escape(name)}</b></td><td>{html.escape(value)}</td></tr>"
        for name, value in rows
    )
    return f"<h4>{html.escape(title)}</h4><table cellspacing='0' cellpadding='2'>{lines}</table>" if lines else ""
