"""Batches of events, their status, histories and exits: API reference 2.2, 2.5 and 2.6."""

from __future__ import annotations

from typing import Any

import pytest

from mcconsole.sandbox import demo_journeys
from tests.sandbox.test_journeys import JOURNEYS, ZEROS, create_event, create_journey, read
from tests.sandbox.test_journeys_entry import fire, history, person
from tests.tenant import Tenant

STATUS = "interaction/v1/async/events/status"


@pytest.fixture(autouse=True)
def quick(tenant: Tenant) -> None:
    tenant.switch(entry_delay=0, publish_delay=0, exit_delay=0)


def send(tenant: Tenant, event: str, members: list[Any]) -> dict[str, Any]:
    body = {"eventDefinitionKey": event, "members": members}
    answer = tenant.call("POST", "interaction/v1/async/events", body)
    assert answer.ok, answer.text
    result: dict[str, Any] = answer.json()
    return result


def member(contact: str, **more: object) -> dict[str, object]:
    return {"contactKey": contact, "data": person(contact, **more)}


def wait(tenant: Tenant, request_id: str, count: int) -> None:
    def done() -> bool:
        kinds = ("processed", "errored")
        counts: list[int] = [read(tenant, f"{STATUS}?type={kind}&requestId={request_id}")["count"] for kind in kinds]
        return count == sum(counts)

    tenant.until(done)


def test_members_are_answered_in_order_with_their_errors(tenant: Tenant) -> None:
    members = [member("T-1"), {"contactKey": "T-2", "data": {}}, {"data": {}}, "x", member("C-1007"), member("T-3")]
    answer = send(tenant, "APIEvent-welcome", members)
    assert (answer["count"], answer["notQueuedCount"]) == (6, 4)
    assert [one.get("contactKey") for one in answer["members"]] == ["T-1", "T-2", None, None, "C-1007", "T-3"]
    assert ["eventInstanceId" in one for one in answer["members"]] == [True, False, False, False, False, True]
    assert [one.get("errorcode") for one in answer["members"]] == [None, 10006, 10002, 10002, 10000, None]
    assert all(one["message"] for one in answer["members"] if "errorcode" in one)
    wait(tenant, answer["requestId"], 2)
    assert tenant.journeys_of("T-1", "T-3") == {"T-1": ["welcome-series"], "T-3": ["welcome-series"]}
    assert [row["subscriberkey"] for row in tenant.rows("APIEvent-welcome-entries")] == ["T-1", "T-3"]


def test_silent_mode_queues_what_is_lost_later(tenant: Tenant) -> None:
    tenant.switch(events="silent")
    answer = send(tenant, "APIEvent-welcome", [member("T-1"), {"contactKey": "T-2", "data": {}}, member("C-1007")])
    assert answer["notQueuedCount"] == 0
    wait(tenant, answer["requestId"], 3)
    errored = read(tenant, f"{STATUS}?type=errored&requestId={answer['requestId']}")["items"]
    assert [one["contactKey"] for one in errored] == ["T-2", "C-1007"]
    assert "does not allow null" in errored[0]["message"]
    assert tenant.journeys_of("T-1", "T-2") == {"T-1": ["welcome-series"], "T-2": []}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"members": []}, "100"),
        ({"members": [member("T-1")] * 101}, "100"),
        ({"members": "x"}, "100"),
        ({"eventDefinitionKey": "nope"}, "Invalid EventDefinitionKey"),
        ({"eventDefinitionKey": "welcome-series"}, "Invalid EventDefinitionKey"),
        ({"eventDefinitionKey": None}, "EventDefinitionKey"),
    ],
)
def test_a_wrong_batch_is_refused_whole(tenant: Tenant, change: dict[str, Any], words: str) -> None:
    body = {"eventDefinitionKey": "APIEvent-welcome", "members": [member("T-1")], **change}
    answer = tenant.call("POST", "interaction/v1/async/events", body)
    assert answer.status_code == 400
    assert words in answer.json()["message"]
    assert tenant.rows("APIEvent-welcome-entries") == []


def test_more_than_ten_journeys_are_too_many(tenant: Tenant) -> None:
    create_event(tenant, "popular")
    for number in range(11):
        tenant.publish(create_journey(tenant, f"j{number}", "popular")["id"])
    body = {"eventDefinitionKey": "popular", "members": [member("T-1")]}
    answer = tenant.call("POST", "interaction/v1/async/events", body)
    assert (answer.status_code, answer.json()["errorcode"]) == (400, 10000)
    assert answer.json()["message"] == "Interaction Count Limit Exceeded"


