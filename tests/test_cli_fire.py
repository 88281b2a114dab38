"""`mcconsole fire` as other programs rely on it: exit codes and JSON, in a process of its own."""

from __future__ import annotations

import json
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
        ("DEAudience-newsletter-digest", PERSON, "only an API event"),
    ],
)
def test_what_is_wrong_is_refused_in_words(tenant_here: Tenant, event: str, data: str, words: str) -> None:
    run = console("fire", "--event", event, "--contact", "N-1", "--data", data, "--json")
    assert (run.returncode, answer(run)["verdict"]) == (2, "not_checked")
    assert words in run.stderr
    assert not tenant_here.journal("/interaction/v1/events", "POST")
