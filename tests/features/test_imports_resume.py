"""Imports that were cut go on: nothing lost, nothing doubled, nothing unexplained."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mcconsole.core import paths
from tests.features import everything
from tests.tenant import Tenant

KILLS = int(os.environ.get("MCCONSOLE_TEST_KILLS", "4"))
"""Moments at which the crash test kills the console, over all its runs."""
PARTS = ("rows_left_out", "rows_not_sent", "rows_succeeded", "rows_failed", "rows_unknown")
LOG = [
    {"name": "Line", "type": "Text", "length": 20, "isNullable": True},
    {"name": "Text", "type": "Text", "length": 20, "isNullable": True},
]
ROWS = "/data/v1/async/dataextensions"


def adds_up(found: dict[str, Any]) -> bool:
    return bool(found["rows_read"] == sum(found[part] for part in PARTS) and min(found[part] for part in PARTS) >= 0)


class Console:
    """The command line in processes of its own, against a tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._environment = {**os.environ, **tenant.environment()}

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mcconsole", "import", *map(str, arguments), "--json"],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=120)
        assert stdout, stderr
        return process.returncode, json.loads(stdout)

    def killed(self, seconds: float, *arguments: str | Path) -> tuple[int, dict[str, Any]] | None:
        """Kill it after so long; its answer where it was faster."""
        process = self.start(*arguments)
        try:
            stdout, stderr = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None
        assert stdout, stderr
        return process.returncode, json.loads(stdout)

    def listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("--list")[1]["imports"]
        assert all(adds_up(one) for one in found)
        return found


@pytest.fixture
def console(tenant: Tenant) -> Console:
    tenant.hurry()
    return Console(tenant)


def trouble(tenant: Tenant, seed: int, route: str = "/data/v1/(async|bulk)/") -> None:
    """Every kind of trouble that the reference knows, by chance."""
    common: dict[str, Any] = {"probability": 0.04, "times": 40}
    rules: tuple[dict[str, Any], ...] = (
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "delay", "seconds": 0.05},
        {"kind": "rate_limit", "retry_after": 0},
        {"kind": "rate_limit", "times": 2},
        {"kind": "status", "status": 429, "body": {"message": "Too many requests"}},
        {"kind": "status", "status": 500, "after": True},
        {"kind": "status", "status": 401},
        {"kind": "truncate"},
        {"kind": "status", "status": 200, "body": '{"requestId": ', "after": True},
    )
    for at, rule in enumerate(rules):
        tenant.fail(route, seed=seed * 100 + at, **(common | rule))


def until_done(console: Console, chance: random.Random, kills: int, *arguments: str | Path) -> dict[str, Any]:
    """Kill the console `kills` times at random moments, then let it come to an end."""
    import_id = ""
    for _ in range(kills):
        ended = console.killed(chance.uniform(0.3, 2.5), *(("--resume", import_id) if import_id else arguments))
        listed = console.listed()
        assert len(listed) <= 1
        import_id = listed[0]["import_id"] if listed else ""
        if ended is not None and not ended[1]["resumable"]:
            return ended[1]
    for _ in range(20):
        _, found = console(*(("--resume", import_id) if import_id else arguments))
        assert adds_up(found)
        import_id = found["import_id"]
        if not found["resumable"]:
            return found
    raise AssertionError(f"it did not come to an end: {found}")


