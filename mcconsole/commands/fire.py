"""`mcconsole fire`: contacts into a journey, one or many, and whether they entered."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mcconsole.commands import Commands, people
from mcconsole.commands.connect import Connection, add_profile
from mcconsole.commands.given import Ways, json_text, seconds, value_of, way
from mcconsole.commands.terminal import CancelOnSignal, print_json, say
from mcconsole.core.errors import ApiError, BadInput, ConsoleError, Refused
from mcconsole.core.jobs import Cancelled, JobContext

if TYPE_CHECKING:
    from mcconsole.features.journeys.run import Run
    from mcconsole.features.journeys.service import Receipt


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    fire = commands.add_parser("fire", help="fire an API event for a contact, and prove that it entered the journey")
    fire.add_argument("--event", metavar="KEY", help="event definition key of the journey's entry source")
    fire.add_argument("--contact", metavar="KEY", help="contact key")
    fire.add_argument("--data", metavar="JSON", help="the event's data as JSON, or @FILE with it")
    fire.add_argument("--csv", type=Path, metavar="FILE", help="fire for every contact of a CSV file")
    fire.add_argument("--mapping", type=Path, metavar="FILE", help="a saved mapping; else columns are matched by name")
    fire.add_argument("--list", action="store_true", help="the runs of many contacts so far, newest first")
    fire.add_argument("--resume", metavar="ID", help="go on with a run that was cut; nothing is fired twice")
    fire.add_argument(
        "--verify", type=seconds, metavar="SECONDS", help="look so long whether the contact entered; else do not look"
    )
    fire.add_argument("--yes", action="store_true", help="do not ask before firing in production, nor for a repetition")
    fire.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    add_profile(fire)
    fire.set_defaults(run=run)


_WAYS: Ways = {
    "contact": ({"event", "contact", "data"}, set()),
    "csv": ({"event", "csv"}, {"mapping"}),
    "list": ({"list"}, set()),
    "resume": ({"resume"}, set()),
}


def run(namespace: argparse.Namespace) -> int:
    """Check, confirm, fire, watch and tell."""
    chosen = way(namespace, _WAYS)
    if chosen == "list":
        return _list(json_wanted=namespace.json)
    acts: dict[str, people.Act] = {"contact": _one, "csv": _many, "resume": _resume}
    return people.act_and_tell(acts[chosen], namespace, "journeys", "Fire events")


def _list(*, json_wanted: bool) -> int:
    from mcconsole.features.journeys import many

    found = many.listed()
    if json_wanted:
        print_json({"fires": found})
        return 0
    for one in found:
        print("  ".join(f"{one[name]}" for name in ("fire_id", "state", "event_definition_key", "file", "contacts")))
    return 0


def _one(namespace: argparse.Namespace, connection: Connection, ctx: JobContext, signals: CancelOnSignal) -> Receipt:
    from mcconsole.core import payload
    from mcconsole.core.findings import demand
    from mcconsole.features.journeys import service, situation

    data = payload.parse(json_text(namespace.data), "--data")
    known = situation.look(connection.client, namespace.event, ctx)
    checked = service.check(ctx, connection.client, known, namespace.contact, data)
    demand(checked.findings)
    for warning in checked.warnings:
        say(f"Note: {warning}")
    connection.confirm(f"Fire {known.source.name} for the contact {namespace.contact}", signals, yes=namespace.yes)
    return service.fire(ctx, connection.client, checked, budget=namespace.verify, force=namespace.yes)


def _many(namespace: argparse.Namespace, connection: Connection, ctx: JobContext, signals: CancelOnSignal) -> Run:
    from mcconsole.core import mapping
    from mcconsole.features.journeys import contacts_file, many, situation

    chosen = mapping.load(namespace.mapping) if namespace.mapping else None
    known = situation.look(connection.client, namespace.event, ctx)
    planned = contacts_file.plan(namespace.csv, known, chosen)
    prepared = many.prepare(ctx, connection.client, planned, budget=namespace.verify)
    try:
        for warning in prepared.warnings:
            say(f"Note: {warning}")
        connection.confirm(f"Fire {known.source.name} for {prepared.count:,} contacts", signals, yes=namespace.yes)
        return many.run(ctx, connection.client, prepared, budget=namespace.verify, force=namespace.yes)
    except (ApiError, BadInput, Refused, Cancelled):  # nothing was sent
        prepared.discard()
        raise


def _resume(namespace: argparse.Namespace, connection: Connection, ctx: JobContext, signals: CancelOnSignal) -> Run:
    from mcconsole.features.journeys import many

    found = many.told(namespace.resume)
    if found.not_sent and not found.finished:
        what = f"Fire {found.event_definition_key} for the {found.not_sent:,} contacts that are left"
        connection.confirm(what, signals, yes=namespace.yes)
    return many.resume(ctx, connection.client, namespace.resume, budget=namespace.verify)


def nothing(error: ConsoleError | None, arguments: Sequence[str]) -> dict[str, object]:
    """The contract's object for what was never fired; of many where the arguments ask for many."""
    one = {
        "contact_key": value_of(arguments, "--contact"),
        "event_definition_key": value_of(arguments, "--event"),
        "event_instance_id": None,
        "accepted": False,
        "verdict": "not_checked",
        "reason": str(error) if error is not None else "Cancelled; nothing was sent.",
    }
    counts = dict.fromkeys(("entered", "not_entered", "not_proven", "not_checked", "not_sent"), 0)
    return people.nothing(error, arguments, one, {"fire_id": None, "contacts": [], **counts})
