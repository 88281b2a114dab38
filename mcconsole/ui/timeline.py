"""Stages of something that was sent, from the top: what shows each of them, and what nothing shows so far."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from mcconsole.core.findings import Mark, Stage
from mcconsole.ui import icons, theme
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import narrow, plain

_LOOKS = {
    Mark.YES: ("success", Tone.SUCCESS),
    Mark.NO: ("error", Tone.ERROR),
    Mark.UNSEEN: ("unknown", Tone.NEUTRAL),
}


class Timeline(QWidget):
    """A line for each stage: icon, name, word and text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stages: tuple[Stage, ...] = ()
        self._live = False
        self._rows: list[tuple[QLabel, QLabel, QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(3, 1)
        self.setAccessibleName(self.tr("Timeline"))
        theme.changed.connect(self._paint)

    def show_stages(self, stages: Sequence[Stage], *, live: bool = False) -> None:
        """Show these; while `live`, what nothing shows yet is being waited for. Names are already translated."""
        self.stages, self._live = tuple(stages), live
        while len(self._rows) < len(stages):
            self._add_row()
        for row, widgets in enumerate(self._rows):
            stage = stages[row] if row < len(stages) else None
            for widget in widgets:
                widget.setVisible(stage is not None)
            if stage is not None:
                _, name, word, text = widgets
                name.setText(stage.name)
                word.setText(self._word(stage.mark))
                text.setText(stage.text)
                text.setToolTip(stage.text)
                text.setAccessibleName(f"{stage.name}, {self._word(stage.mark)}: {stage.text}")
        self._paint()

    def _word(self, mark: Mark) -> str:
        if mark is Mark.UNSEEN:
            return self.tr("waiting") if self._live else self.tr("not seen")
        return self.tr("yes") if mark is Mark.YES else self.tr("no")

    def _add_row(self) -> None:
        icon, name, word, text = QLabel(), QLabel(), QLabel(), narrow(plain("", selectable=True))
        font = name.font()
        font.setWeight(font.Weight.DemiBold)
        name.setFont(font)
        for column, label in enumerate((icon, name, word, text)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label, len(self._rows), column)
        self._rows.append((icon, name, word, text))

    @Slot()
    def _paint(self) -> None:
        for stage, (icon, _, word, text) in zip(self.stages, self._rows, strict=False):
            name, tone = _LOOKS[stage.mark]
            if self._live and stage.mark is Mark.UNSEEN:
                name = "clock"
            icon.setPixmap(icons.pixmap(name, 18, tone))
            theme.tint(word, tone)
            theme.tint(text, Tone.NEUTRAL)
