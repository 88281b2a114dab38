"""Imports by bulk jobs, updates of rows that are there, and overwriting."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core import tables
from mcconsole.core.errors import Refused
from mcconsole.core.jobs import JobContext
from mcconsole.core.journal import Batch, Journal
from mcconsole.core.tenant import Credentials
from mcconsole.features.imports import calls, known, plan, service
from mcconsole.features.imports.plan import Invalid, Mode, Route
from mcconsole.features.imports.report import Result, State
from mcconsole.features.imports.sender import Pace
from tests.tenant import Tenant

QUICK = Pace(first_poll=0.02, longest_poll=0.1, settle_limit=5, cancel_grace=1)
FIELDS = [
    {"name": "Id", "type": "Text", "length": 20, "isPrimaryKey": True, "isNullable": False},
    {"name": "Name", "type": "Text", "length": 10, "isNullable": True},
    {"name": "Born", "type": "Date", "isNullable": True},
]
INGEST = "/data/v1/bulk/ingest"


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    tenant.hurry()
    tenant.create_de("people", FIELDS)
    credentials, _ = Credentials.from_environment(tenant.environment())
    made = Client(credentials, feature="imports", limits=Limits(base=0.01, longest=0.05))
    yield made
    made.close()


Load = Callable[..., Result]


@pytest.fixture
def load(client: Client, tmp_path: Path) -> Load:
    """Import rows of Id and Name."""

    def run(
        rows: Sequence[tuple[str, str]],
        *,
        key: str = "people",
        mode: Mode = Mode.UPSERT,
        route: Route = Route.BULK,
        ctx: JobContext | None = None,
    ) -> Result:
        path = tmp_path / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("Id", "Name"), *rows])
        planned = plan.make_plan(tables.preview(path), calls.schema(client, key), None, mode, route)
        prepared = service.prepare(JobContext(), planned)
        if prepared.summary.faulty and not prepared.summary.good:
            return service.checked(prepared, Invalid.SKIP)
        result = service.run(ctx or JobContext(), prepared, client, QUICK)
        parts = (result.rows_left_out, result.rows_not_sent, result.rows_succeeded, result.rows_failed)
        assert result.rows_read == sum(parts) + result.rows_unknown
        return result

    return run


def names(tenant: Tenant) -> dict[str, str]:
    return {row["id"]: row["name"] for row in tenant.rows("people")}


def numbered(count: int, name: str = "x") -> list[tuple[str, str]]:
    return [(f"k{n}", name) for n in range(count)]


def test_all_rows_go_as_one_job_and_the_last_of_a_repeated_key_wins(tenant: Tenant, load: Load) -> None:
    result = load([*numbered(25_000), *numbered(10, "y")])
    assert (result.route, result.rows_succeeded, result.exit_code) == ("bulk", 25_010, 0)
    assert [names(tenant)[f"k{n}"] for n in (0, 9, 10)] == ["y", "y", "x"]
    assert len(tenant.journal(INGEST + "/[^/]+/batches/complete")) == 2


def test_a_tenant_without_bulk_jobs_gets_them_the_other_way_with_the_reason(tenant: Tenant, load: Load) -> None:
    tenant.switch(bulk_ingest="off")
    result = load(numbered(100))
    assert (result.route, result.rows_succeeded) == ("async", 100)
    assert "does not take bulk jobs" in result.route_reason


def test_rows_that_a_bulk_job_does_not_name_go_again_and_are_named(tenant: Tenant, load: Load) -> None:
    tenant.fail(
        INGEST + "/[^/]+/summary", "status", status=200, body={"summary": {"totalRows": 3, "successfulRows": 2}}
    )
    result = load(numbered(3))
    assert (result.route, result.rows_succeeded, len(names(tenant))) == ("async", 3, 3)
    assert "names no row" in result.route_reason


@pytest.mark.parametrize(("mode", "ended"), [(Mode.UPSERT, (3, 0)), (Mode.INSERT, (0, 3))])
def test_a_bulk_job_that_is_not_known_any_more(tenant: Tenant, load: Load, mode: Mode, ended: tuple[int, int]) -> None:
    tenant.fail(INGEST + "/[^/]+$", "status", status=404, method="GET")
    result = load(numbered(3), mode=mode)
    assert (result.rows_succeeded, result.rows_unknown) == ended
    assert "does not know it any more" in result.route_reason + str(result.reasons)


def test_inserts_that_a_bulk_job_does_not_name_are_unknown(tenant: Tenant, load: Load) -> None:
    load([("k1", "before")])
    result = load(numbered(3), mode=Mode.INSERT)
    assert (result.rows_unknown, result.exit_code) == (3, 3)
    assert "2 of 3 rows landed" in result.reasons[0][1]
    assert "PRIMARY KEY" in result.reasons[0][1]


@pytest.mark.parametrize("kind", ["reset_after", "truncate"])
def test_staged_rows_are_staged_anew_in_another_job_when_the_answer_is_lost(
    tenant: Tenant, load: Load, kind: str
) -> None:
    tenant.fail(INGEST + "/[^/]+/batches$", kind, times=1)
    result = load(numbered(25_000), mode=Mode.INSERT)
    assert (result.rows_succeeded, result.exit_code) == (25_000, 0)
    assert len(tenant.rows("people")) == 25_000


@pytest.mark.parametrize("mode", [Mode.UPSERT, Mode.OVERWRITE])
def test_rows_that_were_staged_twice_have_landed_all_the_same(tenant: Tenant, load: Load, mode: Mode) -> None:
    tenant.fail(INGEST + "/[^/]+/batches$", "reset_after", times=1)
    result = load(numbered(25_000), mode=mode)
    assert (result.route, result.rows_succeeded, result.exit_code) == ("bulk", 25_000, 0)
    assert len(tenant.rows("people")) == 25_000


def test_a_begin_without_an_answer_is_settled_by_asking(tenant: Tenant, load: Load) -> None:
    tenant.fail(INGEST + "/[^/]+/batches/complete", "reset_before", times=1)
    assert load(numbered(100), mode=Mode.INSERT).rows_succeeded == 100
    tenant.heal()
    tenant.fail(INGEST + "/[^/]+/batches/complete", "reset_after", times=1)
    assert load([("other", "x")], mode=Mode.INSERT).rows_succeeded == 1
    assert len(tenant.rows("people")) == 101


def test_cancelling_while_rows_are_staged_leaves_nothing_there(tenant: Tenant, load: Load) -> None:
    ctx = JobContext(lambda progress: ctx.cancel())
    result = load(numbered(30_000), ctx=ctx)
    assert (result.state, result.rows_not_sent, result.resumable) == (State.CANCELLED, 30_000, True)
    assert tenant.rows("people") == []
    assert tenant.journal(INGEST, "DELETE")


@pytest.mark.parametrize("route", [Route.AUTO, Route.ASYNC, Route.SYNC, Route.BULK])
def test_update_leaves_out_the_rows_whose_key_is_not_there(tenant: Tenant, load: Load, route: Route) -> None:
    load([("a", "1"), ("B", "2")])
    result = load([("a", "9"), ("new", "9"), ("B", "3"), ("B", "4"), ("new", "5")], mode=Mode.UPDATE, route=route)
    assert (result.rows_succeeded, result.rows_left_out, result.exit_code) == (3, 2, 1)
    assert [(kind, rows) for kind, _, rows in result.reasons] == [("left out", 2)]
    assert sorted(names(tenant).values()) == ["4", "9"]
    assert result.failed_file is not None
    with result.failed_file.open(encoding="utf-8-sig", newline="") as file:
        assert [(row["Id"], row["_row"]) for row in csv.DictReader(file)] == [("new", "3"), ("new", "6")]


def test_keys_of_every_type_are_recognised_when_they_are_read_back(
    tenant: Tenant, client: Client, tmp_path: Path
) -> None:
    kinds = [
        ("N", "Number", "7"),
        ("D", "Decimal", "1.50"),
        ("B", "Boolean", "yes"),
        ("T", "Date", "2024-02-03T23:30:00Z"),
    ]
    for name, kind, value in kinds:
        field: dict[str, object] = {"name": name, "type": kind, "isPrimaryKey": True, "isNullable": False}
        field |= {"length": 18, "scale": 2} if kind == "Decimal" else {}
        tenant.create_de(f"by_{kind}", [field, FIELDS[1]])
        path = tmp_path / f"{kind}.csv"
        path.write_text(f"{name},Name\n{value},x\n")
        for mode in (Mode.UPSERT, Mode.UPDATE):
            planned = plan.make_plan(tables.preview(path), calls.schema(client, f"by_{kind}"), None, mode)
            result = service.run(JobContext(), service.prepare(JobContext(), planned), client, QUICK)
            assert (kind, mode, result.rows_succeeded) == (kind, mode, 1)


def test_a_cancel_between_two_batches_tells_what_was_left_out(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx, sift = JobContext(), known._sift

    def once(planned: plan.Plan, journal: Journal, batch: Batch) -> None:
        sift(planned, journal, batch)
        ctx.cancel()

    monkeypatch.setattr(known, "_sift", once)
    result = load(numbered(25_000), mode=Mode.UPDATE, ctx=ctx)
    assert (result.state, result.rows_left_out, result.rows_not_sent) == (State.CANCELLED, 10_000, 15_000)
    assert result.failed_file is not None
    with result.failed_file.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 10_000


@pytest.mark.parametrize("page", [{}, {"items": [], "count": 6_000}])
def test_keys_of_which_a_page_is_missing_leave_nothing_out(tenant: Tenant, load: Load, page: dict[str, object]) -> None:
    load(numbered(6_000), route=Route.ASYNC)
    tenant.fail("/data/v1/customobjectdata", "status", status=200, body=page, nth=2)
    result = load(numbered(6_000, "y"), mode=Mode.UPDATE, route=Route.ASYNC)
    assert (result.state, result.rows_left_out, result.rows_not_sent) == (State.STOPPED, 0, 6_000)


def test_keys_that_cannot_be_read_send_nothing(tenant: Tenant, load: Load) -> None:
    tenant.fail("/data/v1/customobjectdata", "status", status=403)
    result = load([("a", "1")], mode=Mode.UPDATE)
    assert (result.state, result.rows_not_sent, result.exit_code, result.resumable) == (State.STOPPED, 1, 2, True)


def test_overwriting_empties_the_data_extension_first(tenant: Tenant, load: Load) -> None:
    load([("a", "1"), ("b", "2")])
    assert load([("c", "3")], mode=Mode.OVERWRITE, route=Route.AUTO).rows_succeeded == 1
    assert names(tenant) == {"c": "3"}


def test_overwriting_is_refused_without_bulk_jobs(tenant: Tenant, load: Load) -> None:
    load([("a", "1")])
    with pytest.raises(Refused):
        load([("c", "3")], mode=Mode.OVERWRITE, route=Route.ASYNC)
    tenant.switch(bulk_ingest="off")
    result = load([("c", "3")], mode=Mode.OVERWRITE)
    assert (result.state, result.rows_not_sent, result.exit_code) == (State.STOPPED, 1, 2)
    assert names(tenant) == {"a": "1"}


def test_bulk_jobs_take_no_long_keys(tenant: Tenant, load: Load) -> None:
    tenant.create_de("x" * 40, FIELDS)
    with pytest.raises(Refused, match="36"):
        load([("a", "1")], key="x" * 40)


def test_millions_of_rows_are_for_bulk_jobs(tenant: Tenant, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Id,Name\na,b\n")
    for mode, route in ((Mode.UPSERT, Route.BULK), (Mode.INSERT, Route.ASYNC)):
        planned = plan.make_plan(tables.preview(path), calls.schema(client, "people"), None, mode)
        assert plan.choose_route(planned, 2_000_000).route is route
