"""SentEvent, NotSentEvent and BounceEvent, against section 3.2 of the API reference."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mcconsole.core.clock import now
from tests.sandbox.test_soap import retrieve, simple, status, texts
from tests.tenant import Tenant


@pytest.fixture
def quick(tenant: Tenant) -> Tenant:
    tenant.switch(delivery_delay=0, tracking_delay=0, record_delay=0)
    return tenant


def events(tenant: Tenant, kind: str, contact: str, *more: str, condition: str = "") -> Any:
    condition = condition or simple("SubscriberKey", "equals", contact)
    return retrieve(tenant, kind, "SubscriberKey", "EventType", "EventDate", *more, condition=condition)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ann@example.com", {"SentEvent": ["Sent"], "NotSentEvent": [], "BounceEvent": []}),
        ("blocked@example.com", {"SentEvent": [], "NotSentEvent": ["NotSent"], "BounceEvent": []}),
        ("bounce@example.com", {"SentEvent": ["Sent"], "NotSentEvent": [], "BounceEvent": ["HardBounce"]}),
        ("softbounce@example.com", {"SentEvent": ["Sent"], "NotSentEvent": [], "BounceEvent": ["SoftBounce"]}),
    ],
)
def test_each_end_has_its_events(quick: Tenant, address: str, expected: dict[str, list[str]]) -> None:
    assert quick.send("welcome-send", address, "C-5").json()["responses"][0]["hasErrors"] is False

    def found() -> dict[str, list[str]]:
        return {kind: texts(events(quick, kind, "C-5"), "EventType") for kind in expected}

    # The three are asked for one after the other, and the message may end in between.
    quick.until(lambda: any(found().values()))
    assert found() == expected


def test_a_bounce_says_why_and_of_which_definition(quick: Tenant) -> None:
    quick.send("welcome-send", "bounce@example.com", "C-5")
    names = ("SMTPCode", "SMTPReason", "BounceCategory", "TriggeredSendDefinitionObjectID")
    quick.until(lambda: texts(events(quick, "BounceEvent", "C-5"), "EventType"))
    found = events(quick, "BounceEvent", "C-5", *names)
    listed = retrieve(
        quick, "TriggeredSendDefinition", "ObjectID", condition=simple("CustomerKey", "equals", "welcome-send")
    )
    assert texts(found, "TriggeredSendDefinitionObjectID") == texts(listed, "ObjectID")
    assert (texts(found, "SMTPCode"), texts(found, "BounceCategory")) == (["550"], ["Hard bounce"])
    assert quick.outbox()[0]["bounced"] is True


def test_events_are_found_by_their_time_in_any_zone(quick: Tenant) -> None:
    quick.send("welcome-send", "ann@example.com", "C-5")
    quick.until(lambda: texts(events(quick, "SentEvent", "C-5"), "EventType"))

    def since(moment: str) -> list[str]:
        condition = simple("EventDate", "greaterThan", moment)
        return texts(events(quick, "SentEvent", "", condition=condition), "SubscriberKey")

    for hours, expected in ((-1, ["C-5"]), (1, [])):
        moment = now() + timedelta(hours=hours)
        assert since(moment.isoformat()) == expected
        assert since(moment.astimezone().isoformat().replace("+00:00", "Z")) == expected
    assert status(retrieve(quick, "SentEvent", "EventDate", condition=simple("EventDate", "equals", "2024-99-01T00:00Z"))).startswith("Error: ")  # fmt: skip  # noqa: E501


def test_events_are_late(quick: Tenant) -> None:
    quick.switch(tracking_delay=600)
    quick.send("welcome-send", "ann@example.com", "C-5")
    quick.until(quick.outbox)
    assert texts(events(quick, "SentEvent", "C-5"), "EventType") == []
    quick.switch(tracking_delay=0)
    assert texts(events(quick, "SentEvent", "C-5"), "EventType") == ["Sent"]


def test_tracking_needs_its_scope(tenant: Tenant) -> None:
    client_id, secret = tenant.package(["email_send"])
    token = tenant.token(client_id=client_id, client_secret=secret)
    answer = retrieve(tenant, "SentEvent", "SubscriberKey", token=token)
    assert status(answer).startswith("Error: API Permission Failed")
