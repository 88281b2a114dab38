"""A full disk, a folder or a drive that goes away, a clock that jumps: a clear state, and an import that goes on."""

from __future__ import annotations

import csv
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core import clock, tables
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.journal import Batch, BatchState, Journal, Kind, Outcome
from mcconsole.core.tenant import Credentials
from mcconsole.features.imports import calls, history, plan, report, service
from mcconsole.features.imports.report import Result, State
from mcconsole.features.imports.sender import Pace, Running
from tests.tenant import Tenant

QUICK = Pace(posts=1, most_posts=1, first_poll=0.02, longest_poll=0.1, settle_limit=5, cancel_grace=1)
ROWS = 35_000
FIELDS = [
    {"name": "Id", "type": "Text", "length": 20, "isPrimaryKey": True, "isNullable": False},
    {"name": "Name", "type": "Text", "length": 20, "isNullable": True},
]


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    tenant.hurry()
    tenant.create_de("people", FIELDS)
    credentials, _ = Credentials.from_environment(tenant.environment())
    made = Client(credentials, feature="imports", limits=Limits(base=0.01, longest=0.05))
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("Id", "Name"), *((f"k{n}", "x") for n in range(ROWS))])
    return path


def adds_up(result: Result) -> bool:
    parts = (result.rows_left_out, result.rows_not_sent, result.rows_succeeded, result.rows_failed, result.rows_unknown)
    return result.rows_read == sum(parts) and min(parts) >= 0


def prepare(client: Client, path: Path) -> service.Prepared:
    planned = plan.make_plan(tables.preview(path), calls.schema(client, "people"))
    return service.prepare(JobContext(), planned, service.Intent.into(client))


def when_some_landed(act: Callable[[], object]) -> JobContext:
    """A context that acts once, when the first rows have landed."""
    acted = False

    def look(progress: Progress) -> None:
        nonlocal acted
        if not acted and isinstance(progress.detail, Running) and progress.detail.succeeded:
            acted = True
            act()

    return JobContext(look)


def goes_on(tenant: Tenant, client: Client, import_id: str) -> None:
    result = history.resume(JobContext(), client, import_id, pace=QUICK)
    assert adds_up(result)
    assert (result.state, result.rows_succeeded, result.exit_code) == (State.DONE, ROWS, 0)
    assert len(tenant.rows("people")) == ROWS


