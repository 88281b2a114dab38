"""What a connection test found out, one line a finding."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from mcconsole.features.credentials.service import Finding
from mcconsole.ui import icons, theme
from mcconsole.ui.theme import Tone


class ReportView(QWidget):
    """Icon, title, and the words; Marketing Cloud's own and the advice below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings: Sequence[Finding] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(9)
        self._grid.setColumnStretch(2, 1)
        theme.changed.connect(self._fill)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show others."""
        self._findings = findings
        self._fill()

    @Slot()
    def _fill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        top = Qt.AlignmentFlag.AlignTop
        for row, finding in enumerate(self._findings):
            tone = Tone(finding.sign.value)
            mark = QLabel()
            mark.setPixmap(icons.pixmap(tone.value, 20, tone))
            mark.setAccessibleName(tone.value)
            title = QLabel(finding.title)
            font = title.font()
            font.setWeight(font.Weight.DemiBold)
            title.setFont(font)
            self._grid.addWidget(mark, row, 0, top)
            self._grid.addWidget(title, row, 1, top)
            self._grid.addWidget(_words(finding), row, 2, top)
        self._grid.setRowStretch(len(self._findings), 1)


def _words(finding: Finding) -> QLabel:
    said = (
        QCoreApplication.translate("ReportView", "Marketing Cloud says: “{}”").format(finding.said)
        if finding.said
        else ""
    )
    label = QLabel("\n".join(part for part in (finding.text, said, finding.advice) if part))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setAccessibleName(f"{finding.title}: {label.text()}")
    return label
