"""The history on disk: what goes in comes out, is found, grows old, and survives a kill and a bad disk."""

from __future__ import annotations

import json
import os
import queue
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.core import clock
from mcconsole.core.errors import BadInput
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.history import BLOCK, Change, History, Keep, Line, Policy, Query, forget, tables
from mcconsole.core.history import history as writing
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.spill import Spill

Start = Callable[..., History]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Opens a history, on disk unless told otherwise; all are closed at the end."""
    opened: list[History] = []

    def begin(path: Path | None = tmp_path / "history.sqlite", **more: Any) -> History:
        opened.append(History(path, **more))
        return opened[-1]

    yield begin
    for one in opened:
        one.close()


def exchange(number: int = 1, **more: Any) -> Exchange:
    usual = Exchange(
        number,
        clock.now().replace(microsecond=number % 1_000_000),
        "POST",
        f"https://x/data/v1/{number}",
        request_headers=(("Accept", "*/*"),),
        request=Body(b'{"a":1}', 7, "ff", "application/json"),
        status=200,
        reason="OK",
        response_headers=(("Date", "today"), ("Date", "twice")),
        response=Body(b"<a>" + b"x" * 500, 900, "", "text/xml"),
        seconds_to_first_byte=0.1,
        seconds=0.25,
        attempt=2,
        profile="Prod",
        business_unit="77",
        feature="imports",
        label=f"Call {number}",
        job="j1",
        job_label="Import of customers",
    )
    return replace(usual, **more)


def put(history: History, *exchanges: Exchange) -> None:
    for one in exchanges:
        history.put(one)
    assert history.flush(20)


class Session:
    """What the running console still has in memory."""

    def __init__(self) -> None:
        self.held: dict[int, Exchange] = {}

    def find(self, exchange_id: int) -> Exchange | None:
        return self.held.get(exchange_id)

    def list(self) -> list[Exchange]:
        return list(self.held.values())

    def drop(self, exchange_ids: Container[int] | None) -> None:
        for one in [key for key in self.held if exchange_ids is None or key in exchange_ids]:
            del self.held[one]


def lines(history: History, query: Query = Query()) -> list[Line]:  # noqa: B008
    with history.reader() as reader:
        return [line for block in reader.blocks(query) for line in reader.lines(query, block)]


def keys(history: History, query: Query = Query()) -> list[int]:  # noqa: B008
    return [line.key for line in lines(history, query)]


def contents(folder: Path) -> bytes:
    """All that is in the files of a folder; SQLite may take one away meanwhile."""
    found = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            found.append(path.read_bytes())
    return b"".join(found)


def loaded(history: History, key: int) -> Exchange | None:
    with history.reader() as reader:
        found = reader.find(key)
        return reader.exchange(found.exchange) if found is not None else None


def test_an_exchange_comes_out_as_it_went_in(start: Start) -> None:
    history = start()
    for one in (
        exchange(1),
        exchange(2, status=None, error="reset", response=Body(), seconds_to_first_byte=None, failed=True),
        exchange(3, label="lone \ud800 letter", request=Body(bytes(range(256)) * 10, 2560, "aa", "x/y")),
    ):
        put(history, one)
        assert loaded(history, one.id) == replace(one, label=one.label.replace("\ud800", "?"))


def test_only_its_owner_may_read_it(start: Start, tmp_path: Path) -> None:
    history = start()
    put(history, exchange())
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_an_import_of_many_calls_is_one_line(start: Start) -> None:
    history = start()
    put(history, exchange(1, job="a"), *(exchange(n) for n in range(2, 402)), exchange(500, job="b", job_label=""))
    put(history, exchange(402, status=500))
    first, many, last = lines(history, Query(by_job=True))
    assert (first.key, first.count, first.label) == (1, 1, "Call 1")
    assert (many.count, many.bad, many.label) == (401, 1, "Import of customers")
    assert last.key == 500
    assert keys(history, Query(job=many.job)) == list(range(2, 403))
    with history.reader() as reader:
        assert reader.blocks(Query(by_job=True)) == {0: 3}
        assert sum(reader.blocks(Query()).values()) == 403


def test_filters(start: Start) -> None:
    history = start()
    put(
        history,
        exchange(1, feature="journeys", request=Body(b'{"ContactKey":"C-77","EmailAddress":"ann.lee@example.com"}')),
        exchange(2, profile="Test", status=404, url="https://x/hub/v1/Z%C3%BCrich%20Kunden"),
        exchange(3, status=None, error="reset"),
        exchange(4, failed=True, response=Body(b'{"message":"Fehler \\u00fcberall"}')),
    )
    assert keys(history, Query(only_bad=True)) == [2, 3, 4]
    assert keys(history, Query(status=404)) == [2]
    assert keys(history, Query(status=0)) == [3]
    assert keys(history, Query(feature="journeys")) == [1]
    assert keys(history, Query(profile="Test")) == [2]
    assert keys(history, Query(text="C-77")) == [1]
    assert keys(history, Query(text="ann.lee@example")) == [1]
    assert keys(history, Query(text="zurich kund")) == [2]
    assert keys(history, Query(text="überall")) == [4]
    assert keys(history, Query(text="call", only_bad=True, profile="Prod", by_job=True)) == [3, 4]
    assert keys(history, Query(text='nothing "has* this')) == []
    assert keys(history, Query(text="- :")) == [1, 2, 3, 4]
    with history.reader() as reader:
        facets = reader.facets()
    assert facets.features == ("imports", "journeys")
    assert facets.profiles == ("Prod", "Test")
    assert facets.statuses == (0, 200, 404)


@given(st.text(max_size=40))
def test_no_filter_text_is_an_error(text: str) -> None:
    history = History(None)
    try:
        put(history, exchange(1))
        keys(history, Query(text=text))
    finally:
        history.close()


def test_the_place_of_an_exchange_is_told(start: Start) -> None:
    history = start()
    put(history, *(exchange(n, job=f"{n % 2}", status=200 if n % 3 else 500) for n in range(1, BLOCK * 2)))
    with history.reader() as reader:
        for query in (Query(), Query(only_bad=True), Query(job=2), Query(by_job=True)):
            listed = [line for block in reader.blocks(query) for line in reader.lines(query, block)]
            wanted = listed[len(listed) // 3]
            found = reader.find(wanted.key, query)
            assert found is not None
            assert listed[-1 - found.newer].id == wanted.id
        assert reader.find(99_999) is None


def test_what_is_newer_is_counted_alone(start: Start) -> None:
    history = start()
    put(history, *(exchange(n) for n in range(1, 301)))
    with history.reader() as reader:
        last = reader.last(Query())
    put(history, *(exchange(n) for n in range(301, 311)))
    with history.reader() as reader:
        assert sum(reader.blocks(Query(), after=last).values()) == 10


def test_two_processes_write_into_one_file(start: Start, tmp_path: Path) -> None:
    history = start()
    heard: list[Change] = []
    history.subscribe(heard.append)
    history.watch()
    put(history, exchange(1))
    script = (
        "import sys; from pathlib import Path; from tests.core.test_history import exchange; "
        "from mcconsole.core.history import History\n"
        "history = History(Path(sys.argv[1]))\n"
        "for n in range(1000, 1500): history.put(exchange(n, job='other'))\n"
        "history.close(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "history.sqlite")])
    put(history, *(exchange(n) for n in range(2, 500)))
    assert other.wait(60) == 0
    assert sorted(keys(history)) == [*range(1, 500), *range(1000, 1500)]
    assert [line.count for line in lines(history, Query(by_job=True))] == [499, 500]
    assert history.trouble is None


def test_what_was_written_survives_a_kill(start: Start, tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from tests.core.test_history import exchange; "
        "from mcconsole.core.history import History\n"
        "history = History(Path(sys.argv[1]))\n"
        "for n in range(1, 10**9):\n"
        "    history.put(exchange(n)); history.flush(); print(n, flush=True)"
    )
    path = tmp_path / "history.sqlite"
    child = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [int(next(child.stdout)) for _ in range(50)]
    os.kill(child.pid, signal.SIGKILL)
    told += [int(line) for line in child.stdout if line.endswith("\n")]
    child.stdout.close()
    child.wait()
    kept = keys(start())
    assert kept[: len(told)] == told
    assert len(kept) <= len(told) + 1


@pytest.mark.parametrize("keep", Keep)
def test_privacy(start: Start, tmp_path: Path, keep: Keep) -> None:
    session = Session()
    history = start(policy=Policy(keep), session=session)
    given = exchange(
        url="https://x/path?email=ann%40example.com",
        request=Body(b"ann@example.com", 15, "ab", "text/plain"),
        label="Fire for ann@example.com",
        job_label="Firing for ann@example.com",
        request_headers=(("X-Who", "ann@example.com"),),
    )
    put(history, given)
    kept = loaded(history, given.id)
    assert kept is not None
    assert kept.request.size == 15
    assert (kept.request.data == given.request.data) is (keep is Keep.ALL)
    assert (kept.request_headers == given.request_headers) is (keep is not Keep.METADATA)
    assert bool(keys(history, Query(text="example.com"))) is (keep is not Keep.METADATA)
    (line,) = lines(history)
    assert history.exchange(line.exchange, line.key) == kept
    session.held[given.id] = given
    assert history.exchange(line.exchange, line.key) == given
    history.close()
    if keep is Keep.METADATA:
        assert b"example" not in contents(tmp_path)


def test_old_exchanges_go(start: Start) -> None:
    old = clock.now() - timedelta(days=8)
    history = start(policy=Policy(days=30))
    put(history, *(exchange(n, started=old, job=f"{n}") for n in range(1, 900)), exchange(900))
    history.policy = Policy(days=7)
    wait_for(history, lambda: keys(history) == [900])
    assert [line.key for line in lines(history, Query(by_job=True))] == [900]


def test_what_grew_old_is_in_no_file_any_more_and_its_room_is_given_back(start: Start, tmp_path: Path) -> None:
    old = clock.now() - timedelta(days=8)
    history = start(policy=Policy(days=30))
    noise = os.urandom(2000)
    bodies = (b"person%05d@example.com %b" % (n, noise.hex().encode()) for n in range(900))
    put(history, *(exchange(n, started=old, response=Body(data, len(data))) for n, data in enumerate(bodies, 1)))
    put(history, exchange(1000))
    before = sum(path.stat().st_size for path in tmp_path.iterdir())
    history.policy = Policy(days=7)
    look = threading.Event()
    while b"person" in (data := contents(tmp_path)):
        look.wait(0.05)
    assert keys(history) == [1000]
    assert len(data) < before / 4


def test_a_profile_is_kept_within_its_size(start: Start) -> None:
    history = start(policy=Policy(megabytes=1))
    noise = [os.urandom(40_000) for _ in range(60)]
    put(history, exchange(1, profile="Other"))
    put(history, *(exchange(n, response=Body(data, len(data))) for n, data in enumerate(noise, start=2)))
    wait_for(history, lambda: used(history, "Prod") <= 1024 * 1024)
    left = keys(history)
    assert left[0] == 1
    assert 10 < len(left) < 30
    assert left[-1] == 61


def used(history: History, profile: str) -> int:
    with history.reader() as reader:
        return int(reader._db.execute("SELECT bytes FROM usage WHERE profile = ?", (profile,)).fetchone()[0])


def wait_for(history: History, condition: Callable[[], bool]) -> None:
    changed = threading.Event()
    stop = history.subscribe(lambda _: changed.set())
    while not condition():
        assert changed.wait(20)
        changed.clear()
    stop()


def test_the_index_stays_right_when_exchanges_go(start: Start) -> None:
    history = start(policy=Policy(days=30))
    old = clock.now() - timedelta(days=29)
    put(history, *(exchange(n, started=old, label=f"Zürich {n}") for n in range(1, 400)), exchange(400, label="Zürich"))
    history.policy = Policy(days=7)
    wait_for(history, lambda: len(keys(history)) == 1)
    assert keys(history, Query(text="zürich")) == [400]
    with history.reader() as reader:
        reader._db.execute("INSERT INTO words(words) VALUES ('integrity-check')")
        found = reader._db.execute("SELECT count(*) FROM words WHERE words MATCH 'zurich'").fetchone()
    assert found == (1,)


@given(
    st.lists(st.tuples(st.text(max_size=30), st.binary(max_size=60) | st.text(max_size=60).map(str.encode)), max_size=6)
)
def test_what_is_removed_leaves_no_word(given: list[tuple[str, bytes]]) -> None:
    db = tables.connect("file:/words?vfs=memdb")
    tables.prepare(db)
    for number, (text, data) in enumerate(given):
        body = Body(data, len(data))
        tables.add(db, exchange(number, url=text, label=text, job_label=text, request=body, response=body, job=""))
    tables.remove(db, [row for (row,) in db.execute("SELECT id FROM exchanges")])
    db.execute("INSERT INTO words(words) VALUES ('optimize')")
    db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)")
    assert db.execute("SELECT term FROM terms").fetchall() == []
    for table in ("exchanges", "details", "jobs", "blocks"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert db.execute("SELECT total(bytes) FROM usage").fetchone() == (0,)
    db.close()


def test_without_a_file_it_is_kept_in_memory(start: Start) -> None:
    history = start(None)
    put(history, exchange(1), exchange(2))
    assert keys(history) == [1, 2]
    assert history.trouble is None


def test_a_damaged_file_is_set_aside(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    history = start()
    put(history, exchange(1))
    assert keys(history) == [1]
    assert "set aside" in str(history.trouble)
    assert len(list(tmp_path.glob("history.damaged-*.sqlite"))) == 1


def test_what_was_set_aside_is_told_grows_old_and_is_cleared(start: Start, tmp_path: Path) -> None:
    names = ("history.damaged-20260101-000000.sqlite", "history.damaged-20260101-000000.sqlite-wal")
    history = start()
    put(history, exchange(1))
    for name in names:
        (tmp_path / name).write_bytes(b"ann@example.com")
    assert forget.look(JobContext(), history, "ann@example.com").unread == names
    os.utime(tmp_path / names[0], (0, 0))
    history.policy = Policy(days=30)
    put(history, exchange(2))
    history.close()
    assert not (tmp_path / names[0]).exists()
    again = start()
    assert forget.look(JobContext(), again, "ann@example.com").unread == names[1:]
    forget.clear(JobContext(), again)
    assert in_files(tmp_path, "ann@example.com") == []


def test_a_file_that_is_damaged_while_it_is_written_is_set_aside(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    history = start()
    put(history, *(exchange(n) for n in range(1, 200)))
    history.close()
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 4096)
    again = start()
    put(again, exchange(500))
    assert keys(again) == [500]
    assert "damaged" in str(again.trouble)


def test_a_newer_file_is_left_alone(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    history = start()
    put(history, exchange(1))
    assert keys(history) == [1]
    assert "newer mcconsole" in str(history.trouble)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_stops_nothing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    history = start(tmp_path / "file" / "history.sqlite")
    put(history, exchange(1))
    assert keys(history) == [1]
    assert "not being kept on disk" in str(history.trouble)


def test_a_full_disk_stops_nothing_and_can_be_tried_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    history = start()
    put(history, exchange(1))
    real = tables.connect

    def small(place: Path | str) -> sqlite3.Connection:
        db = real(place)
        if isinstance(place, Path):
            db.execute("PRAGMA max_page_count = 1")  # of those that there are not yet
        return db

    heard: list[Change] = []
    history.subscribe(heard.append)
    history.close()
    history = start()
    history.subscribe(heard.append)
    monkeypatch.setattr(tables, "connect", small)
    put(history, *(exchange(n, response=Body(os.urandom(9000), 9000)) for n in range(2, 50)))
    assert keys(history) == list(range(2, 50))
    assert "full" in str(history.trouble)
    assert Change.TROUBLE in heard
    monkeypatch.setattr(tables, "connect", real)
    history.retry()
    put(history, exchange(99))
    wait_for(history, lambda: keys(history)[0] == 1)
    assert history.flush()
    assert history.trouble is None
    assert sorted(keys(history)) == [*range(1, 50), 99]


def test_an_error_of_our_own_is_reported_and_the_next_call_is_kept(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: queue.Queue[object] = queue.Queue()
    monkeypatch.setattr(threading, "excepthook", lambda hook: raised.put(hook.exc_type))
    history = start()
    wrong: Any = {1}
    put(history, exchange(1, reason=wrong))
    assert raised.get(timeout=20) is TypeError
    assert "an error of mcconsole itself (TypeError)" in str(history.trouble)
    put(history, exchange(2))
    assert keys(history) == [2]


def test_a_thread_that_ends_does_not_say_that_another_one_has_written(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = start()
    with monkeypatch.context() as other:
        other.setattr(history, "_serve", lambda: None)
        other.setattr(history, "_thread", threading.current_thread())
        other.setattr(history, "_busy", True)
        ending = threading.Thread(target=history._work)
        ending.start()
        ending.join()
        assert not history.flush(0)


def test_what_comes_faster_than_it_is_written_is_told(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "WAITING_BYTES", 3000)
    history = start()
    history.put(exchange(1, response=Body(b"x" * 5000, 5000)))
    put(history, exchange(2))
    assert keys(history) == [2]
    assert "1 calls came faster" in str(history.trouble)


def test_a_search_can_be_cancelled(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcconsole.core.history.reader._STEPS", 10)
    history = start()
    put(history, *(exchange(n) for n in range(1, 3000)))
    ctx = JobContext()
    ctx.cancel()
    with history.reader(ctx) as reader, pytest.raises(Cancelled):
        reader.blocks(Query(text="call", only_bad=True))


def test_the_settings_say_what_is_kept() -> None:
    nothing: dict[str, object] = {}
    assert Policy.read(nothing.get) == Policy()
    chosen: dict[str, object] = {"history_keep": "metadata", "history_days": 7, "history_mb": 50}
    assert Policy.read(chosen.get) == Policy(Keep.METADATA, 7, 50)
    wrong: dict[str, object] = {"history_keep": "much", "history_days": "7", "history_mb": True}
    assert Policy.read(wrong.get) == Policy()


def test_times_come_out_exactly(start: Start) -> None:
    history = start(policy=Policy(days=100_000))
    moment = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC)
    put(history, exchange(started=moment))
    assert lines(history)[0].started == moment


def in_files(folder: Path, *texts: str) -> list[str]:
    """Which of the texts stand anywhere in the history's files."""
    written = b"".join(path.read_bytes() for path in folder.iterdir()).lower()
    return [text for text in texts if text.lower().encode() in written]


