"""Imports over real HTTP: from a file to rows in a tenant, every row accounted for."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core import mapping, results, tables
from mcconsole.core.errors import BadInput, NotFound, OutcomeUnknown, RateLimited, Refused
from mcconsole.core.fields import Schema
from mcconsole.core.jobs import Cancelled, JobContext, Progress
from mcconsole.core.journal import Journal
from mcconsole.core.tenant import Credentials
from mcconsole.features.imports import calls, history, plan, reader, service
from mcconsole.features.imports.plan import Invalid, Mode, Route
from mcconsole.features.imports.report import Result, State
from mcconsole.features.imports.sender import Pace, Running
from tests.features import everything
from tests.tenant import Tenant

QUICK = Pace(first_poll=0.02, longest_poll=0.1, not_found_grace=2, settle_limit=5, cancel_grace=1)


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    tenant.hurry()
    credentials, _ = Credentials.from_environment(tenant.environment())
    made = Client(credentials, feature="imports", limits=Limits(base=0.01, longest=0.05))
    yield made
    made.close()


Run = Callable[..., Result]


@pytest.fixture
def load(client: Client) -> Run:
    """Import a file in one go; the keyword arguments are those of the command line."""

    def run(
        path: Path,
        key: str,
        *,
        mode: Mode = Mode.UPSERT,
        route: Route = Route.AUTO,
        invalid: Invalid = Invalid.REFUSE,
        chosen: mapping.Mapping | None = None,
        ctx: JobContext | None = None,
        pace: Pace = QUICK,
    ) -> Result:
        context = ctx or JobContext()
        schema = calls.schema(client, key)
        prepared = service.prepare(context, plan.make_plan(tables.preview(path), schema, chosen, mode, route))
        if prepared.summary.faulty and invalid is Invalid.REFUSE:
            return service.checked(prepared, invalid)
        return service.run(context, prepared, client, pace)

    return run


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def adds_up(result: Result) -> bool:
    parts = (result.rows_left_out, result.rows_not_sent, result.rows_succeeded, result.rows_failed, result.rows_unknown)
    return result.rows_read == sum(parts) and min(parts) >= 0


SMALL = [
    {"name": "Id", "type": "Text", "length": 20, "isPrimaryKey": True, "isNullable": False},
    {"name": "Name", "type": "Text", "length": 10, "isNullable": True},
    {"name": "Age", "type": "Number", "isNullable": True},
]


@pytest.fixture
def small(tenant: Tenant) -> str:
    tenant.create_de("small", SMALL)
    return "small"


def numbered(count: int, *, start: int = 0) -> list[list[str]]:
    return [["ID", "name", "AGE"], *([f"k{n}", f"Ann {n}"[:10], str(n)] for n in range(start, start + count))]


def test_every_field_type_reads_back_as_what_the_file_means(tenant: Tenant, load: Run, tmp_path: Path) -> None:
    tenant.create_de("all_types", everything.FIELDS)
    path = tmp_path / "everything.csv"
    assert not everything.write(path, 2_500)
    result = load(path, "all_types")
    assert (result.state, result.rows_succeeded, result.exit_code) == (State.DONE, 2_500, 0)
    found = {row["customerid"]: row for row in tenant.rows("all_types")}
    assert len(found) == 2_500
    for _, cells in everything.read(path):
        assert everything.meaning_of_read_back(found[cells[0]]) == everything.meaning_of_cells(cells)


def test_bad_rows_are_all_reported_with_row_field_and_original_cells(tenant: Tenant, load: Run, tmp_path: Path) -> None:
    tenant.create_de("all_types", everything.FIELDS)
    path = tmp_path / "everything.csv"
    bad = everything.write(path, 3_000, bad_share=0.02)
    originals = dict(everything.read(path))

    refused = load(path, "all_types")
    assert (refused.state, refused.exit_code, refused.rows_sent) == (State.REFUSED, 2, 0)
    assert tenant.rows("all_types") == []

    ctx = JobContext()
    result = load(path, "all_types", invalid=Invalid.SKIP, ctx=ctx)
    assert adds_up(result)
    assert (result.rows_left_out, result.rows_succeeded, result.exit_code) == (len(bad), 3_000 - len(bad), 1)
    assert result.failed_file is not None
    assert results.of([ctx.id]) == [result.failed_file]
    with result.failed_file.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [*everything.HEADER, "_row", "_reason"]
    assert {int(row[-2]) for row in rows} == set(bad)
    for row in rows:
        assert row[:-2] == originals[int(row[-2])]
        assert bad[int(row[-2])] in row[-1]


def test_few_rows_take_the_synchronous_route_and_each_gets_its_own_verdict(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "few.csv", numbered(50))
    result = load(path, small)
    assert (result.route, result.rows_succeeded) == ("sync", 50)
    assert [r["path"] for r in tenant.journal("/hub/v1/dataevents")] == ["/hub/v1/dataevents/key:small/rowset"]


def stricter_than_it_says(client: Client, key: str) -> Schema:
    """The schema with a field that is shorter in the tenant than it says, so that the check lets rows through."""
    schema = calls.schema(client, key)
    lax = (dataclasses.replace(field, length=None) if field.name == "Name" else field for field in schema.fields)
    return dataclasses.replace(schema, fields=tuple(lax))


def test_a_refused_synchronous_chunk_goes_again_row_by_row(
    tenant: Tenant, client: Client, small: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "few.csv", numbered(5))
    rows = numbered(5)
    rows[3][1] = "much too long for the field"
    write_csv(path, rows)
    lax = stricter_than_it_says(client, small)
    prepared = service.prepare(JobContext(), plan.make_plan(tables.preview(path), lax))
    result = service.run(JobContext(), prepared, client, QUICK)
    assert (result.rows_succeeded, result.rows_failed, result.exit_code) == (4, 1, 1)
    assert "maximum length" in result.reasons[0][1]
    assert len(tenant.rows(small)) == 4


def test_rows_that_marketing_cloud_fails_are_matched_to_the_file_by_position(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    load(write_csv(tmp_path / "first.csv", numbered(3, start=40)), small)
    path = write_csv(tmp_path / "insert.csv", numbered(100))
    result = load(path, small, mode=Mode.INSERT)
    assert adds_up(result)
    assert (result.rows_failed, result.rows_succeeded, result.rows_unknown) == (3, 97, 0)
    assert result.failed_file is not None
    with result.failed_file.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    assert [(row[0], row[-2]) for row in rows] == [("k40", "42"), ("k41", "43"), ("k42", "44")]
    assert all("PRIMARY KEY" in row[-1] for row in rows)
    again = load(result.failed_file, small)
    assert again.exit_code == 0


def test_the_last_row_of_a_repeated_key_wins(tenant: Tenant, load: Run, small: str, tmp_path: Path) -> None:
    rows = [["Id", "Name"]] + [[f"k{n % 100}", f"v{n}"] for n in range(350)]
    result = load(write_csv(tmp_path / "repeated.csv", rows), small)
    assert (result.rows_succeeded, result.exit_code) == (350, 0)
    assert result.warnings
    expected = {f"k{n % 100}": f"v{n}" for n in range(350)}
    assert {row["id"]: row["name"] for row in tenant.rows(small)} == expected


def test_a_repeated_key_is_invalid_when_inserting(tenant: Tenant, load: Run, small: str, tmp_path: Path) -> None:
    rows = numbered(60) + numbered(2)[1:]
    path = write_csv(tmp_path / "repeated.csv", rows)
    assert load(path, small, mode=Mode.INSERT).exit_code == 2
    assert tenant.rows(small) == []
    result = load(path, small, mode=Mode.INSERT, invalid=Invalid.SKIP)
    assert adds_up(result)
    assert (result.rows_succeeded, result.rows_left_out) == (60, 2)


def test_empty_cells_clear_the_field_or_leave_it(tenant: Tenant, load: Run, small: str, tmp_path: Path) -> None:
    load(write_csv(tmp_path / "full.csv", [["Id", "Name", "Age"], ["1", "Ann", "30"], ["2", "Bob", "31"]]), small)
    path = write_csv(tmp_path / "empty.csv", [["Id", "Name", "Age"], ["1", "", ""], ["2", "Bo", ""]])
    chosen = mapping.parse({"columns": {"Id": "Id", "Name": "Name", "Age": "Age"}, "empty": {"Age": "leave"}}, "test")
    assert load(path, small, chosen=chosen).exit_code == 0
    assert {r["id"]: (r["name"], r["age"]) for r in tenant.rows(small)} == {"1": ("", "30"), "2": ("Bo", "31")}


def test_an_insert_whose_connection_breaks_is_unknown_and_never_repeated(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    tenant.fail("/data/v1/async/dataextensions", "reset_after", times=1)
    result = load(write_csv(tmp_path / "insert.csv", numbered(100)), small, mode=Mode.INSERT)
    assert (result.rows_unknown, result.exit_code) == (100, 3)
    assert len(tenant.journal("/data/v1/async/dataextensions")) == 1


def test_an_upsert_whose_connection_breaks_goes_again(tenant: Tenant, load: Run, small: str, tmp_path: Path) -> None:
    tenant.fail("/data/v1/async/dataextensions", "reset_after", times=2)
    result = load(write_csv(tmp_path / "upsert.csv", numbered(100)), small)
    assert (result.rows_succeeded, result.exit_code) == (100, 0)
    assert len(tenant.rows(small)) == 100


def test_a_tenant_killed_in_the_middle_ends_in_a_clear_state(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "many.csv", numbered(60_000))
    tenant.fail("/data/v1/async/dataextensions", "delay", seconds=0.5)

    def kill_when_some_landed(progress: Progress) -> None:
        detail = progress.detail
        if isinstance(detail, Running) and detail.succeeded:
            tenant.kill()

    pace = dataclasses.replace(QUICK, posts=1, most_posts=1)
    result = load(path, small, ctx=JobContext(kill_when_some_landed), pace=pace)
    assert adds_up(result)
    assert result.state is State.STOPPED
    assert result.error is not None
    assert result.rows_succeeded > 0
    assert result.rows_not_sent > 0
    assert result.exit_code in (1, 3)


def test_cancelling_accounts_for_every_row(tenant: Tenant, load: Run, small: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "many.csv", numbered(60_000))
    tenant.fail("/data/v1/async/dataextensions", "delay", seconds=0.3)
    ctx = JobContext(lambda p: ctx.cancel() if isinstance(p.detail, Running) and p.detail.accepted else None)
    result = load(path, small, ctx=ctx, pace=dataclasses.replace(QUICK, posts=1, most_posts=1))
    assert adds_up(result)
    assert (result.state, result.exit_code) == (State.CANCELLED, 130)
    assert result.rows_not_sent > 0


def test_cancelling_the_check_leaves_nothing_behind(
    tenant: Tenant, client: Client, small: str, tmp_path: Path, home: Path
) -> None:
    path = write_csv(tmp_path / "many.csv", numbered(200_000))
    ctx = JobContext(lambda progress: ctx.cancel())
    with pytest.raises(Cancelled):
        service.prepare(ctx, plan.make_plan(tables.preview(path), calls.schema(client, small)))
    assert not list((home / "imports").iterdir())


def test_results_that_do_not_match_what_was_sent_prove_nothing() -> None:
    from mcconsole.features.imports import routes

    status = calls.JobStatus("Complete", "Has Errors", has_errors=True)
    ending = routes.judge(status, ["", ""], range(2, 5))
    assert (ending.succeeded, [o.kind for o in ending.outcomes]) == (0, ["unknown"] * 3)


@pytest.mark.parametrize(("behaviour", "ended"), [("documented", (0, 60, 3)), ("seed", (60, 0, 0))])
def test_the_seeds_route_is_unknown_unless_it_names_a_request(
    tenant: Tenant, load: Run, small: str, tmp_path: Path, behaviour: str, ended: tuple[int, int, int]
) -> None:
    tenant.switch(dataeventsasync=behaviour)
    result = load(write_csv(tmp_path / "seed.csv", numbered(60)), small, route=Route.SEED)
    assert (result.rows_succeeded, result.rows_unknown, result.exit_code) == ended


def test_an_unknown_data_extension_is_named(client: Client) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        calls.schema(client, "nowhere")


def test_upsert_needs_a_primary_key(tenant: Tenant, load: Run, tmp_path: Path) -> None:
    tenant.create_de("log", [{"name": "Line", "type": "Text", "length": 50, "isNullable": True}])
    path = write_csv(tmp_path / "log.csv", [["line"], ["one"], ["two"]])
    with pytest.raises((BadInput, Refused), match="insert"):
        load(path, "log")
    result = load(path, "log", mode=Mode.INSERT)
    assert (result.route, result.rows_succeeded) == ("async", 2)


def test_a_file_that_changed_since_it_was_looked_at_is_not_sent(
    tenant: Tenant, client: Client, small: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "changing.csv", numbered(10))
    planned = plan.make_plan(tables.preview(path), calls.schema(client, small))
    write_csv(path, numbered(11))
    with pytest.raises(BadInput, match="changed"):
        service.prepare(JobContext(), planned)


def test_failed_rows_are_still_written_when_the_file_vanished(
    tenant: Tenant, client: Client, small: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "vanishing.csv", numbered(100))
    prepared = service.prepare(
        JobContext(), plan.make_plan(tables.preview(path), calls.schema(client, small), None, Mode.INSERT)
    )
    path.unlink()
    tenant.fail("/data/v1/async/dataextensions", "status", status=400, times=1)
    result = service.run(JobContext(), prepared, client, dataclasses.replace(QUICK, fruitless=0))
    assert result.rows_failed == 100
    assert result.failed_file is not None
    with result.failed_file.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    assert [row[:3] for row in rows] == numbered(100)[1:]


def test_progress_speaks_of_the_check_and_of_the_run(tenant: Tenant, load: Run, small: str, tmp_path: Path) -> None:
    seen: list[object] = []
    load(write_csv(tmp_path / "many.csv", numbered(500)), small, ctx=JobContext(lambda p: seen.append(p.detail)))
    readings = [d for d in seen if isinstance(d, reader.Reading)]
    runs = [d for d in seen if isinstance(d, Running)]
    assert readings[-1].rows == 500
    assert (runs[-1].total, runs[-1].settled) == (500, 500)


def test_a_refused_chunk_that_cannot_go_again_is_unknown(
    tenant: Tenant, client: Client, small: str, tmp_path: Path
) -> None:
    rows = numbered(5)
    rows[4][1] = "much too long for the field"
    path = write_csv(tmp_path / "few.csv", rows)
    lax = stricter_than_it_says(client, small)
    prepared = service.prepare(JobContext(), plan.make_plan(tables.preview(path), lax))
    tenant.fail("/hub/v1/dataevents", "rate_limit", nth=2, times=9)
    result = service.run(JobContext(), prepared, client, QUICK)
    assert len(tenant.rows(small)) == 3
    assert (result.rows_unknown, result.rows_not_sent, result.exit_code) == (5, 0, 3)
    assert isinstance(result.error, RateLimited)


def test_synchronous_calls_stop_where_the_outcome_of_one_stays_unknown(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    tenant.fail("/hub/v1/dataevents", "reset_after", nth=2, times=99)
    pace = dataclasses.replace(QUICK, posts=1, most_posts=1, repeats=0, failures_in_a_row=1)
    result = load(write_csv(tmp_path / "many.csv", numbered(200)), small, route=Route.SYNC, pace=pace)
    assert (result.rows_succeeded, result.rows_unknown, result.rows_not_sent) == (50, 50, 100)
    assert isinstance(result.error, OutcomeUnknown)
    assert "was cut" in str(result.error)
    assert len(tenant.rows(small)) == 100


def test_synchronous_calls_without_a_usable_answer_go_again(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    tenant.fail("/hub/v1/dataevents", "status", status=200, body="[]", after=True, nth=2, times=2)
    result = load(write_csv(tmp_path / "many.csv", numbered(200)), small, route=Route.SYNC)
    assert (result.rows_succeeded, result.exit_code, len(tenant.rows(small))) == (200, 0, 200)
    assert len(tenant.journal("/hub/v1/dataevents")) == 6


@pytest.mark.parametrize("route", [Route.SYNC, Route.ASYNC, Route.SEED])
def test_an_earlier_row_that_may_yet_land_after_the_last_one_of_its_key_is_told(
    tenant: Tenant, load: Run, small: str, tmp_path: Path, route: Route
) -> None:
    tenant.switch(dataeventsasync="seed")
    repeated = write_csv(tmp_path / "repeated.csv", [*numbered(3), ["k1", "later", ""]])
    assert service.LATE not in load(repeated, small, route=route).warnings
    tenant.fail("/(data/v1/async/dataextensions|hub)/", "reset_before", times=1)
    result = load(repeated, small, route=route)
    assert (result.rows_succeeded, result.warnings[-1]) == (4, service.LATE)
    tenant.fail("/(data/v1/async/dataextensions|hub)/", "reset_before", times=1)
    assert load(write_csv(tmp_path / "once.csv", numbered(3)), small, route=route).warnings == ()


def test_rows_that_wait_for_one_whose_end_stays_unknown_go_when_the_import_is_resumed(
    tenant: Tenant, client: Client, load: Run, small: str, tmp_path: Path
) -> None:
    rows = [*numbered(3), ["k1", "later", ""]]
    result = load(write_csv(tmp_path / "seed.csv", rows), small, route=Route.SEED)
    assert (result.rows_unknown, result.rows_not_sent, result.resumable) == (3, 1, True)
    assert "held back" in str(result.error)
    result = history.resume(JobContext(), client, result.import_id, pace=QUICK)
    assert adds_up(result)
    assert (result.rows_unknown, result.rows_not_sent, result.resumable) == (4, 0, False)
    tenant.until(lambda: {row["id"]: row["name"] for row in tenant.rows(small)}.get("k1") == "later")


def test_cancelling_synchronous_calls_keeps_what_landed(tenant: Tenant, load: Run, small: str, tmp_path: Path) -> None:
    tenant.fail("/hub/v1/dataevents", "delay", seconds=0.3)
    path = write_csv(tmp_path / "many.csv", numbered(500))
    ctx = JobContext(lambda progress: ctx.cancel() if isinstance(progress.detail, Running) else None)
    result = load(path, small, route=Route.SYNC, ctx=ctx)
    assert adds_up(result)
    assert (result.state, result.exit_code) == (State.CANCELLED, 130)
    assert 0 < result.rows_succeeded == len(tenant.rows(small)) < 500


def test_a_cancel_does_not_wait_until_it_would_be_time_to_ask_again(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    pending = {"status": {"requestStatus": "Pending"}, "resultMessages": []}
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body=pending)
    seldom = dataclasses.replace(QUICK, first_poll=120, longest_poll=120, cancel_grace=0.1)

    def cancel(progress: Progress) -> None:
        if tenant.journal("/data/v1/async/[^/]+/status"):
            ctx.cancel()

    ctx = JobContext(cancel)
    result = load(write_csv(tmp_path / "many.csv", numbered(100)), small, ctx=ctx, pace=seldom)
    assert (result.state, result.rows_unknown, result.resumable) == (State.CANCELLED, 100, True)


def test_a_cancel_that_came_too_late_to_stop_a_row_leaves_nothing_to_go_on_with(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    pending = {"status": {"requestStatus": "Pending"}, "resultMessages": []}
    complete = {"status": {"requestStatus": "Complete", "resultStatus": "OK", "hasErrors": False}}
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body=pending, times=1)
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body=complete, times=2)

    def cancel(progress: Progress) -> None:
        if tenant.journal("/data/v1/async/[^/]+/status"):
            ctx.cancel()

    ctx = JobContext(cancel)
    result = load(write_csv(tmp_path / "many.csv", numbered(100)), small, ctx=ctx)
    assert (result.state, result.rows_succeeded, result.exit_code) == (State.CANCELLED, 100, 130)
    assert not result.resumable


def test_when_a_job_has_ended_the_next_one_is_asked_after_at_once(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    pending = {"status": {"requestStatus": "Pending"}, "resultMessages": []}
    complete = {"status": {"requestStatus": "Complete", "resultStatus": "OK", "hasErrors": False}}
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body=pending, times=2)
    tenant.fail(
        "/data/v1/async/[^/]+/status", "status", status=200, body=complete, times=5
    )  # counted from the first call, too
    seldom = dataclasses.replace(QUICK, first_poll=120, longest_poll=120, asks=1)
    result = load(write_csv(tmp_path / "many.csv", numbered(30_000)), small, pace=seldom)
    assert result.rows_succeeded == 30_000
    assert len(tenant.journal("/data/v1/async/[^/]+/status")) == 5


@pytest.mark.parametrize(("mode", "ended"), [(Mode.UPSERT, (100, 0)), (Mode.INSERT, (0, 100))])
def test_rows_whose_request_was_forgotten_come_to_an_end_when_the_import_is_resumed(
    tenant: Tenant, client: Client, load: Run, small: str, tmp_path: Path, mode: Mode, ended: tuple[int, int]
) -> None:
    tenant.switch(pickup_delay=3600)
    path = write_csv(tmp_path / "many.csv", numbered(100))
    pace = dataclasses.replace(QUICK, not_found_grace=0.1)
    result = load(path, small, mode=mode, pace=pace)
    assert (result.rows_unknown, result.resumable) == (100, True)
    tenant.hurry()
    result = history.resume(JobContext(), client, result.import_id, pace=pace)
    assert (result.rows_succeeded, result.rows_unknown, result.resumable) == (*ended, False)


def test_a_cancel_before_the_first_batch_is_a_cancel(
    tenant: Tenant, client: Client, small: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "many.csv", numbered(100))
    prepared = service.prepare(JobContext(), plan.make_plan(tables.preview(path), calls.schema(client, small)))
    ctx = JobContext()
    ctx.cancel()
    result = service.run(ctx, prepared, client, QUICK)
    assert (result.state, result.rows_not_sent, result.exit_code) == (State.CANCELLED, 100, 130)
    assert not tenant.journal("/data/v1/async")


@pytest.mark.parametrize(("broken", "landed"), [("move", 0), ("settle", 20_000), ("leave_out_faulty", 20_000)])
def test_a_journal_on_a_full_disk_stops_the_sending_and_the_figures_stay_right(
    tenant: Tenant,
    client: Client,
    small: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
    landed: int,
) -> None:
    path = write_csv(tmp_path / "many.csv", numbered(20_000))
    prepared = service.prepare(JobContext(), plan.make_plan(tables.preview(path), calls.schema(client, small)))

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Journal, broken, full)
    result = service.run(JobContext(), prepared, client, QUICK)
    assert "disk is full" in str(result.error)
    assert (result.rows_succeeded, result.rows_not_sent) == (landed, 20_000 - landed)
    assert len(tenant.rows(small)) == landed


@pytest.mark.parametrize(
    ("items", "count"),
    [
        ([{"status": "OK"}] * 50, 100),
        ([None] * 100, 100),
        ([{"status": "OK"}] * 99 + [{}], 100),
        ([{"status": "OK"}] * 100, 101),
        ([{"status": "OK"}] * 101, 101),
    ],
    ids=["the same page again", "no objects", "no status", "another count", "too many"],
)
def test_results_that_cannot_be_read_prove_nothing(
    tenant: Tenant, load: Run, small: str, tmp_path: Path, items: list[object], count: int
) -> None:
    status = {"requestStatus": "Complete", "resultStatus": "Has Errors", "hasErrors": True}
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body={"status": status})
    tenant.fail("/data/v1/async/[^/]+/results", "status", status=200, body={"page": 1, "count": count, "items": items})
    result = load(write_csv(tmp_path / "many.csv", numbered(100)), small, mode=Mode.INSERT)
    assert (result.rows_unknown, result.exit_code) == (100, 3)


def test_rows_are_not_sent_where_no_token_can_be_had(
    tenant: Tenant, client: Client, small: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "many.csv", numbered(100))
    prepared = service.prepare(JobContext(), plan.make_plan(tables.preview(path), calls.schema(client, small)))
    tenant.expire_tokens()
    tenant.fail("/v2/token", "status", status=200, body="<html>Welcome to the hotel</html>", times=9)
    result = service.run(JobContext(), prepared, client, QUICK)
    tenant.heal()
    assert (result.rows_not_sent, result.rows_unknown, result.exit_code) == (100, 0, 2)
    assert tenant.rows(small) == []


def test_a_journal_that_cannot_be_read_does_not_stop_the_next_import(
    tenant: Tenant, load: Run, small: str, tmp_path: Path, home: Path
) -> None:
    broken = home / "imports" / "broken"
    broken.mkdir(parents=True)
    (broken / "journal.sqlite").write_bytes(b"no database" * 1000)
    spool = broken / "rows.spool"
    spool.touch()
    os.utime(spool, (0, 0))
    assert load(write_csv(tmp_path / "few.csv", numbered(5)), small).exit_code == 0


def test_what_is_prepared_is_for_its_owner_only(client: Client, small: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "few.csv", numbered(5))
    prepared = service.prepare(JobContext(), plan.make_plan(tables.preview(path), calls.schema(client, small)))
    kept = [prepared.folder, *prepared.folder.iterdir()]
    assert [path.stat().st_mode & 0o077 for path in kept] == [0] * len(kept)
    prepared.discard()


def test_being_asked_to_wait_with_the_questions_is_no_loss(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    tenant.fail("/data/v1/async/[^/]+/status", "rate_limit", retry_after=0, times=30)
    result = load(write_csv(tmp_path / "many.csv", numbered(100)), small)
    assert (result.rows_succeeded, result.exit_code) == (100, 0)
    assert len(tenant.journal("/data/v1/async/[^/]+/status")) == 31


def test_an_answer_between_lost_ones_starts_the_count_anew(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    pending = {"status": {"requestStatus": "Pending", "hasErrors": False}}
    for _ in range(3):
        tenant.fail("/data/v1/async/[^/]+/status", "status", status=400, times=2)
        tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body=pending, times=1)
    result = load(write_csv(tmp_path / "many.csv", numbered(100)), small)
    assert (result.rows_succeeded, result.exit_code) == (100, 0)


def refused_rows(result: Result) -> list[str]:
    assert result.failed_file is not None
    with result.failed_file.open(encoding="utf-8-sig", newline="") as file:
        return [row["ID"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("mode", [Mode.UPSERT, Mode.INSERT])
def test_a_refused_batch_is_parted_until_the_bad_row_is_alone(
    tenant: Tenant, load: Run, small: str, tmp_path: Path, mode: Mode
) -> None:
    tenant.fail("/data/v1/async/dataextensions", "status", status=400, times=9)
    pace = dataclasses.replace(QUICK, posts=1, most_posts=1)
    result = load(write_csv(tmp_path / "many.csv", numbered(200)), small, mode=mode, pace=pace)
    assert (result.rows_succeeded, result.rows_failed, result.exit_code) == (199, 1, 1)
    assert refused_rows(result) == ["k0"]
    assert len(tenant.rows(small)) == 199


def test_an_inserted_row_whose_key_is_there_does_not_cost_its_neighbours(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    load(write_csv(tmp_path / "one.csv", [["Id", "Name"], ["k77", "before"]]), small)
    tenant.switch(insert_duplicate="batch", pickup_delay=0, processing_delay=0)
    result = load(write_csv(tmp_path / "many.csv", numbered(200)), small, mode=Mode.INSERT)
    assert (result.rows_succeeded, result.rows_failed, result.exit_code) == (199, 1, 1)
    assert refused_rows(result) == ["k77"]
    assert len(tenant.rows(small)) == 200


def test_a_batch_that_is_refused_whatever_is_in_it_is_not_parted_for_ever(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    tenant.fail("/data/v1/async/dataextensions", "status", status=400)
    result = load(write_csv(tmp_path / "many.csv", numbered(5_000)), small)
    assert adds_up(result)
    assert (result.state, result.rows_succeeded, result.rows_unknown) == (State.STOPPED, 0, 0)
    assert len(tenant.journal("/data/v1/async/dataextensions")) < 50


def test_the_victim_of_a_deadlock_goes_again(tenant: Tenant, load: Run, small: str, tmp_path: Path) -> None:
    status = {"requestStatus": "Complete", "resultStatus": "Has Errors", "hasErrors": True}
    victim = {"status": "Error", "errorCode": "UnexpectedError", "message": "was chosen as the deadlock victim. Rerun"}
    bad = {"status": "Error", "errorCode": 2, "message": "no"}
    items = [{"status": "OK"}] * 98 + [victim, bad]
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body={"status": status}, times=1)
    tenant.fail("/data/v1/async/[^/]+/results", "status", status=200, body={"page": 1, "items": items}, times=1)
    result = load(write_csv(tmp_path / "many.csv", numbered(100)), small, mode=Mode.INSERT)
    assert adds_up(result)
    # The tenant did take it the first time, so that the repetition is told apart from the first insert.
    assert (result.rows_succeeded, result.rows_failed) == (98, 2)
    assert sorted(reason for _, reason, _ in result.reasons)[1] == "no"
    assert [one["body"] for one in tenant.journal("/data/v1/async/dataextensions")][1].count("k") == 1


def test_a_victim_of_a_deadlock_whose_rows_were_damaged_here_has_failed(
    tenant: Tenant, load: Run, small: str, tmp_path: Path, home: Path
) -> None:
    pending = {"status": {"requestStatus": "Pending"}, "resultMessages": []}
    status = {"requestStatus": "Complete", "resultStatus": "Has Errors", "hasErrors": True}
    items = [{"status": "OK"}] * 99 + [{"status": "Error", "errorCode": 2, "message": "the deadlock victim"}]
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body=pending, times=1)
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body={"status": status})
    tenant.fail("/data/v1/async/[^/]+/results", "status", status=200, body={"page": 1, "items": items})

    def damage(_: Progress) -> None:
        if tenant.journal("/data/v1/async/[^/]+/status"):
            (spool,) = home.glob("imports/*/rows.spool")
            spool.write_bytes(bytes(spool.stat().st_size))

    seldom = dataclasses.replace(QUICK, first_poll=0.5)
    result = load(write_csv(tmp_path / "many.csv", numbered(100)), small, ctx=JobContext(damage), pace=seldom)
    assert adds_up(result)
    assert (result.state, result.rows_succeeded, result.rows_failed, result.resumable) == (State.DONE, 99, 1, False)
    assert refused_rows(result) == ["k99"]


def test_each_batch_may_meet_a_deadlock(tenant: Tenant, client: Client, small: str, tmp_path: Path) -> None:
    status = {"requestStatus": "Complete", "resultStatus": "Has Errors", "hasErrors": True}
    victims = [{"status": "Error", "errorCode": 2, "message": "was chosen as the deadlock victim"}] * 50
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body={"status": status}, times=8)
    tenant.fail("/data/v1/async/[^/]+/results", "status", status=200, body={"page": 1, "items": victims}, times=8)
    path = write_csv(tmp_path / "many.csv", numbered(400))
    planned = plan.make_plan(tables.preview(path), calls.schema(client, small))
    prepared = service.prepare(JobContext(), planned)
    with Journal(prepared.folder) as journal:
        (batch,) = journal.batches()
        rows, numbers = json.loads(journal.body(batch)), journal.numbers(batch)
        parts = [
            journal.spooled(json.dumps(rows[at : at + 50]).encode(), numbers[at : at + 50]) for at in range(0, 400, 50)
        ]
        journal.divide(batch, parts, (), 0, ())
    result = service.run(JobContext(), prepared, client, QUICK)
    assert (result.rows_succeeded, result.exit_code) == (400, 0)


def test_results_that_name_no_row_are_asked_for_again_in_smaller_parts(
    tenant: Tenant, load: Run, small: str, tmp_path: Path
) -> None:
    status = {"requestStatus": "Complete", "resultStatus": "Has Errors", "hasErrors": True}
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body={"status": status}, times=3)
    tenant.fail("/data/v1/async/[^/]+/results", "status", status=200, body={"items": []}, times=3)
    result = load(write_csv(tmp_path / "many.csv", numbered(100)), small)
    assert (result.rows_succeeded, result.exit_code) == (100, 0)
    assert len(tenant.journal("/data/v1/async/dataextensions")) == 3


def test_a_paused_import_sends_nothing_until_it_goes_on(
    tenant: Tenant, client: Client, small: str, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "many.csv", numbered(20_000))
    prepared = service.prepare(JobContext(), plan.make_plan(tables.preview(path), calls.schema(client, small)))
    paused = threading.Event()
    paused.set()
    looks = 0

    def look(progress: Progress) -> None:
        nonlocal looks
        looks += 1
        assert isinstance(progress.detail, Running)
        if looks == 3:
            assert progress.detail.paused
            assert not tenant.journal("/data/v1/async")
            paused.clear()

    result = service.run(JobContext(look), prepared, client, QUICK, paused=paused)
    assert (result.rows_succeeded, result.exit_code) == (20_000, 0)


def test_a_plan_comes_back_from_its_journal_as_it_was(tenant: Tenant, client: Client, tmp_path: Path) -> None:
    tenant.create_de("all_types", everything.FIELDS)
    path = tmp_path / "everything.csv"
    everything.write(path, 3)
    chosen = mapping.parse(
        {
            "columns": {"customerID": "CustomerId", "REGION": "Region", "birthday": "Birthday", "Balance": "Balance"},
            "constants": {"Plan": "gold"},
            "dates": {"Birthday": {"format": "YYYY-MM-DD", "zone": "Europe/Berlin"}},
            "decimals": {"Balance": ","},
            "empty": {"Balance": "leave"},
        },
        "test",
    )
    made = plan.make_plan(tables.preview(path), calls.schema(client, "all_types"), chosen, Mode.UPDATE, Route.ASYNC)
    assert plan.Plan.from_json(json.loads(json.dumps(made.as_json()))) == made
