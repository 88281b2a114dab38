"""Sending to one recipient over real HTTP: what is refused, what becomes of a message, and that nobody gets two."""

from __future__ import annotations

import json

import pytest

from mcconsole.api.client import Client
from mcconsole.core import snippets
from mcconsole.core.errors import (
    BadAnswer,
    BadInput,
    ConsoleError,
    NotFound,
    NotPermitted,
    Refused,
)
from mcconsole.core.findings import Mark
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.snippets import Form
from mcconsole.features.sends import calls, definitions, explain, lifecycle, many, service, situation
from mcconsole.features.sends.calls import Recipient
from mcconsole.features.sends.definitions import Kind, Status
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.run import Receipt
from mcconsole.sandbox import hostile
from tests.features import sends_parts
from tests.features.sends_parts import MESSAGES, NOT_PERMITTED, ORDER, SENDS, Send, connect
from tests.tenant import Tenant

client, send, tenant = sends_parts.client, sends_parts.send, sends_parts.tenant


def marks(receipt: Receipt) -> dict[str, Mark]:
    return {stage.name: stage.mark for stage in receipt.stages}


@pytest.mark.parametrize(("key", "kind"), [("welcome-send", Kind.TRIGGERED), ("password-reset", Kind.TRANSACTIONAL)])
def test_a_message_is_followed_until_it_is_sent(send: Send, tenant: Tenant, key: str, kind: Kind) -> None:
    receipt = send(key)
    assert (receipt.outcome, receipt.accepted, receipt.exit_code) == (Outcome.SENT, True, 0)
    assert (receipt.kind, bool(receipt.request_id), receipt.error) == (kind, True, None)
    assert [marks(receipt)[name] for name in ("accepted", "queued", "sent")] == [Mark.YES] * 3
    assert marks(receipt)["delivered"] is Mark.UNSEEN, "nothing in the API proves a delivery"
    (out,) = tenant.outbox()
    assert receipt.reference == out.get("recipient_send_id", out.get("message_key"))
    assert receipt.exchange is not None
    assert receipt.exchange.status == 202


def test_without_looking_nothing_is_claimed(send: Send) -> None:
    receipt = send("welcome-send", budget=None)
    assert (receipt.outcome, receipt.accepted, receipt.exit_code) == (Outcome.NOT_CHECKED, True, 0)


@pytest.mark.parametrize(
    ("key", "address", "accepted", "words"),
    [
        ("welcome-send", "unsubscribed@example.com", False, "the subscriber is unsubscribed"),
        ("welcome-send", "held@example.com", False, "Held (2): the subscriber is held"),
        ("welcome-send", "blocked@example.com", True, "List Detective"),
        ("welcome-send", "bounce@example.com", True, "Bounced: "),
        ("welcome-send", "softbounce@example.com", True, "Mailbox full"),
        ("password-reset", "unsubscribed@example.com", True, "Unsubscribed (1): the subscriber is unsubscribed"),
        ("password-reset", "blocked@example.com", True, "ListDetectiveExclusion (24)"),
    ],
)
def test_who_gets_nothing_has_the_reason(send: Send, key: str, address: str, accepted: bool, words: str) -> None:
    receipt = send(key, address)
    assert (receipt.outcome, receipt.accepted, receipt.exit_code) == (Outcome.NOT_SENT, accepted, 1)
    assert words in receipt.reason
    if accepted:
        assert Mark.NO in marks(receipt).values()


