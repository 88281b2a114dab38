"""The writer: exchanges come in from any thread, and one thread of its own puts them into the file."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from mcconsole.core import paths
from mcconsole.core.errors import ConsoleError
from mcconsole.core.exchange import Exchange
from mcconsole.core.history import tables
from mcconsole.core.history.policy import Policy
from mcconsole.core.history.reader import Reader, unreadable
from mcconsole.core.history.tidying import Tidying
from mcconsole.core.jobs import JobContext

WAITING_BYTES = 64 * 1024 * 1024
"""Bytes that wait to be written at most; what comes beyond is not kept, and that is told."""
AT_A_TIME = 200
"""Exchanges written in one transaction."""
LOOK_EVERY = 1.0
"""Seconds between two looks for what another process wrote."""
LINGER = 0.2
"""Seconds that the thread waits for more, where nobody watches."""
IN_MEMORY = 64 * 1024 * 1024
"""Bytes of a profile that are kept where there is no file."""


class Session(Protocol):
    """The exchanges of this session in memory, with all that the policy keeps off the disk."""

    def find(self, exchange_id: int, /) -> Exchange | None:
        """One of them by its id."""

    def list(self) -> Sequence[Exchange]:
        """All of them."""

    def drop(self, exchange_ids: Container[int] | None, /) -> None:
        """Forget these, or (None) all."""


class Change(StrEnum):
    """What listeners are told."""

    ADDED = "added"
    REMOVED = "removed"
    TROUBLE = "trouble"


Listener = Callable[[Change], None]


class History:
    """Every exchange, on disk or (without a path, or when the file fails) in memory until the end of the program.

    Only `put` and `reader` are called often; neither waits for the disk to write. Nothing here ever stops a call to
    the tenant: when the history cannot be kept, `trouble` says why and the listeners hear of it.
    """

    def __init__(self, path: Path | None, policy: Policy | None = None, session: Session | None = None) -> None:
        self._path = path
        self._policy = policy or Policy()
        self._session = session
        self._place: Path | str | None = None
        self._anchor: sqlite3.Connection | None = None
        self._opening = threading.RLock()
        self._wake = threading.Condition()
        self._waiting: deque[Exchange] = deque()
        self._bytes = 0
        self._missed = 0
        self._busy = False
        self._watching = self._again = False
        self._closed = False
        self._tidying = Tidying(path)
        self._listeners: tuple[Listener, ...] = ()
        self._thread: threading.Thread | None = None
        self.trouble: ConsoleError | None = None
        """Why exchanges are not kept on disk, or None."""

    @property
    def policy(self) -> Policy:
        """What is kept, and for how long."""
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        with self._wake:
            self._policy = policy
            self._tidying.soon()
            self._begin()
            self._wake.notify_all()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of changes, in the thread that writes; the returned function ends it. It must be quick."""
        self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            self._listeners = tuple(one for one in self._listeners if one is not listener)

        return unsubscribe

    def put(self, exchange: Exchange) -> None:
        """Keep an exchange soon; returns at once."""
        weight = _weight(exchange)
        with self._wake:
            if self._closed:
                return
            if self._bytes + weight > WAITING_BYTES:
                self._missed += 1
                return
            self._waiting.append(exchange)
            self._bytes += weight
            self._begin()
            self._wake.notify_all()

    def watch(self) -> None:
        """From now on look for what other processes write, and for what has become too old."""
        with self._wake:
            self._watching = True
            self._begin()

    def reader(self, ctx: JobContext | None = None) -> Reader:
        """A look at what is kept, for the thread that asks. ConsoleError when it cannot be had."""
        try:
            return Reader(self._connect(), ctx)
        except (OSError, sqlite3.Error) as error:
            raise unreadable(error) from None

    def exchange(self, row: int, key: int, ctx: JobContext | None = None) -> Exchange | None:
        """An exchange of this session in full, another one as far as it was kept; None when it is gone."""
        known = self._session.find(key) if self._session is not None else None
        if known is not None:
            return known
        with self.reader(ctx) as reader:
            return reader.exchange(row)

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """A connection to change what is kept. ConsoleError when that fails."""
        try:
            with closing(self._connect()) as db:
                yield db
        except (OSError, sqlite3.Error) as error:
            raise ConsoleError(
                f"The history of calls could not be changed: {tables.reason(error)}.", advice="Try again."
            ) from None

    def in_session(self) -> Sequence[Exchange]:
        """The exchanges of this session that are held in memory, also what the policy keeps off the disk."""
        return self._session.list() if self._session is not None else ()

    def drop_from_session(self, keys: Sequence[int] | None) -> None:
        """Forget exchanges of this session in memory; None for all."""
        if self._session is not None:
            self._session.drop(None if keys is None else frozenset(keys))

    def set_aside(self) -> tuple[str, ...]:
        """The names of damaged files in which nothing can be looked for."""
        return tuple(file.name for file in tables.aside(self._path)) if self._path is not None else ()

    def drop_set_aside(self) -> None:
        """Delete them."""
        if self._path is not None:
            tables.drop_aside(self._path)

    def removed(self) -> None:
        """Tell that something was taken out."""
        self._tell(Change.REMOVED)

    def flush(self, seconds: float = 5.0) -> bool:
        """Wait until what was put so far is written; False when it took too long."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def retry(self) -> None:
        """Try the file again soon after a trouble; what was kept in memory meanwhile goes there too."""
        with self._wake:
            self._again = True
            self._tidying.soon()
            self._begin()
            self._wake.notify_all()

    def close(self, seconds: float = 5.0) -> None:
        """Write what waits, and end."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(seconds)
        with self._opening:
            if self._anchor is not None:
                self._anchor.close()
                self._anchor = None

    def _begin(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._work, name="history", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            self._serve()
        except Exception as error:
            self.trouble = _not_kept(f"an error of mcconsole itself ({type(error).__name__}) lost some calls")
            self._tell(Change.TROUBLE)
            raise
        finally:
            with self._wake:
                if self._thread is threading.current_thread():  # else another one writes by now
                    self._thread = None
                    self._busy = False
                self._wake.notify_all()

    def _serve(self) -> None:
        db: sqlite3.Connection | None = None
        opened: Path | str | None = None
        seen = 0
        while True:
            batch = self._take()
            try:
                if self._again:
                    self._leave_memory()
                if db is None or opened != self._place:
                    if db is not None:
                        db.close()
                    db = self._connect()
                    opened = self._place
                    seen = _version_seen(db)
                self._write(db, batch)
                self._tidy(db)
                now = _version_seen(db)
                if now != seen:
                    seen = now
                    self._tell(Change.ADDED)
            except (OSError, sqlite3.Error) as error:
                if db is not None:
                    db.close()
                db = None
                self._failed(error, batch)
            with self._wake:
                self._busy = False
                self._wake.notify_all()
                idle = self._closed or not (batch or self._watching or self._tidying.due)
                if idle and not self._waiting:
                    self._thread = None
                    break
        if db is not None:
            db.close()

    def _leave_memory(self) -> None:
        self._again = False
        with self._opening:
            anchor, self._anchor = self._anchor, None
            self._place = self.trouble = None
        if anchor is not None:
            with closing(anchor):
                rows = [row for (row,) in anchor.execute("SELECT id FROM exchanges ORDER BY id DESC")]
                kept = (tables.exchange_of(anchor, row) for row in rows)
                with self._wake:
                    self._waiting.extendleft(exchange for exchange in kept if exchange is not None)
                    self._bytes = sum(map(_weight, self._waiting))
        self._tell(Change.TROUBLE)
        self._tell(Change.REMOVED)

    def _take(self) -> list[Exchange]:
        with self._wake:
            self._wake.wait_for(
                lambda: self._waiting or self._closed or self._tidying.due, LOOK_EVERY if self._watching else LINGER
            )
            batch = [self._waiting.popleft() for _ in range(min(AT_A_TIME, len(self._waiting)))]
            self._bytes -= sum(map(_weight, batch))
            self._busy = True
            return batch

    def _write(self, db: sqlite3.Connection, batch: list[Exchange]) -> None:
        if not batch:
            return
        policy = self._policy
        with tables.transaction(db):
            for exchange in batch:
                tables.add(db, policy.reduced(exchange))
        self._tell(Change.ADDED)
        if self._missed:
            missed, self._missed = self._missed, 0
            self.trouble = _not_kept(f"{missed:,} calls came faster than they could be written")
            self._tell(Change.TROUBLE)

    def _tidy(self, db: sqlite3.Connection) -> None:
        limit = IN_MEMORY if isinstance(self._place, str) else self._policy.megabytes * 1024 * 1024
        if self._tidying.step(db, limit, self._policy.days):
            self._tell(Change.REMOVED)

    def _failed(self, error: Exception, batch: list[Exchange]) -> None:
        """Go on with a new file or in memory; a file that another process holds for long is tried again."""
        if self._place is None or isinstance(self._place, Path):
            with self._wake:
                self._waiting.extendleft(reversed(batch))
                self._bytes += sum(map(_weight, batch))
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY and not self._closed:
            return
        with self._opening:
            self._tidying.later()
            if isinstance(self._place, str):
                return
            try:
                if tables.damaged(error) and self._place is not None:
                    self._set_aside(self._place)
                    return
            except OSError as worse:
                error = worse
            self._go_to_memory(error)
        self._tell(Change.TROUBLE)

    def _connect(self) -> sqlite3.Connection:
        """A connection to the place where the history is; makes it where it is not there yet."""
        with self._opening:
            if self._place is None and self._path is not None:
                try:
                    self._open_file(self._path)
                except (OSError, sqlite3.Error, ConsoleError) as error:
                    self._go_to_memory(error)
                    self._tell(Change.TROUBLE)
            return tables.connect(self._place or self._open_memory())

    def _open_file(self, path: Path) -> None:
        paths.private_folder(path.parent)
        path.touch(mode=0o600)
        path.chmod(0o600)
        try:
            _prepare(path)
        except sqlite3.DatabaseError as error:
            if not tables.damaged(error):
                raise
            self._set_aside(path)
            path.touch(mode=0o600)
            _prepare(path)
        self._place = path

    def _set_aside(self, path: Path) -> None:
        kept = tables.set_aside(path)
        self.trouble = ConsoleError(
            f"The history of calls was damaged; it was set aside as {kept.name} and begun anew.",
            advice="Delete that file when you do not need it.",
        )
        self._place = None
        self._tell(Change.TROUBLE)

    def _open_memory(self) -> str:
        place = f"file:/{uuid.uuid4().hex}?vfs=memdb"
        self._anchor = tables.connect(place)
        tables.prepare(self._anchor)
        self._place = place
        return place

    def _go_to_memory(self, error: Exception) -> None:
        self.trouble = _not_kept(tables.reason(error))
        self._open_memory()

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)


def _not_kept(reason: str) -> ConsoleError:
    return ConsoleError(
        f"The history of calls is not being kept on disk: {reason}.",
        advice="Calls go on, and those of this session can be seen until the end of the program.",
    )


def _prepare(path: Path) -> None:
    db = tables.connect(path)
    try:
        tables.prepare(db)
    finally:
        db.close()


def _version_seen(db: sqlite3.Connection) -> int:
    """A number that changes when another connection has written."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def _weight(exchange: Exchange) -> int:
    return 1024 + len(exchange.request.data) + len(exchange.response.data)
