"""`mcconsole fire` as other programs rely on it: exit codes and JSON, in a process of its own."""

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

KEYS = {"contact_key", "event_definition_key", "event_instance_id", "accepted", "verdict", "reason"}
PERSON = json.dumps({"SubscriberKey": "N-1", "EmailAddress": "ann@example.com"})
ONE = ("--event", "APIEvent-welcome", "--contact", "N-1", "--data", PERSON)


@pytest.fixture
def tenant_here(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    tenant.switch(entry_delay=0.2)
    for name, value in tenant.environment().items():
        monkeypatch.setenv(name, value)
    return tenant


def test_one_contact_is_fired_and_proven(tenant_here: Tenant) -> None:
    run = console("fire", *ONE, "--verify", "10", "--json")
    found = answer(run)
    assert found.keys() >= KEYS
    assert (run.returncode, found["verdict"], found["accepted"]) == (0, "entered", True), run.stderr
    again = console("fire", *ONE, "--json")
    assert (again.returncode, answer(again)["accepted"]) == (2, False)
    assert (answer(again)["contact_key"], answer(again)["event_definition_key"]) == ("N-1", "APIEvent-welcome")
    assert "minute" in again.stderr
    meant = console("fire", *ONE, "--json", "--yes")
    assert (meant.returncode, answer(meant)["verdict"]) == (0, "not_checked")


def test_exit_codes_tell_not_entered_from_not_proven(tenant_here: Tenant) -> None:
    draft = ("--event", "APIEvent-spring-campaign", "--contact", "N-1", "--data", PERSON)
    run = console("fire", *draft, "--verify", "1", "--json")
    assert (run.returncode, answer(run)["verdict"]) == (1, "not_entered")
    assert "Draft" in run.stderr
    tenant_here.switch(entry_delay=60)
    run = console("fire", *ONE, "--verify", "0.3", "--json")
    assert (run.returncode, answer(run)["verdict"]) == (3, "not_proven")


def test_data_from_a_file_and_production_needs_a_yes(tenant_here: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "ann.json"
    path.write_text(PERSON, "utf-8")
    arguments = ("--event", "APIEvent-welcome", "--contact", "N-1", "--data", f"@{path}", "--json")
    refused = console("fire", *arguments, MCCONSOLE_ENVIRONMENT="production")
    assert refused.returncode == 2
    assert "PRODUCTION" in refused.stderr
    assert not tenant_here.journal("/interaction/v1/events", "POST")
    assert console("fire", *arguments, "--yes", MCCONSOLE_ENVIRONMENT="production").returncode == 0


@pytest.mark.parametrize(
    ("event", "data", "words"),
    [
        ("APIEvent-welcome", '{"subscriberkey": "N-1"}', "SubscriberKey"),
        ("APIEvent-welcome", "[1]", "not a JSON object"),
        ("APIEvent-welcome", '{"a": 1, "a": 2}', "twice"),
        ("APIEvent-welcome", "@/no/such/file", "cannot be read"),
        ("welcome-series", PERSON, "APIEvent-welcome"),
        ("DEAudience-newsletter-digest", PERSON, "mcconsole: “Newsletter digest” is of type EmailAudience; only an"),
    ],
)
def test_what_is_wrong_is_refused_in_words(tenant_here: Tenant, event: str, data: str, words: str) -> None:
    run = console("fire", "--event", event, "--contact", "N-1", "--data", data, "--json")
    found = answer(run)
    assert (run.returncode, found["verdict"], found["contact_key"]) == (2, "not_checked", "N-1")
    assert words in run.stderr
    assert not tenant_here.journal("/interaction/v1/events", "POST")


def people(path: Path, count: int) -> Path:
    lines = [f"M-{number},m{number}@example.com" for number in range(count)]
    path.write_text("\n".join(["SubscriberKey,EmailAddress", *lines]) + "\n", "utf-8")
    return path


def test_a_file_of_contacts_is_fired_listed_and_told_again(tenant_here: Tenant, tmp_path: Path) -> None:
    path = people(tmp_path / "people.csv", 120)
    run = console("fire", "--event", "APIEvent-welcome", "--csv", path, "--verify", "10", "--json")
    found = answer(run)
    assert (run.returncode, found["entered"], found["not_sent"], found["error"]) == (0, 120, 0, None), run.stderr
    assert all(one.keys() >= KEYS for one in found["contacts"])
    listed = answer(console("fire", "--list", "--json"))["fires"]
    assert [(one["fire_id"], one["entered"]) for one in listed] == [(found["fire_id"], 120)]
    told = console("fire", "--resume", found["fire_id"], "--json")
    assert (told.returncode, answer(told)) == (0, found)
    assert len(tenant_here.journal("/interaction/v1/async/events", "POST")) == 2


def test_a_killed_run_is_resumed_and_nothing_is_fired_twice(
    start_tenant: Callable[..., Tenant], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = start_tenant("--entry-delay", "0")
    for name, value in tenant.environment().items():
        monkeypatch.setenv(name, value)
    path = people(tmp_path / "people.csv", 250)
    tenant.fail("/interaction/v1/async/events", "delay", method="POST", nth=2, seconds=3)
    command = [sys.executable, "-m", "mcconsole", "fire", "--event", "APIEvent-welcome", "--csv", str(path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=dict(os.environ)) as process:
        while states(home) != {"accepted": 100, "sending": 100, "planned": 50}:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    (cut,) = answer(console("fire", "--list", "--json"))["fires"]
    assert (cut["state"], cut["contacts"], cut["not_sent"]) == ("unfinished", 250, 50)
    run = console("fire", "--resume", cut["fire_id"], "--verify", "5", "--json")
    found = answer(run)
    assert (found["not_sent"], found["not_checked"], found["error"]) == (0, 0, None), run.stderr
    accepted = [one["accepted"] for one in found["contacts"]]
    assert [accepted[at] for at in (0, 99, 100, 199, 200, 249)] == [True, True, None, None, True, True]
    assert run.returncode == (3 if found["not_proven"] else 0)
    assert set(fired(tenant).values()) == {1}


def states(home: Path) -> dict[str, int]:
    """How many members the one run has in each state."""
    for folder in home.glob("fires/*"):
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"file:{folder / 'journal.sqlite'}?mode=ro", uri=True)) as db,
        ):
            return dict(db.execute("SELECT state, count(*) FROM members GROUP BY 1"))
    return {}


def fired(tenant: Tenant) -> Counter[str]:
    """How often the tenant let each contact in, by its journey history."""
    found: Counter[str] = Counter()
    for page in range(1, 100):
        path = f"interaction/v1/interactions/journeyhistory/search?$page={page}&$pageSize=50"
        items = tenant.call("POST", path, {}).json()["items"]
        found.update(one["contactKey"] for one in items if one["contactKey"].startswith("M-"))
        if not items:
            break
    return found


@pytest.mark.parametrize(
    "arguments",
    [(), ("--event", "x"), ("--event", "x", "--csv", "f", "--contact", "c"), ("--list", "--resume", "x")],
)
def test_what_does_not_go_together_is_refused(arguments: tuple[str, ...]) -> None:
    run = console("fire", *arguments, "--json")
    assert run.returncode == 2
    assert "either" in run.stderr


def test_a_name_that_is_cut_short_is_not_guessed() -> None:
    run = console("fire", "--event", "x", "--cont", "N-1", "--data", "{}", "--json")
    assert run.returncode == 2
    assert "--cont" in answer(run)["error"]["what"]
