"""The tenant's memory: one SQLite file, one connection per thread, one writer at a time."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from mcconsole.core.paths import private_folder

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE business_units (mid INTEGER PRIMARY KEY, name TEXT NOT NULL, parent INTEGER NOT NULL);
CREATE TABLE packages (
    client_id TEXT PRIMARY KEY, client_secret TEXT NOT NULL, name TEXT NOT NULL, mid INTEGER NOT NULL,
    business_units TEXT NOT NULL, scopes TEXT NOT NULL);
CREATE TABLE folders (
    id INTEGER PRIMARY KEY, mid INTEGER NOT NULL, parent INTEGER NOT NULL, name TEXT NOT NULL,
    content_type TEXT NOT NULL, key TEXT NOT NULL, object_id TEXT NOT NULL, description TEXT NOT NULL,
    created TEXT NOT NULL);
CREATE TABLE data_extensions (
    number INTEGER PRIMARY KEY, mid INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL,
    key_folded TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, category INTEGER NOT NULL,
    sendable_field TEXT NOT NULL, sendable_subscriber TEXT NOT NULL, testable INTEGER NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL);
CREATE INDEX data_extensions_by_key ON data_extensions (mid, key_folded);
CREATE TABLE fields (
    extension INTEGER NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
    length INTEGER, scale INTEGER, required INTEGER NOT NULL, primary_key INTEGER NOT NULL,
    default_value TEXT NOT NULL, PRIMARY KEY (extension, number)) WITHOUT ROWID;
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, mid INTEGER NOT NULL, extension INTEGER NOT NULL,
    kind TEXT NOT NULL, called REAL NOT NULL, due REAL NOT NULL, total INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0, completed REAL);
CREATE INDEX jobs_open ON jobs (due) WHERE completed IS NULL;
CREATE TABLE job_bodies (job INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE job_errors (
    job INTEGER NOT NULL, position INTEGER NOT NULL, item BLOB NOT NULL, PRIMARY KEY (job, position)) WITHOUT ROWID;
CREATE TABLE bulk_jobs (
    id TEXT PRIMARY KEY, mid INTEGER NOT NULL, extension INTEGER NOT NULL, key TEXT NOT NULL,
    update_type TEXT NOT NULL, created REAL NOT NULL, expires REAL NOT NULL, completed INTEGER NOT NULL DEFAULT 0)
    WITHOUT ROWID;
CREATE TABLE bulk_batches (
    number INTEGER PRIMARY KEY, bulk TEXT NOT NULL, total INTEGER NOT NULL, body BLOB, request TEXT);
CREATE INDEX bulk_batches_by_job ON bulk_batches (bulk);
CREATE TABLE contacts (key TEXT PRIMARY KEY, status TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE event_definitions (
    number INTEGER PRIMARY KEY, mid INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL,
    key_folded TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, data_extension TEXT NOT NULL,
    criteria TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX event_definitions_by_key ON event_definitions (mid, key_folded);
CREATE TABLE journeys (
    number INTEGER PRIMARY KEY, mid INTEGER NOT NULL, id TEXT NOT NULL, definition_id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL, key_folded TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    entry_mode TEXT NOT NULL, sources TEXT NOT NULL, retain INTEGER NOT NULL DEFAULT 0,
    met_goal INTEGER NOT NULL DEFAULT 0, met_exit INTEGER NOT NULL DEFAULT 0, created TEXT NOT NULL,
    modified TEXT NOT NULL, published TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX journeys_by_key ON journeys (mid, key_folded);
CREATE TABLE publications (
    id TEXT PRIMARY KEY, mid INTEGER NOT NULL, journey INTEGER NOT NULL, due REAL NOT NULL, status TEXT NOT NULL,
    errors TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entry_events (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, mid INTEGER NOT NULL, request TEXT NOT NULL,
    definition TEXT NOT NULL, definition_key TEXT NOT NULL, contact TEXT NOT NULL, data TEXT NOT NULL,
    called REAL NOT NULL, due REAL NOT NULL, stored INTEGER NOT NULL, state TEXT NOT NULL,
    code INTEGER NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '');
CREATE INDEX entry_events_open ON entry_events (due) WHERE state = 'queued';
CREATE INDEX entry_events_by_contact ON entry_events (mid, contact);
CREATE TABLE held_entries (
    event INTEGER NOT NULL, journey INTEGER NOT NULL, PRIMARY KEY (event, journey)) WITHOUT ROWID;
CREATE TABLE memberships (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, mid INTEGER NOT NULL, contact TEXT NOT NULL,
    journey INTEGER NOT NULL, entered REAL NOT NULL, leave REAL NOT NULL, gone REAL);
CREATE INDEX memberships_by_contact ON memberships (mid, contact);
CREATE INDEX memberships_by_journey ON memberships (journey, gone);
CREATE INDEX memberships_open ON memberships (leave) WHERE gone IS NULL;
CREATE TABLE journey_history (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, mid INTEGER NOT NULL, moment REAL NOT NULL, contact TEXT NOT NULL,
    journey INTEGER NOT NULL, instance TEXT NOT NULL, event_name TEXT NOT NULL, activity_name TEXT NOT NULL,
    activity_type TEXT NOT NULL, status TEXT NOT NULL, message TEXT NOT NULL);
CREATE INDEX journey_history_by_contact ON journey_history (mid, contact, moment);
CREATE TABLE exit_requests (
    number INTEGER PRIMARY KEY, mid INTEGER NOT NULL, contact TEXT NOT NULL, journey INTEGER NOT NULL,
    called REAL NOT NULL, due REAL NOT NULL, done REAL, instance TEXT NOT NULL DEFAULT '');
CREATE INDEX exit_requests_open ON exit_requests (due) WHERE done IS NULL;
"""
_SENDS = """
CREATE TABLE assets (
    number INTEGER PRIMARY KEY, mid INTEGER NOT NULL, kind TEXT NOT NULL, id INTEGER NOT NULL,
    object_id TEXT NOT NULL UNIQUE, key TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (mid, kind, id));
CREATE TABLE send_definitions (
    number INTEGER PRIMARY KEY, mid INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL,
    key_folded TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, extension TEXT NOT NULL, parts TEXT NOT NULL,
    copy TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX send_definitions_by_key ON send_definitions (mid, kind, key_folded);
CREATE TABLE messages (
    number INTEGER PRIMARY KEY, mid INTEGER NOT NULL, definition INTEGER NOT NULL, request TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE, message_key TEXT, contact TEXT NOT NULL, address TEXT NOT NULL, attributes TEXT NOT NULL,
    called REAL NOT NULL, due REAL, state TEXT NOT NULL, settled REAL, code INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '', copy TEXT NOT NULL DEFAULT '', event INTEGER UNIQUE);
CREATE INDEX messages_open ON messages (due) WHERE settled IS NULL;
CREATE INDEX messages_held ON messages (definition) WHERE state = 'held';
CREATE INDEX messages_by_key ON messages (mid, message_key);
CREATE INDEX messages_settled ON messages (mid, state, event);
"""
_SCHEMA += _SENDS
_UPGRADES = {3: _SENDS}
"""What turns an older state into the next one."""
_VERSION = 4


