"""Firing a set of test contacts over real HTTP, without a window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core.contacts import ContactSet, ContactStore, TestContact
from mcconsole.core.errors import BadInput
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.tenant import Credentials
from mcconsole.features.journeys import set_run, situation
from mcconsole.features.journeys.set_run import SetRun
from tests.tenant import Tenant

EVENTS = "/interaction/v1/events$"


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    tenant.switch(entry_delay=0)
    credentials, _ = Credentials.from_environment(tenant.environment())
    made = Client(credentials, feature="journeys", limits=Limits(base=0.01, longest=0.05))
    yield made
    made.close()


def fire(client: Client, *people: TestContact, ctx: JobContext | None = None) -> SetRun:
    chosen = ContactSet("Smoke", "APIEvent-welcome", people)
    known = situation.look(client, "APIEvent-welcome")
    return set_run.fire(ctx or JobContext(), client, known, chosen, ContactStore(), budget=5)


def person(key: str, **data: object) -> TestContact:
    return TestContact(key, {"EmailAddress": "someone@example.com", **data})


def test_one_contact_that_cannot_be_sent_keeps_the_whole_set_back(client: Client, tenant: Tenant) -> None:
    with pytest.raises(BadInput, match=r"qa-2: “Firstname” is no field"):
        fire(client, person("qa-{{counter}}"), person("qa-{{counter}}", Firstname="Ann"))
    assert not tenant.journal(EVENTS, "POST")
    assert ContactStore().sets() == []
    with pytest.raises(BadInput, match="has no contacts"):
        fire(client)
    with pytest.raises(BadInput, match="no placeholder"):
        fire(client, person("qa-{{number}}"))


def test_the_key_field_takes_the_contact_key_and_the_counter_is_kept_first(client: Client, tenant: Tenant) -> None:
    tenant.fail("/interaction/v1/events", "reset_after")
    ended = fire(client, person("qa-{{counter}}"))
    assert (ContactStore().sets()[0].counter, len(ended.receipts)) == (1, 1)
    assert ended.receipts[0].accepted is not False
    tenant.heal()
    again = ended.contacts
    known = situation.look(client, "APIEvent-welcome")
    second = set_run.fire(JobContext(), client, known, again, ContactStore(), budget=5)
    assert second.receipts[0].contact_key == "qa-2"
    assert second.entered == 1
    assert "qa-2" in {row["subscriberkey"] for row in tenant.rows("APIEvent-welcome-entries")}


def test_what_was_not_sent_is_noted_as_such(client: Client, tenant: Tenant) -> None:
    tenant.fail("/interaction/v1/events", "status", status=403, nth=2)
    ended = fire(client, person("N-1"), person("N-2"))
    last = [one.last.verdict if one.last else "" for one in ContactStore().sets()[0].contacts]
    assert last == ["entered", set_run.NOT_SENT]
    assert ended.problem is None


def test_cancelling_before_anything_leaves_sends_nothing(client: Client, tenant: Tenant) -> None:
    ctx = JobContext(lambda _: ctx.cancel())
    with pytest.raises(Cancelled):
        fire(client, person("N-1"), person("N-2"), ctx=ctx)
    assert not tenant.journal(EVENTS, "POST")


def test_results_that_cannot_be_saved_are_told_all_the_same(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[ContactSet] = []

    def save(_: ContactStore, changed: ContactSet) -> None:
        saved.append(changed)
        if len(saved) > 1:
            raise BadInput("the test contacts could not be saved: No space left on device.")

    monkeypatch.setattr(ContactStore, "save", save)
    ended = fire(client, person("N-1"))
    assert ended.entered == 1
    assert "No space left" in str(ended.problem)
    assert ended.contacts.contacts[0].last is not None


def test_two_consoles_never_give_the_same_number(client: Client) -> None:
    chosen = ContactSet("Smoke", "APIEvent-welcome", (person("qa-{{counter}}"),))
    known = situation.look(client, "APIEvent-welcome")
    keys = [
        set_run.fire(JobContext(), client, known, chosen, ContactStore(), budget=None).receipts[0].contact_key
        for _ in range(2)
    ]
    assert keys == ["qa-1", "qa-2"]
