"""Heavy work in a process of its own: what holds the interpreter lock in a thread would hold up the window."""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext

Tell = Callable[[object], None]
"""Given to the work: hands something over while it goes on."""
Work = Callable[..., Any]
"""A function of a module without Qt, called with a Tell and whatever else is given; a ConsoleError may be raised."""

T = TypeVar("T")
_ahead: dict[str, _Process] = {}


def aside(ctx: JobContext, work: Callable[..., T], *given: object, heard: Callable[[Any], object]) -> T:
    """Run `work(tell, *given)` in a spawned process and return what it returns; a cancel ends the process.

    What it tells goes to `heard`, in the calling thread. A ConsoleError that it raises is raised here.
    """
    name = f"{work.__module__}:{work.__qualname__}"
    process = _ahead.pop(name, None) or _Process(name)
    try:
        made: T = process.run(ctx, given, heard)
    finally:
        process.end()
    return made


@contextmanager
def ahead(name: str) -> Iterator[None]:
    """Start the process that `aside` will need for a work, as that takes its time; it ends where nobody needed it.

    The work is named "module:function", so that its module is imported over there alone.
    """
    process = _ahead[name] = _Process(name)
    try:
        yield
    finally:
        if _ahead.pop(name, None) is process:
            process.end()


class _Process:
    """A spawned process that knows its work, and waits to be told what it is given."""

    def __init__(self, name: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_work, args=(theirs, name), daemon=True, name=name)
        try:
            self._process.start()
        except BaseException:
            self._pipe.close()
            raise
        finally:
            theirs.close()

    def run(self, ctx: JobContext, given: tuple[object, ...], heard: Callable[[Any], object]) -> Any:
        """Let it do its work."""
        try:
            self._pipe.send(given)
            while True:
                ctx.check()
                if self._pipe.poll(0.1):
                    ended, thing = self._pipe.recv()
                    if isinstance(thing, ConsoleError):
                        raise thing
                    if ended:
                        return thing
                    heard(thing)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._process.join(5)
            ctx.check()
            raise ConsoleError(
                f"A process that works for the console ended unexpectedly (code {self._process.exitcode}).",
                advice="Try again; if it happens again, the machine may be short of memory.",
            ) from None

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.terminate()
        self._process.join()
        self._process.close()
        self._pipe.close()


def _work(pipe: Connection, name: str) -> None:
    """Run in the spawned process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        work: Work = pkgutil.resolve_name(name)
        given = pipe.recv()
        pipe.send((True, work(lambda thing: pipe.send((False, thing)), *given)))
    except ConsoleError as error:
        pipe.send((True, error))
    except (EOFError, BrokenPipeError):
        return
    except OSError as error:
        what = f"A process that works for the console could not go on: {error.strerror or error}."
        pipe.send((True, ConsoleError(what, advice="Make room on the disk, then try again.")))


def _end_with_parent() -> None:
    """When the console is killed, nobody else may meet this process still at work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
