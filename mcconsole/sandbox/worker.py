"""One thread that settles whatever is due, from a queue in the store, so that it goes on after a kill."""

from __future__ import annotations

import abc
import logging
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcconsole.sandbox.tenant import Tenant

_IDLE = 0.5

log = logging.getLogger("mcconsole.sandbox")


class Worker(abc.ABC):
    """A subclass says when something is due, and does it; `wake` is set when something new came."""

    def __init__(self, tenant: Tenant, name: str, wake: threading.Event) -> None:
        self._tenant = tenant
        self._wake = wake
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name)
        self._thread.start()

    @abc.abstractmethod
    def next_due(self) -> float | None:
        """When the next piece of work is due (seconds since 1970), or None."""

    @abc.abstractmethod
    def work(self) -> None:
        """Do what is due."""

    def stop(self) -> None:
        """End the thread after what it is at."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._wake.clear()
                due = self.next_due()
                wait = _IDLE if due is None else due - time.time()
                if wait > 0:
                    self._wake.wait(min(wait, _IDLE))
                else:
                    self.work()
            except sqlite3.Error:
                # A full disk, say: the work was undone and is tried again.
                log.exception("Work could not be stored")
                self._wake.wait(_IDLE)
