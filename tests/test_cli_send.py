"""`mcconsole send` as other programs rely on it: exit codes and JSON, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.tenant import Tenant
from tests.test_cli import answer, console

KEYS = {"definition_key", "kind", "request_id", "accepted", "outcome", "reason"}
ANN = ("--to", "ann@example.com", "--subscriber", "N-1")


@pytest.fixture
def tenant_here(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    tenant.switch(delivery_delay=0.1, record_delay=0, tracking_delay=0)
    for name, value in tenant.environment().items():
        monkeypatch.setenv(name, value)
    return tenant


def test_one_message_is_sent_and_followed(tenant_here: Tenant) -> None:
    run = console("send", "--definition", "welcome-send", *ANN, "--wait", "10", "--json")
    found = answer(run)
    assert found.keys() >= KEYS
    assert (run.returncode, found["outcome"], found["accepted"], found["error"]) == (0, "sent", True, None), run.stderr
    assert (found["kind"], found["recipient_send_id"]) == ("triggered", tenant_here.outbox()[0]["recipient_send_id"])
    again = console("send", "--definition", "welcome-send", *ANN, "--json")
    assert (again.returncode, answer(again)["accepted"]) == (2, False)
    assert "minute" in again.stderr
    meant = console("send", "--definition", "welcome-send", *ANN, "--json", "--yes")
    assert (meant.returncode, answer(meant)["outcome"]) == (0, "not_checked")


def test_a_transactional_message_has_its_key(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "attributes.json"
    path.write_text('{"OrderNumber": "A-1"}', "utf-8")
    key = ("--definition", "order-receipt", *ANN)
    run = console("send", *key, "--attributes", f"@{path}", "--wait", "10", "--json")
    found = answer(run)
    assert (run.returncode, found["kind"], found["outcome"]) == (0, "transactional", "sent"), run.stderr
    assert found["message_key"] == tenant_here.outbox()[0]["message_key"]
    listed = answer(console("send", "--list", "--json"))["sends"]
    assert [(one["send_id"], one["sent"]) for one in listed] == [(found["send_id"], 1)]
    assert "order-receipt" in console("send", "--list").stdout


@pytest.mark.parametrize(
    ("definition", "address", "code", "outcome"),
    [
        ("birthday-send", "ann@example.com", 2, "not_checked"),
        ("retired-offer-send", "ann@example.com", 2, "not_checked"),
        ("nobody-knows-me", "ann@example.com", 2, "not_checked"),
        ("welcome-send", "nobody", 2, "not_checked"),
        ("shipping-notice-send", "ann@example.com", 3, "not_known"),
        ("delivery-update", "ann@example.com", 3, "not_known"),
        ("welcome-send", "unsubscribed@example.com", 1, "not_sent"),
        ("welcome-send", "bounce@example.com", 1, "not_sent"),
        ("password-reset", "blocked@example.com", 1, "not_sent"),
    ],
)
def test_exit_codes(tenant_here: Tenant, definition: str, address: str, code: int, outcome: str) -> None:
    arguments = ("--definition", definition, "--to", address, "--subscriber", "N-1", "--wait", "5", "--json")
    run = console("send", *arguments)
    found = answer(run)
    assert (run.returncode, found["outcome"]) == (code, outcome), run.stderr
    assert found["definition_key"] == definition
    assert found["reason"]
    if definition != "nobody-knows-me":
        assert found["kind"] == (
            "transactional" if definition in ("delivery-update", "password-reset") else "triggered"
        )
    if code == 2:
        assert not tenant_here.journal("/messaging/v1/messageDefinitionSends/.*/send")


def test_a_deleted_definition_is_refused(tenant_here: Tenant) -> None:
    tenant_here.definition("gone")
    tenant_here.write("Delete", "TriggeredSendDefinition", "<CustomerKey>gone</CustomerKey>")
    run = console("send", "--definition", "gone", *ANN, "--json")
    assert (run.returncode, answer(run)["accepted"]) == (2, False)


def test_production_needs_a_yes(tenant_here: Tenant) -> None:
    arguments = ("--definition", "welcome-send", *ANN, "--json")
    refused = console("send", *arguments, MCCONSOLE_ENVIRONMENT="production")
    assert (refused.returncode, answer(refused)["kind"]) == (2, "triggered")
    assert console("send", *arguments[:-1], MCCONSOLE_ENVIRONMENT="production").stdout == ""
    assert "PRODUCTION" in refused.stderr
    assert tenant_here.outbox() == []
    assert console("send", *arguments, "--yes", MCCONSOLE_ENVIRONMENT="production").returncode == 0


def people(path: Path, count: int) -> Path:
    lines = [f"m{number}@example.com,M-{number},O-{number}" for number in range(count)]
    path.write_text("\n".join(["EmailAddress,SubscriberKey,OrderNumber", *lines]) + "\n", "utf-8")
    return path


def test_a_file_of_recipients_is_sent_listed_and_told_again(tenant_here: Tenant, tmp_path: Path) -> None:
    path = people(tmp_path / "people.csv", 40)
    run = console("send", "--definition", "order-receipt", "--csv", path, "--wait", "10", "--json")
    found = answer(run)
    assert (run.returncode, found["sent"], found["not_fired"], found["error"]) == (0, 40, 0, None), run.stderr
    assert all(one.keys() >= KEYS for one in found["recipients"])
    told = console("send", "--resume", found["send_id"], "--json")
    assert (told.returncode, answer(told)) == (0, found)
    line = f"{found['send_id']}  finished  order-receipt  40 recipients of {path}  40 sent\n"
    assert console("send", "--list").stdout == line
    assert len(tenant_here.outbox()) == 40


@pytest.mark.parametrize("definition", ["order-confirmation-send", "order-receipt"])
def test_a_killed_run_is_resumed_and_nobody_gets_two(
    start_tenant: Callable[..., Tenant], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, definition: str
) -> None:
    tenant = start_tenant("--delivery-delay", "0")
    for name, value in tenant.environment().items():
        monkeypatch.setenv(name, value)
    one_by_one = definition == "order-confirmation-send"
    route = "/messaging/v1/" + ("messageDefinitionSends/.*/send" if one_by_one else "email/messages$")
    tenant.fail(route, "delay", method="POST", nth=3 if one_by_one else 1, seconds=2)
    path = people(tmp_path / "people.csv", 12)
    command = [sys.executable, "-m", "mcconsole", "send", "--definition", definition, "--csv", str(path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=dict(os.environ)) as process:
        while not states(home).get("sending") or (one_by_one and states(home).get("accepted") != 2):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    (cut,) = answer(console("send", "--list", "--json"))["sends"]
    assert (cut["state"], cut["recipients"]) == ("unfinished", 12)
    outcomes = ("sent", "not_sent", "not_known", "not_checked", "not_fired")
    assert [cut[name] for name in outcomes] == ([0, 0, 1, 2, 9] if one_by_one else [0, 0, 12, 0, 0])
    run = console("send", "--resume", cut["send_id"], "--wait", "2", "--json")
    found = answer(run)
    assert (found["not_fired"], found["error"]) == (0, None), run.stderr
    tenant.until(lambda: len(tenant.outbox()) >= 11)
    got = Counter(one["to"] for one in tenant.outbox())
    assert set(got.values()) == {1}
    if one_by_one:
        # Whether the one on its way was taken nobody can say, unless tracking shows it; it is never repeated.
        assert found["sent"] + found["not_known"] == 12
        assert run.returncode == (3 if found["not_known"] else 0)
    else:
        assert (found["sent"], run.returncode, len(got)) == (12, 0, 12)


def test_what_may_leave_again_in_production_needs_a_yes(tenant_here: Tenant, tmp_path: Path) -> None:
    path = people(tmp_path / "people.csv", 2)
    tenant_here.fail("/messaging/v1/email/messages", "status", status=503)
    run = console("send", "--definition", "order-receipt", "--csv", path, "--json")
    found = answer(run)
    assert (run.returncode, found["not_known"]) == (3, 2), run.stderr
    tenant_here.heal()
    again = ("send", "--resume", found["send_id"], "--json")
    refused = console(*again, MCCONSOLE_ENVIRONMENT="production")
    assert refused.returncode == 2
    assert "PRODUCTION" in refused.stderr
    assert tenant_here.outbox() == []
    sent = console(*again, "--wait", "10", "--yes", MCCONSOLE_ENVIRONMENT="production")
    assert (sent.returncode, answer(sent)["sent"], len(tenant_here.outbox())) == (0, 2, 2)


def states(home: Path) -> dict[str, int]:
    """How many members the one run has in each state."""
    for folder in home.glob("sends/*"):
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"file:{folder / 'journal.sqlite'}?mode=ro", uri=True)) as db,
        ):
            return dict(db.execute("SELECT state, count(*) FROM members GROUP BY 1"))
    return {}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--definition", "x"),
        ("--definition", "x", "--to", "a@example.com"),
        ("--definition", "x", "--csv", "f", "--to", "a@example.com"),
        ("--definition", "x", *ANN, "--mapping", "f"),
        ("--list", "--resume", "x"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: tuple[str, ...]) -> None:
    run = console("send", *arguments, "--json")
    assert run.returncode == 2
    assert "either" in run.stderr


def test_attributes_that_are_no_object_are_refused(tenant_here: Tenant) -> None:
    for text, words in (
        ("[1]", "not a JSON object"),
        ('{"a": 1, "a": 2}', "twice"),
        ("@/no/such/file", "cannot be read"),
    ):
        run = console("send", "--definition", "welcome-send", *ANN, "--attributes", text, "--json")
        assert (run.returncode, answer(run)["outcome"]) == (2, "not_checked")
        assert words in run.stderr
    assert json.loads(run.stdout)["to"] == "ann@example.com"
    assert tenant_here.outbox() == []
