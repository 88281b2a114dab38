"""Taking a contact out of a journey over real HTTP: followed word for word, and proven by where the contact is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core.errors import NotPermitted
from mcconsole.core.jobs import Cancelled, JobContext, Progress
from mcconsole.core.tenant import Credentials
from mcconsole.features.journeys import exits
from mcconsole.features.journeys.exits import Departure, Exit
from tests.tenant import Tenant

PATH = "/interaction/v1/interactions/contactexit"


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    tenant.switch(entry_delay=0, exit_delay=0.2)
    credentials, _ = Credentials.from_environment(tenant.environment())
    made = Client(credentials, feature="journeys", limits=Limits(base=0.01, longest=0.05))
    yield made
    made.close()


@pytest.fixture
def inside(tenant: Tenant, client: Client) -> str:
    """A contact that is in the welcome series."""
    data = {"SubscriberKey": "N-1", "EmailAddress": "n1@example.com"}
    assert tenant.fire("APIEvent-welcome", "N-1", data).status_code == 201
    tenant.until(lambda: "welcome-series" in tenant.journeys_of("N-1")["N-1"])
    return "N-1"


def test_a_contact_leaves_and_every_word_is_told(client: Client, inside: str, tenant: Tenant) -> None:
    told: list[Progress] = []
    ended = exits.take_out(JobContext(told.append), client, inside, "welcome-series", budget=10)
    assert (ended.departure, ended.cancelled) == (Departure.LEFT, False)
    assert ended.reason == "The contact is not in the journey any more."
    assert tenant.journeys_of(inside)[inside] == []
    words = [one.note for one in told]
    assert words[0] == "Exit request received for processing", words
    assert len(tenant.journal(PATH + "$", "POST")) == 1


def test_who_was_not_in_is_told_so(client: Client) -> None:
    ended = exits.take_out(JobContext(), client, "nobody", "welcome-series", budget=5)
    assert ended.departure is Departure.LEFT
    assert "was not in it before" in ended.reason


def test_a_journey_that_is_not_there_is_refused_word_for_word(client: Client) -> None:
    ended = exits.take_out(JobContext(), client, "N-1", "nothing-like-it", budget=5)
    assert ended.departure is Departure.REFUSED
    assert ended.exits == (Exit(0, "Exit request Ignored - Invalid Interaction Name."),)


def test_an_exit_that_was_completed_before_does_not_end_the_following(
    client: Client, inside: str, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exits, "progress", lambda *_: [Exit(2, "Exit process Completed.")])
    assert exits.take_out(JobContext(), client, inside, "welcome-series", budget=10).departure is Departure.LEFT
    tenant.fire("APIEvent-welcome", inside, {"SubscriberKey": inside, "EmailAddress": "n1@example.com"})
    tenant.until(lambda: "welcome-series" in tenant.journeys_of(inside)[inside])
    tenant.switch(exit_delay=60)
    ended = exits.take_out(JobContext(), client, inside, "welcome-series", budget=0.2)
    assert ended.departure is Departure.STILL_IN
    assert "even after 0.2 s" in ended.reason


def test_a_slow_exit_is_not_proven(client: Client, inside: str, tenant: Tenant) -> None:
    tenant.switch(exit_delay=60)
    ended = exits.take_out(JobContext(), client, inside, "welcome-series", budget=0.2)
    assert ended.departure is Departure.NOT_PROVEN
    assert "still in the journey after 0.2 s" in ended.reason
    assert not ended.exits[0].completed


def test_cancelling_ends_the_following_and_claims_nothing(client: Client, inside: str, tenant: Tenant) -> None:
    tenant.switch(exit_delay=60)
    ctx = JobContext(lambda _: ctx.cancel())
    ended = exits.take_out(ctx, client, inside, "welcome-series", budget=60)
    assert (ended.departure, ended.cancelled) == (Departure.NOT_PROVEN, True)
    cut = JobContext()
    cut.cancel()
    with pytest.raises(Cancelled):
        exits.take_out(cut, client, inside, "welcome-series", budget=60)
    assert len(tenant.journal(PATH + "$", "POST")) == 1


def test_a_missing_scope_is_named(tenant: Tenant, inside: str) -> None:
    client_id, secret = tenant.package(["journeys_read", "list_and_subscribers_read"])
    environment = tenant.environment(MCCONSOLE_CLIENT_ID=client_id, MCCONSOLE_CLIENT_SECRET=secret)
    credentials, _ = Credentials.from_environment(environment)
    made = Client(credentials, feature="journeys", limits=Limits(base=0.01, longest=0.05))
    with pytest.raises(NotPermitted) as refused:
        exits.take_out(JobContext(), made, inside, "welcome-series", budget=1)
    assert "journeys_execute" in f"{refused.value} {refused.value.advice}"
    made.close()


def test_what_fails_after_the_request_does_not_hide_that_it_was_taken(
    client: Client, inside: str, tenant: Tenant
) -> None:
    tenant.fail(PATH + "/status", "status", status=403)
    ended = exits.take_out(JobContext(), client, inside, "welcome-series", budget=5)
    assert ended.departure is Departure.NOT_PROVEN
    assert ended.reason.startswith("The request was taken; ")
    assert len(tenant.journal(PATH + "$", "POST")) == 1
