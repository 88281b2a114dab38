"""Rows that are sent while the others are still read: nothing lost, nothing doubled, the last row wins."""

from __future__ import annotations

import csv
import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from mcconsole.core import paths
from tests.features.test_imports_resume import (
    KEYED,
    KILLS,
    LOG,
    ROWS,
    Console,
    adds_up,
    console,
    cut_while_sending,
    trouble,
    until_done,
)
from tests.tenant import Tenant

__all__ = ["console"]


def write(path: Path, rows: list[list[str]], tail: bytes = b"") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["Line", "Text"], *rows])
    with path.open("ab") as raw:
        raw.write(tail)
    return path


def test_bad_rows_are_left_out_and_the_last_row_of_a_key_wins(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("keyed", KEYED)
    rows = [[str(n), "first"] for n in range(30_000)]
    rows += [[str(n), "later"] for n in range(0, 30_000, 100)]
    rows += [[str(n), "last"] for n in range(0, 30_000, 1_000)] + [["", "no key"], ["one cell"]]
    code, found = console(write(tmp_path / "rows.csv", rows), "--de", "keyed", "--invalid", "skip")
    assert adds_up(found)
    assert (code, found["rows_left_out"], found["rows_succeeded"]) == (1, 2, 30_000 + 300 + 30)
    assert str(found["route_reason"]).startswith("about ")  # the route is chosen before the rows are counted
    there = [[row["line"], row["text"]] for row in tenant.rows("keyed")]
    assert sorted(there) == sorted({row[0]: row for row in rows[:-2]}.values())


def test_a_repeated_key_is_left_out_of_an_insert(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("keyed", KEYED)
    rows = [[str(n), "first"] for n in range(25_000)] + [[str(n), "again"] for n in range(0, 25_000, 1_000)]
    path = write(tmp_path / "rows.csv", rows)
    code, found = console(path, "--de", "keyed", "--invalid", "skip", "--mode", "insert")
    assert adds_up(found)
    assert (code, found["rows_left_out"], found["rows_succeeded"]) == (1, 25, 25_000)
    assert {row["text"] for row in tenant.rows("keyed")} == {"first"}


def test_a_file_that_breaks_off_tells_what_was_sent_and_what_is_in_the_way(
    tenant: Tenant, console: Console, tmp_path: Path
) -> None:
    tenant.create_de("keyed", KEYED)
    rows = [[str(n), "x" * 15] for n in range(100_000)]
    path = write(tmp_path / "rows.csv", rows, b"7,\0\n")
    code, found = console(path, "--de", "keyed", "--invalid", "skip")
    assert adds_up(found)
    assert code == 1
    assert (found["state"], found["resumable"]) == ("stopped", True)
    assert found["error"]
    assert 10_000 <= found["rows_succeeded"] == len(tenant.rows("keyed")) <= 100_000
    assert console("--resume", found["import_id"])[0] == 2
    assert adds_up(console.listed()[0])


def test_nothing_is_sent_of_a_small_file_that_breaks_off(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("keyed", KEYED)
    path = write(tmp_path / "rows.csv", [[str(n), "x"] for n in range(9_000)], b"7,\0\n")
    code, found = console(path, "--de", "keyed", "--invalid", "skip")
    assert (code, found["rows_sent"]) == (2, 0)
    assert console.listed() == []


def test_a_cancel_while_rows_are_read_and_sent_is_made_good(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("keyed", KEYED)
    tenant.fail(ROWS, "delay", seconds=0.5)
    path = write(tmp_path / "rows.csv", [[str(n), "x"] for n in range(120_000)])
    process = console.start(path, "--de", "keyed", "--invalid", "skip")
    tenant.until(lambda: len(tenant.journal(ROWS)) >= 1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    tenant.heal()
    (entry,) = console.listed()
    code, found = console("--resume", entry["import_id"])
    assert adds_up(found)
    assert (code, found["rows_succeeded"], len(tenant.rows("keyed"))) == (0, 120_000, 120_000)


def cut_short(spool: Path) -> None:
    os.truncate(spool, 100)


def blanked(spool: Path) -> None:
    """As long as it was, and no longer what was written."""
    size = spool.stat().st_size
    os.truncate(spool, size // 2)
    os.truncate(spool, size)


@pytest.mark.parametrize("power_cut", [cut_short, blanked])
def test_rows_whose_spool_was_lost_in_a_power_cut_are_read_anew(
    tenant: Tenant, console: Console, tmp_path: Path, power_cut: Callable[[Path], None]
) -> None:
    tenant.create_de("keyed", KEYED)
    path = write(tmp_path / "rows.csv", [[str(n), "x"] for n in range(45_000)])
    import_id = cut_while_sending(tenant, console, path, "--de", "keyed")
    power_cut(spool_of(import_id))
    shutil.copy2(path, tmp_path / "copy.csv")
    (tmp_path / "copy.csv").replace(path)
    code, found = console("--resume", import_id)
    assert adds_up(found)
    assert (code, found["rows_succeeded"], len(tenant.rows("keyed"))) == (0, 45_000, 45_000)


def spool_of(import_id: str) -> Path:
    (spool,) = paths.home().glob(f"imports/{import_id}/rows.spool")
    return spool


def test_reading_a_file_anew_may_fail_and_be_killed(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("keyed_anew", KEYED)
    path = write(tmp_path / "rows.csv", [[str(n), "x"] for n in range(60_000)])
    import_id = cut_while_sending(tenant, console, path, "--de", "keyed_anew")
    cut_short(spool_of(import_id))
    path.rename(tmp_path / "away.csv")
    code, found = console("--resume", import_id)
    assert (code, found["error"]["advice"]) == (2, "Put it back where it was, or choose another one.")
    assert console.listed()[0]["resumable"]
    (tmp_path / "away.csv").rename(path)
    process = console.start("--resume", import_id)
    tenant.until(lambda: any(one["rows_read"] for one in console.listed()))
    process.kill()
    process.communicate()
    code, found = console("--resume", import_id)
    assert adds_up(found)
    assert (code, found["rows_succeeded"], len(tenant.rows("keyed_anew"))) == (0, 60_000, 60_000)


def test_an_update_whose_spool_was_lost_still_adds_no_row(tenant: Tenant, console: Console, tmp_path: Path) -> None:
    tenant.create_de("update_anew", KEYED)
    there = write(tmp_path / "there.csv", [[str(n), "x"] for n in range(0, 2_000, 2)])
    assert console(there, "--de", "update_anew")[0] == 0
    path = write(tmp_path / "rows.csv", [[str(n), "new"] for n in range(2_000)])
    import_id = cut_while_sending(tenant, console, path, "--de", "update_anew", "--mode", "update")
    cut_short(spool_of(import_id))
    _, found = console("--resume", import_id)
    assert adds_up(found)
    assert (found["rows_succeeded"], found["rows_left_out"]) == (1_000, 1_000)
    assert [row["text"] for row in tenant.rows("update_anew")] == ["new"] * 1_000


@pytest.mark.parametrize(("mode", "unknown"), [("upsert", 0), ("insert", 150)])
def test_a_trial_whose_spool_was_lost_goes_on_as_a_trial(
    tenant: Tenant, console: Console, tmp_path: Path, mode: str, unknown: int
) -> None:
    name = f"trial_{mode}"
    tenant.create_de(name, KEYED)
    path = write(tmp_path / "rows.csv", [[str(n), "x"] for n in range(15_000)])
    import_id = cut_while_sending(tenant, console, path, "--de", name, "--trial", "150", "--mode", mode)
    cut_short(spool_of(import_id))
    _, found = console("--resume", import_id)
    assert adds_up(found)
    assert (found["state"], found["rows_unknown"], found["rows_not_sent"]) == ("tried", unknown, 14_850)
    cut_short(spool_of(import_id))
    _, found = console("--resume", import_id)
    assert adds_up(found)
    assert (found["state"], found["rows_succeeded"]) == ("done", 15_000 - unknown)
    assert len(tenant.rows(name)) >= 15_000 - unknown  # those on their way may land yet


@pytest.mark.parametrize("seed", range(max(1, KILLS // 4)))
@pytest.mark.parametrize("mode", ["upsert", "insert"])
def test_killed_at_any_moment_nothing_is_lost_or_doubled_or_unexplained(
    tenant: Tenant, console: Console, tmp_path: Path, seed: int, mode: str
) -> None:
    tenant.create_de("log", KEYED if mode == "upsert" else LOG)
    trouble(tenant, 80 + seed)
    rows = [[str(n), f"line {n}"] for n in range(60_000)]
    if mode == "upsert":
        rows += [[str(n), f"later {n}"] for n in range(0, 60_000, 300)]
    path = write(tmp_path / "log.csv", rows)
    chance = random.Random(seed)
    found = until_done(console, chance, 2, path, "--de", "log", "--mode", mode, "--invalid", "skip")
    tenant.heal()
    assert found["rows_read"] == len(rows)
    if mode == "upsert":
        last = {row[0]: row for row in rows}
        assert sorted([row["line"], row["text"]] for row in tenant.rows("log")) == sorted(last.values())
        return
    unexplained: set[str] = set()
    if found["failed_file"]:
        with Path(found["failed_file"]).open(encoding="utf-8-sig", newline="") as file:
            unexplained = {row["Line"] for row in csv.DictReader(file)}
    there = Counter(row["line"] for row in tenant.rows("log"))
    assert not [line for line, times in there.items() if times > 1]
    assert there.keys() | unexplained == {line for line, _ in rows}
    assert len(there.keys() - unexplained) == found["rows_succeeded"]
