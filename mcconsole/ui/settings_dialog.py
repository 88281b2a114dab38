"""The settings: few, each with its effect seen at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from mcconsole.core import paths
from mcconsole.ui.form import Field, Form, FormWidget
from mcconsole.ui.pages import heading
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Scheme


class SettingsDialog(QDialog):
    """Theme, and where everything is kept."""

    def __init__(self, state: AppState, set_theme: Callable[[Scheme], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._set_theme = set_theme
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form = FormWidget(
            Form(
                (
                    Field(
                        "theme",
                        self.tr("Theme"),
                        kind="choice",
                        choices=(
                            (Scheme.SYSTEM.value, self.tr("As the system"), ""),
                            (Scheme.LIGHT.value, self.tr("Light"), ""),
                            (Scheme.DARK.value, self.tr("Dark"), ""),
                        ),
                    ),
                )
            )
        )
        self.form.set_values({"theme": state.settings.text("theme", Scheme.SYSTEM)})
        self.form.changed.connect(self._changed)
        place = QLabel(self.tr("Profiles, settings and imports are kept in {}").format(paths.home()))
        place.setWordWrap(True)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addWidget(heading(self.tr("Settings")))
        column.addWidget(self.form)
        column.addWidget(place)
        column.addWidget(buttons)
        self.setMinimumWidth(460)

    @Slot(str)
    def _changed(self, _: str) -> None:
        self._set_theme(Scheme(self.form.values()["theme"]))
