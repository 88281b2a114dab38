"""The settings dialog: what is chosen holds at once, and after the next start."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from mcconsole.core.history import History, Keep, Policy
from mcconsole.ui.settings import Settings
from mcconsole.ui.settings_dialog import SettingsDialog
from mcconsole.ui.state import AppState
from mcconsole.ui.tasks import InlineRunner
from mcconsole.ui.theme import Scheme


def choose(dialog: SettingsDialog, name: str, value: str) -> None:
    box = dialog.form.rows[name].input
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_the_history_is_kept_as_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    state = AppState(InlineRunner(), Settings(path), History(None, Policy(days=12)))
    themes: list[Scheme] = []
    dialog = SettingsDialog(state, themes.append)
    qtbot.addWidget(dialog)
    assert dialog.form.values() == {"theme": "system", "keep": "all", "days": "12", "megabytes": "500"}
    choose(dialog, "keep", "metadata")
    choose(dialog, "days", "7")
    choose(dialog, "megabytes", "50")
    assert state.history.policy == Policy(Keep.METADATA, 7, 50)
    assert Policy.read(Settings(path).get) == Policy(Keep.METADATA, 7, 50)
    assert themes == []
    choose(dialog, "theme", "dark")
    assert themes == [Scheme.DARK]
    state.history.close()
