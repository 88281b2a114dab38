"""Errors of our own: said in words, kept with their details, never swallowed."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from mcconsole import __version__
from mcconsole.core import redact
from mcconsole.core.errors import ConsoleError


class _Reporter(QObject):
    """Carries a crash from any thread to the window."""

    crashed = Signal(object)
    """With the traceback as text, in the GUI thread of whoever listens."""


reporter = _Reporter()


def in_words(fault: BaseException | None) -> ConsoleError:
    """What the user is told of an error of our own."""
    kind = f" ({type(fault).__name__})" if fault is not None else ""
    return ConsoleError(
        f"This is an error of mcconsole itself{kind}.",
        advice="Nothing more was done. Copy the details from the message at the top and report them.",
    )


def report(fault: BaseException) -> None:
    """Print the traceback to stderr and hand it to the window."""
    _tell(type(fault), fault, fault.__traceback__)


def install() -> None:
    """Catch what would otherwise end in nowhere: exceptions in slots and in Python threads."""
    sys.excepthook = _tell
    threading.excepthook = lambda args: _tell(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)


def _tell(kind: type[BaseException], fault: BaseException, _trace: TracebackType | None) -> None:
    text = redact.told(fault)
    if sys.stderr is not None:
        sys.stderr.write(text)
    if not issubclass(kind, (KeyboardInterrupt, SystemExit)):
        reporter.crashed.emit(f"mcconsole {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n\n{text}")
