"""The command line. It adds no behaviour of its own: the window uses the same services."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

from mcconsole import __version__
from mcconsole.core.errors import BadInput, ConsoleError, Refused
from mcconsole.core.jobs import Cancelled, JobContext, Progress

if TYPE_CHECKING:
    from mcconsole.api.client import Client
    from mcconsole.core.tables import Preview
    from mcconsole.core.tenant import Environment
    from mcconsole.features.imports.report import Result
    from mcconsole.features.imports.service import Prepared

CANCELLED = 130
OUR_FAULT = 70


def main(arguments: Sequence[str]) -> int:
    """Run one command; without one, open the window. Returns the exit code of design section 6."""
    _make_streams_safe()
    importing, json_wanted = "import" in arguments, "--json" in arguments
    try:
        namespace = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = namespace.run
        return command(namespace)
    except ConsoleError as error:
        _complain(error)
        if json_wanted:
            _print_json(_nothing_imported(error) if importing else {"error": _error(error)})
        return error.exit_code
    except (Cancelled, KeyboardInterrupt):
        _say("Cancelled; nothing was sent.")
        if json_wanted:
            _print_json(_nothing_imported(None) if importing else {"error": None})
        return CANCELLED
    except BrokenPipeError:
        _give_up_stdout()
        return 1
    except Exception as error:
        traceback.print_exc()
        what = "This is an error of mcconsole itself; please report it with the lines above."
        _say(what)
        if json_wanted:
            # No figures: how far the command had come is not known here.
            _print_json({"error": _error(ConsoleError(f"{what} ({type(error).__name__})"))})
        return OUR_FAULT


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are errors like all others, so that they too are answered in JSON."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}.", advice=self.format_usage().rstrip())


def _parser() -> argparse.ArgumentParser:
    from mcconsole.sandbox import arguments as sandbox_arguments

    parser = _Parser(
        prog="mcconsole",
        description="A console for Salesforce Marketing Cloud Engagement. Without a command it opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"mcconsole {__version__}")
    parser.add_argument("--profile", metavar="NAME", help="connect with this profile")
    parser.add_argument("--sandbox", action="store_true", help="start a local tenant with demo data and connect to it")
    parser.add_argument("--selftest", action="store_true", help="build every tab off screen, print their ids, and exit")
    parser.set_defaults(run=_window)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    sandbox = commands.add_parser("sandbox", help="run a local Marketing Cloud tenant to test against")
    sandbox_arguments.add_arguments(sandbox)
    sandbox.set_defaults(run=_sandbox)

    preview = commands.add_parser("preview", help="show how a CSV file will be read")
    preview.add_argument("file", type=Path, metavar="FILE")
    preview.add_argument("--all", action="store_true", help="every row instead of the first 100")
    preview.add_argument("--json", action="store_true", help="one JSON object on stdout")
    preview.set_defaults(run=_preview)

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
    load.add_argument("--profile", metavar="NAME", default=argparse.SUPPRESS, help="connect with this profile")
    load.set_defaults(run=_import)
    return parser


def _window(namespace: argparse.Namespace) -> int:
    from mcconsole import app

    return app.selftest() if namespace.selftest else app.run(namespace.profile, namespace.sandbox)


def _sandbox(namespace: argparse.Namespace) -> int:
    from mcconsole.sandbox import arguments, server

    return server.serve(arguments.options(namespace))


def _preview(namespace: argparse.Namespace) -> int:
    from mcconsole.core import tables

    preview = tables.preview(namespace.file, limit=None if namespace.all else 100)
    if namespace.json:
        _print_json(_preview_json(preview))
    else:
        _print_preview(preview)
    return 0


def _preview_json(preview: Preview) -> dict[str, object]:
    dialect = preview.dialect
    return {
        "encoding": dialect.encoding,
        "delimiter": dialect.delimiter,
        "quotechar": dialect.quotechar,
        "escapechar": dialect.escapechar,
        "has_header": dialect.has_header,
        "skipped_lines": dialect.skipped_lines,
        "tables": preview.tables,
        "columns": preview.columns,
        "rows": preview.rows,
    }


def _print_preview(preview: Preview) -> None:
    for name, value in _preview_json(preview).items():
        if name not in ("columns", "rows"):
            print(f"{name.replace('_', ' '):>14}: {value if isinstance(value, (int, bool)) else repr(value)}")
    for warning in preview.warnings:
        print(f"{'note':>14}: {warning}")
    print()
    listed = ([preview.columns] if preview.columns else []) + preview.rows
    for row in listed:
        print(" | ".join(cell if len(cell) <= 40 else cell[:39] + "…" for cell in row))


@dataclass(frozen=True, slots=True)
class _Connection:
    client: Client
    environment: Environment
    name: str


def _connect(namespace: argparse.Namespace) -> _Connection:
    """The tenant named by `--profile`, or by the environment variables of design section 6."""
    from mcconsole.api.client import Client
    from mcconsole.core import paths, vault
    from mcconsole.core.profiles import ProfileStore
    from mcconsole.core.tenant import Credentials

    if namespace.profile is None:
        credentials, environment = Credentials.from_environment(os.environ)
        return _Connection(Client(credentials, feature="imports"), environment, credentials.tenant.auth_url)
    profile = ProfileStore(paths.home() / "profiles.json").by_name(namespace.profile)
    if profile is None:
        raise BadInput(
            f"There is no profile named “{namespace.profile}”.", advice="The Credentials tab lists the profiles."
        )
    secret = vault.KeychainVault().get(profile.id)
    if secret is None:
        raise BadInput(
            f"The keychain holds no secret for the profile “{profile.name}”.",
            advice="Enter it again in the Credentials tab, or use the MCCONSOLE_* environment variables.",
        )
    client = Client(profile.credentials(secret), profile=profile.name, feature="imports")
    return _Connection(client, profile.environment, profile.name)


def _import(namespace: argparse.Namespace) -> int:
    ctx = JobContext(_Meter())
    with _cancel_on_signal(ctx) as signals:
        # Inside, as an extension module may crash when an interrupt is raised while it is loaded.
        from mcconsole.core import mapping, tables
        from mcconsole.features.imports import calls, plan, service

        preview = tables.preview(namespace.file)
        chosen = mapping.load(namespace.mapping) if namespace.mapping else None
        connection = _connect(namespace)
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
                _confirm(connection, prepared, signals, yes=namespace.yes)
                ctx.check()
                result = service.run(ctx, prepared, connection.client)
        except (ConsoleError, Cancelled):
            prepared.discard()
            raise
        finally:
            connection.client.close()
        try:
            _print_result(prepared, result, json_wanted=namespace.json)
            sys.stdout.flush()
        except OSError:
            _give_up_stdout()
    return result.exit_code


def _confirm(connection: _Connection, prepared: Prepared, signals: _cancel_on_signal, *, yes: bool) -> None:
    """Writing to production is confirmed by `--yes` or at the terminal, in one sentence; otherwise it is refused."""
    from mcconsole.core.tenant import Environment

    if yes or connection.environment is not Environment.PRODUCTION:
        return
    schema = prepared.plan.schema
    unit = connection.client.credentials.account_id or "the package's own"
    sentence = (
        f"{prepared.plan.mode.capitalize()} {prepared.summary.good:,} rows into {schema.name} ({schema.key}) in "
        f"PRODUCTION, {connection.name}, business unit {unit}?"
    )
    if not sys.stdin.isatty():
        raise Refused(f"Not confirmed: {sentence}", advice="Say --yes to confirm without a terminal.")
    _say(f"{sentence} [y/N] ", end="")
    with signals.raised():
        said = sys.stdin.readline()
    if said.strip().lower() not in ("y", "yes"):
        raise Refused("Not confirmed; nothing was sent.")


def _print_result(prepared: Prepared, result: Result, *, json_wanted: bool) -> None:
    if json_wanted:
        _print_json(result.as_json())
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
        _complain(result.error)


def _nothing_imported(error: ConsoleError | None) -> dict[str, object]:
    """The contract's object for an import that never began."""
    counts = ("read", "left_out", "sent", "succeeded", "failed", "unknown", "not_sent")
    return {
        "import_id": None,
        "route": None,
        **{f"rows_{name}": 0 for name in counts},
        "seconds": 0.0,
        "failed_file": None,
        "error": _error(error),
    }


