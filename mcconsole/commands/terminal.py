"""What the commands have in common: words on stderr, JSON on stdout, signals, and the yes before production."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from mcconsole.core.errors import ConsoleError, Refused
from mcconsole.core.jobs import Cancelled, JobContext, Progress

CANCELLED = 130


def error_json(error: ConsoleError | None) -> dict[str, str] | None:
    """An error as an object: what happened, what Marketing Cloud said, what to do next."""
    return None if error is None else {"what": str(error), "said": error.said, "advice": error.advice}


def complain(error: ConsoleError) -> None:
    """Tell an error on stderr."""
    say(f"mcconsole: {error}")
    if error.said:
        say(f"Marketing Cloud says: {error.said}")
    if error.advice:
        say(error.advice)


def say(text: str, end: str = "\n") -> None:
    """Tell the user something on stderr; a reader that went away must not end what is going on."""
    with suppress(OSError):
        print(text, end=end, file=sys.stderr, flush=True)


def make_streams_safe() -> None:
    """Give the process the three streams that it may have been started without, and let any text be printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  (for good)
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def give_up_stdout() -> None:
    """Let what is still to be printed go nowhere, as nobody takes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def telling() -> Iterator[None]:
    """What is printed in here need not be taken by anybody."""
    try:
        yield
        sys.stdout.flush()
    except OSError:
        give_up_stdout()


def print_json(value: object) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


class Meter:
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
        say(f"{progress.note:<60}", end)


class CancelOnSignal:
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


def confirm(sentence: str, signals: CancelOnSignal) -> None:
    """Ask at the terminal for what `sentence` says; Refused without a terminal, or without a yes."""
    if not sys.stdin.isatty():
        raise Refused(f"Not confirmed: {sentence}", advice="Say --yes to confirm without a terminal.")
    say(f"{sentence} [y/N] ", end="")
    with signals.raised():
        said = sys.stdin.readline()
    if said.strip().lower() not in ("y", "yes"):
        raise Refused("Not confirmed; nothing was sent.")


def confirm_typed(sentence: str, word: str, signals: CancelOnSignal) -> None:
    """Ask at the terminal for `word`, letter by letter; Refused without a terminal, or for anything else."""
    if not sys.stdin.isatty():
        raise Refused(f"Not confirmed: {sentence}.", advice=f"Say --confirm {word} to confirm without a terminal.")
    say(f"{sentence}. Type {word} to confirm: ", end="")
    with signals.raised():
        said = sys.stdin.readline()
    if said.strip() != word:
        raise Refused("Not confirmed; nothing was sent.")
