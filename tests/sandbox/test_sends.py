"""Triggered sends, against sections 3.1 and 3.2 of the API reference."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from mcconsole.sandbox import demo
from tests.sandbox.test_soap import N, retrieve, simple, status, texts
from tests.tenant import Tenant

BASE = "messaging/v1/messageDefinitionSends"
KEY = "<CustomerKey>{}</CustomerKey>"
PARTS = (
    "<Email><ID>1</ID></Email><SendClassification><CustomerKey>Default Transactional</CustomerKey></SendClassification>"
)


def write(tenant: Tenant, action: str, inner: str, kind: str = "TriggeredSendDefinition", **more: Any) -> Any:
    """Write one object and return its result."""
    partner = N["p"]
    body = f'<{action}Request xmlns="{partner}"><Objects xsi:type="{kind}">{inner}</Objects></{action}Request>'
    answer = tenant.soap(body, **more)
    assert answer.status_code == 200, answer.text
    return etree.fromstring(answer.content).find(".//p:Results", N)


def said(result: Any) -> tuple[str | None, str | None, str | None]:
    return tuple(result.findtext(f"p:{name}", namespaces=N) for name in ("StatusCode", "StatusMessage", "ErrorCode"))


def status_of(tenant: Tenant, key: str) -> list[str]:
    answer = retrieve(
        tenant, "TriggeredSendDefinition", "TriggeredSendStatus", condition=simple("CustomerKey", "equals", key)
    )
    return texts(answer, "TriggeredSendStatus")


def move(tenant: Tenant, key: str, status: str) -> Any:
    return write(tenant, "Update", KEY.format(key) + f"<TriggeredSendStatus>{status}</TriggeredSendStatus>")


def arrived(tenant: Tenant, count: int) -> list[dict[str, Any]]:
    """Wait until this many messages went out and return them."""
    return tenant.until(lambda: found if len(found := tenant.outbox()) == count else [])


def only(answer: requests.Response) -> dict[str, Any]:
    """Return the one response of an accepted send."""
    assert answer.status_code == 202, answer.text
    (found,) = answer.json()["responses"]
    return dict(found)


@pytest.fixture
def quick(tenant: Tenant) -> Tenant:
    tenant.switch(delivery_delay=0, record_delay=0, tracking_delay=0)
    return tenant


@pytest.mark.parametrize("seed", ["demo", "empty"])
def test_every_seed_has_what_a_definition_needs(start_tenant: Callable[..., Tenant], seed: str) -> None:
    tenant = start_tenant("--seed", seed)
    tenant.definition("hello")
    emails = retrieve(tenant, "Email", "ID", "Name", "Subject", condition=simple("ID", "equals", "1"))
    assert texts(emails, "ID") == ["1"]
    names = texts(retrieve(tenant, "SendClassification", "Name", "CustomerKey"), "CustomerKey")
    assert "Default Transactional" in names
    for kind, name in (("List", "ListName"), ("SenderProfile", "FromAddress"), ("DeliveryProfile", "Name")):
        assert texts(retrieve(tenant, kind, "CustomerKey", name), name)
    assert only(tenant.send("hello", "ann@example.com"))["hasErrors"] is False


def test_create_start_send_and_it_is_in_the_outbox(quick: Tenant) -> None:
    result = write(quick, "Create", "<Name>Hi</Name><CustomerKey>hi</CustomerKey>" + PARTS)
    assert said(result) == ("OK", "TriggeredSendDefinition created", None)
    assert result.findtext("p:NewID", namespaces=N) == "0"
    object_id = result.findtext("p:NewObjectID", namespaces=N)
    assert status_of(quick, "hi") == ["New"]
    assert said(move(quick, "hi", "Active")) == ("OK", "TriggeredSendDefinition updated", None)
    first = quick.send("hi", "ann@example.com", "C-9", FirstName="Ann")
    answer = only(first)
    assert answer == {"recipientSendId": answer["recipientSendId"], "hasErrors": False, "messages": ["Queued"]}
    body = {"To": {"Address": "bob@example.com"}}
    only(quick.call("POST", f"{BASE}/{object_id}/send", body))
    sent = arrived(quick, 2)
    assert [one["to"] for one in sent] == ["ann@example.com", "bob@example.com"]
    assert sent[0]["recipient_send_id"] == answer["recipientSendId"]
    assert sent[0]["request_id"] == first.json()["requestId"]
    assert (sent[0]["contact"], sent[1]["contact"]) == ("C-9", "bob@example.com")
    assert (sent[0]["attributes"], sent[0]["copy_version"]) == ({"FirstName": "Ann"}, 1)


@pytest.mark.parametrize(
    ("start", "wanted", "code"),
    [
        ("New", "Inactive", "17002"),
        ("Active", "New", "17003"),
        ("Canceled", "Active", "17003"),
        ("Canceled", "Inactive", "17003"),
        ("Deleted", "Active", "17003"),
    ],
)
def test_moves_that_there_are_not(tenant: Tenant, start: str, wanted: str, code: str) -> None:
    tenant.definition("one", status=start)
    state, words, error = said(move(tenant, "one", wanted))
    assert (state, error) == ("Error", code)
    assert words is not None
    assert words.startswith("Triggered Send Definition Cannot Be")
    assert status_of(tenant, "one") == [start]


def test_pause_start_cancel_delete(tenant: Tenant) -> None:
    tenant.definition("one")
    for wanted in ("Inactive", "Active", "Active", "Inactive", "Canceled"):
        assert said(move(tenant, "one", wanted))[0] == "OK"
        assert status_of(tenant, "one") == [wanted]
    assert said(write(tenant, "Delete", KEY.format("one"))) == ("OK", "TriggeredSendDefinition deleted", None)
    assert status_of(tenant, "one") == ["Deleted"]
    assert said(write(tenant, "Delete", KEY.format("one")))[2] == "17004"


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<Name/>" + PARTS, "17101"),
        ("<Name>x</Name>", "17013"),
        ("<Name>x</Name><Email><ID>1</ID></Email>", "17014"),
        ("<Name>x</Name>" + PARTS.replace("<ID>1<", "<ID>99<"), "17016"),
        ("<Name>x</Name>" + PARTS.replace("Default T", "Other T"), "17014"),
        ("<Name>x</Name>" + PARTS + "<List><ID>99</ID></List>", "17017"),
        ("<Name>x</Name>" + PARTS + "<FromAddress>nobody</FromAddress>", "17106"),
        ("<Name>x</Name>" + PARTS + "<TriggeredSendType>Often</TriggeredSendType>", "17011"),
        ("<Name>x</Name>" + PARTS + KEY.format("welcome-send"), "1"),
    ],
)
def test_create_says_what_is_wrong(tenant: Tenant, inner: str, code: str) -> None:
    before = texts(retrieve(tenant, "TriggeredSendDefinition", "CustomerKey"), "CustomerKey")
    assert said(write(tenant, "Create", inner))[::2] == ("Error", code)
    assert texts(retrieve(tenant, "TriggeredSendDefinition", "CustomerKey"), "CustomerKey") == before


def test_unknown_definitions_cannot_be_changed(tenant: Tenant) -> None:
    assert said(move(tenant, "nowhere", "Active"))[::2] == ("Error", "17015")
    assert said(write(tenant, "Delete", "<Name>x</Name>"))[::2] == ("Error", "17010")
    assert said(write(tenant, "Delete", KEY.format("welcome-send"), account_id=demo.EUROPE))[2] == "17015"


def test_the_list_is_filtered_and_comes_in_parts(tenant: Tenant) -> None:
    listed = retrieve(
        tenant,
        "TriggeredSendDefinition",
        *("CustomerKey", "Email.ID", "SendClassification.CustomerKey", "List.ID", "IsWrapped"),
        condition=simple("TriggeredSendStatus", "IN", "New", "Inactive", "Canceled"),
    )
    assert texts(listed, "CustomerKey") == ["shipping-notice-send", "birthday-send", "retired-offer-send"]
    assert set(texts(listed, "SendClassification.CustomerKey")) == {"Default Transactional"}
    paged = "<Options><BatchSize>2</BatchSize></Options>"
    first = retrieve(tenant, "TriggeredSendDefinition", "CustomerKey", options=paged)
    assert (status(first), len(texts(first, "CustomerKey"))) == ("MoreDataAvailable", 2)
    paused = retrieve(tenant, "TriggeredSendDefinition", "IsPaused")
    assert status(paused).startswith("Error: The Request Property(s) IsPaused do not match")
    tenant.switch(definition_key_filter="empty")
    assert status_of(tenant, "welcome-send") == []


def test_the_old_copy_goes_on_being_sent_until_it_is_refreshed(quick: Tenant) -> None:
    quick.definition("news")

    def version() -> int:
        address = f"reader{len(quick.outbox())}@example.com"
        only(quick.send("news", address))
        return int(quick.until(lambda: quick.outbox(to=address))[0]["copy_version"])

    assert version() == 1
    quick.write("Update", "Email", "<ID>1</ID><Subject>New words</Subject>")
    assert version() == 1
    active = write(quick, "Update", KEY.format("news") + "<RefreshContent>true</RefreshContent>")
    assert said(active)[2] == "17005"
    quick.set_status("news", "Inactive")
    quick.set_status("news", "Active")
    assert version() == 1
    quick.set_status("news", "Inactive")
    write(quick, "Update", KEY.format("news") + "<RefreshContent>true</RefreshContent>")
    quick.set_status("news", "Active")
    assert version() == 2
    assert quick.outbox()[-1]["subject"] == "New words"


def test_a_paused_definition_queues_until_it_is_started(quick: Tenant) -> None:
    answer = only(quick.send("shipping-notice-send", "ann@example.com"))
    assert answer["messages"] == ["Queued"]
    only(quick.send("welcome-send", "bob@example.com"))
    quick.until(lambda: quick.outbox(to="bob@example.com"))
    record = f"{BASE}/key:shipping-notice-send/deliveryRecords/{answer['recipientSendId']}"
    assert quick.call("GET", record).json()["status"] == "Queued"
    assert quick.outbox(to="ann@example.com") == []
    quick.set_status("shipping-notice-send", "Active")
    assert len(quick.until(lambda: quick.outbox(to="ann@example.com"))) == 1


@pytest.mark.parametrize(
    ("status", "code"), [("New", 18001), ("Canceled", 18002), ("Deleted", 18002)], ids=["new", "canceled", "deleted"]
)
def test_other_statuses_refuse(quick: Tenant, status: str, code: int) -> None:
    quick.definition("one", status=status)
    answer = quick.send("one", "ann@example.com")
    assert (answer.status_code, answer.json()["errorcode"]) == (400, code)
    assert answer.json()["message"].startswith("Unable to queue message.")
    quick.switch(refused_definition="202")
    inside = only(quick.send("one", "ann@example.com"))
    assert (inside["hasErrors"], inside["messageErrors"][0]["messageErrorCode"]) == (True, code)
    assert quick.outbox() == []


def test_an_unknown_key_is_refused_in_two_ways(tenant: Tenant) -> None:
    assert tenant.send("nowhere", "ann@example.com").status_code == 400
    tenant.switch(unknown_definition="404")
    answer = tenant.send("nowhere", "ann@example.com")
    assert (answer.status_code, answer.json()["errorcode"]) == (404, 18002)


@pytest.mark.parametrize(
    ("key", "address", "code", "name"),
    [
        ("welcome-send", "unsubscribed@example.com", 1, "Unsubscribed"),
        ("welcome-send", "held-2@example.com", 2, "Held"),
        ("order-confirmation-send", "ann@example.com", 19, "MissingRequiredFields: OrderNumber"),
    ],
)
def test_recipients_who_get_nothing(quick: Tenant, key: str, address: str, code: int, name: str) -> None:
    answer = only(quick.send(key, address))
    assert answer["hasErrors"] is True
    general, reason = answer["messageErrors"]
    assert general["messageErrorCode"] == 180008
    assert general["messageErrorStatus"].endswith("There are no valid subscribers.")
    assert (reason["messageErrorCode"], reason["messageErrorStatus"]) == (code, name)
    quick.switch(failure_reasons="hidden")
    assert [one["messageErrorCode"] for one in only(quick.send(key, address))["messageErrors"]] == [180008]
    quick.switch(subscriber_check="delivery")
    late = only(quick.send(key, address))
    assert late["hasErrors"] is False
    record = f"{BASE}/key:{key}/deliveryRecords/{late['recipientSendId']}"
    settled = quick.until(lambda: (body := quick.call("GET", record).json())["status"] == "Error" and body)
    assert settled["messageErrors"] == [{"messageErrorCode": code, "messageErrorStatus": name}]
    assert quick.outbox() == []


@pytest.mark.parametrize("address", ["", "ann", "ann@", "two words@example.com"])
def test_an_address_that_is_none(tenant: Tenant, address: str) -> None:
    answer = only(tenant.send("welcome-send", address))
    assert answer == {"recipientSendId": "", "hasErrors": True, "messages": ["InvalidOrMissingToAddress"]}


def test_attributes_meet_the_send_data_extension(quick: Tenant) -> None:
    good = quick.send("order-confirmation-send", "ann@example.com", OrderNumber="A-1", Unknown="x")
    assert only(good)["hasErrors"] is False
    bad = only(quick.send("order-confirmation-send", "ann@example.com", OrderNumber="A-1", OrderTotal="much"))
    assert bad["messageErrors"][1]["messageErrorCode"] == 20
    quick.switch(send_attribute_case="exact")
    case = only(quick.send("order-confirmation-send", "ann@example.com", ordernumber="A-1"))
    assert case["messageErrors"][1]["messageErrorCode"] == 19


@pytest.mark.parametrize(("kind", "status"), [("SYNC", 202), ("async", 202), ("LATER", 400)])
def test_a_send_is_asked_for_now_or_later(quick: Tenant, kind: str, status: int) -> None:
    """API reference 3.2: `RequestType` is ASYNC or SYNC (documented)."""
    body = {"To": {"Address": "ann@example.com", "SubscriberKey": "C-1"}, "Options": {"RequestType": kind}}
    made = quick.call("POST", "messaging/v1/messageDefinitionSends/key:welcome-send/send", body)
    assert made.status_code == status, made.text
    if status == 202:
        assert made.json()["responses"][0]["hasErrors"] is False
        assert quick.until(lambda: len(quick.outbox())) == 1
    else:
        assert (made.json()["errorcode"], quick.outbox()) == (10005, [])


def test_a_batch_answers_for_each(quick: Tenant) -> None:
    people = ("ann@example.com", "held@example.com", "nobody", "bob@example.com")
    body = [{"To": {"Address": one, "SubscriberKey": one}} for one in people]
    answer = quick.call("POST", f"{BASE}/key:welcome-send/sendBatch", body)
    assert answer.status_code == 202
    assert [one["hasErrors"] for one in answer.json()["responses"]] == [False, True, True, False]
    sent = arrived(quick, 2)
    assert [one["to"] for one in sent] == ["ann@example.com", "bob@example.com"]


def test_delivery_records_are_late(tenant: Tenant) -> None:
    tenant.switch(delivery_delay=0.3, record_delay=600)
    answer = only(tenant.send("welcome-send", "ann@example.com"))
    record = f"{BASE}/key:welcome-send/deliveryRecords/{answer['recipientSendId']}"
    assert tenant.call("GET", record).status_code == 404
    tenant.switch(record_delay=0)
    found = tenant.until(lambda: (body := tenant.call("GET", record).json())["status"] == "Sent" and body)
    assert found["to"]["address"] == "ann@example.com"
    assert found["deliveryTime"]
    assert tenant.call("GET", record.replace("welcome", "order-confirmation")).status_code == 404


def test_sending_needs_its_scope(tenant: Tenant) -> None:
    client_id, secret = tenant.package(["email_read"])
    token = tenant.token(client_id=client_id, client_secret=secret)
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{tenant.url}{BASE}/key:nowhere/send", json={}, headers=headers)
    assert answer.status_code == 403
    refused = write(tenant, "Update", KEY.format("welcome-send"), token=token)
    assert said(refused)[2] == "11"


def test_soap_sends_and_names_those_who_get_nothing(quick: Tenant) -> None:
    people = ("ann@example.com", "unsubscribed@example.com")
    subscribers = "".join(
        f"<Subscribers><EmailAddress>{one}</EmailAddress><SubscriberKey>{one}</SubscriberKey>"
        "<Attributes><Name>FirstName</Name><Value>Ann</Value></Attributes></Subscribers>"
        for one in people
    )
    definition = "<TriggeredSendDefinition><CustomerKey>{}</CustomerKey></TriggeredSendDefinition>"
    result = write(quick, "Create", definition.format("welcome-send") + subscribers, "TriggeredSend")
    assert said(result) == ("OK", "Created TriggeredSend", None)
    assert result.findtext("p:SubscriberFailures/p:ErrorCode", namespaces=N) == "1"
    failed = result.findtext("p:SubscriberFailures/p:Subscriber/p:EmailAddress", namespaces=N)
    assert failed == "unsubscribed@example.com"
    sent = quick.until(quick.outbox)
    assert [(one["to"], one["attributes"]) for one in sent] == [("ann@example.com", {"FirstName": "Ann"})]
    nobody = write(quick, "Create", definition.format("welcome-send"), "TriggeredSend")
    assert said(nobody)[2] == "180008"
    assert said(write(quick, "Create", definition.format("birthday-send"), "TriggeredSend"))[2] == "18001"
    assert said(write(quick, "Create", definition.format("nowhere"), "TriggeredSend"))[2] == "18002"


def test_what_was_accepted_goes_out_once_whatever_became_of_the_answer(quick: Tenant) -> None:
    quick.fail("/messaging/", "reset_after", nth=1)
    with pytest.raises(requests.ConnectionError):
        quick.send("welcome-send", "after@example.com")
    quick.heal()
    quick.fail("/messaging/", "reset_before", nth=1)
    with pytest.raises(requests.ConnectionError):
        quick.send("welcome-send", "before@example.com")
    only(quick.send("welcome-send", "last@example.com"))
    quick.until(lambda: quick.outbox(to="last@example.com"))
    assert [one["to"] for one in quick.outbox()] == ["after@example.com", "last@example.com"]


def test_a_failure_after_acceptance_does_not_take_the_message_back(quick: Tenant) -> None:
    quick.fail("/messaging/", "status", status=503, after=True, nth=1)
    assert quick.send("welcome-send", "ann@example.com").status_code == 503
    quick.heal()
    quick.fail("/messaging/", "status", status=503, nth=1)
    assert quick.send("welcome-send", "bob@example.com").status_code == 503
    assert [one["to"] for one in quick.until(quick.outbox)] == ["ann@example.com"]


def test_a_kill_loses_no_message_and_doubles_none(start_tenant: Callable[..., Tenant], tmp_path: Path) -> None:
    tenant = start_tenant("--data", str(tmp_path), "--delivery-delay", "0.3")
    only(tenant.send("shipping-notice-send", "kept@example.org"))
    for number in range(3):
        only(tenant.send("welcome-send", f"p{number}@example.com"))
    tenant.kill()
    tenant.restart()
    tenant.set_status("shipping-notice-send", "Active")
    sent = tenant.until(lambda: found if len(found := tenant.outbox()) > 3 else [])
    assert sorted(one["to"] for one in sent) == [
        "kept@example.org",
        "p0@example.com",
        "p1@example.com",
        "p2@example.com",
    ]


def test_a_state_from_before_sends_gets_what_it_lacks(start_tenant: Callable[..., Tenant], tmp_path: Path) -> None:
    tenant = start_tenant("--data", str(tmp_path))
    tenant.kill()
    with contextlib.closing(sqlite3.connect(tmp_path / "tenant.sqlite")) as state:
        state.executescript("DROP TABLE assets; DROP TABLE send_definitions; DROP TABLE messages;")
        state.execute("PRAGMA user_version = 3")
    tenant.restart()
    tenant.definition("later")
    assert only(tenant.send("later", "ann@example.com"))["hasErrors"] is False
    assert only(tenant.send("order-confirmation-send", "ann@example.com", OrderNumber="A"))["hasErrors"] is False


def test_the_wsdl_knows_the_types_of_sends(tenant: Tenant) -> None:
    wsdl = etree.fromstring(requests.get(tenant.url + "etframework.wsdl").content)
    known = {node.get("name") for node in wsdl.iter("{*}complexType")}
    sends = ("TriggeredSendDefinition", "TriggeredSend", "TriggeredSendCreateResult", "Email", "List", "SenderProfile")
    assert known.issuperset(
        (*sends, "SendClassification", "DeliveryProfile", "SentEvent", "NotSentEvent", "BounceEvent")
    )
