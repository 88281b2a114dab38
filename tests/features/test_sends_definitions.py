"""Definitions of both send systems over real HTTP: listed, made, started, paused, refreshed; no status is assumed."""

from __future__ import annotations

import pytest

from mcconsole.api.client import Client
from mcconsole.core.errors import (
    BadInput,
    ConsoleError,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    Rejected,
)
from mcconsole.core.jobs import JobContext
from mcconsole.features.sends import choices, definitions, lifecycle
from mcconsole.features.sends.choices import Pick
from mcconsole.features.sends.definitions import Kind, Status
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.lifecycle import NewDefinition
from tests.features import sends_parts
from tests.features.sends_parts import ORDER, Send
from tests.tenant import Tenant

client, send, tenant = sends_parts.client, sends_parts.send, sends_parts.tenant


def test_both_systems_are_listed(client: Client, tenant: Tenant) -> None:
    for number in range(60):
        body = {"definitionKey": f"more-{number}", "name": f"More {number}", "content": {"customerKey": "order-email"}}
        assert tenant.call("POST", "messaging/v1/email/definitions", body).status_code == 201
    found = definitions.listing(client)
    assert not found.obstacles
    by_key = {(one.kind, one.key): one for one in found.definitions}
    assert sum(one.key.startswith("more-") for one in found.definitions) == 60
    assert by_key[Kind.TRIGGERED, "birthday-send"].status == Status.NEW
    order = by_key[Kind.TRIGGERED, "order-confirmation-send"]
    assert (order.status, order.data_extension, order.email, order.list_key) == (
        "Active",
        "order-send-entries",
        "2",
        "1",
    )
    assert order.modified is not None
    assert by_key[Kind.TRANSACTIONAL, "delivery-update"].status == Status.INACTIVE


def test_where_one_system_is_refused_the_other_is_listed(client: Client, tenant: Tenant) -> None:
    tenant.fail("/messaging/v1/email/definitions", "status", status=403)
    found = definitions.listing(client)
    assert {one.kind for one in found.definitions} == {Kind.TRIGGERED}
    assert isinstance(found.obstacles[Kind.TRANSACTIONAL], NotPermitted)
    assert definitions.find(client, "welcome-send").kind is Kind.TRIGGERED
    with pytest.raises(NotPermitted):
        definitions.find(client, "password-reset")


def test_a_key_that_both_systems_have_must_be_told_apart(client: Client, tenant: Tenant) -> None:
    tenant.definition("password-reset")
    with pytest.raises(BadInput, match="password-reset") as caught:
        definitions.find(client, "password-reset")
    assert "--kind" in caught.value.advice
    assert definitions.find(client, "password-reset", kind=Kind.TRIGGERED).kind is Kind.TRIGGERED


@pytest.mark.parametrize(("email_id", "email_key"), [("1", ""), ("", "welcome-email")])
def test_a_triggered_send_is_made_started_and_sent(
    client: Client, send: Send, tenant: Tenant, email_id: str, email_key: str
) -> None:
    new = NewDefinition(
        Kind.TRIGGERED,
        "made",
        "Made here",
        list_key="1",
        classification="Default Transactional",
        sender_profile="Default",
        delivery_profile="Default",
        description="by a test",
        email_id=email_id,
        email_key=email_key,
    )
    made = lifecycle.create(client, new)
    assert (made.status, made.email, made.name) == (Status.NEW, "1", "Made here")
    with pytest.raises(BadInput, match="is New"):
        send("made")
    assert lifecycle.start(client, made).status == Status.ACTIVE
    assert send("made").outcome is Outcome.SENT
    with pytest.raises(Rejected) as again:
        lifecycle.create(client, new)
    assert again.value.said
    assert tenant.outbox()[0]["definition"] == "made"


