"""What happens in journeys by itself: one thread that settles whatever is due, from a queue that survives a kill."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mcconsole.sandbox import entries, publishing
from mcconsole.sandbox.worker import Worker

if TYPE_CHECKING:
    from mcconsole.sandbox.tenant import Tenant

_NEXT = """
SELECT MIN(due) FROM (
    SELECT MIN(due) AS due FROM publications WHERE status = 'PublishInProcess'
    UNION ALL SELECT MIN(due) FROM entry_events WHERE state = 'queued'
    UNION ALL SELECT MIN(due) FROM exit_requests WHERE done IS NULL
    UNION ALL SELECT MIN(leave) FROM memberships WHERE gone IS NULL)
"""


class EntryWorker(Worker):
    """Publishes journeys and lets contacts in and out."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant, "sandbox-journeys", tenant.entry_work)

    def next_due(self) -> float | None:
        """When a publication, an entry, an exit or an end of stay is due."""
        due: float | None = self._tenant.store.connection.execute(_NEXT).fetchone()[0]
        return due

    def work(self) -> None:
        """Settle all that is due, in one transaction."""
        moment = time.time()
        with self._tenant.store.write() as connection:
            publishing.settle_due(connection, moment)
            entries.exit_due(connection, moment)
            entries.settle_due(connection, self._tenant.switches, moment)
            entries.leave_due(connection, moment)