ACCEPTED = {"recipientSendId": "7f2e", "hasErrors": False, "messages": ["Queued"]}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            {"messageErrors": [{"messageErrorCode": 180008, "messageErrorStatus": "Unable to queue. No valid."}]},
            "Unable to queue. No valid. (180008): the message could not be queued, as no valid subscriber was left",
        ),
        ({"messages": ["InvalidOrMissingToAddress"]}, "InvalidOrMissingToAddress: the address is missing or not valid"),
        ({"messageErrors": [{"messageErrorCode": 18006, "messageErrorStatus": ""}]}, "the subscriber could not be"),
        (
            {"messageErrors": [{"messageErrorCode": 19, "messageErrorStatus": "MissingRequiredFields"}]},
            "required field",
        ),
        ({}, "says nothing"),
    ],
)
def test_a_202_with_errors_is_a_failure(send: Send, tenant: Tenant, answer: dict[str, object], words: str) -> None:
    body = {"requestId": "r-1", "responses": [{"recipientSendId": "", "hasErrors": True, **answer}]}
    tenant.fail(f"{SENDS}/.*/send", "status", status=202, body=body)
    receipt = send("welcome-send")
    assert (receipt.outcome, receipt.accepted, receipt.exit_code) == (Outcome.NOT_SENT, False, 1)
    assert words in receipt.reason
    assert receipt.request_id == "r-1"
    assert receipt.exchange is not None
    assert receipt.exchange.failed, "the 202 is shown as the failure that it is"


@pytest.mark.parametrize(
    "body",
    [
        {"requestId": "r", "responses": []},
        {"requestId": "r", "responses": [{"recipientSendId": "7f2e"}]},
        {"requestId": "r", "responses": [ACCEPTED, ACCEPTED]},
        [1],
        "<html>we are back soon</html>",
    ],
)
def test_an_answer_that_does_not_say_is_unknown(send: Send, tenant: Tenant, body: object) -> None:
    tenant.fail(f"{SENDS}/.*/send", "status", status=202, body=body)
    receipt = send("welcome-send", budget=0.2)
    assert (receipt.outcome, receipt.accepted, receipt.exit_code) == (Outcome.NOT_KNOWN, None, 3)
    assert len(tenant.journal(f"{SENDS}/.*/send")) == 1


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"responses": [{"messageKey": ""}]}, True),
        ({}, True),
        ({"responses": [{"errorcode": 0, "message": "Success"}], "errorcode": 0, "message": ""}, False),
    ],
)
def test_an_error_of_the_whole_is_that_of_the_only_message(
    send: Send, tenant: Tenant, more: dict[str, object], refused: bool
) -> None:
    words = "MCMS_UTM_ResponsesHasErrors: 1 subscribers failed to queue out of 1"
    body = {"requestId": "r-1", "errorcode": 109001, "message": words, **more}
    tenant.fail(MESSAGES, "status", method="POST", status=202, body=body)
    receipt = send("password-reset", budget=None)
    assert receipt.accepted is not refused
    assert (words in receipt.reason) is refused
    assert receipt.exit_code == refused


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"message": "no", "errorcode": 18002}, "the key is not right"),
        (400, {"message": "Unable to queue message", "errorcode": 10000}, "Unable to queue message"),
        (202, {"message": "no", "errorcode": 18001}, "not started"),
    ],
)
def test_a_refused_call_is_told_word_for_word(
    send: Send, tenant: Tenant, status: int, body: dict[str, object], words: str
) -> None:
    tenant.fail(f"{SENDS}/.*/send", "status", status=status, body=body)
    receipt = send("welcome-send")
    assert (receipt.outcome, receipt.accepted, receipt.exit_code) == (Outcome.NOT_SENT, False, 1)
    assert words in receipt.reason
    assert str(body["message"]) in receipt.reason
    assert str(body["errorcode"]) in receipt.reason
    assert receipt.advice