def test_status_has_filters_and_pages(tenant: Tenant) -> None:
    first = send(tenant, "APIEvent-welcome", [member(f"T-{number}") for number in range(100)])
    second = send(tenant, "APIEvent-loyalty", [member("T-1"), member("T-2")])
    wait(tenant, first["requestId"], 100)
    wait(tenant, second["requestId"], 2)

    def found(query: str) -> dict[str, Any]:
        return read(tenant, f"{STATUS}?type=processed&{query}")

    pages = [found(f"requestId={first['requestId']}&$page={page}&$pageSize=40") for page in (1, 2, 3, 4)]
    assert [len(page["items"]) for page in pages] == [40, 40, 20, 0]
    assert {page["count"] for page in pages} == {100}
    keys = [item["contactKey"] for page in pages for item in page["items"]]
    assert keys == [f"T-{number}" for number in range(100)]
    assert found("$page=1&$pageSize=500")["pageSize"] == 50
    assert found("")["count"] == 102
    assert found("contactKey=T-1")["count"] == 2
    assert found("eventDefinitionKey=apievent-loyalty")["count"] == 2
    one = found("contactKey=T-1&eventDefinitionKey=APIEvent-loyalty")["items"]
    assert [item["eventInstanceId"] for item in one] == [second["members"][0]["eventInstanceId"]]
    assert found(f"eventInstanceId={one[0]['eventInstanceId']}")["count"] == 1
    assert found("$orderBy=createdDate%20DESC")["items"][0]["contactKey"] == "T-2"
    created = one[0]["createdDate"]
    assert found(f"startDate={created}&requestId={second['requestId']}")["count"] == 2
    assert found("startDate=2999-01-01")["count"] == 0
    assert found("endDate=2020-01-01T00:00:00Z")["count"] == 0
    for wrong in ("type=all", "", "type=queued&startDate=yesterday", "type=queued&$page=0"):
        assert tenant.call("GET", f"{STATUS}?{wrong}").status_code == 400


def test_a_status_may_hold_no_more_than_ids(tenant: Tenant) -> None:
    tenant.switch(event_status_scope="all", event_status_items="ids")
    fire(tenant, "APIEvent-welcome", "T-1", person("T-1"))
    (item,) = read(tenant, f"{STATUS}?type=processed")["items"]
    assert item.keys() == {"eventInstanceId", "requestId"}


def test_only_batches_have_a_status_unless_all_have(tenant: Tenant) -> None:
    tenant.switch(entry_delay=60)
    event_id = tenant.fire("APIEvent-welcome", "T-1", person("T-1")).json()["eventInstanceId"]
    answer = send(tenant, "APIEvent-welcome", [member("T-2")])
    queued = read(tenant, f"{STATUS}?type=queued")
    assert [item["requestId"] for item in queued["items"]] == [answer["requestId"]]
    # The row of a batch member is written when it is processed.
    assert [row["subscriberkey"] for row in tenant.rows("APIEvent-welcome-entries")] == ["T-1"]
    tenant.switch(event_status_scope="all")
    items = read(tenant, f"{STATUS}?type=queued&contactKey=T-1")["items"]
    assert [item["eventInstanceId"] for item in items] == [event_id]


def test_membership_shows_present_members_of_fifty_contacts_at_most(tenant: Tenant) -> None:
    path = f"{JOURNEYS}/contactMembership"
    answer = tenant.call("POST", path, {"contactKeyList": ["C-1002", "C-1001", "T-1"]}).json()["results"]
    member_ = {"contactKey": "C-1002", "definitionKey": "loyalty-programme", "version": 1}
    assert answer == {"contactMemberships": [member_], "contactsNotFound": ["C-1001", "T-1"]}
    wrong_ones: list[dict[str, object]] = [{"ContactKeyList": keys} for keys in (["x"] * 51, [], [1], "x")]
    for wrong in [*wrong_ones, {}]:
        assert tenant.call("POST", path, wrong).status_code == 400


