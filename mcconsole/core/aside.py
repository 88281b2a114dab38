"""Heavy work in a process of its own: what holds the interpreter lock in a thread would hold up the window."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext

Tell = Callable[[object], None]
"""Given to the work: hands something over while it goes on."""


def aside(ctx: JobContext, work: Callable[..., Any], *given: object, heard: Callable[[Any], object]) -> Any:
    """Run `work(tell, *given)` in a spawned process and return what it returns; a cancel ends the process.

    `work` is a function of a module without Qt; what it tells goes to `heard`, in the calling thread. A ConsoleError
    that it raises is raised here.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_work, args=(theirs, work, given), daemon=True, name=work.__name__)
    try:
        process.start()
        theirs.close()
        while True:
            ctx.check()
            if not ours.poll(0.1):
                continue
            try:
                ended, thing = ours.recv()
            except EOFError:
                process.join(5)
                ctx.check()
                raise ConsoleError(
                    f"A process that works for the window ended unexpectedly (code {process.exitcode}).",
                    advice="Try again; if it happens again, the machine may be short of memory.",
                ) from None
            if isinstance(thing, ConsoleError):
                raise thing
            if ended:
                return thing
            heard(thing)
    finally:
        if process.pid is not None:
            process.terminate()
            process.join()
        process.close()
        ours.close()


def _work(pipe: Connection, work: Callable[..., Any], given: tuple[object, ...]) -> None:
    """Run in the spawned process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends this process
    try:
        pipe.send((True, work(lambda thing: pipe.send((False, thing)), *given)))
    except ConsoleError as error:
        pipe.send((True, error))
    except BrokenPipeError:
        return
    except OSError as error:
        what = f"A process that works for the window could not go on: {error.strerror or error}."
        pipe.send((True, ConsoleError(what, advice="Make room on the disk, then try again.")))
