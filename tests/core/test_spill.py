"""Files of large bodies: of their owner, gone with their body, and gone when the console was killed."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys

import pytest

from mcconsole.core import spill
from mcconsole.core.spill import Spill


def test_a_file_is_of_its_owner_and_goes_with_its_body() -> None:
    held = Spill.of(b"body")
    assert held is not None
    path = held.path
    assert path.read_bytes() == b"body"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    spill.tidy()
    assert path.exists()
    del held
    assert not path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there only their age tells")
def test_what_a_killed_console_left_goes() -> None:
    ours = Spill()
    code = (
        "import os, signal; from mcconsole.core.spill import Spill; held = Spill.of(b'secret');"
        "print(held.path, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL
    left = ours.path.parent / ended.stdout.strip().rpartition("/")[2]
    assert left.exists()
    spill.tidy()
    assert not left.exists()
    assert ours.path.exists()
