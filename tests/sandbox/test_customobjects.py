"""Schema by REST, against section 4.3 of the API reference."""

from __future__ import annotations

from typing import Any

import pytest

from mcconsole.sandbox import demo
from tests.tenant import Tenant

KEY = {"name": "Id", "type": "Text", "length": 20, "isPrimaryKey": True, "isNullable": False}


def search(tenant: Tenant, query: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = tenant.call("GET", f"data/v1/customobjects?{query}", **more).json()
    return answer


def test_search_needs_a_text_and_caps_its_pages(tenant: Tenant) -> None:
    answer = tenant.call("GET", "data/v1/customobjects")
    assert (answer.status_code, answer.json()["message"]) == (400, "$search is a required parameter")
    for number in range(30):
        tenant.create_de(f"many-{number:02}", [KEY])
    first = search(tenant, "$search=many&$page=1&$pagesize=100")
    second = search(tenant, "$SEARCH=MANY&$Page=2&$pageSize=100")
    assert (first["count"], first["pageSize"], len(first["items"]), len(second["items"])) == (30, 25, 25, 5)
    assert len({item["id"] for item in first["items"] + second["items"]}) == 30


def test_the_demo_has_enough_to_look_at(tenant: Tenant) -> None:
    items = [item for mid in demo.BUSINESS_UNITS for item in search(tenant, "$search=%25", account_id=mid)["items"]]
    assert len(items) >= 8
    types = set()
    keys = set()
    for item in items:
        mid = next(m for m in demo.BUSINESS_UNITS if item in search(tenant, "$search=%25", account_id=m)["items"])
        fields = tenant.call("GET", f"data/v1/customobjects/{item['id']}/fields", account_id=mid).json()["fields"]
        types |= {field["type"] for field in fields}
        keys.add(sum(field["isPrimaryKey"] for field in fields))
        assert item["fieldCount"] == len(fields)
        assert item["rowCount"] == len(tenant.rows(item["key"], account_id=mid))
    assert types == {"Text", "Number", "Date", "Boolean", "EmailAddress", "Phone", "Decimal", "Locale"}
    assert keys == {0, 1, 2}


def test_fields_show_what_applies_to_them(tenant: Tenant) -> None:
    identity = search(tenant, "$search=Everything")["items"][0]["id"]
    fields = {f["name"]: f for f in tenant.call("GET", f"data/v1/customobjects/{identity}/fields").json()["fields"]}
    assert [field["ordinal"] for field in fields.values()] == list(range(12))
    assert (fields["Decimal"]["length"], fields["Decimal"]["scale"]) == (18, 4)
    assert not {"length", "scale", "defaultValue"} & set(fields["Date"])
    assert fields["WithDefault"]["defaultValue"] == "standard"
    assert (fields["Required"]["isNullable"], fields["Text"]["isNullable"]) == (False, True)
    assert tenant.call("GET", "data/v1/customobjects/everything").status_code == 404


def test_create_clear_and_delete(tenant: Tenant) -> None:
    category = search(tenant, "$search=Customers")["items"][0]["categoryId"]
    fields = [KEY, {"name": "Total", "type": "Decimal", "length": 10, "scale": 2, "isNullable": True, "ordinal": 1}]
    body = {"name": "Fresh", "key": "fresh", "categoryId": category, "fields": fields}
    made = tenant.call("POST", "data/v1/customobjects", body)
    assert made.status_code == 201
    identity = made.json()["id"]
    assert tenant.call("POST", "data/v1/customobjects", body).status_code == 409
    assert identity in [
        i["id"] for i in tenant.call("GET", f"data/v1/customobjects/category/{category}").json()["items"]
    ]
    row = [{"keys": {"Id": "1"}, "values": {"Total": "1.5"}}]
    assert tenant.call("POST", "hub/v1/dataevents/key:fresh/rowset", row).status_code == 200
    assert tenant.rows("fresh") == [{"id": "1", "total": "1.50"}]
    assert tenant.call("POST", f"data/v1/customobjects/{identity}/cleardata").status_code == 200
    assert tenant.rows("fresh") == []
    assert tenant.call("DELETE", f"data/v1/customobjects/{identity}").json() == {}
    assert tenant.call("GET", f"data/v1/customobjects/{identity}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"categoryId": None},
        {"categoryId": 999},
        {"name": ""},
        {"name": "a/b"},
        {"fields": []},
        {"fields": [KEY, KEY]},
        {"fields": [{"name": "A", "type": "Colour"}]},
        {"fields": [{"name": "A", "type": "Text", "length": 5000}]},
        {"fields": [{"name": "A", "type": "Decimal", "length": 5, "scale": 6}]},
        {"fields": [{"name": {"a": 1}}]},
    ],
)
def test_a_wrong_definition_is_refused(tenant: Tenant, change: dict[str, Any]) -> None:
    body = {"name": "N", "key": "k", "categoryId": 1, "fields": [KEY]} | change
    before = search(tenant, "$search=%25")["count"]
    answer = tenant.call("POST", "data/v1/customobjects", body)
    assert answer.status_code == 400, answer.text
    assert search(tenant, "$search=%25")["count"] == before


def test_a_new_one_can_take_a_while_to_show(tenant: Tenant) -> None:
    tenant.switch(search_delay=60)
    identity = tenant.create_de("late", [KEY])
    assert search(tenant, "$search=late")["count"] == 0
    assert tenant.call("GET", f"data/v1/customobjects/{identity}").status_code == 200
    tenant.switch(search_delay=0)
    assert search(tenant, "$search=late")["count"] == 1
