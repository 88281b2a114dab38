"""The calls behind an import: folders, data extensions and their fields, rows written and read, fates of async jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import orjson

from mcconsole.api import paging, soap
from mcconsole.api.client import Answer, Client
from mcconsole.api.exchanges import problems
from mcconsole.api.operations import Operation
from mcconsole.api.schemas import schema as schema
from mcconsole.core.errors import BadAnswer, Rejected
from mcconsole.core.jobs import JobContext

_READ, _WRITE = "data_extensions_read", "data_extensions_write"

UPSERT_SYNC = Operation("rows.sync", "POST", "/hub/v1/dataevents/key:{key}/rowset", scope=_WRITE, keep_body=False)
INSERT_ASYNC = Operation(
    "rows.insert", "POST", "/data/v1/async/dataextensions/key:{key}/rows", scope=_WRITE, once=True, keep_body=False
)
UPSERT_ASYNC = Operation(
    "rows.upsert", "PUT", "/data/v1/async/dataextensions/key:{key}/rows", scope=_WRITE, keep_body=False
)
UPSERT_SEED = Operation("rows.seed", "POST", "/hub/v1/dataeventsasync/key:{key}/rowset", scope=_WRITE, keep_body=False)
STATUS = Operation("rows.status", "GET", "/data/v1/async/{request_id}/status", scope=_READ, reads=True)
RESULTS = Operation("rows.results", "GET", "/data/v1/async/{request_id}/results", scope=_READ, reads=True)
SEED_STATUS = Operation("rows.seed_status", "GET", "/hub/v1/dataeventsasync/{request_id}", scope=_READ, reads=True)
"""Known from the seed document only (API reference, section 8, line 1)."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of data extensions (SOAP DataFolder; API reference 4.2, observed)."""

    id: str
    parent_id: str
    name: str


@dataclass(frozen=True, slots=True)
class DataExtension:
    """A data extension as listed; `row_count` is the platform's own and may be stale (4.3, observed)."""

    key: str
    name: str
    object_id: str
    folder_id: str
    field_count: int | None
    row_count: int | None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """The state of an async job (4.5); `request_status` "" while it is not found."""

    request_status: str
    result_status: str = ""
    has_errors: bool = False
    said: str = ""

    @property
    def landed(self) -> bool:
        """Whether every row landed for certain: `Complete`, `OK` and no errors."""
        return self.request_status == "Complete" and self.result_status == "OK" and not self.has_errors


@dataclass(frozen=True, slots=True)
class Listing:
    """Where rows can go: the folders and the data extensions in them."""

    folders: list[Folder]
    targets: list[DataExtension]


def listing(client: Client, ctx: JobContext | None = None) -> Listing:
    """All folders and data extensions of the business unit."""
    return Listing(folders(client, ctx), data_extensions(client, ctx))


def folders(client: Client, ctx: JobContext | None = None) -> list[Folder]:
    """All folders that can hold data extensions, shared and synchronised ones too."""
    found = soap.retrieve(
        client,
        "DataFolder",
        ("ID", "ParentFolder.ID", "Name", "ContentType"),
        soap.in_("ContentType", ("dataextension", "shared_dataextension", "shared_data", "synchronizeddataextension")),
        scope=_READ,
        label="List the folders",
        ctx=ctx,
    )
    return [Folder(row.get("ID", ""), row.get("ParentFolder.ID", ""), row.get("Name", "")) for row in found]


def data_extensions(client: Client, ctx: JobContext | None = None) -> list[DataExtension]:
    """All data extensions of the business unit, by SOAP (every one), with the counts that only REST knows."""
    found = soap.retrieve(
        client,
        "DataExtension",
        ("ObjectID", "CustomerKey", "Name", "CategoryID"),
        scope=_READ,
        label="List the data extensions",
        ctx=ctx,
    )
    counts = _counts(client, ctx)
    return [
        DataExtension(
            key=row.get("CustomerKey", ""),
            name=row.get("Name", ""),
            object_id=row.get("ObjectID", ""),
            folder_id=row.get("CategoryID", ""),
            field_count=counts.get(row.get("ObjectID", "").lower(), (None, None))[0],
            row_count=counts.get(row.get("ObjectID", "").lower(), (None, None))[1],
        )
        for row in found
        if not row.get("CustomerKey", "").startswith("_")
    ]


def _counts(client: Client, ctx: JobContext | None) -> dict[str, tuple[int | None, int | None]]:
    """(field count, row count) by object id; empty where REST is not permitted, as the names matter more."""
    counts: dict[str, tuple[int | None, int | None]] = {}
    try:
        for item in paging.custom_objects(client, label="Count fields and rows of the data extensions", ctx=ctx):
            counts[str(item.get("id", "")).lower()] = (item.get("fieldCount"), item.get("rowCount"))
    except Rejected:
        return counts
    return counts


@dataclass(frozen=True, slots=True)
class Handed:
    """Rows that Marketing Cloud took."""

    request_id: str = ""
    twice: bool = False
    """Whether they may have been taken once before, by a request whose answer was lost."""


