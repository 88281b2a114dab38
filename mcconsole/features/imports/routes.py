"""How one batch is handed over on each route, and how its end is judged. Runs in a pool thread; keeps no state."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from mcconsole.api.client import Client
from mcconsole.core.errors import (
    ApiError,
    AuthFailed,
    BadAnswer,
    ConsoleError,
    NotFound,
    NotPermitted,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.journal import Kind, Outcome
from mcconsole.features.imports import calls
from mcconsole.features.imports.calls import Handed
from mcconsole.features.imports.plan import Plan, Route

_PERHAPS_SAVED = (
    "Sent with other rows, of which Marketing Cloud refused one and may have saved some; it says not which."
)

_CONTENTION = re.compile(r"deadlock|lock request time-?\s?out", re.IGNORECASE)
"""SQL Server's own words when rows were rolled back because of others (API reference 4.5, unverified)."""

_KEY_TAKEN = re.compile(r"violation of primary key", re.IGNORECASE)
"""An inserted row whose key is there may take its neighbours down, each with its words (4.5, unverified)."""

TURNED_AWAY = (NotSent, AuthFailed, NotPermitted, NotFound, RateLimited)
"""Errors after which no later batch would fare better, and of whose rows none was taken."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of a batch. Rows that are neither among `succeeded` nor in `outcomes` were not sent."""

    succeeded: int
    outcomes: tuple[Outcome, ...] = ()
    error: ConsoleError | None = None
    """What stopped this batch, where something did."""
    refused: bool = False
    """Whether the batch was refused as one, so that nothing of it was carried out and the bad row is not named."""
    again: tuple[Outcome, ...] = ()
    """Rows that failed only because of others at the same moment, such as the victim of a deadlock."""
    twice: bool = False
    """Whether rows may have been taken once before, by a request whose answer was lost."""
    doubtful: bool = False
    """Whether rows are unknown for want of a usable answer, so that asking again, or upserting again, may help."""


def hand_over(
    client: Client, plan: Plan, route: Route, rows: bytes, numbers: Sequence[int], ctx: JobContext
) -> Handed | Settled:
    """Send a batch (JSON array of flat rows). Raises no ConsoleError: every one is an ending.

    The client says Cancelled only where nothing was carried out, so such a batch ends as not sent.
    """
    try:
        if route is Route.ASYNC:
            return calls.send_async(client, plan.schema.key, plan.mode.value, rows, len(numbers), ctx)
        keyed = [_keyed(row, plan) for row in orjson.loads(rows)]
        if route is Route.SEED:
            return _seed(client, plan.schema.key, keyed, numbers, ctx)
        return _sync(client, plan.schema.key, keyed, numbers, ctx)
    except Cancelled:
        return Settled(0)
    except ConsoleError as error:
        return _ending(error, numbers)


def _ending(error: ConsoleError, numbers: Sequence[int]) -> Settled:
    if isinstance(error, TURNED_AWAY) or not isinstance(error, ApiError):
        return Settled(0, error=error)
    if isinstance(error, (OutcomeUnknown, BadAnswer)):
        said = f" Marketing Cloud says: {error.said}" if error.said else ""
        return all_unknown(numbers, f"{error}{said}", error)
    return Settled(0, tuple(Outcome(n, Kind.FAILED, words(error)) for n in numbers), error, refused=True)


def all_unknown(numbers: Sequence[int], reason: str, error: ConsoleError | None = None) -> Settled:
    """The ending of a batch of which nobody can say what became."""
    return Settled(0, tuple(Outcome(n, Kind.UNKNOWN, reason) for n in numbers), error, doubtful=True)


def words(error: ConsoleError) -> str:
    """Marketing Cloud's own words where there are any, else ours."""
    return error.said or str(error)


def _keyed(row: dict[str, str], plan: Plan) -> dict[str, object]:
    names = {field.name for field in plan.schema.keys}
    return {
        "keys": {name: value for name, value in row.items() if name in names},
        "values": {name: value for name, value in row.items() if name not in names},
    }


