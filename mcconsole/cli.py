"""The command line. It adds no behaviour of its own: the window uses the same services."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from mcconsole import __version__
from mcconsole.commands import connect, fire, load, preview, send
from mcconsole.commands.terminal import (
    CANCELLED,
    complain,
    error_json,
    give_up_stdout,
    make_streams_safe,
    print_json,
    say,
)
from mcconsole.core import redact
from mcconsole.core.errors import BadInput, ConsoleError
from mcconsole.core.jobs import Cancelled

OUR_FAULT = 70


def main(arguments: Sequence[str]) -> int:
    """Run one command; without one, open the window. Returns the exit code of design section 6."""
    make_streams_safe()
    json_wanted = "--json" in arguments
    nothing = next((_NOTHING[word] for word in arguments if word in _NOTHING), _only_error)
    try:
        namespace = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = namespace.run
        return command(namespace)
    except ConsoleError as error:
        complain(error)
        if json_wanted:
            print_json(nothing(error, arguments))
        return error.exit_code
    except (Cancelled, KeyboardInterrupt):
        say("Cancelled; nothing was sent.")
        if json_wanted:
            print_json(nothing(None, arguments))
        return CANCELLED
    except BrokenPipeError:
        give_up_stdout()
        return 1
    except Exception as error:
        sys.stderr.write(redact.told(error))
        what = "This is an error of mcconsole itself; please report it with the lines above."
        say(what)
        if json_wanted:
            # No figures: how far the command had come is not known here.
            print_json(_only_error(ConsoleError(f"{what} ({type(error).__name__})")))
        return OUR_FAULT
    finally:
        connect.end_history()


def _only_error(error: ConsoleError | None, _: Sequence[str] = ()) -> dict[str, object]:
    return {"error": error_json(error)}


_NOTHING: dict[str, Callable[[ConsoleError | None, Sequence[str]], dict[str, object]]] = {
    "import": load.nothing,
    "fire": fire.nothing,
    "send": send.nothing,
    "preview": preview.nothing,
}
"""What a command answers in JSON when it never began."""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are errors like all others, so that they too are answered in JSON.

    Names are not to be cut short: what is short for one name today would be refused when there are two.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

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

    preview.add(commands)
    load.add(commands)
    fire.add(commands)
    send.add(commands)
    return parser


def _window(namespace: argparse.Namespace) -> int:
    from mcconsole import app

    return app.selftest() if namespace.selftest else app.run(namespace.profile, namespace.sandbox)


def _sandbox(namespace: argparse.Namespace) -> int:
    from mcconsole.sandbox import arguments, server

    return server.serve(arguments.options(namespace))
