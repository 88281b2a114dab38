"""What `fire` and `send` have in common: one person or many, acted on over one connection, and told at the end."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mcconsole.commands.connect import Connection, connect
from mcconsole.commands.terminal import CancelOnSignal, Meter, complain, error_json, print_json, telling
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext

if TYPE_CHECKING:
    from mcconsole.features.journeys import run as fires
    from mcconsole.features.journeys import service as fire
    from mcconsole.features.sends import run as sends

    Told = fire.Receipt | fires.Run | sends.Receipt | sends.Run
    Act = Callable[[argparse.Namespace, Connection, JobContext, CancelOnSignal], Told]


def act_and_tell(act: Act, namespace: argparse.Namespace, feature: str, label: str) -> int:
    """Connect, act and print what came of it; returns the exit code."""
    ctx = JobContext(Meter(), label=label)
    with CancelOnSignal(ctx) as signals:
        connection = connect(namespace, feature)
        try:
            found = act(namespace, connection, ctx, signals)
        finally:
            connection.client.close()
        with telling():
            if found.error is not None:
                complain(found.error)
            if namespace.json:
                print_json({**found.as_json(), "error": error_json(found.error)})
            else:
                print("".join(f"{line}\n" for line in found.lines()), end="")
    return found.exit_code


def nothing(
    error: ConsoleError | None, arguments: Sequence[str], one: Mapping[str, object], many: Mapping[str, object]
) -> dict[str, object]:
    """The contract's object where nothing was done: for `one` person, or for `many` where the arguments ask for it."""
    several = any(word.partition("=")[0] in ("--csv", "--resume") for word in arguments)
    found = {} if "--list" in arguments else many if several else one
    return {**found, "error": error_json(error)}
