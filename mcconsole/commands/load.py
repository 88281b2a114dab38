"""`mcconsole import`: a CSV file into a data extension."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mcconsole.commands import Commands
from mcconsole.commands.connect import Connection, add_profile, connect
from mcconsole.commands.terminal import (
    CANCELLED,
    CancelOnSignal,
    Meter,
    complain,
    confirm_typed,
    error_json,
    print_json,
    telling,
)
from mcconsole.core.errors import BadInput, ConsoleError, Refused
from mcconsole.core.jobs import Cancelled, JobContext

if TYPE_CHECKING:
    from mcconsole.features.imports.report import Result
    from mcconsole.features.imports.service import Prepared
    from mcconsole.features.imports.verify import Verification


T = TypeVar("T")


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    load = commands.add_parser("import", help="put a CSV file into a data extension")
    load.add_argument("file", type=Path, metavar="FILE", nargs="?")
    load.add_argument("--de", metavar="KEY", help="external key of the data extension")
    load.add_argument("--mode", choices=("upsert", "insert", "update", "overwrite"), help="upsert by default")
    load.add_argument("--route", choices=("auto", "sync", "async", "bulk", "seed"), help="auto by default")
    load.add_argument("--mapping", type=Path, metavar="FILE", help="a saved mapping; else columns are matched by name")
    load.add_argument(
        "--invalid",
        choices=("refuse", "skip"),
        help="when rows fail the check: send nothing (the default), or leave those rows out",
    )
    load.add_argument("--dry-run", action="store_true", help="check every row and send nothing")
    load.add_argument(
        "--trial", type=_positive, default=0, metavar="N", help="send the first N rows only; --resume sends the others"
    )
    load.add_argument(
        "--verify", choices=("all", "sample", "count"), help="afterwards read back and compare with the file"
    )
    load.add_argument("--list", action="store_true", help="the imports so far, newest first")
    load.add_argument("--resume", metavar="ID", help="go on with an import that was cut, cancelled or stopped")
    load.add_argument("--confirm", metavar="KEY", help="with --mode overwrite: the data extension's key once more")
    load.add_argument("--yes", action="store_true", help="do not ask before writing to production")
    load.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
    add_profile(load)
    load.set_defaults(run=run)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)


def _check_arguments(namespace: argparse.Namespace) -> None:
    ways = [namespace.file is not None or namespace.de is not None, namespace.list, namespace.resume is not None]
    chosen = (namespace.mapping, namespace.mode, namespace.route, namespace.invalid)
    options = any(one is not None for one in chosen) or namespace.dry_run or namespace.trial
    if sum(ways) != 1 or (ways[0] and None in (namespace.file, namespace.de)) or (options and not ways[0]):
        raise BadInput(
            "Say either a FILE and --de, or --list, or --resume with an ID.",
            advice="usage: mcconsole import FILE --de KEY, mcconsole import --list, or mcconsole import --resume ID; "
            "what is resumed keeps its mode, route and mapping",
        )


def run(namespace: argparse.Namespace) -> int:
    """Read, check, confirm, send and tell."""
    _check_arguments(namespace)
    if namespace.list:
        return _list(json_wanted=namespace.json)
    what = f"Import {namespace.file.name} into {namespace.de}" if namespace.file else f"Import {namespace.resume}"
    ctx = JobContext(Meter(), label=what)
    with CancelOnSignal(ctx) as signals, _reader_ahead(namespace):
        connection = connect(namespace, "imports")
        try:
            result = (_resume if namespace.resume is not None else _begin)(namespace, connection, ctx, signals)
            verified = _verify(namespace, connection, ctx, result)
        finally:
            connection.client.close()
        with telling():
            _print(result, verified, json_wanted=namespace.json)
    if namespace.verify is not None and ctx.cancelled:
        return CANCELLED
    return result.exit_code if verified is None else max(result.exit_code, verified.exit_code)


def _reader_ahead(namespace: argparse.Namespace) -> AbstractContextManager[None]:
    """The process that reads the file starts while this one loads what it needs of the network."""
    if namespace.resume is not None or not namespace.file.is_file():
        return nullcontext()
    from mcconsole.core.aside import ahead

    return ahead("mcconsole.features.imports.reader:work")


def _verify(
    namespace: argparse.Namespace, connection: Connection, ctx: JobContext, result: Result
) -> Verification | None:
    """Read back what was sent, where that was asked for and anything was."""
    if namespace.verify is None or not result.rows_sent or ctx.cancelled:
        return None
    from mcconsole.features.imports import history, verify

    how = verify.How(namespace.verify)
    try:
        return history.verify(ctx, connection.client, result.import_id, how)
    except ConsoleError as error:
        return verify.unproven(how, error)
    except Cancelled:
        return verify.unproven(how, ConsoleError("it was cancelled."))


def _begin(namespace: argparse.Namespace, connection: Connection, ctx: JobContext, signals: CancelOnSignal) -> Result:
    # Inside, as an extension module may crash when an interrupt is raised while it is loaded.
    from mcconsole.features.imports import calls

    schema = _meanwhile(partial(calls.schema, connection.client, namespace.de, ctx))
    from mcconsole.core import mapping, tables
    from mcconsole.features.imports import overlap, plan, service

    preview = tables.preview(namespace.file)
    chosen = mapping.load(namespace.mapping) if namespace.mapping else None
    modes = plan.Mode(namespace.mode or "upsert"), plan.Route(namespace.route or "auto")
    planned = plan.make_plan(preview, schema.result(), chosen, *modes)
    invalid = plan.Invalid(namespace.invalid or "refuse")
    rows = preview.estimated_rows
    at_once = invalid is plan.Invalid.SKIP and not (namespace.dry_run or namespace.trial)
    if at_once and connection.confirmed(yes=namespace.yes) and overlap.possible(planned, rows):
        return overlap.run(ctx, planned, connection.client, rows)
    intent = None if namespace.dry_run else service.Intent.into(connection.client, invalid)
    prepared = service.prepare(ctx, planned, intent)
    try:
        if namespace.dry_run or (prepared.summary.faulty and invalid is plan.Invalid.REFUSE):
            return service.checked(prepared, invalid)
        if not prepared.summary.good:
            return service.checked(prepared)
        _confirm(namespace, connection, signals, prepared, prepared.summary.good)
        ctx.check()
    except (ConsoleError, Cancelled):
        prepared.discard()
        raise
    try:
        return service.run(ctx, prepared, connection.client, trial_rows=namespace.trial)
    except Refused:
        prepared.discard()
        raise


def _meanwhile(call: Callable[[], T]) -> Future[T]:
    """Let a call to the tenant go on while something else is done; where that ends badly, nobody waits for the call."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # raised again where the result is asked for
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def _confirm(
    namespace: argparse.Namespace, connection: Connection, signals: CancelOnSignal, prepared: Prepared, rows: int
) -> None:
    """Overwriting is confirmed by the key, typed or given, in every environment; the rest by a yes in production."""
    plan, sentence = prepared.plan, _sentence(prepared, rows)
    if not plan.empties:
        connection.confirm(sentence, signals, yes=namespace.yes)
    elif namespace.confirm is None:
        confirm_typed(f"{sentence}; every row that is there now is deleted", plan.schema.key, signals)
    elif namespace.confirm != plan.schema.key:
        raise Refused(f"Not confirmed: --confirm says “{namespace.confirm}”, and the key is “{plan.schema.key}”.")


