"""Windows for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from mcconsole.ui.settings import Settings
from mcconsole.ui.state import AppState
from mcconsole.ui.tasks import TaskRunner


@pytest.fixture
def state(qtbot: QtBot) -> Iterator[AppState]:
    """A state with a real runner; its jobs have ended when the test has."""
    state = AppState(TaskRunner(), Settings(None))
    yield state
    state.runner.close()
    qtbot.waitUntil(lambda: not state.runner.running())
