"""Sending to many recipients over real HTTP: everybody has an outcome, and nobody gets two messages."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mcconsole.api.client import Client
from mcconsole.core import clock, mapping
from mcconsole.core.checks import FaultyRows
from mcconsole.core.errors import BadInput, ConsoleError, OutcomeUnknown, Refused
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.mapping import Mapping
from mcconsole.core.members import Answer, MemberJournal, MemberState
from mcconsole.core.running import Running
from mcconsole.features.sends import calls, many, recipients_file, run, sending, situation
from mcconsole.features.sends.calls import Recipient
from mcconsole.features.sends.follow import Outcome
from mcconsole.features.sends.run import Run
from tests.features import sends_parts
from tests.features.sends_parts import MESSAGES, SENDS, connect
from tests.tenant import Tenant

HEADER = ("email", "Subscriber Key", "ordernumber")
client, tenant = sends_parts.client, sends_parts.tenant


def people(path: Path, count: int, header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(header)
        for number in range(count):
            write([f"m{number}@example.com", f"M-{number:04}", f"O-{number}"])
    return path


def prepare(client: Client, path: Path, key: str, budget: float | None = None) -> many.Prepared:
    known = situation.look(client, key)
    return many.prepare(JobContext(), client, recipients_file.plan(path, known), budget=budget)


Fire = Callable[..., Run]


@pytest.fixture
def send(client: Client) -> Fire:
    def run_(
        path: Path, key: str, budget: float | None = 10, ctx: JobContext | None = None, *, force: bool = False
    ) -> Run:
        return many.run(ctx or JobContext(), client, prepare(client, path, key, budget), budget=budget, force=force)

    return run_


def received(tenant: Tenant) -> Counter[str]:
    """How many messages went out to each address."""
    return Counter(one["to"] for one in tenant.outbox())


@pytest.mark.parametrize(("key", "requests"), [("order-confirmation-send", 30), ("order-receipt", 1)])
def test_everybody_gets_one_message_with_names_mended(
    send: Fire, tenant: Tenant, tmp_path: Path, key: str, requests: int
) -> None:
    result = send(people(tmp_path / "p.csv", 30), key)
    assert (result.count(Outcome.SENT), result.not_fired, result.exit_code) == (30, 0, 0), result.lines()
    assert received(tenant) == {f"m{n}@example.com": 1 for n in range(30)}
    assert tenant.outbox()[7]["attributes"]["OrderNumber"] == "O-7"
    route = f"{SENDS}/.*/send" if requests > 1 else MESSAGES
    assert len(tenant.journal(route, "POST")) == requests
    found = result.as_json()
    listed = found["recipients"]
    assert isinstance(listed, list)
    assert [one["row"] for one in listed] == list(range(2, 32))
    assert all(one["accepted"] and (one.get("recipient_send_id") or one.get("message_key")) for one in listed)
    assert json.dumps(found)
    (line,) = many.listed()
    assert (line["recipients"], line["sent"], line["state"]) == (30, 30, "finished")


def test_batches_are_as_large_as_the_reference_allows(
    send: Fire, tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (calls.MESSAGES, calls.MESSAGES_WITH_ATTRIBUTES) == (2000, 500)
    monkeypatch.setattr(calls, "MESSAGES_WITH_ATTRIBUTES", 8)
    assert send(people(tmp_path / "p.csv", 20), "order-receipt").count(Outcome.SENT) == 20
    assert len(tenant.journal(f"{MESSAGES}$", "POST")) == 3


def test_two_messages_to_one_subscriber_are_told_apart(send: Fire, tenant: Tenant, tmp_path: Path) -> None:
    tenant.switch(record_delay=1)
    path = tmp_path / "same.csv"
    path.write_text("SubscriberKey,EmailAddress\nC-1,ann@example.com\nC-1,blocked@example.com\n", "utf-8")
    found = send(path, "welcome-send")
    assert [one.verdict for one in found.recipients] == [Outcome.SENT, Outcome.NOT_SENT]


@pytest.mark.parametrize("key", ["welcome-send", "password-reset"])
def test_an_error_stays_with_its_recipient(send: Fire, tenant: Tenant, tmp_path: Path, key: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "to,SubscriberKey\nann@example.com,M-1\nunsubscribed@example.com,M-2\nblocked@example.com,M-3\n", "utf-8"
    )
    result = send(path, key)
    assert [one.verdict for one in result.recipients] == ["sent", "not_sent", "not_sent"]
    assert "the subscriber is unsubscribed" in result.recipients[1].reason
    assert result.exit_code == 1
    assert received(tenant) == {"ann@example.com": 1}


def test_a_mixed_answer_is_read_item_by_item(send: Fire, tenant: Tenant, tmp_path: Path) -> None:
    """202 with 109001 and items that hold their own code (API reference 3.3, documented)."""
    path = people(tmp_path / "p.csv", 3)
    prepared: list[str] = []

    def mixed(progress: Progress) -> None:
        if not prepared:
            (folder,) = sending.RUNS.folder.iterdir()
            with MemberJournal(folder) as journal:
                prepared.extend(one.reference for one in journal.members())
            items = [
                {"messageKey": prepared[0]},
                {"messageKey": prepared[1], "errorcode": 109106, "message": "MCMS_UTM_Validation_MissingField_to"},
            ]
            body = {"requestId": "r", "errorcode": 109001, "message": "1 failed out of 3", "responses": items}
            tenant.fail(f"{MESSAGES}$", "status", method="POST", status=202, body=body, nth=1)

    result = send(path, "order-receipt", ctx=JobContext(mixed), budget=0.2)
    accepted, refused, unnamed = result.recipients
    assert refused.reason == "Refused: MCMS_UTM_Validation_MissingField_to (109106): the address is missing"
    assert (refused.state, refused.verdict) == (MemberState.REFUSED, "not_sent")
    assert accepted.state is MemberState.ACCEPTED
    # The one that the answer does not name was asked after, was not known, and left again under its own key.
    assert unnamed.state is MemberState.ACCEPTED
    assert tenant.until(lambda: received(tenant)) == {"m2@example.com": 1}


@pytest.mark.parametrize("named", [True, False])
def test_where_some_failed_and_nobody_says_who_each_is_asked_after(
    send: Fire, tenant: Tenant, tmp_path: Path, named: bool
) -> None:
    """All were queued: an answer of which no item owns the errors is believed of nobody."""

    def lie(progress: Progress) -> None:
        (folder,) = sending.RUNS.folder.iterdir()
        with MemberJournal(folder) as journal:
            items = [{"messageKey": one.reference} for one in journal.members()]
        body = {"requestId": "r", "errorcode": 109001, "message": "1 failed out of 3"}
        body |= {"responses": items} if named else {}
        tenant.fail(f"{MESSAGES}$", "status", method="POST", status=202, body=body, after=True, nth=1)

    result = send(people(tmp_path / "p.csv", 3), "order-receipt", ctx=JobContext(lie), budget=5)
    assert {one.verdict for one in result.recipients} == {"sent"}
    assert set(received(tenant).values()) == {1}
    assert len(tenant.journal(f"{MESSAGES}/.+", "GET")) >= 6, "settled before they were followed"


def test_a_batch_that_is_refused_whole_says_so_of_each(send: Fire, tenant: Tenant, tmp_path: Path) -> None:
    body = {"message": "MCMS_UTM_Validation_NoValidSubscribers", "errorcode": 109103}
    tenant.fail(f"{MESSAGES}$", "status", method="POST", status=400, body=body)
    result = send(people(tmp_path / "p.csv", 3), "order-receipt")
    assert {one.verdict for one in result.recipients} == {"not_sent"}
    assert "none of the recipients is valid" in result.recipients[0].reason


def test_what_every_recipient_would_meet_ends_the_run(send: Fire, tenant: Tenant, tmp_path: Path) -> None:
    tenant.fail(f"{SENDS}/.*/send", "status", status=400, body={"message": "no", "errorcode": 18002}, nth=3)
    result = send(people(tmp_path / "p.csv", 6), "order-confirmation-send", budget=None)
    assert (result.count(Outcome.NOT_CHECKED), result.count(Outcome.NOT_SENT), result.not_fired) == (2, 1, 3)
    assert result.error is not None
    assert not result.finished


def test_a_tenant_that_does_not_answer_ends_the_run(send: Fire, tenant: Tenant, client: Client, tmp_path: Path) -> None:
    tenant.fail(f"{SENDS}/.*/send", "reset_after", nth=3, times=50)
    result = send(people(tmp_path / "p.csv", 10), "order-confirmation-send", budget=0.2)
    assert isinstance(result.error, OutcomeUnknown)
    states = Counter(one.state for one in result.recipients)
    assert states == {MemberState.ACCEPTED: 2, MemberState.UNKNOWN: 3, MemberState.PLANNED: 5}
    assert result.exit_code == 3
    tenant.heal()
    resumed = many.resume(JobContext(), client, result.send_id, budget=5)
    assert (resumed.count(Outcome.SENT), resumed.finished) == (10, True), resumed.lines()
    assert set(received(tenant).values()) == {1}
    assert sum(received(tenant).values()) == 10


@pytest.mark.parametrize("kind", ["reset_after", "reset_before"])
def test_a_lost_batch_of_messages_leaves_again_under_its_own_keys(
    send: Fire, tenant: Tenant, tmp_path: Path, kind: str
) -> None:
    tenant.fail(f"{MESSAGES}$", kind, method="POST", nth=1)
    result = send(people(tmp_path / "p.csv", 12), "order-receipt")
    assert result.count(Outcome.SENT) == 12
    assert received(tenant) == {f"m{n}@example.com": 1 for n in range(12)}


def test_a_duplicate_key_in_a_batch_is_our_own_message(send: Fire, tenant: Tenant, tmp_path: Path) -> None:
    tenant.fail(f"{MESSAGES}$", "reset_after", method="POST", nth=1)
    tenant.fail(f"{MESSAGES}/.*", "status", method="GET", status=404, times=12)
    result = send(people(tmp_path / "p.csv", 12), "order-receipt")
    assert result.count(Outcome.SENT) == 12, result.lines()
    assert received(tenant) == {f"m{n}@example.com": 1 for n in range(12)}
    assert len(tenant.journal(f"{MESSAGES}$", "POST")) == 2


def test_a_key_is_not_trusted_for_ever(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    tenant.fail(MESSAGES, "reset_before", method="POST")
    tenant.fail(MESSAGES, "status", method="GET", status=500)
    prepared = prepare(client, people(tmp_path / "p.csv", 1), "order-receipt")
    assert many.run(JobContext(), client, prepared).exit_code == 3
    tenant.heal()
    with MemberJournal(prepared.folder) as journal:
        journal._db.execute("UPDATE members SET before = ?", (json.dumps({"tried": "2026-01-01T00:00:00+00:00"}),))
    result = many.resume(JobContext(), client, prepared.send_id)
    assert result.recipients[0].state is MemberState.UNKNOWN
    assert tenant.outbox() == []


@pytest.mark.parametrize("key", ["order-confirmation-send", "order-receipt"])
def test_a_run_that_was_cut_goes_on_and_repeats_nothing(
    client: Client, tenant: Tenant, tmp_path: Path, key: str
) -> None:
    prepared = prepare(client, people(tmp_path / "p.csv", 5), key)
    with MemberJournal(prepared.folder) as journal:
        journal.note(started=clock.now().isoformat())
        # As a kill leaves it: the first call was on its way, and never arrived.
        journal.begin(1, {f"M-000{n}": {"at": "", "tried": clock.now().isoformat()} for n in range(5)})
    one_by_one = key == "order-confirmation-send"
    result = many.resume(JobContext(), client, prepared.send_id, budget=0.3 if one_by_one else 10)
    first = result.recipients[0]
    if one_by_one:
        assert (first.state, first.verdict, result.exit_code) == (MemberState.UNKNOWN, "not_known", 3)
        tenant.until(lambda: len(tenant.outbox()) >= 4)
        assert received(tenant) == {f"m{n}@example.com": 1 for n in range(1, 5)}
    else:
        assert (result.count(Outcome.SENT), result.exit_code) == (5, 0)
        assert received(tenant) == {f"m{n}@example.com": 1 for n in range(5)}


def test_cancelling_keeps_what_never_left(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if isinstance(progress.detail, Running) and progress.detail.fired == 2:
            ctx.cancel()

    ctx = JobContext(stop)
    prepared = prepare(client, people(tmp_path / "p.csv", 6), "order-confirmation-send")
    result = many.run(ctx, client, prepared)
    assert (result.cancelled, result.exit_code, result.not_fired) == (True, 130, 4)
    again = many.resume(JobContext(), client, prepared.send_id)
    assert (again.not_fired, again.exit_code) == (0, 0)
    told = many.resume(JobContext(), client, prepared.send_id)
    assert told.finished
    tenant.until(lambda: len(tenant.outbox()) >= 6)
    assert received(tenant) == {f"m{n}@example.com": 1 for n in range(6)}


def test_what_is_not_known_of_a_finished_run_is_looked_for_again(
    send: Fire, client: Client, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.switch(delivery_delay=60)
    path = people(tmp_path / "p.csv", 30)
    result = send(path, "order-receipt", budget=0)
    assert (result.count(Outcome.NOT_KNOWN), result.finished, result.exit_code) == (30, True, 3)
    assert "not enough for all" in result.recipients[-1].reason
    assert many.resume(JobContext(), client, result.send_id) == result
    again = many.resume(JobContext(), client, result.send_id, budget=0.1)
    assert "It is queued." in again.recipients[0].reason
    assert len(tenant.journal(f"{MESSAGES}$", "POST")) == 1


def test_the_same_file_within_a_minute_is_refused(send: Fire, tenant: Tenant, tmp_path: Path) -> None:
    path = people(tmp_path / "p.csv", 2)
    send(path, "order-receipt", budget=None)
    with pytest.raises(Refused, match="minute"):
        send(path, "order-receipt")
    assert len(many.listed()) == 1
    send(path, "order-receipt", budget=None, force=True)
    assert tenant.until(lambda: len(tenant.outbox()) == 4)


@pytest.mark.parametrize("key", ["welcome-send", "order-receipt"])
def test_a_message_twice_in_a_file_is_refused_even_if_it_is_meant(
    send: Fire, tenant: Tenant, tmp_path: Path, key: str
) -> None:
    path = tmp_path / "p.csv"
    path.write_text("to,SubscriberKey,OrderNumber\na@example.com,M-1,1\nA@Example.com, M-1 ,1\n", "utf-8")
    with pytest.raises(BadInput, match="row 3: the same message to the same recipient as in row 2"):
        send(path, key, force=True)
    assert tenant.outbox() == []


def test_two_messages_to_one_address_are_pointed_out(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("to,SubscriberKey,OrderNumber\na@example.com,M-1,1\na@example.com,M-1,2\n", "utf-8")
    prepared = prepare(client, path, "order-receipt")
    assert prepared.count == 2
    assert "more than one message" in prepared.warnings[-1]
    prepared.discard()


def test_a_recipient_twice_in_a_set_is_refused(client: Client, tenant: Tenant) -> None:
    known = situation.look(client, "welcome-send")
    people_ = [Recipient("M-1", "a@example.com", {}), Recipient(" M-1", "a@example.com ", {})]
    with pytest.raises(BadInput, match="2, M-1: the same message as 1"):
        many.prepare_set(JobContext(), client, known, people_, "Two")
    assert many.listed() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("email,SubscriberKey,OrderNumber\na@example.com,M-1,1\nnobody,M-2,2\n", "row 3"),
        ("email,SubscriberKey,OrderNumber\na@example.com,,1\n", "row 2"),
        ("email,SubscriberKey\na@example.com,M-1\n", "OrderNumber"),
        ("SubscriberKey,OrderNumber\nM-1,1\n", "EmailAddress"),
        ("email,OrderNumber\na@example.com,1\n", "SubscriberKey"),
        ("email,SubscriberKey,OrderNumber,OrderTotal\na@example.com,M-1,1,much\n", "OrderTotal"),
        ("email,SubscriberKey,OrderNumber\n", "no rows"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(
    send: Fire, tenant: Tenant, home: Path, tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=words):
        send(path, "order-confirmation-send")
    assert tenant.outbox() == []
    assert many.listed() == []
    assert not list(home.glob("sends/*"))


def test_without_a_data_extension_the_other_columns_are_attributes(send: Fire, tenant: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("Email Address,contact key,FirstName,To\nann@example.com,M-1,Ann,x\n", "utf-8")
    assert send(path, "welcome-send").count(Outcome.SENT) == 1
    (out,) = tenant.outbox()
    assert (out["to"], out["contact"], out["attributes"]) == ("ann@example.com", "M-1", {"FirstName": "Ann", "To": "x"})


def test_a_set_of_recipients_is_sent_like_a_file(client: Client, tenant: Tenant) -> None:
    known = situation.look(client, "order-receipt")
    people_ = [Recipient(f"M-{n}", f"m{n}@example.com", {"OrderNumber": n}) for n in range(3)]
    with pytest.raises(BadInput, match=r"2, M-9: .*OrderNumber"):
        many.prepare_set(JobContext(), client, known, [people_[0], Recipient("M-9", "a@example.com", {})], "Testers")
    prepared = many.prepare_set(JobContext(), client, known, people_, "Testers")
    result = many.run(JobContext(), client, prepared, budget=5)
    assert (result.file, result.count(Outcome.SENT)) == ("Testers", 3)
    assert received(tenant) == {f"m{n}@example.com": 1 for n in range(3)}


def test_a_batch_stays_below_what_a_request_may_hold(
    send: Fire, tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcconsole.core.runs.MOST_BYTES", 2000)
    assert send(people(tmp_path / "p.csv", 10), "order-receipt").count(Outcome.SENT) == 10
    assert len(tenant.journal(f"{MESSAGES}$", "POST")) == 3


def test_a_mapping_says_which_column_is_which(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("a,b,c\nann@example.com,M-1,7\n", "utf-8")
    known = situation.look(client, "order-confirmation-send")
    chosen = Mapping({"a": "emailaddress", "b": "subscriberkey"}, constants={"OrderNumber": "X"})
    saved = tmp_path / "mapping.json"
    mapping.save(chosen, saved)
    planned = recipients_file.plan(path, known, mapping.load(saved))
    prepared = many.prepare(JobContext(), client, planned, budget=None)
    many.run(JobContext(), client, prepared)
    assert tenant.until(tenant.outbox)[0]["attributes"]["OrderNumber"] == "X"


def test_the_allow_list_holds_for_every_row(tenant: Tenant, tmp_path: Path) -> None:
    client = connect(tenant, allow_list=("example.org",))
    with pytest.raises(FaultyRows, match="allow-list"):
        prepare(client, people(tmp_path / "p.csv", 2), "order-receipt")
    client.close()


@pytest.mark.parametrize("key", ["order-confirmation-send", "order-receipt"])
def test_what_is_left_is_held_against_the_allow_list_of_now(
    client: Client, tenant: Tenant, tmp_path: Path, key: str
) -> None:
    prepared = prepare(client, people(tmp_path / "p.csv", 2), key)
    with MemberJournal(prepared.folder) as journal:
        journal.note(started=clock.now().isoformat())
        journal.begin(1, {"M-0000": {"at": "", "tried": clock.now().isoformat()}})
    strict = connect(tenant, allow_list=("m0@example.com",))
    with pytest.raises(BadInput, match=r"m1@example\.com is not on the allow-list"):
        many.resume(JobContext(), strict, prepared.send_id)
    assert tenant.outbox() == []
    strict.close()


def test_a_resume_that_cannot_begin_still_tells_what_was_sent(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    prepared = prepare(client, people(tmp_path / "p.csv", 2), "order-receipt")
    with MemberJournal(prepared.folder) as journal:
        journal.note(started=clock.now().isoformat())
        journal.answer([Answer(2, MemberState.ACCEPTED, "k", "sent", "Sent.")])
    tenant.fail("/Service.asmx|/messaging/v1/email/definitions", "answer", answer="bad_request")
    found = many.resume(JobContext(), client, prepared.send_id)
    assert (found.count(Outcome.SENT), found.not_fired, found.exit_code) == (1, 1, 1)
    assert found.error is not None
    ctx = JobContext()
    ctx.cancel()
    stopped = many.resume(ctx, client, prepared.send_id)
    assert (stopped.count(Outcome.SENT), stopped.exit_code) == (1, 130)


def test_a_run_of_another_business_unit_is_not_resumed(client: Client, tmp_path: Path) -> None:
    prepared = prepare(client, people(tmp_path / "p.csv", 1), "order-receipt")
    with pytest.raises(BadInput, match="never started"):
        many.resume(JobContext(), client, prepared.send_id)
    with MemberJournal(prepared.folder) as journal:
        journal.note(started="2026-01-01T00:00:00+00:00", account_id="4711")
    with pytest.raises(BadInput, match="belongs to"):
        many.resume(JobContext(), client, prepared.send_id)


def test_what_is_left_of_a_canceled_definition_is_not_sent(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    prepared = prepare(client, people(tmp_path / "p.csv", 2), "order-confirmation-send")
    with MemberJournal(prepared.folder) as journal:
        journal.note(started="2026-01-01T00:00:00+00:00")
    tenant.set_status("order-confirmation-send", "Canceled")
    with pytest.raises(BadInput, match="is Canceled"):
        many.resume(JobContext(), client, prepared.send_id)
    assert not tenant.journal(f"{SENDS}/.*/send")


def test_the_results_are_a_file(send: Fire, tmp_path: Path) -> None:
    result = send(people(tmp_path / "p.csv", 2), "order-receipt")
    run.write_csv(result, tmp_path / "results.csv")
    rows = list(csv.DictReader((tmp_path / "results.csv").read_text("utf-8-sig").splitlines()))
    assert [row["to"] for row in rows] == ["m0@example.com", "m1@example.com"]
    assert {row["outcome"] for row in rows} == {"sent"}
    assert {row["accepted"] for row in rows} == {"yes"}
    with pytest.raises(ConsoleError):
        run.write_csv(result, tmp_path / "no" / "such" / "folder.csv")
