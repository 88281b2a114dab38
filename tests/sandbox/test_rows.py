"""Sync rows and row reads, against sections 4.4 and 4.6 of the API reference."""

from __future__ import annotations

from typing import Any

import pytest

from mcconsole.sandbox import demo
from tests.tenant import Tenant

ROWSET = "hub/v1/dataevents/key:customers/rowset"


def row(key: str, **values: Any) -> dict[str, Any]:
    return {"keys": {"CustomerKey": key}, "values": {"EmailAddress": f"{key}@example.com", **values}}


def test_an_upsert_echoes_and_lands(tenant: Tenant) -> None:
    before = len(tenant.rows("customers"))
    body = [row("C-1001", FirstName="Änne"), row("new", Points=5)]
    answer = tenant.call("POST", ROWSET, body)
    assert (answer.status_code, answer.json()) == (200, body)
    rows = {one["customerkey"]: one for one in tenant.rows("customers")}
    assert len(rows) == before + 1
    assert rows["C-1001"]["firstname"] == "Änne"
    assert rows["C-1001"]["lastname"] == "Müller"
    assert rows["new"]["points"] == "5"
    assert rows["new"]["language"] == "en-US"


def test_rows_before_the_bad_one_stay(tenant: Tenant) -> None:
    body = [row("a"), row("b", EmailAddress="not an address"), row("c")]
    answer = tenant.call("POST", ROWSET, body)
    assert answer.status_code == 400
    error = answer.json()
    assert error["errorcode"] == 10006
    assert error["message"].startswith("Unable to save rows for data extension ID ")
    assert error["additionalErrors"] == [
        {
            "message": (
                "EmailAddress: The value for column [EmailAddress] is not a valid email address. "
                "Parse error [InvalidEmailAddress]"
            ),
            "errorcode": 10000,
            "documentation": "",
        }
    ]
    keys = [one["customerkey"] for one in tenant.rows("customers")]
    assert "a" in keys
    assert not {"b", "c"} & set(keys)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"items": [{"CustomerKey": "1"}]}, 10004, "array"),
        ([{"CustomerKey": "1", "EmailAddress": "a@example.com"}], 10004, "keys and values"),
        ([{"keys": {"SubscriberKey": "1"}, "values": {"FirstName": "x"}}], 10000, "Primary key 'subscriberkey'"),
        ([{"keys": {}, "values": {"FirstName": "x"}}], 10000, "Primary key"),
        ([{"keys": {"CustomerKey": "1"}, "values": {}}], 10000, "At least one existing field is required"),
        ([{"keys": {"CustomerKey": "1"}, "values": {"Nope": "1"}}], 10000, "At least one existing field is required"),
        ([row("1", FirstName="x" * 51)], 10006, "Unable to save rows"),
        ([row("1", EmailAddress="")], 10006, "Unable to save rows"),
        ([{"keys": {"CustomerKey": "brand new"}, "values": {"FirstName": "x"}}], 10006, "Unable to save rows"),
    ],
)
def test_a_wrong_body_is_refused(tenant: Tenant, body: Any, code: int, words: str) -> None:
    answer = tenant.call("POST", ROWSET, body)
    assert (answer.status_code, answer.json()["errorcode"]) == (400, code)
    assert words in answer.json()["message"]