def test_a_person_is_forgotten_without_a_trace(start: Start, tmp_path: Path) -> None:
    session = Session()
    history = start(session=session)
    person = "Ann.Zylbersztajn+x@Example.com"
    holding = [
        exchange(1, request=Body(f'{{"email":"{person}"}}'.encode(), 99)),
        exchange(2, url="https://x/contacts?email=ann.zylbersztajn%2Bx%40example.com"),
        exchange(3, response=Body(f"<a>{person.upper()}</a>".encode() + b"y" * 90_000, 99_999)),
        exchange(4, response=Body(b"y" * 90_000 + b" " + person.encode(), 99_999)),
        exchange(5, response_headers=(("X-Who", person),)),
        exchange(6, job="p", job_label=f"Firing for {person}"),
        exchange(7, request=Body(f'{{"text":"Hello\\n{person}"}}'.encode(), 99)),
    ]
    others = [exchange(n, request=Body(f"person{n}@example.com".encode(), 99)) for n in range(10, 500)]
    session.held |= {one.id: one for one in (*holding, *others)}
    put(history, *others[:200], *holding, *others[200:])
    assert in_files(tmp_path, "x@example", "person") != []
    doomed = forget.look(JobContext(), history, person.lower())
    assert sorted(doomed.keys) == [one.id for one in holding]
    assert doomed.total == 497
    put(history, exchange(600, label=person))
    assert forget.forget(JobContext(), history, doomed) == 8
    assert sorted(keys(history)) == sorted(one.id for one in others)
    assert set(session.held) == {one.id for one in others}
    assert keys(history, Query(text="ann.zylber")) == []
    history.close()
    assert in_files(tmp_path, "x@example.com", "zylber", "bersztajn") == []


