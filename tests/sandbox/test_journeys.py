"""Event definitions and journeys, against sections 2.3 and 2.4 of the API reference."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mcconsole.sandbox import demo, demo_journeys
from tests.tenant import Tenant

EVENTS, JOURNEYS = "interaction/v1/eventDefinitions", "interaction/v1/interactions"
ZEROS = "00000000-0000-0000-0000-000000000000"
FIELDS = [
    {"name": "SubscriberKey", "dataType": "Text", "maxLength": "50", "isNullable": False, "isPrimaryKey": True},
    {"name": "Email", "dataType": "Email", "maxLength": "", "isNullable": False, "isPrimaryKey": False},
    {"name": "Other", "dataType": "EmailAddress", "isNullable": True},
    {"name": "Since", "dataType": "Date", "isNullable": True, "defaultValue": "GetDate()"},
    {"name": "Points", "dataType": "Number", "maxLength": "", "isNullable": True},
]


def create_event(tenant: Tenant, key: str, **more: object) -> dict[str, Any]:
    body = {"type": "APIEvent", "name": key, "eventDefinitionKey": key, "schema": {"fields": FIELDS}, **more}
    answer = tenant.call("POST", EVENTS, body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def create_journey(tenant: Tenant, key: str, event: str, **more: object) -> dict[str, Any]:
    trigger = {"key": "TRIGGER", "type": "APIEvent", "metaData": {"eventDefinitionKey": event}}
    body = {"key": key, "name": key, "triggers": [trigger], "entryMode": "MultipleEntries", **more}
    answer = tenant.call("POST", JOURNEYS, body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def read(tenant: Tenant, path: str) -> dict[str, Any]:
    answer = tenant.call("GET", path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_schema_makes_a_data_extension(tenant: Tenant) -> None:
    made = create_event(tenant, "spring")
    assert re.fullmatch(r"spring - \d{4}-\d\d-\d\dT\d{9}", made["dataExtensionName"])
    assert made["schema"]["id"] == made["dataExtensionId"]
    assert made["schema"]["fields"][1] == {**FIELDS[1], "isDevicePreference": False}
    assert (made["createdDate"], made["arguments"]["dataExtensionId"]) == ("0001-01-01T00:00:00", ZEROS)
    found = read(tenant, f"{EVENTS}/key:SPRING")
    assert "schema" not in found
    assert found["dataExtensionId"] == made["dataExtensionId"]
    assert found["arguments"]["dataExtensionId"] == ZEROS
    assert found["createdDate"] > "2020"
    fields = read(tenant, f"data/v1/customobjects/{found['dataExtensionId']}/fields")["fields"]
    assert [(f["name"], f["type"], f["isNullable"]) for f in fields] == [
        ("SubscriberKey", "Text", False),
        ("Email", "EmailAddress", False),
        ("Other", "EmailAddress", True),
        ("Since", "Date", True),
        ("Points", "Number", True),
    ]
    assert (fields[0]["length"], fields[0]["isPrimaryKey"], fields[3]["defaultValue"]) == (50, True, "GetDate()")


def test_an_existing_data_extension_can_be_used(tenant: Tenant) -> None:
    orders = read(tenant, "data/v1/customobjects?$search=orders")["items"][0]["id"]
    body = {"name": "Ordered", "eventDefinitionKey": "ordered", "dataExtensionId": orders}
    made = tenant.call("POST", EVENTS, body).json()
    assert (made["type"], made["dataExtensionId"], made["arguments"]["dataExtensionId"]) == ("APIEvent", orders, orders)
    assert "schema" not in made


def test_event_definitions_come_in_pages_of_fifty_at_most(tenant: Tenant) -> None:
    for number in range(40):
        create_event(tenant, f"many-{number}")
    count = 40 + len(demo_journeys.EXAMPLES)
    # Without $page the size does not count.
    plain = read(tenant, f"{EVENTS}?$pageSize=3")
    assert (plain["count"], plain["page"], plain["pageSize"], len(plain["items"])) == (count, 1, 50, 50)
    assert read(tenant, f"{EVENTS}?$page=1&$pageSize=500")["pageSize"] == 50
    pages = [read(tenant, f"{EVENTS}?$page={page}&$pageSize=20")["items"] for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, count - 40, 0]
    assert len({item["id"] for page in pages for item in page}) == count
    assert {item["name"] for item in read(tenant, f"{EVENTS}?name=MANY-1")["items"]} >= {"many-1", "many-19"}


def test_an_event_definition_is_changed_and_deleted(tenant: Tenant) -> None:
    made = create_event(tenant, "short lived")
    path = f"{EVENTS}/key:short%20lived"
    changed = tenant.call("PUT", path, {"description": "New words"})
    assert (changed.json()["description"], changed.json()["dataExtensionId"]) == ("New words", ZEROS)
    assert read(tenant, f"{EVENTS}/{made['id']}")["dataExtensionId"] == made["dataExtensionId"]
    gone = tenant.call("DELETE", path)
    assert gone.ok
    assert gone.headers["Content-Type"].startswith("application/json")
    assert not gone.json()
    missing = tenant.call("GET", path)
    assert (missing.status_code, missing.json()["errorcode"]) == (404, 30003)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ""}, 400),
        ({"eventDefinitionKey": "a.b"}, 400),
        ({"eventDefinitionKey": "apievent-WELCOME"}, 409),
        ({"schema": None}, 400),
        ({"schema": {"fields": [{"name": "A", "dataType": "Colour"}]}}, 400),
        ({"schema": {"fields": [{"name": "A", "maxLength": "long"}]}}, 400),
        ({"schema": {"fields": []}}, 400),
        ({"schema": None, "dataExtensionId": ZEROS}, 400),
        ({"arguments": {"criteria": "<FilterDefinition>"}}, 400),
        ({"arguments": {"criteria": "<!DOCTYPE a [<!ENTITY b 'c'>]><FilterDefinition/>"}}, 400),
        (
            {"arguments": {"criteria": '<FilterDefinition><Condition Key="a.b" Operator="Near"/></FilterDefinition>'}},
            400,
        ),
    ],
)
def test_a_wrong_event_definition_is_refused(tenant: Tenant, change: dict[str, Any], status: int) -> None:
    body = {"name": "n", "eventDefinitionKey": "n", "schema": {"fields": FIELDS}, **change}
    answer = tenant.call("POST", EVENTS, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]
    assert read(tenant, EVENTS)["count"] == len(demo_journeys.EXAMPLES)


def test_a_business_unit_sees_its_own(tenant: Tenant) -> None:
    path = f"{EVENTS}/key:APIEvent-welcome-europe"
    assert tenant.call("GET", path, account_id=demo.EUROPE).status_code == 200
    assert tenant.call("GET", path).status_code == 404
    assert tenant.fire("APIEvent-welcome-europe", "C-1", {}).status_code == 400
    tenant.switch(cross_unit="403")
    assert tenant.call("GET", path).status_code == 403
    assert tenant.call("GET", f"{JOURNEYS}/key:welcome-series-europe").status_code == 403
    assert tenant.fire("APIEvent-welcome-europe", "C-1", {}).status_code == 403


def test_the_demo_leads_from_journey_to_fields(tenant: Tenant) -> None:
    journey = read(tenant, f"{JOURNEYS}/key:order-confirmation")
    trigger = journey["triggers"][0]
    assert trigger["type"] == "APIEvent"
    event = read(tenant, f"{EVENTS}/{trigger['metaData']['eventDefinitionId']}")
    assert event["eventDefinitionKey"] == trigger["metaData"]["eventDefinitionKey"] == "APIEvent-order-confirmation"
    assert (event["interactionCount"], event["publishedInteractionCount"]) == (1, 1)
    fields = read(tenant, f"data/v1/customobjects/{event['dataExtensionId']}/fields")["fields"]
    assert {field["type"] for field in fields} >= {"Text", "EmailAddress", "Decimal", "Number", "Date", "Boolean"}
    # What the arguments say of the data extension is not to be trusted.
    stale = {item["arguments"]["dataExtensionId"] for item in read(tenant, EVENTS)["items"]}
    assert stale == {ZEROS, "a044x00000AbCdEAAV"}
    statuses = {one["key"]: one["status"] for one in read(tenant, JOURNEYS)["items"]}
    assert statuses.keys() == {one.journey_key for one in demo_journeys.EXAMPLES if one.journey_key}
    assert set(statuses.values()) == {"Published", "Draft", "ScheduledToPublish", "Stopped", "Paused"}
    kinds = {item["eventDefinitionKey"]: item["type"] for item in read(tenant, EVENTS)["items"]}
    assert kinds["DEAudience-nightly-win-back"] == "AutomationAudience"


def test_journeys_are_listed_with_filters(tenant: Tenant) -> None:
    def keys(query: str) -> list[str]:
        return [one["key"] for one in read(tenant, f"{JOURNEYS}?{query}")["items"]]

    assert keys("status=Draft") == ["spring-campaign"]
    assert set(keys("nameOrDescription=CAMPAIGN")) == {"spring-campaign", "summer-campaign", "winter-campaign"}
    assert keys("key=Loyalty-Programme") == ["loyalty-programme"]
    assert keys("key=welcome-series&mostRecentVersionOnly=false&$orderBy=Version%20ASC") == ["welcome-series"] * 2
    assert keys("key=welcome-series&mostRecentVersionOnly=false&versionNumber=1") == ["welcome-series"]
    assert keys("definitionType=transactional") == []
    names = [one["name"] for one in read(tenant, f"{JOURNEYS}?$orderBy=Name%20ASC")["items"]]
    assert names == sorted(names)
    first = read(tenant, f"{JOURNEYS}?$page=2&$pageSize=5")
    assert (first["page"], first["pageSize"], len(first["items"])) == (2, 5, 5)
    assert read(tenant, f"{JOURNEYS}?$page=1&$pageSize=500")["pageSize"] == 50
    assert "triggers" not in first["items"][0]
    assert read(tenant, f"{JOURNEYS}?extras=all")["items"][0]["triggers"]
    tenant.switch(journey_filters="ignore")
    assert len(keys("status=Draft")) > 10


def test_a_journey_without_activities_is_published(tenant: Tenant) -> None:
    create_event(tenant, "start")
    made = create_journey(tenant, "small", "start")
    assert (made["status"], made["version"], made["lastPublishedDate"]) == ("Draft", 1, "0001-01-01T00:00:00")
    assert made["triggers"][0]["metaData"]["eventDefinitionId"]
    tenant.switch(publish_delay=1)
    asked = tenant.call("POST", f"{JOURNEYS}/publishAsync/{made['id']}?versionNumber=1").json()
    assert asked["statusUrl"].endswith(asked["statusId"])
    path = asked["statusUrl"].lstrip("/")
    assert read(tenant, path)["status"] == "PublishInProcess"
    tenant.until(lambda: read(tenant, path)["status"] == "PublishCompleted")
    found = read(tenant, f"{JOURNEYS}/key:small")
    assert found["status"] == "Published"
    assert found["lastPublishedDate"] > "2020"
    assert found["activities"] == []


def test_what_cannot_be_published_says_why(tenant: Tenant) -> None:
    lonely = create_journey(tenant, "lonely", "no such event")
    status = tenant.publish(lonely["id"])
    assert status["status"] == "Error"
    assert status["errors"][0]["errorCode"].isdigit()
    assert "entry source" in status["errors"][0]["errorDetail"]
    # The event may be made later: the draft finds it then.
    create_event(tenant, "no such event")
    assert tenant.publish(lonely["id"])["status"] == "PublishCompleted"
    again = tenant.publish(lonely["id"])
    assert "Published" in again["errors"][0]["errorDetail"]


def test_a_new_version_takes_the_place_of_the_old_one(tenant: Tenant) -> None:
    create_event(tenant, "start")
    first = create_journey(tenant, "versions", "start")
    tenant.publish(first["id"])
    second = create_journey(tenant, "VERSIONS", "start")
    assert (second["version"], second["id"], second["key"]) == (2, first["id"], "versions")
    assert second["definitionId"] != first["definitionId"] == first["id"]
    refused = tenant.call("POST", JOURNEYS, {"key": "versions", "name": "x"})
    assert refused.status_code == 409
    tenant.publish(first["id"], 2)
    answer = tenant.call("GET", f"{JOURNEYS}/status/key:versions?AllVersions=true").json()
    assert answer == [
        {"id": first["id"], "status": "Unpublished", "versionNumber": 1},
        {"id": first["id"], "status": "Published", "versionNumber": 2},
    ]
    assert tenant.call("GET", f"{JOURNEYS}/status/key:versions?VersionNumber=7").json() == []
    assert tenant.call("GET", f"{JOURNEYS}/status/key:versions").status_code == 400
    assert read(tenant, f"{JOURNEYS}/{first['id']}?versionNumber=1")["version"] == 1
    assert read(tenant, f"{JOURNEYS}/{first['id']}")["version"] == 2


def test_drafts_are_changed_and_deleted_and_running_ones_are_not(tenant: Tenant) -> None:
    create_event(tenant, "start")
    made = create_journey(tenant, "draft", "start")
    changed = tenant.call("PUT", f"{JOURNEYS}/{made['id']}", {"entryMode": "OnceAndDone"}).json()
    assert (changed["entryMode"], changed["name"]) == ("OnceAndDone", "draft")
    assert tenant.call("PUT", f"{JOURNEYS}/{made['id']}", {"entryMode": "Whenever"}).status_code == 400
    tenant.publish(made["id"])
    assert tenant.call("PUT", f"{JOURNEYS}/{made['id']}", {"name": "x"}).status_code == 400
    assert tenant.call("DELETE", f"{JOURNEYS}/{made['id']}").status_code == 400
    stopped = tenant.call("POST", f"{JOURNEYS}/stop/{made['id']}?versionNumber=1")
    assert stopped.json() == {"message": "Journey stopped successfully"}
    assert tenant.call("DELETE", f"{JOURNEYS}/{made['id']}").json() == {}
    assert tenant.call("GET", f"{JOURNEYS}/key:draft").status_code == 404
    assert [one["key"] for one in read(tenant, f"{JOURNEYS}?status=Deleted")["items"]] == ["draft"]


def test_pause_and_resume_fail_inside_202(tenant: Tenant) -> None:
    def change(action: str, query: str = "?versionNumber=2") -> dict[str, Any]:
        answer = tenant.call("POST", f"{JOURNEYS}/{action}/key:welcome-series{query}", {})
        assert answer.status_code == 202, answer.text
        body: dict[str, Any] = answer.json()
        return body

    missing = change("pause", "")
    assert (missing["message"], missing["errorcode"]) == ("AllVersions=true or VersionNumber required.", 10005)
    early = change("resume")
    assert (early["message"], early["errorcode"]) == ("An interaction must be in paused status to be resumed.", 10000)
    assert change("pause") == {"status": "Accepted"}
    assert read(tenant, f"{JOURNEYS}/key:welcome-series")["status"] == "Paused"
    assert change("pause")["errorcode"] == 10000
    assert change("resume", "?AllVersions=true") == {"status": "Accepted"}
    assert read(tenant, f"{JOURNEYS}/key:welcome-series")["status"] == "Published"


def test_every_status_can_be_had(tenant: Tenant) -> None:
    for status in ("ScheduledToSend", "Sent", "Unpublished", "Deleted"):
        tenant.control("POST", "journeys", {"key": "spring-campaign", "status": status})
        assert [one["key"] for one in read(tenant, f"{JOURNEYS}?status={status}")["items"]] == ["spring-campaign"]


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", EVENTS, ["journeys_read"]),
        ("POST", EVENTS, ["journeys_write"]),
        ("POST", JOURNEYS, ["journeys_write"]),
        ("POST", f"{JOURNEYS}/publishAsync/{ZEROS}", ["journeys_execute"]),
        ("POST", "interaction/v1/events", ["journeys_read", "list_and_subscribers_read"]),
        ("POST", "interaction/v1/async/events", ["journeys_read", "list_and_subscribers_read"]),
        ("POST", f"{JOURNEYS}/contactMembership", ["journeys_read"]),
    ],
)
def test_a_missing_scope_is_403(tenant: Tenant, method: str, path: str, needed: list[str]) -> None:
    for scopes, allowed in ((needed, True), (needed[:-1], False)):
        client_id, secret = tenant.package(["webhooks_read", *scopes])
        token = tenant.token(client_id=client_id, client_secret=secret)
        answer = tenant.call(method, path, {}, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code != 403) is allowed, answer.text
        if not allowed:
            assert answer.json()["errorcode"] == 20002