def _error(error: ConsoleError | None) -> dict[str, str] | None:
    return None if error is None else {"what": str(error), "said": error.said, "advice": error.advice}


def _complain(error: ConsoleError) -> None:
    _say(f"mcconsole: {error}")
    if error.said:
        _say(f"Marketing Cloud says: {error.said}")
    if error.advice:
        _say(error.advice)


def _say(text: str, end: str = "\n") -> None:
    """Tell the user something on stderr; a reader that went away must not end what is going on."""
    with suppress(OSError):
        print(text, end=end, file=sys.stderr, flush=True)


def _make_streams_safe() -> None:
    """Give the process the three streams that it may have been started without, and let any text be printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  (for good)
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _give_up_stdout() -> None:
    """Let what is still to be printed go nowhere, as nobody takes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


class _Meter:
    """Progress on stderr: a line that is written over at a terminal, now and then a line elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._pause = 0.1 if self._terminal else 5.0
        self._next = time.monotonic() + self._pause

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._pause
        end = "\r" if self._terminal else "\n"
        _say(f"{progress.note:<60}", end)


class _cancel_on_signal:  # noqa: N801  (a context manager reads as a word)
    """Ctrl-C and SIGTERM cancel the job in order; a second one ends the process at once.

    Afterwards both are ignored: there is nothing left to cancel, only the answer to be given.
    """

    def __init__(self, ctx: JobContext) -> None:
        self._ctx = ctx
        self._raise = False

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Let a signal raise Cancelled: a read from the terminal goes on after a handler that returns."""
        self._ctx.check()
        self._raise = True
        try:
            yield
        finally:
            self._raise = False

    def _handle(self, *_: object) -> None:
        if self._raise:
            raise Cancelled
        if self._ctx.cancelled:
            os._exit(CANCELLED)
        self._ctx.cancel()
        with suppress(OSError):  # written past Python's buffer, which may be in use where the signal struck
            os.write(sys.stderr.fileno(), b"Cancelling; what was accepted already cannot be recalled.\n")
