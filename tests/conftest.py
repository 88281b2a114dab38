"""What holds for every test: no real home, no real keychain, no screen, nothing left behind."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from mcconsole.ui import system

pytest_plugins = ["tests.tenant"]

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

PROGRAMS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "dbus-run-session": "dbus",
    "gnome-keyring-daemon": "gnome-keyring",
    "curl": "curl",
}
"""Program to Debian package: what walking through the real window, the real keychain and pasted calls needs."""


def _missing_packages() -> list[str]:
    needed = system.COMMON | system.X11
    packages = [package for library, package in needed.items() if not system.loads(library)]
    return packages + [package for program, package in PROGRAMS.items() if shutil.which(program) is None]


if packages := _missing_packages():
    sys.exit(
        "The tests need system packages that are missing; on Debian or Ubuntu: apt-get install " + " ".join(packages)
    )


def _virtual_screen() -> str:
    """Start an X server without a screen that ends with the tests; returns its display."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    atexit.register(server.wait)
    atexit.register(server.terminate)
    with os.fdopen(reading) as answer:
        return ":" + answer.readline().strip()


os.environ.pop("WAYLAND_DISPLAY", None)
os.environ["QT_QPA_PLATFORM"] = "xcb"
os.environ["DISPLAY"] = _virtual_screen()
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
for name in [
    n for n in os.environ if n.startswith("MCCONSOLE_") and not n.startswith(("MCCONSOLE_TEST", "MCCONSOLE_REQ"))
]:
    del os.environ[name]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh `MCCONSOLE_HOME` for each test."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("MCCONSOLE_HOME", str(folder))
    return folder


gc.disable()


@pytest.fixture(autouse=True)
def garbage_in_the_main_thread() -> Iterator[None]:
    """As in the program: collected in a worker, the widgets of an earlier test would end the process."""
    yield
    from mcconsole.ui.garbage import collect_what_is_due

    collect_what_is_due()


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    """A thread that outlives its test fails it."""
    before = set(threading.enumerate())
    yield
    # Python 3.11 keeps a stand-in for each Qt thread that it has seen, for ever; the job runner has its own tests.
    new = [t for t in threading.enumerate() if t not in before and not isinstance(t, threading._DummyThread)]
    left = [t for t in new if not t.name.startswith("pytest")]
    for thread in left:
        thread.join(timeout=5)
    assert not [t.name for t in left if t.is_alive()]