def upsert_sync(client: Client, key: str, rows: Sequence[dict[str, object]], ctx: JobContext) -> Handed:
    """Upsert at most 50 rows given as `{"keys": {…}, "values": {…}}`; returns when all are saved (4.4, documented).

    The answer echoes the rows; another length is a BadAnswer. Not atomic: on Rejected some rows may be saved.
    """
    answer = client.rest(
        UPSERT_SYNC, path={"key": key}, body=orjson.dumps(rows), label=f"Upsert {len(rows):,} rows", ctx=ctx
    )
    echoed = answer.json()
    if not isinstance(echoed, list) or len(echoed) != len(rows):
        raise BadAnswer(f"{len(rows)} rows were sent, and the answer does not echo as many.", exchange=answer.exchange)
    return Handed(twice=answer.twice)


def send_async(client: Client, key: str, mode: str, rows: bytes, count: int, ctx: JobContext) -> Handed:
    """Hand over rows (JSON array of flat objects) to the async queue (4.5a, documented)."""
    answer = client.rest(
        INSERT_ASYNC if mode == "insert" else UPSERT_ASYNC,
        path={"key": key},
        body=b'{"items":' + rows + b"}",
        label=f"{mode.capitalize()} {count:,} rows",
        ctx=ctx,
    )
    request_id = _refuse_problems(answer).get("requestId")
    if not isinstance(request_id, str) or not request_id:
        raise BadAnswer("The rows were accepted without a request id.", exchange=answer.exchange)
    return Handed(request_id, answer.twice)


def send_seed(client: Client, key: str, rows: Sequence[dict[str, object]], ctx: JobContext) -> Handed:
    """Hand over keyed rows to the seed's route; the request id is "" where the tenant gives none (4.5b, observed)."""
    answer = client.rest(
        UPSERT_SEED, path={"key": key}, body=orjson.dumps(rows), label=f"Upsert {len(rows):,} rows", ctx=ctx
    )
    found = answer.json() if answer.content.strip() else ""
    request_id = _refuse_problems(answer).get("requestId") if isinstance(found, dict) else ""
    return Handed(str(request_id or ""), answer.twice)


def status(client: Client, request_id: str, ctx: JobContext) -> JobStatus:
    """How far an async job is; not found yet is a state, not an error (4.5a, documented)."""
    answer = client.rest(STATUS, path={"request_id": request_id}, label="Ask how far the rows are", ctx=ctx)
    found = answer.json()
    if not isinstance(found, dict):
        raise BadAnswer("The status of the rows is not a JSON object.", exchange=answer.exchange)
    state = found.get("status")
    said = _words(found)
    if not isinstance(state, dict):
        return JobStatus("", said=said)
    return JobStatus(
        request_status=str(state.get("requestStatus", "")),
        result_status=str(state.get("resultStatus", "")),
        has_errors=bool(state.get("hasErrors")),
        said=said,
    )


def seed_status(client: Client, request_id: str, ctx: JobContext) -> JobStatus:
    """The seed's own status route: `Complete` or `Error` for all rows together (seed-only)."""
    answer = client.rest(SEED_STATUS, path={"request_id": request_id}, label="Ask how far the rows are", ctx=ctx)
    found = answer.json()
    if not isinstance(found, dict):
        raise BadAnswer("The status of the rows is not a JSON object.", exchange=answer.exchange)
    state = found.get("requestStatus", found.get("status", ""))
    said = _words(found) or str(found.get("message") or "")
    return JobStatus(str(state), has_errors=bool(found.get("hasErrors")), said=said)


def results(client: Client, request_id: str, count: int, ctx: JobContext) -> Iterator[str]:
    """The fate of each row in the order of sending: "" when it landed, else Marketing Cloud's words (4.5a, observed).

    Pages by what arrives, as the page size stated in the answer is not to be trusted. Ends early where the results are
    not those of so many rows.
    """
    seen, page = 0, 1
    while seen < count:
        answer = client.rest(
            RESULTS,
            path={"request_id": request_id},
            query={"$page": page} if page > 1 else {},
            label="Read the fate of each row",
            ctx=ctx,
        )
        found = answer.json()
        if not isinstance(found, dict) or found.get("count", count) != count:
            return
        items = found.get("items")
        if not isinstance(items, list) or not items or (page > 1 and found.get("page", page) != page):
            return  # a page that was not asked for would count the same rows again
        for item in items:
            if not _is_readable(item):
                return  # of the rows from here on nothing is known
            yield _fate(item)
        seen += len(items)
        page += 1


def _is_readable(item: object) -> TypeGuard[dict[str, object]]:
    """Whether a result says that its row landed, or that it did not."""
    return isinstance(item, dict) and any(item.get(name) for name in ("status", "errorCode", "errors"))


def _fate(item: dict[str, object]) -> str:
    listed = item.get("errors")
    if item.get("status") == "OK" and not listed and not item.get("errorCode"):
        return ""
    errors = [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
    texts = [str(item.get("message") or ""), *(str(error.get("errorMessage") or "") for error in errors)]
    kept = [text for at, text in enumerate(texts) if text and text not in texts[:at]]
    code = item.get("errorCode") or next((error.get("errorCode") for error in errors), "")
    return "; ".join(kept) or f"Marketing Cloud reported an error {code} without words."


def _refuse_problems(answer: Answer) -> dict[str, object]:
    found = answer.json()
    if not isinstance(found, dict):
        raise BadAnswer("The answer is not a JSON object.", exchange=answer.exchange)
    if problems(found):
        raise Rejected(
            "Marketing Cloud did not take these rows.",
            status=answer.status,
            said=_words(found),
            exchange=answer.exchange,
        )
    return found


def _words(answer: object) -> str:
    return "; ".join(problem.text or str(problem.code) for problem in problems(answer))
