"""Journeys of a new tenant: some that work, and one for each way in which a contact can vanish (API reference 2.1)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mcconsole.sandbox import entries, entry_sources, journeys, schema
from mcconsole.sandbox.entry_sources import API_EVENT, NO_ID, EventDefinition
from mcconsole.sandbox.journeys import Journey
from mcconsole.sandbox.replies import new_id
from mcconsole.sandbox.schema import DataExtension, Field

_MONTH = 30 * 86_400
_PUBLISHED = "2024-06-24T09:30:00"
CONTACTS = {"C-1006": "restricted", "C-1007": "inactive"}

_PERSON_FIELDS = (
    Field("SubscriberKey", "Text", 50, required=True),
    Field("EmailAddress", "EmailAddress", required=True),
    Field("FirstName", "Text", 50),
)
_ORDER_FIELDS = (
    Field("OrderNumber", "Text", 20, primary_key=True),
    Field("SubscriberKey", "Text", 50, required=True),
    Field("EmailAddress", "EmailAddress", required=True),
    Field("FirstName", "Text", 50),
    Field("OrderTotal", "Decimal", 10, 2, required=True),
    Field("Items", "Number", default="1"),
    Field("OrderedAt", "Date", default="GETDATE()"),
    Field("Gift", "Boolean"),
    Field("Phone", "Phone"),
    Field("Language", "Locale", default="en-US"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One event definition, its data extension and, unless `journey_key` is "", the journey that it feeds.

    `present` and `former` are contacts that are in the journey or were; without `fields` the event has the data
    extension of key `extension_key`, and none at all when that is "".
    """

    name: str
    event_key: str
    journey_key: str = ""
    status: str = "Published"
    entry_mode: str = "MultipleEntries"
    fields: tuple[Field, ...] = _PERSON_FIELDS
    extension_key: str = ""
    type: str = API_EVENT
    criteria: str = ""
    goal: str = ""
    retain: bool = False
    days: int = 0
    versions: int = 1
    present: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    description: str = ""
    stale_id: str = NO_ID
    """What `arguments` says of the data extension: zeros, or the id of something else (API reference 2.3, observed)."""


def _where(key: str, operator: str, value: str) -> str:
    return (
        '<FilterDefinition><ConditionSet Operator="AND" ConditionSetName="Individual Filter Grouping">'
        f'<Condition Key="{key}" Operator="{operator}" UiMetaData="{{}}"><Value><![CDATA[{value}]]></Value></Condition>'
        "</ConditionSet></FilterDefinition>"
    )


EXAMPLES = (
    Example(
        "Welcome series",
        "APIEvent-welcome",
        "welcome-series",
        fields=(
            Field("SubscriberKey", "Text", 50, primary_key=True),
            *_PERSON_FIELDS[1:],
            Field("Source", "Text", 30, default="web"),
            Field("SignedUpAt", "Date", default="GETDATE()"),
        ),
        days=3,
        versions=2,
        description="Works: everybody may enter, at any time, but C-1006 (restricted) and C-1007 (inactive)",
    ),
    Example(
        "Order confirmation",
        "APIEvent-order-confirmation",
        "order-confirmation",
        fields=_ORDER_FIELDS,
        days=1,
        description="Every field type; a required name in another case is a missing one",
    ),
    Example(
        "Spring campaign (draft)",
        "APIEvent-spring-campaign",
        "spring-campaign",
        status="Draft",
        description="Never published: nobody enters",
    ),
    Example(
        "Summer campaign (scheduled)",
        "APIEvent-summer-campaign",
        "summer-campaign",
        status="ScheduledToPublish",
        description="Not published yet: nobody enters",
    ),
    Example(
        "Winter campaign (stopped)",
        "APIEvent-winter-campaign",
        "winter-campaign",
        status="Stopped",
        former=("C-1000", "C-1001"),
        description="Stopped: nobody enters any more",
    ),
    Example(
        "Abandoned cart (paused)",
        "APIEvent-abandoned-cart",
        "abandoned-cart",
        status="Paused",
        description="Paused: new contacts are ignored",
    ),
    Example(
        "Price alert (paused, keeps entries)",
        "APIEvent-price-alert",
        "price-alert",
        status="Paused",
        retain=True,
        description="Paused: new contacts wait until it is resumed",
    ),
    Example(
        "First purchase (once only)",
        "APIEvent-first-purchase",
        "first-purchase",
        entry_mode="OnceAndDone",
        former=("C-1001",),
        description="No re-entry: C-1001 was in and cannot come again",
    ),
    Example(
        "Loyalty programme (one at a time)",
        "APIEvent-loyalty",
        "loyalty-programme",
        entry_mode="SingleEntryAcrossAllVersions",
        days=7,
        present=("C-1002",),
        description="Re-entry only after leaving: C-1002 is in",
    ),
    Example(
        "VIP offer (more than 1,000 points)",
        "APIEvent-vip-offer",
        "vip-offer",
        fields=(*_PERSON_FIELDS, Field("Points", "Number", required=True)),
        stale_id="a044x00000AbCdEAAV",
        criteria=_where("Event.APIEvent-vip-offer.Points", "GreaterThan", "1000"),
        description="Entry filter: Points is greater than 1000",
    ),
    Example(
        "Trial reminder (goal: converted)",
        "APIEvent-trial-reminder",
        "trial-reminder",
        fields=(*_PERSON_FIELDS, Field("Converted", "Boolean", default="False")),
        goal=_where("Event.APIEvent-trial-reminder.Converted", "Equal", "True"),
        description="Whoever has met the goal does not enter",
    ),
    Example("Survey invitation", "APIEvent-survey", description="No journey uses this event"),
    Example(
        "Store visit (data extension deleted)",
        "APIEvent-store-visit",
        "store-visit",
        fields=(),
        description="Its data extension does not exist any more",
    ),
    Example(
        "Nightly win-back",
        "DEAudience-nightly-win-back",
        "nightly-win-back",
        fields=(),
        extension_key="customers",
        type="AutomationAudience",
        description="Fed by an automation: not for API events",
    ),
    Example(
        "Newsletter digest",
        "DEAudience-newsletter-digest",
        "newsletter-digest",
        fields=(),
        extension_key="newsletter-subscribers",
        type="EmailAudience",
        description="Fed by a data extension: not for API events",
    ),
)
EUROPE = (
    Example(
        "Welcome series Europe",
        "APIEvent-welcome-europe",
        "welcome-series-europe",
        days=3,
        description="Seen from its own business unit only",
    ),
)


