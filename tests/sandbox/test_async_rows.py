"""Async rows, against section 4.5 of the API reference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tenant import Tenant

ROWS = "data/v1/async/dataextensions/key:{}/rows"


def send(tenant: Tenant, method: str, key: str, items: list[dict[str, Any]]) -> str:
    answer = tenant.call(method, ROWS.format(key), {"items": items})
    assert answer.status_code == 202, answer.text
    assert answer.json()["resultMessages"] == []
    request_id: str = answer.json()["requestId"]
    return request_id


def wait(tenant: Tenant, request_id: str) -> dict[str, Any]:
    while True:
        status: dict[str, Any] = tenant.call("GET", f"data/v1/async/{request_id}/status").json().get("status", {})
        if status.get("requestStatus") == "Complete":
            return status


def results(tenant: Tenant, request_id: str, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = tenant.call("GET", f"data/v1/async/{request_id}/results{query}").json()
    return answer


def test_a_job_is_not_found_then_pending_then_complete(tenant: Tenant) -> None:
    tenant.switch(pickup_delay=0.3, processing_delay=0.3)
    request_id = send(tenant, "PUT", "everything", [{"Id": "1", "Required": "x"}])
    first = tenant.call("GET", f"data/v1/async/{request_id}/status")
    assert first.status_code == 200
    assert "status" not in first.json()
    assert first.json()["resultMessages"][0]["resultCode"] == "AsyncRequestStatusNotFound"
    assert first.json()["resultMessages"][0]["message"].endswith(request_id)
    seen: list[str] = []
    while "Complete" not in seen:
        answer = tenant.call("GET", f"data/v1/async/{request_id}/status").json()
        state = answer.get("status", {}).get("requestStatus", "NotFound")
        if state not in seen:
            seen.append(state)
    assert seen == ["NotFound", "Pending", "Complete"]
    assert answer["requestId"] != request_id
    assert answer["status"]["requestId"] == request_id
    assert (answer["status"]["hasErrors"], answer["status"]["resultStatus"]) == (False, "OK")


def test_results_stand_in_order_one_per_row(tenant: Tenant) -> None:
    tenant.hurry()
    items = [
        {"Id": "1", "Required": "x", "Email": "a@example.com"},
        {"Id": "2"},
        {"Id": "3", "Required": "x", "Number": "many"},
        {"Required": "x"},
        {"id": "4", "REQUIRED": "x"},
    ]
    request_id = send(tenant, "PUT", "everything", items)
    status = wait(tenant, request_id)
    assert (status["hasErrors"], status["resultStatus"]) == (True, "Has Errors")
    answer = results(tenant, request_id)
    assert (answer["count"], answer["page"], answer["pageSize"], answer["resultMessages"]) == (5, 1, 50, [])
    good = {"message": "Upserted DataExtensionObject", "status": "OK"}
    assert answer["items"][0] == answer["items"][4] == good
    assert answer["items"][1]["errors"] == [
        {"name": "required", "errorCode": 70001, "errorMessage": "Column [required] does not allow null value."}
    ]
    assert answer["items"][2]["errors"][0]["name"] == "number"
    assert answer["items"][3]["message"] == "Cannot locate the existing record. Required keys are missing."
    assert [one["id"] for one in tenant.rows("everything")] == ["1", "4"]


def test_an_update_may_leave_required_fields_out(tenant: Tenant) -> None:
    tenant.hurry()
    wait(tenant, send(tenant, "PUT", "everything", [{"Id": "1", "Required": "kept", "Text": "old", "Phone": "1"}]))
    wait(tenant, send(tenant, "PUT", "everything", [{"Id": "1", "Text": "new", "Phone": ""}]))
    row = tenant.rows("everything")[0]
    assert (row["required"], row["text"], row["phone"], row["withdefault"]) == ("kept", "new", "", "standard")


def test_the_last_of_a_key_wins(tenant: Tenant) -> None:
    tenant.hurry()
    items = [{"Id": str(n % 3), "Required": str(n)} for n in range(5000)]
    wait(tenant, send(tenant, "PUT", "everything", items))
    assert sorted(one["required"] for one in tenant.rows("everything")) == ["4997", "4998", "4999"]


@pytest.mark.parametrize(("mode", "failed", "stored"), [("row", [1, 3], 2), ("batch", [0, 1, 2, 3], 0)])
def test_an_insert_refuses_a_key_that_is_there(tenant: Tenant, mode: str, failed: list[int], stored: int) -> None:
    tenant.hurry()
    tenant.switch(insert_duplicate=mode)
    before = len(tenant.rows("products"))
    items = [{"Sku": sku, "Name": "n", "Price": 1} for sku in ("A", "TENT-2", "B", "A")]
    request_id = send(tenant, "POST", "products", items)
    assert wait(tenant, request_id)["hasErrors"] is True
    answer = results(tenant, request_id)["items"]
    assert [at for at, item in enumerate(answer) if item["status"] == "Error"] == failed
    assert answer[1]["errorCode"] == "UnexpectedError"
    assert answer[1]["message"].startswith("Violation of PRIMARY KEY constraint 'PK_")
    assert len(tenant.rows("products")) == before + stored


def test_odd_characters_stay_what_they_are(tenant: Tenant) -> None:
    tenant.hurry()
    odd = ["a\x00b", "a\x00c", "quote\"'", "back\\slash", "ünï 😀", "tab\tline\nend", " space ", "ß", "SS"]
    items = [{"Id": text, "Required": text} for text in odd]
    assert wait(tenant, send(tenant, "POST", "everything", items))["hasErrors"] is False
    assert [(one["id"], one["required"]) for one in tenant.rows("everything")] == [(text, text) for text in odd]
    again = send(tenant, "POST", "everything", items)
    wait(tenant, again)
    assert {item["status"] for item in results(tenant, again)["items"]} == {"Error"}
    patch = [{"Id": text, "Text": "new"} for text in odd]
    assert wait(tenant, send(tenant, "PUT", "everything", patch))["hasErrors"] is False
    assert [(one["id"], one["required"], one["text"]) for one in tenant.rows("everything")] == [
        (text, text, "new") for text in odd
    ]


def test_without_a_key_rows_are_inserted_only(tenant: Tenant) -> None:
    tenant.hurry()
    before = len(tenant.rows("event-log"))
    wait(tenant, send(tenant, "POST", "event-log", [{"Event": "a"}, {"Event": "a"}]))
    rows = tenant.rows("event-log")
    assert len(rows) == before + 2
    assert rows[-1]["at"]
    answer = tenant.call("PUT", ROWS.format("event-log"), {"items": [{"Event": "a"}]})
    assert answer.status_code == 400
    assert answer.json()["resultMessages"][0]["message"] == "Primary key field required for upsert operations"


@pytest.mark.parametrize("status", ["400", "200"])
def test_an_unknown_target_is_a_result_message(tenant: Tenant, status: str) -> None:
    tenant.switch(unknown_de_async=status)
    answer = tenant.call("POST", ROWS.format("nowhere"), {"items": [{"A": "1"}]})
    assert answer.status_code == int(status)
    assert answer.json()["requestId"]
    message = answer.json()["resultMessages"][0]
    assert (message["resultClass"], message["resultCode"]) == ("Error", "CustomObjectNotFound")
    assert "Key: nowhere" in message["message"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"items": [{"keys": {"Id": "1"}, "values": {}}]}, "'keys'"),
        ({"items": []}, "items"),
        ([{"Id": "1"}], "object"),
        ({"items": ["a"]}, "not an object"),
        ({"items": [{"Id": "1"}] * 32001}, "32000"),
    ],
)
def test_a_wrong_body_is_refused(tenant: Tenant, body: Any, words: str) -> None:
    answer = tenant.call("PUT", ROWS.format("everything"), body)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


@pytest.mark.parametrize("status", ["413", "400"])
def test_a_body_beyond_the_limit_is_answered(tenant: Tenant, status: str) -> None:
    tenant.switch(oversize=status)
    body = {"items": [{"Id": "1", "LongText": "x" * 4000}] * 1500}
    answer = tenant.call("PUT", ROWS.format("everything"), body)
    assert (answer.status_code, answer.json()["errorcode"]) == (int(status), 10004)


def test_results_can_come_in_pages_and_messages_wrapped(tenant: Tenant) -> None:
    tenant.hurry()
    tenant.switch(results_paging="paged", result_messages="wrapped")
    items = [{"Id": str(n), "Required": "" if n == 70 else "x"} for n in range(120)]
    request_id = send(tenant, "PUT", "everything", items)
    wait(tenant, request_id)
    pages = [results(tenant, request_id, f"?$page={page}") for page in (1, 2, 3)]
    assert [len(page["items"]) for page in pages] == [50, 50, 20]
    assert pages[1]["items"][20]["status"] == "Error"
    unknown = results(tenant, "11111111-1111-1111-1111-111111111111")
    assert unknown["resultMessages"][0]["resultMessage"]["resultCode"] == "AsyncRequestStatusNotFound"


def test_status_is_forgotten_in_time(tenant: Tenant) -> None:
    tenant.hurry()
    request_id = send(tenant, "PUT", "everything", [{"Id": "1", "Required": "x"}])
    wait(tenant, request_id)
    tenant.switch(status_retention=0)
    answer = tenant.call("GET", f"data/v1/async/{request_id}/status").json()
    assert answer["resultMessages"][0]["resultCode"] == "AsyncRequestStatusNotFound"


def test_a_killed_tenant_goes_on_with_its_jobs(start_tenant: Callable[..., Tenant], tmp_path: Path) -> None:
    tenant = start_tenant("--data", str(tmp_path / "data"))
    tenant.switch(pickup_delay=0)
    items = [{"Id": str(n), "Required": "" if n % 1000 == 7 else "x"} for n in range(20_000)]
    request_id = send(tenant, "PUT", "everything", items)
    tenant.kill()
    tenant.restart()
    assert wait(tenant, request_id)["hasErrors"] is True
    answer = results(tenant, request_id)
    failed = [at for at, item in enumerate(answer["items"]) if item["status"] == "Error"]
    assert failed == [n for n in range(20_000) if n % 1000 == 7]
    assert tenant.call("GET", "data/v1/customobjectdata/key/everything/rowset").json()["count"] == 19_980


def test_a_reset_and_a_deletion_stop_a_job_in_progress(tenant: Tenant) -> None:
    tenant.switch(pickup_delay=0, processing_delay=0)
    items = [{"Id": str(n), "Required": "x"} for n in range(30_000)]
    send(tenant, "PUT", "everything", items)
    tenant.reset()
    assert tenant.rows("everything") == []
    tenant.hurry()
    request_id = send(tenant, "PUT", "everything", items)
    found = tenant.call("GET", "data/v1/customobjects?$search=Everything").json()["items"][0]
    assert tenant.call("DELETE", f"data/v1/customobjects/{found['id']}").status_code == 200
    assert wait(tenant, request_id)["requestStatus"] == "Complete"
    assert len(results(tenant, request_id)["items"]) == 30_000
