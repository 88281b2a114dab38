"""Alt with a letter does one thing: what a tab offers has no letter of the menu bar."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QLabel, QTabBar
from pytestqt.qtbot import QtBot

from mcconsole.features import imports, journeys, sends
from mcconsole.ui.manifest import Manifest
from tests.features.console_window import ConsoleWindow


@pytest.mark.parametrize("manifest", [journeys.MANIFEST, sends.MANIFEST, imports.MANIFEST], ids=lambda one: one.id)
def test_no_letter_of_a_tab_is_one_of_the_menu_bar(qtbot: QtBot, manifest: Manifest) -> None:
    opened = ConsoleWindow(qtbot, manifest)
    taken = {QKeySequence.mnemonic(one.text()).toString() for one in opened.window.menuBar().actions()}
    assert len(taken) > 4
    for name in ("credentials", manifest.id):
        tab = opened.window.tab(name)
        texts = [label.text() for label in tab.findChildren(QLabel)]
        texts += [button.text() for button in tab.findChildren(QAbstractButton)]
        texts += [bar.tabText(at) for bar in tab.findChildren(QTabBar) for at in range(bar.count())]
        assert not [text for text in texts if QKeySequence.mnemonic(text).toString() in taken]
    opened.close()
