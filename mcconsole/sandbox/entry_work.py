"""What happens in journeys by itself: one thread that settles whatever is due, from a queue that survives a kill."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

from mcconsole.sandbox import entries, publishing

if TYPE_CHECKING:
    from mcconsole.sandbox.tenant import Tenant

_IDLE = 0.5
_NEXT = """
SELECT MIN(due) FROM (
    SELECT MIN(due) AS due FROM publications WHERE status = 'PublishInProcess'
    UNION ALL SELECT MIN(due) FROM entry_events WHERE state = 'queued'
    UNION ALL SELECT MIN(due) FROM exit_requests WHERE done IS NULL
    UNION ALL SELECT MIN(leave) FROM memberships WHERE gone IS NULL)
"""

log = logging.getLogger("mcconsole.sandbox")


class Worker:
    """The thread that publishes journeys and lets contacts in and out."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sandbox-journeys")
        self._thread.start()

    def stop(self) -> None:
        """End the thread after what it is at."""
        self._stopping = True
        self._tenant.entry_work.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._do_next()
            except sqlite3.Error:
                # A full disk, say: the work was undone and is tried again.
                log.exception("Journeys could not be stored")
                self._tenant.entry_work.wait(_IDLE)

    def _do_next(self) -> None:
        self._tenant.entry_work.clear()
        due = self._tenant.store.connection.execute(_NEXT).fetchone()[0]
        wait = _IDLE if due is None else due - time.time()
        if wait > 0:
            self._tenant.entry_work.wait(min(wait, _IDLE))
            return
        moment = time.time()
        with self._tenant.store.write() as connection:
            publishing.settle_due(connection, moment)
            entries.exit_due(connection, moment)
            entries.settle_due(connection, self._tenant.switches, moment)
            entries.leave_due(connection, moment)
