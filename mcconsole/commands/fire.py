"""`mcconsole fire`: one contact into a journey, and whether it entered."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mcconsole.commands import Commands
from mcconsole.commands.connect import Connection, add_profile, connect
from mcconsole.commands.terminal import CancelOnSignal, Meter, complain, error_json, give_up_stdout, print_json, say
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import JobContext

if TYPE_CHECKING:
    from mcconsole.features.journeys.service import Receipt


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    fire = commands.add_parser("fire", help="fire an API event for a contact, and prove that it entered the journey")
    fire.add_argument(
        "--event", metavar="KEY", required=True, help="event definition key of the journey's entry source"
    )
    fire.add_argument("--contact", metavar="KEY", required=True, help="contact key")
    fire.add_argument("--data", metavar="JSON", required=True, help="the event's data as JSON, or @FILE with it")
    fire.add_argument(
        "--verify", type=_seconds, metavar="SECONDS", help="look so long whether the contact entered; else do not look"
    )
    fire.add_argument("--yes", action="store_true", help="do not ask before firing in production, nor for a repetition")
    fire.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    add_profile(fire)
    fire.set_defaults(run=run)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 24 * 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return seconds


def run(namespace: argparse.Namespace) -> int:
    """Check, confirm, fire, watch and tell."""
    ctx = JobContext(Meter())
    with CancelOnSignal(ctx) as signals:
        connection = connect(namespace, "journeys")
        try:
            receipt = _one(namespace, connection, ctx, signals)
        finally:
            connection.client.close()
        try:
            _print(receipt, json_wanted=namespace.json)
            sys.stdout.flush()
        except OSError:
            give_up_stdout()
    return receipt.exit_code


def _one(namespace: argparse.Namespace, connection: Connection, ctx: JobContext, signals: CancelOnSignal) -> Receipt:
    from mcconsole.core import payload
    from mcconsole.features.journeys import service, situation

    data = payload.parse(_data_text(namespace.data), "--data")
    known = situation.look(connection.client, namespace.event, ctx)
    checked = service.check(ctx, connection.client, known, namespace.contact, data)
    service.demand(checked)
    for warning in checked.warnings:
        say(f"Note: {warning}")
    connection.confirm(f"Fire {known.source.name} for the contact {namespace.contact}", signals, yes=namespace.yes)
    return service.fire(ctx, connection.client, checked, budget=namespace.verify, force=namespace.yes)


def _data_text(given: str) -> str:
    if not given.startswith("@"):
        return given
    from mcconsole.core.payload import LIMIT

    path = Path(given[1:])
    try:
        if path.stat().st_size > LIMIT:
            raise BadInput(f"the data has more than {LIMIT:,} bytes.", path=path)
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}.", path=path) from None
    except UnicodeDecodeError:
        raise BadInput("is not UTF-8.", path=path) from None


def _print(receipt: Receipt, *, json_wanted: bool) -> None:
    if receipt.error is not None:
        complain(receipt.error)
    if json_wanted:
        print_json({**receipt.as_json(), "error": error_json(receipt.error)})
        return
    print(f"{receipt.verdict.replace('_', ' ').capitalize()}: {receipt.contact_key} → {receipt.event_definition_key}")
    print(receipt.reason)
    for stage in receipt.stages:
        print(f"{stage.name:>16}  {stage.mark:<7} {stage.text}")


def nothing(error: ConsoleError | None) -> dict[str, object]:
    """The contract's object for an event that was never fired."""
    return {
        "contact_key": None,
        "event_definition_key": None,
        "event_instance_id": None,
        "accepted": False,
        "verdict": "not_checked",
        "reason": str(error) if error is not None else "Cancelled; nothing was sent.",
        "error": error_json(error),
    }
