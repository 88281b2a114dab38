"""What a connection test found out, one line a finding."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from mcconsole.features.credentials.service import Finding
from mcconsole.ui import icons, theme
from mcconsole.ui.theme import Tone


class ReportView(QWidget):
    """Icon and title, the words below; Marketing Cloud's own and the advice below those."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self._column.addStretch(1)
        self._findings: Sequence[Finding] = ()
        theme.changed.connect(self._fill)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show others."""
        self._findings = findings
        self._fill()

    @Slot()
    def _fill(self) -> None:
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [_line(finding) for finding in self._findings]
        for number, line in enumerate(self._lines):
            self._column.insertWidget(number, line)


def _line(finding: Finding) -> QWidget:
    tone = Tone(finding.sign.value)
    mark = QLabel()
    mark.setPixmap(icons.pixmap(tone.value, 20, tone))
    mark.setAccessibleName(tone.value)
    title = QLabel(finding.title)
    title.setMinimumHeight(20)
    font = title.font()
    font.setWeight(font.Weight.DemiBold)
    title.setFont(font)
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(1)
    grid.setColumnStretch(1, 1)
    grid.addWidget(mark, 0, 0)
    grid.addWidget(title, 0, 1)
    grid.addWidget(_words(finding), 1, 1)
    line = QWidget()
    line.setLayout(grid)
    return line


def _words(finding: Finding) -> QLabel:
    said = (
        QCoreApplication.translate("ReportView", "Marketing Cloud says: “{}”").format(finding.said)
        if finding.said
        else ""
    )
    label = QLabel("\n".join(part for part in (finding.text, said, finding.advice) if part))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMinimumWidth(1)  # a long word must not widen the page
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setAccessibleName(f"{finding.title}: {label.text()}")
    return label
