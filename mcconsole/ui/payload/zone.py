"""The zone of times that state none."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from mcconsole.core import dates


class ZoneChoice(QWidget):
    """A choice of zones, the platform's own first; any IANA name or offset may be typed."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.combo = QComboBox()
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for zone in dates.OFFERED_ZONES:
            self.combo.addItem(self.tr("UTC−06:00 (Marketing Cloud)") if zone == dates.PLATFORM else zone, zone)
        self.combo.setAccessibleName(self.tr("Zone of times that state none"))
        self.combo.setToolTip(
            self.tr(
                "For times that state no offset themselves: a zone such as Europe/Berlin, or an offset such as +02:00"
            )
        )
        label = QLabel(self.tr("Times typed are in"))
        label.setBuddy(self.combo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.combo)
        self._zone = dates.PLATFORM
        self.combo.activated.connect(self._tell)
        if (line := self.combo.lineEdit()) is not None:
            line.editingFinished.connect(self._tell)

    @Slot()
    def _tell(self) -> None:
        """Take a zone that exists; anything else goes back to the one before."""
        text = self.combo.currentText().strip()
        at = self.combo.findText(text)
        wanted = str(self.combo.itemData(at)) if at >= 0 else text
        try:
            dates.zone(wanted)
        except ValueError:
            before = self.combo.findData(self._zone)
            self.combo.setEditText(self.combo.itemText(before) if before >= 0 else self._zone)
            return
        if wanted != self._zone:
            self._zone = wanted
            self.chosen.emit(wanted)
