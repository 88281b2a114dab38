"""The bar at the top: profile, business unit, the environment's colour, word and icon, and the token's age."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mcconsole.core.tenant import Environment
from mcconsole.ui import icons, theme
from mcconsole.ui.form import comfortable
from mcconsole.ui.state import AppState, Connection
from mcconsole.ui.theme import Tone

LOOK_EVERY = 1000
"""Milliseconds between two looks at the token."""


class Chip(QFrame):
    """An icon and a word on a ground of their colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = QLabel()
        self._word = QLabel()
        font = self._word.font()
        font.setWeight(font.Weight.Bold)
        self._word.setFont(font)
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 3, 11, 3)
        row.setSpacing(6)
        row.addWidget(self._icon)
        row.addWidget(self._word)
        self._shown: tuple[str, str, Tone] = ("", "", Tone.NEUTRAL)
        theme.changed.connect(self._paint)

    def show_look(self, icon: str, word: str, tone: Tone) -> None:
        """Change what is shown."""
        self._shown = (icon, word, tone)
        self._word.setText(word)
        self.setAccessibleName(word)
        self._paint()

    @Slot()
    def _paint(self) -> None:
        icon, _, tone = self._shown
        if icon:
            theme.paint_ground(self, tone, radius=10)
            theme.tint(self._word, tone)
            self._icon.setPixmap(icons.pixmap(icon, 16, tone))


class TopBar(QWidget):
    """Profile and business-unit pickers; the line below has the environment's colour."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.profile = _picker(self.tr("Profile"))
        self.business_unit = _picker(self.tr("Business unit"))
        self.environment = Chip()
        self.tenant = QLabel()
        self.token = QLabel()
        theme.tint(self.token, Tone.NEUTRAL)
        theme.tint(self.tenant, Tone.NEUTRAL)
        self._line = QFrame()
        self._line.setFixedHeight(3)
        self._line.setAutoFillBackground(True)
        self._line.setBackgroundRole(QPalette.ColorRole.Window)
        row = QHBoxLayout()
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(self.environment)
        for name, picker in ((self.tr("Profile"), self.profile), (self.tr("Business unit"), self.business_unit)):
            label = QLabel(name)
            label.setBuddy(picker)
            theme.tint(label, Tone.NEUTRAL)
            row.addSpacing(6)
            row.addWidget(label)
            row.addWidget(picker)
        row.addSpacing(6)
        row.addWidget(self.tenant, 1)
        row.addWidget(self.token)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._line)
        self.profile.activated.connect(self._profile_chosen)
        self.business_unit.activated.connect(self._unit_chosen)
        state.profiles_changed.connect(self.refresh)
        state.connection_changed.connect(self.refresh)
        state.connecting_changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_EVERY)
        self._clock.timeout.connect(self._show_token)
        self._clock.start()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is."""
        connection = self._state.connection
        self._fill_profiles(connection)
        self._fill_units(connection)
        self._show_environment(connection)
        self._show_token()

    def _fill_profiles(self, connection: Connection | None) -> None:
        connector = self._state.connector
        with QSignalBlocker(self.profile):
            self.profile.clear()
            self.profile.addItem(self.tr("Not connected"), "")
            for choice in connector.profiles() if connector is not None else ():
                look = theme.ENVIRONMENTS[choice.environment]
                self.profile.addItem(icons.icon(look.icon, look.tone), choice.name, choice.id)
            index = self.profile.findData(connection.profile_id) if connection is not None else 0
            self.profile.setCurrentIndex(max(0, index))

    def _fill_units(self, connection: Connection | None) -> None:
        with QSignalBlocker(self.business_unit):
            self.business_unit.clear()
            for unit in connection.business_units if connection is not None else ():
                self.business_unit.addItem(unit.name, unit.account_id)
                tip = self.tr("MID {}").format(unit.account_id)
                self.business_unit.setItemData(self.business_unit.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
            if connection is not None:
                self.business_unit.setCurrentIndex(self.business_unit.findData(connection.account_id))
        self.business_unit.setEnabled(connection is not None and not self._state.connecting)
        chosen = f"{connection.business_unit_name}, MID {connection.account_id}" if connection is not None else ""
        self.business_unit.setToolTip(
            "\n".join(part for part in (chosen, connection.note if connection else "") if part)
        )
        self.profile.setToolTip(connection.profile_name if connection is not None else "")

    def _show_environment(self, connection: Connection | None) -> None:
        if self._state.connecting:
            self.environment.show_look("clock", self.tr("CONNECTING"), Tone.NEUTRAL)
        elif connection is None:
            self.environment.show_look("connect", self.tr("NOT CONNECTED"), Tone.NEUTRAL)
        else:
            look = theme.ENVIRONMENTS[connection.environment]
            self.environment.show_look(look.icon, theme.word(connection.environment), look.tone)
        tone = theme.ENVIRONMENTS[connection.environment].tone if connection is not None else None
        colour = theme.ink(tone) if tone is not None else theme.wash(Tone.NEUTRAL)
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, colour)
        self._line.setPalette(palette)
        name = connection.tenant_name if connection is not None else ""
        same = connection is None or connection.tenant_name == connection.business_unit_name
        self.tenant.setText("" if same else self.tr("of {}").format(name))
        self.tenant.setToolTip(f"{name}, MID {connection.account_id}" if connection is not None else "")

    @Slot()
    def _show_token(self) -> None:
        connector = self._state.connector
        look = connector.token() if connector is not None else None
        if look is None:
            self.token.setText("")
            return
        asked = self.tr("{} token requests").format(look.requested)
        if look.requested == 1:
            asked = self.tr("1 token request")
        if look.age is None or look.left is None or look.left <= 0:
            age = self.tr("no live token")
        else:
            age = self.tr("Token {} old").format(_span(look.age))
            self.token.setToolTip(self.tr("It lives {} more and is then asked for again.").format(_span(look.left)))
        self.token.setText(f"{age} · {asked}")

    @Slot()
    def _profile_chosen(self) -> None:
        connector = self._state.connector
        if connector is None:
            return
        chosen = self.profile.currentData()
        connection = self._state.connection
        if not chosen:
            connector.disconnect_profile()
        elif connection is None or connection.profile_id != chosen:
            connector.connect_profile(chosen)

    @Slot()
    def _unit_chosen(self) -> None:
        if self._state.connector is not None:
            self._state.connector.switch_business_unit(self.business_unit.currentData())


def _picker(name: str) -> QComboBox:
    picker = QComboBox()
    picker.setAccessibleName(name)
    picker.setMinimumWidth(150)
    picker.setMinimumHeight(comfortable(picker))
    picker.setMaximumWidth(320)
    picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return picker


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def window_title(connection: Connection | None) -> str:
    """The title: production is seen in the task bar too."""
    if connection is None:
        return "mcconsole"
    word = f"{theme.word(connection.environment)} – " if connection.environment is Environment.PRODUCTION else ""
    return f"{word}{connection.profile_name} / {connection.business_unit_name} – mcconsole"
