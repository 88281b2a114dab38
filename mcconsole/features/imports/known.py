"""Update only: no row API has that mode, so the keys that are there are read first, and the other rows are left out.

Keys count letter by letter: whether the platform takes “a” for “A” is unverified, and a row too many must not be added.
"""

from __future__ import annotations

from itertools import islice

import orjson

from mcconsole.api import paging
from mcconsole.api.client import Client
from mcconsole.core import meaning
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.journal import Batch, BatchState, Journal, Kind, Outcome
from mcconsole.features.imports.plan import Plan

NOT_THERE = "The data extension has no row with this key, and only rows that are there are updated."
NOTED = "unknown_keys"
"""The note of how many rows were left out, once all planned batches were looked at."""
_AT_ONCE = 2500


def leave_out_unknown(ctx: JobContext, client: Client, plan: Plan, journal: Journal) -> int:
    """Take the rows whose key the data extension does not have out of the planned batches; returns how many.

    Once done it is noted, so that an import that goes on does not read the keys again. Sends nothing.
    """
    noted = journal.about().get(NOTED)
    if isinstance(noted, int):
        return noted
    _read_keys(ctx, client, plan, journal)
    for batch in journal.batches(state=BatchState.PLANNED):
        ctx.check()
        _sift(plan, journal, batch)
    left_out = journal.count_left_out_good()
    journal.note(**{NOTED: left_out})
    journal.forget_known()
    return left_out


def _read_keys(ctx: JobContext, client: Client, plan: Plan, journal: Journal) -> None:
    journal.forget_known()
    rows = paging.custom_object_rows(client, plan.schema.key, size=_AT_ONCE, label="Read the keys", ctx=ctx)
    keys = (meaning.key_read(plan.schema.keys, {**row.get("keys", {}), **row.get("values", {})}) for row in rows)
    read = 0
    while part := list(islice(keys, _AT_ONCE)):
        journal.add_known(part)
        read += len(part)
        ctx.report(Progress(note=f"{read:,} keys of the data extension read"))


def _sift(plan: Plan, journal: Journal, batch: Batch) -> None:
    numbers, rows = journal.numbers(batch), orjson.loads(journal.body(batch))
    keys = [meaning.key_sent(plan.schema.keys, row) for row in rows]
    known = journal.known(keys)
    if all(key in known for key in keys):
        return
    kept = [(number, row) for number, row, key in zip(numbers, rows, keys, strict=True) if key in known]
    gone = [
        Outcome(number, Kind.LEFT_OUT, NOT_THERE) for number, key in zip(numbers, keys, strict=True) if key not in known
    ]
    remaining = None
    if kept:
        body = orjson.dumps([row for _, row in kept])
        remaining = journal.spooled(body, [number for number, _ in kept], batch.wave)
    journal.replace_batch(batch, remaining, gone)