def test_a_person_is_forgotten_in_what_is_kept_off_the_disk_too(start: Start, tmp_path: Path) -> None:
    session = Session()
    history = start(session=session, policy=Policy(Keep.METADATA))
    piece = forget._PIECE
    across = b"y" * (piece - 3) + b" C-77 " + b"y" * piece
    cut = b"y" * (piece - 3) + b" C-778 " + b"y" * piece + b" XC-77"
    large = [Spill.of(data) for data in (across, cut)]
    held = [
        exchange(1, request=Body(b'{"contactKey":"C-77"}', 21)),
        exchange(2, response=Body(b"y" * 1000, len(across), spill=large[0])),
        exchange(3, response=Body(b"y" * 1000, len(cut), spill=large[1])),
        exchange(4),
        exchange(5, label="Read C-77"),
    ]
    session.held |= {one.id: one for one in held}
    put(history, *held[:4])
    doomed = forget.look(JobContext(), history, "c-77")
    assert sorted(doomed.keys) == [1, 2, 5]
    assert forget.forget(JobContext(), history, doomed) == 3
    assert sorted(session.held) == sorted(keys(history)) == [3, 4]


def test_only_the_whole_value_counts() -> None:
    pattern = forget._pattern("C-1")
    assert pattern.search(b'{"ContactKey":"c-1"}')
    for other in (b"C-12", b"XC-1", b"C-1_b", "ÄC-1".encode()):
        assert not pattern.search(other)


def test_short_values_are_refused(start: Start) -> None:
    with pytest.raises(BadInput, match="at least 3"):
        forget.look(JobContext(), start(), " a ")


@given(st.text(min_size=3, max_size=12).filter(lambda text: len(text.strip()) >= 3), st.sampled_from("uqjx"))
def test_a_value_is_found_in_every_encoding(value: str, way: str) -> None:
    value = value.strip()
    told = {
        "u": quote(value.encode("utf-8", "surrogatepass"), safe=""),
        "q": quote_plus(value.encode("utf-8", "surrogatepass")),
        "j": json.dumps({"k": value}),
        "x": f"<a>{escape(value)}</a>",
    }[way]
    data = f"%3D{told}".encode("utf-8", "surrogatepass")
    assert forget._pattern(value).search(data)


def test_everything_is_forgotten(start: Start, tmp_path: Path) -> None:
    history = start(session=(session := Session()))
    session.held[1] = exchange(1)
    put(history, *(exchange(n, label="Remarkable") for n in range(1, 300)))
    forget.clear(JobContext(), history)
    assert keys(history) == []
    assert session.held == {}
    assert in_files(tmp_path, "remarkable") == []
    put(history, exchange(1000))
    assert keys(history, Query(text="call")) == [1000]
