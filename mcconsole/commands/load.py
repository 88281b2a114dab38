"""`mcconsole import`: a CSV file into a data extension."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mcconsole.commands import Commands
from mcconsole.commands.connect import add_profile, connect
from mcconsole.commands.terminal import CancelOnSignal, Meter, complain, error_json, give_up_stdout, print_json
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import Cancelled, JobContext

if TYPE_CHECKING:
    from mcconsole.features.imports.report import Result
    from mcconsole.features.imports.service import Prepared


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    load = commands.add_parser("import", help="put a CSV file into a data extension")
    load.add_argument("file", type=Path, metavar="FILE")
    load.add_argument("--de", required=True, metavar="KEY", help="external key of the data extension")
    load.add_argument("--mode", choices=("upsert", "insert"), default="upsert")
    load.add_argument("--route", choices=("auto", "sync", "async", "seed"), default="auto")
    load.add_argument("--mapping", type=Path, metavar="FILE", help="a saved mapping; else columns are matched by name")
    load.add_argument(
        "--invalid",
        choices=("refuse", "skip"),
        default="refuse",
        help="when rows fail the check: send nothing, or leave those rows out",
    )
    load.add_argument("--dry-run", action="store_true", help="check every row and send nothing")
    load.add_argument("--yes", action="store_true", help="do not ask before writing to production")
    load.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    add_profile(load)
    load.set_defaults(run=run)


def run(namespace: argparse.Namespace) -> int:
    """Read, check, confirm, send and tell."""
    ctx = JobContext(Meter())
    with CancelOnSignal(ctx) as signals:
        # Inside, as an extension module may crash when an interrupt is raised while it is loaded.
        from mcconsole.core import mapping, tables
        from mcconsole.features.imports import calls, plan, service

        preview = tables.preview(namespace.file)
        chosen = mapping.load(namespace.mapping) if namespace.mapping else None
        connection = connect(namespace, "imports")
        schema = calls.schema(connection.client, namespace.de, ctx)
        planned = plan.make_plan(preview, schema, chosen, plan.Mode(namespace.mode), plan.Route(namespace.route))
        invalid = plan.Invalid(namespace.invalid)
        prepared = service.prepare(ctx, planned)
        try:
            if namespace.dry_run or (prepared.summary.faulty and invalid is plan.Invalid.REFUSE):
                result = service.checked(prepared, invalid)
            elif not prepared.summary.good:
                result = service.checked(prepared)
            else:
                connection.confirm(_sentence(prepared), signals, yes=namespace.yes)
                ctx.check()
                result = service.run(ctx, prepared, connection.client)
        except (ConsoleError, Cancelled):
            prepared.discard()
            raise
        finally:
            connection.client.close()
        try:
            _print(prepared, result, json_wanted=namespace.json)
            sys.stdout.flush()
        except OSError:
            give_up_stdout()
    return result.exit_code


def _sentence(prepared: Prepared) -> str:
    schema = prepared.plan.schema
    return f"{prepared.plan.mode.capitalize()} {prepared.summary.good:,} rows into {schema.name} ({schema.key})"


def _print(prepared: Prepared, result: Result, *, json_wanted: bool) -> None:
    if json_wanted:
        print_json(result.as_json())
        return
    print(f"{result.state.capitalize()}: {prepared.plan.path} → {prepared.plan.schema.name}")
    print(f"Route: {prepared.choice.route} ({prepared.choice.reason})")
    for name, count in (
        ("read", result.rows_read),
        ("left out", result.rows_left_out),
        ("landed", result.rows_succeeded),
        ("failed", result.rows_failed),
        ("unknown", result.rows_unknown),
        ("not sent", result.rows_not_sent),
    ):
        print(f"{count:>14,} {name}")
    for warning in result.warnings:
        print(f"Note: {warning}")
    for kind, reason, rows in result.reasons:
        print(f"{rows:>14,} {kind}: {reason}")
    if result.failed_file:
        print(f"Rows that did not land, with reasons: {result.failed_file}")
    if result.error:
        complain(result.error)


def nothing(error: ConsoleError | None, _: Sequence[str]) -> dict[str, object]:
    """The contract's object for an import that never began."""
    counts = ("read", "left_out", "sent", "succeeded", "failed", "unknown", "not_sent")
    return {
        "import_id": None,
        "route": None,
        **{f"rows_{name}": 0 for name in counts},
        "seconds": 0.0,
        "failed_file": None,
        "error": error_json(error),
    }