def test_what_is_no_json_is_refused(tenant: Tenant) -> None:
    answer = tenant.call("POST", ROWSET, data=b"[{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errorcode"]) == (400, 10004)
    answer = tenant.call("POST", ROWSET, data=b"a=1", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415


@pytest.mark.parametrize(("path", "words"), [("key:nowhere", "{guid}"), ("customers", "{id}"), ("Customers", "{id}")])
def test_an_unknown_target_has_literal_braces(tenant: Tenant, path: str, words: str) -> None:
    answer = tenant.call("POST", f"hub/v1/dataevents/{path}/rowset", [row("1")])
    assert (answer.status_code, answer.json()["errorcode"]) == (400, 10001)
    assert answer.json()["message"] == f"Parameter {words} is invalid."


def test_another_units_target_is_not_seen(tenant: Tenant) -> None:
    path = "hub/v1/dataevents/key:customers-europe/rowset"
    assert tenant.call("POST", path, [row("1")]).json()["message"] == "Parameter {guid} is invalid."
    tenant.switch(cross_unit="403")
    assert tenant.call("POST", path, [row("1")]).json()["errorcode"] == 20002
    assert tenant.call("POST", path, [row("1")], account_id=demo.EUROPE).status_code == 200


def test_case_of_keys_and_fields_is_a_switch(tenant: Tenant) -> None:
    path = "hub/v1/dataevents/key:CUSTOMERS/rowset"
    body = [{"keys": {"customerkey": "1"}, "values": {"EMAILADDRESS": "a@example.com"}}]
    assert tenant.call("POST", path, body).status_code == 200
    tenant.switch(field_case="exact")
    assert "does not exist" in tenant.call("POST", path, body).json()["message"]
    tenant.switch(key_case="exact")
    assert "is invalid" in tenant.call("POST", path, body).json()["message"]


def test_unknown_fields_are_lost_or_refused(tenant: Tenant) -> None:
    assert tenant.call("POST", ROWSET, [row("1", Frstname="x")]).status_code == 200
    tenant.switch(unknown_fields="error")
    assert "FieldNotFound" in tenant.call("POST", ROWSET, [row("1", Frstname="x")]).text


def test_an_empty_text_clears_and_a_null_may_be_refused(tenant: Tenant) -> None:
    tenant.call("POST", ROWSET, [row("1", FirstName="Ann")])
    tenant.call("POST", ROWSET, [row("1", FirstName="")])
    assert next(one for one in tenant.rows("customers") if one["customerkey"] == "1")["firstname"] == ""
    tenant.switch(null_values="reject")
    assert tenant.call("POST", ROWSET, [row("1", FirstName=None)]).status_code == 400


def test_one_row_by_put_and_rows_deleted(tenant: Tenant) -> None:
    answer = tenant.call(
        "PUT", "hub/v1/dataevents/key:orders/rows/OrderNumber:2024-0001,LineNumber:1", {"values": {"Quantity": 9}}
    )
    assert answer.json() == {"keys": {"OrderNumber": "2024-0001", "LineNumber": "1"}, "values": {"Quantity": 9}}
    first = tenant.rows("orders")[0]
    assert (first["ordernumber"], first["linenumber"], first["quantity"]) == ("2024-0001", "1", "9")
    count = len(tenant.rows("orders"))
    keys = [{"keys": {"OrderNumber": "2024-0001", "LineNumber": 1}}]
    assert tenant.call("POST", "hub/v1/dataevents/key:orders/rowset/delete", keys).status_code == 200
    assert len(tenant.rows("orders")) == count - 1


def test_a_key_with_a_slash_works(tenant: Tenant) -> None:
    body = [{"keys": {"Store Number": 99}, "values": {"City": "Zürich"}}]
    assert tenant.call("POST", "hub/v1/dataevents/key:Filialen%2FL%C3%A4den%202024/rowset", body).status_code == 200
    assert tenant.rows("Filialen/Läden 2024")[-1]["city"] == "Zürich"


def test_a_read_has_pages_without_data_in_their_links(tenant: Tenant) -> None:
    rows = [{"keys": {"Id": f"{n:04}"}, "values": {"Column2": "x"}} for n in range(7)]
    assert tenant.call("POST", "hub/v1/dataevents/key:twelve-texts/rowset", rows).status_code == 200
    page = tenant.call("GET", "data/v1/customobjectdata/key/twelve-texts/rowset?$page=2&$pageSize=3").json()
    assert (page["count"], page["page"], page["pageSize"]) == (7, 2, 3)
    assert [item["keys"]["id"] for item in page["items"]] == ["0003", "0004", "0005"]
    assert page["links"]["next"].startswith("/v1/customobjectdata/token/")
    late = [{"keys": {"Id": "9999"}, "values": {"Column2": "late"}}]
    tenant.call("POST", "hub/v1/dataevents/key:twelve-texts/rowset", late)
    last = tenant.call("GET", "data" + page["links"]["next"]).json()
    assert [item["keys"]["id"] for item in last["items"]] == ["0006"]
    assert "next" not in last["links"]
    delete = [{"keys": {"Id": "0001"}}]
    tenant.call("POST", "hub/v1/dataevents/key:twelve-texts/rowset/delete", delete)
    page = tenant.call("GET", "data/v1/customobjectdata/key/twelve-texts/rowset?$page=2&$pageSize=3").json()
    assert [item["keys"]["id"] for item in page["items"]] == ["0004", "0005", "0006"]


def test_a_read_can_be_ordered_and_its_fields_chosen(tenant: Tenant) -> None:
    path = "data/v1/customobjectdata/key/customers/rowset?$orderBy=Points%20desc&$fields=CustomerKey,Points&$pagesize=2"
    items = tenant.call("GET", path).json()["items"]
    assert items == [
        {"keys": {"customerkey": "C-1007"}, "values": {"points": "875"}},
        {"keys": {"customerkey": "C-1006"}, "values": {"points": "750"}},
    ]


def test_a_filter_is_ignored_unless_switched_on(tenant: Tenant) -> None:
    path = "data/v1/customobjectdata/key/customers/rowset?$filter=CustomerKey%20eq%20%27C-1003%27"
    assert tenant.call("GET", path).json()["count"] == 8
    tenant.switch(filter="apply")
    answer = tenant.call("GET", path).json()
    assert answer["count"] == 1
    assert answer["items"][0]["values"]["firstname"] == "Dmitri"


def test_an_empty_one_has_no_items_and_one_without_key_no_keys(tenant: Tenant) -> None:
    empty = tenant.call("GET", "data/v1/customobjectdata/key/everything/rowset").json()
    assert "items" not in empty
    assert empty["count"] == 0
    log = tenant.call("GET", "data/v1/customobjectdata/key/event-log/rowset").json()
    assert set(log["items"][0]) == {"values"}
    assert log["items"][0]["values"]["at"] == "6/23/2024 12:00:00 AM"


def test_unknown_reads_and_routes_get_the_json_404(tenant: Tenant) -> None:
    for method, path in (
        ("GET", "data/v1/customobjectdata/key/nowhere/rowset"),
        ("POST", "data/v1/customobjectdata/key/customers/rowset"),
        ("POST", "data/v1/dataextensions/key:customers/rows"),
        ("GET", "nope"),
        ("GET", ""),
    ):
        answer = tenant.call(method, path)
        assert answer.status_code == 404, path
        assert answer.json()["errorcode"] == 404
        assert answer.headers["Content-Type"].startswith("application/json")


def test_the_old_async_route_answers_as_documented_or_as_the_seed_says(tenant: Tenant) -> None:
    path = "hub/v1/dataeventsasync/key:customers/rowset"
    tenant.hurry()
    answer = tenant.call("POST", path, [row("old")])
    assert (answer.status_code, answer.text) == (202, '""')
    assert tenant.call("POST", path, {"items": []}).json()["errorcode"] == 10004
    tenant.switch(dataeventsasync="seed")
    request_id = tenant.call("POST", path, [row("seed"), row("bad", Phone="none")]).json()["requestId"]
    state: dict[str, Any] = {}
    while state.get("status") not in ("Complete", "Error"):
        state = tenant.call("GET", f"hub/v1/dataeventsasync/{request_id}").json()
    assert state["status"] == "Error"
    assert {"old", "seed"} < {one["customerkey"] for one in tenant.rows("customers")}


def test_head_and_options_are_sane(tenant: Tenant) -> None:
    head = tenant.call("HEAD", "data/v1/customobjectdata/key/customers/rowset")
    assert (head.status_code, head.content) == (200, b"")
    options = tenant.call("OPTIONS", "data/v1/customobjects")
    assert options.headers["Allow"] == "GET, POST, OPTIONS"
