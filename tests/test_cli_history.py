"""What a command does is in the history that the window shows, and a history that cannot be kept stops no command."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcconsole.core.history import FILE, History, Line, Policy, Query
from mcconsole.ui.settings import Settings
from tests.features import everything
from tests.tenant import Tenant
from tests.test_cli import answer, console, tenant_here

__all__ = ["tenant_here"]


@pytest.fixture
def rows(tenant_here: Tenant, tmp_path: Path) -> Path:
    path = tmp_path / "all.csv"
    everything.write(path, 25_000)
    return path


def lines(home: Path, query: Query) -> list[Line]:
    history = History(home / FILE)
    try:
        with history.reader() as reader:
            return [line for block in reader.blocks(query) for line in reader.lines(query, block)]
    finally:
        history.close()


def test_an_import_is_one_job_in_the_history(tenant_here: Tenant, rows: Path, home: Path) -> None:
    run = console("import", rows, "--de", "ALL_TYPES", "--json")
    assert run.returncode == 0, run.stderr
    (job,) = lines(home, Query(by_job=True))
    assert job.label == "Import all.csv into ALL_TYPES"
    assert (job.feature, job.bad) == ("imports", 0)
    calls = lines(home, Query())
    assert len(calls) == job.count
    assert calls[0].url.endswith("/token")
    sent = [line for line in calls if line.method == "PUT"]
    assert len(sent) == answer(run)["rows_sent"] // 10_000 + 1
    assert {line.profile for line in calls} == {tenant_here.ready.auth_url}
    history = History(home / FILE)
    with history.reader() as reader:
        kept = reader.exchange(sent[0].exchange)
    history.close()
    assert kept is not None
    assert kept.request.cut
    assert kept.request.sha256
    known = "".join(path.read_text("utf-8", "replace") for path in home.glob(FILE + "*"))
    assert tenant_here.ready.client_secret not in known + repr(kept)


def test_the_settings_of_the_window_hold_for_a_command(tenant_here: Tenant, rows: Path, home: Path) -> None:
    Settings(home / "settings.json").set(history_keep="metadata")
    assert console("import", rows, "--de", "ALL_TYPES", "--json").returncode == 0
    assert {line.label for line in lines(home, Query())} == {""}
    assert Policy.read(Settings(home / "settings.json").get).keep == "metadata"


def test_a_history_that_cannot_be_kept_stops_no_import(tenant_here: Tenant, rows: Path, home: Path) -> None:
    (home / FILE).mkdir()
    run = console("import", rows, "--de", "ALL_TYPES", "--json")
    assert run.returncode == 0, run.stderr
    assert answer(run)["rows_succeeded"] == 25_000
    assert "The history of calls is not being kept on disk" in run.stderr
