"""The life of a journey version: publish, stop, pause and resume (API reference 2.4)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace

import orjson

from mcconsole.sandbox import entries, interactions, journeys, replies, schema
from mcconsole.sandbox.journeys import Journey
from mcconsole.sandbox.replies import Reply, new_id, refusal
from mcconsole.sandbox.routing import Call, Route, folded

PAUSED_DAYS = 14
_IN_PROCESS = "PublishInProcess"


def publish(call: Call) -> Reply:
    """`POST /interactions/publishAsync/{id}?versionNumber=n`: its status is to be asked for (observed)."""
    journey = interactions.target(call)
    status_id, due = new_id(), time.time() + call.tenant.switches.seconds("publish_delay")
    with call.tenant.store.write() as connection:
        connection.execute(
            "INSERT INTO publications VALUES (?, ?, ?, ?, ?, '[]')",
            (status_id, journey.mid, journey.number, due, _IN_PROCESS),
        )
    call.tenant.entry_work.set()
    url = f"/interaction/v1/interactions/publishStatus/{status_id}"
    return replies.json({"statusUrl": url, "statusId": status_id})


def publish_status(call: Call) -> Reply:
    """`GET /interactions/publishStatus/{statusId}`: PublishInProcess, PublishCompleted or Error (observed)."""
    status_id = call.parameters["status"]
    query = "SELECT status, errors FROM publications WHERE mid = ? AND id = ?"
    row = call.tenant.store.connection.execute(query, (call.grant.mid, status_id.lower())).fetchone()
    if row is None:
        raise refusal(404, f"No publication exists for id '{status_id}'.", 30003)
    return replies.json({"status": row["status"], "errors": orjson.loads(row["errors"]), "warnings": []})


def settle_due(connection: sqlite3.Connection, moment: float) -> None:
    """Carry out the publications that are due."""
    query = "SELECT id, mid, journey FROM publications WHERE status = ? AND due <= ? ORDER BY due"
    for row in connection.execute(query, (_IN_PROCESS, moment)).fetchall():
        found = journeys.select(connection, row["mid"], "number = ?", [row["journey"]])
        problems = _publish(connection, found[0]) if found else ["The interaction does not exist any more."]
        # Codes are text (observed); which one belongs to these problems is not known.
        errors = [
            {"errorDetail": text, "errorCode": "121008", "errorType": "Error", "additionalInfo": {}}
            for text in problems
        ]
        status = "Error" if problems else "PublishCompleted"
        update = "UPDATE publications SET status = ?, errors = ? WHERE id = ?"
        connection.execute(update, (status, orjson.dumps(errors).decode(), row["id"]))


def _publish(connection: sqlite3.Connection, journey: Journey) -> list[str]:
    """Publish a version, which takes the place of the one that ran; returns what is wrong with it instead."""
    if journey.status not in ("Draft", "ScheduledToPublish"):
        return [f"The version is {journey.status} and cannot be published."]
    journey = journeys.save(connection, journey)
    if not journey.sources:
        return ["The journey has no entry source, or its event definition does not exist."]
    for former in journeys.select(connection, journey.mid, "id = ?", [journey.id]):
        if former.status in ("Published", "Paused"):
            journeys.save(connection, replace(former, status="Unpublished"))
            entries.release(connection, former)
    published = schema.server_time().partition(".")[0]
    journeys.save(connection, replace(journey, status="Published", published=published))
    return []


def stop(call: Call) -> Reply:
    """`POST /interactions/stop/{id}?versionNumber=n` (observed); whoever is in leaves at once."""
    with call.tenant.store.write() as connection:
        journey = interactions.target(call)
        if journey.status not in ("Published", "Paused", "Unpublished"):
            raise refusal(400, "An interaction must be running to be stopped.", 10000)
        journeys.save(connection, replace(journey, status="Stopped", retain=False))
        entries.release(connection, journey)
        entries.empty(connection, journey)
    call.tenant.entry_work.set()
    return replies.json({"message": "Journey stopped successfully"})


def pause(call: Call) -> Reply:
    """`POST /interactions/pause/key:{key}?versionNumber=n`: failures are 202 as well (documented).

    New contacts are ignored, or queue with `RetainContactInjectionWhileJourneyPaused`. `PausedDays` is only checked: a
    sandbox journey stays paused.
    """
    asked = folded(call.json()) if call.body else {}
    days = asked.get("pauseddays", PAUSED_DAYS)
    if not isinstance(days, int) or days < 1:
        return _failed("PausedDays is invalid.", 10005)
    retain = asked.get("retaincontactinjectionwhilejourneypaused") is True

    def change(journey: Journey) -> Journey:
        return replace(journey, status="Paused", retain=retain)

    # The text for what is not published is modelled on the one for resuming (unverified).
    return _change(call, "Published", change, "An interaction must be in published status to be paused.")


def resume(call: Call) -> Reply:
    """`POST /interactions/resume/key:{key}?versionNumber=n`: failures are 202 as well (documented)."""

    def change(journey: Journey) -> Journey:
        return replace(journey, status="Published", retain=False)

    return _change(call, "Paused", change, "An interaction must be in paused status to be resumed.")


def _change(call: Call, status: str, change: Callable[[Journey], Journey], complaint: str) -> Reply:
    every = call.query.get("allversions", "").lower() == "true"
    if not every and "versionnumber" not in call.query:
        return _failed("AllVersions=true or VersionNumber required.", 10005)
    with call.tenant.store.write() as connection:
        found = interactions.targets(call) if every else [interactions.target(call)]
        chosen = [journey for journey in found if journey.status == status]
        for journey in chosen:
            changed = journeys.save(connection, change(journey))
            if changed.status == "Published":
                entries.release(connection, changed)
    if not chosen:
        return _failed(complaint, 10000)
    call.tenant.entry_work.set()
    return replies.json({"status": "Accepted"}, 202)


def _failed(message: str, code: int) -> Reply:
    return replies.json({"message": message, "errorcode": code, "documentation": ""}, 202)


_EXECUTE, _READ = ("journeys_execute",), ("journeys_read",)
_ROOT = "/interaction/v1/interactions"
ROUTES = (
    Route("POST", f"{_ROOT}/publishAsync/key:{{key}}", publish, _EXECUTE),
    Route("POST", f"{_ROOT}/publishAsync/{{id}}", publish, _EXECUTE),
    Route("GET", f"{_ROOT}/publishStatus/{{status}}", publish_status, _READ),
    Route("POST", f"{_ROOT}/stop/key:{{key}}", stop, _EXECUTE),
    Route("POST", f"{_ROOT}/stop/{{id}}", stop, _EXECUTE),
    Route("POST", f"{_ROOT}/pause/key:{{key}}", pause, _EXECUTE),
    Route("POST", f"{_ROOT}/pause/{{id}}", pause, _EXECUTE),
    Route("POST", f"{_ROOT}/resume/key:{{key}}", resume, _EXECUTE),
    Route("POST", f"{_ROOT}/resume/{{id}}", resume, _EXECUTE),
)