@pytest.mark.parametrize("code", [18001, 18002, 18006, 180007, 180008, 1, 2, 5, 16, 19, 20, 24])
def test_every_documented_reason_of_a_triggered_send_is_explained(send: Send, tenant: Tenant, code: int) -> None:
    """API reference 3.2: codes of sends and of subscribers, inside a 202."""
    errors = [{"messageErrorCode": code, "messageErrorStatus": "Their own words"}]
    body = {"requestId": "r", "responses": [{"recipientSendId": "", "hasErrors": True, "messageErrors": errors}]}
    tenant.fail(f"{SENDS}/.*/send", "status", status=202, body=body)
    receipt = send("welcome-send", budget=None)
    assert (receipt.outcome, receipt.exit_code) == (Outcome.NOT_SENT, 1)
    assert receipt.reason == f"Refused: Their own words ({code}): {explain.meaning(code)}"
    assert explain.meaning(code)


_OF_MESSAGES = (
    *(10000, 10001, 10002, 10003, 10005, 30000, 30001, 30003, 30004, 109101, 109102, 109103, 109104, 109105, 109106),
    *(109108, 109111, 109121, 109122),
)


@pytest.mark.parametrize(("code", "inside"), [(code, inside) for code in _OF_MESSAGES for inside in (True, False)])
def test_every_documented_code_of_a_message_is_explained(send: Send, tenant: Tenant, code: int, inside: bool) -> None:
    """API reference 3.3: as the refusal of the whole call, and inside a 202."""
    error = {"errorcode": code, "message": "MCMS_UTM_Their own words"}
    mixed = {"errorcode": 109001, "message": "1 failed out of 1", "responses": [{"messageKey": "", **error}]}
    tenant.fail(MESSAGES, "status", method="POST", status=202 if inside else 400, body=mixed if inside else error)
    assert explain.meaning(code)
    if code == 30003 and not inside:  # the next message would meet it too
        with pytest.raises(NotFound) as caught:
            send("password-reset", budget=None)
        assert caught.value.said == "MCMS_UTM_Their own words"
        return
    receipt = send("password-reset", budget=None)
    assert (receipt.outcome, receipt.exit_code) == (Outcome.NOT_SENT, 1)
    assert receipt.reason == f"Refused: MCMS_UTM_Their own words ({code}): {explain.meaning(code)}"


def test_the_whole_family_of_a_definition_is_explained() -> None:
    """17000 to 17205 belong to making and changing a triggered send definition (API reference 3.1, documented)."""
    assert all(explain.meaning(code) for code in range(17000, 17206))


def test_where_the_filter_on_the_key_finds_nothing_all_are_looked_through(
    send: Send, client: Client, tenant: Tenant
) -> None:
    """API reference 3.1: `CustomerKey equals` gave no rows on one tenant (observed)."""
    tenant.switch(definition_key_filter="empty")
    assert send("welcome-send").outcome is Outcome.SENT
    paused = lifecycle.pause(client, definitions.find(client, "WELCOME-SEND"))
    assert (paused.key, paused.status) == ("welcome-send", Status.INACTIVE)
    with pytest.raises(BadInput, match="no send definition"):
        send("nope")
    with pytest.raises(BadInput, match="is New"):
        send("birthday-send")
    assert len(tenant.outbox()) == 1


def test_where_one_system_gives_nonsense_the_other_still_sends(send: Send, tenant: Tenant) -> None:
    tenant.fail("/service.asmx", "answer", answer="entity_bomb")
    assert send("password-reset").outcome is Outcome.SENT
    with pytest.raises(BadAnswer, match="declares a document type"):
        send("welcome-send")
    assert len(tenant.outbox()) == 1


@pytest.mark.parametrize("key", ["welcome-send", "password-reset"])
def test_a_redirect_is_called_one_and_not_followed(send: Send, tenant: Tenant, key: str) -> None:
    tenant.fail(
        "/messaging/v1/(messageDefinitionSends|email/messages)", "status", status=307, body="<html>Moved</html>"
    )
    receipt = send(key, budget=None)
    assert (receipt.outcome, receipt.exit_code) == (Outcome.NOT_SENT, 1)
    assert "redirect to nowhere, which is not followed (307)" in receipt.reason
    assert tenant.outbox() == []


