"""Pages: every item once, whatever the server says about counts and sizes."""

from __future__ import annotations

from typing import Any

import pytest

from mcconsole.api import paging, verdict
from mcconsole.api.client import Client
from mcconsole.api.operations import Operation
from mcconsole.core.errors import BadAnswer, NotFound, Rejected
from tests.api.raw import Raw, answer
from tests.tenant import Tenant

LIST = Operation("list", "GET", "/things", reads=True)


def page(items: list[int], **more: object) -> bytes:
    return answer({"items": [{"id": item} for item in items]} | more)


def ids(found: Any) -> list[int]:
    return [item["id"] for item in found]


def test_until_the_count_is_reached(raw: Raw, client: Client) -> None:
    raw.scripts = [page([1, 2], count=3, pageSize=2), page([3], count=3, pageSize=2)]
    assert ids(paging.pages(client, LIST, query={"name": "x y"}, size=2)) == [1, 2, 3]
    assert [seen.target for seen in raw.seen] == [
        "/things?name=x%20y&$page=1&$pageSize=2",
        "/things?name=x%20y&$page=2&$pageSize=2",
    ]


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([page([1, 2], count=2, pageSize=2)], [1, 2]),
        ([page([], count=0)], []),
        ([answer({"count": 0})], []),
        ([page([1, 2], count=10, pageSize=2), page([3], count=3, pageSize=2)], [1, 2, 3]),
        ([page([1, 2], count=10, pageSize=2), page([], count=10, pageSize=2)], [1, 2]),
        ([page([1, 2]), page([3]), page([])], [1, 2, 3]),
        ([page([1, 2], count=3, pageSize=2), page([3, 4], count=5, pageSize=2), page([5], count=5)], [1, 2, 3, 4, 5]),
        ([page(list(range(25)), count=30, pageSize=25), page([25], count=26, pageSize=25)], list(range(26))),
    ],
)
def test_counts_that_change_lie_or_lack(raw: Raw, client: Client, pages: list[bytes], found: list[int]) -> None:
    raw.scripts = list(pages)
    size = 50 if len(found) > 20 else 2
    assert ids(paging.pages(client, LIST, size=size)) == found
    assert raw.scripts == []


@pytest.mark.parametrize("body", [[], "text", {"items": {"id": 1}}, {"items": ["ab"]}, {"items": "ab"}])
def test_a_page_that_is_none(raw: Raw, client: Client, body: object) -> None:
    raw.scripts = [answer(body)] * 3
    with pytest.raises(BadAnswer):
        list(paging.pages(client, LIST))
    with pytest.raises(BadAnswer):
        list(paging.until_short(client, LIST, items="items"))
    with pytest.raises(BadAnswer):
        list(paging.custom_object_rows(client, "key"))


@pytest.mark.parametrize("item", [b"[],", b"{},", b"1,", b"[" * 3 + b"]" * 3 + b","])
def test_a_page_that_would_grow_in_memory_is_refused_unparsed(
    raw: Raw, client: Client, monkeypatch: pytest.MonkeyPatch, item: bytes
) -> None:
    monkeypatch.setattr(verdict, "MOST_VALUES", 1000)
    raw.scripts = [answer(b'{"items": [' + item * 1001 + b"1]}")]
    with pytest.raises(BadAnswer, match="holds more values than can be meant"):
        list(paging.pages(client, LIST))


def test_rows_go_on_by_token(raw: Raw, client: Client) -> None:
    raw.scripts = [
        page([1, 2], count=3, requestToken="t/1", links={"next": "/v1/customobjectdata/token/t/rowset?$page=2"}),
        page([3], count=3),
    ]
    assert ids(paging.custom_object_rows(client, "a b", size=2)) == [1, 2, 3]
    assert [seen.target for seen in raw.seen] == [
        "/data/v1/customobjectdata/key/a%20b/rowset?$page=1&$pagesize=2",
        "/data/v1/customobjectdata/token/t%2F1/rowset?$page=2&$pagesize=2",
    ]


def test_the_sandbox_tenant(sandbox: Client, tenant: Tenant) -> None:
    listed = list(paging.custom_objects(sandbox))
    assert len(listed) >= 8
    assert len({item["key"] for item in listed}) == len(listed)
    fields = [{"name": "Id", "type": "Text", "length": 10, "isPrimaryKey": True, "isNullable": False}]
    for number in range(30):
        tenant.create_de(f"paged {number}", fields)
    assert len(list(paging.custom_objects(sandbox))) == len(listed) + 30
    full = next(item for item in listed if item["rowCount"] >= 8)
    read = list(paging.custom_object_rows(sandbox, full["key"], size=3))
    assert len(read) == len(tenant.rows(full["key"]))
    assert [item.get("keys", {}) | item["values"] for item in read] == tenant.rows(full["key"])
    empty = next(item for item in listed if item["rowCount"] == 0)
    assert list(paging.custom_object_rows(sandbox, empty["key"])) == []
    with pytest.raises((NotFound, Rejected)):
        list(paging.custom_object_rows(sandbox, "no such key"))


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([page([1, 2], count=2, pageSize=2), page([3], count=1, pageSize=2)], [1, 2, 3]),
        ([page([1, 2], count=2, pageSize=2), page([], count=0, pageSize=2)], [1, 2]),
        ([page([1, 2], count=2, pageSize=2), page([3, 4], count=2, pageSize=5)], [1, 2, 3, 4]),
    ],
)
def test_a_short_page_ends_a_list_whose_count_is_that_of_the_page(
    raw: Raw, client: Client, pages: list[bytes], found: list[int]
) -> None:
    raw.scripts = list(pages)
    assert ids(paging.until_short(client, LIST, items="items", size=2)) == found


def test_a_full_page_that_comes_again_and_again_is_given_up(raw: Raw, client: Client) -> None:
    raw.scripts = [page([1, 2], count=2, pageSize=2)] * 10
    with pytest.raises(BadAnswer, match="nothing new"):
        ids(paging.until_short(client, LIST, items="items", size=2))
    assert len(raw.seen) == 2
