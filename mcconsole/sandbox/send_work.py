"""Sending by itself: one thread that settles the messages that are due, from a queue that survives a kill."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mcconsole.sandbox import messages
from mcconsole.sandbox.worker import Worker

if TYPE_CHECKING:
    from mcconsole.sandbox.tenant import Tenant


class SendWorker(Worker):
    """Delivers messages into the outbox."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant, "sandbox-sends", tenant.send_work)

    def next_due(self) -> float | None:
        """When a message is due to be sent or given up."""
        query = "SELECT MIN(due) FROM messages WHERE settled IS NULL"
        due: float | None = self._tenant.store.connection.execute(query).fetchone()[0]
        return due

    def work(self) -> None:
        """Settle a batch of what is due, in one transaction."""
        with self._tenant.store.write() as connection:
            messages.settle_due(connection, time.time())
