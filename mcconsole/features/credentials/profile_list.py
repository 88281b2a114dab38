"""The profiles on the left: icon, name, and whether it is the connected one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from mcconsole.core.profiles import Profile
from mcconsole.ui import icons, theme


class ProfileList(QListWidget):
    """Shows profiles; only a choice of the user's is told, not one of the program's."""

    chosen = Signal(str)
    """The id of a profile."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Profiles"))
        self.setIconSize(QSize(20, 20))
        self.setSpacing(1)
        self.currentItemChanged.connect(self._tell)

    def fill(self, profiles: Sequence[Profile], connected: str) -> None:
        """Show these; `connected` is the id of the one that is connected, or ""."""
        with QSignalBlocker(self):
            self.clear()
            for profile in profiles:
                self.addItem(self._item(profile, on=profile.id == connected))

    def mark(self, profile_id: str) -> bool:
        """Mark a profile as the chosen one, or none where there is none with this id; whether there is one."""
        with QSignalBlocker(self):
            for row in range(self.count()):
                if self.item(row).data(Qt.ItemDataRole.UserRole) == profile_id:
                    self.setCurrentRow(row)
                    return True
            self.setCurrentRow(-1)
            self.clearSelection()
            return False

    def _item(self, profile: Profile, *, on: bool) -> QListWidgetItem:
        look = theme.ENVIRONMENTS[profile.environment]
        state = self.tr("connected") if on else theme.word(profile.environment).lower()
        item = QListWidgetItem(icons.icon(look.icon, look.tone), f"{profile.name}\n{state}")
        item.setData(Qt.ItemDataRole.UserRole, profile.id)
        item.setToolTip(profile.auth_url)
        item.setSizeHint(QSize(0, 2 * self.fontMetrics().height() + 14))
        if on:
            font = item.font()
            font.setWeight(font.Weight.DemiBold)
            item.setFont(font)
        return item

    @Slot()
    def _tell(self) -> None:
        if (item := self.currentItem()) is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
