"""Bulk Data Ingest as other programs use it (API reference 5.2)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.tenant import Tenant

FIELDS = [
    {"name": "Id", "type": "Text", "length": 20, "isPrimaryKey": True, "isNullable": False},
    {"name": "Age", "type": "Number", "isNullable": True},
]
INGEST = "data/v1/bulk/ingest"


@pytest.fixture
def people(tenant: Tenant) -> Tenant:
    tenant.hurry()
    tenant.create_de("people", FIELDS)
    return tenant


def create(tenant: Tenant, update_type: str, **more: object) -> str:
    body = {"destinationCustomerKey": "people", "updateType": update_type, "jobExpirationHours": 1, **more}
    answer = tenant.call("POST", INGEST, body)
    assert answer.status_code == 200, answer.text
    identity: str = answer.json()["bulkApiDefinitionId"]
    return f"{INGEST}/{identity}"


def status(tenant: Tenant, job: str) -> str:
    found: str = tenant.call("GET", job).json()["jobStatus"]
    return found


def ingest(tenant: Tenant, update_type: str, *batches: Sequence[tuple[str, object]]) -> str:
    job = create(tenant, update_type)
    for batch in batches:
        items = [{"Id": key, "Age": age} for key, age in batch]
        assert tenant.call("PUT", f"{job}/batches", {"items": items}).ok
    assert tenant.call("POST", f"{job}/batches/complete").ok
    tenant.until(lambda: status(tenant, job) == "Complete")
    return job


def ages(tenant: Tenant) -> dict[str, str]:
    return {row["id"]: row["age"] for row in tenant.rows("people")}


def test_nothing_lands_before_the_job_is_complete(people: Tenant) -> None:
    job = create(people, "AddAndUpdate")
    assert status(people, job) == "New"
    people.call("PUT", f"{job}/batches", [{"Id": "a", "Age": 1}])
    assert status(people, job) == "Staging"
    assert people.rows("people") == []
    people.call("POST", f"{job}/batches/complete")
    people.until(lambda: status(people, job) == "Complete")
    assert ages(people) == {"a": "1"}
    assert people.call("PUT", f"{job}/batches", [{"Id": "b"}]).status_code == 400


@pytest.mark.parametrize(
    ("update_type", "left"),
    [
        ("AddAndUpdate", {"a": "9", "b": "2", "c": "9"}),
        ("AddAndDoNotUpdate", {"a": "1", "b": "2", "c": "9"}),
        ("UpdateButDoNotAdd", {"a": "9", "b": "2"}),
        ("Overwrite", {"a": "9", "c": "9"}),
    ],
)
def test_each_way_of_updating(people: Tenant, update_type: str, left: dict[str, str]) -> None:
    ingest(people, "AddAndUpdate", [("a", 1), ("b", 2)])
    ingest(people, update_type, [("a", 9)], [("c", 9)])
    assert ages(people) == left


def test_summary_and_complaints(people: Tenant) -> None:
    job = ingest(people, "AddAndUpdate", [("a", 1), ("b", "no number")], [("c", 3), ("d", "no number")])
    summary = people.call("GET", f"{job}/summary").json()["summary"]
    assert (summary["totalRows"], summary["successfulRows"], summary["errors"]) == (4, 2, 2)
    (complaint,) = people.call("GET", f"{job}/validation/summary").json()["validationSummary"]
    assert complaint["count"] == 2
    results = people.call("GET", f"{job}/validation/results").json()
    assert (results["count"], len(results["items"])) == (2, 2)
    assert results["items"][0]["message"] == complaint["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"destinationCustomerKey": "nowhere"},
        {"destinationCustomerKey": "x" * 37},
        {"updateType": "Merge"},
        {"jobExpirationHours": 9},
    ],
)
def test_a_job_that_cannot_be(people: Tenant, wrong: dict[str, object]) -> None:
    body = {"destinationCustomerKey": "people", "updateType": "AddAndUpdate", "jobExpirationHours": 1, **wrong}
    assert people.call("POST", INGEST, body).status_code == 400


def test_an_aborted_job_is_gone(people: Tenant) -> None:
    job = create(people, "AddAndUpdate")
    assert people.call("DELETE", job).ok
    assert people.call("GET", job).status_code == 404


def test_a_tenant_without_it_has_none_of_its_routes(people: Tenant) -> None:
    job = create(people, "AddAndUpdate")
    people.switch(bulk_ingest="off")
    assert people.call("POST", INGEST, {}).status_code == people.call("GET", job).status_code == 404
