"""What an answer means, above its body: one line each, with the way to the original."""

from __future__ import annotations

import html

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtWidgets import QTextBrowser, QWidget

from mcconsole.features.responses.meaning import Meaning
from mcconsole.ui import theme
from mcconsole.ui.theme import Tone

HIGHEST = 130
"""Pixels; more is scrolled."""


class MeaningView(QTextBrowser):
    """Takes no room when there is nothing to explain."""

    wanted = Signal(str)
    """Marketing Cloud's own words, to be shown where they stand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._meaning = Meaning()
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setAccessibleName(self.tr("What this answer means"))
        self.anchorClicked.connect(self._follow)
        theme.changed.connect(self._paint)
        self.hide()

    def show_meaning(self, meaning: Meaning) -> None:
        """Explain another answer."""
        self._meaning = meaning
        self.setVisible(bool(meaning.points))
        self._paint()

    @Slot()
    def _paint(self) -> None:
        lines = []
        for number, point in enumerate(self._meaning.points):
            link = f" <a href='{number}'>{self.tr('show in body')}</a>" if point.said else ""
            said = f" <i>“{html.escape(point.said)}”</i>{link}" if point.said else ""
            mark, tone = ("⚠", Tone.ERROR) if point.error else ("ℹ", Tone.INFO)
            ink = theme.ink(tone).name()
            lines.append(f"<div><span style='color:{ink}'>{mark}</span> {html.escape(point.text)}{said}</div>")
        if self._meaning.more:
            lines.append(f"<div>{self.tr('There are more; see the body.')}</div>")
        self.setHtml("".join(lines))
        self.document().setTextWidth(max(200, self.viewport().width()))
        self.setFixedHeight(min(HIGHEST, int(self.document().size().height()) + 6))

    @Slot(QUrl)
    def _follow(self, link: QUrl) -> None:
        self.wanted.emit(self._meaning.points[int(link.toString())].said)
