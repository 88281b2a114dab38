"""Firing one event over real HTTP: who enters, who does not and why, and what is never claimed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core import guard
from mcconsole.core.errors import BadInput, ConsoleError, Refused
from mcconsole.core.findings import Mark
from mcconsole.core.jobs import Cancelled, JobContext
from mcconsole.core.tenant import Credentials
from mcconsole.features.journeys import before, calls, criteria, evidence, find, service, situation, verdict
from mcconsole.features.journeys.service import Receipt
from mcconsole.features.journeys.verdict import Verdict
from tests.tenant import Tenant

PERSON = {"SubscriberKey": "N-1", "EmailAddress": "ann@example.com"}


def person(contact: str, **more: object) -> dict[str, object]:
    return {**PERSON, "SubscriberKey": contact, **more}


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    tenant.switch(entry_delay=0)
    credentials, _ = Credentials.from_environment(tenant.environment())
    made = Client(credentials, feature="journeys", limits=Limits(base=0.01, longest=0.05))
    yield made
    made.close()


Fire = Callable[..., Receipt]


@pytest.fixture
def fire(client: Client) -> Fire:
    def run(
        event: str,
        contact: str,
        data: dict[str, object] | None = None,
        *,
        budget: float | None = 3,
        raw: bool = False,
        force: bool = False,
    ) -> Receipt:
        ctx = JobContext()
        known = situation.look(client, event, ctx)
        checked = service.check(ctx, client, known, contact, data or person(contact), raw=raw)
        return service.fire(ctx, client, checked, budget=budget, force=force)

    return run


def test_a_new_contact_enters_and_the_evidence_is_named(fire: Fire) -> None:
    receipt = fire("APIEvent-welcome", "N-1")
    assert (receipt.verdict, receipt.accepted, receipt.exit_code) == (Verdict.ENTERED, True, 0)
    assert "Welcome series" in receipt.reason
    assert receipt.event_instance_id
    assert [marks(receipt)[name] for name in ("accepted", "row", "in the journey", "history")] == [Mark.YES] * 4


def marks(receipt: Receipt) -> dict[str, Mark]:
    return {stage.name: stage.mark for stage in receipt.stages}


@pytest.mark.parametrize(
    "switches",
    [
        {"history_entry": "named"},
        {"history_entry": "none"},
        {"history_zone": "server"},
        {"event_status_items": "ids", "event_status_scope": "all"},
        {"history_contacts": "ignore"},
    ],
    ids=str,
)
def test_the_verdict_holds_however_the_tenant_is_where_the_reference_leaves_it_open(
    fire: Fire, tenant: Tenant, switches: dict[str, str]
) -> None:
    tenant.switch(**switches)
    assert fire("APIEvent-welcome", "N-1").verdict is Verdict.ENTERED
    assert fire("APIEvent-loyalty", "C-1002", budget=0.3).verdict is Verdict.NOT_ENTERED
    tenant.fail("/interaction/v1/events", "reset_before", method="POST", times=1)
    assert fire("APIEvent-welcome", "N-1", budget=0.3, force=True).verdict is Verdict.NOT_PROVEN
    tenant.switch(events="silent")
    untold = switches.get("history_entry") == "none"
    lost = fire("APIEvent-welcome", "C-1007", budget=0.3)
    assert lost.verdict is (Verdict.NOT_PROVEN if untold else Verdict.NOT_ENTERED), lost


def test_a_row_that_was_there_before_does_not_show_that_one_was_written(fire: Fire, tenant: Tenant) -> None:
    assert marks(fire("APIEvent-welcome", "N-1"))["row"] is Mark.YES
    tenant.fail("/interaction/v1/events", "reset_before", method="POST", times=1)
    lost = fire("APIEvent-welcome", "N-1", budget=0.2, force=True)
    assert (lost.verdict, marks(lost)["row"]) == (Verdict.NOT_PROVEN, Mark.UNSEEN)
    assert "1 row of the contact in Welcome series entries, as before the event" in str(lost.stages)
    changed = fire("APIEvent-welcome", "N-1", person("N-1", FirstName="Ann"))
    assert marks(changed)["row"] is Mark.YES


def test_rows_that_nobody_could_look_at_before_may_be_old(client: Client, tenant: Tenant) -> None:
    known = situation.look(client, "APIEvent-welcome")
    tenant.fail("/Service.asmx", "status", status=403)
    checked = service.check(JobContext(), client, known, "N-1", person("N-1"))
    tenant.heal()
    receipt = service.fire(JobContext(), client, checked, budget=3)
    assert (receipt.verdict, marks(receipt)["row"]) == (Verdict.ENTERED, Mark.UNSEEN)
    assert "which may be older than the event" in str(receipt.stages)


@pytest.mark.parametrize("status", [401, 403, 429])
def test_an_event_that_was_turned_away_unread_was_not_sent(fire: Fire, tenant: Tenant, status: int) -> None:
    tenant.fail("/interaction/v1/events", "status", status=status, method="POST")
    receipt = fire("APIEvent-welcome", "N-1")
    assert (receipt.verdict, receipt.accepted, receipt.exit_code) == (Verdict.NOT_CHECKED, False, 2)


def test_without_looking_nothing_is_claimed(fire: Fire) -> None:
    receipt = fire("APIEvent-welcome", "N-1", budget=None)
    assert (receipt.verdict, receipt.accepted, receipt.exit_code) == (Verdict.NOT_CHECKED, True, 0)


@pytest.mark.parametrize("mode", ["strict", "silent"])
@pytest.mark.parametrize(
    ("event", "contact", "more", "words"),
    [
        ("APIEvent-spring-campaign", "N-1", {}, "is Draft"),
        ("APIEvent-summer-campaign", "N-1", {}, "is ScheduledToPublish"),
        ("APIEvent-winter-campaign", "N-1", {}, "is Stopped"),
        ("APIEvent-abandoned-cart", "N-1", {}, "is paused"),
        ("APIEvent-price-alert", "N-1", {}, "is paused"),
        ("APIEvent-survey", "N-1", {}, "No journey uses"),
        ("APIEvent-first-purchase", "C-1001", {}, "was in before"),
        ("APIEvent-loyalty", "C-1002", {}, "only after leaving"),
        ("APIEvent-vip-offer", "N-1", {"Points": 7}, "entry filter"),
        ("APIEvent-trial-reminder", "N-1", {"Converted": True}, "goal or exit"),
        ("APIEvent-welcome", "C-1007", {}, "inactive"),
    ],
)
def test_every_way_to_vanish_has_its_reason(
    fire: Fire, tenant: Tenant, mode: str, event: str, contact: str, more: dict[str, object], words: str
) -> None:
    tenant.switch(events=mode)
    receipt = fire(event, contact, person(contact, **more), budget=0.4)
    assert receipt.verdict is Verdict.NOT_ENTERED, receipt
    assert words in receipt.reason
    assert receipt.exit_code == 1
    assert marks(receipt).get("history") is not Mark.YES


def test_a_restricted_contact_is_not_proven_as_nothing_tells_why(fire: Fire) -> None:
    receipt = fire("APIEvent-welcome", "C-1006", budget=0.3)
    assert (receipt.verdict, receipt.exit_code) == (Verdict.NOT_PROVEN, 3)


def test_a_lost_contact_without_a_trace_is_not_proven(fire: Fire, tenant: Tenant) -> None:
    tenant.switch(events="silent", lost_event_trace="none")
    receipt = fire("APIEvent-welcome", "N-1", {"subscriberkey": "N-1", "EmailAddress": "a@example.com"}, raw=True)
    assert receipt.verdict is Verdict.NOT_PROVEN


@pytest.mark.parametrize(("mode", "words"), [("strict", "Refused"), ("silent", "Errored event")])
def test_raw_data_in_the_wrong_case_does_not_enter(fire: Fire, tenant: Tenant, mode: str, words: str) -> None:
    tenant.switch(events=mode)
    receipt = fire("APIEvent-welcome", "N-1", {"subscriberkey": "N-1", "EmailAddress": "a@example.com"}, raw=True)
    assert receipt.verdict is Verdict.NOT_ENTERED
    assert words in receipt.reason
    assert "SubscriberKey" in receipt.reason


def test_an_old_membership_does_not_prove_a_new_entry(fire: Fire, tenant: Tenant) -> None:
    receipt = fire("APIEvent-loyalty", "C-1002", budget=0.3)
    assert receipt.verdict is Verdict.NOT_ENTERED
    assert "since before the event" in str(receipt.stages)
    tenant.switch(entry_delay=30)
    assert fire("APIEvent-welcome", "N-1", budget=0.2).verdict is Verdict.NOT_PROVEN


def test_a_contact_that_is_in_may_enter_again_where_that_is_allowed(fire: Fire) -> None:
    assert fire("APIEvent-welcome", "N-1").verdict is Verdict.ENTERED
    assert fire("APIEvent-welcome", "N-1", person("N-1", Source="shop")).verdict is Verdict.ENTERED


def test_a_short_stay_is_proven_by_history(fire: Fire, tenant: Tenant) -> None:
    tenant.switch(journey_stay=0)
    receipt = fire("APIEvent-trial-reminder", "N-1")
    assert receipt.verdict is Verdict.ENTERED
    assert "no membership now" in str(receipt.stages)


@pytest.mark.parametrize(
    ("event", "contact", "data", "words"),
    [
        ("APIEvent-welcome", "N-1", {"subscriberkey": "N-1", "EmailAddress": "a@example.com"}, "“SubscriberKey”?"),
        ("APIEvent-welcome", "N-1", {"SubscriberKey": "N-1"}, "“EmailAddress” is missing"),
        ("APIEvent-welcome", "N-1", person("N-1", Shoe=1), "“Shoe” is no field"),
        ("APIEvent-welcome", "N-1", person("N-2"), "The contact key is N-1"),
        ("APIEvent-welcome", "N-1", person("N-1", FirstName="x" * 51), "51 characters"),
        ("APIEvent-welcome", "N-1", person("N-1", EmailAddress="no"), "EmailAddress"),
        ("APIEvent-welcome", "N-1", person("N-1", eventInstanceId="1"), "reserved"),
        ("DEAudience-newsletter-digest", "N-1", person("N-1"), "only an API event"),
        ("APIEvent-store-visit", "N-1", person("N-1"), "not known"),
    ],
)
def test_what_differs_from_the_schema_is_never_sent(
    fire: Fire, tenant: Tenant, event: str, contact: str, data: dict[str, object], words: str
) -> None:
    with pytest.raises(BadInput, match=words.replace("?", r"\?")):
        fire(event, contact, data)
    assert not tenant.journal("/interaction/v1/events", "POST")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("welcome-series", "the key of the journey"),
        ("apievent-WELCOME", None),
        ("APIEvent-welcome-entries", "external key of an entry data extension"),
        ("Welcome series", "name of an event definition"),
        ("nothing-like-it", "no event definition"),
    ],
)
def test_another_key_is_recognised(client: Client, given: str, words: str | None) -> None:
    if words is None:
        assert situation.look(client, given).source.key == "APIEvent-welcome"
        return
    with pytest.raises(BadInput, match=words) as caught:
        situation.look(client, given)
    assert words.startswith("no") or "APIEvent-welcome" in caught.value.advice


def test_ids_lead_to_the_entry_source(client: Client) -> None:
    sources, journeys = list(calls.definitions(client)), list(calls.journeys(client))
    journey = next(one for one in journeys if one.key == "welcome-series" and one.published)
    source = next(one for one in sources if one.key == "APIEvent-welcome")
    for text in (journey.id, journey.definition_id, source.id, source.data_extension_id.upper()):
        found = find.known(text, sources, journeys)
        assert found is not None
        assert found.source == source


def test_the_same_event_is_not_fired_twice_by_a_slip(fire: Fire, tenant: Tenant) -> None:
    fire("APIEvent-welcome", "N-1", budget=None)
    with pytest.raises(Refused, match="within the last minute"):
        fire("APIEvent-welcome", "N-1", budget=None)
    assert len(tenant.journal("/interaction/v1/events", "POST")) == 1
    fire("APIEvent-welcome", "N-2", budget=None)
    fire("APIEvent-welcome", "N-1", budget=None, force=True)
    assert len(tenant.journal("/interaction/v1/events", "POST")) == 3


@pytest.mark.parametrize(
    ("fault", "expected"), [("reset_after", Verdict.ENTERED), ("reset_before", Verdict.NOT_PROVEN)]
)
def test_a_lost_answer_is_never_repeated_and_evidence_decides(
    fire: Fire, tenant: Tenant, fault: str, expected: Verdict
) -> None:
    tenant.fail("/interaction/v1/events", fault, method="POST")
    receipt = fire("APIEvent-welcome", "N-1", budget=0.6)
    entered = expected is Verdict.ENTERED
    assert receipt.verdict is expected
    assert receipt.exit_code == (0 if entered else 3)
    assert (receipt.accepted, receipt.error is None) == ((True, True) if entered else (None, False))
    assert marks(receipt)["accepted"] is (Mark.YES if entered else Mark.UNSEEN)
    assert len(tenant.journal("/interaction/v1/events", "POST")) == 1


def test_a_missing_scope_refuses_before_anything_is_sent(tenant: Tenant) -> None:
    client_id, secret = tenant.package(["journeys_read", "data_extensions_read"])
    environment = tenant.environment(MCCONSOLE_CLIENT_ID=client_id, MCCONSOLE_CLIENT_SECRET=secret)
    credentials, _ = Credentials.from_environment(environment)
    client = Client(credentials)
    known = situation.look(client, "APIEvent-welcome")
    checked = service.check(JobContext(), client, known, "N-1", PERSON)
    with pytest.raises(BadInput, match="list_and_subscribers_read"):
        service.fire(JobContext(), client, checked)
    client.close()


def test_the_schema_comes_by_soap_where_rest_refuses(client: Client, tenant: Tenant) -> None:
    by_rest = situation.look(client, "APIEvent-order-confirmation").described
    tenant.fail("/data/v1/customobjects", "status", status=403)
    by_soap = situation.look(client, "APIEvent-order-confirmation").described
    assert by_rest == by_soap
    assert by_rest is not None
    assert by_rest.contact_field == "SubscriberKey"


def test_a_set_of_contacts_is_fired_and_watched_together(client: Client, tenant: Tenant) -> None:
    ctx = JobContext()
    known = situation.look(client, "APIEvent-loyalty")
    events = [service.check(ctx, client, known, contact, person(contact)) for contact in ("N-1", "C-1002", "N-2")]
    receipts = service.fire_all(ctx, client, events, budget=0.5)
    assert [one.verdict for one in receipts] == [Verdict.ENTERED, Verdict.NOT_ENTERED, Verdict.ENTERED]
    assert "already" in events[1].warnings[0]
    assert len(tenant.journal("/interaction/v1/events", "POST")) == 3


def test_what_could_not_be_sent_ends_a_set_and_may_be_fired_again(client: Client, tenant: Tenant) -> None:
    ctx = JobContext()
    known = situation.look(client, "APIEvent-welcome")
    events = [service.check(ctx, client, known, contact, person(contact)) for contact in ("N-1", "N-2", "N-3")]
    tenant.fail("/interaction/v1/events", "status", status=403, nth=2)
    first, second, third = service.fire_all(ctx, client, events, budget=2)
    assert first.verdict is Verdict.ENTERED
    assert (second.accepted, third.accepted) == (False, False)
    assert (second.verdict, third.reason[:9]) == (Verdict.NOT_CHECKED, "Not sent:")
    again = service.fire_all(ctx, client, events[1:], budget=2)
    assert [one.verdict for one in again] == [Verdict.ENTERED, Verdict.ENTERED]


def test_cancelling_before_anything_is_sent_frees_the_event(client: Client, tenant: Tenant) -> None:
    ctx = JobContext()
    checked = service.check(ctx, client, situation.look(client, "APIEvent-welcome"), "N-1", person("N-1"))
    ctx.cancel()
    with pytest.raises(Cancelled):
        service.fire(ctx, client, checked)
    assert not tenant.journal("/interaction/v1/events", "POST")
    assert service.fire(JobContext(), client, checked, budget=2).verdict is Verdict.ENTERED


def test_cancelling_the_watching_proves_nothing(client: Client, tenant: Tenant) -> None:
    tenant.switch(entry_delay=60)
    ctx = JobContext(lambda _: ctx.cancel())
    checked = service.check(ctx, client, situation.look(client, "APIEvent-welcome"), "N-1", person("N-1"))
    receipt = service.fire(ctx, client, checked, budget=60)
    assert (receipt.verdict, receipt.accepted, receipt.exit_code) == (Verdict.NOT_PROVEN, True, 130)


def test_history_of_others_proves_nothing_even_when_the_tenant_ignores_the_filter(fire: Fire, tenant: Tenant) -> None:
    tenant.switch(history_contacts="ignore", journey_stay=0)
    assert fire("APIEvent-trial-reminder", "N-1").verdict is Verdict.ENTERED
    assert fire("APIEvent-first-purchase", "C-1001", budget=0.3).verdict is Verdict.NOT_ENTERED
    assert fire("APIEvent-trial-reminder", "N-2", person("N-2", Converted="true"), budget=0.3).verdict is (
        Verdict.NOT_ENTERED
    )


@pytest.mark.parametrize(
    ("operator", "value", "data", "expected"),
    [
        ("GreaterThan", "1000", {"Points": "1001"}, True),
        ("GreaterThan", "1000", {"Points": "7"}, False),
        ("GreaterThan", "1000", {"Points": "many"}, None),
        ("GreaterThan", "1000", {}, None),
        ("Equal", "true", {"Points": "True"}, True),
        ("Equal", "1.0", {"Points": "1"}, True),
        ("IsNull", "", {"Points": None}, True),
        ("Fancy", "1", {"Points": "1"}, None),
    ],
)
def test_a_filter_is_judged_only_where_it_is_understood(
    operator: str, value: str, data: dict[str, str | None], expected: bool | None
) -> None:
    xml = (
        f'<FilterDefinition><ConditionSet Operator="AND"><Condition Key="Event.x.Points" Operator="{operator}">'
        f"<Value><![CDATA[{value}]]></Value></Condition></ConditionSet></FilterDefinition>"
    )
    assert criteria.holds(xml, data) is expected


@pytest.mark.parametrize("text", ["{", "<x/>", "<FilterDefinition/>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_a_filter_that_is_none_is_not_judged(text: str) -> None:
    assert criteria.holds(text, {"a": "1"}) is None


def test_the_allow_list_is_asked_before(fire: Fire, client: Client, tenant: Tenant) -> None:
    client.allow_list = ("example.org", "bob@example.com")
    for raw in (False, True):
        with pytest.raises(BadInput, match=r"ann@example\.com is not on the allow-list"):
            fire("APIEvent-welcome", "N-1", raw=raw)
    assert not tenant.journal("/interaction/v1/events", "POST")
    assert fire("APIEvent-welcome", "N-1", person("N-1", EmailAddress="Bob@example.com"), budget=None).accepted


def test_a_journey_published_since_it_was_looked_at_is_entered(client: Client, tenant: Tenant) -> None:
    draft = situation.look(client, "APIEvent-spring-campaign")
    journey = draft.journeys[0]
    assert tenant.publish(journey.id, journey.version)["status"] == "PublishCompleted"
    _, receipt = service.check_and_fire(JobContext(), client, draft, "N-1", person("N-1"), budget=5)
    assert receipt.verdict is Verdict.ENTERED, receipt


def test_nothing_is_fired_when_the_data_extension_is_gone_since_it_was_looked_at(
    client: Client, tenant: Tenant
) -> None:
    known = situation.look(client, "APIEvent-welcome")
    tenant.write("Delete", "DataExtension", "<CustomerKey>APIEvent-welcome-entries</CustomerKey>")
    with pytest.raises(BadInput, match="fields of the entry source are not known"):
        service.check_and_fire(JobContext(), client, known, "N-1", person("N-1"), budget=1)
    assert not tenant.journal("/interaction/v1/events", "POST")


def fire_two(client: Client, event: str, contact: str, *data: dict[str, object], budget: float = 3) -> list[Receipt]:
    ctx = JobContext()
    known = situation.look(client, event)
    checked = [service.check(ctx, client, known, contact, one, raw=True) for one in data]
    return service.fire_all(ctx, client, checked, budget=budget)


def test_an_entry_is_not_the_proof_of_an_event_that_the_filter_keeps_out(client: Client) -> None:
    out, entered = fire_two(client, "APIEvent-vip-offer", "N-1", person("N-1", Points=7), person("N-1", Points=7000))
    assert (out.verdict, entered.verdict) == (Verdict.NOT_ENTERED, Verdict.ENTERED), (out, entered)


def test_an_error_in_the_history_is_not_laid_to_another_event_of_the_contact(client: Client, tenant: Tenant) -> None:
    tenant.switch(events="silent", entry_delay=0.5)
    lost, entered = fire_two(client, "APIEvent-welcome", "N-1", {"subscriberkey": "N-1"}, person("N-1"))
    assert lost.verdict is not Verdict.NOT_ENTERED or "Errored" in lost.reason
    assert entered.verdict is not Verdict.NOT_ENTERED, entered


def test_an_event_that_feeds_two_journeys_proves_no_other_event(client: Client, tenant: Tenant) -> None:
    known = situation.look(client, "APIEvent-spring-campaign")
    welcome = situation.look(client, "APIEvent-welcome").published[0]
    both = replace(known, journeys=(welcome, replace(welcome, name="Another", key="another", definition_id="x")))
    now = datetime.now(UTC)
    fired = [verdict.Fired(number, "N-1", {}, before.Before(at=now), at=now) for number in (1, 2)]
    seen = verdict._Seen()
    later = now + timedelta(seconds=1)
    for journey in both.journeys:
        seen.steps["N-1"].append(evidence.Step("N-1", later, journey.name, "Entry", "Event", "E", "Complete", ""))
    assert [len(lines) for lines in verdict._proofs(both, fired, seen).values()] == [2, 0]


def test_a_line_of_another_activity_that_names_the_event_is_no_entry() -> None:
    step = evidence.Step("N-1", None, "J", "Welcome mail", "EMAILV2", "Welcome series", "Complete", "")
    assert not step.is_entry
    assert replace(step, activity_type="").is_entry


def test_the_looking_goes_on_after_an_error_that_passes(fire: Fire, tenant: Tenant) -> None:
    tenant.fail("/interaction/v1/interactions/journeyhistory", "status", status=503, nth=2, times=6)
    assert fire("APIEvent-welcome", "N-1", budget=10).verdict is Verdict.ENTERED


@pytest.mark.parametrize("trouble", ["malformed", "guard"])
def test_whatever_fails_afterwards_an_event_that_left_has_its_receipt(
    fire: Fire, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConsoleError("The disk is full.") if trouble == "guard" else TypeError

    monkeypatch.setattr(*((guard, "release", fail) if trouble == "guard" else (evidence, "fates", fail)))
    receipt = fire("APIEvent-welcome", "N-1")
    assert receipt.accepted is True
    assert receipt.verdict is (Verdict.ENTERED if trouble == "guard" else Verdict.NOT_PROVEN)
    assert len(tenant.journal("/interaction/v1/events", "POST")) == 1


@pytest.mark.parametrize("refused", ["contactMembership", "journeyhistory", "async/events/status"])
def test_one_kind_of_evidence_that_is_refused_keeps_neither_from_firing_nor_from_a_proof(
    fire: Fire, tenant: Tenant, refused: str
) -> None:
    route = f"/interaction/v1/{'' if refused.startswith('async') else 'interactions/'}{refused}"
    tenant.fail(route, "status", status=403)
    receipt = fire("APIEvent-welcome", "N-1")
    assert receipt.verdict is Verdict.ENTERED, receipt
    assert "does not permit this (403)" in str(receipt.stages)
    assert bool(receipt.warnings) is not refused.startswith("async")


def test_without_evidence_it_is_said_what_could_not_be_looked_at(fire: Fire, tenant: Tenant) -> None:
    tenant.fail("/interaction/v1/interactions/(contactMembership|journeyhistory)", "status", status=403)
    receipt = fire("APIEvent-welcome", "N-1", budget=0.3)
    assert receipt.verdict is Verdict.NOT_PROVEN
    assert "Not everything could be looked at. Ask in which journeys" in receipt.reason
