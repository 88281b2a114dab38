"""The documented async pair: rows queued, their status and their results (API reference 4.5a)."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from mcconsole.sandbox import jobs, replies, schema
from mcconsole.sandbox.replies import Refusal, Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, folded, malformed
from mcconsole.sandbox.schema import DataExtension

ROW_LIMIT = 32_000
PAGE = 50
_DONE = {
    "upsert": {"message": "Upserted DataExtensionObject", "status": "OK"},
    # The text for an insert is not in the reference; it is built like that of an upsert.
    "insert": {"message": "Inserted DataExtensionObject", "status": "OK"},
}


def insert_rows(call: Call) -> Reply:
    """`POST …/rows` inserts; it works without a primary key too (documented)."""
    return _queue(call, _target(call), "insert")


def upsert_rows(call: Call) -> Reply:
    """`PUT …/rows` upserts by primary key (documented; the refusal without one: observed)."""
    extension = _target(call)
    if not extension.keys:
        message = "Primary key field required for upsert operations"
        raise Refusal(_message_reply(400, "PrimaryKeyRequired", message))
    return _queue(call, extension, "upsert")


def _queue(call: Call, extension: DataExtension, kind: str) -> Reply:
    items = folded(call.json()).get("items")
    if not isinstance(items, list) or not items:
        raise malformed("The message body has no items.")
    if len(items) > ROW_LIMIT:
        raise refusal(400, f"The number of items is beyond the limit of {ROW_LIMIT}.", 10000)
    for item in items:
        if not isinstance(item, dict):
            raise malformed("JSON deserialization error: an item is not an object.")
        for name, value in item.items():
            if isinstance(value, dict | list):
                raise malformed(f"JSON deserialization error: the value of '{name}' is not a single value.")
    request_id = jobs.enqueue(call, extension, kind, len(items))
    return replies.json({"requestId": request_id, "resultMessages": []}, 202)


def _target(call: Call) -> DataExtension:
    reference = call.parameters.get("key", "")
    object_id = call.parameters.get("id", "")
    extension = None
    if reference or schema.is_guid(object_id):
        extension = call.tenant.find(call.grant.mid, reference or object_id)
    if extension is None:
        message = (
            "Failed to resolve the Custom Object from the provided ObjectReferenceIdentifier "
            f"[Id: {object_id or '00000000-0000-0000-0000-000000000000'}, Key: {reference}]."
        )
        raise Refusal(_message_reply(int(call.tenant.switches["unknown_de_async"]), "CustomObjectNotFound", message))
    return extension


def job_status(call: Call) -> Reply:
    """`GET /data/v1/async/{requestId}/status`; the outer requestId is this call's own (documented)."""
    job = jobs.find(call, call.parameters["request"])
    if job is None:
        return _not_found(call)
    status: dict[str, object] = {
        "callDateTime": _time(job.called),
        "pickupDateTime": _time(job.due),
        "completionDateTime": _time(job.completed) if job.is_complete and job.completed else None,
        "hasErrors": job.is_complete and job.errors > 0,
        "requestStatus": "Complete" if job.is_complete else "Pending",
        "resultStatus": "Has Errors" if job.is_complete and job.errors else "OK",
        "requestId": job.id,
    }
    if not job.is_complete:
        del status["completionDateTime"], status["resultStatus"]
    return replies.json({"status": status, "requestId": new_id(), "resultMessages": []})


def job_results(call: Call) -> Reply:
    """`GET /data/v1/async/{requestId}/results`: one item per row in submission order (observed)."""
    job = jobs.find(call, call.parameters["request"])
    if job is None or not job.is_complete:
        return _not_found(call, wrapped=call.tenant.switches["result_messages"] == "wrapped")
    page, _ = call.page(PAGE, PAGE)
    start, end = 0, job.total
    if call.tenant.switches["results_paging"] == "paged":
        start, end = (page - 1) * PAGE, min(page * PAGE, job.total)
    query = "SELECT position, item FROM job_errors WHERE job = ? AND position >= ? AND position < ?"
    errors: dict[int, bytes] = dict(call.tenant.store.connection.execute(query, (job.number, start, end)).fetchall())
    good = orjson.dumps(_DONE.get(job.kind, _DONE["upsert"]))
    items = b",".join([errors.get(position, good) for position in range(start, end)])
    head = {"page": page, "pageSize": PAGE, "count": job.total, "requestId": job.id, "resultMessages": []}
    return Reply(200, orjson.dumps(head)[:-1] + b',"items":[' + items + b"]}")


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def _not_found(call: Call, *, wrapped: bool = False) -> Reply:
    message = (
        f"Unable to locate an Async Request Status Record for the provided RequestId: {call.parameters['request']}"
    )
    return _message_reply(200, "AsyncRequestStatusNotFound", message, wrapped=wrapped)


def _message_reply(status: int, code: str, message: str, *, wrapped: bool = False) -> Reply:
    entry: dict[str, object] = {
        "resultType": "Operational",
        "resultClass": "Error",
        "resultCode": code,
        "message": message,
    }
    messages = [{"resultMessage": entry} if wrapped else entry]
    return replies.json({"requestId": new_id(), "resultMessages": messages}, status)


_WRITE, _READ = ("data_extensions_write",), ("data_extensions_read",)
ROUTES = (
    Route("POST", "/data/v1/async/dataextensions/key:{key}/rows", insert_rows, _WRITE),
    Route("PUT", "/data/v1/async/dataextensions/key:{key}/rows", upsert_rows, _WRITE),
    Route("POST", "/data/v1/async/dataextensions/{id}/rows", insert_rows, _WRITE),
    Route("PUT", "/data/v1/async/dataextensions/{id}/rows", upsert_rows, _WRITE),
    Route("GET", "/data/v1/async/{request}/status", job_status, _READ),
    Route("GET", "/data/v1/async/{request}/results", job_results, _READ),
)
