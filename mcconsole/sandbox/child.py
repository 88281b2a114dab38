"""A tenant in a process of its own, started and ended by this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

READY_LIMIT = 30.0
"""Seconds to wait for the ready line; a cold start on a slow disk takes a few."""
_TAIL = 4000


@dataclass(frozen=True, slots=True)
class Ready:
    """What a tenant says about itself when it is ready. The URLs end in `/`."""

    auth_url: str
    rest_url: str
    soap_url: str
    client_id: str
    client_secret: str
    account_id: int


class Child:
    """A running tenant. `tenant` is its ready line."""

    def __init__(self, process: subprocess.Popen[bytes], tenant: Ready) -> None:
        self._process = process
        self.tenant = tenant

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def stop(self, timeout: float = 5) -> int:
        """End the process, gently for `timeout` seconds, and return its exit code. Stopping twice does nothing."""
        return _end(self._process, timeout)

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        self._process.kill()
        _end(self._process, 5)


def start(*arguments: str, log: Path, limit: float = READY_LIMIT) -> Child:
    """Start `mcconsole sandbox` with these arguments, its stderr in `log`, and wait until it answers.

    Raises RuntimeError with the end of the log when it does not get ready within `limit` seconds.
    """
    frozen = getattr(sys, "frozen", False)
    program = [sys.executable] if frozen else [sys.executable, "-m", "mcconsole"]
    # An undrained pipe would stop the child when it is full, hence a file.
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*program, "sandbox", *arguments, "--parent-pipe"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            # Ctrl-C in the terminal is for the window, which then ends its child.
            start_new_session=os.name == "posix",
        )
    try:
        line = _first_line(process, limit)
        tenant = Ready(**json.loads(line))
    except (ValueError, TypeError):
        code = _end(process, 0)
        tail = log.read_bytes()[-_TAIL:].decode("utf-8", "replace").strip()
        raise RuntimeError(
            f"The sandbox tenant did not start (exit code {code}). The end of {log}:\n{tail or '(nothing)'}"
        ) from None
    except BaseException:
        _end(process, 0)
        raise
    return Child(process, tenant)


def _first_line(process: subprocess.Popen[bytes], limit: float) -> str:
    """Return the first line of stdout, or "" when none came in time."""
    stdout = process.stdout
    if stdout is None:
        return ""
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.append(stdout.readline(65536)), name="sandbox-ready", daemon=True)
    reader.start()
    reader.join(limit)
    return lines[0].decode() if lines else ""


def _end(process: subprocess.Popen[bytes], timeout: float) -> int:
    if process.stdin is not None:
        process.stdin.close()
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            code = process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
    if process.stdout is not None:
        process.stdout.close()
    return code
