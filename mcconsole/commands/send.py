"""`mcconsole send`: a message to one recipient or many, and what became of it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mcconsole.commands import Commands, people
from mcconsole.commands.connect import Connection, add_profile
from mcconsole.commands.given import Ways, json_text, seconds, value_of, way
from mcconsole.commands.terminal import CancelOnSignal, print_json, say
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import Cancelled, JobContext

if TYPE_CHECKING:
    from mcconsole.features.sends.definitions import Kind
    from mcconsole.features.sends.run import Receipt, Run

_WAYS: Ways = {
    "to": ({"definition", "to", "subscriber"}, {"attributes", "kind"}),
    "csv": ({"definition", "csv"}, {"mapping", "kind"}),
    "list": ({"list"}, set()),
    "resume": ({"resume"}, set()),
}


_COUNTS = ("sent", "not_sent", "not_known", "not_checked", "not_fired")


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    send = commands.add_parser("send", help="send through a triggered send or transactional definition, and follow it")
    send.add_argument("--definition", metavar="KEY", help="external key of the definition")
    send.add_argument(
        "--kind", choices=("triggered", "transactional"), help="which is meant where both systems have the key"
    )
    send.add_argument("--to", metavar="ADDRESS", help="e-mail address of the recipient")
    send.add_argument("--subscriber", metavar="KEY", help="subscriber key of the recipient")
    send.add_argument("--attributes", metavar="JSON", help="attributes of the message as JSON, or @FILE with it")
    send.add_argument("--csv", type=Path, metavar="FILE", help="send to every recipient of a CSV file")
    send.add_argument("--mapping", type=Path, metavar="FILE", help="a saved mapping; else columns are matched by name")
    send.add_argument("--list", action="store_true", help="the sends so far, newest first")
    send.add_argument("--resume", metavar="ID", help="go on with a send that was cut; nobody gets two messages")
    send.add_argument(
        "--wait", type=seconds, metavar="SECONDS", help="follow the message so long; else do not look what became of it"
    )
    send.add_argument(
        "--yes", action="store_true", help="do not ask before sending in production, nor for a repetition"
    )
    send.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    add_profile(send)
    send.set_defaults(run=run)


def run(namespace: argparse.Namespace) -> int:
    """Check, confirm, send, follow and tell."""
    chosen = way(namespace, _WAYS)
    if chosen == "list":
        return _list(json_wanted=namespace.json)
    acts: dict[str, people.Act] = {"to": _one, "csv": _many, "resume": _resume}
    return people.act_and_tell(acts[chosen], namespace, "sends", "Send messages")


def _list(*, json_wanted: bool) -> int:
    from mcconsole.features.sends import many

    found = many.listed()
    if json_wanted:
        print_json({"sends": found})
        return 0
    for one in found:
        of = f"{one['recipients']:,} recipients of {one['file']}" if one["file"] else "one recipient"
        counts = ", ".join(f"{one[name]:,} {name.replace('_', ' ')}" for name in _COUNTS if one[name])
        print("  ".join((*(str(one[name]) for name in ("send_id", "state", "definition_key")), of, counts)))
    return 0


def _kind(namespace: argparse.Namespace) -> Kind | None:
    from mcconsole.features.sends.definitions import Kind

    return Kind(namespace.kind) if namespace.kind else None


def _one(namespace: argparse.Namespace, connection: Connection, ctx: JobContext, signals: CancelOnSignal) -> Receipt:
    from mcconsole.core import payload
    from mcconsole.core.findings import demand
    from mcconsole.features.sends import service, situation
    from mcconsole.features.sends.calls import Recipient

    given = namespace.attributes
    attributes = payload.parse(json_text(given), "--attributes") if given is not None else {}
    known = situation.look(connection.client, namespace.definition, ctx, kind=_kind(namespace))
    checked = service.check(ctx, connection.client, known, Recipient(namespace.subscriber, namespace.to, attributes))
    try:
        demand(checked.findings)
        for warning in checked.warnings:
            say(f"Note: {warning}")
        connection.confirm(f"Send {known.definition.name} to {namespace.to}", signals, yes=namespace.yes)
        return service.send(ctx, connection.client, checked, budget=namespace.wait, force=namespace.yes)
    except ConsoleError as error:
        return service.refused(checked, error)


def _many(namespace: argparse.Namespace, connection: Connection, ctx: JobContext, signals: CancelOnSignal) -> Run:
    from mcconsole.core import mapping
    from mcconsole.features.sends import many, recipients_file, situation

    chosen = mapping.load(namespace.mapping) if namespace.mapping else None
    known = situation.look(connection.client, namespace.definition, ctx, kind=_kind(namespace))
    planned = recipients_file.plan(namespace.csv, known, chosen)
    prepared = many.prepare(ctx, connection.client, planned, budget=namespace.wait)
    try:
        for warning in prepared.warnings:
            say(f"Note: {warning}")
        connection.confirm(f"Send {known.definition.name} to {prepared.count:,} recipients", signals, yes=namespace.yes)
        ctx.check()
    except (ConsoleError, Cancelled):
        prepared.discard()
        raise
    return many.run(ctx, connection.client, prepared, budget=namespace.wait, force=namespace.yes)


def _resume(namespace: argparse.Namespace, connection: Connection, ctx: JobContext, signals: CancelOnSignal) -> Run:
    from mcconsole.features.sends import many

    found = many.told(namespace.resume)
    if found.may_leave and (not found.finished or namespace.wait is not None):
        what = f"Send {found.definition_key} to those of {found.may_leave:,} recipients that have got nothing yet"
        connection.confirm(what, signals, yes=namespace.yes)
    return many.resume(ctx, connection.client, namespace.resume, budget=namespace.wait)


def nothing(error: ConsoleError | None, arguments: Sequence[str]) -> dict[str, object]:
    """The contract's object for what was never sent; of many where the arguments ask for many."""
    one = {
        "definition_key": value_of(arguments, "--definition"),
        "kind": value_of(arguments, "--kind"),
        "to": value_of(arguments, "--to"),
        "subscriber_key": value_of(arguments, "--subscriber"),
        "request_id": None,
        "recipient_send_id": None,
        "message_key": None,
        "accepted": False,
        "outcome": "not_checked",
        "reason": str(error) if error is not None else "Cancelled; nothing was sent.",
    }
    return people.nothing(error, arguments, one, {"send_id": None, "recipients": [], **dict.fromkeys(_COUNTS, 0)})
