"""The real keychain: GNOME Keyring over the Secret Service, on a session bus and in a home of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.keychain

PROGRAMS = {"dbus-run-session": "dbus", "gnome-keyring-daemon": "gnome-keyring"}

SESSION = """
set -e
printf 'a password' > "$HOME/password"
gnome-keyring-daemon --foreground --unlock --components=secrets < "$HOME/password" >/dev/null &
trap "kill $!" EXIT
has='org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets'
until dbus-send --print-reply --dest=org.freedesktop.DBus / $has | grep -q true; do sleep 0.05; done
"$PYTHON" -W error::ResourceWarning -c "$SCRIPT"
"""
# In the foreground, as a daemon of its own making outlives the bus and the test.

KEEP = """
from mcconsole.core import vault

assert vault.available() == (True, ""), vault.available()
place = vault.KeychainVault("mcconsole-test")
assert place.get("p1") is None
place.set("p1", "first value ünïcode")
place.set("p2", "second value")
place.set("p1", "changed value ünïcode")
again = vault.KeychainVault("mcconsole-test")
assert again.get("p1") == "changed value ünïcode", again.get("p1")
again.delete("p1")
again.delete("p1")
assert again.get("p1") is None
assert again.get("p2") == "second value"
print("kept and forgotten")
"""

LOCKED = """
import secretstorage
from mcconsole.core import errors, vault

place = vault.KeychainVault("mcconsole-test", patience=2)
place.set("p1", "first value")
bus = secretstorage.dbus_init()
secretstorage.get_default_collection(bus).lock()
bus.close()
try:
    place.get("p1")
except errors.KeychainError as error:
    print("told:", error)
import os, sys
sys.stdout.flush()
os._exit(0)  # as a window would end with a question still open
"""


def run(script: str, home: Path) -> str:
    """Run a script with a fresh, unlocked keychain and return what it printed."""
    missing = [f"{program} (package {package})" for program, package in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        sentence = f"The real keychain was not tried: {' and '.join(missing)} is not installed."
        if os.environ.get("MCCONSOLE_REQUIRE_KEYCHAIN") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    # Without these folders the daemon's first answer takes two minutes.
    for folder in (".cache", ".local/share/keyrings", "runtime"):
        (home / folder).mkdir(mode=0o700, parents=True)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL")}
    ended = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", SESSION],
        env=kept
        | {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "runtime"),
            "PYTHON": sys.executable,
            "SCRIPT": script,
            "PYTHONPATH": str(Path(__file__).parent.parent.parent),
        },
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout


def test_secrets_are_kept_and_forgotten(tmp_path: Path) -> None:
    assert "kept and forgotten" in run(KEEP, tmp_path)


def test_a_locked_keychain_is_told_and_not_waited_for(tmp_path: Path) -> None:
    assert "told: The system keychain" in run(LOCKED, tmp_path)