@pytest.mark.parametrize(
    "fault", [("reset_before", {}), ("reset_after", {}), ("status", {"status": 503, "after": True})]
)
@pytest.mark.parametrize("key", ["welcome-send", "password-reset"])
def test_a_lost_answer_never_sends_twice(
    send: Send, tenant: Tenant, key: str, fault: tuple[str, dict[str, object]]
) -> None:
    kind, more = fault
    route = f"{SENDS}/.*/send" if key == "welcome-send" else MESSAGES
    tenant.fail(route, kind, method="POST", nth=1, **more)
    arrived = kind != "reset_before"
    receipt = send(key, budget=5 if arrived or key == "password-reset" else 0.3)
    if key == "welcome-send":
        # Never repeated; what tracking shows afterwards proves that it was taken.
        assert len(tenant.outbox()) == arrived
        assert receipt.outcome is (Outcome.SENT if arrived else Outcome.NOT_KNOWN), receipt
        assert receipt.accepted is (True if arrived else None)
        if not arrived:
            assert "may have been accepted" in receipt.reason
            assert receipt.error is not None
    else:
        assert len(tenant.outbox()) == 1, "the message key lets it leave again"
        assert (receipt.outcome, receipt.accepted) == (Outcome.SENT, True)
        assert len({one["path"] for one in tenant.journal(MESSAGES, "POST")}) == 1, "under the same key"


@pytest.mark.parametrize("status", ["400", "409"])
def test_a_key_that_was_taken_before_is_our_own_message(send: Send, tenant: Tenant, status: str) -> None:
    """The tenant took the message, lost the answer, and does not show it yet when it is asked."""
    tenant.switch(duplicate_message=status)
    tenant.fail(MESSAGES, "reset_after", method="POST", nth=1)
    tenant.fail(MESSAGES, "status", method="GET", status=404, nth=1)
    receipt = send("password-reset")
    assert (receipt.outcome, receipt.accepted) == (Outcome.SENT, True)
    assert len(tenant.outbox()) == 1
    assert len(tenant.journal(MESSAGES, "POST")) == 2


def test_what_cannot_be_settled_is_resumed_later(send: Send, client: Client, tenant: Tenant) -> None:
    tenant.fail(MESSAGES, "reset_after", method="POST", nth=1)
    tenant.fail(MESSAGES, "status", method="GET", status=500)
    receipt = send("password-reset")
    assert (receipt.accepted, receipt.exit_code) == (None, 3)
    assert receipt.error is not None
    tenant.heal()
    resumed = many.resume(JobContext(), client, receipt.send_id)
    assert (resumed.count(Outcome.SENT), resumed.exit_code, resumed.finished) == (1, 0, True)
    assert len(tenant.outbox()) == 1


def test_no_old_event_proves_a_new_send(send: Send, tenant: Tenant) -> None:
    """The tenant's clock tells whole seconds, so that the event of the first is not certainly older than the second."""
    assert send("welcome-send").outcome is Outcome.SENT
    tenant.fail(f"{SENDS}/.*/send", "reset_before", nth=1)
    second = send("welcome-send", force=True, budget=0.3)
    assert (second.outcome, second.accepted) == (Outcome.NOT_KNOWN, None)


def test_no_event_of_another_message_proves_a_send(send: Send, client: Client, tenant: Tenant) -> None:
    """The first goes out while the second, which never arrived, is watched."""
    tenant.switch(delivery_delay=60)
    assert send("welcome-send", budget=None).accepted
    tenant.fail(f"{SENDS}/.*/send", "reset_before", nth=1)
    second = send("welcome-send", force=True, budget=0)
    tenant.set_status("welcome-send", "Inactive")
    tenant.switch(delivery_delay=0)
    tenant.set_status("welcome-send", "Active")
    send("welcome-send", "bob@example.com")
    assert tenant.until(tenant.outbox)
    again = many.resume(JobContext(), client, second.send_id, budget=0.3)
    assert (again.count(Outcome.NOT_KNOWN), again.exit_code) == (1, 3)


