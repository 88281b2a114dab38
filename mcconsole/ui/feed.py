"""Carries things from any thread into the window, in bundles, so that many cost no more than one."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal, Slot

BUNDLE_EVERY = 80
"""Milliseconds that things are gathered before the window is told."""
HELD_LIMIT = 20_000
"""Things kept while the window is busy; older ones are dropped, as the reader keeps only a bounded list too."""


class Feed(QObject):
    """`put` from any thread; `arrived` in the GUI thread with a list."""

    arrived = Signal(object)
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._held: deque[object] = deque(maxlen=HELD_LIMIT)
        self._awake = False
        self._timer = QTimer(self, singleShot=True, interval=BUNDLE_EVERY)
        self._timer.timeout.connect(self._deliver)
        self._woken.connect(self._start_timer)

    def put(self, thing: object) -> None:
        """Hand something over; returns at once."""
        self._held.append(thing)
        if not self._awake:
            self._awake = True
            self._woken.emit()

    @Slot()
    def _start_timer(self) -> None:
        self._timer.start()

    @Slot()
    def _deliver(self) -> None:
        self._awake = False
        bundle = []
        while self._held:
            bundle.append(self._held.popleft())
        if bundle:
            self.arrived.emit(bundle)
