"""The settings: few, each with its effect seen at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from mcconsole.core import paths
from mcconsole.core.history import Keep, Policy
from mcconsole.core.history.policy import DAYS, MEGABYTES
from mcconsole.ui.form import Field, Form, FormWidget
from mcconsole.ui.pages import heading
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Scheme


class SettingsDialog(QDialog):
    """Theme, the history of calls, and where everything is kept."""

    def __init__(self, state: AppState, set_theme: Callable[[Scheme], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._set_theme = set_theme
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._state = state
        self.form = FormWidget(Form((self._theme(), *self._history())))
        policy = state.history.policy
        self.form.set_values(
            {
                "theme": state.settings.text("theme", Scheme.SYSTEM),
                "keep": policy.keep.value,
                "days": str(policy.days),
                "megabytes": str(policy.megabytes),
            }
        )
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
        self.setMinimumWidth(520)

    def _theme(self) -> Field:
        schemes = (
            (Scheme.SYSTEM, self.tr("As the system")),
            (Scheme.LIGHT, self.tr("Light")),
            (Scheme.DARK, self.tr("Dark")),
        )
        return Field(
            "theme", self.tr("Theme"), kind="choice", choices=tuple((s.value, text, "") for s, text in schemes)
        )

    def _history(self) -> tuple[Field, ...]:
        policy = self._state.history.policy
        keeps = (
            (Keep.ALL, self.tr("Headers and bodies")),
            (Keep.NO_BODIES, self.tr("Headers, no bodies")),
            (Keep.METADATA, self.tr("Metadata only")),
        )
        days = sorted({*DAYS, policy.days})
        sizes = sorted({*MEGABYTES, policy.megabytes})
        return (
            Field(
                "keep",
                self.tr("History of calls"),
                kind="choice",
                choices=tuple((keep.value, text, "") for keep, text in keeps),
                help=self.tr("Secrets are never kept. It holds for calls from now on, also those of the command line."),
            ),
            Field(
                "days",
                self.tr("Keep it for"),
                kind="choice",
                choices=tuple((str(n), self.tr("{} days").format(n) if n != 1 else self.tr("1 day"), "") for n in days),
            ),
            Field(
                "megabytes",
                self.tr("At most"),
                kind="choice",
                choices=tuple((str(n), self.tr("{:,} MB for each profile").format(n), "") for n in sizes),
            ),
        )

    @Slot(str)
    def _changed(self, name: str) -> None:
        values = self.form.values()
        if name == "theme":
            self._set_theme(Scheme(values["theme"]))
            return
        settings = self._state.settings
        settings.set(history_keep=values["keep"], history_days=int(values["days"]), history_mb=int(values["megabytes"]))
        self._state.history.policy = Policy.read(settings.get)