def test_a_refused_message_before_does_not_hide_what_became_of_the_next(send: Send) -> None:
    assert send("welcome-send", "unsubscribed@example.com").outcome is Outcome.NOT_SENT
    assert send("welcome-send", "bounce@example.com").reason.startswith("Bounced")


def test_what_is_not_known_has_an_advice_although_nobody_looked(send: Send, tenant: Tenant) -> None:
    tenant.fail(f"{SENDS}/.*/send", "reset_after", nth=1)
    receipt = send("welcome-send", budget=None)
    assert (receipt.outcome, receipt.accepted) == (Outcome.NOT_KNOWN, None)
    assert "before you send it again" in receipt.advice


def test_the_record_may_be_late(send: Send, tenant: Tenant) -> None:
    tenant.switch(record_delay=0.7, tracking_delay=60)
    assert send("welcome-send").outcome is Outcome.SENT
    assert {one["status"] for one in tenant.journal(f"{SENDS}/.*/deliveryRecords")} >= {404, 200}


def test_without_the_tracking_scope_the_record_is_enough(send: Send, tenant: Tenant) -> None:
    client = connect(tenant, "email_send", "email_read")
    receipt = send("welcome-send", by=client)
    assert receipt.outcome is Outcome.SENT
    assert "could not be read" in receipt.stages[-1].text
    client.close()


def test_where_records_may_not_be_read_events_are_enough(send: Send, tenant: Tenant) -> None:
    tenant.fail(f"{SENDS}/.*/deliveryRecords", "status", status=403)
    assert send("welcome-send").outcome is Outcome.SENT
    assert len(tenant.journal(f"{SENDS}/.*/deliveryRecords")) == 1


def test_where_nothing_may_be_read_the_obstacles_are_named(send: Send, tenant: Tenant) -> None:
    tenant.fail(f"{SENDS}/.*/deliveryRecords", "status", status=403)
    client = connect(tenant, "email_send", "email_read")
    receipt = send("welcome-send", by=client, budget=0.1)
    assert (receipt.outcome, receipt.accepted) == (Outcome.NOT_KNOWN, True)
    text = next(stage.text for stage in receipt.stages if stage.name == "sent")
    assert "Read the delivery record" in text
    assert "Tracking events could not be read" in text
    client.close()


def test_a_paused_definition_queues_and_says_so(send: Send, client: Client, tenant: Tenant) -> None:
    for key in ("shipping-notice-send", "delivery-update"):
        receipt = send(key, budget=None)
        assert (receipt.outcome, receipt.accepted, receipt.exit_code) == (Outcome.NOT_KNOWN, True, 3)
        assert "is paused" in receipt.reason
        assert receipt.warnings
    assert tenant.outbox() == []
    lifecycle.start(client, definitions.find(client, "shipping-notice-send"))
    assert tenant.until(tenant.outbox)


HUGE = ("huge", "huge_text", "compressed")
"""Are sent by raw sockets elsewhere, which is faster."""


