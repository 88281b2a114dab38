"""The tables of the history: made, opened, and one exchange put in or taken out.

`words` is a full-text index without a copy of the text: to take a row out, FTS5 has to be given the same text again.
It is made anew from what is kept, so a change of `_words` or of its parts needs another VERSION.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mcconsole.core.exchange import Body, Exchange

VERSION = 1
BLOCK = 256
"""Ids in a block, of which the lines of a list are read at a time; the block of an id is `id // BLOCK`."""
BODY_CAP = 1024 * 1024
"""Bytes of a body that are kept at most."""
WORDS_CAP = 64 * 1024
"""Bytes of a body that can be found by a search."""
BUSY = 10.0
"""Seconds to wait while another process writes."""

_COUNTED = f"""
CREATE TRIGGER {{table}}_in AFTER INSERT ON {{table}} BEGIN
    INSERT INTO blocks VALUES ('{{table}}', new.id / {BLOCK}, 1)
    ON CONFLICT(rows, block) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER {{table}}_out AFTER DELETE ON {{table}} BEGIN
    UPDATE blocks SET count = count - 1 WHERE rows = '{{table}}' AND block = old.id / {BLOCK};
    DELETE FROM blocks WHERE rows = '{{table}}' AND block = old.id / {BLOCK} AND count = 0;
END;
"""  # noqa: S608

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE jobs(id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, label TEXT NOT NULL,
                  started INTEGER NOT NULL, ended INTEGER NOT NULL, count INTEGER NOT NULL, bad INTEGER NOT NULL,
                  size INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE exchanges(id INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL UNIQUE, job INTEGER NOT NULL,
                       started INTEGER NOT NULL, method TEXT NOT NULL, url TEXT NOT NULL, status INTEGER,
                       seconds REAL NOT NULL, size INTEGER NOT NULL, profile TEXT NOT NULL, feature TEXT NOT NULL,
                       label TEXT NOT NULL, failed INTEGER NOT NULL, bad INTEGER NOT NULL, weight INTEGER NOT NULL);
CREATE INDEX exchanges_by_job ON exchanges(job);
CREATE INDEX exchanges_by_profile ON exchanges(profile);
CREATE INDEX exchanges_by_facts ON exchanges(feature, profile, status, bad);
CREATE INDEX exchanges_bad ON exchanges(bad) WHERE bad;
CREATE TABLE details(id INTEGER PRIMARY KEY, facts BLOB NOT NULL, request BLOB NOT NULL, response BLOB NOT NULL);
CREATE TABLE usage(profile TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks(rows TEXT NOT NULL, block INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(rows, block))
WITHOUT ROWID;
{"".join(_COUNTED.format(table=table) for table in ("jobs", "exchanges"))}
CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2');
PRAGMA user_version = {VERSION};
COMMIT;
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROW = 400
"""Bytes that a row costs beside what it holds, indexes included."""
_PACK_FROM = 200
_MERGE = 250
"""Pages of the index that are merged in one step."""
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")

_IN_COLUMNS = {"id", "started", "method", "url", "status", "seconds", "profile", "feature", "label", "failed"}
_APART = {"request", "response", "job", "job_label"}
_OTHERS = tuple(f.name for f in fields(Exchange) if f.name not in _IN_COLUMNS | _APART)
"""Fields of an exchange that are kept together as JSON."""


class NewerVersion(sqlite3.DatabaseError):
    """The file was written by a newer mcconsole."""


def connect(place: Path | str) -> sqlite3.Connection:
    """Open a history: a file, or a name in memory that lives as long as one connection to it."""
    uri = isinstance(place, str)
    db = sqlite3.connect(place, isolation_level=None, timeout=BUSY, uri=uri, check_same_thread=False)
    try:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        db.close()
        raise
    return db


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables where there are none yet. NewerVersion for a file that this mcconsole does not understand."""
    version = _version(db)
    if version == 0:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before anything is written, or it has no effect
        db.execute("PRAGMA journal_mode = WAL")
        try:
            db.executescript(_SCHEMA)
        except sqlite3.OperationalError:  # another process was faster
            if db.in_transaction:
                db.execute("ROLLBACK")
            if _version(db) == 0:
                raise
    elif version > VERSION:
        raise NewerVersion


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def add(db: sqlite3.Connection, exchange: Exchange) -> None:
    """Put an exchange in; one that is there already is left alone."""
    url, label = _clean(exchange.url), _clean(exchange.label)
    started = (exchange.started - _EPOCH) // timedelta(microseconds=1)
    ended = started + int(exchange.seconds * 1e6)
    found = db.execute(
        "INSERT INTO exchanges(key, job, started, method, url, status, seconds, size, profile, feature, label, failed,"
        " bad, weight) VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT(key) DO NOTHING RETURNING id",
        (
            *(exchange.id, started, exchange.method, url, exchange.status, exchange.seconds),
            *(exchange.response.size, _clean(exchange.profile), exchange.feature, label),
            *(exchange.failed, exchange.bad),
        ),
    ).fetchone()
    if found is None:
        return
    (identity,) = found
    share = (ended, exchange.bad, exchange.response.size, identity)
    key = exchange.job or str(exchange.id)
    job, job_label = (
        db.execute(
            "UPDATE jobs SET ended = max(ended, ?), count = count + 1, bad = bad + ?, size = size + ?, last = ?"
            " WHERE key = ? RETURNING id, label",
            (*share, key),
        ).fetchone()
        or db.execute(
            "INSERT INTO jobs(key, label, started, count, ended, bad, size, last) VALUES (?, ?, ?, 1, ?, ?, ?, ?)"
            " RETURNING id, label",
            (key, _clean(exchange.job_label), started, *share),
        ).fetchone()
    )
    request, response = exchange.request.data[:BODY_CAP], exchange.response.data[:BODY_CAP]
    stored = (_pack(_facts(exchange)), _pack(request), _pack(response))
    text = _words(url, label, job_label, request, response)
    db.execute("INSERT INTO details VALUES (?, ?, ?, ?)", (identity, *stored))
    db.execute("INSERT INTO words(rowid, text) VALUES (?, ?)", (identity, text))
    weight = _ROW + sum(map(len, stored)) + len(url) + len(label) + len(text) // 2
    db.execute("UPDATE exchanges SET job = ?, weight = ? WHERE id = ?", (job, weight, identity))
    db.execute(
        "INSERT INTO usage VALUES (?, ?) ON CONFLICT(profile) DO UPDATE SET bytes = bytes + excluded.bytes",
        (_clean(exchange.profile), weight),
    )