def test_a_disk_that_fills_up_while_rows_are_sent(
    tenant: Tenant, client: Client, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepare(client, file)
    real, sent = Journal.move, 0

    def full(journal: Journal, batch: Batch, state: BatchState, request_id: str = "") -> None:
        nonlocal sent
        sent += state is BatchState.SENDING
        if sent > 2:
            raise sqlite3.OperationalError("database or disk is full")
        real(journal, batch, state, request_id)

    monkeypatch.setattr(Journal, "move", full)
    result = service.run(JobContext(), prepared, client, QUICK)
    assert adds_up(result)
    assert (result.state, result.resumable) == (State.STOPPED, True)
    assert "disk is full" in str(result.error)
    assert result.rows_succeeded + result.rows_not_sent == ROWS
    monkeypatch.setattr(Journal, "move", real)
    goes_on(tenant, client, prepared.import_id)


def test_a_disk_that_fills_up_while_the_file_is_checked(
    client: Client, file: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Journal, "note", full)
    with pytest.raises(ConsoleError, match="No space left"):
        prepare(client, file)
    assert not list((home / "imports").iterdir())


def test_the_journals_folder_vanishes_and_comes_back(tenant: Tenant, client: Client, file: Path) -> None:
    prepared = prepare(client, file)
    away = prepared.folder.with_name("away")
    tenant.fail("/data/v1/async/dataextensions", "delay", seconds=0.3)
    ctx = when_some_landed(lambda: prepared.folder.rename(away))
    result = service.run(ctx, prepared, client, QUICK)
    assert adds_up(result)
    assert result.state is State.STOPPED
    assert "No such file" in str(result.error)
    assert result.resumable
    assert 0 < result.rows_succeeded < ROWS
    assert result.rows_not_sent
    with pytest.raises(BadInput, match="There is no import"):
        history.resume(JobContext(), client, prepared.import_id)
    away.rename(prepared.folder)
    goes_on(tenant, client, prepared.import_id)


def test_the_files_drive_goes_away_while_rows_are_sent(tenant: Tenant, client: Client, file: Path) -> None:
    prepared = prepare(client, file)
    away = file.with_name("away.csv")
    result = service.run(when_some_landed(lambda: file.rename(away)), prepared, client, QUICK)
    assert (result.state, result.rows_succeeded) == (State.DONE, ROWS)


def test_the_files_drive_goes_away_while_it_is_checked(tenant: Tenant, client: Client, file: Path) -> None:
    planned = plan.make_plan(tables.preview(file), calls.schema(client, "people"))
    folder = service.imports() / "cut"
    with Journal.create(folder) as journal:
        intent = service.Intent.into(client)
        journal.note(plan=planned.as_json(), created=clock.now().isoformat(), tenant=intent.tenant,
                     account_id=intent.account_id, invalid=intent.invalid)  # fmt: skip
    away = file.rename(file.with_name("away.csv"))
    with pytest.raises(BadInput, match="no such file"):
        history.resume(JobContext(), client, "cut")
    (entry,) = history.listed()
    assert (entry.result.state, entry.result.resumable) == (State.INTERRUPTED, True)
    shutil.copy2(away, file)  # another number of its own, as on a drive that was mounted anew
    goes_on(tenant, client, "cut")


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400)])
def test_a_clock_that_jumps_changes_nothing(
    tenant: Tenant, client: Client, file: Path, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    prepared = prepare(client, file)
    moment = datetime.now(UTC) + jump
    ctx = when_some_landed(lambda: monkeypatch.setattr(clock, "now", lambda: moment))
    result = service.run(ctx, prepared, client, QUICK)
    assert adds_up(result)
    assert (result.state, result.rows_succeeded) == (State.DONE, ROWS)
    assert 0 <= result.seconds < 120
    assert [entry.result for entry in history.listed()] == [history.told(prepared.import_id).result]


@given(st.data())
def test_the_sums_hold_whatever_became_of_the_batches(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """The figures of an import that was cut at any moment, as the list tells them."""
    folder = tmp_path_factory.mktemp("journals") / "one"
    rows = 0
    with Journal.create(folder) as journal:
        for size in data.draw(st.lists(st.integers(1, 5), max_size=6)):
            journal.add_batch(Batch(0, 0, 0, 0, range(rows + 2, rows + 2 + size)))
            rows += size
        for batch in journal.batches():
            numbers = list(journal.numbers(batch))
            state = data.draw(st.sampled_from(BatchState))
            journal.move(batch, state)
            if state in (BatchState.SETTLED, BatchState.ACCEPTED, BatchState.SENDING) and data.draw(st.booleans()):
                kinds = data.draw(
                    st.lists(st.sampled_from([None, *Kind]), min_size=len(numbers), max_size=len(numbers))
                )
                bad = [
                    Outcome(n, Kind.FAILED if k is Kind.LEFT_OUT else k, "")
                    for n, k in zip(numbers, kinds, strict=True)
                    if k
                ]
                journal.settle(batch, len(numbers) - len(bad), bad, state)
            elif state is BatchState.SETTLED:
                journal.settle(batch, len(numbers), ())
        faulty, unknown_keys = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
        about = {"plan": {"route": "auto"}, "unknown_keys": unknown_keys,
                 "summary": {"rows": rows + faulty + unknown_keys, "faulty": faulty, "repeated": 0}}  # fmt: skip
        result = history._standing(journal, about, running=False)
    assert adds_up(result)
    assert adds_up(report.from_json(result.as_json()))
    assert report.from_json(result.as_json()).as_json() == result.as_json()
    shutil.rmtree(folder)