@pytest.mark.parametrize("seed", range(max(1, KILLS // 4)))
def test_upserts_killed_at_any_moment_end_as_the_file(
    tenant: Tenant, console: Console, tmp_path: Path, seed: int
) -> None:
    tenant.create_de("all_types", everything.FIELDS)
    trouble(tenant, seed)
    path = tmp_path / "everything.csv"
    everything.write(path, 25_000, seed=seed)
    with path.open("a", encoding="utf-8", newline="") as file:  # keys that stand in the file already
        csv.writer(file).writerows(
            [*cells[:-2], f"later {n}", "x"] for n, (_, cells) in zip(range(300), everything.read(path), strict=False)
        )
    found = until_done(console, random.Random(seed), 2, path, "--de", "all_types")
    tenant.heal()
    assert (found["rows_succeeded"], found["rows_read"]) == (25_300, 25_300)
    expected = {cells[0]: everything.meaning_of_cells(cells) for _, cells in everything.read(path)}
    assert {row["customerid"]: everything.meaning_of_read_back(row) for row in tenant.rows("all_types")} == expected


@pytest.mark.parametrize("route", ["async", "bulk"])
@pytest.mark.parametrize("seed", range(max(1, KILLS // 4)))
def test_inserts_killed_at_any_moment_are_neither_lost_nor_doubled_nor_unexplained(
    tenant: Tenant, console: Console, tmp_path: Path, seed: int, route: str
) -> None:
    tenant.create_de("log", LOG)
    trouble(tenant, 50 + seed)
    path = tmp_path / "log.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["line", "text"], *([str(n), f"line {n}"] for n in range(60_000))])
    arguments = ("--de", "log", "--mode", "insert", "--route", route)
    found = until_done(console, random.Random(seed), 2, path, *arguments)
    tenant.heal()
    unexplained: set[str] = set()
    if found["failed_file"]:
        with Path(found["failed_file"]).open(encoding="utf-8-sig", newline="") as file:
            unexplained = {row["line"] for row in csv.DictReader(file)}
    assert len(unexplained) == found["rows_failed"] + found["rows_unknown"]
    there = Counter(row["line"] for row in tenant.rows("log"))
    assert not [line for line, times in there.items() if times > 1]
    assert there.keys() | unexplained == {str(n) for n in range(60_000)}
    assert len(there.keys() - unexplained) == found["rows_succeeded"]


@pytest.mark.parametrize(
    ("mode", "route", "count"), [("upsert", "sync", 800), ("upsert", "seed", 6_000), ("update", "async", 15_000)]
)
@pytest.mark.parametrize("seed", range(max(1, KILLS // 4)))
def test_rows_killed_on_any_route_end_as_the_file(
    tenant: Tenant, console: Console, tmp_path: Path, seed: int, mode: str, route: str, count: int
) -> None:
    tenant.create_de("log", KEYED)
    tenant.switch(dataeventsasync="seed")
    before = {str(n): "before" for n in range(0, 1_000, 2)} if mode == "update" else {}
    for at in range(0, len(before), 100):
        rows = [{"keys": {"Line": line}, "values": {"Text": text}} for line, text in before.items()]
        assert tenant.call("POST", "hub/v1/dataevents/key:log/rowset", rows[at : at + 100]).ok
    path = tmp_path / "log.csv"
    cells = [*([str(n), f"line {n}"] for n in range(count)), *([str(n), "later"] for n in range(0, count, 100))]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["line", "text"], *cells])
    trouble(tenant, 200 + seed, "/(hub|data/v1/(async|customobjectdata))/")
    found = until_done(console, random.Random(seed), 2, path, "--de", "log", "--mode", mode, "--route", route)
    tenant.heal()
    changed = {line: text for line, text in cells if mode == "upsert" or line in before}
    assert (found["rows_read"], found["rows_unknown"], found["rows_not_sent"]) == (len(cells), 0, 0)
    assert {row["line"]: row["text"] for row in tenant.rows("log")} == before | changed


def write_rows(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["Line", "Text"], *([str(n), "x"] for n in range(count))])
    return path


KEYED = [{**LOG[0], "isPrimaryKey": True, "isNullable": False}, LOG[1]]


def cut_while_sending(tenant: Tenant, console: Console, *arguments: str | Path) -> str:
    """Start an import and kill it when a batch is on its way; returns its id.

    The tenant carries out that batch much later, in another test perhaps: let it be into a data extension of its own.
    """
    tenant.fail(ROWS, "delay", seconds=20)
    process = console.start(*arguments)
    tenant.until(lambda: any(one["rows_unknown"] for one in console.listed()))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    tenant.heal()
    return str(console.listed()[0]["import_id"])


def test_an_insert_on_its_way_when_killed_is_unknown_and_not_sent_again(
    tenant: Tenant, console: Console, tmp_path: Path
) -> None:
    tenant.create_de("cut_insert", LOG)
    path = write_rows(tmp_path / "log.csv", 100)
    import_id = cut_while_sending(tenant, console, path, "--de", "cut_insert", "--mode", "insert")
    assert console.listed()[0]["state"] == "interrupted"
    code, found = console("--resume", import_id)
    assert (code, found["rows_unknown"], found["resumable"]) == (3, 100, False)
    assert "may have been inserted" in found["reasons"][0]["reason"]
    assert not [one for one in tenant.journal(ROWS) if one["status"] == 202]
    assert console("--resume", import_id) == (code, found)


@pytest.mark.parametrize("anew", [False, True])
def test_an_upsert_on_its_way_when_killed_may_land_after_the_last_row_of_its_key(
    tenant: Tenant, console: Console, tmp_path: Path, *, anew: bool
) -> None:
    name = f"cut_late_{anew}"
    tenant.create_de(name, KEYED)
    path = write_rows(tmp_path / "rows.csv", 100)
    with path.open("a", newline="") as file:
        file.write("7,later\r\n")
    import_id = cut_while_sending(tenant, console, path, "--de", name)
    if anew:
        os.truncate(paths.home() / "imports" / import_id / "rows.spool", 100)
    code, found = console("--resume", import_id)
    assert (code, found["rows_succeeded"]) == (0, 101)
    assert "carry out the first request late" in found["warnings"][-1]


def test_a_changed_file_is_refused_and_a_file_that_is_gone_is_not_needed(
    tenant: Tenant, console: Console, tmp_path: Path
) -> None:
    tenant.create_de("cut_changed", KEYED)
    path = write_rows(tmp_path / "rows.csv", 100)
    before = path.stat()
    import_id = cut_while_sending(tenant, console, path, "--de", "cut_changed")
    good = path.read_bytes()
    path.write_bytes(good.replace(b"99,x", b"99,y"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    code, found = console("--resume", import_id)
    assert (code, found["rows_sent"]) == (2, 0)
    assert "changed" in found["error"]["what"]
    path.unlink()
    code, found = console("--resume", import_id)
    assert (code, found["rows_succeeded"]) == (0, 100)


def test_a_cancelled_import_goes_on_where_it_stopped(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("keyed", KEYED)
    tenant.fail(ROWS, "delay", seconds=3)
    path = write_rows(tmp_path / "rows.csv", 90_000)
    process = console.start(path, "--de", "keyed")
    tenant.until(lambda: len(tenant.journal(ROWS)) >= 1)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    found = json.loads(stdout)
    assert adds_up(found)
    assert found["rows_not_sent"]
    tenant.heal()
    code, resumed = console("--resume", found["import_id"])
    assert (code, resumed["rows_succeeded"], resumed["rows_read"]) == (0, 90_000, 90_000)
    assert sum(one["status"] == 202 for one in tenant.journal(ROWS)) == 9
    assert [(one["import_id"], one["state"]) for one in console.listed()] == [(found["import_id"], "done")]


@pytest.mark.parametrize(
    "arguments",
    [["--resume", "nothing"], ["--resume", "../x"], ["--list", "--resume", "x"], ["--resume", "x", "--mode", "insert"]],
)
def test_an_import_that_is_not_there_is_said_so(console: Console, arguments: list[str]) -> None:
    code, found = console(*arguments)
    assert code == 2
    assert found["error"]["what"]


def test_an_import_of_another_tenant_is_not_taken_up(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("cut_other", KEYED)
    import_id = cut_while_sending(tenant, console, write_rows(tmp_path / "rows.csv", 100), "--de", "cut_other")
    console._environment["MCCONSOLE_ACCOUNT_ID"] = "510000999"
    code, found = console("--resume", import_id)
    assert code == 2
    assert "belongs to" in found["error"]["what"]


def test_two_consoles_do_not_work_on_the_same_import(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("twice", KEYED)
    pending = {"status": {"requestStatus": "Pending"}, "resultMessages": []}
    tenant.fail("/data/v1/async/[^/]+/status", "status", status=200, body=pending)
    process = console.start(write_rows(tmp_path / "rows.csv", 100), "--de", "twice")
    tenant.until(lambda: tenant.journal("/v2/token") and any(one["rows_unknown"] for one in console.listed()))
    (one,) = console.listed()
    assert (one["state"], one["resumable"]) == ("running", False)
    code, found = console("--resume", one["import_id"])
    assert (code, found["rows_sent"]) == (2, 0)
    tenant.heal()
    assert process.wait(60) == 0
    process.communicate()


@pytest.mark.parametrize("extra", [(), ("--mode", "insert"), ("--mode", "update")])
def test_a_trial_sends_the_first_rows_and_the_others_go_when_it_is_resumed(
    tenant: Tenant, console: Console, tmp_path: Path, extra: tuple[str, ...]
) -> None:
    tenant.create_de("tried", KEYED)
    path = write_rows(tmp_path / "rows.csv", 25_000)
    if "update" in extra:
        assert console(path, "--de", "tried")[0] == 0
        tenant.switch(pickup_delay=0)
    before = len(tenant.journal(ROWS))
    code, found = console(path, "--de", "tried", "--trial", "150", *extra)
    assert adds_up(found)
    assert (code, found["state"], found["rows_succeeded"], found["rows_not_sent"]) == (0, "tried", 150, 24_850)
    if "update" not in extra:
        assert [row["line"] for row in tenant.rows("tried")] == [str(n) for n in range(150)]
    code, found = console("--resume", found["import_id"])
    assert (code, found["state"], found["rows_succeeded"], len(tenant.rows("tried"))) == (0, "done", 25_000, 25_000)
    assert len(tenant.journal(ROWS)) - before == 4


def test_a_trial_by_bulk_jobs_is_refused(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("tried", KEYED)
    path = write_rows(tmp_path / "rows.csv", 100)
    code, found = console(path, "--de", "tried", "--trial", "10", "--route", "bulk")
    assert (code, found["rows_sent"]) == (2, 0)
    assert console.listed() == []
