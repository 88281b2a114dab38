"""The command line as other programs rely on it: exit codes and JSON, in a process of its own."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.features import everything
from tests.tenant import Tenant

KEYS = {
    "import_id",
    "route",
    "rows_read",
    "rows_left_out",
    "rows_sent",
    "rows_succeeded",
    "rows_failed",
    "rows_unknown",
    "rows_not_sent",
    "seconds",
    "failed_file",
}


def console(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mcconsole", *map(str, arguments)],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answer(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    lines = run.stdout.splitlines()
    assert len(lines) == 1, run.stdout + run.stderr
    found: dict[str, Any] = json.loads(lines[0])
    return found


@pytest.fixture
def tenant_here(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    tenant.hurry()
    for name, value in tenant.environment().items():
        monkeypatch.setenv(name, value)
    tenant.create_de("all_types", everything.FIELDS)
    return tenant


def test_a_hundred_thousand_rows_of_every_type_read_back_cell_for_cell(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    bad = everything.write(path, 100_000, bad_share=0.01)
    run = console("import", path, "--de", "ALL_TYPES", "--invalid", "skip", "--json")
    found = answer(run)
    assert (run.returncode, found["error"]) == (1, None), run.stderr
    assert found.keys() >= KEYS
    assert (found["rows_read"], found["rows_left_out"]) == (100_000, len(bad))
    assert found["rows_succeeded"] == 100_000 - len(bad)
    stored = {row["customerid"]: row for row in tenant_here.rows("all_types")}
    assert len(stored) == found["rows_succeeded"]
    with Path(found["failed_file"]).open(encoding="utf-8-sig", newline="") as file:
        reported = {int(row["_row"]): row["_reason"] for row in csv.DictReader(file)}
    assert reported.keys() == bad.keys()
    for number, cells in everything.read(path):
        if number in bad:
            assert bad[number] in reported[number]
        else:
            assert everything.meaning_of_read_back(stored[cells[0]]) == everything.meaning_of_cells(cells)


def test_bad_rows_refuse_or_are_left_out(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    bad = everything.write(path, 400, bad_share=0.05)
    refused = console("import", path, "--de", "all_types", "--json")
    assert (refused.returncode, answer(refused)["rows_sent"]) == (2, 0)
    assert answer(refused)["rows_not_sent"] + len(bad) == 400
    skipped = console("import", path, "--de", "all_types", "--invalid", "skip", "--json")
    found = answer(skipped)
    assert (skipped.returncode, found["rows_left_out"]) == (1, len(bad))
    with Path(found["failed_file"]).open(encoding="utf-8-sig", newline="") as file:
        assert {int(row["_row"]) for row in csv.DictReader(file)} == set(bad)


def test_a_dry_run_sends_nothing(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    everything.write(path, 20)
    run = console("import", path, "--de", "all_types", "--dry-run", "--json")
    assert (run.returncode, answer(run)["rows_not_sent"]) == (0, 20)
    assert tenant_here.rows("all_types") == []


def test_production_is_refused_without_confirmation(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    everything.write(path, 20)
    run = console("import", path, "--de", "all_types", "--json", MCCONSOLE_ENVIRONMENT="production")
    assert run.returncode == 2
    assert "20 rows" in run.stderr
    assert "PRODUCTION" in run.stderr
    assert answer(run)["rows_sent"] == 0
    assert tenant_here.rows("all_types") == []
    run = console("import", path, "--de", "all_types", "--json", "--yes", MCCONSOLE_ENVIRONMENT="production")
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"customerid,region\r\n", "no rows"),
        (b"customerid,region\n1,en-US\n2,\x00\n", "NUL"),
        (bytes(range(256)) * 20, "not a text file"),
        (b"customerid,customerid\n1,en-US\n", "customerid"),
        (b"customerid,,region\n1,x,en-US\n", "blank header"),
        (b"customerid,b\n1,2\n", "Region"),
    ],
    ids=["empty", "header only", "NUL", "binary", "twice", "blank header", "required"],
)
def test_bad_files_are_refused_in_words_and_nothing_is_sent(
    tenant_here: Tenant, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    run = console("import", path, "--de", "all_types", "--json")
    assert run.returncode == 2, run.stderr
    found = answer(run)
    assert words.lower() in found["error"]["what"].lower()
    assert found["rows_sent"] == 0
    assert not tenant_here.journal("/data/v1/async|/hub/")


def test_a_ragged_file_is_refused_with_row_and_reason(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("customerid,region,note\n1,en-US,a\n2,en-US\n3,en-US,c,surplus\n")
    run = console("import", path, "--de", "all_types", "--json")
    found = answer(run)
    assert (run.returncode, found["rows_left_out"], found["rows_not_sent"]) == (2, 2, 1)
    with Path(found["failed_file"]).open(encoding="utf-8-sig", newline="") as file:
        _, short, long = csv.reader(file)
    assert (short[:2], short[3], long[:3], long[3], long[5]) == (
        ["2", "en-US"],
        "3",
        ["3", "en-US", "c"],
        "4",
        "surplus",
    )
    assert not tenant_here.journal("/data/v1/async|/hub/")


def test_a_quote_that_is_never_closed_costs_its_own_row_only(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text('customerid,region,note\n1,"en-US,a\n2,en-US,"b, c"\n')
    run = console("import", path, "--de", "all_types", "--json")
    found = answer(run)
    assert (run.returncode, found["rows_left_out"], found["rows_not_sent"]) == (2, 1, 1)
    with Path(found["failed_file"]).open(encoding="utf-8-sig", newline="") as file:
        _, row = csv.reader(file)
    assert row[:4] == ["1", '"en-US', "a", "2"]
    assert "quote" in row[4]
    assert not tenant_here.journal("/data/v1/async|/hub/")


def test_a_byte_that_does_not_decode_is_named_by_row(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"customerid,region,note\n" + b"1,en-US,plain\n" * 400_000 + b"2,en-US,caf\xe9\n")
    run = console("import", path, "--de", "all_types", "--json")
    assert run.returncode == 2, run.stderr
    assert "400,002" in answer(run)["error"]["what"]
    assert not tenant_here.journal("/data/v1/async|/hub/")


def test_a_single_line_of_a_hundred_megabytes_is_refused(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"customerid,region,note\n1,en-US," + b"x" * 100_000_000 + b"\n")
    run = console("import", path, "--de", "all_types", "--json")
    assert run.returncode == 2, run.stderr
    assert answer(run)["rows_sent"] == 0
    assert "row 2" in answer(run)["error"]["what"]
    assert not tenant_here.journal("/data/v1/async|/hub/")


def test_an_unknown_target_and_wrong_credentials_are_told(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    everything.write(path, 5)
    run = console("import", path, "--de", "nowhere", "--json")
    assert run.returncode == 2
    assert "nowhere" in run.stderr
    run = console("import", path, "--de", "all_types", "--json", MCCONSOLE_CLIENT_SECRET="wrong-secret-value")
    assert run.returncode == 2
    assert "invalid_client" in run.stderr
    assert "wrong-secret-value" not in run.stderr + run.stdout


def test_without_a_tenant_it_says_what_to_set(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    everything.write(path, 5)
    run = console("import", path, "--de", "all_types", "--json")
    assert run.returncode == 2
    assert "MCCONSOLE_AUTH_URL" in run.stderr


def test_ctrl_c_ends_with_130_and_every_row_accounted_for(tenant_here: Tenant, tmp_path: Path) -> None:
    tenant_here.switch(processing_delay=1, pickup_delay=1)
    path = tmp_path / "all.csv"
    everything.write(path, 30_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "mcconsole", "import", str(path), "--de", "all_types", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not tenant_here.journal("/data/v1/async/dataextensions"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, stderr
    found = json.loads(stdout)
    parts = ("left_out", "not_sent", "succeeded", "failed", "unknown")
    assert found["rows_read"] == sum(found[f"rows_{name}"] for name in parts) == 30_000


def test_preview_shows_how_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "semicolons.csv"
    path.write_bytes('﻿Id;Größe;Note\r\n001;1,5;"a;b"\r\n002;NA;\r\n'.encode())
    run = console("preview", path, "--json")
    assert run.returncode == 0, run.stderr
    found = answer(run)
    assert (found["delimiter"], found["has_header"], found["skipped_lines"], found["tables"]) == (";", True, 0, 1)
    assert found["columns"] == ["Id", "Größe", "Note"]
    assert found["rows"] == [["001", "1,5", "a;b"], ["002", "NA", ""]]


def test_preview_of_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    for name, words in (("missing.csv", "no such file"), ("empty.csv", "empty")):
        run = console("preview", tmp_path / name, "--json")
        assert run.returncode == 2
        found = answer(run)
        assert f"{name}: " in found["error"]["what"]
        assert words in found["error"]["what"]
        assert (found["columns"], found["rows"], found["tables"], found["delimiter"]) == ([], [], 0, None)


def test_preview_of_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "header.csv"
    path.write_text("Id,Name\n,\n")
    run = console("preview", path, "--all", "--json")
    assert run.returncode == 0, run.stderr
    found = answer(run)
    assert (found["columns"], found["rows"], found["tables"], found["has_header"]) == (["Id", "Name"], [], 1, True)


@pytest.mark.parametrize(
    "arguments",
    [["import"], ["import", "x.csv", "--de", "y", "--mode", "bogus"], ["import", "x.csv", "--de", "y", "--nope"]],
    ids=["nothing", "a mode", "an option"],
)
def test_wrong_arguments_are_answered_in_json_too(arguments: list[str]) -> None:
    run = console(*arguments, "--json")
    assert run.returncode == 2
    assert answer(run).keys() >= KEYS
    assert answer(run)["error"]["advice"].startswith("usage: mcconsole")


def test_a_home_that_is_no_folder_is_told(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    everything.write(path, 5)
    run = console("import", path, "--de", "all_types", "--json", MCCONSOLE_HOME=str(path))
    assert run.returncode == 2
    assert "MCCONSOLE_HOME" in answer(run)["error"]["advice"]


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/full and the shell are of Unix")
@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", "<&-", ">&-", ">/dev/full", ""])
def test_streams_that_take_nothing_do_not_stop_an_import(tenant_here: Tenant, tmp_path: Path, streams: str) -> None:
    path = tmp_path / "all.csv"
    everything.write(path, 5)
    command = ["import", str(path), "--de", "all_types"]
    run = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-m", "mcconsole", *command],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = [line for line in run.stderr.splitlines() if b" rows" not in line]  # how far it is, where it takes long
    assert (run.returncode, said) == (0, [])
    assert (b"5 landed" in run.stdout) == (">" not in streams.replace("2>", ""))
    assert len(tenant_here.rows("all_types")) == 5


def test_failed_rows_of_a_file_with_a_very_long_name_are_written(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 120 + ".csv")
    everything.write(path, 60, bad_share=1.0)
    run = console("import", path, "--de", "all_types", "--invalid", "skip", "--json")
    assert run.returncode == 1, run.stderr
    assert Path(answer(run)["failed_file"]).name.endswith(".failed.csv")


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_is_a_cancel(tenant_here: Tenant, tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "all.csv"
    everything.write(path, 100_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "mcconsole", "import", str(path), "--de", "all_types", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while len(tenant_here.journal("/Service.asmx")) < 2:
            assert process.poll() is None
        os.killpg(process.pid, number)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, stderr
    assert json.loads(stdout)["rows_sent"] == 0


def test_an_import_needs_no_qt(tenant_here: Tenant, tmp_path: Path) -> None:
    (tmp_path / "PySide6.py").write_text("raise ImportError('libEGL.so.1 is missing')\n")
    path = tmp_path / "all.csv"
    everything.write(path, 60)
    run = console("import", path, "--de", "all_types", PYTHONPATH=str(tmp_path))
    assert run.returncode == 0, run.stderr


def test_overwriting_is_confirmed_by_the_key_everywhere(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    everything.write(path, 5)
    arguments = ("import", path, "--de", "all_types", "--mode", "overwrite", "--yes", "--json")
    for wrong in ([], ["--confirm", "other"]):
        run = console(*arguments, *wrong)
        assert (run.returncode, answer(run)["rows_sent"]) == (2, 0)
    run = console(*arguments, "--confirm", "all_types")
    assert (run.returncode, answer(run)["rows_succeeded"], answer(run)["route"]) == (0, 5, "bulk")


def test_ctrl_c_while_rows_are_read_back_is_a_cancel(tenant_here: Tenant, tmp_path: Path) -> None:
    tenant_here.hurry()
    path = tmp_path / "all.csv"
    everything.write(path, 6_000)
    tenant_here.fail("/data/v1/customobjectdata", "delay", seconds=2)
    process = subprocess.Popen(
        [sys.executable, "-m", "mcconsole", "import", str(path), "--de", "all_types", "--verify", "all", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        tenant_here.until(lambda: tenant_here.journal("/data/v1/customobjectdata"))  # there is more than one page
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, stderr
    found = json.loads(stdout)
    assert (found["rows_succeeded"], found["verification"]["verdict"]) == (6_000, "not_proven")


def test_rows_are_read_back_after_an_import_and_later(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    everything.write(path, 50)
    run = console("import", path, "--de", "all_types", "--verify", "all", "--json")
    found = answer(run)
    assert (run.returncode, found["verification"]["verdict"]) == (0, "matches")
    tenant_here.call("POST", "hub/v1/dataevents/key:all_types/rowset", [
        {"keys": {"CustomerId": "C0000001", "Region": region}, "values": {"Plan": "none"}}
        for region in ("en-US", "de-DE", "fr-FR")
    ])  # fmt: skip
    run = console("import", "--resume", found["import_id"], "--verify", "all", "--json")
    assert (run.returncode, answer(run)["verification"]["rows_different"]) == (1, 1)
    assert Path(answer(run)["verification"]["difference_file"]).is_file()
