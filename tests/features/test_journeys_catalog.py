"""The list of entry sources and journeys, and what is read again of the chosen one."""

from __future__ import annotations

import pytest

from mcconsole.api.client import Client
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.journeys import calls, catalog, situation
from mcconsole.features.journeys.calls import EventDefinition, Journey
from mcconsole.features.journeys.catalog import Catalog
from tests.features.test_journeys import client as client
from tests.tenant import Tenant

JOURNEYS = "/interaction/v1/interactions"


def source(name: str, *, kind: str = "APIEvent") -> EventDefinition:
    return EventDefinition(key=f"key-{name}", id=f"id-{name}", name=name, type=kind, data_extension_id="de")


def journey(key: str, version: int, status: str, *sources: str) -> Journey:
    fed = frozenset(f"id-{name}" for name in sources)
    return Journey(key, f"id-{key}", f"definition-{key}-{version}", key, version, status, "MultipleEntries", fed)


def shown(found: Catalog) -> list[tuple[str, str, int]]:
    return [
        (
            row.source.name if row.source else "",
            row.journey.key if row.journey else "",
            row.journey.version if row.journey else 0,
        )
        for row in catalog.rows(found)
    ]


def test_what_can_be_fired_and_runs_comes_first() -> None:
    sources = (source("b"), source("a"), source("automation", kind="AutomationAudience"), source("lonely"))
    journeys = (
        journey("j", 1, "Published", "b"),
        journey("k", 1, "Draft", "a"),
        journey("l", 1, "Published", "automation"),
    )
    assert shown(Catalog(sources, journeys, complete=True)) == [
        ("b", "j", 1),
        ("a", "k", 1),
        ("lonely", "", 0),
        ("automation", "l", 1),
    ]


def test_of_a_journey_the_running_versions_and_the_newest_are_shown() -> None:
    statuses = ("Stopped", "Unpublished", "Published", "Paused", "Unpublished", "Draft")
    versions = tuple(journey("j", number, status, "a") for number, status in enumerate(statuses, start=1))
    assert [version for _, _, version in shown(Catalog((source("a"),), versions, complete=True))] == [3, 6, 4]


def test_one_source_may_feed_many_journeys_and_a_journey_may_lack_its_source() -> None:
    journeys = (
        journey("j", 1, "Published", "a"),
        journey("k", 1, "Published", "a"),
        journey("gone", 1, "Published", "x"),
    )
    found = Catalog((source("a"),), journeys, complete=True)
    assert shown(found) == [("a", "j", 1), ("a", "k", 1), ("", "gone", 1)]
    # While the list is being read, the source of a journey may still be to come.
    assert ("", "gone", 1) not in shown(Catalog(found.sources, found.journeys))


def test_the_list_is_told_while_it_is_read(client: Client, tenant: Tenant) -> None:
    told: list[Progress] = []
    found = catalog.read(JobContext(told.append), client)
    assert found.complete
    assert len(found.sources) == 15
    first = told[0].detail
    assert isinstance(first, Catalog)
    assert (len(first.sources), first.journeys, first.complete) == (15, (), False)


@pytest.fixture
def listed(client: Client) -> list[Journey]:
    return list(calls.journeys(client))


def test_with_a_list_only_the_journeys_of_the_source_are_read_again(
    client: Client, tenant: Tenant, listed: list[Journey]
) -> None:
    tenant.call("POST", "interaction/v1/interactions/pause/key:welcome-series?versionNumber=2", {})
    before = len(tenant.journal(JOURNEYS, "GET"))
    known = situation.look(client, "APIEvent-welcome", listed=listed)
    assert [(one.key, one.version, one.status) for one in known.running] == [("welcome-series", 2, "Paused")]
    asked = tenant.journal(JOURNEYS, "GET")[before:]
    assert len(asked) == len(known.journeys) == 2
    assert all(request["path"].startswith(f"{JOURNEYS}/") for request in asked)


def test_a_journey_that_is_gone_meanwhile_is_left_out(client: Client, listed: list[Journey]) -> None:
    gone = journey("gone", 1, "Published", "x")
    feeds = calls.definition(client, "APIEvent-survey")
    mine = Journey(
        gone.key, gone.id, gone.definition_id, "Gone", 1, "Published", "NotSet", frozenset({feeds.id.lower()})
    )
    assert situation.look(client, feeds.key, listed=[*listed, mine]).journeys == ()