@pytest.mark.parametrize("answer", [name for name in hostile.ANSWERS if name not in HUGE])
def test_where_soap_means_harm_nothing_is_sent_and_the_error_is_clear(send: Send, tenant: Tenant, answer: str) -> None:
    tenant.fail("/service.asmx", "answer", answer=answer)
    with pytest.raises(ConsoleError) as caught:
        send("welcome-send")
    assert caught.value.advice
    assert len(str(caught.value)) < 400
    tenant.heal()
    tenant.fail("/service.asmx", "answer", answer=answer, nth=2, times=99)
    receipt = send("welcome-send", budget=1)
    assert receipt.outcome is Outcome.SENT, "by its own record"
    assert len(tenant.outbox()) == 1


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("birthday-send", "is New"),
        ("retired-offer-send", "is Canceled"),
        ("Welcome e-mail", "no send definition"),
    ],
)
def test_what_cannot_send_is_refused_before(send: Send, tenant: Tenant, key: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        send(key)
    assert caught.value.advice
    assert not tenant.journal(f"{SENDS}/.*/send")


@pytest.mark.parametrize(
    ("address", "attributes", "words"),
    [
        ("nobody", ORDER, "not a valid e-mail address"),
        ("ann@example.com", {}, "OrderNumber"),
        ("ann@example.com", {"ordernumber": "1"}, "did you mean “OrderNumber”"),
        ("ann@example.com", {**ORDER, "OrderTotal": "a lot"}, "OrderTotal"),
        ("ann@example.com", {**ORDER, "EmailAddress": "bob@example.com"}, "bob@example.com"),
        ("ann@example.com", {**ORDER, "SubscriberKey": "N-2"}, "N-2"),
    ],
)
@pytest.mark.parametrize("key", ["order-confirmation-send", "order-receipt"])
def test_recipient_and_attributes_are_held_against_the_data_extension(
    send: Send, tenant: Tenant, key: str, address: str, attributes: dict[str, object], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        send(key, address, attributes)
    assert tenant.outbox() == []


@pytest.mark.parametrize("key", ["order-confirmation-send", "order-receipt"])
def test_attributes_leave_in_the_case_of_the_data_extension(send: Send, tenant: Tenant, key: str) -> None:
    assert send(key, attributes=ORDER).outcome is Outcome.SENT
    assert tenant.outbox()[0]["attributes"]["OrderNumber"] == "A-1"


def test_profile_attributes_are_sent_with_a_warning(send: Send, tenant: Tenant) -> None:
    receipt = send("welcome-send", attributes={"FirstName": "Ann"})
    assert "cannot be checked" in receipt.warnings[0]
    assert tenant.outbox()[0]["attributes"] == {"FirstName": "Ann"}
    with pytest.raises(BadInput, match="FirstName"):
        send("welcome-send", attributes={"FirstName": ["Ann"]})


def test_the_scope_and_the_allow_list_are_asked_before(send: Send, tenant: Tenant) -> None:
    reader = connect(tenant, "email_read")
    with pytest.raises(BadInput, match="email_send"):
        send("welcome-send", by=reader)
    reader.close()
    careful = connect(tenant, allow_list=("example.org", "ann@example.net"))
    with pytest.raises(BadInput, match="allow-list"):
        send("welcome-send", "ann@example.com", by=careful)
    with pytest.raises(BadInput, match="allow-list"):
        send("welcome-send", "ann@example.net", {"Second address": "ann@example.com"}, by=careful)
    assert send("welcome-send", "Bob@Example.org", by=careful, budget=None).accepted
    assert send("welcome-send", "ann@example.net", by=careful, budget=None).accepted
    careful.close()


def test_the_same_within_a_minute_is_refused_unless_it_is_meant(send: Send, tenant: Tenant) -> None:
    send("welcome-send")
    with pytest.raises(Refused, match="minute"):
        send("welcome-send")
    assert len(tenant.outbox()) == 1
    assert send("welcome-send", "bob@example.com").outcome is Outcome.SENT
    assert send("welcome-send", force=True).outcome is Outcome.SENT
    assert len(many.listed()) == 3, "what was refused leaves no run"


def test_what_was_refused_may_be_sent_again_at_once(send: Send, tenant: Tenant) -> None:
    tenant.fail(f"{SENDS}/.*/send", "status", status=403, nth=1)
    with pytest.raises(NotPermitted):
        send("welcome-send")
    assert many.listed() == []
    assert send("welcome-send").outcome is Outcome.SENT
    assert len(tenant.outbox()) == 1


def test_cancelled_before_it_left_nothing_is_sent(client: Client, tenant: Tenant) -> None:
    ctx = JobContext()
    checked = service.check(ctx, client, situation.look(client, "welcome-send"), Recipient("N-1", "a@example.com", {}))
    ctx.cancel()
    with pytest.raises(Cancelled):
        service.send(ctx, client, checked)
    assert tenant.outbox() == []
    assert many.listed() == []


def test_cancelled_while_it_is_watched(client: Client, tenant: Tenant) -> None:
    tenant.switch(delivery_delay=60)
    checked = service.check(
        JobContext(), client, situation.look(client, "welcome-send"), Recipient("N-1", "a@example.com", {})
    )
    ctx = JobContext(lambda progress: ctx.cancel() if "known" in progress.note else None)
    receipt = service.send(ctx, client, checked, budget=30)
    assert (receipt.outcome, receipt.cancelled, receipt.exit_code) == (Outcome.NOT_KNOWN, True, 130)
    assert receipt.accepted is True


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        (17016, "x", "x (17016): there is no such e-mail"),
        (17199, "x", "beside the code name the part"),
        (109122, "MCMS_UTM_x", "no field of this name"),
        (4242, "x", "x (4242)"),
        (0, "Unable to queue message", "Unable to queue message: the message could not be queued"),
        (0, "", "no reason given"),
        ("24", "", "code 24: the address is on the list"),
    ],
)
def test_codes_are_explained_beside_the_words(code: int | str, words: str, expected: str) -> None:
    assert expected in explain.sentence(code, words)