class Store:
    """The database of one tenant. Readers see the last committed state; `write` is one transaction."""

    def __init__(self, folder: Path) -> None:
        self.path = private_folder(folder) / "tenant.sqlite"
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._opening = threading.Lock()
        self._writing = threading.Lock()
        self.path.touch(mode=0o600)
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        self.is_new = version == 0
        self.had_no_sends = version in _UPGRADES
        """Whether it was made before this tenant could send, and lacks what a seed holds for it."""
        if self.is_new:
            self._build(_SCHEMA)
        elif version in _UPGRADES:
            self._build(_UPGRADES[version])
        elif version != _VERSION:
            raise RuntimeError(f"{self.path} was made by another version of the sandbox (state {version})")

    def _build(self, script: str) -> None:
        with self.write() as connection:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, for reading."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA journal_mode = WAL")
            found.execute("PRAGMA synchronous = NORMAL")
            found.execute("PRAGMA cache_size = -16384")
            found.execute("PRAGMA journal_size_limit = 67108864")
            self._local.connection = found
            with self._opening:
                self._connections.append(found)
        return found

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open the one write transaction; it is undone when the block raises."""
        connection = self.connection
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close every thread's connection; no thread may use the store after this."""
        with self._opening:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    def empty(self) -> None:
        """Remove everything, rows included, and start from an empty schema."""
        with self.write() as connection:
            names = connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            for (name,) in names:
                connection.execute(f'DROP TABLE "{name}"')
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
