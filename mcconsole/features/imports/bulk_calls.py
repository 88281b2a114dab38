"""The calls of Bulk Data Ingest (API reference 5.2): routes and states are documented, most of the answers are not."""

from __future__ import annotations

from dataclasses import dataclass

from mcconsole.api.client import Answer, Client
from mcconsole.api.operations import Operation
from mcconsole.core.errors import BadAnswer
from mcconsole.core.jobs import JobContext
from mcconsole.features.imports.plan import Mode

_READ, _WRITE = "data_extensions_read", "data_extensions_write"
_JOB = "/data/v1/bulk/ingest/{job}"

CREATE = Operation("bulk.create", "POST", "/data/v1/bulk/ingest", scope=_WRITE)
"""Made twice, one job stays without rows until it expires."""
STAGE = Operation("bulk.stage", "PUT", f"{_JOB}/batches", scope=_WRITE, keep_body=False)
STAGE_ONCE = Operation("bulk.stage", "PUT", f"{_JOB}/batches", scope=_WRITE, once=True, keep_body=False)
"""Each call is kept as one file, so that rows without a key would be there twice."""
COMPLETE = Operation("bulk.complete", "POST", f"{_JOB}/batches/complete", scope=_WRITE, once=True)
ABORT = Operation("bulk.abort", "DELETE", _JOB, scope=_WRITE)
STATUS = Operation("bulk.status", "GET", _JOB, scope=_READ, reads=True)
SUMMARY = Operation("bulk.summary", "GET", f"{_JOB}/summary", scope=_READ, reads=True)
COMPLAINTS = Operation("bulk.complaints", "GET", f"{_JOB}/validation/summary", scope=_READ, reads=True)
RESULTS = Operation("bulk.results", "GET", f"{_JOB}/validation/results", scope=_READ, reads=True)

LIFE = 8
"""Hours until a job expires that is not complete; the most there is (5.2, documented)."""
UPDATE_TYPES = {
    Mode.UPSERT: "AddAndUpdate",
    Mode.INSERT: "AddAndDoNotUpdate",
    Mode.UPDATE: "UpdateButDoNotAdd",
    Mode.OVERWRITE: "Overwrite",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What the summary of a finished job says; None where it names no number (names after 5.1, unverified)."""

    total: int | None
    succeeded: int | None


def create(client: Client, key: str, mode: Mode, ctx: JobContext) -> str:
    """Define a job; returns its id."""
    body = {"destinationCustomerKey": key, "updateType": UPDATE_TYPES[mode], "jobExpirationHours": LIFE}
    answer = client.rest(CREATE, json=body, label="Define a bulk job", ctx=ctx)
    job = _document(answer).get("bulkApiDefinitionId")
    if not isinstance(job, str) or not job:
        raise BadAnswer("The bulk job was defined without an id.", exchange=answer.exchange)
    return job


def stage(client: Client, job: str, rows: bytes, count: int, ctx: JobContext, *, once: bool) -> None:
    """Hand over rows (JSON array of flat objects), which land only when the job is completed."""
    operation = STAGE_ONCE if once else STAGE
    label = f"Stage {count:,} rows"
    client.rest(operation, path={"job": job}, body=b'{"items":' + rows + b"}", label=label, ctx=ctx)


def complete(client: Client, job: str, ctx: JobContext) -> None:
    """Let the job begin. When nobody knows whether it did, its status tells."""
    client.rest(COMPLETE, path={"job": job}, label="Begin the bulk job", ctx=ctx)


def abort(client: Client, job: str, ctx: JobContext) -> None:
    """Take back a job that was not completed, with all its rows."""
    client.rest(ABORT, path={"job": job}, label="Take back the bulk job", ctx=ctx)


def status(client: Client, job: str, ctx: JobContext) -> str:
    """New, Staging, Queued, Processing, Complete or Error (documented)."""
    answer = client.rest(STATUS, path={"job": job}, label="Ask how far the bulk job is", ctx=ctx)
    found = _document(answer).get("jobStatus")
    if not isinstance(found, str):
        raise BadAnswer("The bulk job has no status.", exchange=answer.exchange)
    return found


def summary(client: Client, job: str, ctx: JobContext) -> Counts:
    """How many rows landed."""
    found = _document(client.rest(SUMMARY, path={"job": job}, label="Read the summary of the bulk job", ctx=ctx))
    counts = found.get("summary", found)
    if not isinstance(counts, dict):
        return Counts(None, None)
    return Counts(_number(counts, "totalRows"), _number(counts, "successfulRows"))


def complaints(client: Client, job: str, ctx: JobContext) -> list[str]:
    """Marketing Cloud's words on rows that did not land, from the validation's summary, else from its results."""
    for operation in (COMPLAINTS, RESULTS):
        found = _document(client.rest(operation, path={"job": job}, label="Read the validation", ctx=ctx))
        listed = next((value for value in found.values() if isinstance(value, list) and value), [])
        texts = [str(one["message"]) for one in listed if isinstance(one, dict) and "message" in one]
        if texts:
            return list(dict.fromkeys(texts))
    return []


def _number(counts: dict[str, object], name: str) -> int | None:
    value = counts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _document(answer: Answer) -> dict[str, object]:
    found = answer.json()
    if not isinstance(found, dict):
        raise BadAnswer("The answer is not a JSON object.", exchange=answer.exchange)
    return found