def test_a_transactional_definition_is_made_and_sent(client: Client, send: Send) -> None:
    new = NewDefinition(
        Kind.TRANSACTIONAL, "made", "Made here", email_key="order-email", data_extension="order-send-entries"
    )
    made = lifecycle.create(client, new)
    assert (made.status, made.email, made.data_extension) == (Status.ACTIVE, "order-email", "order-send-entries")
    assert send("made", attributes=ORDER).outcome is Outcome.SENT
    with pytest.raises(Rejected) as caught:
        lifecycle.create(client, new)
    assert caught.value.status == 409
    assert caught.value.said


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (NewDefinition(Kind.TRIGGERED, "", "x", email_id="1"), "external key"),
        (NewDefinition(Kind.TRIGGERED, "x", " ", email_id="1"), "name"),
        (NewDefinition(Kind.TRIGGERED, "x", "x"), "e-mail"),
        (NewDefinition(Kind.TRANSACTIONAL, "x", "x", email_id="1"), "e-mail"),
        (NewDefinition(Kind.TRIGGERED, "x", "x", email_id="one"), "number"),
    ],
)
def test_an_incomplete_definition_is_not_sent(client: Client, tenant: Tenant, new: NewDefinition, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        lifecycle.create(client, new)
    assert not tenant.journal("/service.asmx")


def test_what_the_tenant_refuses_is_explained(client: Client) -> None:
    new = NewDefinition(Kind.TRIGGERED, "x", "x", email_id="4711", classification="Default Transactional")
    with pytest.raises(Rejected) as caught:
        lifecycle.create(client, new)
    assert caught.value.said
    assert any(17000 <= code <= 17205 for code in caught.value.codes)
    assert "e-mail" in caught.value.advice


@pytest.mark.parametrize("kind", ["reset_after", "reset_before"])
def test_a_definition_whose_answer_was_lost_is_looked_for(client: Client, tenant: Tenant, kind: str) -> None:
    client.token()
    tenant.fail("/service.asmx", kind, nth=1)
    new = NewDefinition(Kind.TRIGGERED, "lost", "Lost", email_id="1", classification="Default Transactional")
    if kind == "reset_after":
        assert lifecycle.create(client, new).status == Status.NEW
    else:
        with pytest.raises(ConsoleError) as caught:
            lifecycle.create(client, new)
        assert "not there now" in caught.value.advice
    assert sum(one.key == "lost" for one in definitions.triggered(client)) == (kind == "reset_after")


def test_start_pause_and_cancel_say_what_the_tenant_says(client: Client) -> None:
    for key in ("welcome-send", "password-reset"):
        known = definitions.find(client, key)
        assert lifecycle.pause(client, known).status == Status.INACTIVE
        assert lifecycle.pause(client, known).status == Status.INACTIVE
        assert lifecycle.start(client, known).status == Status.ACTIVE
        ended = lifecycle.cancel(client, known)
        assert ended.status in (Status.CANCELED, Status.DELETED)
        with pytest.raises(Refused):
            lifecycle.start(client, known)


def test_a_status_change_whose_answer_was_lost_is_read(client: Client, tenant: Tenant) -> None:
    known = definitions.find(client, "welcome-send")
    tenant.fail("/service.asmx", "status", status=500, after=True, nth=2, times=5)
    tenant.fail("/service.asmx", "status", status=500, nth=7, times=1)
    assert lifecycle.pause(client, known).status == Status.INACTIVE


def test_content_is_refreshed_in_the_right_order(client: Client, send: Send, tenant: Tenant) -> None:
    known = definitions.find(client, "welcome-send")
    send("welcome-send")
    tenant.write("Update", "Email", "<ID>1</ID><HTMLBody>new</HTMLBody>")
    send("welcome-send", force=True)
    assert lifecycle.refresh_content(client, known).status == Status.ACTIVE
    send("welcome-send", force=True)
    versions = [one["copy_version"] for one in tenant.outbox()]
    assert versions[0] == versions[1] < versions[2], "until it is refreshed the old copy goes out"


def test_refreshing_leaves_a_paused_definition_paused(client: Client) -> None:
    paused = definitions.find(client, "shipping-notice-send")
    assert lifecycle.refresh_content(client, paused).status == Status.INACTIVE
    with pytest.raises(Refused, match="is New"):
        lifecycle.refresh_content(client, definitions.find(client, "birthday-send"))
    with pytest.raises(BadInput, match="transactional"):
        lifecycle.refresh_content(client, definitions.find(client, "password-reset"))


def test_a_refresh_that_fails_halfway_says_where_it_stands(client: Client, tenant: Tenant) -> None:
    known = definitions.find(client, "welcome-send")
    calls_so_far = len(tenant.journal("/service.asmx"))
    # read, read, pause, read: the next change is the refresh.
    tenant.fail("/service.asmx", "status", status=400, body="Bad Request", nth=5)
    with pytest.raises(ConsoleError) as caught:
        lifecycle.refresh_content(client, known)
    assert "is Inactive now" in caught.value.advice
    assert len(tenant.journal("/service.asmx")) > calls_so_far


@pytest.mark.parametrize("step", [5, 6, 7, 8, 9, 10])
def test_a_refresh_that_fails_anywhere_says_where_it_stands(client: Client, tenant: Tenant, step: int) -> None:
    """Whether at the refresh, the start, or a reading: a definition that stays paused is not left without a word."""
    known = definitions.find(client, "welcome-send")
    tenant.fail("/service.asmx", "status", status=400, body="Bad Request", nth=step)
    advice = ""
    try:
        lifecycle.refresh_content(client, known)
    except ConsoleError as error:
        advice = error.advice
    tenant.heal()
    status = definitions.find(client, "welcome-send").status
    assert f"is {status} now" in advice if advice else status == Status.ACTIVE
    assert ("until you start it" in advice) == (status == Status.INACTIVE)


def test_a_refresh_that_is_stopped_halfway_says_where_it_stands(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, ctx = definitions.find(client, "welcome-send"), JobContext()
    pause = lifecycle.pause

    def pause_and_stop(*given: object) -> definitions.Definition:
        try:
            return pause(*given)  # type: ignore[arg-type]
        finally:
            ctx.cancel()

    monkeypatch.setattr(lifecycle, "pause", pause_and_stop)
    with pytest.raises(ConsoleError, match="stopped halfway") as caught:
        lifecycle.refresh_content(client, known, ctx)
    assert "is Inactive now, and takes messages" in caught.value.advice


@pytest.mark.parametrize("kind", list(Kind))
def test_what_was_made_is_told_although_it_cannot_be_read(client: Client, tenant: Tenant, kind: Kind) -> None:
    new = NewDefinition(kind, "made", "Made", email_key="welcome-email", classification="Default Transactional")
    if kind is Kind.TRIGGERED:
        tenant.fail("/service.asmx", "answer", answer="html", nth=2, times=9)
    else:
        tenant.fail("/messaging/v1/email/definitions/made", "status", status=500)
    made = lifecycle.create(client, new)
    assert (made.key, made.status) == ("made", "")
    tenant.heal()
    assert definitions.find(client, "made").name == "Made"


def test_a_lost_creation_stays_unknown_where_it_cannot_be_looked_for(client: Client, tenant: Tenant) -> None:
    client.token()
    tenant.fail("/service.asmx", "status", status=500, after=True, nth=1)
    tenant.fail("/service.asmx", "answer", answer="html", nth=2, times=9)
    new = NewDefinition(Kind.TRIGGERED, "lost", "Lost", email_id="1", classification="Default Transactional")
    with pytest.raises(OutcomeUnknown) as caught:
        lifecycle.create(client, new)
    assert "Create the triggered send definition Lost" in str(caught.value)
    assert "before you make it anew" in caught.value.advice


def test_a_change_that_was_taken_is_told_although_it_cannot_be_read(client: Client, tenant: Tenant) -> None:
    known = definitions.find(client, "welcome-send")
    tenant.fail("/service.asmx", "answer", answer="html", nth=3, times=9)
    with pytest.raises(ConsoleError, match="took the change of “Welcome e-mail” to Inactive"):
        lifecycle.pause(client, known)
    tenant.heal()
    assert definitions.find(client, "welcome-send").status == Status.INACTIVE


def test_everything_to_pick_from_is_listed(client: Client) -> None:
    assert "welcome-email" in {one.key for one in choices.choices(client, Pick.EMAIL)}
    assert all(one.id for one in choices.choices(client, Pick.LIST))
    for what, key in (
        (Pick.CLASSIFICATION, "Default Transactional"),
        (Pick.SENDER, "Default"),
        (Pick.DELIVERY, "Default"),
    ):
        assert key in {one.key for one in choices.choices(client, what)}