def test_history_is_searched(tenant: Tenant) -> None:
    for contact in ("T-1", "T-2"):
        for event in ("APIEvent-welcome", "APIEvent-loyalty"):
            fire(tenant, event, contact, person(contact))
    journey = read(tenant, f"{JOURNEYS}/key:welcome-series")

    def found(page: int = 1, /, **body: Any) -> dict[str, Any]:
        path = f"{JOURNEYS}/journeyhistory/search?$page={page}&$pageSize=3"
        answer = tenant.call("POST", path, {"start": "2020-01-01T00:00:00Z", "end": None, **body})
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    mine = {"contactKeys": ["T-1", "T-2"]}
    assert [len(found(page, **mine)["items"]) for page in (1, 2)] == [3, 1]
    for definition in (journey["id"], journey["definitionId"]):
        items = found(definitionIds=[definition])["items"]
        assert [item["contactKey"] for item in items] == ["T-1", "T-2"]
        assert {item["definitionId"] for item in items} == {journey["definitionId"]}
    assert found(**mine, activityTypes=["Exit"])["count"] == 0
    assert found(**mine, start="2999-01-01T00:00:00Z")["count"] == 0
    assert found(**mine, end="2020-01-01T00:00:00Z")["count"] == 0
    assert tenant.call("POST", f"{JOURNEYS}/journeyhistory/search", {"start": "soon"}).status_code == 400
    summary = tenant.call("POST", f"{JOURNEYS}/journeyhistory/summary", {"objectId": journey["id"]}).json()
    assert (summary["total"], summary["totalContactCount"], summary["waiting"]) == (2, 2, 2)
    activities = read(tenant, f"{JOURNEYS}/{journey['id']}/summary")["activities"]
    assert activities == [{"type": "WAIT", "count": 1}]
    everything = found()["count"]
    tenant.switch(history_entry="named", history_zone="server")
    (named, *_) = found(**mine)["items"]
    assert (named["activityType"], named["eventName"]) == ("", "Welcome series")
    assert not named["transactionTime"].endswith("Z")
    tenant.switch(history_entry="none")
    assert found(**mine)["count"] == 0
    tenant.switch(history_entry="typed", history_contacts="ignore")
    assert found(contactKeys=["T-1"])["count"] == everything
    tenant.switch(history_delay=60)
    assert found()["count"] == 0


def test_a_contact_is_taken_out(tenant: Tenant) -> None:
    fire(tenant, "APIEvent-welcome", "T-1", person("T-1"))
    tenant.switch(exit_delay=1)
    asked = [{"ContactKey": "T-1", "DefinitionKey": "welcome-series", "Versions": [2]}]
    answer = tenant.call("POST", f"{JOURNEYS}/contactexit", asked)
    assert (answer.status_code, answer.json()) == (202, {"errors": []})

    seen: list[str] = []

    def completed() -> dict[str, Any]:
        status = tenant.call("POST", f"{JOURNEYS}/contactexit/status", asked).json()[0]
        assert (status["contactKey"], status["definitionKey"]) == ("T-1", "welcome-series")
        state: dict[str, Any] = status["status"][0]
        if state["message"] not in seen:
            seen.append(state["message"])
        return state if "Completed" in state["message"] else {}

    state = tenant.until(completed)
    assert seen == [
        "Exit request received for processing",
        "Exit Request is being Processed.",
        "Exit process Completed.",
    ]
    assert state["version"] == 2
    assert state["definitionInstanceId"] == history(tenant, "T-1")[-1]["definitionInstanceId"]
    assert tenant.journeys_of("T-1") == {"T-1": []}
    assert history(tenant, "T-1")[-1]["activityType"] == "Exit"


def test_an_exit_from_what_is_no_journey_is_reported_inside_202(tenant: Tenant) -> None:
    asked = [{"ContactKey": "T-1", "DefinitionKey": "nowhere"}, {"ContactKey": "C-1002", "DefinitionKey": ZEROS}]
    answer = tenant.call("POST", f"{JOURNEYS}/contactexit", asked)
    assert answer.status_code == 202
    errors = answer.json()["errors"]
    assert [one["definitionKey"] for one in errors] == ["nowhere", ZEROS]
    assert errors[0]["status"][0]["message"] == "Exit request Ignored - Invalid Interaction Name."
    for wrong in ([], asked * 26, {"ContactKey": "x"}, [{"ContactKey": "x"}]):
        assert tenant.call("POST", f"{JOURNEYS}/contactexit", wrong).status_code == 400


def test_an_exit_needs_all_its_scopes(tenant: Tenant) -> None:
    scopes = ["journeys_read", "journeys_execute", "journeys_aspr", "list_and_subscribers_read", "data_extensions_read"]
    for left_out in ("", *scopes):
        client_id, secret = tenant.package([scope for scope in scopes if scope != left_out])
        token = tenant.token(client_id=client_id, client_secret=secret)
        asked = [{"ContactKey": "C-1002", "DefinitionKey": "loyalty-programme"}]
        answer = tenant.call("POST", f"{JOURNEYS}/contactexit", asked, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == (403 if left_out else 202)


def test_the_demo_has_one_of_each(tenant: Tenant) -> None:
    statuses = {example.status for example in demo_journeys.EXAMPLES}
    assert statuses == {"Published", "Draft", "ScheduledToPublish", "Stopped", "Paused"}
    former = history(tenant, "C-1001")
    assert {item["definitionName"] for item in former} == {"First purchase (once only)", "Winter campaign (stopped)"}
    assert tenant.journeys_of("C-1001") == {"C-1001": []}