def _sync(client: Client, key: str, rows: list[dict[str, object]], numbers: Sequence[int], ctx: JobContext) -> Settled:
    """One call; refused, it goes again row by row, as its error names no row (API reference 4.4, observed)."""
    try:
        return Settled(len(rows), twice=calls.upsert_sync(client, key, rows, ctx).twice)
    except TURNED_AWAY:
        raise
    except Rejected:
        succeeded, twice = 0, False
    outcomes: list[Outcome] = []
    for at, number in enumerate(numbers):
        try:
            twice |= calls.upsert_sync(client, key, rows[at : at + 1], ctx).twice
            succeeded += 1
        except (Cancelled, ConsoleError) as error:
            if isinstance(error, Rejected) and not isinstance(error, TURNED_AWAY):
                outcomes.append(Outcome(number, Kind.FAILED, words(error)))
                continue
            # The refused call is not atomic: it may have saved any row that was not asked after one by one.
            outcomes += all_unknown(numbers[at:], _PERHAPS_SAVED).outcomes
            return Settled(succeeded, tuple(outcomes), None if isinstance(error, Cancelled) else error, doubtful=True)
    return Settled(succeeded, tuple(outcomes), twice=twice)


def _seed(
    client: Client, key: str, rows: list[dict[str, object]], numbers: Sequence[int], ctx: JobContext
) -> Handed | Settled:
    """The seed's route: without a request id nobody can say what became of the rows (API reference 4.5b, observed)."""
    handed = calls.send_seed(client, key, rows, ctx)
    if handed.request_id:
        return handed
    unknown = all_unknown(numbers, "Accepted on the route dataeventsasync, which names no request to ask after.")
    return replace(unknown, doubtful=False)


def ask(
    client: Client, route: Route, request_id: str, numbers: Sequence[int], ctx: JobContext
) -> calls.JobStatus | Settled:
    """The ending of an accepted batch, or its status while there is none. Raises ApiError when it cannot be asked."""
    if route is Route.SEED:
        return _judge_seed(calls.seed_status(client, request_id, ctx), numbers)
    status = calls.status(client, request_id, ctx)
    if status.landed:
        return Settled(len(numbers))
    if status.request_status not in ("Complete", "Error"):
        return status
    return judge(status, list(calls.results(client, request_id, len(numbers), ctx)), numbers)


def judge(status: calls.JobStatus, fates: Sequence[str], numbers: Sequence[int]) -> Settled:
    """Match results to rows by position; a count that differs from what was sent proves nothing (4.5a, observed)."""
    if len(fates) != len(numbers):
        said = f": {status.said}" if status.said else ""
        state = f"{status.request_status} {status.result_status}".strip()
        return all_unknown(
            numbers,
            f"Marketing Cloud says {state}, and its results are not those of "
            f"the {len(numbers):,} rows that were sent ({len(fates):,} can be read){said}",
        )
    bad = [Outcome(n, Kind.FAILED, fate) for n, fate in zip(numbers, fates, strict=True) if fate]
    again = tuple(outcome for outcome in bad if _CONTENTION.search(outcome.reason))
    failed = tuple(outcome for outcome in bad if not _CONTENTION.search(outcome.reason))
    refused = len(bad) == len(numbers) > 1 and len(set(fates)) == 1 and _KEY_TAKEN.search(fates[0]) is not None
    return Settled(len(numbers) - len(bad), failed, refused=refused, again=again)


def _judge_seed(status: calls.JobStatus, numbers: Sequence[int]) -> calls.JobStatus | Settled:
    if status.request_status == "Complete" and not status.has_errors:
        return Settled(len(numbers))
    if status.request_status in ("Complete", "Error"):
        said = status.said or "no reason given"
        return all_unknown(numbers, f"Marketing Cloud says {status.request_status} for the whole batch: {said}")
    return status