@pytest.mark.parametrize("key", ["order-confirmation-send", "order-receipt"])
def test_the_call_that_is_handed_on_is_the_one_that_was_sent(send: Send, client: Client, key: str) -> None:
    receipt = send(key, attributes=ORDER)
    known = situation.look(client, key)
    to = situation.ready(known, Recipient("N-1", "ann@example.com", ORDER))
    call = calls.written(known.definition, to, receipt.reference)
    assert receipt.exchange is not None
    assert receipt.exchange.url.endswith(call.path)
    assert json.loads(receipt.exchange.request.data) == call.body
    assert "It does not mean that the message was sent" in snippets.render(call, Form.APEX)
    assert calls.written(known.definition, to).path != call.path or known.definition.kind is Kind.TRIGGERED


def test_a_definition_that_may_not_be_read_can_be_sent_through_by_its_kind(send: Send, tenant: Tenant) -> None:
    sender = connect(tenant, "email_send")
    tenant.fail("/service.asmx", "status", status=200, body=NOT_PERMITTED)
    tenant.fail("/messaging/v1/email/definitions", "status", status=403, method="GET")
    with pytest.raises(NotPermitted):
        definitions.find(sender, "welcome-send")
    known = situation.about(sender, definitions.find(sender, "welcome-send", kind=Kind.TRIGGERED))
    checked = service.check(JobContext(), sender, known, Recipient("N-1", "ann@example.com", {}))
    assert "could not be read" in checked.warnings[0]
    receipt = service.send(JobContext(), sender, checked, budget=5)
    assert receipt.outcome is Outcome.SENT, "the record of the message itself needs no tracking"
    sender.close()


def test_a_saved_contact_is_a_recipient(client: Client) -> None:
    data: dict[str, object] = {"SubscriberKey": "N-1", "EmailAddress": "ann@example.com", "OrderNumber": "7"}
    order, welcome = (situation.look(client, key) for key in ("order-receipt", "welcome-send"))
    assert situation.recipient_of(order, "N-1", data) == Recipient("N-1", "ann@example.com", data)
    without = {name: value for name, value in data.items() if name != "EmailAddress"}
    assert situation.recipient_of(welcome, "N-1", data) == Recipient("N-1", "ann@example.com", without)
    assert situation.recipient_of(welcome, "N-1", {}).address == ""


def test_message_keys_are_new_and_short() -> None:
    keys = {calls.new_message_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) <= 100 for key in keys)
