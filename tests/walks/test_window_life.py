"""The program as a process: it starts with its own tenant, and ends in time with nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

IN_TIME = 5.0
"""Seconds in which SIGTERM or a second close ends the program."""

DRIVER = """
import json, sys, threading
from PySide6.QtCore import QTimer
from mcconsole import app

way = sys.argv[1]
program = app.Program(sandbox=True)
runner = program.state.runner
never = threading.Event()

def connected(connection):
    if connection is None:
        return
    if way != "idle":
        runner.start(lambda ctx: never.wait(), key="stuck", label="Stuck")
    print(json.dumps({"child": program.child.pid, "bu": connection.business_unit_name}), flush=True)
    if way == "close twice":
        QTimer.singleShot(50, program.window.close)
        QTimer.singleShot(300, program.window.close)

program.state.connection_changed.connect(connected)
sys.exit(program.run(None))
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        os.sched_yield()
    return True


def start(way: str, errors: Path) -> tuple[subprocess.Popen[str], int]:
    """The program, connected to its tenant, and the tenant's process id."""
    with errors.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, way],
            stdout=subprocess.PIPE,
            stderr=file,
            stdin=subprocess.DEVNULL,
            text=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, errors.read_text()
    return process, json.loads(line)["child"]


@pytest.mark.parametrize("way", ["idle", "busy", "close twice"])
def test_it_ends_in_time_with_exit_0_and_no_child(way: str, tmp_path: Path, home: Path) -> None:
    errors = tmp_path / "stderr"
    process, child = start(way, errors)
    try:
        assert alive(child)
        begun = time.monotonic()
        if way != "close twice":
            process.send_signal(signal.SIGTERM)
        assert process.wait(IN_TIME + 5) == 0, errors.read_text()
        assert time.monotonic() - begun < IN_TIME
        assert wait_until(lambda: not alive(child), IN_TIME)
        assert "Traceback" not in errors.read_text()
        assert "QThread" not in errors.read_text()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir() if path.is_file()}
        assert modes.keys() >= {"sandbox.log", "settings.json"}
        assert set(modes.values()) == {0o600}
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mcconsole", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_selftest_prints_the_ids_and_touches_nothing(home: Path) -> None:
    done = run("--selftest", DISPLAY="", QT_QPA_PLATFORM="")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["credentials", "journeys", "sends", "imports", "responses"]
    assert list(home.iterdir()) == []


def test_without_a_screen_it_says_so_in_one_sentence() -> None:
    done = run(DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no screen" in done.stderr


def test_an_unknown_profile_opens_no_window() -> None:
    done = run("--profile", "nobody")
    assert done.returncode == 2
    assert "no profile named “nobody”" in done.stderr