def fill(connection: sqlite3.Connection, mid: int, folder: int, examples: Iterable[Example]) -> None:
    """Create the examples in a business unit, with their data extensions in `folder`."""
    for example in examples:
        extension_id = _extension_id(connection, mid, folder, example)
        arguments = {"dataExtensionId": example.stale_id}
        if example.criteria:
            arguments["criteria"] = example.criteria
        body: dict[str, object] = {"description": example.description, "arguments": arguments}
        draft = EventDefinition(
            mid, example.event_key, example.type, example.name, extension_id, body, example.criteria
        )
        definition = entry_sources.add(connection, draft)
        if example.journey_key:
            _journey(connection, definition, example)
    connection.executemany("INSERT OR REPLACE INTO contacts VALUES (?, ?)", CONTACTS.items())


def _extension_id(connection: sqlite3.Connection, mid: int, folder: int, example: Example) -> str:
    if not example.fields:
        found = schema.extensions(connection, mid, "key = ?", [example.extension_key])
        return found[0].id if found else new_id()
    draft = DataExtension(
        schema.allowed_name(f"{example.name} entries").replace("  ", " "),
        f"{example.event_key}-entries",
        mid,
        example.fields,
        f"Written by the event {example.event_key}",
        folder,
        "SubscriberKey",
        "_SubscriberKey",
    )
    return schema.create(connection, draft).id


def _journey(connection: sqlite3.Connection, definition: EventDefinition, example: Example) -> None:
    meta = {"eventDefinitionId": definition.id, "eventDefinitionKey": definition.key}
    body: dict[str, object] = {
        "description": example.description,
        "triggers": [{"key": "TRIGGER", "name": "TRIGGER", "type": example.type, "metaData": meta}],
        "activities": [_wait(example.days)] if example.days else [],
    }
    if example.goal:
        body["goals"] = [
            {
                "key": "GOAL",
                "name": "Goal",
                "type": "Event",
                "configurationArguments": {"criteria": example.goal},
                "metaData": {"isExitCriteria": True},
            }
        ]
    published = journeys.NEVER if example.status in ("Draft", "ScheduledToPublish") else _PUBLISHED
    made = Journey(definition.mid, example.journey_key, example.name, example.entry_mode, body, published=published)
    made = journeys.save(connection, replace(made, status="Unpublished" if example.versions > 1 else example.status))
    for version in range(2, example.versions + 1):
        status = example.status if version == example.versions else "Unpublished"
        made = journeys.save(connection, replace(made, number=0, version=version, status=status))
    if example.retain:
        made = journeys.save(connection, replace(made, retain=True))
    for contact in (*example.former, *example.present):
        entries.enter(connection, made, contact, definition.name, _MONTH if contact in example.present else 0)


def _wait(days: int) -> dict[str, object]:
    arguments = {"waitDuration": days, "waitUnit": "DAYS"}
    activity = {"key": "WAITBYDURATION-1", "name": f"{days} days", "type": "WAIT", "outcomes": [], "arguments": {}}
    return {**activity, "id": new_id(), "configurationArguments": arguments, "metaData": {"isConfigured": True}}
