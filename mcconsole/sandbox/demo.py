"""What a new tenant holds: three business units, two packages, folders, and data extensions worth looking at."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from mcconsole.sandbox import auth, demo_journeys, demo_sends, records, schema
from mcconsole.sandbox.auth import Package
from mcconsole.sandbox.records import Reader
from mcconsole.sandbox.schema import DataExtension, Field, Folder
from mcconsole.sandbox.scopes import READ_SCOPES, SCOPES
from mcconsole.sandbox.switches import Switches

ENTERPRISE, EUROPE, ASIA = 510_001_234, 510_001_235, 510_001_236
BUSINESS_UNITS = {
    ENTERPRISE: "Northern Lights Outfitters",
    EUROPE: "Northern Lights Europe",
    ASIA: "Northern Lights Asia",
}

# These open nothing but a tenant on this computer, so they may stand in the documentation.
CLIENT_ID, CLIENT_SECRET = "sandboxclientid0000000000", "sandboxclientsecret00000"
READER_ID, READER_SECRET = "sandboxreaderid0000000000", "sandboxreadersecret00000"
"""A second package of the same units that holds read scopes only, to see what a missing permission looks like."""

_CUSTOMER_FIELDS = (
    Field("CustomerKey", "Text", 36, primary_key=True),
    Field("EmailAddress", "EmailAddress", required=True),
    Field("FirstName", "Text", 50),
    Field("LastName", "Text", 80),
    Field("Birthday", "Date"),
    Field("Phone", "Phone"),
    Field("Language", "Locale", default="en-US"),
    Field("Points", "Number", default="0"),
    Field("Newsletter", "Boolean", default="False"),
    Field("LastOrderTotal", "Decimal", 12, 2),
    Field("CreatedOn", "Date", default="GETDATE()"),
)
_SUBSCRIBER_FIELDS = (
    Field("EmailAddress", "EmailAddress", primary_key=True),
    Field("FirstName", "Text", 50),
    Field("Country", "Text", 2, required=True),
    Field("Frequency", "Text", 20, default="weekly"),
    Field("Confirmed", "Boolean", required=True, default="False"),
    Field("ConfirmedOn", "Date"),
)

EXTENSIONS = (
    (
        ENTERPRISE,
        "Customers",
        DataExtension(
            "Customers",
            "customers",
            ENTERPRISE,
            _CUSTOMER_FIELDS,
            "One row per customer",
            sendable_field="CustomerKey",
            sendable_subscriber="_SubscriberKey",
            testable=True,
        ),
    ),
    (
        ENTERPRISE,
        "Customers",
        DataExtension(
            "Newsletter subscribers",
            "newsletter-subscribers",
            ENTERPRISE,
            _SUBSCRIBER_FIELDS,
            "Who wants the newsletter, and how often",
            sendable_field="EmailAddress",
            sendable_subscriber="_SubscriberKey",
        ),
    ),
    (
        ENTERPRISE,
        "Shop",
        DataExtension(
            "Orders",
            "orders",
            ENTERPRISE,
            (
                Field("OrderNumber", "Text", 20, primary_key=True),
                Field("LineNumber", "Number", primary_key=True),
                Field("CustomerKey", "Text", 36, required=True),
                Field("Product", "Text", 100, required=True),
                Field("Quantity", "Number", required=True, default="1"),
                Field("UnitPrice", "Decimal", 10, 2),
                Field("OrderedAt", "Date", required=True),
                Field("Gift", "Boolean"),
            ),
            "Order lines, keyed by order and line",
        ),
    ),
    (
        ENTERPRISE,
        "Shop",
        DataExtension(
            "Products",
            "products",
            ENTERPRISE,
            (
                Field("Sku", "Text", 30, primary_key=True),
                Field("Name", "Text", 200, required=True),
                Field("Description", "Text", 4000),
                Field("Price", "Decimal", 10, 2, required=True),
                Field("Weight", "Decimal", 18, 6),
                Field("InStock", "Number", default="0"),
                Field("Discontinued", "Boolean", default="False"),
            ),
            "The catalogue",
        ),
    ),
    (
        ENTERPRISE,
        "Shop",
        DataExtension(
            "Store locations",
            "Filialen/Läden 2024",
            ENTERPRISE,
            (
                Field("Store Number", "Number", primary_key=True),
                Field("City", "Text", 80, required=True),
                Field("Phone", "Phone"),
                Field("E-Mail", "EmailAddress"),
                Field("Opening Date", "Date"),
            ),
            "Field names with spaces, and an external key that has to be encoded",
        ),
    ),
    (
        ENTERPRISE,
        "Logs",
        DataExtension(
            "Event log",
            "event-log",
            ENTERPRISE,
            (
                Field("At", "Date", required=True, default="GETDATE()"),
                Field("Event", "Text", 50, required=True),
                Field("CustomerKey", "Text", 36),
                Field("Details", "Text", 4000),
            ),
            "No primary key: rows can be inserted only",
        ),
    ),
    (
        ENTERPRISE,
        "Tests",
        DataExtension(
            "Everything",
            "everything",
            ENTERPRISE,
            (
                Field("Id", "Text", 50, primary_key=True),
                Field("Text", "Text", 100),
                Field("LongText", "Text", 4000),
                Field("Number", "Number"),
                Field("Decimal", "Decimal", 18, 4),
                Field("Boolean", "Boolean"),
                Field("Date", "Date"),
                Field("Email", "EmailAddress"),
                Field("Phone", "Phone"),
                Field("Locale", "Locale"),
                Field("Required", "Text", 50, required=True),
                Field("WithDefault", "Text", 50, default="standard"),
            ),
            "Every field type, a required field and a default",
        ),
    ),
    (
        ENTERPRISE,
        "Tests",
        DataExtension(
            "Twelve texts",
            "twelve-texts",
            ENTERPRISE,
            (Field("Id", "Text", 20, primary_key=True), *(Field(f"Column{n}", "Text", 100) for n in range(2, 13))),
            "Room for a big file",
        ),
    ),
    (
        EUROPE,
        "Customers",
        DataExtension(
            "Customers Europe", "customers-europe", EUROPE, _CUSTOMER_FIELDS, "Customers of the European shops"
        ),
    ),
    (
        ASIA,
        "Customers",
        DataExtension("Newsletter Asia", "newsletter-asia", ASIA, _SUBSCRIBER_FIELDS, "Subscribers of the Asian shops"),
    ),
)
_PEOPLE = (
    ("Ada", "Jansen", "nl-NL"),
    ("Bruno", "Müller", "de-DE"),
    ("Chloé", "Lefèvre", "fr-FR"),
    ("Dmitri", "Ivanov", "ru-RU"),
    ("Emi", "佐藤", "ja-JP"),
    ("Fatima", "Haddad", "en-GB"),
    ("Giulia", "D'Angelo", "it-IT"),
    ("Hans", "O'Neil", "en-US"),
)


def fill(connection: sqlite3.Connection, switches: Switches, *, everything: bool) -> None:
    """Fill an empty tenant: units, packages and root folders always, folders and data only with `everything`."""
    for mid, name in BUSINESS_UNITS.items():
        parent = 0 if mid == ENTERPRISE else ENTERPRISE
        connection.execute("INSERT INTO business_units VALUES (?, ?, ?)", (mid, name, parent))
    units = tuple(BUSINESS_UNITS)
    auth.add_package(connection, Package(CLIENT_ID, CLIENT_SECRET, "Sandbox", ENTERPRISE, units, SCOPES))
    auth.add_package(connection, Package(READER_ID, READER_SECRET, "Sandbox reader", ENTERPRISE, units, READ_SCOPES))
    roots = {mid: schema.add_folder(connection, Folder("Data Extensions", mid, 0)) for mid in units}
    if not everything:
        demo_sends.fill(connection, everything=False)
        return
    folders: dict[tuple[int, str], int] = {}
    for mid, folder, draft in EXTENSIONS:
        if (mid, folder) not in folders:
            folders[mid, folder] = schema.add_folder(connection, Folder(folder, mid, roots[mid]))
        extension = schema.create(connection, replace(draft, category=folders[mid, folder]))
        rows = _ROWS.get(extension.key, ())
        reader = Reader(extension, switches)
        records.insert(connection, extension, [reader.read(row.items()) for row in rows])
    schema.add_folder(connection, Folder("Archive", ENTERPRISE, folders[ENTERPRISE, "Logs"]))
    for mid, examples in ((ENTERPRISE, demo_journeys.EXAMPLES), (EUROPE, demo_journeys.EUROPE)):
        entries = schema.add_folder(connection, Folder("Journey entries", mid, roots[mid]))
        demo_journeys.fill(connection, mid, entries, examples)
    demo_sends.fill(connection, everything=True)


def _customers(prefix: str) -> list[dict[str, object]]:
    return [
        {
            "CustomerKey": f"{prefix}-{1000 + number}",
            "EmailAddress": f"customer{number}@example.com",
            "FirstName": first,
            "LastName": last,
            "Birthday": f"19{60 + number}-0{1 + number}-1{number}",
            "Phone": f"+1 (555) 010-0{100 + number}",
            "Language": language,
            "Points": number * 125,
            "Newsletter": number % 2 == 0,
            "LastOrderTotal": f"{number * 17}.{number}0",
        }
        for number, (first, last, language) in enumerate(_PEOPLE)
    ]


_ROWS: dict[str, list[dict[str, object]]] = {
    "customers": _customers("C"),
    "customers-europe": _customers("E"),
    "newsletter-subscribers": [
        {"EmailAddress": f"reader{n}@example.com", "FirstName": first, "Country": language[-2:], "Confirmed": n != 3}
        for n, (first, _, language) in enumerate(_PEOPLE)
    ],
    "orders": [
        {
            "OrderNumber": f"2024-{order:04}",
            "LineNumber": line,
            "CustomerKey": f"C-{1000 + order % 8}",
            "Product": ("Tent", "Lamp", "Stove")[line - 1],
            "Quantity": order % 3 + 1,
            "UnitPrice": ("249.00", "39.95", "89.50")[line - 1],
            "OrderedAt": f"2024-06-{order:02}T1{order % 10}:30:00Z",
        }
        for order in range(1, 11)
        for line in range(1, order % 3 + 2)
    ],
    "products": [
        {"Sku": "TENT-2", "Name": "Tent for two", "Price": "249.00", "Weight": "2.35", "InStock": 40},
        {"Sku": "LAMP-1", "Name": "Head lamp", "Price": "39.95", "Weight": "0.085", "InStock": 310},
        {"Sku": "STOVE-G", "Name": "Gas stove", "Price": "89.50", "Weight": "0.42", "Discontinued": True},
    ],
    "Filialen/Läden 2024": [
        {"Store Number": 7, "City": "Köln", "Phone": "+49 221 5550107", "E-Mail": "koeln@example.com"},
        {"Store Number": 12, "City": "Århus", "Opening Date": "2019-05-01"},
    ],
    "event-log": [
        {"At": "2024-06-23T00:00:00-06:00", "Event": "login", "CustomerKey": "C-1001"},
        {"At": "2024-06-23T00:00:00-06:00", "Event": "login", "CustomerKey": "C-1001"},
    ],
}
