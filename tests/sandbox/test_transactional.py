"""Transactional messaging, against section 3.3 of the API reference."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tenant import Tenant

DEFINITIONS, MESSAGES = "messaging/v1/email/definitions", "messaging/v1/email/messages"
QUEUED, SENT, NOT_SENT = (f"TransactionalSendEvents.Email{name}" for name in ("Queued", "Sent", "NotSent"))


@pytest.fixture
def quick(tenant: Tenant) -> Tenant:
    tenant.switch(delivery_delay=0)
    return tenant


def create(tenant: Tenant, key: str, **more: object) -> Any:
    body = {"definitionKey": key, "name": key, "content": {"customerKey": "welcome-email"}, **more}
    return tenant.call("POST", DEFINITIONS, body)


def event(tenant: Tenant, key: str) -> dict[str, Any]:
    answer = tenant.call("GET", f"{MESSAGES}/{key}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ended(tenant: Tenant, key: str) -> dict[str, Any]:
    """Wait until a message is not queued any more."""
    return tenant.until(lambda: found if (found := event(tenant, key))["eventCategoryType"] != QUEUED else {})


def person(number: int, **more: object) -> dict[str, object]:
    return {"contactKey": f"C-{number}", "to": f"p{number}@example.com", "messageKey": f"m-{number}", **more}


def test_the_life_of_a_definition(tenant: Tenant) -> None:
    extension = {"dataExtension": "order-send-entries", "list": "newsletter", "autoAddSubscriber": False}
    made = create(tenant, "alert", classification="Default Transactional", subscriptions=extension)
    assert made.status_code == 201
    body = made.json()
    assert body["requestId"]
    assert body["journey"]["interactionKey"]
    assert (body["status"], body["subscriptions"]["dataExtension"]) == ("Active", "order-send-entries")
    assert "definitionId" not in body
    again = create(tenant, "ALERT")
    assert (again.status_code, again.json()["errorcode"]) == (409, 30004)
    changed = tenant.call("PATCH", f"{DEFINITIONS}/alert", {"status": "inactive", "name": "Alert"})
    assert (changed.status_code, changed.json()["status"], changed.json()["name"]) == (200, "Inactive", "Alert")
    read = tenant.call("GET", f"{DEFINITIONS}/alert").json()
    assert read["definitionId"]
    assert (read["subscriptions"]["autoAddSubscriber"], read["subscriptions"]["list"]) == (False, "newsletter")
    deleted = tenant.call("DELETE", f"{DEFINITIONS}/alert").json()
    assert (deleted["message"], deleted["deletedDefinitionKey"]) == ("Success", "alert")
    gone = tenant.call("GET", f"{DEFINITIONS}/alert")
    assert (gone.status_code, gone.json()["errorcode"]) == (404, 30003)
    assert create(tenant, "alert").status_code == 201


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, 10002),
        ({"content": None}, 10002),
        ({"content": {"customerKey": "nowhere"}}, 10005),
        ({"status": "Deleted"}, 10005),
        ({"subscriptions": {"dataExtension": "nowhere"}}, 10005),
        ({"subscriptions": {"list": "nowhere"}}, 10005),
        ({"classification": "nowhere"}, 10005),
    ],
)
def test_a_bad_definition_is_refused(tenant: Tenant, change: dict[str, object], code: int) -> None:
    made = create(tenant, "alert", **change)
    assert (made.status_code, made.json()["errorcode"]) == (400, code)
    assert made.json()["message"].startswith("MCMS_UTM_")
    assert tenant.call("GET", f"{DEFINITIONS}/alert").status_code == 404


def test_count_is_that_of_the_page(tenant: Tenant) -> None:
    pages = [tenant.call("GET", f"{DEFINITIONS}?$page={page}&$pageSize=2").json() for page in (1, 2, 3)]
    assert [(page["count"], page["page"], page["pageSize"]) for page in pages] == [(2, 1, 2), (1, 2, 2), (0, 3, 2)]
    keys = [one["definitionKey"] for page in pages for one in page["definitions"]]
    assert keys == ["password-reset", "order-receipt", "delivery-update"]
    assert pages[0]["definitions"][0]["description"] == "Works"


def test_one_message_from_accepted_to_sent(tenant: Tenant) -> None:
    tenant.switch(delivery_delay=600)
    answer = tenant.message("password-reset", "m-1", "ann@example.com", "C-7", Code="123")
    assert answer.status_code == 202
    assert answer.json()["errorcode"] == 0
    assert answer.json()["responses"] == [{"messageKey": "m-1"}]
    assert event(tenant, "m-1")["eventCategoryType"] == QUEUED
    tenant.switch(delivery_delay=0)
    tenant.message("password-reset", "m-2", "bob@example.com", "C-8", Code="456")
    found = ended(tenant, "m-2")
    assert found["eventCategoryType"] == SENT
    assert found["compositeId"]
    assert found["info"] == {"messageKey": "m-2", "contactKey": "C-8", "to": "bob@example.com"}
    (sent,) = tenant.outbox()
    assert (sent["message_key"], sent["kind"], sent["definition"]) == ("m-2", "transactional", "password-reset")
    assert sent["attributes"] == {"Code": "456"}
    unknown = tenant.call("GET", f"{MESSAGES}/m-3")
    assert (unknown.status_code, unknown.json()["errorcode"]) == (404, 30003)


def test_a_message_key_counts_once(quick: Tenant) -> None:
    for status in ("400", "409"):
        quick.switch(duplicate_message=status)
        assert quick.message("password-reset", f"m-{status}", "ann@example.com").status_code == 202
        again = quick.message("password-reset", f"m-{status}", "ann@example.com")
        assert (again.status_code, again.json()["errorcode"]) == (int(status), 109110)
        ended(quick, f"m-{status}")
    assert [one["message_key"] for one in quick.outbox()] == ["m-400", "m-409"]


def test_a_refused_message_leaves_its_key_free(quick: Tenant) -> None:
    assert quick.message("password-reset", "m-1", "nobody").json()["errorcode"] == 109121
    assert quick.message("password-reset", "m-1", "ann@example.com").status_code == 202


@pytest.mark.parametrize(
    ("definition", "key", "to", "contact", "attributes", "code"),
    [
        ("nowhere", "m", "ann@example.com", "C-1", {}, 109111),
        ("password-reset", "m" * 101, "ann@example.com", "C-1", {}, 109108),
        ("password-reset", "m", "", "C-1", {}, 109106),
        ("password-reset", "m", "ann@example.com", "", {}, 109105),
        ("password-reset", "m", "nobody", "C-1", {}, 109121),
        ("order-receipt", "m", "ann@example.com", "C-1", {"OrderNumber": "A", "Colour": "red"}, 109122),
    ],
)
def test_one_message_that_is_refused(
    tenant: Tenant, definition: str, key: str, to: str, contact: str, attributes: dict[str, object], code: int
) -> None:
    answer = tenant.message(definition, key, to, contact, **attributes)
    assert (answer.status_code, answer.json()["errorcode"]) == (400, code)
    assert tenant.call("GET", f"{MESSAGES}/{key}").status_code == 404


def test_many_with_some_that_fail(quick: Tenant) -> None:
    people = [person(1), person(2, to=""), person(3, messageKey=""), person(4, messageKey="m-1"), person(5)]
    answer = quick.call("POST", MESSAGES, {"definitionKey": "password-reset", "recipients": people})
    assert answer.status_code == 202
    body = answer.json()
    assert body["errorcode"] == 109001
    assert body["message"] == "MCMS_UTM_ResponsesHasErrors: 3 subscribers failed to queue out of 5"
    assert [one.get("errorcode") for one in body["responses"]] == [None, 109106, 109104, 109110, None]
    ended(quick, "m-5")
    assert [one["to"] for one in quick.outbox()] == ["p1@example.com", "p5@example.com"]


def test_many_as_a_whole(quick: Tenant) -> None:
    def code(people: list[Any]) -> tuple[int, int]:
        answer = quick.call("POST", MESSAGES, {"definitionKey": "password-reset", "recipients": people})
        return answer.status_code, answer.json()["errorcode"]

    assert code([]) == (400, 109102)
    assert code([person(1, to="")]) == (400, 109103)
    assert code([person(number) for number in range(2001)]) == (400, 109101)
    assert code([person(number) for number in range(2000)]) == (202, 0)
    quick.until(lambda: len(quick.outbox()) == 2000)


def test_attributes_of_all_and_of_one(quick: Tenant) -> None:
    people = [person(1), person(2, attributes={"OrderNumber": "B"})]
    body = {"definitionKey": "order-receipt", "recipients": people, "attributes": {"OrderNumber": "A"}}
    assert quick.call("POST", MESSAGES, body).json()["errorcode"] == 0
    ended(quick, "m-2")
    assert [one["attributes"]["OrderNumber"] for one in quick.outbox()] == ["A", "B"]


def test_an_inactive_definition_keeps_messages(quick: Tenant) -> None:
    assert quick.message("delivery-update", "m-1", "ann@example.com").status_code == 202
    assert quick.message("password-reset", "m-2", "bob@example.com").status_code == 202
    ended(quick, "m-2")
    assert event(quick, "m-1")["eventCategoryType"] == QUEUED
    refused = quick.call("DELETE", f"{DEFINITIONS}/password-reset/queue")
    assert refused.status_code == 400
    words = "MCMS_UTM_Runtime_InvalidOperation: Definition status must be inactive to delete queue"
    assert (refused.json()["message"], refused.json()["errorcode"]) == (words, 30001)
    assert quick.call("DELETE", f"{DEFINITIONS}/delivery-update/queue").status_code == 200
    assert ended(quick, "m-1")["eventCategoryType"] == NOT_SENT
    quick.message("delivery-update", "m-3", "eve@example.com")
    quick.call("PATCH", f"{DEFINITIONS}/delivery-update", {"status": "Active"})
    assert ended(quick, "m-3")["eventCategoryType"] == SENT
    assert [one["message_key"] for one in quick.outbox()] == ["m-2", "m-3"]


def test_what_was_not_sent_is_listed_in_parts(quick: Tenant) -> None:
    people = {"m-1": "unsubscribed@example.com", "m-2": "held@example.com", "m-3": "blocked@example.com"}
    for key, address in people.items():
        assert quick.message("password-reset", key, address).status_code == 202
        ended(quick, key)
    quick.message("order-receipt", "m-4", "ann@example.com")
    assert ended(quick, "m-4")["info"]["statusMessage"] == "MissingRequiredFields: OrderNumber"
    first = quick.call("GET", f"{MESSAGES}/?type=notSent&$pagesize=3").json()
    assert [one["info"]["messageKey"] for one in first["messages"]] == list(people)
    assert [one["info"]["statusCode"] for one in first["messages"]] == [1, 2, 24]
    rest = quick.call("GET", f"{MESSAGES}/?type=notSent&$pagesize=3&lastEventId={first['lastEventId']}").json()
    assert [one["info"]["statusCode"] for one in rest["messages"]] == [19]
    assert quick.outbox() == []
