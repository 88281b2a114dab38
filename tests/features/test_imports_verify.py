"""Reading back what an import sent: compared by meaning, with a verdict and a file of what differs."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core import tables
from mcconsole.core.jobs import JobContext
from mcconsole.core.mapping import Empty
from mcconsole.core.tenant import Credentials
from mcconsole.features.imports import calls, history, plan, service
from mcconsole.features.imports.plan import Mode
from mcconsole.features.imports.report import Result
from mcconsole.features.imports.sender import Pace
from mcconsole.features.imports.verify import How, Verdict, Verification
from tests.features import everything
from tests.tenant import Tenant

QUICK = Pace(first_poll=0.02, longest_poll=0.1, settle_limit=5, cancel_grace=1)
LOG = [
    {"name": "Line", "type": "Text", "length": 20, "isNullable": True},
    {"name": "Text", "type": "Text", "length": 20, "isNullable": True},
]
KEYED = [{**LOG[0], "isPrimaryKey": True, "isNullable": False}, LOG[1]]


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    tenant.hurry()
    credentials, _ = Credentials.from_environment(tenant.environment())
    made = Client(credentials, feature="imports", limits=Limits(base=0.01, longest=0.05))
    yield made
    made.close()


def load(client: Client, path: Path, key: str, mode: Mode = Mode.UPSERT, trial: int = 0) -> Result:
    planned = plan.make_plan(tables.preview(path), calls.schema(client, key), None, mode)
    prepared = service.prepare(JobContext(), planned)
    return service.run(JobContext(), prepared, client, QUICK, trial_rows=trial)


def verify(client: Client, result: Result, how: How = How.ALL) -> Verification:
    found = history.verify(JobContext(), client, result.import_id, how)
    folder = service.imports() / result.import_id
    assert not (folder / "expected.sqlite").exists()
    return found


def write(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Line", "Text"), *rows])
    return path


def differences(found: Verification) -> list[dict[str, str]]:
    assert found.difference_file is not None
    with found.difference_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def change(tenant: Tenant, key: str, line: str, text: str) -> None:
    body = [{"keys": {"Line": line}, "values": {"Text": text}}]
    assert tenant.call("POST", f"hub/v1/dataevents/key:{key}/rowset", body).ok


@pytest.mark.parametrize("how", list(How))
def test_every_type_is_found_as_it_was_sent(tenant: Tenant, client: Client, tmp_path: Path, how: How) -> None:
    tenant.create_de("all_types", everything.FIELDS)
    path = tmp_path / "everything.csv"
    everything.write(path, 3_000)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([*next(everything.read(path))[1][:-2], "again", "gold"])
    found = verify(client, load(client, path, "all_types"), how)
    assert (found.verdict, found.difference_file, found.exit_code) == (Verdict.MATCHES, None, 0), found.reason
    assert found.rows_compared == {How.ALL: 3_000, How.SAMPLE: 200, How.COUNT: 3_000}[how]


def test_what_was_changed_or_deleted_since_is_shown_with_row_and_cell(
    tenant: Tenant, client: Client, tmp_path: Path
) -> None:
    tenant.create_de("keyed", KEYED)
    result = load(client, write(tmp_path / "rows.csv", [(f"k{n}", f"t{n}") for n in range(100)]), "keyed")
    change(tenant, "keyed", "k7", "other")
    change(tenant, "keyed", "stranger", "x")
    assert tenant.call("POST", "hub/v1/dataevents/key:keyed/rowset/delete", [{"keys": {"Line": "k9"}}]).ok
    found = verify(client, result)
    assert (found.verdict, found.rows_different, found.rows_missing, found.exit_code) == (Verdict.DIFFERS, 1, 1, 1)
    assert [tuple(row.values()) for row in differences(found)] == [
        ("9", "k7", "Text", "t7", "other"),
        ("11", "k9", "", "a row", "no row with this key"),
    ]


def test_rows_without_a_key_are_counted_one_by_one(tenant: Tenant, client: Client, tmp_path: Path) -> None:
    tenant.create_de("log", LOG)
    result = load(client, write(tmp_path / "log.csv", [("a", "x"), ("a", "x"), ("b", "")]), "log", Mode.INSERT)
    assert verify(client, result).verdict is Verdict.MATCHES
    tenant.create_de("less", LOG)
    result = load(client, write(tmp_path / "log.csv", [("a", "x"), ("a", "x"), ("b", "")]), "less", Mode.INSERT)
    identity = next(item["id"] for item in tenant.call("GET", "data/v1/customobjects?$search=less").json()["items"])
    assert tenant.call("POST", f"data/v1/customobjects/{identity}/cleardata").ok
    again = load(client, write(tmp_path / "more.csv", [("a", "x"), ("b", "")]), "less", Mode.INSERT)
    assert verify(client, again).verdict is Verdict.MATCHES
    write(tmp_path / "log.csv", [("a", "x"), ("a", "x"), ("b", "")])
    found = verify(client, result)
    assert (found.verdict, found.rows_missing) == (Verdict.DIFFERS, 1)
    assert verify(client, result, How.SAMPLE).verdict is Verdict.NOT_PROVEN


def test_unknown_inserts_are_told_as_there_or_not(tenant: Tenant, client: Client, tmp_path: Path) -> None:
    tenant.create_de("keyed", KEYED)
    path = write(tmp_path / "rows.csv", [(f"k{n}", "x") for n in range(100)])
    for kind, there in (("reset_after", True), ("reset_before", False)):
        tenant.fail("/data/v1/async/dataextensions", kind, times=1)
        result = load(client, path, "keyed", Mode.INSERT)
        assert result.rows_unknown == 100
        tenant.until(lambda there=there: bool(tenant.rows("keyed")) is there)  # type: ignore[misc]
        found = verify(client, result)
        assert (found.verdict, found.unknown_found, found.unknown_missing) == (
            Verdict.MATCHES,
            100 * there,
            100 * (not there),
        )
        tenant.call(
            "POST", "hub/v1/dataevents/key:keyed/rowset/delete", [{"keys": {"Line": f"k{n}"}} for n in range(100)]
        )


def test_rows_that_failed_or_wait_are_not_expected(tenant: Tenant, client: Client, tmp_path: Path) -> None:
    tenant.create_de("keyed", KEYED)
    path = write(tmp_path / "rows.csv", [(f"k{n}", "x") for n in range(100)])
    assert verify(client, load(client, path, "keyed", trial=10)).rows_compared == 10
    assert verify(client, load(client, path, "keyed", Mode.INSERT)).rows_compared == 90


def test_a_field_that_was_left_alone_is_not_compared(tenant: Tenant, client: Client, tmp_path: Path) -> None:
    tenant.create_de("keyed", KEYED)
    change(tenant, "keyed", "a", "before")
    planned = plan.make_plan(
        tables.preview(write(tmp_path / "rows.csv", [("a", ""), ("b", "x")])), calls.schema(client, "keyed")
    )
    empty = {"Text": Empty.LEAVE}
    planned = dataclasses.replace(planned, mapping=dataclasses.replace(planned.mapping, empty=empty))
    result = service.run(JobContext(), service.prepare(JobContext(), planned), client, QUICK)
    assert verify(client, result).verdict is Verdict.MATCHES
    assert {row["text"] for row in tenant.rows("keyed")} == {"before", "x"}


def test_a_changed_file_or_a_tenant_that_does_not_answer_proves_nothing(
    tenant: Tenant, client: Client, tmp_path: Path
) -> None:
    tenant.create_de("keyed", KEYED)
    path = write(tmp_path / "rows.csv", [("a", "x")])
    result = load(client, path, "keyed")
    tenant.fail("/data/v1/customobjectdata", "status", status=403)
    found = verify(client, result)
    assert (found.verdict, found.exit_code) == (Verdict.NOT_PROVEN, 3)
    path.unlink()
    assert verify(client, result).verdict is Verdict.NOT_PROVEN
