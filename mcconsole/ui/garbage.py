"""Cyclic garbage is collected in the GUI thread alone.

Python collects it in whichever thread happens to allocate. In a worker that destroys widgets and other Qt objects which
belong to the GUI thread, perhaps just while they are painted, and the process ends with a segmentation fault.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY = 200
"""Milliseconds between two looks whether there is enough of it."""


class GarbageCollector(QObject):
    """Takes Python's place until it is stopped; made in the GUI thread, when what lives as long as the window is there.

    What is there by then is not looked through again and again, as that would hold up the window.
    """

    def __init__(self) -> None:
        super().__init__()
        self._automatic = gc.isenabled()
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(collect_what_is_due)
        self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.unfreeze()
        if self._automatic:
            gc.enable()


def collect_what_is_due() -> None:
    """Collect the oldest generation that has reached its threshold, in the thread that calls."""
    counted = enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
    due = [generation for generation, (count, threshold) in counted if count > threshold]
    if due:
        gc.collect(due[-1])
