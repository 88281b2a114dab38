"""The composition: what is there at the start, and what is said when the sandbox tenant does not come up."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcconsole import app
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.sandbox import child
from mcconsole.ui.icons import pixmap


def test_a_sandbox_that_does_not_start_is_told_with_its_log(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def fail(*_: str, log: Path) -> None:
        raise RuntimeError(f"The sandbox tenant did not start (exit code 3). The end of {log}:\nlong story")

    monkeypatch.setattr(child, "start", fail)
    with pytest.raises(ConsoleError) as told:
        app.start_sandbox(JobContext())
    assert "exit code 3" in told.value.advice
    assert str(home / "sandbox.log") in told.value.advice
    assert "long story" not in told.value.advice


def test_a_cancelled_start_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "start", lambda **_: pytest.fail("started"))
    ctx = JobContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        app.start_sandbox(ctx)


def test_every_manifest_has_an_icon_and_an_id_of_its_own(qapp: object) -> None:
    manifests = (*app.tabs(), *app.docks())
    assert len({manifest.id for manifest in manifests}) == len(manifests)
    for manifest in manifests:
        assert not pixmap(manifest.icon, 16).isNull()


def test_building_the_window_imports_no_network_library() -> None:
    """Start-up is felt: what the jobs need is imported by the jobs."""
    import subprocess
    import sys

    script = (
        "import sys\n"
        "from mcconsole import app\n"
        "program = app.Program(sandbox=True, remember=False)\n"
        "print(*[name for name in ('requests', 'lxml', 'keyring', 'uvicorn', 'pandas') if name in sys.modules])\n"
        "program.finish()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""