def remove(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Take exchanges out: their rows, their words, their share of jobs and of what a profile uses."""
    marks = ",".join("?" * len(ids))
    rows = db.execute(  # only marks are put in
        "SELECT e.id, e.job, e.url, e.label, j.label, d.request, d.response, e.profile, e.weight, e.bad, e.size"  # noqa: S608
        " FROM exchanges e JOIN jobs j ON j.id = e.job JOIN details d ON d.id = e.id"
        f" WHERE e.id IN ({marks})",
        ids,
    ).fetchall()
    for identity, _, url, label, job_label, request, response, *_ in rows:
        text = _words(url, label, job_label, unpack(request), unpack(response))
        db.execute("INSERT INTO words(words, rowid, text) VALUES ('delete', ?, ?)", (identity, text))
    db.executemany("UPDATE usage SET bytes = max(0, bytes - ?) WHERE profile = ?", ((row[8], row[7]) for row in rows))
    db.executemany(
        "UPDATE jobs SET count = count - 1, bad = bad - ?, size = size - ? WHERE id = ?",
        ((row[9], row[10], row[1]) for row in rows),
    )
    db.executemany("DELETE FROM details WHERE id = ?", ((row[0],) for row in rows))
    db.executemany("DELETE FROM exchanges WHERE id = ?", ((row[0],) for row in rows))
    for job in {row[1] for row in rows}:
        db.execute("DELETE FROM jobs WHERE id = ? AND count <= 0", (job,))
        db.execute(
            "UPDATE jobs SET last = (SELECT max(id) FROM exchanges WHERE job = jobs.id) WHERE id = ?"
            " AND NOT EXISTS (SELECT 1 FROM exchanges WHERE id = jobs.last)",
            (job,),
        )


def remove_all(db: sqlite3.Connection) -> None:
    """Take everything out."""
    db.execute("INSERT INTO words(words) VALUES ('delete-all')")
    for table in ("details", "exchanges", "jobs", "usage", "blocks"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608


def merge_words(db: sqlite3.Connection, *, begin: bool) -> bool:
    """A step of merging the index, which keeps the words of what was taken out until then; False after the last."""
    before = db.total_changes
    db.execute("INSERT INTO words(words, rank) VALUES ('merge', ?)", (-_MERGE if begin else _MERGE,))
    return db.total_changes - before >= 2


def give_back(db: sqlite3.Connection, pages: int = 0) -> None:
    """Make the file smaller by so many free pages (0: by all); Python's `execute` would free a single one."""
    db.executescript(f"PRAGMA incremental_vacuum({pages:d})")


def exchange_of(db: sqlite3.Connection, identity: int) -> Exchange | None:
    """The whole exchange in a row of `exchanges`, as far as it was kept."""
    row = db.execute(
        "SELECT e.key, e.started, e.method, e.url, e.status, e.seconds, e.profile, e.feature, e.label, e.failed,"
        " j.key, j.label, d.facts, d.request, d.response FROM exchanges e"
        " JOIN jobs j ON j.id = e.job JOIN details d ON d.id = e.id WHERE e.id = ?",
        (identity,),
    ).fetchone()
    if row is None:
        return None
    facts = json.loads(unpack(row[12]))
    return Exchange(
        id=row[0],
        started=moment(row[1]),
        method=row[2],
        url=row[3],
        status=row[4],
        seconds=row[5],
        profile=row[6],
        feature=row[7],
        label=row[8],
        failed=bool(row[9]),
        job=row[10],
        job_label=row[11],
        request=Body(unpack(row[13]), **facts.pop("request")),
        response=Body(unpack(row[14]), **facts.pop("response")),
        **_revived(facts),
    )


def moment(microseconds: int) -> datetime:
    """The time that stands in a column."""
    return _EPOCH + timedelta(microseconds=microseconds)


def unpack(packed: bytes) -> bytes:
    """The bytes that `_pack` was given."""
    return zlib.decompress(packed[1:]) if packed[:1] == b"z" else packed[1:]


def _pack(data: bytes) -> bytes:
    return b"z" + zlib.compress(data, 4) if len(data) >= _PACK_FROM else b"-" + data


def _facts(exchange: Exchange) -> bytes:
    facts: dict[str, object] = {name: getattr(exchange, name) for name in _OTHERS}
    for name in ("request", "response"):
        body: Body = getattr(exchange, name)
        facts[name] = {"size": body.size, "sha256": body.sha256, "content_type": body.content_type}
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _revived(facts: dict[str, Any]) -> dict[str, Any]:
    for name in ("request_headers", "response_headers"):
        pairs = facts.get(name)
        facts[name] = tuple((str(k), str(v)) for k, v in pairs) if isinstance(pairs, list) else ()
    timings = facts.get("timings")
    facts["timings"] = tuple((str(k), float(v)) for k, v in timings) if isinstance(timings, list) else ()
    return {name: value for name, value in facts.items() if name in _OTHERS}


def _clean(text: str) -> str:
    """Text as SQLite takes it."""
    return text.encode("utf-8", "replace").decode()


def _words(url: str, label: str, job_label: str, request: bytes, response: bytes) -> str:
    """What a search finds an exchange by."""
    bodies = (data[:WORDS_CAP].decode("utf-8", "replace") for data in (request, response))
    text = "\n".join((unquote(url), label, job_label, *bodies))
    return _UNICODE.sub(_letter, text) if "\\u" in text else text


def _letter(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of a block or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def surplus(db: sqlite3.Connection, limit: int, most: int) -> list[int]:
    """The oldest exchanges of a profile that holds more bytes than the limit, as many as are too many."""
    found = db.execute("SELECT profile, bytes FROM usage WHERE bytes > ? LIMIT 1", (limit,)).fetchone()
    if found is None:
        return []
    profile, held = found
    ids: list[int] = []
    for identity, weight in db.execute(
        "SELECT id, weight FROM exchanges WHERE profile = ? ORDER BY id LIMIT ?", (profile, most)
    ):
        if held <= limit:
            break
        ids.append(identity)
        held -= weight
    return ids


def older(db: sqlite3.Connection, than: datetime, most: int) -> list[int]:
    """Exchanges from before a time, as far as they are the first of all."""
    until = (than - _EPOCH) // timedelta(microseconds=1)
    rows = db.execute("SELECT id, started FROM exchanges ORDER BY id LIMIT ?", (most,))
    return [identity for identity, started in rows if started < until]


def damaged(error: Exception) -> bool:
    """Whether an error says that the file is no good history."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def reason(error: Exception) -> str:
    """An error in a few words."""
    if isinstance(error, NewerVersion):
        return "its file was written by a newer mcconsole"
    return str((error.strerror if isinstance(error, OSError) else None) or error).rstrip(".")


def set_aside(path: Path) -> Path:
    """Give a damaged file another name."""
    kept = path.with_name(f"{path.stem}.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}{path.suffix}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(kept.with_name(kept.name + ending))
    return kept


def aside(path: Path) -> list[Path]:
    """The damaged files that were set aside, each with what belongs to it."""
    return sorted(path.parent.glob(f"{path.stem}.damaged-*{path.suffix}*"))


def drop_aside(path: Path, before: datetime | None = None) -> None:
    """Delete damaged files that were written last before a time, or (None) all of them."""
    for file in aside(path):
        if before is None or file.stat().st_mtime < before.timestamp():
            file.unlink(missing_ok=True)
