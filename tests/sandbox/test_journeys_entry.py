"""From an entry event to a contact in a journey, or to one that vanished: API reference 2.1 and 2.5."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.test_journeys import JOURNEYS, create_event, create_journey, read
from tests.tenant import Tenant

MODES = pytest.mark.parametrize("mode", ["strict", "silent"])
ORDER = {"OrderNumber": "1", "SubscriberKey": "T-1", "EmailAddress": "t@example.com", "OrderTotal": "12.50"}


def person(contact: str, **more: object) -> dict[str, object]:
    return {"SubscriberKey": contact, "EmailAddress": f"{contact}@example.com", **more}


def settle(tenant: Tenant, event_id: str) -> dict[str, Any]:
    """Wait until the tenant is done with an event, and return what its status route says of it."""
    tenant.switch(event_status_scope="all")

    def done() -> dict[str, Any]:
        for kind in ("processed", "errored"):
            path = f"interaction/v1/async/events/status?type={kind}&eventInstanceId={event_id}"
            for item in read(tenant, path)["items"]:
                found: dict[str, Any] = item
                return found
        return {}

    return tenant.until(done)


def fire(tenant: Tenant, event: str, contact: str, data: dict[str, object]) -> dict[str, Any]:
    """Fire an event that has to be accepted, and wait until the tenant is done with it."""
    answer = tenant.fire(event, contact, data)
    assert answer.status_code == 201, answer.text
    assert list(answer.json()) == ["eventInstanceId"]
    return settle(tenant, answer.json()["eventInstanceId"])


def history(tenant: Tenant, contact: str, **more: object) -> list[dict[str, Any]]:
    answer = tenant.call("POST", f"{JOURNEYS}/journeyhistory/search", {"contactKeys": [contact], **more})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.fixture(autouse=True)
def quick(tenant: Tenant) -> None:
    tenant.switch(entry_delay=0, publish_delay=0, exit_delay=0)


@MODES
def test_a_good_event_writes_a_row_and_lets_the_contact_in(tenant: Tenant, mode: str) -> None:
    tenant.switch(events=mode, entry_delay=1)
    before = len(tenant.rows("APIEvent-welcome-entries"))
    answer = tenant.fire("APIEvent-welcome", "T-1", person("T-1", FirstName="Tess"))
    assert answer.status_code == 201
    assert tenant.journeys_of("T-1") == {"T-1": []}
    sent = parsedate_to_datetime(answer.headers["Date"])
    rows = tenant.rows("APIEvent-welcome-entries")
    assert len(rows) == before + 1
    assert (rows[-1]["subscriberkey"], rows[-1]["firstname"], rows[-1]["source"]) == ("T-1", "Tess", "web")
    assert tenant.until(lambda: tenant.journeys_of("T-1")["T-1"]) == ["welcome-series"]
    entry = history(tenant, "T-1")[0]
    assert (entry["definitionName"], entry["eventName"], entry["status"]) == (*["Welcome series"] * 2, "Complete")
    assert entry["transactionTime"].endswith("Z")
    assert entry["transactionTime"][:19] >= f"{sent:%Y-%m-%dT%H:%M:%S}"
    stats = read(tenant, f"{JOURNEYS}/key:welcome-series")["stats"]
    assert (stats["currentPopulation"], stats["cumulativePopulation"]) == (1, 1)


def test_names_in_the_body_count_without_case_and_the_id_in_data_is_ignored(tenant: Tenant) -> None:
    body = {
        "contactkey": "T-1",
        "EVENTDEFINITIONKEY": "apievent-welcome",
        "data": {**person("T-1"), "eventInstanceId": "mine", "Nonsense": "x"},
    }
    answer = tenant.call("POST", "interaction/v1/events", body)
    assert answer.status_code == 201
    assert answer.json()["eventInstanceId"] != "mine"
    assert tenant.until(lambda: tenant.journeys_of("T-1")["T-1"])


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"EventDefinitionKey": "APIEvent-welcome", "Data": {}}, 400, "ContactKey"),
        ({"ContactKey": " ", "EventDefinitionKey": "APIEvent-welcome"}, 400, "ContactKey"),
        ({"ContactKey": "T-1", "Data": {}}, 400, "EventDefinitionKey"),
        ({"ContactKey": "T-1", "EventDefinitionKey": "nope"}, 400, "Invalid EventDefinitionKey"),
        ({"ContactKey": "T-1", "EventDefinitionKey": "welcome-series"}, 400, "Invalid EventDefinitionKey"),
        ({"ContactKey": "T-1", "EventDefinitionKey": "APIEvent-welcome", "Data": ["a"]}, 400, "Data"),
        ({"ContactKey": "T-1", "EventDefinitionKey": "DEAudience-nightly-win-back"}, 400, "AutomationAudience"),
        ({"ContactKey": "T-1", "EventDefinitionKey": "APIEvent-store-visit"}, 400, "data extension"),
        (["x"], 400, "object"),
    ],
)
@MODES
def test_a_wrong_call_is_refused_in_either_mode(tenant: Tenant, mode: str, body: Any, status: int, words: str) -> None:
    tenant.switch(events=mode)
    answer = tenant.call("POST", "interaction/v1/events", body)
    assert (answer.status_code, words in answer.json()["message"]) == (status, True), answer.text
    assert isinstance(answer.json()["errorcode"], int)


def test_a_body_that_is_no_json_is_refused(tenant: Tenant) -> None:
    answer = tenant.call("POST", "interaction/v1/events", data="{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errorcode"]) == (400, 10004)
    tenant.switch(unknown_event="404")
    assert tenant.fire("nope", "T-1", {}).status_code == 404
    tenant.switch(other_event_types="accept")
    assert tenant.fire("DEAudience-newsletter-digest", "T-1", {"EmailAddress": "a@b.example", "Country": "NL"}).ok


@pytest.mark.parametrize(
    "data",
    [
        {name: value for name, value in ORDER.items() if name != "OrderTotal"},
        {name if name != "OrderTotal" else "ordertotal": value for name, value in ORDER.items()},
        {**ORDER, "OrderTotal": "a lot"},
        {**ORDER, "OrderTotal": ""},
        {**ORDER, "OrderNumber": "x" * 21},
        {**ORDER, "EmailAddress": "nobody"},
    ],
    ids=["missing", "case", "unconvertible", "empty", "long", "address"],
)
def test_bad_data_is_refused_or_lost(tenant: Tenant, data: dict[str, object]) -> None:
    answer = tenant.fire("APIEvent-order-confirmation", "T-1", data)
    assert (answer.status_code, answer.json()["errorcode"]) == (400, 10006)
    assert answer.json()["additionalErrors"][0]["message"] in answer.json()["message"]
    tenant.switch(events="silent")
    fate = fire(tenant, "APIEvent-order-confirmation", "T-1", data)
    assert fate["status"] == "errored"
    assert tenant.rows("APIEvent-order-confirmation-entries") == []
    assert tenant.journeys_of("T-1") == {"T-1": []}
    (trace,) = history(tenant, "T-1")
    assert (trace["status"], trace["result"]["messages"]) == ("Failed", [fate["message"]])
    tenant.switch(lost_event_trace="none")
    fire(tenant, "APIEvent-order-confirmation", "T-1", data)
    assert len(history(tenant, "T-1")) == 1


@MODES
def test_an_optional_name_in_another_case_is_lost_without_a_word(tenant: Tenant, mode: str) -> None:
    tenant.switch(events=mode)
    assert fire(tenant, "APIEvent-welcome", "T-1", person("T-1", firstname="Tess"))["status"] == "processed"
    assert tenant.journeys_of("T-1") == {"T-1": ["welcome-series"]}
    assert tenant.rows("APIEvent-welcome-entries")[-1]["firstname"] == ""
    tenant.switch(event_field_case="ignore")
    fire(tenant, "APIEvent-welcome", "T-2", person("T-2", firstname="Tess"))
    assert tenant.rows("APIEvent-welcome-entries")[-1]["firstname"] == "Tess"


@pytest.mark.parametrize(
    ("event", "contact", "more", "words"),
    [
        ("APIEvent-spring-campaign", "T-1", {}, "No journey is published"),
        ("APIEvent-summer-campaign", "T-1", {}, "No journey is published"),
        ("APIEvent-winter-campaign", "T-1", {}, "No journey is published"),
        ("APIEvent-survey", "T-1", {}, "No journey is published"),
        ("APIEvent-abandoned-cart", "T-1", {}, "paused"),
        ("APIEvent-first-purchase", "C-1001", {}, "before"),
        ("APIEvent-vip-offer", "T-1", {"Points": "1000"}, "entry criteria"),
        ("APIEvent-trial-reminder", "T-1", {"Converted": True}, "goal"),
        ("APIEvent-welcome", "C-1006", {}, "restricted"),
    ],
)
@MODES
def test_ways_to_vanish_are_silent(
    tenant: Tenant, mode: str, event: str, contact: str, more: dict[str, object], words: str
) -> None:
    tenant.switch(events=mode)
    before = len(history(tenant, contact))
    fate = fire(tenant, event, contact, person(contact, **more))
    assert fate["status"] == "processed"
    assert "message" not in fate
    assert tenant.journeys_of(contact) == {contact: []}
    assert len(history(tenant, contact)) == before
    assert tenant.rows(f"{event}-entries")[-1]["subscriberkey"] == contact
    tenant.switch(not_entered="errored")
    fate = fire(tenant, event, contact, person(contact, **more))
    assert fate["status"] == "errored"
    assert words in fate["message"]


def test_an_inactive_contact_is_refused_or_lost(tenant: Tenant) -> None:
    answer = tenant.fire("APIEvent-welcome", "C-1007", person("C-1007"))
    assert answer.status_code == 400
    assert "inactive" in answer.json()["message"]
    tenant.switch(events="silent")
    assert fire(tenant, "APIEvent-welcome", "C-1007", person("C-1007"))["status"] == "errored"
    assert tenant.journeys_of("C-1007") == {"C-1007": []}
    tenant.control("POST", "contacts", {"C-1007": "active"})
    fire(tenant, "APIEvent-welcome", "C-1007", person("C-1007"))
    assert tenant.journeys_of("C-1007") == {"C-1007": ["welcome-series"]}


@pytest.mark.parametrize(
    ("mode", "twice", "after_leaving"),
    [
        ("MultipleEntries", True, True),
        ("NotSet", True, True),
        ("SingleEntryAcrossAllVersions", False, True),
        ("OnceAndDone", False, False),
    ],
)
def test_reentry_by_entry_mode(tenant: Tenant, mode: str, twice: bool, after_leaving: bool) -> None:
    create_event(tenant, "start")
    made = create_journey(tenant, "again", "start", entryMode=mode)
    tenant.publish(made["id"])

    def entries() -> int:
        fire(tenant, "start", "T-1", {"SubscriberKey": "T-1", "Email": "t@example.com"})
        population: int = read(tenant, f"{JOURNEYS}/key:again")["stats"]["cumulativePopulation"]
        return population

    assert entries() == 1
    assert entries() == 1 + twice
    exit_ = [{"ContactKey": "T-1", "DefinitionKey": "again"}]
    assert tenant.call("POST", f"{JOURNEYS}/contactexit", exit_).status_code == 202
    tenant.until(lambda: not tenant.journeys_of("T-1")["T-1"])
    assert entries() == 1 + twice + after_leaving


def test_who_waits_for_a_paused_journey_enters_when_it_goes_on(tenant: Tenant) -> None:
    answer = tenant.fire("APIEvent-price-alert", "T-1", person("T-1"))
    tenant.switch(event_status_scope="all")
    path = f"interaction/v1/async/events/status?type=queued&eventInstanceId={answer.json()['eventInstanceId']}"
    assert read(tenant, path)["count"] == 1
    assert tenant.journeys_of("T-1") == {"T-1": []}
    resumed = tenant.call("POST", f"{JOURNEYS}/resume/key:price-alert?versionNumber=1")
    assert resumed.json() == {"status": "Accepted"}
    assert tenant.until(lambda: tenant.journeys_of("T-1")["T-1"]) == ["price-alert"]
    assert settle(tenant, answer.json()["eventInstanceId"])["status"] == "processed"


def test_one_event_feeds_several_journeys_and_waits_at_the_paused_one_only(tenant: Tenant) -> None:
    create_event(tenant, "start")
    for key in ("one", "two"):
        tenant.publish(create_journey(tenant, key, "start")["id"])
    retain = {"RetainContactInjectionWhileJourneyPaused": True}
    tenant.call("POST", f"{JOURNEYS}/pause/key:two?versionNumber=1", retain)
    event_id = tenant.fire("start", "T-1", {"SubscriberKey": "T-1", "Email": "t@example.com"}).json()["eventInstanceId"]
    assert tenant.until(lambda: tenant.journeys_of("T-1")["T-1"]) == ["one"]
    tenant.call("POST", f"{JOURNEYS}/resume/key:two?AllVersions=true")
    settle(tenant, event_id)
    assert sorted(tenant.journeys_of("T-1")["T-1"]) == ["one", "two"]
    assert [item["definitionName"] for item in history(tenant, "T-1")] == ["one", "two"]


def test_a_stopped_journey_lets_nobody_wait_and_everybody_go(tenant: Tenant) -> None:
    waiting = tenant.fire("APIEvent-price-alert", "T-1", person("T-1")).json()["eventInstanceId"]
    fire(tenant, "APIEvent-welcome", "T-2", person("T-2"))
    assert tenant.journeys_of("T-2") == {"T-2": ["welcome-series"]}
    for key, version in (("price-alert", 1), ("welcome-series", 2)):
        assert tenant.call("POST", f"{JOURNEYS}/stop/key:{key}?versionNumber={version}").ok
    settle(tenant, waiting)
    assert tenant.journeys_of("T-1", "T-2") == {"T-1": [], "T-2": []}
    assert history(tenant, "T-2")[-1]["activityType"] == "Exit"


def test_the_filter_and_the_goal_let_others_in(tenant: Tenant) -> None:
    fire(tenant, "APIEvent-vip-offer", "T-1", person("T-1", Points=1001))
    fire(tenant, "APIEvent-trial-reminder", "T-1", person("T-1"))
    assert tenant.journeys_of("T-1") == {"T-1": ["vip-offer", "trial-reminder"]}
    fire(tenant, "APIEvent-trial-reminder", "T-2", person("T-2", Converted="true"))
    stats = read(tenant, f"{JOURNEYS}/key:trial-reminder")["stats"]
    assert (stats["metGoal"], stats["cumulativePopulation"]) == (1, 1)


def test_exit_criteria_keep_out_and_are_counted(tenant: Tenant) -> None:
    create_event(tenant, "start")
    condition = '<Condition Key="Event.start.Points" Operator="IsNotNull"><Value/></Condition>'
    criteria = f'<FilterDefinition><ConditionSet Operator="AND">{condition}</ConditionSet></FilterDefinition>'
    exits = [{"key": "EXIT", "configurationArguments": {"criteria": criteria}}]
    tenant.publish(create_journey(tenant, "leaving", "start", exits=exits)["id"])
    fire(tenant, "start", "T-1", {"SubscriberKey": "T-1", "Email": "t@example.com", "Points": 1})
    fire(tenant, "start", "T-2", {"SubscriberKey": "T-2", "Email": "t@example.com"})
    assert tenant.journeys_of("T-1", "T-2") == {"T-1": [], "T-2": ["leaving"]}
    stats = read(tenant, f"{JOURNEYS}/key:leaving")["stats"]
    assert (stats["metExitCriteria"], stats["currentPopulation"]) == (1, 1)


def test_single_entry_counts_across_versions(tenant: Tenant) -> None:
    create_event(tenant, "start")
    made = create_journey(tenant, "single", "start", entryMode="SingleEntryAcrossAllVersions")
    tenant.publish(made["id"])
    fire(tenant, "start", "T-1", {"SubscriberKey": "T-1", "Email": "t@example.com"})
    create_journey(tenant, "single", "start", entryMode="SingleEntryAcrossAllVersions")
    tenant.publish(made["id"], 2)
    for contact in ("T-1", "T-2"):
        fire(tenant, "start", contact, {"SubscriberKey": contact, "Email": "t@example.com"})
    answer = tenant.call("POST", f"{JOURNEYS}/contactMembership", {"ContactKeyList": ["T-1", "T-2"]}).json()
    versions = [(one["contactKey"], one["version"]) for one in answer["results"]["contactMemberships"]]
    assert versions == [("T-1", 1), ("T-2", 2)]


@pytest.mark.parametrize("stay", [0, 0.2])
def test_a_journey_without_activities_is_left_but_stays_in_history(tenant: Tenant, stay: float) -> None:
    tenant.switch(journey_stay=stay)
    create_event(tenant, "start")
    tenant.publish(create_journey(tenant, "short", "start")["id"])
    fire(tenant, "start", "T-1", {"SubscriberKey": "T-1", "Email": "t@example.com"})
    tenant.until(lambda: not tenant.journeys_of("T-1")["T-1"])
    assert [item["activityType"] for item in history(tenant, "T-1")] == ["Event", "Exit"]
    instances = {item["definitionInstanceId"] for item in history(tenant, "T-1")}
    assert len(instances) == 1


@pytest.mark.parametrize(("mode", "rows"), [("store", 1), ("drop", 0)])
def test_the_row_of_an_event_without_a_journey(tenant: Tenant, mode: str, rows: int) -> None:
    tenant.switch(row_without_journey=mode)
    fire(tenant, "APIEvent-survey", "T-1", person("T-1"))
    assert len(tenant.rows("APIEvent-survey-entries")) == rows


def test_a_killed_tenant_still_lets_contacts_in(start_tenant: Callable[..., Tenant], tmp_path: Path) -> None:
    tenant = start_tenant("--data", str(tmp_path / "data"), "--entry-delay", "0.5")
    answer = tenant.fire("APIEvent-welcome", "T-1", person("T-1"))
    assert answer.status_code == 201
    tenant.kill()
    tenant.restart()
    assert tenant.until(lambda: tenant.journeys_of("T-1")["T-1"]) == ["welcome-series"]
    assert len(history(tenant, "T-1")) == 1


def test_silent_mode_is_an_option_of_the_command(start_tenant: Callable[..., Tenant]) -> None:
    tenant = start_tenant("--events", "silent", "--entry-delay", "0")
    assert fire(tenant, "APIEvent-welcome", "T-1", {"SubscriberKey": "T-1"})["status"] == "errored"
