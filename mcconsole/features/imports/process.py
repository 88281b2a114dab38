"""Work in a spawned process: reading and checking hold the interpreter lock, and the window must not wait for it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.imports.plan import Plan
from mcconsole.features.imports.reader import Reading

T = TypeVar("T")


def in_process(
    ctx: JobContext, target: Callable[[Connection, Plan, Path], None], plan: Plan, folder: Path, kind: type[T]
) -> T:
    """Run `target(pipe, plan, folder)` in a process of its own until it sends a `kind`; a ConsoleError is raised."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=target, args=(theirs, plan, folder), daemon=True, name="reader")
    try:
        process.start()
        theirs.close()
        while True:
            ctx.check()
            if not ours.poll(0.1):
                continue
            try:
                message = ours.recv()
            except EOFError:
                process.join(5)
                ctx.check()
                raise ConsoleError(
                    f"The process that reads the file ended unexpectedly (code {process.exitcode}).",
                    advice="Try again; if it happens again, the machine may be short of memory.",
                ) from None
            if isinstance(message, Reading):
                ctx.report(Progress(message.bytes_read, plan.size, f"{message.rows:,} rows read", message))
            elif isinstance(message, kind):
                return message
            else:
                raise message
    finally:
        process.terminate()
        process.join()
        process.close()
        ours.close()
