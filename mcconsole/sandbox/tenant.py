"""One running tenant: its state, its switches and what the handlers share."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Generic, TypeVar

from mcconsole.sandbox import auth, demo, demo_sends, schema
from mcconsole.sandbox.arguments import Options
from mcconsole.sandbox.faults import Faults
from mcconsole.sandbox.journal import Journal
from mcconsole.sandbox.replies import not_permitted
from mcconsole.sandbox.schema import DataExtension
from mcconsole.sandbox.state import Store
from mcconsole.sandbox.switches import Switches

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Things by an id, such as a page to continue at; beyond `size` the oldest is forgotten."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def __setitem__(self, name: str, value: Value) -> None:
        with self._lock:
            self._values[name] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def get(self, name: str) -> Value | None:
        """Return the thing of this id, or None when there is none (any more)."""
        with self._lock:
            return self._values.get(name)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()


class Tenant:
    """The tenant that all requests meet. Its parts may be used from any thread."""

    def __init__(self, options: Options, folder: Path) -> None:
        self.options = options
        self.switches = Switches(
            events=options.events, entry_delay=options.entry_delay, delivery_delay=options.delivery_delay
        )
        self.store = Store(folder)
        self.enterprise = demo.ENTERPRISE
        self.snapshots: Recent[object] = Recent(1000)
        """What row reads by token and SOAP's ContinueRequest go on with."""
        self.faults = Faults()
        self.journal = Journal()
        self.resets = 0
        self.work = threading.Event()
        """Set when there may be a job to do."""
        self.entry_work = threading.Event()
        """Set when something may happen in a journey."""
        self.send_work = threading.Event()
        """Set when a message may be due."""
        if self.store.is_new:
            self._seed()
        elif self.store.had_no_sends:
            with self.store.write() as connection:
                demo_sends.fill(connection, everything=options.seed == "demo")
        self.signing_key = auth.signing_key(self.store)

    def find(self, mid: int, reference: str) -> DataExtension | None:
        """Return a unit's data extension by external key or GUID; one of another unit may be refused."""
        found = schema.find(self.store.connection, self.switches, mid, reference)
        if found is None and self.switches["cross_unit"] == "403":
            self.refuse_foreign(mid, reference)
        return found

    def refuse_foreign(self, mid: int, reference: str) -> None:
        """Raise the 403 of an object that another unit has (API reference 1.5, seed-only)."""
        if schema.exists_elsewhere(self.store.connection, mid, reference):
            raise not_permitted()

    def unit_name(self, mid: int) -> str:
        """Return the name of a business unit."""
        row = self.store.connection.execute("SELECT name FROM business_units WHERE mid = ?", (mid,)).fetchone()
        return row[0] if row else ""

    def package_name(self, client_id: str) -> str:
        """Return the name of an installed package."""
        package = auth.find_package(self.store, client_id)
        return package.name if package else ""

    def expire_tokens(self) -> None:
        """Make every token that was issued so far invalid."""
        self.signing_key = auth.signing_key(self.store, fresh=True)

    def reset(self) -> None:
        """Go back to what a new tenant of this seed holds, without faults and journal; tokens stay valid.

        A request that is held back by a delay is not carried out any more: it was meant for the tenant before.
        """
        key = self.signing_key
        self.store.empty()
        self._seed()
        with self.store.write() as connection:
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('signing_key', ?)", (key.hex(),))
        self.switches.reset()
        self.snapshots.clear()
        self.faults.clear()
        self.journal.clear()
        self.resets += 1

    def _seed(self) -> None:
        with self.store.write() as connection:
            demo.fill(connection, self.switches, everything=self.options.seed == "demo")