def _resume(namespace: argparse.Namespace, connection: Connection, ctx: JobContext, signals: CancelOnSignal) -> Result:
    from mcconsole.features.imports import history

    def confirm(prepared: Prepared, rows: int) -> None:
        _confirm(namespace, connection, signals, prepared, rows)

    return history.resume(ctx, connection.client, namespace.resume, confirm)


def _list(*, json_wanted: bool) -> int:
    from mcconsole.features.imports import history

    found = history.listed()
    if json_wanted:
        print_json({"imports": [entry.as_json() for entry in found]})
        return 0
    for entry in found:
        one = entry.result
        rows = f"{one.rows_succeeded:,} of {one.rows_read:,} rows landed"
        print("  ".join((one.import_id, one.state, entry.key, rows, entry.file)))
    return 0


def _sentence(prepared: Prepared, rows: int) -> str:
    schema = prepared.plan.schema
    return f"{prepared.plan.mode.capitalize()} {rows:,} rows into {schema.name} ({schema.key})"


def _print(result: Result, verified: Verification | None, *, json_wanted: bool) -> None:
    if json_wanted:
        print_json(result.as_json() | ({"verification": verified.as_json()} if verified else {}))
        return
    print(f"{result.state.capitalize()}: import {result.import_id}, route {result.route} ({result.route_reason})")
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
    if verified:
        print(f"Read back: {verified.verdict.replace('_', ' ')}. {verified.reason}")
    if verified and verified.difference_file:
        print(f"What differs: {verified.difference_file}")
    if result.resumable:
        print(f"To go on: mcconsole import --resume {result.import_id}")


def nothing(error: ConsoleError | None, arguments: Sequence[str]) -> dict[str, object]:
    """The contract's object for an import that never began."""
    if "--list" in arguments:
        return {"error": error_json(error)}
    counts = ("read", "left_out", "sent", "succeeded", "failed", "unknown", "not_sent")
    return {
        "import_id": None,
        "route": None,
        **{f"rows_{name}": 0 for name in counts},
        "seconds": 0.0,
        "failed_file": None,
        "error": error_json(error),
    }
