"""Where garbage is collected while the window is open."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from mcconsole.ui.garbage import GarbageCollector


class Loop(QObject):
    """Holds itself, as many a closed dialog does by its connections."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


class Allocating(QThread):
    """Makes what Python's own collector would begin to look for garbage at."""

    def run(self) -> None:
        self.kept: list[list[int]] = [[number] for number in range(50_000)]


@pytest.fixture
def automatic() -> Iterator[None]:
    gc.enable()
    yield
    gc.disable()


@pytest.mark.usefixtures("automatic")
def test_qt_objects_are_destroyed_in_the_gui_thread(qtbot: QtBot) -> None:
    threads: list[int] = []
    collector = GarbageCollector()
    try:
        weakref.finalize(Loop(), lambda: threads.append(threading.get_ident()))
        worker = Allocating()
        with qtbot.waitSignal(worker.finished):
            worker.start()
        worker.wait()
        qtbot.waitUntil(lambda: bool(threads))
    finally:
        collector.stop()
    assert threads == [threading.get_ident()]
    assert gc.isenabled()
