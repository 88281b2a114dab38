"""Sends of a new tenant: in every seed what a definition needs, in the demo one definition in each status."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

from mcconsole.sandbox import assets, schema, send_definitions
from mcconsole.sandbox.assets import CLASSIFICATION, DELIVERY, EMAIL, LIST, SENDER, Asset
from mcconsole.sandbox.schema import DataExtension, Field, Folder
from mcconsole.sandbox.send_definitions import ACTIVE, CANCELED, INACTIVE, NEW, TRANSACTIONAL, TRIGGERED, Definition

TRANSACTIONAL_CLASS = "Default Transactional"
_ALWAYS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (SENDER, "Default", "Default", {"FromName": "Northern Lights", "FromAddress": "hello@northernlights.example"}),
    (DELIVERY, "Default", "Default", {}),
    (
        *(CLASSIFICATION, TRANSACTIONAL_CLASS, TRANSACTIONAL_CLASS),
        {"SenderProfile.CustomerKey": "Default", "DeliveryProfile.CustomerKey": "Default"},
    ),
    (
        *(CLASSIFICATION, "Default Commercial", "Default Commercial"),
        {
            "SendClassificationType": "Marketing",
            "SenderProfile.CustomerKey": "Default",
            "DeliveryProfile.CustomerKey": "Default",
        },
    ),
    (LIST, "All Subscribers", "All Subscribers", {"Type": "Private"}),
    (EMAIL, "welcome-email", "Welcome", {"Subject": "Welcome!", "HTMLBody": "<p>Good to see you.</p>"}),
)
_DEMO: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (EMAIL, "order-email", "Order confirmation", {"Subject": "Your order", "HTMLBody": "<p>Thank you.</p>"}),
    (EMAIL, "password-email", "Password reset", {"Subject": "Your new password", "HTMLBody": "<p>Click.</p>"}),
    (EMAIL, "shipping-email", "On its way", {"Subject": "Your parcel is on its way", "HTMLBody": "<p>Soon.</p>"}),
    (LIST, "newsletter", "Newsletter", {"Description": "Readers of the newsletter"}),
    (
        *(SENDER, "shop", "Shop"),
        {"FromName": "Northern Lights Shop", "FromAddress": "shop@northernlights.example"},
    ),
)
_ORDER = DataExtension(
    "Order send entries",
    "order-send-entries",
    0,
    (
        Field("SubscriberKey", "Text", 50, required=True),
        Field("EmailAddress", "EmailAddress", required=True),
        Field("FirstName", "Text", 50),
        Field("OrderNumber", "Text", 20, required=True),
        Field("OrderTotal", "Decimal", 10, 2),
    ),
    "Attributes of the order confirmation: OrderNumber is required",
    sendable_field="SubscriberKey",
    sendable_subscriber="_SubscriberKey",
)


@dataclass(frozen=True, slots=True)
class Example:
    """One definition; `orders` gives it the send data extension with a required field."""

    kind: str
    key: str
    name: str
    status: str
    email: str
    orders: bool = False
    description: str = ""


_EXAMPLES = (
    Example(TRIGGERED, "welcome-send", "Welcome e-mail", ACTIVE, "welcome-email", description="Works"),
    Example(
        *(TRIGGERED, "order-confirmation-send", "Order confirmation", ACTIVE, "order-email", True),
        "Works with an OrderNumber; without one the recipient is refused",
    ),
    Example(
        *(TRIGGERED, "shipping-notice-send", "Shipping notice (paused)", INACTIVE, "shipping-email"),
        description="Takes messages and keeps them until it is started",
    ),
    Example(
        *(TRIGGERED, "birthday-send", "Birthday greeting (new)", NEW, "welcome-email"),
        description="Never started: refuses",
    ),
    Example(
        *(TRIGGERED, "retired-offer-send", "Retired offer (canceled)", CANCELED, "welcome-email"),
        description="Canceled for good: refuses",
    ),
    Example(TRANSACTIONAL, "password-reset", "Password reset", ACTIVE, "password-email", description="Works"),
    Example(
        *(TRANSACTIONAL, "order-receipt", "Order receipt", ACTIVE, "order-email", True),
        "Works with an OrderNumber; without one the message is accepted and not sent",
    ),
    Example(
        *(TRANSACTIONAL, "delivery-update", "Delivery update (inactive)", INACTIVE, "shipping-email"),
        description="Takes messages and keeps them for three days",
    ),
)


def fill(connection: sqlite3.Connection, *, everything: bool) -> None:
    """Give every unit an e-mail with id 1, a list, classifications and profiles; the demo has definitions as well."""
    units = connection.execute("SELECT mid, parent FROM business_units ORDER BY mid").fetchall()
    for mid, parent in units:
        for kind, key, name, values in _ALWAYS:
            assets.add(connection, Asset(mid, kind, key, name, values))
        if everything and not parent:
            _fill_demo(connection, mid)


def _fill_demo(connection: sqlite3.Connection, mid: int) -> None:
    for kind, key, name, values in _DEMO:
        assets.add(connection, Asset(mid, kind, key, name, values))
    orders = _orders(connection, mid)
    for example in _EXAMPLES:
        body: dict[str, object] = {"description": example.description}
        if example.kind == TRIGGERED:
            body = {"Description": example.description, "TriggeredSendType": "Continuous", "AutoAddSubscribers": True}
        kinds = {EMAIL: example.email, LIST: "All Subscribers", CLASSIFICATION: TRANSACTIONAL_CLASS}
        parts = {
            kind: asset.number for kind, key in kinds.items() if (asset := assets.find(connection, mid, kind, key=key))
        }
        draft = Definition(mid, example.kind, example.key, example.name, example.status, body, parts)
        draft = replace(draft, extension=orders.id if example.orders else "")
        made = draft if example.status == NEW else send_definitions.with_fresh_copy(connection, draft)
        send_definitions.save(connection, made)


def _orders(connection: sqlite3.Connection, mid: int) -> DataExtension:
    """Return the send data extension, which a state from before this tenant could send may have by chance."""
    if found := schema.extensions(connection, mid, "key_folded = ?", [_ORDER.key]):
        return found[0]
    root = next(folder.id for folder in schema.folders(connection, mid) if folder.parent == 0)
    category = schema.add_folder(connection, Folder("Sends", mid, root))
    return schema.create(connection, replace(_ORDER, mid=mid, category=category))
