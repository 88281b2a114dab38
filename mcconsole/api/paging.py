"""Pages of REST answers, each family with its own manners (API reference 7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcconsole.api.client import Answer, Client
from mcconsole.api.operations import Operation
from mcconsole.core.errors import BadAnswer
from mcconsole.core.jobs import JobContext

MOST_PAGES = 100_000
_NOTHING: Mapping[str, str] = {}


def pages(
    client: Client,
    operation: Operation,
    *,
    path: Mapping[str, str] = _NOTHING,
    query: Mapping[str, str | int] = _NOTHING,
    size: int = 50,
    size_name: str = "$pageSize",
    items: str = "items",
    label: str = "",
    ctx: JobContext | None = None,
) -> Iterator[dict[str, Any]]:
    """Every item of a paged list, from `$page` 1 until all are seen or a page is empty (7.3, advice).

    `count` is taken anew from each page, as it may change meanwhile; the page size is what the answer says it was,
    as a wish for a larger one may be ignored (2.4 and 4.3, observed).
    """
    for page in range(1, MOST_PAGES):
        answer = client.rest(
            operation, path=path, query={**query, "$page": page, size_name: size}, label=label, ctx=ctx
        )
        document = _document(answer)
        found = _items(answer, document, items)
        yield from found
        count, told = document.get("count"), document.get("pageSize")
        counted = int(told) if isinstance(told, int) and told > 0 else size
        if not found or (isinstance(count, int) and page * counted >= count):
            return
    raise BadAnswer(f"The list has more than {MOST_PAGES:,} pages.")


def until_short(
    client: Client, operation: Operation, *, items: str, size: int = 50, label: str = "", ctx: JobContext | None = None
) -> Iterator[dict[str, Any]]:
    """Every item of a list whose `count` is that of each page, so that only a short page ends it (3.3, observed).

    BadAnswer when a full page comes again, as it would without end.
    """
    former: list[dict[str, Any]] = []
    for page in range(1, MOST_PAGES):
        answer = client.rest(operation, query={"$page": page, "$pageSize": size}, label=label, ctx=ctx)
        document = _document(answer)
        found = _items(answer, document, items)
        if found and found == former:
            raise BadAnswer("The list should go on, but its pages bring nothing new.", exchange=answer.exchange)
        former = found
        yield from found
        told = document.get("pageSize")
        if len(found) < (told if isinstance(told, int) and told > 0 else size):
            return
    raise BadAnswer(f"The list has more than {MOST_PAGES:,} pages.")


CUSTOM_OBJECTS = Operation("data extensions", "GET", "/data/v1/customobjects", scope="data_extensions_read", reads=True)


def custom_objects(
    client: Client, search: str = "%", *, label: str = "List the data extensions", ctx: JobContext | None = None
) -> Iterator[dict[str, Any]]:
    """Data extensions by REST: `$search` is required and a page holds 25 at most (4.3, observed)."""
    yield from pages(
        client, CUSTOM_OBJECTS, query={"$search": search}, size=25, size_name="$pagesize", label=label, ctx=ctx
    )


ROWS = Operation("rows", "GET", "/data/v1/customobjectdata/key/{key}/rowset", scope="data_extensions_read", reads=True)
ROWS_BY_TOKEN = Operation(
    "rows.token", "GET", "/data/v1/customobjectdata/token/{token}/rowset", scope="data_extensions_read", reads=True
)


def custom_object_rows(
    client: Client, key: str, *, size: int = 2500, label: str = "Read rows", ctx: JobContext | None = None
) -> Iterator[dict[str, Any]]:
    """Rows as `{"keys": {…}, "values": {…}}` with lower-cased names (4.6, observed).

    Goes on by the request token, which is a snapshot; without one by page number. An empty data extension has no
    `items` at all.
    """
    token, seen = "", 0
    for page in range(1, MOST_PAGES):
        query: dict[str, str | int] = {"$page": page, "$pagesize": size}
        if token:
            answer = client.rest(ROWS_BY_TOKEN, path={"token": token}, query=query, label=label, ctx=ctx)
        else:
            answer = client.rest(ROWS, path={"key": key}, query=query, label=label, ctx=ctx)
        document = _document(answer)
        found = _items(answer, document, "items")
        yield from found
        seen += len(found)
        token = str(document.get("requestToken") or token)
        count = document.get("count")
        if not found and not (isinstance(count, int) and (count <= seen or not token)):
            raise BadAnswer("A page has no rows, and they are not all.", exchange=answer.exchange)
        if not found or (isinstance(count, int) and seen >= count):
            return
    raise BadAnswer(f"There are more than {MOST_PAGES:,} pages of rows.")


def _items(answer: Answer, document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = document.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadAnswer(f"“{name}” of the answer is not a list of objects.", exchange=answer.exchange)
    return found


def _document(answer: Answer) -> dict[str, Any]:
    document = answer.json()
    if not isinstance(document, dict):
        raise BadAnswer("A page of a list is not a JSON object.", exchange=answer.exchange)
    return document
